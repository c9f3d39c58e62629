"""The add-ons of this repository: where they are, what they need, and a hash of their contents."""

import ast
import hashlib
from contextlib import suppress

from . import paths

IGNORED_FOLDERS = {"__pycache__", "tests", "readme", "newsfragments"}


def own_addons():
    """Return the names of the add-ons in this repository."""
    return sorted(manifest.parent.name for manifest in paths.ROOT.glob("*/__manifest__.py"))


def manifest(addon):
    """Return the manifest of an own add-on."""
    return ast.literal_eval((paths.ROOT / addon / "__manifest__.py").read_text())


def split_dependencies(modules):
    """Return (own add-ons needed by modules, modules from elsewhere that these and modules need)."""
    known, own, foreign, waiting = set(own_addons()), set(), set(), list(modules)
    while waiting:
        module = waiting.pop()
        if module not in known:
            foreign.add(module)
        elif module not in own:
            own.add(module)
            waiting += manifest(module).get("depends", [])
    return sorted(own), sorted(foreign)


def content_digest(addons, folder="."):
    """Return a hash of everything in these add-ons (or one folder of each) that an installation depends on.

    Tests are left out: changing one does not change what is installed.
    """
    total = hashlib.sha256()
    for addon in sorted(addons):
        for file in sorted((paths.ROOT / addon / folder).rglob("*")):
            relative = file.relative_to(paths.ROOT)
            if not IGNORED_FOLDERS & set(relative.parts):
                with suppress(IsADirectoryError, FileNotFoundError):  # gone: an editor's temporary file
                    total.update(f"{relative}\0".encode() + file.read_bytes() + b"\0")
    return total.hexdigest()

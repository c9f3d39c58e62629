"""Debian packages without root and without installing: download by a private apt, unpack into a folder.

The mirror is the one this machine's apt already uses; no host name is written anywhere.
"""

import shutil
import subprocess

from . import paths
from .console import WorkplaceError, step


def available():
    """Tell whether this machine has the Debian tools at all."""
    return all(shutil.which(tool) for tool in ("apt-get", "dpkg"))


def sources():
    """Return (uri, release) of every Debian-like main component this machine knows, plain ones first."""
    form = "$(REPO_URI)|$(RELEASE)|$(COMPONENT)"
    targets = _run(["apt-get", "indextargets", "--format", form, "Created-By: Packages"])
    found = []
    for line in targets.splitlines():
        uri, release, component = line.split("|")
        if component == "main" and (uri, release) not in found:
            found.append((uri, release))
    return sorted(found, key=lambda source: "-" in source[1])


def _private_apt(name, lines):
    """Write a private apt state with these source lines; return the options that select it."""
    state = paths.APT / name
    for folder in ("lists/partial", "cache/archives/partial"):
        (state / folder).mkdir(parents=True, exist_ok=True)
    (state / "sources.list").write_text("".join(f"{line}\n" for line in lines))
    options = {
        "Dir::Etc::sourcelist": state / "sources.list",
        "Dir::Etc::sourceparts": "-",
        "Dir::State::lists": state / "lists",
        "Dir::Cache": state / "cache",
        # As root, apt would change to a user that may not be able to enter the checkout.
        "APT::Sandbox::User": "root",
        "Debug::NoLocking": "1",
    }
    return [part for key, value in options.items() for part in ("-o", f"{key}={value}")]


def _run(command, **options):
    """Run a command quietly; its own words become the error."""
    result = subprocess.run(command, capture_output=True, text=True, **options)
    if result.returncode:
        words = (result.stderr or result.stdout).strip().splitlines()
        raise WorkplaceError(f"{command[0]} failed: " + " / ".join(words[-3:]))
    return result.stdout


def _megabytes(folder):
    """Return a probe for ``step``: how much has arrived in this folder."""

    def probe():
        size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
        return f"{size / 1e6:.0f} MB"

    return probe


def unpack_from_suite(suite, packages, label, target):
    """Download these very packages (no dependencies) from another suite of the machine's mirror."""
    found = sources()
    if not found:
        raise WorkplaceError("apt knows no Debian mirror on this machine")
    apt = _private_apt(suite, [f"deb {found[0][0]} {suite} main"])
    archives = paths.APT / suite / "archives"
    archives.mkdir(exist_ok=True)
    with step(f"Reading the package list of Debian {suite}"):
        _run(["apt-get", *apt, "update"])
    with step(f"Downloading {label}", _megabytes(archives)):
        _run(["apt-get", *apt, "download", *packages], cwd=archives)
    _unpack(archives, label, target)


def unpack_with_dependencies(packages, label, target):
    """Download packages of the machine's own release with the dependencies that it lacks."""
    lines = [f"deb {uri} {release} main" for uri, release in sources()]
    apt = _private_apt("own", lines)
    with step("Reading the machine's package lists"):
        _run(["apt-get", *apt, "update"])
    archives = paths.APT / "own/cache/archives"
    with step(f"Downloading {label}", _megabytes(archives)):
        _run([
            "apt-get", *apt, "install", "--yes", "--download-only", "--no-install-recommends", *packages,
        ])  # fmt: skip
    _unpack(archives, label, target)


def _unpack(archives, label, target):
    """Unpack every downloaded package into ``target`` and drop the downloads."""
    target.mkdir(parents=True, exist_ok=True)
    with step(f"Unpacking {label}", _megabytes(target)):
        for package in sorted(archives.glob("*.deb")):
            _run(["dpkg", "-x", str(package), str(target)])
    for package in archives.glob("*.deb"):
        package.unlink()

"""Rules about the files of the repository, and that each add-on can be built as a package."""

import re
import subprocess
import sys
import zipfile

import pytest

import workplace
from workplace import debian, paths

# In pieces, so that this file does not break the rule that it checks.
KNOWN_REGISTRIES = [
    ".".join(parts)
    for parts in [
        ("pypi", "org"), ("pythonhosted", "org"), ("deb", "debian", "org"), ("ftp", "debian", "org"),
        ("npmjs", "org"), ("npmjs", "com"), ("docker", "io"), ("ghcr", "io"), ("quay", "io"),
    ]
]  # fmt: skip


def tracked_files():
    """Return the files under version control, or skip where there is none."""
    result = subprocess.run(["git", "ls-files", "-z"], cwd=paths.ROOT, capture_output=True, text=True)
    if result.returncode:
        pytest.skip("not a git checkout")
    files = (paths.ROOT / name for name in result.stdout.split("\0") if name)
    return [file for file in files if file.is_file()]


def registries_of_this_machine():
    """Return the host names that this machine's package managers are configured with."""
    texts = []
    for command in (["pip", "config", "list"], ["npm", "config", "get", "registry"]):
        command = [sys.executable, "-m", *command] if command[0] == "pip" else command
        try:
            texts.append(subprocess.run(command, capture_output=True, text=True).stdout)
        except FileNotFoundError:
            continue
    if debian.available():
        texts += [uri for uri, _release in debian.sources()]
    hosts = re.findall(r"https?://(?:[^/@\s']*@)?([^/:\s']+)", "\n".join(texts))
    return sorted(host for host in set(hosts) if host != "localhost")


def test_no_tracked_file_names_a_package_registry():
    names = [*KNOWN_REGISTRIES, *registries_of_this_machine()]
    guilty = {
        (str(file.relative_to(paths.ROOT)), name)
        for file in tracked_files()
        for name in names
        if name.encode() in file.read_bytes()
    }
    assert guilty == set()


@pytest.fixture(scope="session")
def clone(tmp_path_factory):
    """A clone: building must not leave anything in the checkout."""
    folder = tmp_path_factory.mktemp("clone") / "checkout"
    if subprocess.run(["git", "clone", "--quiet", str(paths.ROOT), str(folder)]).returncode:
        pytest.skip("not a git checkout")
    return folder


@pytest.mark.parametrize("addon", workplace.own_addons())
def test_addon_builds_as_a_wheel(addon, clone, tmp_path):
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "--wheel-dir", str(tmp_path), str(clone / addon)], check=True)
    [wheel] = tmp_path.glob("*.whl")
    assert f"odoo/addons/{addon}/__manifest__.py" in zipfile.ZipFile(wheel).namelist()

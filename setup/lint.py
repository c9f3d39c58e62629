"""``make lint``: every checker runs, also after one has failed; the status tells whether all were content."""

import subprocess
import sys

from lxml import etree

from workplace import own_addons, paths, say

BIN = paths.VENV / "bin"
# The spelling of "utf-8" in a header is no mistake, and Odoo itself turns "5" into a number.
OCA_DISABLED = "xml-header-wrong,xml-field-numeric-without-eval"
# README.rst is generated when an add-on is published. Several files may extend one model, each with
# what belongs to its subject: one file per model would grow long.
PYLINT_DISABLED = "missing-readme,consider-merging-classes-inherited"


def main():
    """Run all checkers and name those that complained."""
    addons = own_addons()
    checks = {
        "ruff": lambda: tool("ruff", "check", "."),
        "pylint-odoo": lambda: tool("pylint", f"--disable={PYLINT_DISABLED}", *addons),
        "oca-checks": lambda: tool("oca-checks-odoo-module", f"--disable={OCA_DISABLED}", *addons),
        "xml": check_xml,
    }
    unhappy = [name for name, check in checks.items() if not report(name, check)]
    say(f"lint: {', '.join(unhappy)} complained" if unhappy else f"lint: {', '.join(checks)} are content")
    return 1 if unhappy else 0


def report(name, check):
    """Run one check and show its name above what it prints."""
    say(f"== {name}")
    return check()


def tool(name, *arguments):
    """Run a tool of the virtual environment in the repository; tell whether it was content."""
    return subprocess.run([BIN / name, *arguments], cwd=paths.ROOT).returncode == 0


def check_xml():
    """Every XML file can be read."""
    fine = True
    for addon in own_addons():
        for file in sorted((paths.ROOT / addon).rglob("*.xml")):
            try:
                etree.parse(file)
            except etree.XMLSyntaxError as error:
                fine = False
                print(f"{file.relative_to(paths.ROOT)}: {error}")
    return fine


if __name__ == "__main__":
    sys.exit(main())

"""``make lint``: every checker runs, also after one has failed; the status tells whether all were content.

They run side by side, as many as there are processors (or JOBS=N); each one's words come in one piece.
"""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

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
    jobs = int(os.environ.get("JOBS") or os.cpu_count())
    checks = {
        "ruff": lambda: tool("ruff", "check", "."),
        "pylint-odoo": lambda: tool("pylint", f"--jobs={jobs}", f"--disable={PYLINT_DISABLED}", *addons),
        "oca-checks": lambda: tool("oca-checks-odoo-module", f"--disable={OCA_DISABLED}", *addons),
        "xml": check_xml,
    }
    with ThreadPoolExecutor(jobs) as pool:
        running = {name: pool.submit(check) for name, check in checks.items()}
        unhappy = [name for name, check in running.items() if not report(name, *check.result())]
    say(f"lint: {', '.join(unhappy)} complained" if unhappy else f"lint: {', '.join(checks)} are content")
    return 1 if unhappy else 0


def report(name, fine, words):
    """Show the name of a check above what it said; tell whether it was content."""
    say(f"== {name}")
    print(words, end="", flush=True)
    return fine


def tool(name, *arguments):
    """Run a tool of the virtual environment in the repository; return whether it was content, and its words."""
    result = subprocess.run(
        [BIN / name, *arguments], cwd=paths.ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    return result.returncode == 0, result.stdout


def check_xml():
    """Every XML file can be read."""
    words = []
    for addon in own_addons():
        for file in sorted((paths.ROOT / addon).rglob("*.xml")):
            try:
                etree.parse(file)
            except etree.XMLSyntaxError as error:
                words.append(f"{file.relative_to(paths.ROOT)}: {error}\n")
    return not words, "".join(words)


if __name__ == "__main__":
    sys.exit(main())

"""A pytest plugin (``-p workplace.outcomes``): writes how many tests passed, failed and were skipped.

Counted as in pytest's own last line; a JUnit report counts every passed subTest as a test.
"""

import json
import os
from pathlib import Path

VARIABLE = "WORKPLACE_OUTCOMES"  # names the file to write
KINDS = {
    "passed": ("passed", "xfailed"),
    "failed": ("failed", "error", "subtests failed", "xpassed"),
    "skipped": ("skipped",),
}


def pytest_terminal_summary(terminalreporter):
    """Write the counts when all tests have run."""
    stats = terminalreporter.stats
    counts = {name: sum(len(stats.get(kind, ())) for kind in kinds) for name, kinds in KINDS.items()}
    Path(os.environ[VARIABLE]).write_text(json.dumps(counts))

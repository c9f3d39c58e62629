"""``make backtest``: the product's back-test on a purchase history, printed as a table."""

import subprocess
import sys

import pytest

from workplace import paths

SAMPLE = paths.ROOT / "winback_lost_customers" / "tests" / "data" / "cdnow_sample.csv.gz"


def run_backtest(data, *options):
    """Run the command as `make backtest` does; return the finished process."""
    command = [sys.executable, str(paths.SETUP / "backtest.py"), "--data", str(data), *options]
    return subprocess.run(command, capture_output=True, text=True)


@pytest.fixture(scope="module")
def output():
    """What the command prints for two month-ends of the small history."""
    result = run_backtest(SAMPLE, "--from", "1998-02-01", "--to", "1998-04-01")
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def get_row(output, label):
    """Return the words of the line that begins with `label`."""
    return next(line.split() for line in output.splitlines() if line.startswith(label))


def test_one_row_for_each_month_end_that_leaves_the_horizon(output):
    rows = [line.split()[0] for line in output.splitlines() if line.startswith("1998-")]
    assert rows == ["1998-02-28", "1998-03-31"]


def test_probability_closed_form_score_and_recency_stand_side_by_side(output):
    header = get_row(output, "month-end")
    assert header[-5:] == ["probability", "closed", "form", "score", "recency"]
    areas = [float(word) for word in get_row(output, "mean") if word.startswith((".", "0"))]
    assert len(areas) == 8
    assert all(0.4 < area < 1 for area in areas)


def test_aims_grade_and_warnings_are_printed(output):
    assert "aim +0.030 / +0.080" in output
    assert "aim at most 0.06" in output
    assert "Plain rule that does best here: silent for" in output
    assert "S6 Order overdue" in output
    assert "Grade " in output


def test_period_without_a_month_end_is_an_error():
    result = run_backtest(SAMPLE, "--from", "1998-06-01")
    assert result.returncode == 1
    assert "leaves 90 days to look at" in result.stderr
    assert "Traceback" not in result.stderr

"""The add-ons' own tests of the demo data, on a database that has them."""

import re
import subprocess
import sys

import pytest

import workplace
from workplace import demo_database, odoo_process, paths, workers

WHAT = "TestDemoEvaluation or TestDemoDeliveriesEvaluation or TestCampaignTour"
FILES = [
    "winback_lost_customers/tests/test_demo_data.py",
    "winback_lost_customers/tests/test_campaign_tour.py",
    "winback_lost_customers_stock/tests/test_demo_data.py",
]


@pytest.fixture
def demo():
    """A fresh copy of the demo database, as it is installed."""
    template = workplace.template_database(demo_database.MODULES, demo=True)
    with workplace.temporary_database(template, prefix="demo") as database:
        yield database


def test_demo_data_show_what_they_should(demo):
    command = [
        sys.executable, "-m", "pytest", "-q", "-p", "no:xdist", "-p", "workplace.workers", "--odoo-http",
        f"--odoo-config={workplace.configuration()}", "--odoo-extra", "max-cron-threads=0", "-k", WHAT, *FILES,
    ]  # fmt: skip
    environment = {**odoo_process.odoo_environment(), workers.VARIABLE: demo}
    result = subprocess.run(command, cwd=paths.ROOT, env=environment, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout[-8000:] + result.stderr[-2000:]
    summary = result.stdout.strip().splitlines()[-1]
    assert re.search(r"\d+ passed", summary) and "skipped" not in summary, summary

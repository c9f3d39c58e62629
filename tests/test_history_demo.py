"""``make demo DATA=FILE``: a purchase history that ends today, evaluated."""

import sys
from datetime import date, timedelta
from pathlib import Path

import pytest

import workplace
from workplace import paths

sys.path.insert(0, str(paths.ROOT / "setup"))
import history_demo  # noqa: E402

BAD_ROWS = Path(__file__).parent / "data" / "history_with_bad_rows.csv"


@pytest.fixture(scope="module")
def served():
    """The environment of the database that would be served."""
    with workplace.temporary_database(prefix="served") as name:
        history_demo.make(BAD_ROWS, name)
        with workplace.environment(name) as env:
            yield env


def test_last_purchase_is_of_today(served):
    last = max(served["winback.status"].search([]).mapped("last_order_date"))
    assert timedelta(0) <= date.today() - last <= timedelta(days=1)


def test_customers_are_evaluated_and_the_past_is_rebuilt(served):
    statuses = served["winback.status"].search([])
    assert statuses and set(statuses.mapped("state")) - {False}
    assert served["winback.history"]._get_missing_month_ends(served.company) == []


def test_file_without_purchases_is_refused(tmp_path):
    file = tmp_path / "empty.csv"
    file.write_text("customer_id,date\n")
    with pytest.raises(workplace.WorkplaceError, match="nothing usable"):
        history_demo.make(file)

"""``make real``: a purchase history from a file, evaluated by the product."""

import csv
import gzip
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest

import history
import workplace
from workplace import paths

SAMPLE = paths.ROOT.parent / "shared" / "data" / "cdnow_sample.csv.gz"
BAD_ROWS = Path(__file__).parent / "data" / "history_with_bad_rows.csv"
# What differs between an order created through Odoo's ORM and one that was loaded, for good reasons.
DIFFERING = {
    "id",
    "calendar_last_notif_ack",
    "create_date",
    "write_date",
    "create_uid",
    "write_uid",
    "access_token",
    "name",
    "ref",
}
DIFFERING |= {"partner_id", "partner_invoice_id", "partner_shipping_id", "commercial_partner_id"}
DIFFERING |= {"order_id", "order_partner_id", "product_id", "complete_name", "commercial_company_name"}


def run_real(data, out, *options, today="2024-07-01"):
    """Run the command as `make real` does; return the finished process."""
    script = paths.SETUP / "real.py"
    command = [sys.executable, str(script), "--data", str(data), "--today", today, "--out", str(out), *options]
    return subprocess.run(command, capture_output=True, text=True)


def read_scores(path):
    with path.open(encoding="utf-8") as file:
        return {row["customer_id"]: row for row in csv.DictReader(file)}


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory):
    """The command's output and scores on the hand-made file."""
    out = tmp_path_factory.mktemp("real") / "scores.csv"
    result = run_real(BAD_ROWS, out)
    assert result.returncode == 0, result.stderr
    return result.stdout, read_scores(out)


def test_bad_rows_are_told_apart_and_counted(evaluated):
    output, _scores = evaluated
    assert "17 rows: 12 usable orders (1 of them cancelled) of 6 customers" in output
    assert (
        "5 bad rows left out: 1 bad date, 1 missing customer, 1 negative amount, "
        "1 unreadable amount, 1 unreadable mark of cancellation" in output
    )
    assert "line 12: bad date" in output


def test_empty_amount_is_a_purchase_of_unknown_value(evaluated):
    output, scores = evaluated
    assert "1 purchases of unknown value (empty amount), counted as 0" in output
    assert scores["unknown"]["state"] == "new"
    assert scores["unknown"]["orders"] == "1"


def test_every_customer_of_the_file_has_one_row_in_its_order(evaluated):
    _output, scores = evaluated
    assert list(scores) == ["steady", "overdue", "lost", "unknown", "cancelled", "later", "bad only"]


@pytest.mark.parametrize(
    ("customer", "state", "last_order", "orders", "signs"),
    [
        # every 30 days, the last time 12 days ago
        ("steady", "active", "2024-06-19", "3", ""),
        # 30 days between its two purchase days, silent for 120: S1 (20 points) and S6 (50)
        ("overdue", "at_risk", "2024-03-03", "3", "S1;S6"),
        # silent for 548 days, longer than 180
        ("lost", "lost", "2022-12-31", "2", "S1;S6"),
        # nothing but a cancelled order: no customer
        ("cancelled", "", "", "0", ""),
        # its only order is of a day after TODAY
        ("later", "", "", "0", ""),
        ("bad only", "", "", "0", ""),
    ],
)
def test_states_are_those_computed_by_hand(evaluated, customer, state, last_order, orders, signs):
    _output, scores = evaluated
    row = scores[customer]
    assert (row["state"], row["last_order"], row["orders"], row["signs"]) == (state, last_order, orders, signs)


def test_customers_at_risk_are_explained_as_of_today(evaluated):
    output, _scores = evaluated
    assert "The 1 most valuable customers at risk" in output
    assert "silent for 120 days since #i7" in output


def write_rhythms(path):
    """Write 60 customers who buy very unevenly, silent since 5, 10, ... 300 days before 2024-07-01.

    The first twelve bought only twice. So uneven that the model is never quite sure of a shorter silence.
    """
    with path.open("w") as file:
        file.write("customer_id,date,amount\n")
        for number in range(1, 61):
            day = date(2024, 7, 1) - timedelta(days=5 * number)
            for order in range(2 if number <= 12 else 4 + number % 5):
                file.write(f"{number},{day},{20 + number}\n")
                day -= timedelta(days=(1, 150, 12, 90, 3, 240)[(order + number) % 6])


@pytest.fixture(scope="module")
def forecast(tmp_path_factory):
    """The scores of `write_rhythms` with H=60 and L=200."""
    folder = tmp_path_factory.mktemp("forecast")
    write_rhythms(folder / "rhythms.csv")
    result = run_real(folder / "rhythms.csv", folder / "scores.csv", "--horizon", "60", "--silence", "200")
    assert result.returncode == 0, result.stderr
    assert "Model: k=" in result.stdout
    return read_scores(folder / "scores.csv")


def test_columns_are_named_after_horizon_and_silence(forecast, evaluated):
    columns = ["customer_id", "state", "score", "class", "last_order", "orders", "signs"]
    last = ["expected_next", "expected_loss"]
    assert list(forecast["1"]) == [*columns, "p_no_purchase_60", "p_silence_200", *last]
    assert list(evaluated[1]["steady"]) == [*columns, "p_no_purchase_90", "p_silence_180", *last]


def test_silence_that_was_reached_is_certain(forecast):
    for number in range(13, 61):
        silence = float(forecast[str(number)]["p_silence_200"])
        assert silence == 1 if number >= 40 else 0 < silence < 1, number


def test_probability_of_no_purchase_lies_between_0_and_1(forecast):
    for number in range(13, 61):
        assert 0 < float(forecast[str(number)]["p_no_purchase_60"]) < 1, number


def test_fewer_than_three_purchase_days_have_no_probability(forecast):
    for number in range(1, 13):
        row = forecast[str(number)]
        assert (row["p_no_purchase_60"], row["p_silence_200"], row["expected_next"]) == ("", "", ""), number


def test_nothing_usable_is_an_error(tmp_path):
    data = tmp_path / "cancelled.csv"
    data.write_text("customer_id,date,cancelled\n1,2024-01-05,1\n2,someday,0\n")
    result = run_real(data, tmp_path / "scores.csv")
    assert result.returncode == 1
    assert "nothing usable" in result.stderr
    assert not (tmp_path / "scores.csv").exists()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("history.csv", b"customer,date\n1,2024-01-05\n", "no column customer_id"),
        ("history.csv", b"", "no column customer_id and no column date; its columns: none"),
        ("history.csv.gz", gzip.compress(b"customer_id,date\n" * 1000, mtime=0)[:40], "cannot read"),
    ],
)
def test_unusable_file_is_explained(tmp_path, name, content, words):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(history.UnusableFile, match=words):
        history.read(tmp_path / name)


def test_missing_file_is_explained(tmp_path):
    result = run_real(tmp_path / "nowhere.csv", tmp_path / "scores.csv")
    assert result.returncode == 1
    assert "there is no file" in result.stderr
    assert "Traceback" not in result.stderr


def test_semicolons_byte_order_mark_and_decimal_comma_are_read(tmp_path):
    data = tmp_path / "history.csv"
    data.write_text("Date;Customer_ID;Amount\n2024-01-05;Müller;12,50\n", encoding="utf-8-sig")
    (order,) = history.read(data).orders
    assert (order.customer, str(order.amount), order.cancelled) == ("Müller", "12.50", False)


def test_loaded_order_has_the_columns_that_odoo_fills(installed_database, tmp_path):
    """Except for names, ids and times, a loaded order cannot be told from one that Odoo created."""
    data = tmp_path / "history.csv"
    data.write_text("customer_id,date,amount,invoice_id\n7,2024-01-05,12.5,A1\n")
    with workplace.environment(installed_database) as env:
        partner = env["res.partner"].browse(history.load(env, history.read(data).orders, env.company)["7"])
        loaded = env["sale.order"].search([("partner_id", "=", partner.id)])
        created = create_by_orm(env, loaded)
        assert loaded.order_line.price_subtotal == loaded.amount_total == loaded.margin == 12.5
        assert str(loaded.date_order) == "2024-01-05 12:00:00"
        for table, one, other in (
            ("sale_order", loaded, created),
            ("sale_order_line", loaded.order_line, created.order_line),
            ("res_partner", loaded.partner_id, created.partner_id),
        ):
            assert get_row(env, table, one) == get_row(env, table, other)


def create_by_orm(env, order):
    """Create by the ORM what `order` is."""
    partner = env["res.partner"].create({"name": "Ada", "is_company": True})
    values = {"partner_id": partner.id, "state": "sale", "user_id": False, "team_id": False}
    copy = env["sale.order"].create({**values, "date_order": order.date_order})
    line = {"order_id": copy.id, "product_id": order.order_line.product_id.id, "price_unit": order.amount_untaxed}
    env["sale.order.line"].create({**line, "purchase_price": 0})
    env.flush_all()
    return copy


def get_row(env, table, record):
    env.cr.execute(f"SELECT * FROM {table} WHERE id = %s", [record.id])
    return {name: value for name, value in env.cr.dictfetchone().items() if name not in DIFFERING}


@pytest.mark.skipif(not SAMPLE.is_file(), reason="the shared purchase histories are not here")
def test_states_of_a_real_history_add_up_to_its_customers(tmp_path):
    result = run_real(SAMPLE, tmp_path / "scores.csv", today="1998-04-01")
    assert result.returncode == 0, result.stderr
    scores = read_scores(tmp_path / "scores.csv")
    assert len(scores) == 2357
    assert "As of 1998-04-01: 2357 customers" in result.stdout
    assert all(row["state"] and int(row["orders"]) for row in scores.values())

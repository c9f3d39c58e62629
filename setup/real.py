"""``make real DATA=FILE TODAY=YYYY-MM-DD OUT=scores.csv [H=90] [L=180]``: score a real purchase history.

Loads the history into a fresh database, lets the product's engine run as of TODAY, and shows what it found.
"""

import argparse
import csv
import sys
import time
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from odoo.tools import SQL

import history
from workplace import (
    WorkplaceError,
    clear_errors,
    cluster,
    create_database,
    environment,
    process,
    template_database,
    temporary_database,
)

MODULES = ["winback_lost_customers", "sale_management"]
KEPT_DATABASE = "real"
COLUMNS = ["customer_id", "state", "score", "class", "last_order", "orders", "signs"]
FORECAST_COLUMNS = ["expected_next", "expected_loss"]
TOP = 10

DESCRIPTION = """
Load a purchase history into a fresh database, evaluate all customers as of a day, and write one row per customer.
"""
EPILOG = """
The file: CSV (gzipped or not; comma or semicolon) with the columns customer_id and date (YYYY-MM-DD) and, where known,
amount, invoice_id and cancelled (0 or 1), in any order; other columns are ignored. One row is one order. An empty
amount is a purchase of unknown value: it counts as a purchase of 0. Bad rows are counted, the first ones shown, and
left out. Orders after TODAY are loaded, and the engine does not see them.

The probability model is fitted to what was known on TODAY. p_no_purchase_H is the probability that no purchase comes in
the H days after TODAY, p_silence_L the one that the present silence reaches L days, expected_next the day by which a
purchase is more likely than not to have come (if the customer is still one), expected_loss the amount that is likely to
be missed in the H days. Customers with fewer than three purchase days have no probability.

The result has one row for every customer_id of the file, in the file's order. Who was no customer on that day (nothing
bought by then, everything cancelled, or only bad rows) has an empty state.

Exit status: 0; 1 if nothing in the file was usable; 2 if the command itself was wrong.
"""


def main(arguments=None):
    """Run the command; return its exit status."""
    options = parse(arguments)
    seconds = {}
    with clear_errors(), process.interruptible():
        reading = read(options.data, seconds)
        show_reading(reading)
        check_usable(reading)
        check_writable(options.out)
        with cluster(), database(options.keep, seconds) as env:
            with timed(seconds, "loading"), history.Bar("Loading", len(reading.orders)) as bar:
                history.load(env, reading.orders, env.company, bar)
            env.company.winback_horizon_days = options.horizon
            report = run(env, options.today, seconds)
            with history.living_on(env, options.today):
                show_result(env, options.today, report)
                show_model(env, options.today)
            rows = write_scores(env, reading.customers, options)
        show_seconds(seconds)
        print(f"\n{rows} customers written to {options.out}")
        if options.keep:
            print(f"The database is kept: setup/odoo -d {KEPT_DATABASE}")


def parse(arguments):
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(
        "make real",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
        usage="make real DATA=FILE TODAY=YYYY-MM-DD OUT=FILE [H=90] [L=180], or setup/python setup/real.py [options]",
    )
    parser.add_argument("--data", required=True, type=Path, help="the purchase history")
    parser.add_argument("--today", required=True, type=date.fromisoformat, help="the day that counts as today")
    parser.add_argument("--out", required=True, type=Path, help="the CSV file to write")
    parser.add_argument("--horizon", type=int, default=90, help="days of the forecast (H)")
    parser.add_argument("--silence", type=int, default=180, help="days of silence that count as loss (L)")
    parser.add_argument(
        "--keep", action="store_true", help=f"keep the database, as {KEPT_DATABASE!r}, replacing an older one"
    )
    return parser.parse_args(arguments)


@contextmanager
def timed(seconds, step):
    """Note how long the block takes."""
    start = time.monotonic()
    yield
    seconds[step] = time.monotonic() - start


def read(path, seconds):
    """Read the file, showing how far it is."""
    size = path.stat().st_size if path.is_file() else 0
    try:
        with timed(seconds, "reading"), history.Bar(f"Reading {path.name}", size) as bar:
            return history.read(path, bar)
    except history.UnusableFile as error:
        raise WorkplaceError(str(error)) from None


def show_reading(reading):
    """Print what the file holds, and the bad rows told apart."""
    cancelled = sum(order.cancelled for order in reading.orders)
    print(
        f"{reading.rows} rows: {len(reading.orders)} usable orders ({cancelled} of them cancelled) "
        f"of {len({order.customer for order in reading.orders})} customers"
    )
    if reading.unknown_amounts:
        print(f"{reading.unknown_amounts} purchases of unknown value (empty amount), counted as 0")
    if reading.bad:
        kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(reading.bad.items()))
        print(f"{reading.bad.total()} bad rows left out: {kinds}")
    for line, kind, row in reading.examples:
        print(f"  line {line}: {kind}: {row[:100]}")


def check_usable(reading):
    """Stop where nothing was bought."""
    if not any(not order.cancelled for order in reading.orders):
        raise WorkplaceError("nothing usable in the file: no purchase with a customer and a date")


def check_writable(path):
    """Find out before the work and not after it that the result cannot be written."""
    try:
        path.open("a").close()
    except OSError as error:
        raise WorkplaceError(f"cannot write the result: {error}") from None


@contextmanager
def database(keep, seconds):
    """Yield the environment of a fresh database with the product and without demo data."""
    with timed(seconds, "template database"):
        template = template_database(MODULES)
    start = time.monotonic()
    fresh = kept_database(template) if keep else temporary_database(template, prefix="real")
    with fresh as name, environment(name) as env:
        seconds["copying it, starting Odoo"] = time.monotonic() - start
        yield env


@contextmanager
def kept_database(template):
    """Yield the name of a fresh database that stays."""
    yield create_database(KEPT_DATABASE, template=template, replace=True)


def run(env, today, seconds):
    """Let the product's engine run as of the day, fit the model and run again; return the last report.

    The model needs the classes of the first run, and the second one scores by the model.
    """
    with history.living_on(env, today):
        engine, company = env["winback.engine"], env.company
        first = engine._run(company, today)
        with timed(seconds, "fitting the model"):
            env["winback.model"]._fit(company, today)
        report = engine._run(company, today)
    seconds.update({f"engine, first run: {step}": value for step, value in first["seconds"].items()})
    seconds.update({f"engine, with the model: {step}": value for step, value in report["seconds"].items()})
    return report


def show_model(env, today):
    """Print the fitted parameters (in days) and whether the model or the plain rule speaks."""
    model = env["winback.model"]._get_in_force(env.company, today)
    if not model:
        print("\nModel: nobody bought twice, nothing to learn")
        return
    print(
        f"\nModel: k={model.k} r={model.r:.6f} alpha={model.alpha:.6f} a={model.a:.6f} b={model.b:.6f} "
        f"(sample {model.sample_size}, log-likelihood {model.log_likelihood:.2f}, "
        f"{'with' if model.stack else 'without'} the second step)\n{model.verdict}"
    )


def show_result(env, today, report):
    """Print the counts by state and class, and the most valuable customers at risk."""
    for sign, message in report["errors"].items():
        print(f"SIGN FAILED: {sign.code}: {message}")
    status = env["winback.status"].with_company(env.company)
    print(f"\nAs of {today}: {report['customers']} customers")
    counts = dict(status._read_group([], ["state"], ["__count"]))
    for state, label in status._get_states():
        if counts.get(state):
            print(f"  {label:12} {counts[state]:>8}")
    print("By class")
    for value_class, count in status._read_group([], ["value_class_id"], ["__count"]):
        print(f"  {value_class.name or 'none':12} {count:>8}")
    show_most_valuable(status.search([("state", "=", "at_risk")], order="amount_active_year desc, id", limit=TOP))


def show_most_valuable(statuses):
    """Print customers with what is at stake and why."""
    print(f"\nThe {len(statuses)} most valuable customers at risk")
    for status in statuses:
        symbol = status.currency_id.symbol
        print(
            f"  {status.partner_id.ref}: {status.amount_active_year:.2f} {symbol} in its last active year, "
            f"{status.value_class_id.name}, score {status.score}, last order {status.last_order_date}"
        )
        for line in (status.sign_summary or "").splitlines():
            print(f"      {line}")


def write_scores(env, customers, options):
    """Write one row for every customer of the file; return how many."""
    found = {row["ref"]: row for row in get_scores(env, options)}
    columns = [*COLUMNS, f"p_no_purchase_{options.horizon}", f"p_silence_{options.silence}", *FORECAST_COLUMNS]
    nothing = dict.fromkeys(columns, "") | {"orders": 0}
    with options.out.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        for customer in customers:
            writer.writerow({**found.get(customer, nothing), "customer_id": customer})
    return len(customers)


def get_scores(env, options):
    """Return one dict per customer with a status, joined with the model's unrounded figures of the last run."""
    env.flush_all()
    classes = {value_class.id: value_class.name for value_class in env["winback.value.class"].search([])}
    env.cr.execute(
        """
        SELECT p.ref, s.state, s.score, s.value_class_id AS class, s.last_order_date AS last_order,
               s.order_count AS orders, string_agg(g.code, ';' ORDER BY g.sequence, g.code) AS signs,
               s.partner_id, s.expected_loss
          FROM winback_status s
          JOIN res_partner p ON p.id = s.partner_id
          LEFT JOIN winback_status_sign e ON e.status_id = s.id
          LEFT JOIN winback_sign g ON g.id = e.sign_id
         WHERE s.company_id = %s AND s.active AND p.ref IS NOT NULL
         GROUP BY p.id, s.id
        """,
        [env.company.id],
    )
    rows = env.cr.dictfetchall()
    forecasts = get_forecasts(env, options)
    return [
        {**row, "class": classes.get(row["class"], ""), **forecasts.get(row["partner_id"], {})} for row in rows
    ]


def get_forecasts(env, options):
    """Return the model's figures by customer id, of those who have a probability."""
    model = env["winback.model"]._get_in_force(env.company, options.today)
    if not model:
        return {}
    source = env["winback.fact.model"]
    silences = source._get_closed_form_query(model, env.company, options.today, SQL("%s", options.silence))
    query = SQL(
        """
        SELECT f.partner_id, f.p_no_purchase, s.p_silence, f.expected_date
          FROM winback_run_fact f JOIN (%s) s ON s.partner_id = f.partner_id
        """,
        silences,
    )
    return {
        partner: {
            f"p_no_purchase_{options.horizon}": f"{no_purchase:.6f}",
            f"p_silence_{options.silence}": f"{silence:.6f}",
            "expected_next": expected or "",
        }
        for partner, no_purchase, silence, expected in env.execute_query(query)
    }


def show_seconds(seconds):
    """Print the time of each step."""
    print("\nSeconds")
    for step, value in seconds.items():
        print(f"  {step:30} {value:8.2f}")
    print(f"  {'all steps':30} {sum(seconds.values()):8.2f}")


if __name__ == "__main__":
    sys.exit(main())

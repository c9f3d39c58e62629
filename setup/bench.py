"""``make bench [N=10000]``: how fast the product is on a made-up database of N customers.

Everything is compared with the bare aggregate, the one statement in ``bench_aggregate.sql`` that computes every
stored figure once: times say much about the machine, ratios about the product.
"""

import argparse
import os
import re
import statistics
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from unittest.mock import patch

from lxml import etree

import bench_figures
from history import living_on, synthetic
from workplace import clear_errors, cluster, environment, process, say, step, template_database, temporary_database
from workplace.databases import execute

MODULES = ["winback_lost_customers", "sale_management"]
TODAY = date(2026, 3, 2)  # a fixed day: the same data and the same customers at risk each time
AGGREGATE = Path(__file__).with_name("bench_aggregate.sql").read_text()
MODEL_STEP = "winback.fact.model"  # scoring by the probability model: counted apart
REPEATS = 3
LIST_REPEATS = 5
REFRESHED = 100  # customers with changed documents
GROUPS = ["state", "value_class_id", "abc_xyz", "user_id", "team_id", "country_id", "state_since:month"]
# Where no list view of ours is installed, what it will roughly show.
LIST_FIELDS = [
    "partner_id", "user_id", "team_id", "state", "state_since", "score", "value_class_id", "last_order_date",
    "order_count", "amount_active_year", "currency_id", "sign_summary", "evidence_ids",
]  # fmt: skip
FIGURES = [
    "first_order_date", "last_order_date", "last_order_id", "order_count", "purchase_days", "gap_mean", "gap_max",
    "returned_date", "return_count", "last_inquiry_date", "inquiry_count", "fruitless_count", "amount_total",
    "amount_year", "amount_recent", "amount_base", "amount_active_year", "margin_total", "margin_active_year",
    "amount_since_return", "margin_since_return",
    "touch_count", "demand_margin", "demand_margin_before", "demand_variation", "orders_year", "abc_xyz",
    "abc_xyz_before", "value_class_id", "potential_used",
]  # fmt: skip


@dataclass
class Run:
    """One run of the engine.

    ``bare`` are the seconds of the bare aggregate just before and just after it, so that both met the same machine;
    ``seconds`` those of the run with its commit, without scoring by the model; ``wal`` its bytes of WAL (None: we may
    not ask).
    """

    bare: float
    seconds: float
    report: dict
    wal: int | None

    @property
    def model(self):
        """Return the seconds of scoring by the model; None where there is none."""
        return self.report["seconds"].get(MODEL_STEP)


def main(arguments=None):
    """Run the benchmark; return 1 if the product's figures differ from the bare aggregate's."""
    options = parse(arguments)
    with clear_errors(), process.interruptible(), cluster():
        template = template_database(MODULES)
        with temporary_database(template, prefix="bench") as name, environment(name) as env:
            users = fill(env, name, options.customers)
            differences = measure(env, name, users)
    return 1 if differences else 0


def parse(arguments):
    """Return the options of the command line."""
    parser = argparse.ArgumentParser("make bench", description=__doc__.partition("\n\n")[0])
    parser.add_argument("--customers", type=int, default=10_000, help="10,000 if not given; ten documents each")
    options = parser.parse_args(arguments)
    if options.customers < 1:
        parser.error("at least one customer")
    return options


def fill(env, name, customers):
    """Fill the database, vacuum and analyze it, and say what is in it; return the users."""
    with step(f"Filling the database with {customers} customers"):
        users = synthetic.fill(env, env.company, TODAY, customers)
        env.cr.commit()
    with step("VACUUM ANALYZE, as autovacuum would have done before the first night"):
        execute("VACUUM ANALYZE", dbname=name)
    # parallel plans would make runs and aggregate differ by how busy the machine's other cores are
    env.cr.execute("SET max_parallel_workers_per_gather = 0")
    counts = [
        f"{get_value(env, f'SELECT count(*) FROM {table}')} {label}"  # noqa: S608  names from here, not from outside
        for table, label in (
            ("sale_order", "orders and quotations"), ("mail_message", "messages"),
            ("crm_lead", "leads"), ("mail_activity", "activities"), ("calendar_event", "meetings"),
            ("sale_order_line", "order lines"), ("account_move", "invoices"),
            ("mail_notification", "notifications"), ("winback_complaint", "complaints"),
        )
    ]  # fmt: skip
    print(f"{customers} customers, {', '.join(counts)}; no parallel workers\n")
    return users


def get_value(env, query, parameters=None):
    """Return the single value of a query."""
    env.cr.execute(query, parameters)
    return env.cr.fetchone()[0]


# ----------------------------------------------------------------------
# Measuring
# ----------------------------------------------------------------------


def measure(env, name, users):
    """Measure everything and print it; return the number of customers whose figures differ."""
    idle = reset_peak_memory()
    say("Measuring the bare aggregate, the runs and the list ...")
    first = measure_first(env, name)
    fit(env, TODAY)
    again = [run(env, TODAY) for _ in range(REPEATS)]
    differences = count_differences(env, TODAY)
    next_days = [run(env, TODAY + timedelta(days=number + 1)) for number in range(REPEATS)]
    last = TODAY + timedelta(days=REPEATS)
    differences += count_differences(env, last)
    refreshes = [refresh(env, last, number) for number in range(LIST_REPEATS)]
    peak = get_memory("VmHWM")

    show_bare([run.bare for run in first + again + next_days])
    show_runs("first run", first, 2.5)
    show_runs("same day again", again, 1.5)
    show_runs("next day", next_days, 2)
    show_model(again + next_days)
    show_refreshes(refreshes)
    show_aim("same day again: rows written", count_rows(again[-1]), 0, "")
    show_steps(first[-1], again[-1], next_days[-1])
    show_memory(idle, peak)
    bench_figures.rebuild(env, name, last)
    for label, user in (("salesperson", users["salespeople"][0]), ("manager", users["manager"])):
        measure_screens(env, label, user, last)
        bench_figures.measure(env, label, user, last, measure_call, show_aim)
    print(f"customers whose figures differ from the bare aggregate's: {differences}")
    return differences


def fit(env, day):
    """Fit the probability model, and let the engine score everybody by it once: from then on nights are alike."""
    start = time.monotonic()
    with living_on(env, day):
        env["winback.model"]._fit(env.company, day)
        env["winback.engine"]._run(env.company, day)
    env.cr.commit()
    say(f"Fitted the model and scored everybody: {time.monotonic() - start:.1f} s")


def measure_bare(env, day):
    """Return the seconds of the bare aggregate, read to its last column but not sent or written."""
    # the planner knows nothing about the size of the statement's parts, and would loop over them
    env.cr.execute("SET LOCAL enable_nestloop = off")
    start = time.monotonic()
    env.cr.execute(f"SELECT count(bare) FROM ({AGGREGATE}) bare", get_parameters(env.company, day))  # noqa: S608
    seconds = time.monotonic() - start
    env.cr.commit()
    return seconds


def get_parameters(company, day):
    """Return what the bare aggregate needs to know."""
    return {
        "company": company.id,
        "today": day,
        "day_end": day + timedelta(days=1),
        "recent": company.winback_recent_days,
        "digits": company.currency_id.decimal_places,
        "lost_min": company.winback_lost_min_days,
        "lost_max": company.winback_lost_max_days,
        "lost_factor": company.winback_lost_gap_factor,
        **get_demand_parameters("", day),
        **get_demand_parameters("_before", day - timedelta(days=company.winback_recent_days)),
        "a_share": company.winback_abc_a_share,
        "b_share": company.winback_abc_b_share,
        "x_variation": company.winback_xyz_x_variation,
        "y_variation": company.winback_xyz_y_variation,
    }


def get_demand_parameters(suffix, day):
    """Return the end of the complete months before ``day``, and the number of its month."""
    return {f"month_end{suffix}": day.replace(day=1), f"month_number{suffix}": day.year * 12 + day.month}


def measure_first(env, name):
    """Return first runs; all but the last one are taken back.

    After each the tables are vacuumed: what was taken back must be gone, and after the last one it is what autovacuum
    does before the next night.
    """
    runs = []
    for number in range(REPEATS):
        runs.append(run(env, TODAY, keep=number == REPEATS - 1))
        execute("VACUUM ANALYZE winback_status, winback_status_sign", dbname=name)
    return runs


def run(env, day, keep=True):
    """Let the engine run once on ``day``, as the scheduled action does: with its commit."""
    bare = measure_bare(env, day)
    position = get_wal_position(env)
    start = time.monotonic()
    with living_on(env, day):
        report = env["winback.engine"]._run(env.company, day)
    if keep:
        env.cr.commit()
    seconds = time.monotonic() - start
    wal = position and get_value(env, "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), %s)", [position])
    if not keep:
        env.cr.rollback()
    env.invalidate_all()
    seconds -= report["seconds"].get(MODEL_STEP, 0)
    return Run((bare + measure_bare(env, day)) / 2, seconds, report, wal)


def refresh(env, day, number):
    """Let the scheduled action evaluate a hundred customers again, others each time; return seconds and report."""
    env.cr.execute(
        """INSERT INTO winback_refresh (partner_id, company_id)
           SELECT partner_id, company_id FROM winback_status WHERE company_id = %s
            ORDER BY hashint8extended(partner_id, %s) LIMIT %s""",
        [env.company.id, number, REFRESHED],
    )
    env.cr.commit()
    reports, engine = [], type(env["winback.engine"])
    calculate = engine._calculate

    def _calculate(self, *args):
        reports.append(calculate(self, *args))
        return reports[-1]

    start = time.monotonic()
    with living_on(env, day), patch.object(engine, "_calculate", _calculate):
        env["winback.refresh"]._work_batch(env.company)
    env.cr.commit()
    return time.monotonic() - start, reports[-1]


def get_wal_position(env):
    """Return the end of the write-ahead log; None where we may not ask."""
    with suppress(Exception), env.cr.savepoint(flush=False):
        return get_value(env, "SELECT pg_current_wal_insert_lsn()::text")
    return None


def count_rows(run):
    """Return how many rows a run wrote in all."""
    written = run.report["written"].values()
    return sum(sum(part.values()) if isinstance(part, dict) else part for part in written)


def count_differences(env, day):
    """Return the number of customers for whom the bare aggregate does not agree with the stored figures, or with what
    the signs read."""
    stored = "(SELECT * FROM winback_status WHERE company_id = %(company)s AND active)"
    differences = count_differing(env, day, stored, FIGURES)
    with living_on(env, day):
        env["winback.engine"]._gather_facts(env.company, day, None)
    env.cr.execute(f"SELECT * FROM ({AGGREGATE}) bare LIMIT 0", get_parameters(env.company, day))  # noqa: S608
    facts = {column.name for column in env.cr.description} & set(env["winback.fact"]._get_all_columns())
    differences += count_differing(env, day, "winback_run_fact", sorted(facts))
    env.cr.rollback()
    return differences


def count_differing(env, day, table, columns):
    """Return the number of customers for whom ``table`` and the bare aggregate differ in some of ``columns``."""
    query = f"""
        SELECT count(*)
          FROM (SELECT partner_id, {", ".join(columns)} FROM {table} t) s
          FULL JOIN ({AGGREGATE}) b USING (partner_id)
         WHERE ({", ".join(f"s.{name}" for name in columns)})
               IS DISTINCT FROM ({", ".join(f"b.{name}" for name in columns)})
    """  # noqa: S608  names from here, from the facts' columns, and the text of our file
    env.cr.execute("SET LOCAL enable_nestloop = off")
    return get_value(env, query, get_parameters(env.company, day))


def measure_screens(env, label, user, day):
    """Print how long what a user opens takes, rules and count included."""
    env = env(user=user.id, context={"allowed_company_ids": env.company.ids, "lang": "en_US"})
    statuses, contacts = env["winback.status"], env["res.partner"]
    at_risk = [("state", "=", "at_risk")]
    specification, of_contacts = get_specification(statuses), {"complete_name": {}, "winback_state": {}}
    page = {"limit": 80, "count_limit": 10001}
    with living_on(env, day):
        milliseconds, result = measure_call(env, lambda: statuses.web_search_read(at_risk, specification, **page))
        show_aim(f"list of {result['length']} at risk, {label}", milliseconds, 300, "ms")
        for group in GROUPS:
            milliseconds, _groups = measure_call(env, lambda g=group: group_statuses(statuses, g))
            show_aim(f"  all by {group}, {label}", milliseconds, 300, "ms")
        domain = [("winback_state", "=", "at_risk")]
        milliseconds, result = measure_call(env, lambda: contacts.web_search_read(domain, of_contacts, **page))
        show_aim(f"{result['length']} contacts at risk, {label}", milliseconds, 300, "ms")


def measure_call(env, call):
    """Return the median milliseconds of some calls, and the last one's result."""
    seconds = []
    for _ in range(LIST_REPEATS):
        env.invalidate_all()
        start = time.monotonic()
        result = call()
        seconds.append(time.monotonic() - start)
    return round(1000 * statistics.median(seconds)), result


def group_statuses(statuses, group):
    """Return the groups of all customers as the list shows them."""
    return statuses.web_read_group([], [group], ["__count", "amount_active_year:sum"], limit=80)


def get_specification(statuses):
    """Return what the web client asks for: the fields that the list view shows."""
    arch = etree.fromstring(statuses.get_view(view_type="list")["arch"])
    names = [node.get("name") for node in arch.findall("field") if node.get("optional") != "hide"]
    names = names if len(names) > 1 else LIST_FIELDS
    relations = {"many2one", "one2many", "many2many"}
    return {
        name: {"fields": {"display_name": {}}} if statuses._fields[name].type in relations else {}
        for name in names
        if statuses._has_field_access(statuses._fields[name], "read")
    }


# ----------------------------------------------------------------------
# Memory of this process
# ----------------------------------------------------------------------


def get_memory(name):
    """Return a figure of /proc/self/status in MB; None where there is no such file."""
    with suppress(OSError):
        return int(re.search(rf"{name}:\s+(\d+)", Path("/proc/self/status").read_text())[1]) / 1024
    return None


def reset_peak_memory():
    """Forget the peak of loading Odoo; return the memory in use now."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
    return get_memory("VmRSS")


# ----------------------------------------------------------------------
# Showing
# ----------------------------------------------------------------------


def show_bare(seconds):
    """Print the time of the bare aggregate."""
    print(
        f"{'bare aggregate':36}{statistics.median(seconds):9.3f} s   "
        f"({len(seconds)} times beside the runs, {min(seconds):.3f} to {max(seconds):.3f} s)"
    )


def show_runs(label, runs, aim):
    """Print the median time of some runs, its ratio, and what the last one wrote."""
    seconds = statistics.median(run.seconds for run in runs)
    ratio = statistics.median(run.seconds / run.bare for run in runs)
    print(f"{label:36}{seconds:9.3f} s   all: {', '.join(f'{run.seconds:.3f}' for run in runs)}")
    show_aim(f"{label}: times the bare aggregate", ratio, aim, "", digits=2)
    print(f"  customers {runs[-1].report['customers']}, rows written {format_written(runs[-1])}")
    if runs[-1].wal is not None:
        print(f"  WAL {runs[-1].wal / 1e6:.2f} MB")
    for sign, message in runs[-1].report["errors"].items():
        print(f"  SIGN FAILED: {sign.code}: {message}")


def show_model(runs):
    """Print the time of scoring by the model, which the runs above do not contain."""
    seconds = [run.model for run in runs if run.model is not None]
    if seconds:
        median = statistics.median(seconds)
        ratio = median / statistics.median(run.bare for run in runs)
        print(f"{'scoring by the model, apart':36}{median:9.3f} s   {ratio:.2f} times the bare aggregate\n")


def show_refreshes(refreshes):
    """Print how long the scheduled action takes for a hundred customers."""
    milliseconds = round(1000 * statistics.median(seconds for seconds, _report in refreshes))
    show_aim(f"refresh of {REFRESHED} customers", milliseconds, 300, "ms")
    steps = refreshes[-1][1]["seconds"]
    print("  " + ", ".join(f"{name} {round(1000 * value)}" for name, value in steps.items()) + " ms\n")


def format_written(run):
    """Return the rows written by table."""
    parts = []
    for model, written in run.report["written"].items():
        counts = written if isinstance(written, dict) else {"inserted": written}
        parts.append(f"{model.removeprefix('winback.')}: {', '.join(f'{v} {k}' for k, v in counts.items() if v) or 0}")
    return "; ".join(parts)


def show_aim(label, value, aim, unit, digits=0):
    """Print a figure with its aim beside it."""
    verdict = "ok" if value <= aim else "MISSED"
    print(f"{label:36}{value:9.{digits}f} {unit:3} aim: at most {aim:g} {unit:3} {verdict}")


def show_steps(*runs):
    """Print the seconds of each step of the runs."""
    print(f"\n{'seconds by step':30}{'first':>10}{'again':>10}{'next day':>10}")
    for name in runs[0].report["seconds"]:
        print(f"  {name:28}" + "".join(f"{run.report['seconds'].get(name, 0):10.3f}" for run in runs))
    print()


def show_memory(idle, peak):
    """Print the memory of the Odoo process during the runs."""
    if peak is None:
        print("memory: not known on this system")
        return
    print(f"{'peak memory of Odoo':36}{peak:9.0f} MB  (process {os.getpid()})")
    show_aim("growth over idle", max(0, peak - idle), 50, "MB", digits=1)


if __name__ == "__main__":
    sys.exit(main())

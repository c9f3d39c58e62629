"""Updating the add-ons on a filled database changes none of their rows."""

from datetime import date, timedelta

import pytest

import workplace
from workplace import databases
from workplace.logs import unexpected_records

CUSTOMERS = 12
TODAY = date.today()
# Who wrote a row last, and when, may change: data files are written again with the same values.
CONTENT = """
    SELECT md5(string_agg(row, chr(10) ORDER BY row)), count(*)
      FROM (SELECT (to_jsonb(t) - 'write_date' - 'write_uid')::text AS row FROM {} t) rows
"""
TABLES = r"SELECT relname FROM pg_class WHERE relkind = 'r' AND relname LIKE 'winback\_%' ORDER BY relname"


def fill(env):
    """Make customers with orders of different age, and let the engine judge them."""
    product = env["product.product"].create({"name": "Mug", "list_price": 9})
    for number in range(CUSTOMERS):
        partner = env["res.partner"].create({"name": f"Customer {number}", "is_company": True})
        for age in range(30 * number, 30 * number + 400, 60):
            order_on(env, partner, product, TODAY - timedelta(days=age))
    if "winback.engine" in env:
        env["winback.engine"]._run(env.company, TODAY)


def order_on(env, partner, product, day):
    """Make a confirmed order of that day."""
    order = env["sale.order"].create(
        {"partner_id": partner.id, "order_line": [(0, 0, {"product_id": product.id, "product_uom_qty": 5})]}
    )
    order.action_confirm()
    order.date_order = day


def content(database):
    """Return {table: (hash, number of rows)} of the add-ons' tables and of those they extend."""
    tables = [name for (name,) in databases.execute(TABLES, dbname=database)]
    tables += ["res_partner", "sale_order", "res_company", "ir_cron", "ir_config_parameter"]
    return {table: databases.execute(CONTENT, table, dbname=database)[0] for table in tables}


@pytest.fixture(scope="module")
def upgraded(installed_template, tmp_path_factory):
    """The contents before and after an update, and what Odoo complained about."""
    log = tmp_path_factory.mktemp("upgrade") / "odoo.log"
    with workplace.temporary_database(installed_template, prefix="upgrade") as database:
        with workplace.environment(database) as env:
            fill(env)
        before = content(database)
        addons = ",".join(workplace.own_addons())
        workplace.run_odoo("-d", database, "-u", addons, "--stop-after-init", "--no-http", log=log)
        return before, content(database), unexpected_records(log)


def test_upgrade_changes_no_row(upgraded):
    before, after, _records = upgraded
    assert after == before


def test_upgrade_logs_no_warning(upgraded):
    assert upgraded[2] == []

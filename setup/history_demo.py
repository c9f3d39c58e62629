"""The database that ``make demo DATA=FILE`` serves: a purchase history, moved in time so that it ends today."""

import dataclasses
from datetime import date

import history
import real
from workplace import create_database, demo_database, environment, step, template_database
from workplace.demo_server import rebuild_history

NAME = "demo_history"


def make(path, name=NAME):
    """Make the database ``name`` anew from the file, with everything evaluated as after a first night.

    :raise WorkplaceError: where the file has no purchase that can be used
    """
    reading = real.read(path, {})
    real.show_reading(reading)
    real.check_usable(reading)
    orders = move(reading.orders, date.today())
    create_database(name, template=template_database(demo_database.MODULES), replace=True)
    with environment(name) as env:
        with history.Bar("Loading", len(orders)) as bar:
            history.load(env, orders, env.company, bar)
        with step("Evaluating the customers, and rebuilding 24 months"):
            evaluate(env, env.company._winback_today())


def move(orders, today):
    """Return the orders, all moved by the same number of days, so that the last purchase is of today."""
    ahead = today - max(order.day for order in orders if not order.cancelled)
    return [dataclasses.replace(order, day=order.day + ahead) for order in orders]


def evaluate(env, today):
    """Do what the scheduled actions do within the first hours: run, fit the model, run again, rebuild the past."""
    engine, company = env["winback.engine"], env.company
    engine._run(company, today)
    env["winback.model"]._fit(company, today)
    engine._run(company, today)
    rebuild_history(env, company)

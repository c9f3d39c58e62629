"""Uninstalling leaves a database as if the add-ons had never been there."""

import pytest

import workplace
from workplace import addons, databases
from workplace.logs import unexpected_records

TRACES = {
    "column": "SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = 'public'",
    "table, index or sequence": "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace",
    "constraint": "SELECT conname FROM pg_constraint WHERE connamespace = 'public'::regnamespace",
    "function or trigger": "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
    "external id": "SELECT module || '.' || name FROM ir_model_data",
    "model": "SELECT model FROM ir_model",
    "parameter": "SELECT key FROM ir_config_parameter",
    "scheduled action": "SELECT name::text FROM ir_act_server",
    "window action": "SELECT name::text || res_model FROM ir_act_window",
    "view": "SELECT name || model FROM ir_ui_view WHERE model IS NOT NULL",
    "menu": "SELECT name::text FROM ir_ui_menu",
    "group": "SELECT name::text FROM res_groups",
    "record rule": "SELECT name FROM ir_rule",
    "sequence": "SELECT name FROM ir_sequence",
    "stored default": "SELECT id::text FROM ir_default",
}


def traces(database):
    """Return everything in the database that an add-on could leave behind, by kind."""
    found = {}
    for kind, query in TRACES.items():
        found[kind] = {row[0] for row in databases.execute(query, dbname=database)}
    return found


@pytest.fixture(scope="module")
def before_and_after(installed_template, tmp_path_factory):
    """What is in a database with the dependencies only, and in one where the add-ons were and went."""
    _own, foreign = addons.split_dependencies(workplace.own_addons())
    with workplace.temporary_database(workplace.template_database(foreign)) as never_had_them:
        before = traces(never_had_them)
    log = tmp_path_factory.mktemp("uninstall") / "odoo.log"
    with workplace.temporary_database(installed_template) as database:
        workplace.run_odoo("module", "uninstall", "-d", database, *workplace.own_addons(), log=log)
        return before, traces(database), unexpected_records(log)


@pytest.mark.parametrize("kind", TRACES)
def test_uninstall_leaves_nothing_behind(before_and_after, kind):
    before, after, _records = before_and_after
    assert after[kind] - before[kind] == set()


@pytest.mark.parametrize("kind", TRACES)
def test_uninstall_takes_nothing_of_others(before_and_after, kind):
    before, after, _records = before_and_after
    assert before[kind] - after[kind] == set()


def test_uninstall_logs_no_warning(before_and_after):
    assert before_and_after[2] == []

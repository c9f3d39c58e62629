"""The add-ons install cleanly, with and without demo data."""

import pytest

import workplace
from workplace import demo_database
from workplace.logs import unexpected_records


def test_install_on_an_empty_database_without_demo_data_logs_no_warning(installed_template):
    assert unexpected_records(workplace.install_log(installed_template)) == []


@pytest.mark.parametrize("addon", workplace.own_addons())
def test_addon_is_installed(installed_database, addon):
    with workplace.environment(installed_database) as env:
        assert env["ir.module.module"].search([("name", "=", addon)]).state == "installed"


def test_install_with_demo_data_logs_no_warning():
    template = workplace.template_database(demo_database.MODULES, demo=True)
    assert unexpected_records(workplace.install_log(template)) == []

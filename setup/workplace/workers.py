"""A pytest plugin (``-p workplace.workers``): each of pytest-xdist's workers tests on a database of its own.

pytest-odoo would copy one database for them itself, by ``createdb``, which not every machine has, and without
the file store; a killed run would leave these copies behind.
"""

import os

import pytest

VARIABLE = "WORKPLACE_DATABASES"  # names the databases, one for each worker


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_cmdline_main(config):
    """Choose the worker's database before pytest-odoo reads the option, and leave it nothing to copy."""
    databases = os.environ[VARIABLE].split(",")
    worker = os.environ.pop("PYTEST_XDIST_WORKER", "gw0")
    config.option.odoo_database = databases[int(worker.removeprefix("gw"))]
    return (yield)

"""A pytest plugin (``-p workplace.workers``): each of pytest-xdist's workers tests on a database of its own.

pytest-odoo would copy one database for them itself, by ``createdb``, which not every machine has, and without
the file store; a killed run would leave these copies behind.
"""

import gc
import os

import freezegun
import pytest

VARIABLE = "WORKPLACE_DATABASES"  # names the databases, one for each worker

# pytest's clock goes on where a test class stops time, else --durations shows nonsense
freezegun.configure(extend_ignore_list=["_pytest.timing"])


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_cmdline_main(config):
    """Choose the worker's database before pytest-odoo reads the option, and leave it nothing to copy."""
    databases = os.environ[VARIABLE].split(",")
    worker = os.environ.pop("PYTEST_XDIST_WORKER", "gw0")
    config.option.odoo_database = databases[int(worker.removeprefix("gw"))]
    return (yield)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish():
    """Collect garbage once, and then leave what remains alone.

    pytest collects it five times more when a worker ends, which with Odoo's models loaded may take longer than the
    five seconds after which xdist interrupts the worker: the interrupt would be reported as a failure.
    """
    gc.collect()
    gc.freeze()

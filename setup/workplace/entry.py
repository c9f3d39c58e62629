"""The commands ``setup/odoo`` and ``setup/python``."""

import os
import sys

from . import bootstrap, process, python_env
from .console import clear_errors
from .odoo_process import odoo_command, odoo_environment, serve_arguments
from .sharing import cluster


def odoo_main(arguments):
    """Run Odoo with these arguments on a running PostgreSQL; return its exit status."""
    with clear_errors():
        bootstrap.ensure()
        with process.interruptible(), cluster():
            return process.run(odoo_command(*serve_arguments(arguments)), env=odoo_environment())


def python_main(arguments):
    """Become the project's Python. ``--runtime`` first: without what only development needs."""
    runtime_only = arguments[:1] == ["--runtime"]
    with clear_errors():
        bootstrap.ensure(dev=not runtime_only)
    command = [str(python_env.PYTHON), *arguments[runtime_only:]]
    sys.stdout.flush()
    os.execv(command[0], command)

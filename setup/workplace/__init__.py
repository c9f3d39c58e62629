"""The developer's workplace: Odoo 19, PostgreSQL and databases for scripts and tests.

The functions for scripts are described in setup/README.md. Importing this needs the standard library only,
because the commands that set everything up use it too.
"""

from .addons import own_addons
from .console import WorkplaceError, clear_errors, say, step
from .databases import create_database, database_exists, drop_database, temporary_database
from .odoo_process import configuration, environment, odoo_command, run_odoo
from .sharing import Settings, cluster
from .templates import InstallError, install_log, template_database

__all__ = [
    "InstallError",
    "Settings",
    "WorkplaceError",
    "clear_errors",
    "cluster",
    "configuration",
    "create_database",
    "database_exists",
    "drop_database",
    "environment",
    "install_log",
    "odoo_command",
    "own_addons",
    "run_odoo",
    "say",
    "step",
    "template_database",
    "temporary_database",
]

"""The demo database: made, brought up to date, or left alone.

Shared by ``make demo`` and by the container of docker-compose.yml, so that both do the same.
"""

from . import addons
from .databases import database_exists, execute

NAME = "demo"
MODULES = ["winback_lost_customers", "sale_management", "contacts"]
LOGINS = [
    ("admin", "admin"),
    ("manager", "manager"),
    ("leader", "leader"),
    ("sales1", "sales1"),
    ("sales2", "sales2"),
]


def required_arguments(name=NAME, modules=MODULES):
    """Return Odoo's arguments that bring the database up to date, or None if it is."""
    own, _foreign = addons.split_dependencies(modules)
    arguments = ["-d", name, "--with-demo", "--stop-after-init", "--no-http", "-i", ",".join(modules)]
    if not database_exists(name):
        return arguments
    if _recorded_content(name) == addons.content_digest(own):
        return None
    # Also after an installation that was interrupted: -i installs what is not there yet.
    return [*arguments, "-u", ",".join(own)]


def record_content(name=NAME, modules=MODULES):
    """Write the hash of the add-ons into the database's comment, where it is lost with the database."""
    own, _foreign = addons.split_dependencies(modules)
    execute("COMMENT ON DATABASE {} IS %s", name, values=[addons.content_digest(own)])


def _recorded_content(name):
    query = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s"
    return execute(query, values=[name])[0][0]

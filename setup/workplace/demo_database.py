"""The demo database: made, brought up to date, or left alone.

Shared by ``make demo`` and by the container of docker-compose.yml, so that both do the same.
"""

from . import addons
from .databases import database_exists, drop_database, execute

NAME = "demo"
# what installs itself with Inventory, delivery charges and Surveys, and these apps with it
MODULES = [
    "winback_lost_customers", "winback_lost_customers_stock", "winback_lost_customers_delivery",
    "winback_lost_customers_survey",
    "sale_management", "contacts",
]  # fmt: skip
LOGINS = [
    ("admin", "admin"),
    ("manager", "manager"),
    ("leader", "leader"),
    ("sales1", "sales1"),
    ("sales2", "sales2"),
]


def required_arguments(name=NAME, disposable=False):
    """Return Odoo's arguments that bring the database up to date, or None if it is.

    A ``disposable`` database is made anew when the demo data changed: an update loads them only once.
    """
    own, _foreign = addons.split_dependencies(MODULES)
    arguments = ["-d", name, "--with-demo", "--stop-after-init", "--no-http", "-i", ",".join(MODULES)]
    if not database_exists(name):
        return arguments
    recorded = _recorded_contents(name)
    if recorded == _contents():
        return None
    if disposable and recorded and recorded[1:] != _contents()[1:]:
        drop_database(name)
        return arguments
    # Also after an installation that was interrupted: -i installs what is not there yet.
    return [*arguments, "-u", ",".join(own)]


def record_contents(name=NAME):
    """Write the hashes of the add-ons into the database's comment, where they are lost with the database."""
    execute("COMMENT ON DATABASE {} IS %s", name, values=[" ".join(_contents())])


def _contents():
    """Return the hash of the add-ons, and that of their demo data alone."""
    own, _foreign = addons.split_dependencies(MODULES)
    return [addons.content_digest(own), addons.content_digest(own, "demo")]


def _recorded_contents(name):
    query = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s"
    return (execute(query, values=[name])[0][0] or "").split()

"""What the Odoo container of docker-compose.yml runs: the same steps as ``make demo``, with the image's Odoo.

Reads PGHOST, PGPORT, PGUSER and PGPASSWORD. For the test outside a container: ODOO_COMMAND, DATABASE and
HTTP_PORT replace what the image has.
"""

import os
import shlex
import subprocess
import sys

from workplace import demo_database, paths


def main():
    """Bring the demo database up to date, then become the server."""
    odoo = shlex.split(os.environ.get("ODOO_COMMAND", "odoo"))
    common = [*odoo, f"--addons-path={addons_path()}"]
    database = os.environ.get("DATABASE", demo_database.NAME)
    arguments = demo_database.required_arguments(database, disposable=True)
    if arguments is not None:
        subprocess.run([*common, *arguments], check=True)
        demo_database.record_contents(database)
    port = os.environ.get("HTTP_PORT", "8069")
    server = [*common, "-d", database, f"--http-port={port}", "--http-interface=0.0.0.0", "--max-cron-threads=1"]
    sys.stdout.flush()
    os.execvp(server[0], server)


def addons_path():
    """The checkout, after the add-ons that the machine's own configuration names."""
    return ",".join(filter(None, [os.environ.get("ODOO_ADDONS"), str(paths.ROOT)]))


if __name__ == "__main__":
    main()

"""``make demo [DATA=FILE]``: an Odoo with demo data in the browser, up to date with the add-on files.

With a purchase history (CSV, see ``make real``) its customers and orders are served instead of the demo company, moved
in time so that the last purchase is of today.
"""

import argparse
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import history_demo
from workplace import clear_errors, cluster, demo_database, odoo_process, paths, process, say
from workplace.demo_server import prepare

PATIENCE_SECONDS = 120


def main():
    """Prepare the database, serve it until Ctrl-C."""
    started = time.monotonic()
    parser = argparse.ArgumentParser("make demo", description=__doc__)
    parser.add_argument("--data", type=Path, help="a purchase history to serve instead of the demo company")
    data = parser.parse_args().data
    with clear_errors(), process.interruptible(), cluster():
        if data:
            history_demo.make(data)
            return serve(started, history_demo.NAME, demo_database.LOGINS[:1])
        prepare()
        return serve(started, demo_database.NAME, demo_database.LOGINS)


def serve(started, database, known):
    """Run the server in the foreground and tell when it answers, and who (logins) can log in."""
    port = odoo_process.free_port()
    log = paths.LOGS / "demo.log"
    arguments = ["-d", database, f"--http-port={port}", "--max-cron-threads=1", f"--logfile={log}"]
    child = process.start(odoo_process.odoo_command(*arguments), env=odoo_process.odoo_environment())
    teller = threading.Thread(target=announce, args=(child, port, started, log, known), daemon=True)
    teller.start()
    try:
        return process.wait(child)
    finally:
        process.end(child)


def announce(child, port, started, log, known):
    """Wait until the login page answers, then print where it is."""
    url = f"http://127.0.0.1:{port}"
    while child.poll() is None and time.monotonic() - started < PATIENCE_SECONDS * 10:
        try:
            with urllib.request.urlopen(f"{url}/web/login", timeout=PATIENCE_SECONDS):
                break
        except (urllib.error.URLError, OSError):
            time.sleep(0.3)
    if child.poll() is not None:
        say(f"Odoo ended before it answered; its log is {log}")
        return
    logins = ", ".join(f"{login}/{password}" for login, password in known)
    say(f"\nReady after {time.monotonic() - started:.1f} s: {url}")
    say(f"Log in as (login/password): {logins}")
    say(f"Log: {log}. Ctrl-C stops everything.\n")


if __name__ == "__main__":
    sys.exit(main())

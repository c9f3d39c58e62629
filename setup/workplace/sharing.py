"""Who uses the private PostgreSQL, and since when nobody does.

Every user holds a shared lock on the file ``users``. Whoever gets that lock alone knows that nobody uses the
server and may stop it. A small process of its own, the watchdog, waits for exactly that: so the server also
stops when its users are killed, because the kernel drops the locks of a dead process.
"""

import os
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlsplit

from . import locks, paths, postgres
from .console import WorkplaceError, say

DATABASE_ROLE = "odoo"
STOPPING_SECONDS = 20  # a server that is stopped has to write down what it knows


@dataclass(frozen=True)
class Settings:
    """How to reach the PostgreSQL in use. ``private`` tells our own cluster from a server of the user's."""

    host: str
    port: str
    user: str
    password: str
    private: bool

    def export(self):
        """Put them where libpq, and so Odoo and psycopg2, look for them."""
        names = {"PGHOST": self.host, "PGPORT": self.port, "PGUSER": self.user, "PGPASSWORD": self.password}
        os.environ.update({name: value for name, value in names.items() if value})


_current = None  # the settings while this process is inside cluster()


@contextmanager
def cluster():
    """Yield the settings of a running PostgreSQL: the user's own, else the private cluster."""
    global _current
    if _current:
        yield _current
        return
    before = dict(os.environ)
    named = _named_by_user()
    try:
        if named:
            _current = named
            named.export()
            yield named
        else:
            with _private_cluster() as settings:
                _current = settings
                settings.export()
                yield settings
    finally:
        _current = None
        os.environ.clear()
        os.environ.update(before)


def _named_by_user():
    """Return the server that DATABASE_URL or PGHOST names, unless it is our own (from a parent process)."""
    environment = os.environ
    if environment.get("DATABASE_URL"):
        return _from_url(environment["DATABASE_URL"])
    host = environment.get("PGHOST")
    if not host or host == str(postgres.place()):
        return None
    values = [environment.get(name, "") for name in ("PGPORT", "PGUSER", "PGPASSWORD")]
    return Settings(host, *values, private=False)


def _from_url(text):
    """Return the settings in a postgresql:// address; a socket folder comes as ?host=."""
    url = urlsplit(text)
    if url.scheme not in ("postgres", "postgresql"):
        raise WorkplaceError(f"DATABASE_URL is for {url.scheme!r}; only postgresql:// makes sense here")
    query = dict(parse_qsl(url.query))
    host = query.get("host") or unquote(url.hostname or "")
    port = query.get("port") or str(url.port or "")
    return Settings(host, port, unquote(url.username or ""), unquote(url.password or ""), private=False)


@contextmanager
def _private_cluster():
    """Use the private server together with others; the last one out stops it."""
    with locks.open_lock("users") as users:
        locks.share(users)
        try:
            with locks.exclusive("start"):
                folder = postgres.start()
                _ensure_watchdog()
            yield Settings(str(folder), str(postgres.PORT), DATABASE_ROLE, "", private=True)
        finally:
            _leave(users)


def _leave(users):
    """Stop the server if this was its last user."""
    if locks.try_exclusive(users):
        stop_now()
    else:
        # Either others still use it, then this returns at once; or the watchdog is stopping it, then
        # this waits, so that nothing runs any more when the command has ended.
        locks.share(users)
    locks.release(users)


def stop_now():
    """Stop the server. Only for whoever holds ``users`` alone."""
    folder = postgres.place()
    if folder and postgres.is_running(folder):
        try:
            postgres.stop(folder)
        except (WorkplaceError, OSError) as error:
            say(f"PostgreSQL did not stop in order ({error}), ending it")
            postgres.kill(folder)


def _ensure_watchdog():
    """Start the watchdog unless one is at work."""
    with locks.open_lock("watchdog") as lock:
        if not locks.try_exclusive(lock):
            return
    with open(paths.LOGS / "watchdog.log", "a") as log:
        subprocess.Popen(
            [sys.executable, "-m", "workplace.watchdog"], cwd=paths.SETUP, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, close_fds=True,
        )  # fmt: skip


def watch():
    """Be the watchdog: wait until nobody uses the server, stop it, and go."""
    with locks.open_lock("watchdog") as watchdog, locks.open_lock("users") as users:
        if not locks.try_exclusive(watchdog):
            return
        locks.wait_exclusive(users)
        stop_now()
        # In this order: whoever gets "users" next must see that it needs a new watchdog.
        locks.release(watchdog)
        locks.release(users)


def clean():
    """Remove the cluster; refused while others use it.

    After a command that was killed its watchdog has the lock until the server has stopped: that is waited for.
    """
    end = time.monotonic() + STOPPING_SECONDS
    with locks.open_lock("users") as users:
        while not locks.try_exclusive(users):
            if time.monotonic() < end:
                time.sleep(0.1)
                continue
            raise WorkplaceError("another command is using the database: stop it first")
        postgres.remove()

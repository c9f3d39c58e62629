"""Locks between processes. The kernel drops them when a process ends, however it ends."""

import fcntl
from contextlib import contextmanager

from . import paths
from .console import say


def open_lock(name):
    """Open the lock file ``name``; the lock itself is taken by ``fcntl.flock`` on it."""
    paths.LOCKS.mkdir(parents=True, exist_ok=True)
    return open(paths.LOCKS / name, "a+")


def try_exclusive(file):
    """Take the lock if it is free; tell whether it was."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def wait_exclusive(file):
    """Take the lock alone, waiting as long as it takes."""
    fcntl.flock(file, fcntl.LOCK_EX)


def share(file):
    """Take the lock together with others; wait while somebody has it alone."""
    fcntl.flock(file, fcntl.LOCK_SH)


def release(file):
    """Give the lock back, keeping the file open."""
    fcntl.flock(file, fcntl.LOCK_UN)


@contextmanager
def exclusive(name, waiting=None):
    """Hold the lock ``name`` alone; ``waiting`` is said once if somebody else has it."""
    with open_lock(name) as file:
        if not try_exclusive(file):
            if waiting:
                say(waiting)
            wait_exclusive(file)
        yield

"""Run a child so that it never outlives us and sees the signals we get."""

import ctypes
import os
import signal
import subprocess
import sys
from contextlib import contextmanager

FORWARDED = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
PR_SET_PDEATHSIG = 1


def on_terminal():
    """Tell whether a person may be typing; there may be no standard input at all."""
    return bool(sys.stdin) and sys.stdin.isatty()


def run(command, env=None, **options):
    """Run a command in the foreground and return its exit status, as a shell would tell it."""
    child = start(command, env=env, **options)
    try:
        return wait(child)
    finally:
        end(child)


def start(command, env=None, **options):
    """Start a child that gets SIGTERM when this process dies, even by SIGKILL.

    On a terminal it stays in our process group, so that it may read the keyboard and Ctrl-C reaches it.
    Elsewhere it gets a group of its own: a Ctrl-C sent to our group would reach it twice, by the group
    and by us, and Odoo takes the second one for "at once".
    """
    return subprocess.Popen(command, env=env, preexec_fn=die_with_parent(own_group=not on_terminal()), **options)


def wait(child):
    """Wait for the child, handing on the signals that we get."""
    terminal = on_terminal()
    seen = []

    def hand_on(number, _frame):
        seen.append(number)
        # The terminal has already sent the first Ctrl-C to the child as well.
        if not (terminal and number == signal.SIGINT and len(seen) == 1) and child.poll() is None:
            child.send_signal(number)

    before = {number: signal.signal(number, hand_on) for number in FORWARDED}
    try:
        status = child.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return status if status >= 0 else 128 - status


def end(child, patience=15):
    """Make sure that the child is gone."""
    if child.poll() is None:
        child.terminate()
        try:
            child.wait(patience)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


@contextmanager
def interruptible():
    """Let SIGTERM and SIGHUP unwind this process, so that everything it holds is given back."""

    def unwind(number, _frame):
        raise SystemExit(128 + number)

    before = {number: signal.signal(number, unwind) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def die_with_parent(own_group=False):
    """Return what a child does before it becomes the command: ask for SIGTERM at our death."""
    libc = ctypes.CDLL(None)

    def prepare():
        if own_group:
            os.setpgid(0, 0)
        if hasattr(libc, "prctl"):
            libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)

    return prepare

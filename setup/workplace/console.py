"""What a person sees while a command works: steps, their progress, and clear last words."""

import sys
import threading
import time
from contextlib import contextmanager

TICK_SECONDS = 15  # a line this often where there is no terminal to overwrite


class WorkplaceError(Exception):
    """Something a person has to know: shown as it is, without a traceback."""


def say(text=""):
    """Print to stderr: stdout belongs to the command that is run (``odoo shell < script``)."""
    print(text, file=sys.stderr, flush=True)


@contextmanager
def step(label, probe=None):
    """Show a long step: its name at once, its progress every few seconds, its time at the end.

    ``probe`` is an optional function that returns a short text such as "45 MB".
    """
    start = time.monotonic()
    done = threading.Event()
    say(f"{label} ...")
    ticker = threading.Thread(target=_tick, args=(label, probe, start, done), daemon=True)
    ticker.start()
    try:
        yield
    except BaseException:
        _finish(done, ticker, f"{label}: failed after {_seconds(start)}")
        raise
    _finish(done, ticker, f"{label}: done in {_seconds(start)}")


def _tick(label, probe, start, done):
    interval = 1 if sys.stderr.isatty() else TICK_SECONDS
    while not done.wait(interval):
        text = f"  {label}: {_seconds(start)}" + (f", {probe()}" if probe else "")
        if sys.stderr.isatty():
            sys.stderr.write(f"\r\033[K{text}")
            sys.stderr.flush()
        else:
            say(text)


def _finish(done, ticker, text):
    done.set()
    ticker.join()
    say(f"\r\033[K{text}" if sys.stderr.isatty() else text)


def _seconds(start):
    return f"{time.monotonic() - start:.1f} s"


@contextmanager
def clear_errors():
    """End the program without a traceback on a WorkplaceError (its message is enough) or Ctrl-C."""
    try:
        yield
    except WorkplaceError as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.exit(130)

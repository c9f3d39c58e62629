"""A progress bar on a terminal; where there is none, a plain line now and then."""

import sys
import time

WIDTH = 30
LINE_EVERY = 25  # per cent between two plain lines


class Bar:
    """Progress of one step: ``with Bar("Loading", total) as bar: bar.advance(1)``."""

    def __init__(self, label, total):
        self.label, self.total, self.done = label, max(total, 1), 0
        self.shown, self.seconds = -1, 0.0
        self.terminal = sys.stderr.isatty()

    def __enter__(self):
        self.start = time.monotonic()
        self.reach(0)
        return self

    def __exit__(self, error, *_):
        self.seconds = time.monotonic() - self.start
        outcome = f"failed after {self.seconds:.1f} s" if error else f"done in {self.seconds:.1f} s"
        print(f"{self._clear()}{self.label}: {outcome}", file=sys.stderr, flush=True)

    def advance(self, count=1):
        """Note that so much more is done."""
        self.reach(self.done + count)

    def reach(self, done):
        """Note that so much in all is done."""
        self.done = done
        percent = min(100, 100 * done // self.total)
        if percent == self.shown or (not self.terminal and percent // LINE_EVERY == self.shown // LINE_EVERY):
            return
        self.shown = percent
        if self.terminal:
            filled = WIDTH * percent // 100
            sys.stderr.write(f"{self._clear()}{self.label} [{'#' * filled:<{WIDTH}}] {percent} %")
            sys.stderr.flush()
        elif percent < 100:  # the line at the end says the rest
            print(f"{self.label}: {percent} %", file=sys.stderr, flush=True)

    def _clear(self):
        return "\r\033[K" if self.terminal else ""

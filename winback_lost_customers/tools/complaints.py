"""How many customers buy again after a complaint: what the literature leads to expect, and
whether a company's own figures say something else. Pure Python.

The expectation is Philip Kotler's (Marketing Management, the chapter on customer
satisfaction), after studies of consumers; here is the only place where it is written down.
Customers who never got an answer have no figure there.
"""

from .uplift import newcombe_interval, wilson_interval

SOURCE = "Kotler, Marketing Management"
# {(severity, how it was answered): percent of customers who buy again}
EXPECTED = {
    ("serious", "fast"): 52,
    ("serious", "late"): 34,
    ("small", "fast"): 95,
    ("small", "late"): 54,
}
MIN_COUNT = 10  # fewer customers say nothing


def compare_with_expected(hits, count, expected):
    """Return how `hits` of `count` are to the share `expected` (percent): few (too few to
    tell), same (cannot be told apart with 95 % confidence), more or less."""
    if count < MIN_COUNT:
        return "few"
    low, high = wilson_interval(hits, count)
    return _place(100 * low - expected, 100 * high - expected)


def compare_groups(hits_a, count_a, hits_b, count_b):
    """Return how the share of A is to that of B: few, same, more or less."""
    if min(count_a, count_b) < MIN_COUNT:
        return "few"
    difference = newcombe_interval(hits_a, count_a, hits_b, count_b)
    return _place(difference.low, difference.high)


def _place(low, high):
    """Return where the interval of a difference lies."""
    if low > 0:
        return "more"
    return "less" if high < 0 else "same"

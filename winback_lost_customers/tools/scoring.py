"""The score and the state of a customer, in plain Python.

The engine computes both for all customers at once in SQL
(`winback.engine._get_state_sql`); this is the same rule in a form that can be
read, and the tests hold the two against each other on random input.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from math import ceil

STATES = (
    "excluded",
    "prospect",
    "one_off",
    "gone",
    "lost",
    "won_back",
    "new",
    "at_risk",
    "active",
)


@dataclass(frozen=True)
class Rules:
    """The numbers behind the states, in days; `risk_score` in points (0-100)."""

    one_off_days: int = 180
    lost_min_days: int = 180
    lost_gap_factor: float = 1.5
    lost_max_days: int = 730
    watch_days: int = 180
    risk_score: int = 50


@dataclass(frozen=True)
class Customer:
    """What the state depends on: facts, score and decisions of users."""

    purchase_days: int = 0
    last_order_date: date | None = None
    gap_max: int | None = None
    returned_date: date | None = None
    is_excluded: bool = False
    closed_date: date | None = None
    score: int = 0
    is_critical: bool = False


def get_score(weights):
    """Return the sum of the `weights` of the signs that hold, at most 100."""
    return min(100, sum(weights))


def get_lost_days(gap_max, rules):
    """Return the days of silence after which a customer counts as lost.

    :param int | None gap_max: the longest gap between two purchase days so far
    """
    # as PostgreSQL's numeric does it: in floats 1.1 * 100 is a little above 110
    own = ceil(Decimal(str(rules.lost_gap_factor)) * (gap_max or 0))
    return min(rules.lost_max_days, max(rules.lost_min_days, own))


def get_state(customer, rules, today):
    """Return the state of a `customer` as of `today`; the first match wins."""
    if customer.is_excluded:
        return "excluded"
    if not customer.purchase_days:
        return "prospect"
    silent_days = (today - customer.last_order_date).days
    if customer.purchase_days == 1 and silent_days >= rules.one_off_days:
        return "one_off"
    closed = customer.closed_date
    if closed and closed <= today and customer.last_order_date <= closed:
        return "gone"
    if silent_days >= get_lost_days(customer.gap_max, rules):
        return "gone" if customer.returned_date else "lost"
    watched_since = today - timedelta(days=rules.watch_days)
    if customer.returned_date and customer.returned_date > watched_since:
        return "won_back"
    if customer.purchase_days == 1:
        return "new"
    if customer.score >= rules.risk_score or customer.is_critical:
        return "at_risk"
    return "active"

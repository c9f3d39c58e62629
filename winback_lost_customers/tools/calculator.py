"""What trying to win customers back is expected to bring. Pure Python.

A customer who is treated returns at `rate_treated`, and at `rate_control` if left alone;
each return brings `value` (margin within the horizon). Each treated customer costs
`contact_cost`, and an offer costs `offer_cost` when it is used: by whoever returns.
"""

from typing import NamedTuple


class Plan(NamedTuple):
    """The assumptions of a calculation."""

    size: int
    rate_control: float
    rate_treated: float
    value: float
    contact_cost: float
    offer_cost: float


def get_extra_returns(plan):
    """Return how many more customers return than would have come by themselves."""
    return plan.size * (plan.rate_treated - plan.rate_control)


def get_cost(plan):
    """Return what contacts and the offers that are used cost."""
    return plan.size * (plan.contact_cost + plan.rate_treated * plan.offer_cost)


def get_profit(plan):
    """Return the margin of the extra returns less all costs."""
    return get_extra_returns(plan) * plan.value - get_cost(plan)


def get_cost_per_return(plan):
    """Return what one extra return costs; None when there are none."""
    extra = get_extra_returns(plan)
    return get_cost(plan) / extra if extra > 0 else None


def get_break_even_rate(plan):
    """Return the rate of the treated at which nothing is won or lost; None when no rate
    will do, because an offer costs as much as a return brings or more."""
    if plan.value <= plan.offer_cost:
        return None
    rate = (plan.contact_cost + plan.rate_control * plan.value) / (plan.value - plan.offer_cost)
    return rate if rate <= 1 else None


def get_budget_ceiling(plan):
    """Return what may be spent in all without losing money: the margin of the extra
    returns, nothing when there are none."""
    return max(get_extra_returns(plan) * plan.value, 0.0)


def get_contact_ceiling(plan):
    """Return what the contacts with one customer may cost at most."""
    if not plan.size:
        return 0.0
    ceiling = get_budget_ceiling(plan) / plan.size
    return max(ceiling - plan.rate_treated * plan.offer_cost, 0.0)


def get_liability(plan):
    """Return what the offers cost if everybody uses them."""
    return plan.size * plan.offer_cost

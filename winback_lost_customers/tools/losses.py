"""The loss calculator: what lost customers cost. Pure Python.

Of the customers at the start a share is lost; each would have brought what a customer
brings on average; of missed sales the company's share of profit is missed, too.
"""

from typing import NamedTuple


class Losses(NamedTuple):
    """The inputs of a calculation; rates in percent, money in one currency."""

    customers: float
    lost_rate: float
    average_sales: float
    profit_rate: float


def get_lost_customers(losses):
    """Return how many customers were lost."""
    return losses.customers * losses.lost_rate / 100


def get_missed_sales(losses):
    """Return what the lost customers would have bought."""
    return get_lost_customers(losses) * losses.average_sales


def get_profit_lost(losses):
    """Return the profit of the missed sales."""
    return get_missed_sales(losses) * losses.profit_rate / 100


def get_share(part, whole):
    """Return `part` in percent of `whole`; 0 where there is nothing."""
    return 100 * part / whole if whole else 0.0

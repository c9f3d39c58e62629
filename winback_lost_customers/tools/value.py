"""What trying to win a customer back is worth, in plain Python.

A rate is the share of customers who order within the company's horizon H (days): of those
whom we treat (contact, offer), and of those whom we leave alone. Only the difference
between both is the treatment's merit. Margins are those of H as well.
"""


def expected_incremental_profit(treated, untreated, margin, contact_cost=0, offer_cost=0):
    """Return what treating one customer brings beyond leaving it alone.

    :param float treated: share that orders if treated (0-1)
    :param float untreated: share that orders if left alone (0-1)
    :param float margin: margin that a customer who orders brings within H
    :param float contact_cost: cost of the contact, spent in any case
    :param float offer_cost: what the offer is expected to cost: an offer that costs only
        when it is used counts with the chance that it will be
    """
    return (treated - untreated) * margin - contact_cost - offer_cost


def break_even_rate(untreated, margin, contact_cost=0, offer_cost=0):
    """Return the share that must order if treated so that trying costs nothing.

    :return: None where no share would be enough (margin too small, or none)
    """
    if margin <= 0:
        return None
    rate = untreated + (contact_cost + offer_cost) / margin
    return rate if rate <= 1 else None


def get_own_rates(treated, untreated, p_no_purchase=None):
    """Return the rates (treated, untreated) of one customer among its like.

    Where the probability model speaks, the customer's own chance of ordering by itself
    stands for the share of its like. Of those who would not order, treatment then wins
    the same share as among its like: somebody who will come anyway cannot be won.

    :param float p_no_purchase: P(no order within H) of the customer, None if not known
    """
    if p_no_purchase is None:
        return treated, untreated
    won_share = (treated - untreated) / (1 - untreated) if untreated < 1 else 0
    return 1 - p_no_purchase + won_share * p_no_purchase, 1 - p_no_purchase


def get_posterior_rate(prior, strength, returned, tried):
    """Return a rate between what was believed and what was measured (beta-binomial).

    The prior is a beta distribution with mean `prior` that weighs as much as `strength`
    customers; the result is the mean after `returned` of `tried` customers came back.
    """
    if not 0 <= returned <= tried:
        raise ValueError(f"{returned} of {tried} customers cannot have returned")
    if strength + tried <= 0:
        return prior
    return (prior * strength + returned) / (strength + tried)

"""The demo's customers with their whole history, as plain dictionaries: deterministic, without Odoo.

Each customer has its own random generator, so that a change to one archetype does not shuffle all others.
"""

import math
import random
from statistics import NormalDist

from .archetypes import ARCHETYPES, ago, draw_history, get_counts, get_facts
from .documents import add_documents
from .identity import draw_company, draw_contacts, retire_contacts
from .inquiries import add_inquiries
from .texts import STORIES
from .trouble import add_trouble, assign_departed

SEED = 20260
CUSTOMERS = 400
GONE_ARCHETYPES = ("lost", "archived", "lost_twice", "silent", "key_left")
TROUBLED_ARCHETYPES = (*GONE_ARCHETYPES, "fruitless", "declining", "won_back", "returned")
FORMER_LEFT_DAYS = 425  # Victor Hale left 14 months ago


def make_plan(today, catalogue, scale=1.0):
    """Return all customers with contacts, orders, opportunities, messages, activities, complaints and invoices.

    :param today: the day to which everything is relative
    :param catalogue: list of products as dicts with id, category, price and cost, in a stable order
    :param scale: 1.0 gives 400 customers
    """
    counts, taken, customers = get_counts(round(CUSTOMERS * scale)), set(), []
    for archetype in ARCHETYPES:
        ranks = spread_ranks(archetype.name, counts[archetype.name])
        for number, rank in enumerate(ranks):
            customers.append(plan_customer(archetype, number, rank, taken, today))
    assign_departed(customers, today)
    for customer in customers:
        add_documents(customer, catalogue, today)
        add_inquiries(customer, today)
    add_trouble(customers, today)
    return customers


def spread_ranks(name, count):
    """Spread the value ranks (0 = smallest, 1 = largest) evenly, so that every archetype has large customers."""
    rng = random.Random(f"{SEED}-ranks-{name}")
    ranks = [(position + rng.random()) / count for position in range(count)]
    rng.shuffle(ranks)
    return ranks


def plan_customer(archetype, number, rank, taken, today):
    """Return one customer: who it is, how it buys, who looks after it."""
    rng = random.Random(f"{SEED}-{archetype.name}-{number}")
    company = draw_company(rng, taken, intermediary=archetype.name == "intermediary")
    contacts = draw_contacts(rng, company, rank)
    retire_contacts(rng, contacts, archetype.name)
    days, weights = draw_history(rng, archetype, today, draw_rhythm(rng, rank))
    customer = {
        **company, "key": f"{archetype.name}_{number}", "archetype": archetype.name, "rng": rng, "rank": rank,
        "contacts": contacts, "days": days, "weights": weights, "facts": get_facts(days, weights, today),
        "size": math.exp(1.05 * NormalDist().inv_cdf(min(0.985, max(0.015, rank)))),
        "discount": rng.choice((5, 10)) if rank > 0.8 else rng.choice((0, 0, 0, 5)),
        "story": draw_story(rng, archetype.name), "active": archetype.name != "archived",
    }
    customer.update(draw_owners(rng, customer, today))
    if archetype.name == "intermediary":
        customer["beneficiary"] = draw_company(rng, taken)
    return customer


def draw_rhythm(rng, rank):
    """Draw the usual days between two orders; large customers order more often."""
    return min(98, max(22, 122 * rng.lognormvariate(0, 0.3) * (1.35 - 0.8 * rank)))


def draw_story(rng, name):
    """Draw why a troubled customer buys elsewhere or less; None for all others."""
    if name == "key_left":
        return "key_left"
    if name not in TROUBLED_ARCHETYPES:
        return None
    return rng.choices(list(STORIES), [share for share, _text in STORIES.values()])[0]


def draw_owner(rng, rank, archetype):
    """Draw the present salesperson: key accounts for the large, new business for most of the new."""
    if archetype in ("new", "prospect") and rng.random() < 0.6:
        return "sales4"
    if rank > 0.76:
        return rng.choice(("leader", "sales1", "sales1"))
    return rng.choices(("sales2", "sales3", "sales4"), (45, 40, 15))[0]


def draw_owners(rng, customer, today):
    """Return the present salesperson and the day until which Victor Hale looked after the customer, if he did."""
    owner = draw_owner(rng, customer["rank"], customer["archetype"])
    left = ago(today, FORMER_LEFT_DAYS)
    had_former = owner in ("sales2", "sales3") and bool(customer["days"]) and customer["days"][0] < left
    share = 0.55 if customer["archetype"] in GONE_ARCHETYPES else 0.25
    return {"owner": owner, "former_until": left if had_former and rng.random() < share else None}

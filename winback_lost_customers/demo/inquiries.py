"""How the demo's opportunities came, and who answered them when: most on the same day, some late, some never."""

import random
from datetime import timedelta

from .documents import lower_first
from .texts import ANSWERS, INQUIRIES

SOURCES = ("referral", "newsletter", "search_engine", "linkedin", None)
# of a hundred: those who were recommended order, those who searched compare prices
GOOD, BAD = (30, 20, 12, 6, 32), (8, 12, 32, 16, 32)
SLACK = {"sales3": 0.55, "sales2": 0.2}  # share of opportunities that nobody answers
USUAL_SLACK = 0.07
LATE = 0.12


def add_inquiries(customer, today):
    """Fill in where opportunities and quotations came from, and what was written about opportunities.

    The generator is one of its own, so that all other draws stay as they were.
    """
    rng = random.Random(f"{customer['key']}-inquiries")
    for lead in customer["leads"]:
        lead["source"] = draw_source(rng, lead["kind"] == "won")
        add_lead_talk(rng, customer, lead, today)
    for order in customer["orders"]:
        own = draw_source(rng, order["kind"] == "sale")
        order["source"] = order["lead"]["source"] if order["lead"] else own


def draw_source(rng, is_good):
    """Draw what made the customer ask; None where nobody knows."""
    return rng.choices(SOURCES, GOOD if is_good else BAD)[0]


def add_lead_talk(rng, customer, lead, today):
    """Let half of the opportunities begin with a mail, and answer most of them."""
    what = lower_first(lead["name"])
    if rng.random() < 0.5:
        add_lead_message(customer, lead, "in", lead["created"] + timedelta(minutes=1),
                         rng.choice(INQUIRIES).format(what=what))
    answered = lead["created"] + draw_delay(rng)
    if rng.random() >= SLACK.get(lead["user"], USUAL_SLACK) and answered.date() < today:
        add_lead_message(customer, lead, "out", answered, rng.choice(ANSWERS).format(what=what))


def draw_delay(rng):
    """Draw after how long an opportunity is answered."""
    days = rng.randint(4, 9) if rng.random() < LATE else 0
    return timedelta(days=days, minutes=rng.randint(10, 240))


def add_lead_message(customer, lead, direction, when, body):
    """Add a message on an opportunity."""
    customer["messages"].append({
        "direction": direction, "date": when, "contact": lead["contact"] or 0, "body": body, "order": None,
        "lead": lead, "status": "sent", "subject": lead["name"], "user": lead["user"],
    })

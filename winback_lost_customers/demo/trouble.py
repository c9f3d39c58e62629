"""What went wrong with the demo's customers: complaints, invoices unpaid, a salesperson who left, potential not used.

Pure functions of the plan, without Odoo; `plan.py` calls them once all customers are known, as most of this is about
a fixed number of customers of some kind and not about a share of all.
"""

import random
from datetime import datetime, time, timedelta

from .archetypes import ago, workday
from .documents import ASLEEP, get_revenue, moment
from .texts import COMPLAINT_CAUSES, CURRENT_COMPLAINTS, REMEDIES, STORIES, STORY_CAUSES

SEED = 20261
DEPARTED_LEFT_DAYS = 92  # Hannah Weiss left three months ago
INVOICED_DAYS = 480  # older orders have no invoices in Odoo
TERM_DAYS = 14
# due later than that and unpaid: what the sign on payments counts as not paid in time
RECENT_DUE_DAYS = (15, 102)


def add_trouble(customers, today):
    """Add complaints, invoices and potentials to the customers' documents."""
    for customer in customers:
        customer.update(complaints=[], invoices=[], potential=None)
    add_story_complaints(customers, today)
    add_old_complaints(customers, today)
    add_current_complaints(customers, today)
    add_invoices(customers, today)
    add_credit_notes(customers, today)
    add_potentials(customers, today)


def pick(customers, *archetypes):
    """Return the customers of some archetypes, in the order of the plan."""
    return [customer for customer in customers if customer["archetype"] in archetypes]


def get_sales(customer):
    """Return the orders that were confirmed and not sent back."""
    return [order for order in customer["orders"] if order["kind"] == "sale" and order["lines"][0]["quantity"] > 0]


def count_days(customer, today, newest, oldest):
    """Return on how many days, so many days ago, the customer bought."""
    return sum(newest <= (today - day).days <= oldest for day in customer["days"])


# === A salesperson who left === #

def assign_departed(customers, today):
    """Let Hannah Weiss have looked after some customers until she left; nobody took over the slow ones.

    The others were handed over, and have hardly bought from the new one.
    """
    left = workday(ago(today, DEPARTED_LEFT_DAYS))
    for customer in customers:
        customer.update(departed_until=None, is_orphan=False)
    eligible = [c for c in customers if c["owner"] in ("sales2", "sales3") and len(c["days"]) >= 4]
    orphans = [c for c in eligible if c["archetype"] == "slow" and c["days"][-1] < left][:3]
    heirs = [c for c in eligible if c["archetype"] == "steady" and sum(day >= left for day in c["days"]) < 2][:9]
    for customer in (*orphans, *heirs):
        customer.update(departed_until=left, former_until=None, is_orphan=customer in orphans)


# === Complaints === #

def draw_answer(rng, received, severity, in_time):
    """Return when the customer heard from us, by working hours: 4 for serious complaints, 16 for small ones."""
    if in_time and severity == "serious":
        return received + timedelta(minutes=rng.randint(15, 150))
    days = 1 if in_time else rng.randint(3, 5)
    day = received.date() + timedelta(days=days)
    while day.weekday() > 4:
        day += timedelta(days=1)
    # with an answer in time before the hour of receipt, a day of eight working hours has not passed
    first, last = (7, max(7, received.hour - 1)) if in_time else (9, 14)
    return datetime.combine(day, time(rng.randint(first, last), rng.randint(0, 59)))


def add_complaint(rng, customer, cause, received, today, **values):
    """Add a complaint about the last order before it was received, and return it."""
    subject, text, severity = COMPLAINT_CAUSES[cause]
    order = max((o for o in get_sales(customer) if o["date"] < received), key=lambda o: o["date"])
    complaint = {
        "subject": subject, "text": text, "severity": severity, "cause": cause, "order": order, "received": received,
        "contact": order["contact"], "source": rng.choice(("email", "email", "phone", "phone", "web", "messenger")),
        "state": "closed", "answered": None, "closed": None, "conflict": None, "satisfied": False,
        "remedy": False, "percent": 0, "compensation": "none", **values,
    }
    customer["complaints"].append(complaint)
    return complaint


def close_complaint(rng, complaint, today, satisfied, in_time):
    """Let a complaint have been answered and closed; what would lie in the future was done yesterday."""
    answered = draw_answer(rng, complaint["received"], complaint["severity"], in_time)
    closed = moment(rng, workday(answered.date() + timedelta(days=rng.randint(2, 10))))
    yesterday = datetime.combine(today - timedelta(days=1), time(15))
    answered = max(complaint["received"], min(answered, yesterday))
    complaint.update(
        answered=answered, closed=max(answered, min(closed, yesterday)), satisfied=satisfied, state="closed",
        remedy=rng.choice(REMEDIES[complaint["cause"]]))


def add_story_complaints(customers, today):
    """Record most of the complaints that customers wrote before they left."""
    for customer in customers:
        rng = random.Random(f"{SEED}-story-{customer['key']}")
        cause = STORY_CAUSES.get(customer["story"])
        letter = next((m for m in customer["messages"] if cause and m["body"] == STORIES[customer["story"]][1]), None)
        if not letter or rng.random() < 0.35 or letter["date"] <= get_sales(customer)[0]["date"]:
            continue
        complaint = add_complaint(rng, customer, cause, letter["date"], today, source="email",
                                  text=letter["body"], contact=letter["contact"])
        left_us = customer["archetype"] in ASLEEP
        satisfied = rng.choice(("no", "no", False, "yes")) if left_us else "yes"
        close_complaint(rng, complaint, today, satisfied, rng.random() < (0.4 if left_us else 0.8))


def add_old_complaints(customers, today):
    """Let some faithful customers have complained once, and been made happy."""
    rng = random.Random(f"{SEED}-old")
    for customer in pick(customers, "steady", "returned")[5::6]:
        order = rng.choice(get_sales(customer)[:-1])
        received = moment(rng, workday(order["date"].date() + timedelta(days=rng.randint(5, 9))))
        if (today - received.date()).days < 100:
            continue
        complaint = add_complaint(rng, customer, rng.choice(list(COMPLAINT_CAUSES)), received, today)
        close_complaint(rng, complaint, today, rng.choice(("yes", "yes", "yes", False)), rng.random() < 0.8)
        if complaint["severity"] == "serious":
            complaint["satisfied"] = "yes"


def add_current_complaints(customers, today):
    """Add the complaints that somebody works on now, or did lately: each state, source and kind of conflict."""
    rng = random.Random(f"{SEED}-current")
    buyers = [c for c in pick(customers, "steady", "fruitless") if not c["complaints"]
              and c["days"] and 20 <= c["facts"].silent <= 80]
    buyers.sort(key=lambda customer: -customer["rank"])
    for customer, case in zip(buyers[::2], CURRENT_COMPLAINTS):
        cause, state, days, in_time, values = case
        received = moment(rng, workday(ago(today, min(days, customer["facts"].silent - 2))))
        complaint = add_complaint(rng, customer, cause, received, today, **{**values, "state": state})
        if complaint["conflict"]:
            complaint["conflict"] = received + timedelta(hours=rng.randint(1, 5))
        if state == "closed":
            close_complaint(rng, complaint, today, complaint["satisfied"], in_time)
        elif state == "answered":
            answered = draw_answer(rng, received, complaint["severity"], in_time)
            complaint["answered"] = min(answered, datetime.combine(today - timedelta(days=1), time(15)))


# === Invoices === #

def add_invoices(customers, today):
    """Invoice the orders of some customers: most pay in time, a few stopped paying."""
    steady, declining = pick(customers, "steady"), pick(customers, "declining")[:6]
    late = [c for c in steady if count_days(c, today, *get_recent_order_days()) >= 2
            and count_days(c, today, 130, 460) >= 3][:5]
    complaining = [c for c in steady if any(x["remedy"] and is_recent(x, today) for x in c["complaints"])][:5]
    others = [c for c in steady if c not in late and c not in complaining][:14]
    for customer in customers:
        if any(customer is c for c in (*declining, *late, *complaining, *others)):
            is_late = any(customer is c for c in late)
            add_order_invoices(customer, today, is_late, (2, 9) if is_late else (2,))


def get_recent_order_days():
    """Return (newest, oldest): how many days ago the orders were made whose invoices fell due lately."""
    newest, oldest = RECENT_DUE_DAYS
    return newest + TERM_DAYS + 9, oldest + TERM_DAYS + 2


def is_recent(complaint, today):
    """Tell whether a complaint was received lately."""
    return (today - complaint["received"].date()).days < 75


def add_order_invoices(customer, today, is_late, parts):
    """Invoice the orders of the last 16 months, in parts, so many days later as they are delivered."""
    rng = random.Random(f"{SEED}-invoices-{customer['key']}")
    for order in get_sales(customer):
        for days in parts:
            day = workday(order["date"].date() + timedelta(days=days))
            if day < today and (today - day).days <= INVOICED_DAYS:
                customer["invoices"].append({
                    "order": order, "date": day, "due": day + timedelta(days=TERM_DAYS), "share": 1 / len(parts),
                    "paid": draw_payment(rng, day + timedelta(days=TERM_DAYS), today, is_late), "credit": None})


def draw_payment(rng, due, today, is_late):
    """Return the Friday on which an invoice was paid, if it was; who is late left unpaid what fell due lately."""
    paid, overdue = due + timedelta(days=rng.randint(-8, 7)), (today - due).days
    if is_late and overdue <= RECENT_DUE_DAYS[1] + 2:
        # the oldest of them came in the end, a month late
        if overdue < 80:
            return None
        paid = due + timedelta(days=34)
    friday = paid + timedelta(days=(4 - paid.weekday()) % 7)
    return friday if friday < today else None


def add_credit_notes(customers, today):
    """Credit part of the problem order's invoice where a recent complaint was settled so."""
    for customer in customers:
        for complaint in customer["complaints"]:
            invoice = next((i for i in customer["invoices"] if i["order"] is complaint["order"]), None)
            if invoice and complaint["closed"] and is_recent(complaint, today):
                invoice["credit"] = max(invoice["date"], complaint["closed"].date())


# === Potential === #

def add_potentials(customers, today):
    """Enter what some customers could buy; most of these buy little of it here."""
    rng = random.Random(f"{SEED}-potential")
    buyers = [c for c in pick(customers, "steady") if count_days(c, today, 1, 80) and c["rank"] < 0.8
              and (today - c["days"][0]).days > 400 and not c["complaints"]]
    for number, customer in enumerate(buyers[3:30:3]):
        year = sum(get_revenue(order) for order in get_sales(customer) if (today - order["date"].date()).days < 365)
        factor = rng.uniform(1.1, 1.6) if number % 4 == 3 else rng.uniform(4.2, 8)
        customer["potential"] = max(1000, round(year * factor, -3))

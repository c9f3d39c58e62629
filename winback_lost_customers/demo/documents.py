"""What passed between the demo's company and one customer: orders, quotations, opportunities, messages, activities."""

from datetime import date, datetime, time, timedelta

from .archetypes import ago, workday
from .texts import (
    ANSWERS,
    CALLS,
    FOLLOW_UPS,
    INQUIRIES,
    LOST_REASONS,
    MEETINGS,
    NO_ANSWER,
    OCCASIONS,
    PLANNED,
    RETURN,
    STORIES,
    THANKS,
    WON_BACK,
)

COLLEAGUES = ("leader", "sales1", "sales2", "sales3", "sales4")
ASLEEP = ("lost", "archived", "lost_twice", "silent", "key_left")
OPEN_QUOTATION_SHARE = {"steady": 0.16, "new": 0.3, "prospect": 0.4, "won_back": 0.3, "returned": 0.2,
                        "fruitless": 0.2, "declining": 0.15}
PARTIAL_LOSS_DAYS = 190


def add_documents(customer, catalogue, today):
    """Fill in the customer's orders, leads, messages and activities."""
    rng = customer["rng"]
    customer.update(orders=[], leads=[], messages=[], activities=[], year=today.year)
    customer["favourites"] = draw_favourites(rng, catalogue)
    customer["dropped"] = customer["archetype"] == "steady" and rng.random() < 0.09
    add_sales(rng, customer, catalogue)
    add_fruitless(rng, customer, catalogue, today)
    add_open_business(rng, customer, catalogue, today)
    if customer["archetype"] == "returner":
        add_return(rng, customer)
    add_order_talk(rng, customer)
    add_story(rng, customer, today)
    add_follow_ups(rng, customer, today)
    add_done_activities(rng, customer, today)
    add_planned_activity(rng, customer, today)


# === Small draws === #

def moment(rng, day):
    """Return a time in working hours of the day."""
    return datetime.combine(day, time(rng.randint(6, 15), rng.randint(0, 59), rng.randint(0, 59)))


def pick_contact(rng, customer, day):
    """Return the number of the contact who writes; those who have left wrote long ago only."""
    last = customer["days"][-1] if customer["days"] else date.max
    present = [n for n, contact in enumerate(customer["contacts"]) if contact["active"]]
    if not present or (last - day).days > 150:
        present = list(range(len(customer["contacts"])))
    return rng.choice(present)


def pick_user(rng, customer, day):
    """Return who deals with the customer on that day; now and then a colleague steps in."""
    if customer["former_until"] and day < customer["former_until"]:
        return "former"
    if customer["departed_until"] and day < customer["departed_until"]:
        return "departed"
    return rng.choice(COLLEAGUES) if rng.random() < 0.04 else customer["owner"]


def draw_favourites(rng, catalogue):
    """Draw the three or four product categories that this customer mostly buys."""
    categories = sorted({product["category"] for product in catalogue})
    return rng.sample(categories, min(len(categories), rng.choice((3, 4))))


def draw_occasion(rng, day):
    """Return what the gifts are for."""
    return rng.choice(OCCASIONS[day.month])


def lower_first(occasion):
    """Let an occasion stand within a sentence; names of holidays keep their capital."""
    if occasion.startswith(("Christmas", "New Year", "Women", "Easter")):
        return occasion
    return occasion[0].lower() + occasion[1:]


def round_quantity(quantity):
    """Round to what people order: 12, 35, 150, 600."""
    for limit, step in ((10, 1), (60, 5), (300, 10), (1000, 50)):
        if quantity < limit:
            return max(step, round(quantity / step) * step)
    return round(quantity / 100) * 100


# === Orders and quotations === #

def draw_products(rng, customer, catalogue, day, count):
    """Draw different products, mostly from favourite categories, hampers before Christmas."""
    favourites = list(customer["favourites"])
    if customer["dropped"] and (customer["days"][-1] - day).days < PARTIAL_LOSS_DAYS:
        favourites.pop(0)
    if day.month >= 10 and rng.random() < 0.5:
        favourites = ["Gift Sets & Hampers", *favourites[:1]]
    wanted = [product for product in catalogue if product["category"] in favourites]
    return rng.sample(wanted or catalogue, min(count, len(wanted or catalogue)))


def draw_lines(rng, customer, catalogue, day, weight):
    """Draw order lines that come to about the customer's usual amount; prices rise 3 % a year."""
    count = rng.choices((1, 2, 3, 4), (45, 33, 15, 7))[0]
    inflation = 0.97 ** (customer["year"] - day.year)
    target, lines = 850 * customer["size"] * weight / count, []
    for product in draw_products(rng, customer, catalogue, day, count):
        price = round(product["price"] * inflation, 2)
        lines.append({
            "product": product, "quantity": round_quantity(max(1, target * rng.uniform(0.6, 1.4) / price)),
            "price": price, "cost": round(product["cost"] * inflation, 2), "discount": customer["discount"],
        })
    return lines


def make_order(rng, customer, catalogue, kind, day, weight=1.0, quoted=None):
    """Return an order or quotation of one kind: sale, open, draft, expired or cancelled."""
    created = moment(rng, workday(quoted or day))
    by_contact = bool(customer["contacts"]) and rng.random() < 0.5
    return {
        "kind": kind, "created": created, "date": max(created, moment(rng, day)),
        "valid_until": created.date() + timedelta(days=30), "occasion": draw_occasion(rng, day),
        "contact": pick_contact(rng, customer, day) if by_contact else None,
        "user": pick_user(rng, customer, day), "lead": None,
        "lines": draw_lines(rng, customer, catalogue, day, weight),
    }


def add_sales(rng, customer, catalogue):
    """Add the confirmed orders; every tenth came out of an opportunity."""
    for day, weight in zip(customer["days"], customer["weights"]):
        quoted = day - timedelta(days=rng.randint(0, 9))
        order = make_order(rng, customer, catalogue, "sale", day, weight, quoted)
        if rng.random() < 0.1:
            order["lead"] = add_lead(rng, customer, "won", order["created"].date(), day, order)
        customer["orders"].append(order)


def get_revenue(order):
    """Return the order's amount before tax."""
    return sum(li["quantity"] * li["price"] * (1 - li["discount"] / 100) for li in order["lines"])


def add_lead(rng, customer, kind, created, closed=None, order=None):
    """Add an opportunity and return it."""
    lead = {
        "kind": kind, "created": moment(rng, workday(created)), "closed": closed and moment(rng, closed),
        "name": order["occasion"] if order else draw_occasion(rng, created),
        "contact": order["contact"] if order else pick_contact(rng, customer, created),
        "user": order["user"] if order else pick_user(rng, customer, created),
        "revenue": round(get_revenue(order) if order else 1100 * customer["size"] * rng.uniform(0.5, 1.8), -1),
        "reason": LOST_REASONS[customer["story"]] if kind == "lost" else None,
    }
    customer["leads"].append(lead)
    return lead


def add_fruitless(rng, customer, catalogue, today):
    """Add inquiries that ended without a sale: now and then between orders, and after the last order by archetype."""
    for before, after in zip(customer["days"], customer["days"][1:]):
        if rng.random() < 0.17 and (after - before).days > 12:
            add_fruitless_one(rng, customer, catalogue, between(rng, before, after), today)
    for day in draw_last_fruitless_days(rng, customer, today):
        add_fruitless_one(rng, customer, catalogue, day, today)


def between(rng, first, last):
    """Return a day strictly between two days."""
    return first + timedelta(days=rng.randint(3, max(4, (last - first).days - 3)))


def draw_last_fruitless_days(rng, customer, today):
    """Draw the days of fruitless inquiries since the last order."""
    name = customer["archetype"]
    if name == "prospect":
        newest = rng.choice((20, 60, 120, 260))
        return [workday(ago(today, newest + 45 * number)) for number in range(rng.randint(1, 4))]
    silent = customer["facts"].silent
    if name == "fruitless":
        count = rng.randint(3, 4)
        return [workday(ago(today, 2 + (silent - 4) * (number + 0.5) / count)) for number in range(count)]
    if name in ASLEEP:
        count = 3 if customer["story"] in ("price", "competitor") and rng.random() < 0.4 else rng.randint(0, 2)
        return [customer["days"][-1] + timedelta(days=rng.randint(6, 14 + silent // 3)) for _number in range(count)]
    return [workday(ago(today, rng.uniform(3, silent - 4)))] if silent > 25 and rng.random() < 0.15 else []


def add_fruitless_one(rng, customer, catalogue, day, today):
    """Add one cancelled or expired quotation or lost opportunity."""
    age = (today - day).days
    kind = rng.choices(("expired", "cancelled", "lost"), (45 if age > 32 else 0, 30, 25))[0]
    if kind == "lost":
        add_lead(rng, customer, kind, day, day + timedelta(days=min(age - 1, rng.randint(4, 30))))
    else:
        customer["orders"].append(make_order(rng, customer, catalogue, kind, day, rng.uniform(0.6, 1.3)))


def add_open_business(rng, customer, catalogue, today):
    """Add quotations and opportunities that are still open."""
    share = OPEN_QUOTATION_SHARE.get(customer["archetype"], 0)
    if rng.random() < share:
        day = workday(ago(today, rng.uniform(1, 14)))
        kind = "draft" if rng.random() < 0.25 else "open"
        customer["orders"].append(make_order(rng, customer, catalogue, kind, day))
    if rng.random() < share * 0.7:
        add_lead(rng, customer, "open", ago(today, rng.uniform(1, 25)))


def add_return(rng, customer):
    """Add a negative order: part of the goods of the last but one order sent back."""
    sold = customer["orders"][len(customer["days"]) - 2]
    day = customer["days"][-2] + timedelta(days=min(6, (customer["days"][-1] - customer["days"][-2]).days - 1))
    line = sold["lines"][0]
    customer["orders"].append({
        **sold, "created": moment(rng, workday(day)), "date": moment(rng, workday(day)) + timedelta(hours=2),
        "lead": None, "occasion": "Return of goods",
        "lines": [{**line, "quantity": -max(1, round(line["quantity"] * 0.4))}],
    })
    add_message(customer, "in", moment(rng, workday(day)), sold["contact"] or 0, RETURN)


# === Messages === #

def add_message(customer, direction, when, contact, body, order=None, status="sent"):
    """Add an incoming or outgoing message about an order, or about the customer as a whole."""
    customer["messages"].append({
        "direction": direction, "date": when, "contact": contact, "body": body, "order": order, "status": status,
        "subject": order["occasion"] if order else None, "user": order["user"] if order else None,
    })


def add_order_talk(rng, customer):
    """Let customers ask before an order, us answer, and some of them thank afterwards."""
    for order in [o for o in customer["orders"] if o["lines"][0]["quantity"] > 0]:
        if rng.random() > (0.33 if order["kind"] == "sale" else 0.5):
            continue
        contact = order["contact"] if order["contact"] is not None else pick_contact(
            rng, customer, order["date"].date())
        what = lower_first(order["occasion"])
        asked = order["created"] - timedelta(minutes=rng.randint(20, 300))
        add_message(customer, "in", asked, contact, rng.choice(INQUIRIES).format(what=what), order)
        if rng.random() < 0.7:
            answered = order["created"] + timedelta(minutes=5)
            add_message(customer, "out", answered, contact, rng.choice(ANSWERS).format(what=what), order)
        if order["kind"] == "sale" and rng.random() < 0.2 and order["date"].date() < customer["days"][-1]:
            add_message(customer, "in", order["date"] + timedelta(days=4), contact, rng.choice(THANKS), order)


def add_story(rng, customer, today):
    """Let troubled customers say why, and those won back say so."""
    days, name = customer["days"], customer["archetype"]
    text = customer["story"] and STORIES[customer["story"]][1]
    losses = customer["facts"].losses
    if text and losses and rng.random() < 0.8:
        last = max(day for day in days if day < losses[0][0])
        add_message(customer, "in", moment(rng, last + timedelta(days=rng.randint(2, 12))), 0, text)
    elif text and rng.random() < 0.7:
        day = days[-1] + timedelta(days=rng.randint(1, 10))
        add_message(customer, "in", moment(rng, min(day, ago(today, 1))), 0, text)
    if name in ("won_back", "returned") and rng.random() < 0.6:
        add_message(customer, "in", moment(rng, losses[0][1] - timedelta(days=2)), 0, WON_BACK)


def add_follow_ups(rng, customer, today):
    """Write to those who fell silent; nobody answers. Letters to those who left bounce."""
    silent = customer["facts"].silent
    if customer["archetype"] not in ASLEEP or rng.random() < 0.2:
        return
    first = min(silent - 32, 45 + silent // 3)
    for number, text in enumerate(rng.sample(FOLLOW_UPS, rng.randint(2, 4))):
        day = workday(ago(today, silent - first - 24 * number))
        if (today - day).days > 2:
            bounced = customer["contacts"][0]["bounce"]
            add_message(customer, "out", moment(rng, day), 0, text, status="bounce" if bounced else "sent")


# === Calls and meetings === #

def add_activity(rng, customer, kind, texts, deadline, done=None, outcome="reached"):
    """Add a planned or done call or meeting; a done call has an outcome."""
    summary, feedback = texts
    customer["activities"].append({
        "outcome": outcome if done and kind == "call" else False,
        "kind": kind, "summary": summary, "feedback": done and feedback, "deadline": deadline, "done": done,
        "user": pick_user(rng, customer, done) if done else customer["owner"],
    })


def add_done_activities(rng, customer, today):
    """Add calls and visits while the customer bought, and calls in vain since it stopped."""
    days = customer["days"]
    step = 260 - round(140 * customer["rank"])
    if days:
        day = days[0] + timedelta(days=rng.randint(5, step))
        while day < min(days[-1] + timedelta(days=20), ago(today, 1)):
            kind = "meeting" if rng.random() < customer["rank"] * 0.4 else "call"
            done = workday(day + timedelta(days=rng.choice((0, 0, 0, 1, 2, 6))))
            add_activity(rng, customer, kind, rng.choice(MEETINGS if kind == "meeting" else CALLS), workday(day),
                         min(done, ago(today, 1)))
            day += timedelta(days=rng.randint(step // 2, step * 3 // 2))
    if customer["archetype"] in ASLEEP and rng.random() < 0.6:
        for number, texts in enumerate(NO_ANSWER):
            day = workday(ago(today, customer["facts"].silent - 60 - 14 * number))
            add_activity(rng, customer, "call", texts, day, day, "not_reached")


def add_planned_activity(rng, customer, today):
    """Plan a call for a quarter of those who are still customers; some are overdue."""
    if customer["archetype"] not in ("lost", "archived", "lost_twice", "one_off") and rng.random() < 0.25:
        deadline = today + timedelta(days=rng.choice((-9, -4, -1, 0, 1, 3, 7, 12, 20)))
        add_activity(rng, customer, rng.choice(("call", "call", "meeting")), (rng.choice(PLANNED), None), deadline)

"""When each kind of customer buys: pure functions of a random generator and a day, without Odoo.

Archetypes, their share of all customers, and what they look like on the day of installation:

============ ===== ==============================================================================================
archetype    share looks like
============ ===== ==============================================================================================
steady       rest  (about 45 %) buys at its own rhythm of 22 to 98 days, bought within its usual gap
seasonal     3 %   buys once or twice a year before the season; long gaps are normal
slow         2.5 % buys every 4 to 5 months; no inquiry for more than 3 months, but within its rhythm (S1 alone)
new          4.5 % one order in the last 80 days
one_off      5 %   one order, silent for more than 180 days
prospect     4.5 % quotations and opportunities only, never bought
silent       4 %   silent beyond its own longest gap and for more than 90 days, not lost yet (S6, most also S1, S3)
key_left     1 %   as silent, and all its contacts are archived or bounce (S10)
fruitless    2.5 % bought in the last 85 days, three or more fruitless inquiries since then (S2)
declining    3 %   still buys, but less than half as often and as much as in the year before (S4)
lost         13.5% silent for more than max(180 days, 1.5 x own longest gap), lost at any time in the last 24 months
archived     1 %   as lost, and the company itself is archived (bankrupt or merged)
won_back     3 %   bought again after such a loss, in the last 180 days
returned     3 %   lost and returned more than 200 days ago, regular customer since then (second lifetime)
lost_twice   1 %   lost, won back, lost again
intermediary 1 %   payment intermediary: pays, the goods go to another organisation
returner     1 %   steady, with a recent negative order (goods sent back)
============ ===== ==============================================================================================

Besides: a fifth of the customers have an archived contact, half order through their contacts, some steady ones stopped
buying a category (B7), Victor Hale, a salesperson, left 14 months ago and some of his customers after him, and Hannah
Weiss left three months ago (B11). Complaints, invoices and potentials (S4P, S5, S7, S12) are in `trouble.py`.
"""

from collections import namedtuple
from datetime import timedelta

Archetype = namedtuple("Archetype", "name share draw accept")
Facts = namedtuple("Facts", "count silent longest lost_after losses recent before recent_volume before_volume")

HISTORY_DAYS = 1130
RECENT_DAYS = 90
SEASON = (0.65, 0.75, 1.35, 0.9, 0.9, 1.35, 0.7, 0.7, 0.9, 1.05, 1.6, 1.65)
MAX_TRIES = 600


# === Facts of a purchase history, by the product's own definitions === #

def lost_after(longest):
    """Days of silence after which a customer counts as lost."""
    return min(730, max(180, 1.5 * longest))


def find_losses(days, today):
    """Return (day of loss, day of return or None) for each time that the customer was lost.

    Silence after the very first purchase makes a one-off buyer, not a lost one.
    """
    losses, longest = [], 0
    for index, (day, following) in enumerate(zip(days, [*days[1:], None])):
        gap = ((following or today) - day).days
        limit = lost_after(longest)
        if index and gap > limit:
            losses.append((day + timedelta(days=int(limit) + 1), following))
        longest = max(longest, gap)
    return losses


def get_facts(days, weights, today):
    """Sum up a purchase history as the signs see it."""
    gaps = [(after - before).days for before, after in zip(days, days[1:])]
    longest = max(gaps, default=0)
    recent = [w for d, w in zip(days, weights) if (today - d).days < RECENT_DAYS]
    before = [w for d, w in zip(days, weights) if RECENT_DAYS <= (today - d).days < RECENT_DAYS + 365]
    return Facts(
        count=len(days), silent=(today - days[-1]).days if days else None, longest=longest,
        lost_after=lost_after(longest), losses=find_losses(days, today),
        recent=len(recent), before=len(before) * RECENT_DAYS / 365,
        recent_volume=sum(recent), before_volume=sum(before) * RECENT_DAYS / 365)


# === Drawing purchase days === #

def workday(day):
    """Move a weekend day to the Friday before."""
    return day - timedelta(days=max(0, day.weekday() - 4))


def next_gap(rng, day, rhythm, direction):
    """Draw the days until the next (1) or since the last (-1) purchase: gamma distributed, shorter in the season."""
    midway = day + timedelta(days=direction * rhythm / 2)
    return max(4, round(rng.gammavariate(6, rhythm / 6) / SEASON[midway.month - 1]))


def buy_until(rng, last, rhythm, span):
    """Return the purchase days of the `span` days that end with a purchase on `last`."""
    days, day = [], last
    while (last - day).days <= span:
        days.append(workday(day))
        day -= timedelta(days=next_gap(rng, day, rhythm, -1))
    return sorted(set(days))


def buy_from(rng, first, rhythm, end):
    """Return the purchase days that begin on `first`, up to `end`."""
    days, day = [], first
    while day <= end:
        days.append(workday(day))
        day += timedelta(days=next_gap(rng, day, rhythm, 1))
    return sorted(set(days))


def ago(today, days):
    """Return the day that many days before today."""
    return today - timedelta(days=round(days))


def draw_span(rng, silent):
    """Draw for how long the customer had been buying: three in five for as long as the history reaches."""
    reach = HISTORY_DAYS - silent
    return reach if rng.random() < 0.6 else rng.uniform(min(280, reach), reach)


def draw_regular(rng, today, rhythm, silent):
    """Buy at an even rhythm until `silent` days ago."""
    return buy_until(rng, ago(today, silent), rhythm, draw_span(rng, silent))


def draw_steady(rng, today, rhythm):
    """Buy until about one rhythm ago at most."""
    return draw_regular(rng, today, rhythm, rng.uniform(2, max(6, rhythm)))


def draw_seasonal(rng, today, rhythm):
    """Buy in the second half of November each year, some also in March or June."""
    months = [11] if rng.random() < 0.4 else [11, rng.choice((3, 6))]
    days = [workday(today.replace(year=today.year - back, month=month, day=rng.randint(4, 26)))
            for back in range(5) for month in months]
    return sorted(day for day in days if 1 < (today - day).days <= HISTORY_DAYS)


def draw_slow(rng, today, rhythm):
    """Buy every four to five months, last more than three months ago."""
    return draw_regular(rng, today, rng.uniform(115, 150), rng.uniform(96, 135))


def draw_new(rng, today, rhythm):
    """Buy once, lately."""
    return [workday(ago(today, rng.uniform(4, 78)))]


def draw_one_off(rng, today, rhythm):
    """Buy once, long ago."""
    return [workday(ago(today, rng.uniform(195, 1000)))]


def draw_prospect(rng, today, rhythm):
    """Never buy."""
    return []


def draw_silent(rng, today, rhythm):
    """Buy regularly and stop three to six months ago."""
    return draw_regular(rng, today, min(rhythm, 50), rng.uniform(93, 176))


def draw_fruitless(rng, today, rhythm):
    """Buy regularly, last one and a half to three months ago."""
    return draw_regular(rng, today, max(30, rhythm), rng.uniform(45, 84))


def draw_declining(rng, today, rhythm):
    """Buy often until three months ago, then once more."""
    often = draw_regular(rng, today, rng.uniform(16, 26), rng.uniform(90, 105))
    return [*often, workday(ago(today, rng.uniform(25, 80)))]


def draw_lost(rng, today, rhythm):
    """Buy regularly and stop half a year to two and a half years ago."""
    return draw_regular(rng, today, min(rhythm, 60), 181 + 710 * rng.random() ** 0.85)


def draw_won_back(rng, today, rhythm):
    """Be lost for some months and buy again in the last half year."""
    back = rng.uniform(12, 165)
    before = draw_regular(rng, today, min(rhythm, 55), back + rng.uniform(200, 330))
    return [*before, *buy_from(rng, ago(today, back), min(rhythm, 50), ago(today, 2))]


def draw_returned(rng, today, rhythm):
    """Be lost once, return, and have been a regular customer ever since."""
    back = rng.uniform(210, 690)
    before = draw_regular(rng, today, min(rhythm, 50), back + rng.uniform(195, 290))
    return [*before, *buy_from(rng, ago(today, back), min(rhythm, 45), ago(today, 2))]


def draw_lost_twice(rng, today, rhythm):
    """Be lost, return for some weeks, be lost again."""
    stopped = rng.uniform(350, 640)
    back = stopped + rng.uniform(20, 110)
    before = draw_regular(rng, today, min(rhythm, 40), back + rng.uniform(188, 222))
    return [*before, *buy_from(rng, ago(today, back), 30, ago(today, stopped))]


# === What makes a drawn history acceptable === #

def is_calm(facts):
    """No plain sign of loss: within the own gap, neither fewer nor smaller orders."""
    return (facts.count >= 3 and facts.silent <= max(45, facts.longest)
            and facts.recent > 0.55 * facts.before and facts.recent_volume > 0.55 * facts.before_volume)


def is_steady(facts):
    """Calm, and never lost so far."""
    return is_calm(facts) and not facts.losses


def is_patient(facts):
    """Long gaps, but within the own longest one."""
    return facts.count >= 3 and facts.silent <= facts.longest and not facts.losses


def is_slow(facts):
    """Within the own longest gap, but more than three months silent."""
    return is_patient(facts) and facts.silent > 94


def is_silent(facts):
    """Beyond the own longest gap and 90 days, not lost yet."""
    return (facts.count >= 5 and max(91, facts.longest) < facts.silent < facts.lost_after - 2 and not facts.losses)


def is_fruitless(facts):
    """Still an ordinary buyer by its orders."""
    return facts.count >= 4 and 40 < facts.silent <= 88 and facts.recent > 0.55 * facts.before and not facts.losses


def is_declining(facts):
    """Still buys, less than half as often and as much."""
    return (facts.recent >= 1 and facts.before >= 2.5 and facts.recent <= 0.45 * facts.before
            and facts.recent_volume <= 0.45 * facts.before_volume and facts.silent < 88 and not facts.losses)


def is_lost(facts):
    """Lost once, not returned, within the last 24 months."""
    return facts.count >= 3 and len(facts.losses) == 1 and not facts.losses[-1][1]


def is_won_back(facts):
    """Lost once and returned; a customer again."""
    return len(facts.losses) == 1 and bool(facts.losses[-1][1]) and facts.silent < 75


def is_returned(facts):
    """Returned for good."""
    return is_won_back(facts) and is_calm(facts) and facts.silent < 60


def is_lost_twice(facts):
    """Lost, returned, lost again."""
    return len(facts.losses) == 2 and not facts.losses[-1][1]


def is_single(facts):
    """Bought on one day only."""
    return facts.count == 1


def is_prospect(facts):
    """Never bought."""
    return facts.count == 0


ARCHETYPES = [
    Archetype("steady", 0, draw_steady, is_steady),
    Archetype("seasonal", 0.03, draw_seasonal, is_patient),
    Archetype("slow", 0.025, draw_slow, is_slow),
    Archetype("new", 0.045, draw_new, is_single),
    Archetype("one_off", 0.05, draw_one_off, is_single),
    Archetype("prospect", 0.045, draw_prospect, is_prospect),
    Archetype("silent", 0.04, draw_silent, is_silent),
    Archetype("key_left", 0.01, draw_silent, is_silent),
    Archetype("fruitless", 0.025, draw_fruitless, is_fruitless),
    Archetype("declining", 0.03, draw_declining, is_declining),
    Archetype("lost", 0.135, draw_lost, is_lost),
    Archetype("archived", 0.01, draw_lost, is_lost),
    Archetype("won_back", 0.03, draw_won_back, is_won_back),
    Archetype("returned", 0.03, draw_returned, is_returned),
    Archetype("lost_twice", 0.01, draw_lost_twice, is_lost_twice),
    Archetype("intermediary", 0.01, draw_steady, is_steady),
    Archetype("returner", 0.01, draw_steady, is_steady),
]


def get_counts(total):
    """Return how many customers of each archetype make up `total`; at least one of each."""
    counts = {a.name: max(1, round(a.share * total)) for a in ARCHETYPES if a.share}
    return {"steady": max(1, total - sum(counts.values())), **counts}


def draw_weights(rng, days):
    """Draw the relative size of each order: log-normal, larger in the season."""
    return [rng.lognormvariate(0, 0.45) * SEASON[day.month - 1] ** 0.6 for day in days]


def draw_history(rng, archetype, today, rhythm):
    """Draw purchase days and order weights until they fit the archetype."""
    for _try in range(MAX_TRIES):
        days = archetype.draw(rng, today, rhythm)
        weights = draw_weights(rng, days)
        if archetype.accept(get_facts(days, weights, today)):
            break
    return days, weights

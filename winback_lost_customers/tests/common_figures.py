from datetime import date, timedelta
from math import ceil

from dateutil.relativedelta import relativedelta

from odoo.tests import freeze_time

from .common_complaint import ComplaintCase

YEAR = timedelta(days=365)


class Story:
    """One customer as its orders tell it, in plain Python: the oracle for all screens.

    It knows the rules from their description (a customer is lost after max(180 days, 1.5
    times its longest gap) of silence, at most two years; lost once more it is gone for
    good) and nothing of the code under test.

    :param orders: {day: (amount, margin)}
    """

    def __init__(self, orders, **about):
        self.orders = dict(sorted(orders.items()))
        self.days = list(self.orders)
        self.about = about

    def get_lost_days(self, known):
        """Return after how many days of silence a customer with these purchase days counts
        as lost."""
        longest = max((b - a).days for a, b in zip(known, known[1:]))
        return min(730, max(180, ceil(1.5 * longest)))

    def get_changes(self, today):
        """Return (day, lost / lost_again / returned) of what happened until `today`."""
        changes = []
        for number in range(2, len(self.days) + 1):
            known = self.days[:number]
            lost = known[-1] + timedelta(days=self.get_lost_days(known))
            following = self.days[number] if number < len(self.days) else date.max
            if following < lost or lost > today:
                continue
            came_back = any(kind == "returned" for _day, kind in changes)
            changes.append((lost, "lost_again" if came_back else "lost"))
            if following <= today:
                changes.append((following, "returned"))
        return changes

    def is_customer(self, day):
        """Tell whether this had bought twice by `day`, and was not lost."""
        known = [d for d in self.days if d <= day]
        return len(known) >= 2 and (day - known[-1]).days < self.get_lost_days(known)

    def is_silent(self, today):
        """Tell whether the silence is longer than ever and than 90 days, and no loss yet."""
        longest = max(((b - a).days for a, b in zip(self.days, self.days[1:])), default=0)
        return self.is_customer(today) and (today - self.days[-1]).days > max(90, longest)

    def get_sales(self, start, end, column=0):
        """Return what was sold from `start` to `end`, both counted; column 1: its margin."""
        return sum(order[column] for day, order in self.orders.items() if start <= day <= end)

    def get_active_year(self, day, column=0):
        """Return the sales of the 365 days up to the last order before `day` ended."""
        last = max(d for d in self.days if d <= day)
        return self.get_sales(last - YEAR + timedelta(days=1), last, column)


@freeze_time("2026-06-15 12:00:00")
class FiguresCase(ComplaintCase):
    """Customers of two salespeople, of whom each happened to do something else."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.boris = cls._create_user("wbc_boris", "sales_team.group_sale_salesman")
        cls.stories = {}
        cls._tell("Steady", range(10, 701, 30), 110)
        cls._tell("Grows", range(20, 500, 40), 210, cls.boris)
        cls._tell("Lost this month", range(190, 600, 60), 130)
        cls._tell("Lost this quarter", range(240, 700, 50), 170, cls.boris)
        cls._tell("Lost in the year", range(400, 900, 50), 190)
        cls._tell("Lost long ago", [1500, 1450, 1400], 1000)
        cls._tell("Returned this month", [5, 600, 640, 700], 230)
        cls._tell("Returned this quarter", [20, 600, 640, 700], 290, cls.boris)
        cls._tell("Lost again", [640, 840, 870, 900], 310)
        cls._tell("Silent", range(120, 500, 30), 370, cls.boris)
        cls._tell("Silent, too", range(110, 500, 30), 390)
        cls._tell("Buys less", range(20, 600, 30), 410, recent=40)
        cls._tell("Inquires in vain", range(20, 300, 30), 430, cls.boris)
        for days in (6, 5, 4):
            cls._create_lead(cls.stories["Inquires in vain"].about["partner"], days, lost=True)
        cls._tell("New", [15], 450)
        cls._tell("Bought once", [300], 470)
        cls._tell_more()
        cls._rebuild()

    @classmethod
    def _tell_more(cls):
        """Create more customers, before the history is rebuilt."""

    @classmethod
    def _tell(cls, name, days_ago, amount, user=None, recent=None):
        """Create a customer with an order on each of these days, the oldest the smallest.

        :param recent: the amount of orders within the last 90 days
        """
        user = user or cls.anna
        partner = cls._create_customer(name, user_id=user.id)
        orders = {}
        for number, days in enumerate(sorted(days_ago, reverse=True)):
            value = recent if recent and days < 90 else amount + number
            margin = round(value * 0.4, 2)
            cls._create_order(
                partner, days, amount=value, margin=margin, user_id=user.id, team_id=cls.team.id
            )
            orders[cls._day(days)] = (value, margin)
        cls.stories[name] = Story(orders, name=name, user=user, partner=partner)

    @classmethod
    def _rebuild(cls):
        """Evaluate the customers, and rebuild their history."""
        cls._run()
        cls._rebuild_history()

    @classmethod
    def _rebuild_history(cls):
        """Rebuild what is missing of the last 24 months."""
        history = cls.env["winback.history"]
        for day in history._get_missing_month_ends(cls.company):
            history._reconstruct(cls.company, day)
        cls.env.flush_all()
        cls.env.invalidate_all()

    @classmethod
    def _get_stories(cls, user=None):
        return [s for s in cls.stories.values() if not user or s.about["user"] == user]

    @classmethod
    def _get_changes(cls, kinds, start, end, user=None):
        """Return (story, day) of what happened from `start` to `end`, both counted."""
        return [
            (story, day)
            for story in cls._get_stories(user)
            for day, kind in story.get_changes(cls.today)
            if kind in kinds and start <= day <= end
        ]

    @classmethod
    def _get_cohort(cls, start, end, user=None):
        """Return who was a customer on `start`, and who of them was lost until `end`."""
        then = [story for story in cls._get_stories(user) if story.is_customer(start)]
        lost = {
            story.about["name"]
            for story, day in cls._get_changes(("lost", "lost_again"), start, end, user)
            if day > start
        }
        return then, [story for story in then if story.about["name"] in lost]

    @classmethod
    def _as(cls, user, model):
        cls.env.invalidate_all()
        companies = user.company_id | user.company_ids  # the first one is the present one
        return cls.env[model].with_user(user).with_context(allowed_company_ids=companies.ids)

    def _close_cases(self):
        """Win a customer back with an offer, lose another for good, on cases of a channel."""
        call = self.env["winback.channel"].search([("kind", "=", "call")], limit=1)
        cases = self.env["winback.case"]
        for name in ("Returned this month", "Lost this quarter"):
            cases |= cases._open(self.company, self.stories[name].about["partner"], user=self.boss)
        cases.channel_id = call
        order = self._create_order(cases[0].partner_id, 0, amount=700, margin=200)
        cases[0]._win(order)
        cases[1]._close("gone")
        offer = self.env["winback.offer"].create({"name": "A visit", "kind": "service"})
        self.env["winback.grant"].create(
            {
                "partner_id": cases[0].partner_id.id, "company_id": self.company.id,
                "offer_id": offer.id, "date": self.today - timedelta(days=1),
            }
        )  # fmt: skip
        return call, offer

    def _walk(self, figures):
        """Yield every dict within `figures`."""
        if isinstance(figures, dict):
            yield figures
            figures = list(figures.values())
        if isinstance(figures, list | tuple):
            for part in figures:
                yield from self._walk(part)


def month_start(day, months=0):
    """Return the first day of the month that lies so many months before that of `day`."""
    return (day - relativedelta(months=months)).replace(day=1)

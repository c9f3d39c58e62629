from dateutil.relativedelta import relativedelta

from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged

from ..report.winback_retention_report import AGES
from .common_figures import FiguresCase, month_start

KINDS = {"returned": "returned", "lost": "lost", "lost_again": "lost_again"}


@freeze_time("2026-06-15 12:00:00")
@tagged("post_install", "-at_install")
class TestFiguresReports(FiguresCase):
    """The reports against the orders in plain Python, and against the other screens."""

    @classmethod
    def _tell_more(cls):
        cls._tell("Old friend", range(10, 2000, 60), 100)

    def _read(self, model, groupby, measures, domain=(), user=None):
        """Return {group: values} of a report."""
        own = [("company_id", "=", self.company.id), *domain]
        groups = self._as(user or self.boss, model)._read_group(own, groupby, measures)
        return {row[: len(groupby)] if len(groupby) > 1 else row[0]: row[len(groupby) :] for row in groups}

    # ------------------------------------------------------------------
    # Dynamics
    # ------------------------------------------------------------------

    def test_dynamics_agree_with_the_orders(self):
        start = month_start(self.today, 11)
        found = self._read("winback.dynamics.report", ["event"], ["__count", "amount:sum"], [("date", ">=", start)])
        for event in KINDS:
            happened = self._get_changes((event,), start, self.today)
            count, amount = found[event]
            self.assertEqual(count, len(happened), event)
            self.assertAlmostEqual(amount, sum(story.get_active_year(day) for story, day in happened), 2)
            self.assertTrue(count, event)
        firsts = [story for story in self._get_stories() if story.days[0] >= start]
        self.assertEqual(found["new"][0], len(firsts))

    def test_dynamics_by_month_and_salesperson(self):
        start = month_start(self.today, 11)
        found = self._read(
            "winback.dynamics.report", ["date:month", "user_id", "event"], ["__count"], [("date", ">=", start)]
        )
        expected = {}
        for story in self._get_stories():
            events = [(day, kind) for day, kind in story.get_changes(self.today) if day >= start]
            events += [(story.days[0], "new")] if story.days[0] >= start else []
            for day, kind in events:
                key = (day.replace(day=1), story.about["user"], kind)
                expected[key] = expected.get(key, 0) + 1
        self.assertEqual({key: count for key, (count,) in found.items()}, expected)

    def test_dynamics_are_those_of_the_overview(self):
        figures = self._as(self.boss, "winback.overview").get_figures({})
        found = self._read(
            "winback.dynamics.report", ["event"], ["__count"], [("date", ">=", figures["scope"]["date_from"])]
        )
        for series in figures["flow"]["series"]:
            self.assertEqual(found[series["key"]][0], sum(series["counts"]), series["key"])

    def test_net_change_is_gains_less_losses(self):
        found = self._read("winback.dynamics.report", ["event"], ["__count", "net:sum"])
        for event, (count, net) in found.items():
            self.assertEqual(net, count if event in ("new", "returned") else -count, event)

    # ------------------------------------------------------------------
    # Retention
    # ------------------------------------------------------------------

    def _get_kept(self, stories, months):
        """Return percent of the stories that are so old, and still buy at that age."""
        old = {story: story.days[0] + relativedelta(months=months) for story in stories}
        old = {story: day for story, day in old.items() if day <= self.today}
        kept = [
            story
            for story, day in old.items()
            if story.days[-1] >= day
            or story.is_customer(self.today)
            or (len(story.days) == 1 and (self.today - story.days[0]).days < 180)
        ]
        return (len(old), 100 * len(kept) / len(old)) if old else None

    def test_retention_agrees_with_the_orders(self):
        found = self._read("winback.retention.report", ["age"], ["__count", "kept:avg"])
        expected = {f"{months:03}": self._get_kept(self._get_stories(), months) for months in AGES}
        expected = {code: kept for code, kept in expected.items() if kept}
        self.assertEqual(list(found), sorted(expected))
        for code, (count, kept) in expected.items():
            self.assertEqual(found[code][0], count, code)
            self.assertAlmostEqual(found[code][1], kept, msg=code)
        shares = [kept for _count, kept in found.values()]
        self.assertTrue(all(0 < share <= 100 for share in shares) and len(set(shares)) > 2, shares)

    def test_cohort_of_a_year(self):
        found = self._read("winback.retention.report", ["first_order_date:year", "age"], ["__count", "kept:avg"])
        stories = [story for story in self._get_stories() if story.days[0].year == 2024]
        for (year, age), (count, kept) in found.items():
            if year.year == 2024:
                self.assertEqual((count, kept), self._get_kept(stories, int(age)))
        self.assertTrue(stories)

    # ------------------------------------------------------------------
    # Lifetime value
    # ------------------------------------------------------------------

    def test_lifetime_value_agrees_with_the_orders(self):
        living = self._get_status(self.stories["Silent"].about["partner"])
        self._set_columns(living, probability_source="model", p_no_purchase=0.6)
        rows = self._as(self.boss, "winback.lifetime.report").search([("company_id", "=", self.company.id)])
        by_name = {row.partner_id.name: row for row in rows}
        self.assertEqual(set(by_name), {story.about["name"] for story in self._get_stories()})
        for story in self._get_stories():
            row = by_name[story.about["name"]]
            margin = sum(margin for _amount, margin in story.orders.values())
            self.assertAlmostEqual(row.margin_total, margin, 2)
            expected = story.get_active_year(self.today, 1) * 90 / 365 * 0.4 if row.status_id == living else 0
            self.assertAlmostEqual(row.expected_margin, expected, 1)
            self.assertAlmostEqual(row.lifetime_value, margin + row.expected_margin, 2)

    def test_missed_benefit_is_lost_customers_times_lifetime_value(self):
        found = self._read(
            "winback.lifetime.report",
            ["value_class_id"],
            ["lost_count:sum", "missed_benefit:sum"],
            [("value_class_id", "!=", False)],
        )
        rows = self._as(self.boss, "winback.lifetime.report").search([("company_id", "=", self.company.id)])
        total = 0
        for value_class, (lost, missed) in found.items():
            living = rows.filtered(
                lambda row, c=value_class: row.value_class_id == c and not row.is_lost and row.state != "one_off"
            )
            mean = sum(living.mapped("lifetime_value")) / len(living) if living else 0
            self.assertAlmostEqual(missed, lost * mean, 1)
            total += missed
        self.assertTrue(total)
        gone = [s for s in self._get_stories() if len(s.days) > 1 and not s.is_customer(self.today)]
        self.assertEqual(sum(lost for lost, _missed in found.values()), len(gone))

    def test_lost_customers_are_those_of_the_overview(self):
        archived = self.stories["Lost this month"].about["partner"]
        for number in range(2):
            lost = self._as(self.boss, "winback.overview").get_figures({})["reasons"]["lost"]
            rows = self._as(self.boss, "winback.lifetime.report").search([("is_lost", "=", True)])
            self.assertEqual(len(rows), lost)
            self.assertTrue(lost)
            if not number:
                archived.active = False
                self._run()

    def test_second_lifetime(self):
        measures = ["__count", "amount_since_return:sum", "margin_since_return:sum"]
        found = self._read("winback.lifetime.report", ["is_second_life"], measures)
        self.assertEqual(found[True][0], 3)
        self.assertEqual(found[False][1:], (0, 0), "who never came back has no second lifetime")
        rows = self._as(self.boss, "winback.lifetime.report").search([("is_second_life", "=", True)])
        total = 0
        for row in rows:
            story = self.stories[row.partner_id.name]
            start = [day for day, kind in story.get_changes(self.today) if kind == "returned"][-1]
            self.assertEqual(row.returned_date, start)
            self.assertAlmostEqual(row.amount_since_return, story.get_sales(start, self.today), 2)
            margin = story.get_sales(start, self.today, 1)
            self.assertAlmostEqual(row.margin_since_return, margin, 2)
            self.assertTrue(0 < row.margin_since_return < row.margin_total)
            total += margin
        self.assertAlmostEqual(found[True][2], total, 2)

    # ------------------------------------------------------------------
    # Rights
    # ------------------------------------------------------------------

    def test_salesperson_sees_own_customers_only(self):
        for model in ("winback.dynamics.report", "winback.retention.report"):
            rows = self._as(self.boris, model).search([("company_id", "=", self.company.id)])
            self.assertEqual(rows.user_id, self.boris, model)
            leader = self._as(self.leader, model).search([("company_id", "=", self.company.id)])
            self.assertEqual(leader.user_id, self.boris | self.anna, model)

    def test_lifetime_value_is_for_managers(self):
        with self.assertRaises(AccessError):
            self._as(self.boris, "winback.lifetime.report").search([])

    def test_other_companies_are_not_seen(self):
        other = self._create_company("Other Test Company")
        self._create_orders(self._create_customer("Elsewhere"), [900, 800], company=other)
        self._run(company=other)
        for model in ("winback.dynamics.report", "winback.retention.report", "winback.lifetime.report"):
            rows = self._as(self.boss, model).search([("partner_id.name", "=", "Elsewhere")])
            self.assertFalse(rows, model)

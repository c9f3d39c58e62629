from dateutil.relativedelta import relativedelta

from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged

from .common_figures import FiguresCase


@freeze_time("2026-06-15 12:00:00")
@tagged("post_install", "-at_install")
class TestFirstLook(FiguresCase):
    """Right after the installation: the customers are evaluated, the history is not rebuilt."""

    @classmethod
    def _rebuild(cls):
        cls._run()
        cls.env.flush_all()
        cls.env.invalidate_all()

    def _get(self, user=None):
        return self._as(user or self.boss, "winback.first.look").get_answers(self.company.id)

    def _get_lost(self):
        """Return (story, day lost) of who was lost within two years, and is so still."""
        since = self.today - relativedelta(years=2)
        return [
            (story, story.get_changes(self.today)[-1][0])
            for story in self._get_stories()
            if story.get_changes(self.today)
            and story.get_changes(self.today)[-1][1] != "returned"
            and story.get_changes(self.today)[-1][0] > since
        ]

    def test_how_many_how_much_and_when_agree_with_the_orders(self):
        answers, lost = self._get(), self._get_lost()
        amounts = {story.about["name"]: story.get_active_year(self.today) for story, _day in lost}
        self.assertEqual(len(lost), 4)
        self.assertEqual(answers["lost"]["count"], len(lost))
        self.assertAlmostEqual(answers["lost"]["amount"], sum(amounts.values()), 2)
        largest = sorted(amounts, key=amounts.get, reverse=True)
        self.assertEqual([row["name"] for row in answers["largest"]], largest)
        self.assertEqual(
            {row["name"]: row["date"] for row in answers["largest"]},
            {story.about["name"]: day for story, day in lost},
        )
        counts = {row["label"]: row["count"] for row in answers["quarters"] if row["count"]}
        expected = {}
        for _story, day in lost:
            label = f"Q{(day.month + 2) // 3} {day.year}"
            expected[label] = expected.get(label, 0) + 1
        self.assertEqual(counts, expected)
        self.assertEqual(answers["returned"]["count"], 3, "two came back, and one left again")

    def test_whose_customers_they_were(self):
        people = {row["name"]: row["count"] for row in self._get()["people"]}
        self.assertEqual(people, {self.anna.name: 3, self.boris.name: 1})

    def test_churn_is_known_at_once_and_the_same_as_later(self):
        self.assertFalse(self.env["winback.history"]._get_begin(self.company))
        then, lost = self._get_cohort(self.today - relativedelta(years=1), self.today)
        at_once = self._get()["churn"]
        self.assertEqual((at_once["customers"], at_once["lost"]), (len(then), len(lost)))
        self._rebuild_history()
        self.assertTrue(self.env["winback.history"]._get_begin(self.company))
        self.assertEqual(self._get()["churn"], at_once)
        overview = self._as(self.boss, "winback.overview").get_figures({})["churn"]
        self.assertEqual(overview["rate"], at_once["rate"])

    def test_every_figure_opens_its_customers(self):
        counted = [part for part in self._walk(self._get()) if {"count", "open"} <= part.keys()]
        self.assertGreater(len(counted), 10)
        for part in counted:
            records = self._as(self.boss, part["open"]["model"])
            self.assertEqual(records.search_count(part["open"]["domain"]), part["count"], part)

    def test_put_away_for_everybody(self):
        overview = self._as(self.boss, "winback.overview")
        self.assertTrue(overview.get_figures({})["scope"]["first_look"])
        self.assertFalse(self._as(self.anna, "winback.overview").get_figures({})["scope"]["first_look"])
        self._as(self.boss, "winback.first.look").put_away(self.company.id)
        self.assertFalse(overview.get_figures({})["scope"]["first_look"])

    def test_only_managers_of_the_company_look(self):
        other = self._create_company("Other Test Company")
        look = self._as(self.anna, "winback.first.look")
        for refused in (look.get_answers, look.put_away):
            with self.assertRaises(AccessError):
                refused(self.company.id)
        look = self._as(self.boss, "winback.first.look")
        for refused in (look.get_answers, look.put_away):
            with self.assertRaises(AccessError):
                refused(other.id)

    def test_nobody_a_year_ago(self):
        other = self._create_company("Young")
        self.boss.company_ids |= other
        self._create_orders(self._create_customer("Young"), [50, 20], company=other)
        self._run(company=other)
        answers = self._as(self.boss, "winback.first.look").get_answers(other.id)
        self.assertIsNone(answers["churn"]["rate"])
        self.assertEqual((answers["lost"]["count"], answers["largest"]), (0, []))


@freeze_time("2026-06-15 12:00:00")
@tagged("post_install", "-at_install")
class TestSetup(FiguresCase):
    @classmethod
    def _rebuild(cls):
        cls._run()
        cls.admin = cls._create_user("wbc_admin", "base.group_system")

    def _create_setup(self, **values):
        return self._as(self.admin, "winback.setup").create(values)

    def test_texts_are_of_this_database(self):
        self._create_order(self._create_customer("Asked"), 10, state="sent")
        setup = self._create_setup()
        stories = self._get_stories()
        once = [story for story in stories if len(story.days) == 1]
        bought = f"{len(stories)} organisations have bought, {len(once)} of them only once. 1 more"
        self.assertIn(bought, setup.customers_text)
        self.assertIn("Zero", setup.potential_text)
        regular = sorted(
            round(sum((b - a).days for a, b in zip(s.days, s.days[1:])) / (len(s.days) - 1))
            for s in stories
            if len(s.days) >= 3
        )
        half = regular[(len(regular) + 1) // 2 - 1]
        self.assertIn(f"of {len(regular)} customers", setup.rhythm_text)
        self.assertIn(f"half order every {half} days", setup.rhythm_text)
        self.assertIn("customers, ", setup.classes_text)
        self.assertIn("4 customers are at risk", setup.work_text)

    def test_cycle_tells_what_each_choice_would_mean(self):
        lost = [s for s in self._get_stories() if len(s.days) > 1 and not s.is_customer(self.today)]
        silent = [s for s in self._get_stories() if s.is_silent(self.today)]
        text = self._create_setup().cycle_text
        self.assertIn(f"180 days: {len(lost)} customers count as lost today. This is your choice.", text)
        self.assertIn(f"90 days: {len(lost) + len(silent)} customers", text)

    def test_potential_tells_whom_it_would_leave_out(self):
        small = [s for s in self._get_stories() if s.get_active_year(self.today) < 500]
        text = self._create_setup(winback_min_potential=500).potential_text
        self.assertTrue(small)
        self.assertTrue(text.startswith(f"{len(small)} customers"), text)

    def test_steps_go_on_and_back(self):
        setup = self._create_setup()
        for expected in ("cycle", "classes", "work"):
            self.assertEqual(setup.action_next()["res_id"], setup.id)
            self.assertEqual(setup.step, expected)
        setup.action_back()
        self.assertEqual(setup.step, "classes")

    def test_done_writes_what_differs_and_evaluates_again(self):
        silent = self._get_status(self.stories["Silent"].about["partner"])
        self.assertEqual(silent.state, "at_risk")
        self._create_setup(winback_lost_min_days=90, winback_case_budget=7).action_apply()
        self.env.invalidate_all()
        self.assertEqual((self.company.winback_lost_min_days, self.company.winback_case_budget), (90, 7))
        self.assertEqual(silent.state, "lost")
        self.assertTrue(self.company.winback_first_look_done)

    def test_done_without_a_change_evaluates_nobody(self):
        before = self.company.winback_run_date
        self.company.winback_run_date = False
        self._create_setup().action_apply()
        self.assertTrue(before)
        self.assertFalse(self.company.winback_run_date)
        self.assertTrue(self.company.winback_first_look_done)

    def test_only_administrators_set_up(self):
        with self.assertRaises(AccessError):
            self._as(self.boss, "winback.setup").create({})

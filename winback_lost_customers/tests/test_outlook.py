import random
from datetime import timedelta
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from .common import WinbackCase


@tagged("post_install", "-at_install")
class TestRiskDate(WinbackCase):
    """S1 (20 points) holds after 90 days, S6 (from 50 on) after more than 90 and the longest
    gap; the mark is 50; lost after 180 days or 1.5 times the longest gap."""

    def _get_risk_date(self, customer, today=None):
        self._run(today)
        return self._get_status(customer).risk_date

    def _create_rhythm(self, *days_ago, **values):
        customer = self._create_customer()
        self._create_orders(customer, days_ago, **values)
        return customer

    # what silence will bring

    def test_overdue_order_brings_the_risk(self):
        customer = self._create_rhythm(70, 40, 10)
        self.assertEqual(self._get_risk_date(customer), self._day(10 - 91))
        self.assertEqual(self._get_state(customer, self._day(10 - 90)), "active")
        self.assertEqual(self._get_state(customer, self._day(10 - 91)), "at_risk")

    def test_longest_gap_delays_it(self):
        customer = self._create_rhythm(220, 110, 10)
        self.assertEqual(self._get_risk_date(customer), self._day(10 - 111))

    def test_points_add_up_in_the_order_of_the_signs(self):
        """A later mail puts off the no inquiry, and S6 alone is not enough."""
        self.signs["S6"].weight = 80
        customer = self._create_rhythm(70, 40, 10)
        self._create_lead(customer, 5)
        self.assertEqual(self._get_risk_date(customer), self._day(5 - 90), "S1 on its day completes it")

    def test_points_exactly_at_the_mark_count(self):
        self.signs["S6"].weight = 60
        customer = self._create_rhythm(70, 40, 10)
        self.assertEqual(self._get_risk_date(customer), self._day(10 - 91))
        self.signs["S6"].weight = 58
        self.assertEqual(self._get_risk_date(customer), self._day(10 - 96), "it grows to 55 %")

    def test_points_that_stand_count(self):
        """Two fruitless inquiries give 30 points, with the overdue order 40."""
        self.signs["S6"].weight = 20
        self.signs["S2"].write({"threshold": 2, "weight": 30})
        customer = self._create_rhythm(70, 40, 30)
        self._create_orders(customer, [20, 15], state="cancel")
        self.assertEqual(self._get_risk_date(customer), self._day(15 - 90))

    def test_critical_sign_needs_no_points(self):
        self.signs["S1"].write({"severity": "critical", "weight": 0})
        self.signs["S6"].weight = 1
        customer = self._create_rhythm(70, 40, 10)
        self.assertEqual(self._get_risk_date(customer), self._day(10 - 90))

    def test_critical_sign_that_is_off_has_no_say(self):
        self.signs["S1"].write({"severity": "critical", "active": False})
        customer = self._create_rhythm(70, 40, 10)
        self.assertEqual(self._get_risk_date(customer), self._day(10 - 91))

    def test_sign_without_weight_has_no_say(self):
        self.signs["S6"].weight = 0
        customer = self._create_rhythm(70, 40, 10)
        self.assertFalse(self._get_risk_date(customer))

    def test_risk_after_the_loss_is_none(self):
        """Lost after 120 days, overdue only after 150."""
        self.company.write({"winback_lost_min_days": 100, "winback_lost_max_days": 120})
        customer = self._create_rhythm(160, 10)
        self.assertFalse(self._get_risk_date(customer))
        self.assertEqual(self._get_state(customer, self._day(10 - 120)), "lost")

    def test_risk_on_the_day_of_the_loss_is_none(self):
        self.company.write({"winback_lost_min_days": 91, "winback_lost_max_days": 91})
        customer = self._create_rhythm(70, 40, 10)
        self.assertFalse(self._get_risk_date(customer))
        self.company.write({"winback_lost_min_days": 92, "winback_lost_max_days": 92})
        self.assertEqual(self._get_risk_date(customer), self._day(10 - 91))

    def test_returned_customer_is_watched_first(self):
        customer = self._create_rhythm(430, 410, 10)
        self.company.winback_watch_days = 420
        status = self._run_status(customer)
        self.assertEqual(status.state, "won_back")
        self.assertEqual(status.risk_date, self._day(10 - 420))
        self.company.winback_watch_days = 180
        status = self._run_status(customer)
        self.assertEqual(status.risk_date, self._day(10 - 401), "longer than the longest gap")

    def _run_status(self, customer):
        self._run()
        return self._get_status(customer)

    # who has none

    def test_states_without_a_risk_date(self):
        one_off = self._create_rhythm(500)
        new = self._create_rhythm(5)
        excluded = self._create_rhythm(70, 40, 10)
        given_up = self._create_rhythm(70, 40, 10)
        self._run()
        self.env["winback.exclusion"].create({"partner_id": excluded.id})
        self._get_status(given_up).action_give_up()
        self._run()
        for customer in one_off | new | excluded | given_up:
            with self.subTest(state=self._get_status(customer).state):
                self.assertFalse(self._get_status(customer).risk_date)

    # what has come already

    def test_at_risk_tells_since_when_and_stands_still(self):
        customer = self._create_rhythm(160, 130, 100)
        expected = self._day(9)
        self.assertEqual(self._get_risk_date(customer), expected)
        self.assertEqual(self._get_status(customer).state, "at_risk")
        for days in (1, 5, 79, 80, 200):
            with self.subTest(days=days):
                status = self._get_status(customer)
                self.assertEqual(self._get_risk_date(customer, self._day(-days)), expected)
                self.assertEqual(status.state, "at_risk" if days < 80 else "lost")

    def test_nothing_is_written_while_the_day_comes_nearer(self):
        self._create_rhythm(70, 40, 10)
        self._create_rhythm(160, 130, 40)
        self._run()
        for days in (1, 2, 9):
            report = self._run(self._day(-days))
            self.assertEqual(report["written"]["winback.status"], {"updated": 0, "inserted": 0, "removed": 0})

    # runs

    def test_limited_run_gives_the_same(self):
        customers = [self._create_rhythm(70, 40, 10), self._create_rhythm(260, 150, 60)]
        self._run()
        full = [self._get_status(customer).risk_date for customer in customers]
        self._run(partners=customers[0])
        self._run(partners=customers[1])
        self.assertEqual([self._get_status(customer).risk_date for customer in customers], full)
        self.assertTrue(all(full))

    @mute_logger("odoo.addons.winback_lost_customers.models.winback_engine", "odoo.sql_db")
    def test_failed_sign_has_no_say(self):
        customer = self._create_rhythm(70, 40, 10)
        detector = type(self.env["winback.sign.overdue_order"])
        with patch.object(detector, "_get_documents", lambda *a: SQL("1 / 0")):
            # divides only where the sign holds, so somebody must be overdue
            self._create_rhythm(160, 130, 100)
            self.assertFalse(self._get_risk_date(customer))

    @mute_logger("odoo.addons.winback_lost_customers.models.winback_engine_outlook", "odoo.sql_db")
    def test_broken_due_date_stops_nobody(self):
        customer = self._create_rhythm(70, 40, 10)
        detector = type(self.env["winback.sign.overdue_order"])
        with patch.object(detector, "_get_points_date", lambda *a: SQL("NULL::date + 1 / 0")):
            self._run()
        self.assertEqual(self._get_status(customer).state, "active")
        self.assertFalse(self._get_status(customer).risk_date)

    def test_equals_the_first_day_on_which_a_run_says_so(self):
        """Random histories, with short numbers so that all states come within 60 days."""
        self._check_first_days(random.Random(7))

    def test_equals_the_first_day_also_while_the_model_speaks(self):
        self._create_model()
        self._create_unusual_silence()
        self._check_first_days(random.Random(8))

    def _check_first_days(self, rng):
        self.company.write(
            {
                "winback_lost_min_days": 30,
                "winback_lost_max_days": 50,
                "winback_one_off_days": 25,
                "winback_watch_days": 15,
            }
        )
        self.signs["S4"].active = False  # its window slides; it is the one named exception
        self.signs["S1"].write({"threshold": 8, "weight": 20})
        self.signs["S2"].write({"threshold": 2, "weight": 30})
        self.signs["S6"].write({"threshold": 10, "weight": 80})
        customers = self._create_random_customers(rng, 60)
        self._run()
        predicted = {c.id: self._get_status(c).risk_date for c in customers}
        already = {c.id for c in customers if self._get_status(c).state == "at_risk"}
        seen = self._get_first_days_at_risk(60)
        for customer in customers.filtered(lambda c: c.id not in already):
            with self.subTest(customer=customer.name):
                date = predicted[customer.id]
                self.assertEqual(seen.get(customer.id), date if date and date > self.today else None)
        self.assertTrue(already)
        self.assertGreater(len(set(seen) - already), 10)
        self.assertTrue(set(predicted) - set(seen), "for some, silence never makes a risk")

    def test_unusual_silence_comes_on_the_day_the_model_says(self):
        """A weekly buyer is at risk by the model long before S6 speaks."""
        self._create_model()
        self._create_unusual_silence()
        weekly = self._create_rhythm(*range(3, 90, 7))
        twice = self._create_rhythm(10, 3)
        date = self._get_risk_date(weekly)
        self.assertTrue(self.today < date < self._day(3 - 91), date)
        self.assertEqual(self._get_status(twice).risk_date, self._day(3 - 91), "no probability")
        for day, state in ((date - timedelta(days=1), "active"), (date, "at_risk")):
            self.assertEqual(self._get_state(weekly, day), state)
            self.assertEqual(self._get_status(weekly).risk_date, date)

    def _create_model(self):
        return self.env["winback.model"].create(
            {
                "company_id": self.company.id,
                "date": self.today,
                "horizon_days": 90,
                "r": 0.8,
                "alpha": 60,
                "a": 0.6,
                "b": 2.5,
                "k": 1,
                "gap_prior": 41.5,
                "speaks": True,
            }
        )

    def _create_unusual_silence(self):
        return self.env["winback.sign"].create(
            {
                "name": "Unusual silence",
                "code": "B1",
                "company_id": self.company.id,
                "detector": "winback.sign.unusual_silence",
                "threshold": 5,
                "weight": 100,
                "explanation": "{chance} of 100",
            }
        )

    def _create_random_customers(self, rng, count):
        customers = self.env["res.partner"]
        for number in range(count):
            customer = self._create_customer(f"Random {number}")
            self._create_orders(customer, [rng.randint(0, 90) for _ in range(rng.randint(1, 6))])
            if rng.random() < 0.4:
                last = min(30, rng.randint(0, 30))
                self._create_orders(customer, [last] * rng.randint(1, 3), state="cancel")
            if rng.random() < 0.3:
                self._create_lead(customer, rng.randint(0, 20))
            customers |= customer
        return customers

    def _get_first_days_at_risk(self, days):
        """Return {customer id: first day from tomorrow on that a run calls at risk}."""
        first = {}
        for ahead in range(1, days + 1):
            day = self.today + timedelta(days=ahead)
            self.engine._run_as_of(self.company, day)
            for partner_id, row in self._read_table("winback_run_status").items():
                if row["state"] == "at_risk":
                    first.setdefault(partner_id, day)
        return first

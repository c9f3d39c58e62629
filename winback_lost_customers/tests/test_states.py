import random
from dataclasses import replace
from datetime import timedelta

from odoo.exceptions import UserError
from odoo.tests import BaseCase
from odoo.tools import SQL

from ..tools.scoring import STATES, Customer, Rules, get_lost_days, get_score, get_state
from .common import TODAY, WinbackCase

RULES = Rules()


class TestScoring(BaseCase):
    """The plain Python form of the rule."""

    def test_score_is_capped(self):
        self.assertEqual(get_score([50, 50, 20]), 100)
        self.assertEqual(get_score([50, 20]), 70)
        self.assertEqual(get_score([]), 0)

    def test_lost_days_have_bounds(self):
        for gap, days in ((None, 180), (120, 180), (121, 182), (486, 729), (487, 730), (900, 730)):
            with self.subTest(gap=gap):
                self.assertEqual(get_lost_days(gap, RULES), days)

    def test_exclusion_comes_first(self):
        customer = Customer(is_excluded=True)
        self.assertEqual(get_state(customer, RULES, TODAY), "excluded")

    def test_without_purchase_is_a_prospect(self):
        self.assertEqual(get_state(Customer(score=100), RULES, TODAY), "prospect")

    def test_score_and_critical_sign_mean_risk(self):
        calm = Customer(purchase_days=2, last_order_date=TODAY, gap_max=30, score=49)
        for customer, state in (
            (calm, "active"),
            (replace(calm, score=50), "at_risk"),
            (replace(calm, score=0, is_critical=True), "at_risk"),
        ):
            self.assertEqual(get_state(customer, RULES, TODAY), state)


class TestStatesMirror(WinbackCase):
    """The engine's SQL says the same as the Python form, on random customers."""

    def _draw_customer(self, rng, rules):
        """Return a random customer, often exactly at one of the thresholds."""
        gap = rng.choice([None, 1, 30, 120, 121, 127, 400, 487, 900])
        lost = get_lost_days(gap, rules)
        marks = [0, rules.one_off_days, lost, rules.watch_days, rng.randrange(900)]
        silent = max(0, rng.choice(marks) + rng.randint(-1, 1))
        last = TODAY - timedelta(days=silent)
        returned = rng.choice(
            [None, last, TODAY - timedelta(days=rules.watch_days + rng.randint(-1, 1))]
        )
        return Customer(
            purchase_days=rng.choice([0, 1, 1, 2, 3, 9]),
            last_order_date=last,
            gap_max=gap,
            returned_date=returned and min(returned, last),
            is_excluded=rng.random() < 0.05,
            closed_date=rng.choice([None, None, last, last - timedelta(days=1), TODAY]),
            score=rng.choice([0, rules.risk_score - 1, rules.risk_score, 100]),
            is_critical=rng.random() < 0.2,
        )

    def _get_states_by_sql(self, customers):
        """Return the states that the engine's CASE gives, in the same order."""
        rows = SQL(", ").join(
            SQL(
                "(%s::integer, %s::text, %s::integer, %s::date, %s::integer, %s::date, "
                "%s::date, %s::integer, %s::boolean)",
                number,
                "let_go" if customer.is_excluded else None,
                customer.purchase_days,
                customer.last_order_date,
                customer.gap_max,
                customer.returned_date,
                customer.closed_date,
                customer.score,
                customer.is_critical,
            )
            for number, customer in enumerate(customers)
        )
        return [
            state
            for (state,) in self.env.execute_query(
                SQL(
                    """
                    SELECT %s FROM (VALUES %s) customer (
                        number, exclusion_reason, purchase_days, last_order_date,
                        gap_max, returned_date, closed_date, score, is_critical)
                     ORDER BY number
                    """,
                    self.engine._get_state_sql(self.company, self.today),
                    rows,
                )
            )
        ]

    def _check_rules(self, rules, seed):
        self.company.write({f"winback_{name}": getattr(rules, name) for name in vars(rules)})
        rng = random.Random(seed)
        customers = [self._draw_customer(rng, rules) for _number in range(800)]
        by_sql = self._get_states_by_sql(customers)
        for customer, state in zip(customers, by_sql):
            self.assertEqual(state, get_state(customer, rules, self.today), customer)
        self.assertEqual(set(by_sql), set(STATES))  # the draw leaves no state out

    def test_states_agree_with_default_rules(self):
        self._check_rules(RULES, seed=1)

    def test_states_agree_with_other_rules(self):
        rules = Rules(
            one_off_days=90,
            lost_min_days=120,
            lost_gap_factor=2.25,
            lost_max_days=365,
            watch_days=60,
            risk_score=30,
        )
        self._check_rules(rules, seed=2)

    def test_states_agree_with_decimal_factors(self):
        """1.1 * 100 is 110.00000000000001 in floats: Python says 111, SQL 110."""
        self.company.winback_lost_gap_factor = 1.1
        rules = Rules(lost_gap_factor=1.1, lost_min_days=10)
        self.company.winback_lost_min_days = 10
        query = SQL(
            "SELECT gap, %s FROM generate_series(1, 700) gap",
            self.engine._get_lost_days_sql(SQL("gap"), self.company),
        )
        for gap, days in self.env.execute_query(query):
            self.assertEqual(days, get_lost_days(gap, rules), f"gap {gap}")

    def test_states_have_labels(self):
        self.assertEqual({key for key, _label in self.env["winback.status"]._get_states()}, set(STATES))


class TestStates(WinbackCase):
    """Each state by a history, exactly at its threshold."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls._create_customer()

    def _assert_state(self, state, since=None, today=None):
        self.assertEqual(self._get_state(self.customer, today), state)
        if since is not None:
            self.assertEqual(self._get_status(self.customer).state_since, since)

    def test_one_purchase_day_is_new_until_one_off(self):
        self._create_orders(self.customer, [179, 179])
        self._assert_state("new", since=self._day(179))
        self._assert_state("one_off", since=self._day(-1), today=self._day(-1))

    def test_two_purchases_in_rhythm_are_active(self):
        self._create_orders(self.customer, [40, 10])
        self._assert_state("active", since=self._day(10))

    def test_lost_at_the_minimum(self):
        self._create_orders(self.customer, [209, 179])
        self._assert_state("at_risk")
        self.assertEqual(self._get_status(self.customer).lost_date, self._day(-1))
        self._assert_state("lost", since=self._day(-1), today=self._day(-1))

    def test_lost_at_the_longest_gap_times_factor_rounded_up(self):
        self._create_orders(self.customer, [181 + 121, 181])  # 1.5 * 121 = 181.5
        self._assert_state("at_risk")
        self._assert_state("lost", since=self._day(-1), today=self._day(-1))

    def test_lost_after_two_years_at_the_latest(self):
        self._create_orders(self.customer, [729 + 600, 729])
        self._assert_state("at_risk")
        self._assert_state("lost", since=self._day(-1), today=self._day(-1))

    def test_lost_was_long_ago_since_its_day(self):
        self._create_orders(self.customer, [1030, 1000])
        self._assert_state("lost", since=self._day(820))

    def test_won_back_for_the_watching_time(self):
        self._create_orders(self.customer, [1030, 1000, 179])
        self._assert_state("won_back", since=self._day(179))
        self._assert_state("active", since=self._day(-1), today=self._day(-1))

    def test_won_back_hides_the_risk(self):
        """The watching time is the state, whatever the signs say."""
        self.signs["S1"].write({"threshold": 10, "severity": "critical"})
        self._create_orders(self.customer, [1030, 1000, 100])
        self._assert_state("won_back")

    def test_lost_twice_is_gone(self):
        self._create_orders(self.customer, [2030, 2000, 800])
        self._assert_state("gone", since=self._day(70))  # L is at most 730

    def test_lost_twice_and_back_is_won_back(self):
        self._create_orders(self.customer, [2030, 2000, 800, 5])
        self._assert_state("won_back", since=self._day(5))

    def test_given_up_is_gone(self):
        self._create_orders(self.customer, [40, 10])
        self._run()
        self._get_status(self.customer).action_give_up()
        self.assertEqual(self._get_status(self.customer).state, "gone")
        self.assertEqual(self._get_status(self.customer).state_since, self.today)

    def test_given_up_stays_gone_over_runs(self):
        self._create_orders(self.customer, [40, 10])
        self._run()
        self._get_status(self.customer).action_give_up()
        self._assert_state("gone", today=self._day(-30))

    def test_given_up_is_reopened_by_a_later_order(self):
        self._create_orders(self.customer, [40, 10])
        self._run()
        self._get_status(self.customer).action_give_up()
        self._create_order(self.customer, 0)
        self._assert_state("gone")  # the day's orders were known
        self._create_order(self.customer, -1)
        self._assert_state("active", today=self._day(-1))

    def test_given_up_is_reopened_by_decision(self):
        self._create_orders(self.customer, [40, 10])
        self._run()
        status = self._get_status(self.customer)
        status.action_give_up()
        status.action_reopen()
        self.assertEqual(status.state, "active")

    def test_at_risk_from_the_score_on(self):
        self.signs["S6"].weight = 60  # half of them on the first day, and S1 has 20
        self._create_orders(self.customer, [121, 91])
        self._assert_state("at_risk", since=self.today)
        self.signs["S6"].weight = 58
        self._assert_state("active")

    def test_at_risk_by_a_critical_sign(self):
        self.signs["S1"].write({"weight": 1, "threshold": 30, "severity": "critical"})
        self._create_orders(self.customer, [60, 35])
        self._assert_state("at_risk", since=self._day(5))
        self.signs["S1"].severity = "warning"
        self._assert_state("active")

    def test_at_risk_since_the_sign_that_reached_the_mark(self):
        self.signs["S1"].threshold = 20
        self._create_orders(self.customer, [130, 100])
        self._assert_state("at_risk", since=self._day(9))  # S6: 91 days after

    def test_prospect_with_the_setting(self):
        self._create_order(self.customer, 20, state="sent")
        self._run()
        self.assertFalse(self._get_status(self.customer))
        self.company.winback_population = "negotiated"
        self._assert_state("prospect", since=self._day(20))

    def test_excluded_by_decision(self):
        self._create_orders(self.customer, [1030, 1000])
        self.env["winback.exclusion"].create({"partner_id": self.customer.id})
        self._assert_state("excluded", since=self.today)

    def test_settings_move_the_limits(self):
        self.company.write({"winback_lost_min_days": 60, "winback_one_off_days": 30})
        self._create_orders(self.customer, [90, 60])
        self._assert_state("lost", since=self.today)
        single = self._create_customer("Single")
        self._create_order(single, 30)
        self.assertEqual(self._get_state(single), "one_off")

    def test_silent_days_are_of_the_day_of_reading(self):
        self._create_orders(self.customer, [40, 10])
        self._run()
        status = self._get_status(self.customer)
        self.assertEqual(status.silent_days, 10)
        self.assertFalse(status.has_rhythm)
        self._create_order(self.customer, 0)
        self._run()
        self.assertEqual(status.silent_days, 0)
        self.assertTrue(status.has_rhythm)

    def test_giving_up_a_prospect_is_refused(self):
        self.company.winback_population = "negotiated"
        self._create_order(self.customer, 20, state="sent")
        self._run()
        with self.assertRaisesRegex(UserError, "has never bought"):
            self._get_status(self.customer).action_give_up()

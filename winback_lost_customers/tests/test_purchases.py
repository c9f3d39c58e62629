from datetime import date, datetime

from odoo import Command

from .common import WinbackCase


class TestPurchases(WinbackCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls._create_customer()

    def _assert_facts(self, expected, partner=None, **options):
        facts = self._get_facts(partner or self.customer, **options)
        self.assertEqual({name: facts[name] for name in expected}, expected)

    # days, documents, gaps

    def test_customer_without_orders_has_no_facts(self):
        self.assertIsNone(self._get_facts(self.customer))

    def test_single_order_gives_one_day_and_no_gap(self):
        order = self._create_order(self.customer, 10)
        self._assert_facts(
            {
                "first_order_date": self._day(10),
                "last_order_date": self._day(10),
                "last_order_id": order.id,
                "order_count": 1,
                "purchase_days": 1,
                "gap_mean": None,
                "gap_max": None,
                "returned_date": None,
                "return_count": 0,
            }
        )

    def test_two_orders_of_a_day_are_one_purchase(self):
        self._create_order(self.customer, 40)
        early = datetime(2026, 6, 5, 8)
        orders = [
            self._create_order(self.customer, moment=early.replace(hour=hour))
            for hour in (8, 17)
        ]
        self._assert_facts(
            {
                "order_count": 3,
                "purchase_days": 2,
                "gap_max": 30,
                "last_order_id": orders[1].id,
                "amount_total": 300,
            }
        )

    def test_first_and_last_follow_the_dates_not_the_ids(self):
        latest = self._create_order(self.customer, 5)
        self._create_order(self.customer, 50)
        self._assert_facts(
            {
                "first_order_date": self._day(50),
                "last_order_date": self._day(5),
                "last_order_id": latest.id,
            }
        )

    def test_gap_mean_is_rounded_and_gap_max_is_the_longest(self):
        self._create_orders(self.customer, [61, 50, 20, 0])
        self._assert_facts({"gap_mean": 20, "gap_max": 30})  # (11 + 30 + 20) / 3 = 20.3

    def test_gap_mean_rounds_half_up(self):
        self._create_orders(self.customer, [25, 15, 0])
        self._assert_facts({"gap_mean": 13})  # (10 + 15) / 2 = 12.5

    def test_orders_from_before_2000_have_facts(self):
        self._create_order(self.customer, moment=datetime(1997, 1, 1, 12))
        self._create_order(self.customer, moment=datetime(1998, 3, 1, 12))
        self._assert_facts({"first_order_date": date(1997, 1, 1), "gap_max": 424})

    # returns after a loss

    def test_return_needs_a_gap_before_the_long_one(self):
        self._create_orders(self.customer, [500, 10])
        self._assert_facts({"returned_date": None, "return_count": 0, "gap_max": 490})

    def test_return_after_the_lost_days_is_counted(self):
        self._create_orders(self.customer, [320, 290, 110])
        self._assert_facts({"returned_date": self._day(110), "return_count": 1})

    def test_gap_one_below_the_lost_days_is_no_return(self):
        self._create_orders(self.customer, [319, 289, 110])
        self._assert_facts({"returned_date": None, "return_count": 0})

    def test_return_is_judged_by_the_gaps_before_it(self):
        """The gap of 200 makes lost only after 300; a later one of 299 is none."""
        self._create_orders(self.customer, [700, 500, 201])
        self._assert_facts({"return_count": 0})
        other = self._create_customer()
        self._create_orders(other, [701, 501, 201])
        self._assert_facts({"return_count": 1}, partner=other)

    def test_last_return_counts(self):
        self._create_orders(self.customer, [1130, 1100, 900, 300])
        self._assert_facts({"returned_date": self._day(300), "return_count": 2})

    def test_second_lifetime_is_what_came_since_the_last_return(self):
        self._create_orders(self.customer, [1130, 1100, 900], amount=100)
        self._create_orders(self.customer, [300, 200], amount=40, margin=10)
        contact = self._create_customer("Contact", is_company=False, parent_id=self.customer.id)
        self._create_order(contact, 150, amount=20, margin=4, rate=2)
        self._create_order(self.customer, 140, amount=-5, margin=-1)
        self._create_order(self.customer, 130, amount=70, state="draft")
        self._assert_facts({"returned_date": self._day(300), "amount_since_return": 85, "margin_since_return": 21})
        facts = self._get_facts(self.customer, today=self._day(250))
        self.assertEqual((facts["amount_since_return"], facts["margin_since_return"]), (40, 10))

    def test_who_never_came_back_has_no_second_lifetime(self):
        self._create_orders(self.customer, [100, 50])
        self._assert_facts({"amount_since_return": 0, "margin_since_return": 0})

    # windows

    def test_recent_window_ends_at_its_limit(self):
        self._create_order(self.customer, 89, amount=10)
        self._create_order(self.customer, 90, amount=7)
        self._assert_facts(
            {"amount_recent": 10, "orders_recent": 1, "amount_base": 7, "orders_base": 1}
        )

    def test_base_window_ends_at_its_limit(self):
        self._create_order(self.customer, 90 + 364, amount=10)
        self._create_order(self.customer, 90 + 365, amount=7)
        self._assert_facts({"amount_base": 10, "orders_base": 1})

    def test_season_window_is_the_recent_one_a_year_earlier(self):
        for days, amount in ((364, 1), (365, 2), (365 + 89, 4), (365 + 90, 8)):
            self._create_order(self.customer, days, amount=amount)
        self._assert_facts({"amount_season": 6, "orders_season": 2})

    def test_year_window_ends_at_its_limit(self):
        self._create_order(self.customer, 364, amount=10, margin=4)
        self._create_order(self.customer, 365, amount=7, margin=3)
        self._assert_facts({"amount_year": 10})

    def test_active_year_ends_with_the_last_purchase(self):
        for days, amount in ((1000, 1), (1364, 2), (1365, 4)):
            self._create_order(self.customer, days, amount=amount, margin=amount / 2)
        self._assert_facts(
            {
                "amount_active_year": 3,
                "margin_active_year": 1.5,
                "amount_total": 7,
                "amount_year": 0,
            }
        )

    def test_recent_window_follows_the_setting(self):
        self.company.winback_recent_days = 30
        self._create_order(self.customer, 29, amount=10)
        self._create_order(self.customer, 30, amount=7)
        self._assert_facts({"amount_recent": 10, "amount_base": 7})

    # money

    def test_amounts_are_in_company_currency(self):
        self._create_order(self.customer, 3, amount=200, margin=50, rate=2)
        self._create_order(self.customer, 2, amount=100, margin=10, rate=0.5)
        self._assert_facts({"amount_total": 300, "margin_total": 45})

    def test_rate_of_zero_or_none_counts_as_one(self):
        self._create_order(self.customer, 3, amount=100, rate=0)
        self._create_order(self.customer, 2, amount=30, rate=None)
        self._assert_facts({"amount_total": 130})

    def test_amounts_are_rounded_to_the_currency(self):
        self._create_order(self.customer, 3, amount=10, rate=3)
        self._assert_facts({"amount_total": 3.33})

    def test_negative_order_lowers_amounts_and_is_no_purchase(self):
        bought = self._create_order(self.customer, 20, amount=100, margin=30)
        self._create_order(self.customer, 5, amount=-40, margin=-12)
        self._assert_facts(
            {
                "amount_total": 60,
                "margin_total": 18,
                "amount_recent": 60,
                "order_count": 1,
                "orders_recent": 1,
                "purchase_days": 1,
                "gap_max": None,
                "last_order_date": self._day(20),
                "last_order_id": bought.id,
            }
        )

    def test_negative_order_does_not_break_the_rhythm(self):
        self._create_order(self.customer, 40, amount=100)
        self._create_order(self.customer, 25, amount=-10)
        self._create_order(self.customer, 10, amount=100)
        self._assert_facts({"gap_max": 30, "gap_mean": 30, "purchase_days": 2})

    def test_negative_order_of_a_purchase_day_keeps_the_day(self):
        bought = self._create_order(self.customer, 5, amount=100)
        self._create_order(self.customer, 5, amount=-20)
        self._assert_facts(
            {"purchase_days": 1, "order_count": 1, "amount_total": 80, "last_order_id": bought.id}
        )

    def test_customer_with_returns_only_is_none(self):
        self._create_order(self.customer, 5, amount=-20)
        self.assertIsNone(self._get_facts(self.customer))

    def test_order_of_zero_is_a_purchase(self):
        self._create_order(self.customer, 5, amount=0)
        self._assert_facts({"purchase_days": 1, "order_count": 1, "amount_total": 0})

    def test_order_of_unknown_amount_is_a_purchase(self):
        order = self._create_order(self.customer, 5)
        self._set_columns(order, amount_untaxed=None, margin=None)
        self._assert_facts({"purchase_days": 1, "amount_total": 0, "margin_total": 0})

    # whose orders

    def test_orders_of_contacts_count_for_the_organisation(self):
        contact = self.env["res.partner"].create(
            {"name": "Contact", "parent_id": self.customer.id}
        )
        self._create_order(self.customer, 30)
        order = self._create_order(contact, 10)
        self._assert_facts({"purchase_days": 2, "gap_max": 20, "last_order_id": order.id})
        self.assertIsNone(self._get_facts(contact))

    def test_archived_customer_keeps_its_facts(self):
        self._create_order(self.customer, 10)
        self.customer.active = False
        self._assert_facts({"purchase_days": 1})

    def test_companies_are_kept_apart(self):
        other = self._create_company("Other Company")
        self._create_order(self.customer, 10, amount=100)
        self._create_order(self.customer, 3, amount=40, company=other)
        self._assert_facts({"amount_total": 100, "last_order_date": self._day(10)})
        self._assert_facts(
            {"amount_total": 40, "last_order_date": self._day(3)}, company=other
        )

    def test_future_orders_are_invisible(self):
        self._create_order(self.customer, 10, amount=100)
        self._create_order(self.customer, -1, amount=50)
        self._assert_facts({"amount_total": 100, "last_order_date": self._day(10)})
        self._assert_facts({"amount_total": 150}, today=self._day(-1))

    def test_unconfirmed_orders_do_not_count(self):
        self._create_order(self.customer, 30)
        for state in ("draft", "sent", "cancel"):
            self._create_order(self.customer, 5, state=state)
        self._assert_facts({"order_count": 1, "last_order_date": self._day(30)})

    # the company's day

    def _assert_day(self, zone, moment, expected):
        """The order at `moment` (UTC) belongs to the day `expected` in `zone`."""
        self.company.partner_id.tz = zone
        self._create_order(self.customer, moment=moment)
        self._assert_facts({"last_order_date": expected}, today=expected)

    def test_evening_in_utc_is_tomorrow_in_sofia(self):
        self._assert_day("Europe/Sofia", datetime(2026, 6, 10, 23, 30), date(2026, 6, 11))

    def test_evening_in_utc_is_today_in_new_york(self):
        self._assert_day("America/New_York", datetime(2026, 6, 10, 23, 30), date(2026, 6, 10))

    def test_early_morning_in_utc_is_yesterday_in_new_york(self):
        self._assert_day("America/New_York", datetime(2026, 6, 11, 3, 30), date(2026, 6, 10))

    def test_order_after_the_companys_midnight_is_invisible(self):
        self.company.partner_id.tz = "Europe/Sofia"
        self._create_order(self.customer, moment=datetime(2026, 6, 10, 21, 30))
        self.assertIsNone(self._get_facts(self.customer, today=date(2026, 6, 10)))

    def test_winter_time_in_sofia_moves_midnight(self):
        """22:30 UTC is 00:30 in winter (UTC+2); 21:30 UTC is still the same day."""
        self._assert_day("Europe/Sofia", datetime(2026, 1, 10, 22, 30), date(2026, 1, 11))
        self._assert_day("Europe/Sofia", datetime(2026, 1, 12, 21, 30), date(2026, 1, 12))

    def test_day_of_summer_time_beginning_in_sofia(self):
        """29 March 2026 lasts from 22:00 UTC of the 28th to 21:00 UTC."""
        for moment, day in (
            (datetime(2026, 3, 28, 21, 59), date(2026, 3, 28)),
            (datetime(2026, 3, 28, 22, 0), date(2026, 3, 29)),
            (datetime(2026, 3, 29, 20, 59), date(2026, 3, 29)),
            (datetime(2026, 3, 29, 21, 0), date(2026, 3, 30)),
        ):
            with self.subTest(moment=moment):
                self._assert_day("Europe/Sofia", moment, day)

    def test_day_of_summer_time_ending_in_sofia(self):
        """26 October 2025 lasts from 21:00 UTC of the 25th to
        22:00 UTC."""
        for moment, day in (
            (datetime(2025, 10, 25, 20, 59), date(2025, 10, 25)),
            (datetime(2025, 10, 25, 21, 0), date(2025, 10, 26)),
            (datetime(2025, 10, 26, 21, 59), date(2025, 10, 26)),
            (datetime(2025, 10, 26, 22, 0), date(2025, 10, 27)),
        ):
            with self.subTest(moment=moment):
                self._assert_day("Europe/Sofia", moment, day)

    def test_days_of_changing_clocks_in_new_york(self):
        """9 March 2025 begins at 05:00 UTC and ends at 04:00; 2 November 2025
        begins at 04:00 and ends at 05:00."""
        for moment, day in (
            (datetime(2025, 3, 9, 4, 59), date(2025, 3, 8)),
            (datetime(2025, 3, 9, 5, 0), date(2025, 3, 9)),
            (datetime(2025, 3, 10, 3, 59), date(2025, 3, 9)),
            (datetime(2025, 3, 10, 4, 0), date(2025, 3, 10)),
            (datetime(2025, 11, 2, 3, 59), date(2025, 11, 1)),
            (datetime(2025, 11, 2, 4, 0), date(2025, 11, 2)),
            (datetime(2025, 11, 3, 4, 59), date(2025, 11, 2)),
            (datetime(2025, 11, 3, 5, 0), date(2025, 11, 3)),
        ):
            with self.subTest(moment=moment):
                self._assert_day("America/New_York", moment, day)

    # limited runs

    def test_limited_run_gives_the_same_facts(self):
        customers = self.env["res.partner"]
        for number in range(6):
            partner = self._create_customer(f"Customer {number}")
            self._create_orders(partner, range(number, 400, 40 + 7 * number))
            self._create_order(partner, 3, state="cancel")
            self._create_lead(partner, 20 + number)
            customers |= partner
        contact = self.env["res.partner"].create({"name": "C", "parent_id": customers[2].id})
        self._create_order(contact, 2)
        full = self._get_all_facts()
        limited = self._get_all_facts(partners=customers[1:4])
        self.assertEqual(limited, {p.id: full[p.id] for p in customers[1:4]})

    def test_limited_run_without_customers_is_empty(self):
        self._create_order(self.customer, 3)
        self.assertEqual(self._get_all_facts(partners=self.env["res.partner"]), {})

    def test_company_contact_of_two_levels_counts_for_the_top(self):
        department = self.env["res.partner"].create(
            {
                "name": "Department",
                "parent_id": self.customer.id,
                "child_ids": [Command.create({"name": "Person"})],
            }
        )
        self._create_order(department.child_ids, 3)
        self._assert_facts({"purchase_days": 1})

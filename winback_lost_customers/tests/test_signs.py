from .common import WinbackCase


class TestSignNoInquiry(WinbackCase):
    def test_no_inquiry_holds_from_the_threshold(self):
        customer = self._create_customer()
        order = self._create_order(customer, 90)
        self.assertFalse(self._get_evidence(customer, "S1", today=self._day(1)))
        evidence = self._get_evidence(customer, "S1")
        self.assertEqual(evidence.value, 90)
        self.assertEqual(evidence.since, self.today)
        self.assertEqual(evidence.reference_date, self._day(90))
        self.assertEqual(evidence.documents, [["sale.order", order.id]])

    def test_no_inquiry_still_holds_above_the_threshold(self):
        customer = self._create_customer()
        self._create_order(customer, 91)
        evidence = self._get_evidence(customer, "S1")
        self.assertEqual((evidence.value, evidence.since), (91, self._day(1)))

    def test_no_inquiry_ends_with_an_inquiry(self):
        customer = self._create_customer()
        self._create_order(customer, 120)
        self.assertTrue(self._get_evidence(customer, "S1"))
        self._create_lead(customer, 2)
        self.assertFalse(self._get_evidence(customer, "S1"))

    def test_no_inquiry_explains_with_figures(self):
        customer = self._create_customer()
        self._create_order(customer, 120)
        lead = self._create_lead(customer, 95)
        evidence = self._get_evidence(customer, "S1")
        self.assertEqual(
            evidence.explanation,
            "No inquiry for 95 days: the last one was an opportunity on 03/12/2026.",
        )
        self.assertEqual(evidence.documents, [["crm.lead", lead.id]])


class TestSignFruitless(WinbackCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls._create_customer()
        cls._create_order(cls.customer, 60)

    def test_fruitless_needs_the_threshold(self):
        self._create_orders(self.customer, [50, 40], state="cancel")
        self.assertFalse(self._get_evidence(self.customer, "S2"))

    def test_fruitless_holds_at_the_threshold_since_its_third(self):
        orders = self._create_orders(self.customer, [50, 40, 30], state="cancel")
        evidence = self._get_evidence(self.customer, "S2")
        self.assertEqual((evidence.value, evidence.since), (3, self._day(30)))
        self.assertEqual(evidence.documents, [["sale.order", o.id] for o in orders])

    def test_fruitless_keeps_its_day_when_more_come(self):
        self._create_orders(self.customer, [50, 40, 30, 20], state="cancel")
        evidence = self._get_evidence(self.customer, "S2")
        self.assertEqual((evidence.value, evidence.since), (4, self._day(30)))

    def test_fruitless_ends_with_an_order(self):
        self._create_orders(self.customer, [50, 40, 30], state="cancel")
        self.assertTrue(self._get_evidence(self.customer, "S2"))
        self._create_order(self.customer, 10)
        self.assertFalse(self._get_evidence(self.customer, "S2"))

    def test_fruitless_explains_with_figures(self):
        self._create_orders(self.customer, [50, 40, 30], state="cancel")
        self.assertEqual(
            self._get_evidence(self.customer, "S2").explanation,
            "3 inquiries in a row without a sale, from 04/26/2026 to 05/16/2026.",
        )


class TestSignOverdue(WinbackCase):
    def test_overdue_holds_only_above_the_threshold(self):
        customer = self._create_customer()
        self._create_orders(customer, [120, 90])
        self.assertFalse(self._get_evidence(customer, "S6"))
        evidence = self._get_evidence(customer, "S6", today=self._day(-1))
        self.assertEqual(evidence.since, self._day(-1))

    def test_overdue_follows_the_own_longest_gap(self):
        customer = self._create_customer()
        orders = self._create_orders(customer, [260, 130])
        self.assertFalse(self._get_evidence(customer, "S6"))
        evidence = self._get_evidence(customer, "S6", today=self._day(-1))
        self.assertEqual(evidence.since, self._day(-1))
        self.assertEqual(evidence.reference_date, self._day(130))
        self.assertEqual(evidence.documents, [["sale.order", orders[-1].id]])

    def test_overdue_ignores_a_gap_below_the_threshold(self):
        customer = self._create_customer()
        self._create_orders(customer, [100, 91])
        evidence = self._get_evidence(customer, "S6")
        self.assertEqual((evidence.value, evidence.since), (91, self.today))

    def test_overdue_explains_with_figures(self):
        customer = self._create_customer()
        orders = self._create_orders(customer, [184, 164, 124, 94])
        self.assertEqual(
            self._get_evidence(customer, "S6").explanation,
            "Usually orders every 30 days, at the latest after 40; silent for 94 days "
            f"since {orders[-1].name}.",
        )

    def test_overdue_without_rhythm_uses_the_fallback(self):
        customer = self._create_customer()
        order = self._create_order(customer, 94)
        self.assertEqual(
            self._get_evidence(customer, "S6").explanation,
            f"Silent for 94 days since {order.name}, its only order.",
        )

    def test_overdue_stores_dates_and_not_ages(self):
        customer = self._create_customer()
        self._create_orders(customer, [184, 164, 124, 94])
        evidence = self._get_evidence(customer, "S6")
        self.assertNotIn("days", evidence.figures)
        self.assertFalse(evidence.measure)


class TestSignVolumeDrop(WinbackCase):
    """A year of 365 days before the last 90: at the same pace, a base of 3650 makes
    900 expected."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls._create_customer()

    def _create_base(self, amount=365, season=0):
        """Ten orders spread over the base year, older orders before it; `season` is
        the amount of each of two orders in the same season a year ago."""
        self._create_orders(self.customer, [1000, 900, 800], amount=1)
        self._create_orders(
            self.customer, range(100, 350, 25), amount=amount
        )  # ten orders, none of them in the season (365 to 454 days ago)
        if season:
            self._create_orders(self.customer, [370, 450], amount=season)

    def _get_drop(self, **options):
        return self._get_evidence(self.customer, "S4", **options)

    def test_drop_of_half_holds(self):
        self._create_base(season=365)  # 12 orders of 365: 4380, expected 1080
        self._create_order(self.customer, 10, amount=360)
        self.assertEqual(self._get_drop().value, 51)  # of 730 a season; 67 of the pace

    def test_drop_takes_the_milder_comparison(self):
        """Twice as much as in the season a year ago is no drop, whatever the pace."""
        self._create_base(season=90)
        self._create_orders(self.customer, [10, 20], amount=180)
        self.assertFalse(self._get_drop())

    def test_drop_without_purchases_in_the_season_is_none(self):
        """A customer that never buys in these months cannot buy less in them."""
        self._create_base()
        self._create_order(self.customer, 10, amount=50)
        self.assertFalse(self._get_drop())

    def test_drop_counts_from_the_percentage_on(self):
        for amount, percent in ((50, 50), (51, None), (49, 51)):
            with self.subTest(amount=amount):
                customer = self.customer = self._create_customer()
                self._create_short_history(amount)
                evidence = self._get_evidence(customer, "S4")
                self.assertEqual(evidence.value if evidence else None, percent)

    def _create_short_history(self, amount):
        """270 days of history, 180 of them before the recent 90: expected are half
        of the base, 100 in two orders; a season a year ago is not covered."""
        self._create_orders(self.customer, [270, 200, 150, 100], amount=50)
        self._create_order(self.customer, 10, amount=amount / 2)
        self._create_order(self.customer, 5, amount=amount / 2)

    def test_drop_needs_half_a_year_of_history(self):
        self._create_orders(self.customer, [269, 200, 150, 100], amount=500)
        self._create_order(self.customer, 5, amount=1)
        self.assertFalse(self._get_drop())
        self._create_order(self.customer, 270, amount=500)
        self.assertTrue(self._get_drop())

    def test_drop_needs_four_orders_before(self):
        self._create_orders(self.customer, [270, 200, 100], amount=500)
        self._create_order(self.customer, 5, amount=1)
        self.assertFalse(self._get_drop())
        self._create_order(self.customer, 150, amount=500)
        self.assertTrue(self._get_drop())

    def test_drop_needs_a_purchase_in_the_recent_period(self):
        self._create_orders(self.customer, [270, 200, 150, 100], amount=50)
        self.assertFalse(self._get_drop())

    def test_drop_sees_fewer_orders_of_the_same_amount(self):
        """Expected are four orders; one order of the same money is 75 % fewer."""
        self._create_orders(self.customer, range(95, 275, 25), amount=50)
        self._create_order(self.customer, 270, amount=0)
        self._create_order(self.customer, 5, amount=400)
        facts = self._get_facts(self.customer)
        self.assertEqual(facts["orders_base"], 9)
        self.assertEqual(self._get_drop().value, 78)  # 1 instead of 4.5

    def test_drop_of_a_return_is_at_most_everything(self):
        """Goods given back cannot make a customer buy more than 100 % less."""
        self._create_orders(self.customer, [270, 200, 150, 100], amount=50)
        self._create_orders(self.customer, [10, 5], amount=10)
        self._create_order(self.customer, 3, amount=-90)
        self.assertEqual(self._get_drop().value, 100)

    def test_drop_needs_a_positive_level_before(self):
        """Where the base year nets to less than nothing there is no level to fall
        from."""
        self._create_orders(self.customer, [270, 200, 150, 100], amount=50)
        self._create_order(self.customer, 95, amount=-300)
        self._create_orders(self.customer, [5, 10, 15], amount=50)
        self.assertFalse(self._get_drop())

    def test_drop_keeps_the_day_on_which_it_was_seen(self):
        self._create_short_history(40)
        self.assertEqual(self._get_drop().since, self.today)
        self.assertEqual(self._get_drop(today=self._day(-3)).since, self.today)

    def test_drop_in_frequency_alone_says_less_often(self):
        """Fifteen orders a year, then one big one: as much money, far less often."""
        self._create_orders(self.customer, [600, 560, 520, 480], amount=1)
        self._create_orders(self.customer, range(95, 455, 24), amount=100)
        self._create_order(self.customer, 10, amount=500)
        evidence = self._get_drop()
        self.assertGreater(evidence.value, 60)
        self.assertIn("% less often: ", evidence.explanation)

    def test_drop_in_frequency_needs_enough_expected_orders(self):
        """Eight orders a year, then one in the quarter instead of two, is chance."""
        self._create_orders(self.customer, [600, 560, 520, 480], amount=1)
        self._create_orders(self.customer, range(100, 440, 45), amount=100)
        self._create_order(self.customer, 10, amount=500)
        self.assertFalse(self._get_drop())

    def test_drop_explains_with_figures_of_the_season(self):
        self._create_base(season=365)
        self._create_order(self.customer, 10, amount=360)
        explanation = self._get_drop().explanation
        self.assertIn("Buys 51 % less", explanation)
        for text in ("360.00", "in the last 90 days (orders: 1)", "1,080.00", "730.00"):
            self.assertIn(text, explanation)

    def test_drop_without_a_season_uses_the_fallback(self):
        self._create_short_history(40)
        explanation = self._get_drop().explanation
        self.assertIn("Buys 60 % less", explanation)
        self.assertIn("40.00", explanation)
        self.assertIn("100.00", explanation)
        self.assertNotIn("season", explanation)

    def test_drop_proves_itself_with_the_orders_of_both_periods(self):
        self._create_base(season=365)
        recent = self._create_order(self.customer, 10, amount=360)
        self._create_order(self.customer, 4, state="cancel")
        documents = self._get_drop().documents
        self.assertEqual(documents[0], ["sale.order", recent.id])
        self.assertEqual(len(documents), 13)  # nothing from before both periods


class TestSignText(WinbackCase):
    def test_explanation_follows_the_readers_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.signs["S1"].with_context(lang="fr_FR").explanation = (
            "Rien depuis {days} jours, le {last_inquiry_date}."
        )
        customer = self._create_customer()
        self._create_order(customer, 95)
        evidence = self._get_evidence(customer, "S1")
        self.assertEqual(
            evidence.with_context(lang="fr_FR").explanation,
            "Rien depuis 95 jours, le 12/03/2026.",
        )
        self.assertIn("No inquiry for 95 days", evidence.explanation)

    def test_explanation_grows_older_without_a_run(self):
        customer = self._create_customer()
        self._create_order(customer, 94)
        evidence = self._get_evidence(customer, "S6")
        evidence.reference_date = self._day(100)
        self.assertIn("Silent for 100 days", evidence.explanation)

    def test_explanation_of_unknown_figures_is_empty_without_fallback(self):
        detector = self.env["winback.sign.overdue_order"]
        euro = self.company.currency_id
        figures = {"gap_mean": None, "days": 3}
        self.assertEqual(detector._explain("{gap_mean} days", False, figures, euro), "")
        self.assertEqual(
            detector._explain("{gap_mean} days", "{days} days", figures, euro), "3 days"
        )

    def test_summary_lists_the_heaviest_sign_first(self):
        customer = self._create_customer()
        self._create_orders(customer, [150, 120])
        self._run()
        lines = self._get_status(customer).sign_summary.splitlines()
        self.assertEqual(len(lines), 2)
        self.assertTrue(lines[0].startswith("Usually orders every 30 days"))
        self.assertTrue(lines[1].startswith("No inquiry for 120 days"))

    def test_score_is_the_sum_of_the_points(self):
        customer = self._create_customer()
        self._create_orders(customer, [121, 91])
        self._run()
        self.assertEqual(self._get_status(customer).score, 70)

    def test_score_is_at_most_one_hundred(self):
        self.signs["S1"].weight = 100
        customer = self._create_customer()
        self._create_orders(customer, [150, 120])
        self._run()
        self.assertEqual(self._get_status(customer).score, 100)

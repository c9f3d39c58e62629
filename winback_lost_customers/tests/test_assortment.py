from unittest.mock import patch

from .common import WinbackCase


class TestAssortment(WinbackCase):
    """Things that a still active customer stopped buying; on the usual day, a customer
    who bought paper and ink every 60 days, and paper alone since."""

    thresholds = {**WinbackCase.thresholds, "B7": 90}
    weights = {**WinbackCase.weights, "B7": 30}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.paper = cls._create_product("Paper")
        cls.ink = cls._create_product("Ink")
        cls.customer = cls._create_customer()

    @classmethod
    def _create_product(cls, name, category=None, **values):
        category = category or cls.env["product.category"].create({"name": name})
        return cls.env["product.product"].create(
            {"name": name, "categ_id": category.id, "list_price": 50, **values}
        )

    @classmethod
    def _buy(cls, days_ago, *products, partner=None, price=50, quantity=1, **values):
        """Create an order of `products` for each number in `days_ago`."""
        lines = [
            (0, 0, {"product_id": p.id, "product_uom_qty": quantity, "price_unit": price, "tax_ids": []})
            for p in products
        ]
        return cls._create_orders(partner or cls.customer, days_ago, order_line=lines, **values)

    def _stop_ink(self, **values):
        """Ink every 60 days until 200 days ago, paper until today; return the orders
        with ink."""
        orders = self._buy(range(500, 199, -60), self.paper, self.ink, **values)
        self._buy([140, 80, 20], self.paper, **values)
        return orders

    def _get_items(self, partner=None, **options):
        facts = self._get_facts(partner or self.customer, **options)
        return facts["stopped_items"] or []

    # ------------------------------------------------------------------
    # Facts
    # ------------------------------------------------------------------

    def test_stopped_category_is_seen_with_its_figures(self):
        orders = self._stop_ink()
        [item] = self._get_items()
        self.assertEqual((item["model"], item["id"]), ("product.category", self.ink.categ_id.id))
        self.assertEqual(item["last_day"], str(self._day(200)))
        self.assertEqual(item["gap_mean"], 60)
        # ink of 380, 320, 260 and 200 days ago, and of 440 and 500
        self.assertEqual(item["amount"], 300)
        self.assertEqual(item["orders"], orders[::-1].ids)

    def test_customer_without_orders_stopped_nothing(self):
        self._create_order(self.customer, state="sent")
        self.assertEqual(self._get_all_facts().get(self.customer.id, {}).get("stopped_items"), None)

    def test_customer_with_one_order_stopped_nothing(self):
        self._buy([200], self.ink)
        self.assertEqual(self._get_items(), [])

    def test_what_is_still_bought_is_not_stopped(self):
        self._stop_ink()
        self._buy([10], self.ink)
        self.assertEqual(self._get_items(), [])

    def test_three_days_are_no_habit(self):
        self._buy([500, 350, 200], self.paper, self.ink)
        self._buy([140, 80, 20], self.paper)
        self.assertEqual(self._get_items(), [])

    def test_four_lines_of_three_days_are_no_habit(self):
        self._buy([500, 350, 200], self.paper, self.ink)
        self._buy([200], self.ink)
        self._buy([140, 80, 20], self.paper)
        self.assertEqual(self._get_items(), [])

    def test_project_shorter_than_the_spread_is_no_habit(self):
        self._buy([379, 300, 250, 200], self.ink)  # 179 days
        self._buy([379, 140, 80, 20], self.paper)
        self.assertEqual(self._get_items(), [])

    def test_habit_of_exactly_the_spread_counts(self):
        self._buy([380, 300, 250, 200], self.ink)
        self._buy([380, 140, 80, 20], self.paper)
        self.assertEqual(len(self._get_items()), 1)

    def test_silence_within_the_own_rhythm_does_not_count(self):
        self._buy([500, 400, 300, 200], self.ink)  # 1.5 x 100 days: until 50 days ago
        self._buy([140, 80, 20], self.paper)
        self.assertEqual(len(self._get_items(today=self._day(49))), 1)
        self.assertEqual(self._get_items(today=self._day(50)), [])

    def test_lost_customer_stopped_everything_and_no_single_thing(self):
        self._buy(range(500, 199, -60), self.paper, self.ink)
        self.assertEqual(self._get_items(), [])

    def test_two_purchases_of_other_things_are_needed(self):
        self._buy(range(500, 199, -60), self.paper, self.ink)
        self._buy([20, 20], self.paper)  # one day
        self.assertEqual(self._get_items(), [])
        self._buy([80], self.paper)
        self.assertEqual(len(self._get_items()), 1)

    def test_thing_stopped_two_years_ago_is_history(self):
        self._buy(range(1000, 730, -60), self.paper, self.ink)
        self._buy(range(740, 20, -30), self.paper)
        self.assertEqual(self._get_items(), [])

    def test_seasonal_thing_is_not_missed_out_of_season(self):
        """Ink is bought from July to December, 185 days of each year."""
        self._buy([*range(700, 510, -30), *range(341, 160, -30)], self.ink)
        self._buy(range(710, 0, -30), self.paper)
        self.assertEqual(self._get_items(), [])

    def test_seasonal_thing_is_missed_in_its_season(self):
        """The season of a year ago began 180 days after the last purchase; it is on
        again, and the customer has not come for it."""
        self._buy([760, 700, 640, 580, 340, 280, 220], self.ink)
        self._buy(range(760, -200, -30), self.paper)
        self.assertEqual(self._get_items(today=self._day(-60)), [])
        # the rhythm (1.5 x 240 days) is what it still waits for
        items = self._get_items(today=self._day(-141))
        self.assertEqual([item["holds_from"] for item in items], [str(self._day(-141))])

    def test_thing_not_bought_in_this_season_a_year_ago_is_not_missed(self):
        """Bought every 20 days until 120 days ago, but a year ago not in between."""
        ink_days = [*range(740, 460, -20), *range(260, 119, -20)]
        self._buy(ink_days, self.ink)
        self._buy(range(740, 0, -20), self.paper)
        with patch("odoo.addons.winback_lost_customers.facts.assortment.GAP_FACTOR", 0.5):
            self.assertEqual(self._get_items(), [])

    def test_product_of_a_living_category_counts(self):
        toner = self._create_product("Toner", self.ink.categ_id)
        self._buy([*range(500, 199, -60), 140, 80, 20], toner)
        self._stop_ink()
        [item] = self._get_items()
        self.assertEqual(
            (item["model"], item["id"]), ("product.template", self.ink.product_tmpl_id.id)
        )

    def test_product_replaced_by_another_one_does_not_count(self):
        toner = self._create_product("Toner", self.ink.categ_id)
        self._buy([140, 80, 20], toner)
        self._stop_ink()
        self.assertEqual(self._get_items(), [])

    def test_product_without_category_counts(self):
        self.ink.categ_id = False
        self._stop_ink()
        self.assertEqual(
            [(item["model"], item["id"]) for item in self._get_items()],
            [("product.template", self.ink.product_tmpl_id.id)],
        )

    def test_what_we_no_longer_sell_was_not_stopped(self):
        self._stop_ink()
        self.ink.product_tmpl_id.sale_ok = False
        self.assertEqual(self._get_items(), [])

    def test_what_we_sold_on_a_past_day_is_unknown(self):
        self._stop_ink()
        self.ink.product_tmpl_id.active = False
        self.assertEqual(self._get_items(), [])
        self.assertEqual(len(self._get_items(today=self._day(1))), 1)

    def test_most_valuable_thing_comes_first(self):
        toner = self._create_product("Toner")
        self._buy(range(500, 199, -60), toner, price=90)
        self._stop_ink()
        self.assertEqual(
            [item["id"] for item in self._get_items()], [toner.categ_id.id, self.ink.categ_id.id]
        )

    def test_amounts_are_in_the_companys_currency(self):
        self._stop_ink(rate=2)
        self.assertEqual(self._get_items()[0]["amount"], 150)

    def test_given_away_counts_and_returned_does_not(self):
        self._stop_ink()
        self._buy([10], self.ink, quantity=-1)
        self.assertEqual(len(self._get_items()), 1)
        self._buy([9], self.ink, price=0)
        self.assertEqual(self._get_items(), [])

    def test_negative_order_is_no_purchase(self):
        self._stop_ink()
        self._buy([10], self.ink, amount=-50)
        self.assertEqual(len(self._get_items()), 1)

    def test_down_payment_and_note_are_no_purchase(self):
        self._stop_ink()
        order = self._buy([10], self.ink)
        self._set_columns(order.order_line, is_downpayment=True)
        order.order_line = [(0, 0, {"display_type": "line_note", "name": "Ink next time"})]
        self.assertEqual(len(self._get_items()), 1)

    def test_cancelled_order_and_quotation_are_no_purchase(self):
        self._stop_ink()
        self._buy([10], self.ink, state="cancel")
        self._buy([9], self.ink, state="sent")
        self.assertEqual(len(self._get_items()), 1)

    def test_contacts_buy_for_their_company(self):
        contact = self._create_customer("Contact", parent_id=self.customer.id, is_company=False)
        self._stop_ink()
        self._buy([10], self.ink, partner=contact)
        self.assertEqual(self._get_items(), [])

    def test_archived_customer_keeps_its_facts(self):
        self._stop_ink()
        self.customer.active = False
        self.assertEqual(len(self._get_items()), 1)

    def test_companies_are_apart(self):
        other = self._create_company("Other Company")
        self._stop_ink()
        self._buy([10], self.ink, company=other)
        self.assertEqual(len(self._get_items()), 1)
        self.assertEqual(self._get_items(company=other), [])

    def test_later_orders_are_invisible(self):
        self._stop_ink()
        self._buy([10], self.ink)
        self.assertEqual(len(self._get_items(today=self._day(11))), 1)
        self.assertEqual(self._get_items(today=self._day(10)), [])

    def test_limited_run_gives_the_same(self):
        other = self._create_customer("Other")
        self._stop_ink()
        self._stop_ink(partner=other)
        everything, limited = self._get_all_facts(), self._get_all_facts(partners=other)
        self.assertEqual(set(limited), {other.id})
        for column in self.env["winback.fact.assortment"]._fact_columns:
            self.assertTrue(everything[other.id][column])
            self.assertEqual(limited[other.id][column], everything[other.id][column])

    # ------------------------------------------------------------------
    # Sign
    # ------------------------------------------------------------------

    def test_sign_explains_itself(self):
        orders = self._stop_ink()
        evidence = self._get_evidence(self.customer, "B7")
        self.assertEqual(
            evidence.explanation,
            "Goes on buying, but no longer Ink: usually every 60 days, not for 200 days since "
            f"{orders[-1].name}. Missing: 300.00\N{NO-BREAK SPACE}€ a year. Categories and products stopped: 1.",
        )
        self.assertEqual(evidence.documents, [["sale.order", o.id] for o in orders[::-1]])
        self.assertEqual(evidence.reference_date, self._day(200))
        # 1.5 x 60 + 1 days of silence, but only the second purchase since told
        self.assertEqual(evidence.since, self._day(80))

    def test_sign_speaks_the_readers_language(self):
        toner = self._create_product("Toner", self.ink.categ_id)
        self._buy([*range(500, 199, -60), 140, 80, 20], toner)
        self._stop_ink()
        self.env["res.lang"]._activate_lang("fr_FR")
        self.ink.with_context(lang="fr_FR").name = "Encre"
        evidence = self._get_evidence(self.customer, "B7")
        self.assertIn("no longer Ink", evidence.explanation)
        self.assertIn("no longer Encre", evidence.with_context(lang="fr_FR").explanation)

    def test_sign_survives_the_deletion_of_a_category(self):
        self._stop_ink()
        evidence = self._get_evidence(self.customer, "B7")
        self._buy([1], self.ink)
        evidence.figures = {**evidence.figures, "item": ["product.category", 0]}
        self.assertIn("no longer (deleted)", evidence.explanation)

    def test_sign_holds_from_the_threshold(self):
        self.signs["B7"].threshold = 199
        self._stop_ink()
        self.assertFalse(self._get_evidence(self.customer, "B7", today=self._day(2)))
        evidence = self._get_evidence(self.customer, "B7", today=self._day(1))
        self.assertEqual(evidence.since, self._day(1))

    def test_sign_counts_only_things_beyond_the_threshold(self):
        toner = self._create_product("Toner")
        self._buy(range(340, 99, -30), toner, price=900)
        self._stop_ink()
        evidence = self._get_evidence(self.customer, "B7")
        self.assertEqual(evidence.figures["count"], 2)
        self.assertEqual(evidence.figures["item"], ["product.category", toner.categ_id.id])
        self.signs["B7"].threshold = 101
        evidence = self._get_evidence(self.customer, "B7")
        self.assertEqual(evidence.figures["count"], 1)
        self.assertEqual(evidence.figures["item"], ["product.category", self.ink.categ_id.id])

    def test_sign_leaves_silent_customers_to_the_overdue_sign(self):
        self._buy(range(700, 399, -60), self.paper, self.ink)
        self._buy([340, 280, 220, 160, 91], self.paper)
        self.assertFalse(self._get_evidence(self.customer, "B7"))
        self.assertTrue(self._get_evidence(self.customer, "B7", today=self._day(1)))

    def test_sign_keeps_its_row_when_nothing_happens(self):
        self._stop_ink()
        self._run()
        report = self._run()
        self.assertEqual(set(report["written"]["winback.status.sign"].values()), {0})

from datetime import datetime

from odoo.tests import tagged

from .common import WinbackCase


@tagged("post_install", "-at_install")
class TestSaleOrder(WinbackCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls._create_customer()

    def _search_kind(self, operator, value):
        return self.env["sale.order"].search(
            [("winback_kind", operator, value), ("company_id", "=", self.company.id)]
        )

    def test_kinds_of_a_life(self):
        orders = self._create_orders(self.customer, [1030, 1000, 500, 490])
        self.assertEqual(
            orders.mapped("winback_kind"), ["first", "regular", "return", "regular"]
        )

    def test_kind_is_the_same_one_by_one(self):
        for order in self._create_orders(self.customer, [1030, 1000, 500]):
            alone = order.winback_kind
            self.env.invalidate_all()
            self.assertEqual(alone, order.winback_kind)
        self.assertEqual(alone, "return")

    def test_all_orders_of_the_day_have_its_kind(self):
        orders = self._create_orders(self.customer, [1000, 1000, 900, 100, 100])
        self.assertEqual(
            orders.mapped("winback_kind"), ["first", "first", "regular", "return", "return"]
        )

    def test_long_silence_after_the_only_order_is_no_return(self):
        orders = self._create_orders(self.customer, [1000, 10])
        self.assertEqual(orders.mapped("winback_kind"), ["first", "regular"])

    def test_unconfirmed_orders_have_no_kind(self):
        for state in ("draft", "sent", "cancel"):
            with self.subTest(state=state):
                order = self._create_order(self.customer, 10, state=state)
                self.assertFalse(order.winback_kind)

    def test_returned_goods_have_no_kind(self):
        self._create_order(self.customer, 30)
        self.assertFalse(self._create_order(self.customer, 10, amount=-20).winback_kind)

    def test_new_order_has_no_kind(self):
        order = self.env["sale.order"].new({"partner_id": self.customer.id})
        self.assertFalse(order.winback_kind)

    def test_orders_of_contacts_belong_to_the_organisations_life(self):
        contact = self.env["res.partner"].create(
            {"name": "Contact", "parent_id": self.customer.id}
        )
        self._create_order(self.customer, 30)
        self.assertEqual(self._create_order(contact, 10).winback_kind, "regular")

    def test_companies_are_kept_apart(self):
        other = self._create_company("Other Company")
        self._create_order(self.customer, 30)
        order = self._create_order(self.customer, 10, company=other)
        self.assertEqual(order.winback_kind, "first")

    def test_order_dated_ahead_has_a_kind(self):
        self._create_order(self.customer, 30)
        ahead = self._create_order(self.customer, moment=datetime(2030, 1, 1, 12))
        self.assertEqual(ahead.winback_kind, "regular")

    def test_kind_follows_a_confirmation(self):
        self._create_order(self.customer, 30)
        quotation = self._create_order(self.customer, 0, state="draft")
        self.assertFalse(quotation.winback_kind)
        quotation.action_confirm()
        self.assertEqual(quotation.winback_kind, "regular")

    def test_search_finds_what_is_shown(self):
        orders = self._create_orders(self.customer, [1030, 1000, 500, 490])
        self._create_order(self.customer, 5, state="draft")
        first, regular, returned, again = orders
        self.assertEqual(self._search_kind("=", "first"), first)
        self.assertEqual(self._search_kind("=", "return"), returned)
        self.assertEqual(self._search_kind("in", ["regular", "first"]), first | regular | again)

    def test_search_by_another_kind_includes_quotations(self):
        first, returned = self._create_orders(self.customer, [30, 10])
        quotation = self._create_order(self.customer, 5, state="draft")
        self.assertEqual(self._search_kind("!=", "first"), returned | quotation)
        self.assertIn(first, self._search_kind("not in", ["regular", "return"]))

    def test_search_sees_what_was_just_confirmed(self):
        """Pending writes must reach the database before the statement runs."""
        quotation = self._create_order(self.customer, 0, state="draft")
        quotation.state = "sale"
        self.assertEqual(self._search_kind("=", "first"), quotation)

    def test_search_finds_orders_without_a_kind(self):
        self._create_order(self.customer, 30)
        quotation = self._create_order(self.customer, 5, state="draft")
        self.assertEqual(self._search_kind("=", False), quotation)
        self.assertNotIn(quotation, self._search_kind("!=", False))

    def test_order_shows_the_customers_state(self):
        self._create_orders(self.customer, [1030, 1000])
        quotation = self._create_order(self.customer, 0, state="draft")
        self._run()
        self.assertEqual(quotation.winback_state, "lost")
        self.assertIn("Usually orders every 30 days", quotation.winback_summary)

    def test_order_of_an_unknown_customer_has_no_state(self):
        quotation = self._create_order(self.customer, 0, state="draft")
        self._run()
        self.assertFalse(quotation.winback_state)

    def test_reading_many_kinds_takes_one_statement(self):
        orders = self._create_orders(self.customer, [100, 50, 40, 30, 20, 10])
        for number in range(3):
            partner = self._create_customer(f"Customer {number}")
            orders |= self._create_orders(partner, [20, 10])
        self.env.flush_all()
        self.env.invalidate_all()
        orders.mapped("state")
        orders.partner_id.mapped("commercial_partner_id.name")
        self.company.partner_id.mapped("tz")
        self.company.mapped("winback_lost_min_days")
        with self.assertQueryCount(1):
            orders.mapped("winback_kind")

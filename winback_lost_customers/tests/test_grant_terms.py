from datetime import timedelta

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from ..hooks import end_running_offers
from .common_offer import OfferCase


@tagged("post_install", "-at_install")
class TestPriceLock(OfferCase):
    """A customer with a price list of its own, 10 % below the list price of 100."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.config.settings"].create({"group_product_pricelist": True}).execute()
        cls.own = cls.env["product.pricelist"].create(
            {
                "name": "Own",
                "company_id": cls.company.id,
                "currency_id": cls.company.currency_id.id,
                "item_ids": [
                    (0, 0, {"compute_price": "percentage", "percent_price": 10}),
                ],
            }
        )
        cls.partner = cls.customer.with_company(cls.company)
        cls.partner.specific_property_product_pricelist = cls.own
        cls.day = cls.company._winback_today()
        cls._create_quotation().action_confirm()

    def _fix(self, today=None, **values):
        values = {"valid_days": 100, "minimum_amount": 500, **values}
        offer = self._create_offer("price_lock", **values)
        return offer._grant(
            self.customer, self.company, case=self.case, today=today or self.day
        )

    def _order(self, partner=None, quantity=2):
        """Return a quotation at the price of the price list."""
        return self.env["sale.order"].with_company(self.company).create(
            {
                "partner_id": (partner or self.customer).id,
                "company_id": self.company.id,
                "order_line": [
                    (0, 0, {"product_id": self.product.id, "product_uom_qty": quantity})
                ],
            }
        )

    def _get_price(self, partner=None, product=None):
        """Return the price per unit that a new order of the customer gets."""
        line = self._order(partner).order_line
        return line.price_unit * (1 - line.discount / 100)

    def test_price_stays_when_the_list_price_rises(self):
        self._fix()
        self.product.list_price = 200
        self.assertEqual(self._get_price(), 90)

    def test_contact_of_the_customer_has_the_fixed_prices(self):
        self._fix()
        self.product.list_price = 200
        contact = self._create_customer("C", is_company=False, parent_id=self.customer.id)
        self.assertEqual(self._get_price(contact), 90)

    def test_what_is_not_fixed_follows_the_list_of_before(self):
        self._fix()
        price = self.partner.property_product_pricelist._get_product_price(self.gift, 1)
        self.assertEqual(price, 18)

    def test_nobody_else_gets_the_prices(self):
        grant = self._fix()
        self.product.list_price = 200
        self.assertEqual(self._get_price(self.other), 200)
        order = self._order(self.other)
        with self.assertRaisesRegex(ValidationError, "another customer"):
            order.pricelist_id = grant.pricelist_id

    def test_fixed_prices_are_nobodys_default(self):
        self.env["product.pricelist"].search([]).active = False
        self.own.active = True
        self._fix()
        self.own.active = False
        self.assertFalse(self.other.with_company(self.company).property_product_pricelist)

    def test_list_of_before_is_put_back_in_time(self):
        grant = self._fix()
        self.assertEqual(self.partner.specific_property_product_pricelist, grant.pricelist_id)
        grant._expire(grant.date_expire)  # the last day still counts
        self.assertTrue(grant.is_running)
        grant._expire(grant.date_expire + timedelta(days=1))
        self.assertEqual(self.partner.specific_property_product_pricelist, self.own)
        self.assertFalse(grant.pricelist_id.active)
        self.assertEqual((grant.state, grant.is_running), ("expired", False))

    def test_prices_end_even_if_the_action_is_late(self):
        grant = self._fix(today=self.day - timedelta(days=200))
        self.product.list_price = 200
        self.assertEqual(self.partner.specific_property_product_pricelist, grant.pricelist_id)
        self.assertEqual(self._get_price(), 180)

    def test_due_prices_are_found_though_used(self):
        grant = self._fix(today=self.day - timedelta(days=100))
        self._order().action_confirm()
        self.assertEqual(grant.state, "used")
        self.assertNotIn(grant, grant._get_due())  # the last day is today
        grant.date_expire -= timedelta(days=1)
        self.assertIn(grant, grant._get_due())
        grant._expire_or_log()
        self.assertEqual((grant.state, grant.is_running), ("used", False))
        self.assertNotIn(grant, grant._get_due())

    def test_customer_without_a_list_of_its_own_has_none_again(self):
        self.partner.specific_property_product_pricelist = False
        grant = self._fix()
        grant._withdraw()
        self.assertFalse(self.partner.specific_property_product_pricelist)
        self.assertEqual(grant.state, "withdrawn")

    def test_list_chosen_meanwhile_stays(self):
        grant = self._fix()
        another = self.own.copy()
        self.partner.specific_property_product_pricelist = another
        grant._withdraw()
        self.assertEqual(self.partner.specific_property_product_pricelist, another)

    def test_used_prices_can_be_ended_early(self):
        grant = self._fix()
        self._order().action_confirm()
        grant._withdraw()
        self.assertEqual((grant.state, grant.is_running), ("used", False))
        self.assertEqual(self.partner.specific_property_product_pricelist, self.own)
        with self.assertRaisesRegex(UserError, "used already"):
            grant._withdraw()

    def test_first_order_uses_the_offer_and_cancelling_gives_it_back(self):
        grant = self._fix()
        first, second = self._order(), self._order()
        first.action_confirm()
        second.action_confirm()
        self.assertEqual((grant.state, grant.order_id), ("used", first))
        first._action_cancel()
        self.assertEqual((grant.state, grant.order_id), ("used", second))
        second._action_cancel()
        self.assertEqual((grant.state, grant.is_running), ("granted", True))

    def test_bought_so_far_is_counted_against_the_minimum(self):
        before = self._create_quotation(quantity=5)
        before.action_confirm()
        self._set_columns(before, date_order=before.date_order - timedelta(days=3))
        elsewhere = self._create_quotation(partner=self.other)
        elsewhere.action_confirm()
        grant = self._fix(today=self.day - timedelta(days=1))
        self.assertEqual((grant.bought_amount, grant.minimum_amount), (200, 500))
        self._create_quotation(quantity=3).action_confirm()
        self._create_quotation(quantity=3)
        grant.invalidate_recordset(["bought_amount"])
        self.assertEqual(grant.bought_amount, 500)

    def test_what_is_missing_is_reported_at_the_end(self):
        grant = self._fix()
        grant._expire(grant.date_expire + timedelta(days=1))
        for document in (self.customer, self.case):
            self.assertIn("300.00", document.message_ids[0].body)  # 500 - 200

    def test_prices_are_fixed_once_at_a_time(self):
        self._fix()
        with self.assertRaisesRegex(UserError, "fixed already"):
            self._fix()

    def test_list_of_before_is_put_back_when_the_add_on_goes(self):
        self._fix()
        end_running_offers(self.env)
        self.assertEqual(self.partner.specific_property_product_pricelist, self.own)

    def test_company_has_its_own_fixed_prices(self):
        elsewhere = self._create_company("Elsewhere")
        self._fix()
        self.assertFalse(
            self.customer.with_company(elsewhere).specific_property_product_pricelist
        )

    def test_product_below_the_margin_floor_is_not_fixed(self):
        # 90 with a cost of 60: a third remains
        self.assertTrue(self._fix(margin_floor_percent=33).pricelist_id)
        self.customer.with_company(self.company)
        other = self._create_quotation(partner=self.other, quantity=1)
        other.action_confirm()
        offer = self._create_offer("price_lock", margin_floor_percent=41)
        with self.assertRaisesRegex(UserError, "margin floor"):
            offer._grant(self.other, self.company)

    def test_price_lists_must_be_switched_on(self):
        offer = self._create_offer("price_lock")
        self.assertFalse(offer.missing)
        group = self.env.ref("product.group_product_pricelist")
        self.env["res.groups"].search([("implied_ids", "in", group.ids)]).implied_ids -= group
        group.user_ids = False
        offer.invalidate_recordset()
        self.assertIn("price lists", offer.missing)


@tagged("post_install", "-at_install")
class TestPaymentAfterReceipt(OfferCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.later, cls.usual, cls.third = cls.env["account.payment.term"].create(
            [{"name": name} for name in ("After receipt", "Usual", "Third")]
        )
        cls.customer.with_company(cls.company).property_payment_term_id = cls.usual

    def _offer(self, **values):
        return self._grant("payment_term", payment_term_id=self.later.id, **values)

    def test_next_order_has_the_terms(self):
        grant = self._offer()
        order = self._create_quotation()
        self.assertEqual(order.payment_term_id, self.later)
        order.action_confirm()
        self.assertEqual(order.payment_term_id, self.later)
        self.assertEqual((grant.state, grant.order_id), ("used", order))

    def test_customer_keeps_its_own_terms(self):
        self._offer()
        self._create_quotation().action_confirm()
        self.assertEqual(
            self.customer.with_company(self.company).property_payment_term_id, self.usual
        )
        self.assertEqual(self._create_quotation().payment_term_id, self.usual)

    def test_nobody_else_gets_the_terms(self):
        self._offer()
        self.assertFalse(self._create_quotation(partner=self.other).payment_term_id)

    def test_other_quotations_go_back_when_one_is_confirmed(self):
        self._offer()
        first, second = self._create_quotation(), self._create_quotation()
        first.action_confirm()
        self.assertEqual(second.payment_term_id, self.usual)
        self.assertIn("usual", second.message_ids[0].body)

    def test_open_quotation_gets_the_terms_unless_chosen_by_hand(self):
        plain, chosen = self._create_quotation(), self._create_quotation()
        chosen.payment_term_id = self.third
        self._offer()
        self.assertEqual(plain.payment_term_id, self.later)
        self.assertEqual(chosen.payment_term_id, self.third)

    def test_terms_chosen_by_hand_do_not_use_the_offer(self):
        grant = self._offer()
        order = self._create_quotation()
        order.payment_term_id = self.third
        order.action_confirm()
        self.assertEqual((order.payment_term_id, grant.state), (self.third, "granted"))

    def test_cancelled_order_gives_the_offer_back(self):
        grant = self._offer()
        order = self._create_quotation()
        order.action_confirm()
        order._action_cancel()
        self.assertEqual(grant.state, "granted")
        again = self._create_quotation()
        again.action_confirm()
        self.assertEqual((again.payment_term_id, grant.order_id), (self.later, again))

    def test_expired_offer_is_taken_off_quotations(self):
        grant = self._offer()
        order = self._create_quotation()
        grant._expire(grant.date_expire + timedelta(days=1))
        self.assertEqual((grant.state, order.payment_term_id), ("expired", self.usual))

    def test_offer_over_is_taken_off_when_confirming(self):
        grant = self._offer()
        order = self._create_quotation()
        grant.date_expire = self.company._winback_today() - timedelta(days=1)
        order.action_confirm()
        self.assertEqual((order.payment_term_id, grant.state), (self.usual, "granted"))

    def test_withdrawn_offer_is_taken_off_quotations(self):
        grant = self._offer()
        order = self._create_quotation()
        grant._withdraw()
        self.assertEqual(order.payment_term_id, self.usual)

    def test_other_company_has_its_own_terms(self):
        elsewhere = self._create_company("Elsewhere")
        self._offer()
        order = self.env["sale.order"].create(
            {"partner_id": self.customer.id, "company_id": elsewhere.id}
        )
        self.assertFalse(order.payment_term_id)

    def test_changed_offer_leaves_what_was_granted(self):
        grant = self._offer()
        grant.offer_id.payment_term_id = self.third
        self.assertEqual(self._create_quotation().payment_term_id, self.later)

    def test_terms_must_be_chosen_first(self):
        with self.assertRaisesRegex(UserError, "payment terms"):
            self._grant("payment_term")

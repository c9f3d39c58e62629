from odoo.addons.winback_lost_customers.tests.common_offer import OfferCase
from odoo.tests import tagged


@tagged("post_install", "-at_install")
class TestFreeDelivery(OfferCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        product = cls.env["product.product"].create(
            {"name": "Freight", "type": "service", "list_price": 12, "taxes_id": False}
        )
        cls.carrier = cls.env["delivery.carrier"].create(
            {"name": "Carrier", "product_id": product.id, "fixed_price": 12}
        )

    def _deliver(self, price=12, **values):
        """Return a quotation of 200 with a delivery charge."""
        order = self._create_quotation(**values)
        order.set_delivery_line(self.carrier, price)
        return order

    def test_delivery_of_one_order_is_free(self):
        grant = self._grant("delivery")
        order = self._deliver()
        self.assertEqual(order.amount_total, 212)
        self.assertFalse(self._redeem(order, grant.code))
        self.assertEqual(order.amount_total, 200)
        order.action_confirm()
        self.assertEqual((grant.state, grant.order_id, grant.cost), ("used", order, 12))

    def test_code_works_once(self):
        grant = self._grant("delivery")
        order = self._deliver()
        self._redeem(order, grant.code)
        order.action_confirm()
        self.assertTrue(self._redeem(self._deliver(), grant.code))

    def test_code_does_not_work_for_others(self):
        grant = self._grant("delivery")
        self.assertIn("another customer", self._redeem(self._deliver(partner=self.other), grant.code))

    def test_free_up_to_an_amount(self):
        grant = self._grant("delivery", max_amount=10)
        order = self._deliver(12)
        self._redeem(order, grant.code)
        self.assertEqual(order.amount_total, 202)

    def test_expected_cost_is_the_limit_and_the_rest(self):
        offer = self._create_offer("delivery", max_amount=10, other_cost=3)
        self.assertEqual(offer._get_expected_cost(500), 13)
        self.assertFalse(offer.missing)
        # 200 with a margin of 9 does not bear 10
        self.assertFalse(offer._fits_margin(200, 9))
        self.assertTrue(offer._fits_margin(200, 10))

    def test_free_deliveries_are_reminded_of(self):
        grant = self._grant("delivery")
        order = self._deliver()
        self._redeem(order, grant.code)
        order.action_confirm()
        self._deliver(0).action_confirm()
        self._deliver(5).action_confirm()
        benefits = self.env["winback.benefits"]._get_benefits(
            self.customer, self.company, self.company._winback_today()
        )
        self.assertEqual(benefits["deliveries"], 2)
        self.assertFalse(benefits["discounts"])

    def test_offer_is_archived_when_the_app_goes(self):
        offer = self._create_offer("delivery")
        offer._archive_without_delivery()
        self.assertFalse(offer.active)
        self.assertTrue(offer.missing)

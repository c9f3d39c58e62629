from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .common_offer import OfferCase


@tagged("post_install", "-at_install")
class TestOffer(OfferCase):
    def test_used_offer_is_not_deleted(self):
        grant = self._grant()
        with self.assertRaisesRegex(UserError, "archive it instead"):
            grant.offer_id.unlink()
        self.assertTrue(grant.offer_id.exists())

    def test_offer_of_a_method_is_not_deleted(self):
        offer = self._create_offer()
        self.env["winback.method"].create({"name": "M", "offer_id": offer.id, "active": False})
        with self.assertRaisesRegex(UserError, "archive it instead"):
            offer.unlink()

    def test_unused_offer_is_deleted(self):
        offer = self._create_offer()
        offer.unlink()
        self.assertFalse(offer.exists())

    def test_archived_offer_keeps_its_codes(self):
        grant = self._grant()
        grant.offer_id.active = False
        self._buy(grant)
        self.assertEqual(grant.state, "used")
        with self.assertRaisesRegex(UserError, "archived"):
            grant.offer_id._grant(self.other, self.company)

    def test_changed_offer_leaves_what_was_granted(self):
        grant = self._grant(percent=10)
        grant.offer_id.percent = 20
        second = grant.offer_id._grant(self.other, self.company)
        self.assertEqual(self._buy(grant).amount_untaxed, 180)
        self.assertEqual(self._buy(second, partner=self.other).amount_untaxed, 160)

    def test_open_offer_is_not_granted_again(self):
        grant = self._grant()
        with self.assertRaisesRegex(UserError, "already"):
            grant.offer_id._grant(self.customer, self.company)
        grant._withdraw()
        self.assertTrue(grant.offer_id._grant(self.customer, self.company))

    def test_incomplete_offer_is_not_granted(self):
        offer = self._create_offer("gift", product_id=False)
        self.assertEqual((offer.missing, offer.is_complete), ("the product", False))
        with self.assertRaisesRegex(UserError, "the product"):
            offer._grant(self.customer, self.company)
        self.assertFalse(offer.grant_ids)

    def test_offer_that_is_over_is_not_granted(self):
        offer = self._create_offer(date_to="2026-06-14")
        with self.assertRaisesRegex(UserError, "is over"):
            offer._grant(self.customer, self.company, today=self.today)

    def test_grant_ends_with_the_offer(self):
        offer = self._create_offer(date_to="2026-06-20", valid_days=30)
        grant = offer._grant(self.customer, self.company, today=self.today)
        self.assertEqual(str(grant.date_expire), "2026-06-20")

    def test_offer_of_another_company_is_not_granted(self):
        other = self._create_company("Elsewhere")
        offer = self._create_offer(company_id=other.id)
        with self.assertRaisesRegex(UserError, "another company"):
            offer._grant(self.customer, self.company)

    def test_impossible_numbers_are_refused(self):
        for values in ({"percent": 101}, {"valid_days": 0}, {"amount": -1}, {"quantity": 0}):
            with self.subTest(values), self.assertRaises(ValidationError):
                self._create_offer(**values)

    def test_offer_cannot_end_before_it_begins(self):
        with self.assertRaises(ValidationError):
            self._create_offer(date_from="2026-06-02", date_to="2026-06-01")

    def test_expected_cost_by_kind(self):
        for kind, values, cost in (
            ("discount", {"percent": 10, "other_cost": 2}, 22),
            ("discount", {"percent": 10, "max_amount": 5}, 5),
            ("credit", {"amount": 300}, 200),
            ("gift", {"quantity": 3}, 24),
            ("news", {"other_cost": 1}, 1),
        ):
            with self.subTest(kind, **values):
                self.assertEqual(self._create_offer(kind, **values)._get_expected_cost(200), cost)

    def test_cost_of_a_case_is_that_of_the_average_order(self):
        self._create_orders(self.customer, [10, 40], amount=300)
        self.engine._run(self.company, today=self.today)
        self.case.invalidate_recordset()
        self.assertEqual(self._create_offer(percent=10)._get_cost(self.case), 30)

    def test_case_grants_its_offer(self):
        self.case.offer_id = self._create_offer()
        self.case.action_grant_offer()
        self.assertEqual(self.case.grant_ids.offer_id, self.case.offer_id)
        self.assertEqual(self.case.grant_ids.partner_id, self.customer)

    def test_case_without_an_offer_grants_nothing(self):
        with self.assertRaisesRegex(UserError, "Choose an offer"):
            self.case.action_grant_offer()

    def test_case_grants_nothing_that_the_margin_does_not_bear(self):
        self._create_orders(self.customer, [10, 40], amount=300, margin=30)
        self.engine._run(self.company, today=self.today)
        self.case.invalidate_recordset()
        self.case.offer_id = self._create_offer(percent=20)
        with self.assertRaisesRegex(UserError, "60.00"):
            self.case.action_grant_offer()
        self.assertFalse(self.case.grant_ids)

    def test_case_composes_a_set(self):
        self._create_quotation(quantity=3).action_confirm()
        action = self.case.action_compose_set()
        order = self.env["sale.order"].browse(action["res_id"])
        self.assertEqual((order.state, order.order_line.product_uom_qty), ("draft", 3))

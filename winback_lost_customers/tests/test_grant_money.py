from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .common_offer import OfferCase


@tagged("post_install", "-at_install")
class TestEwalletCredit(OfferCase):
    def _credit(self, amount=150, **values):
        return self._grant("credit", amount=amount, credit_kind="ewallet", **values)

    def _pay(self, order):
        """Pay with the first eWallet that the order offers; return whether there is one."""
        order._update_programs_and_rewards()
        for card, rewards in order._get_claimable_rewards().items():
            error = order._apply_program_reward(rewards[:1], card)
            return not error or "error" not in error
        return False

    def test_credit_is_on_an_ewallet_of_the_customer(self):
        grant = self._credit()
        card = grant.card_id
        self.assertEqual((card.points, card.partner_id), (150, self.customer))
        self.assertEqual(card.program_id.program_type, "ewallet")
        self.assertEqual(card.expiration_date, grant.date_expire)
        self.assertFalse(grant.code)

    def test_ewallet_pays_until_it_is_empty(self):
        self.product.standard_price = 0
        grant = self._credit(150)
        first, second, third = (self._create_quotation(quantity=1) for _number in range(3))
        self.assertTrue(self._pay(first))
        first.action_confirm()
        self.assertEqual((first.amount_total, grant.card_id.points), (0, 50))
        self.assertEqual((grant.state, grant.order_id, grant.cost), ("used", first, 100))
        self.assertTrue(self._pay(second))
        second.action_confirm()
        self.assertEqual((second.amount_total, grant.card_id.points), (50, 0))
        self.assertEqual(grant.cost, 150)
        self.assertFalse(self._pay(third))

    def test_ewallet_does_not_pay_for_others(self):
        grant = self._credit()
        order = self._create_quotation(partner=self.other)
        self.assertFalse(self._pay(order))
        error = order._apply_program_reward(grant.card_id.program_id.reward_ids, grant.card_id)
        self.assertIn("another customer", error["error"])

    def test_contact_pays_with_the_ewallet_of_its_organisation(self):
        grant = self._credit(20)
        contact = self._create_customer("Ada", parent_id=self.customer.id, is_company=False)
        order = self._create_quotation(partner=contact)
        self.assertTrue(self._pay(order))
        self.assertEqual(order.order_line.coupon_id, grant.card_id)

    def test_ewallet_holds_the_margin_floor(self):
        # an order of 100 with a cost of 60, less 150
        self._credit()
        order = self._create_quotation(quantity=1)
        self.assertFalse(self._pay(order))
        self.assertEqual(order.amount_total, 100)

    def test_withdrawn_credit_pays_nothing(self):
        grant = self._credit(20)
        grant._withdraw()
        self.assertFalse(self._pay(self._create_quotation()))

    def test_compensation_does_not_land_on_an_ewallet_that_ends(self):
        grant = self._credit()
        order = self._create_quotation()
        order.action_confirm()
        complaint = self.env["winback.complaint"].create(
            {
                "name": "Broken",
                "partner_id": self.customer.id,
                "company_id": self.company.id,
                "order_id": order.id,
                "compensation_kind": "ewallet",
                "compensation_percent": 5,
            }
        )
        complaint.action_issue_compensation()
        self.assertNotEqual(complaint.compensation_card_id, grant.card_id)
        self.assertEqual(grant.card_id.points, 150)

    def test_ewallet_carries_no_condition(self):
        with self.assertRaisesRegex(ValidationError, "no condition"):
            self._create_offer("credit", credit_kind="ewallet", minimum_amount=100)

    def test_whole_credit_is_expected_to_be_spent(self):
        offer = self._create_offer("credit", credit_kind="ewallet", amount=300)
        self.assertEqual(offer._get_expected_cost(100), 300)


@tagged("post_install", "-at_install")
class TestGiftCard(OfferCase):
    def _give(self, amount=150, **values):
        return self._grant("credit", amount=amount, credit_kind="gift_card", **values)

    def _pay(self, order, code):
        """Enter the code as a customer does; return the error, if any."""
        result = order._try_apply_code(code)
        for card, rewards in result.items() if "error" not in result else ():
            result = order._apply_program_reward(rewards[:1], card) or {}
        return result.get("error")

    def test_gift_card_is_one_of_odoo_with_a_code_of_the_customer(self):
        grant = self._give()
        card = grant.card_id
        self.assertEqual((card.points, card.partner_id), (150, self.customer))
        self.assertEqual(card.program_id.program_type, "gift_card")
        self.assertEqual(card.expiration_date, grant.date_expire)
        self.assertEqual(grant.code, card.code)
        self.assertFalse(card.program_id.rule_ids or card.program_id.communication_plan_ids)

    def test_gift_card_pays_until_it_is_empty(self):
        self.product.standard_price = 0
        grant = self._give(150)
        first, second, third = (self._create_quotation(quantity=1) for _number in range(3))
        self.assertFalse(self._pay(first, grant.code))
        first.action_confirm()
        self.assertEqual((first.amount_total, grant.card_id.points), (0, 50))
        self.assertEqual((grant.state, grant.order_id, grant.cost), ("used", first, 100))
        self.assertFalse(self._pay(second, grant.code))
        second.action_confirm()
        self.assertEqual((second.amount_total, grant.card_id.points), (50, 0))
        self.assertEqual(grant.cost, 150)
        self.assertIn("already been used", self._pay(third, grant.code))

    def test_gift_card_does_not_pay_for_others(self):
        order = self._create_quotation(partner=self.other)
        self.assertIn("another customer", self._pay(order, self._give(20).code))

    def test_gift_card_holds_the_margin_floor(self):
        # an order of 100 with a cost of 60, less 150
        order = self._create_quotation(quantity=1)
        self.assertTrue(self._pay(order, self._give().code))
        self.assertEqual(order.amount_total, 100)

    def test_order_makes_no_gift_card_by_itself(self):
        program = self._give().card_id.program_id
        order = self._create_quotation()
        order._update_programs_and_rewards()
        order.action_confirm()
        self.assertEqual(program.coupon_count, 1)

    def test_gift_card_carries_no_condition(self):
        with self.assertRaisesRegex(ValidationError, "no condition"):
            self._create_offer("credit", credit_kind="gift_card", minimum_amount=100)

    def test_compensation_is_no_gift_card(self):
        with self.assertRaisesRegex(ValidationError, "compensation"):
            self._create_offer("compensation", percent=5, credit_kind="gift_card")

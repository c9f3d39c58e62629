from datetime import timedelta

from odoo import Command
from odoo.tests import tagged

from .common import PollCase


@tagged("post_install", "-at_install")
class TestPollGiftKinds(PollCase):
    """Each kind of gift: given once, told to the customer, and good on an order."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product.standard_price = 0
        cls.customer = cls._create_buyer()
        cls.contact = cls._create_person("Ada", cls.customer)

    def _answer_for(self, kind, **values):
        """Answer a poll with a gift of this kind, and try again; return the gift."""
        offer = self.env["winback.offer"].create({"name": "Kind", "kind": kind, "valid_days": 30, **values})
        self.invitation = self._start(offer_id=offer.id).invitation_ids
        self._answer(self.invitation, nps="3")
        self.invitation._note_answer_or_log()
        gift = self.invitation.gift_ids
        self.assertEqual((len(gift), gift.state), (1, "delivered"))
        self.assertEqual(self.env["winback.grant"].search([("partner_id", "=", self.customer.id)]), gift.grant_id)
        return gift

    def _order(self, partner=None, quantity=1):
        line = {
            "product_id": self.product.id, "product_uom_qty": quantity, "price_unit": 100, "tax_ids": False,
        }  # fmt: skip
        return self.env["sale.order"].create({
            "partner_id": (partner or self.customer).id, "company_id": self.company.id,
            "order_line": [Command.create(line)],
        })  # fmt: skip

    def _redeem(self, gift, order):
        """Take the gift on an order, by its code or from the eWallet, and confirm it."""
        if gift.code:
            found = order._try_apply_code(gift.code)
            self.assertNotIn("error", found)
        else:
            order._update_programs_and_rewards()
            found = order._get_claimable_rewards()
        self.assertTrue(found)
        for card, rewards in found.items():
            order._apply_program_reward(rewards[:1], card)
        order.action_confirm()

    def test_ewallet_credit_pays_until_it_is_empty(self):
        gift = self._answer_for("credit", amount=150, credit_kind="ewallet")
        self.assertFalse(gift.code)
        self.assertIn("eWallet", gift._get_text())
        self.assertIn("150.00", gift._get_text())
        first, second = self._order(), self._order(self.contact)
        self._redeem(gift, first)
        self.assertEqual(first.amount_total, 0)
        self.assertEqual((gift.state, gift.cost, gift.liability), ("redeemed", 100, 50))
        self._redeem(gift, second)
        self.assertEqual(second.amount_total, 50)
        self.assertEqual((gift.state, gift.cost, gift.liability), ("redeemed", 150, 0))

    def test_gift_card_pays_until_it_is_empty(self):
        gift = self._answer_for("credit", amount=150, credit_kind="gift_card")
        self.assertEqual(gift.grant_id.card_id.program_id.program_type, "gift_card")
        self.assertIn(gift.code, gift._get_text())
        self.assertIn("150.00", gift.mail_id.body_html)
        first, second = self._order(), self._order(self.contact)
        self._redeem(gift, first)
        self.assertEqual((first.amount_total, gift.liability), (0, 50))
        self._redeem(gift, second)
        self.assertEqual((second.amount_total, gift.liability, gift.cost), (50, 0, 150))

    def test_rest_of_a_gift_card_is_no_liability_once_it_is_over(self):
        gift = self._answer_for("credit", amount=150, credit_kind="gift_card")
        self._redeem(gift, self._order())
        with self._at(gift.date_expire):
            gift._close_over()
            self.assertEqual(gift.liability, 50)
        with self._at(gift.date_expire + timedelta(days=1)):
            gift._close_over()
            self.assertEqual((gift.state, gift.liability), ("redeemed", 0))

    def test_gift_card_is_no_money_for_other_customers(self):
        gift = self._answer_for("credit", amount=150, credit_kind="gift_card")
        other = self._create_customer("Other")
        self.assertIn("another customer", self._order(other)._try_apply_code(gift.code)["error"])

    def test_product_is_given_with_an_order(self):
        cup = self.env["product.product"].create({"name": "Cup", "list_price": 20, "standard_price": 8})
        gift = self._answer_for("gift", product_id=cup.id)
        order = self._order()
        self._redeem(gift, order)
        self.assertEqual(order.order_line.filtered("reward_id").product_id, cup)
        self.assertEqual((order.amount_total, gift.cost, gift.liability), (100, 8, 0))

    def test_gift_without_a_description_is_told_by_its_name(self):
        gift = self._answer_for("discount", percent=10)
        self.assertIn("Kind", gift._get_text())

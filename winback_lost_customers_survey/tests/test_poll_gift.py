from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import PollCase

LOGGER = "odoo.addons.winback_lost_customers_survey.models.winback_poll_gift_issue"


@tagged("post_install", "-at_install")
class TestPollGift(PollCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.offer = cls.env["winback.offer"].create(
            {"name": "Ten off", "kind": "credit", "amount": 10, "valid_days": 30}
        )
        cls.customer = cls._create_buyer()
        cls.other = cls._create_buyer("Other")
        cls.poll = cls._start(offer_id=cls.offer.id)
        cls.invitation = cls._get_invitation(cls.poll, cls.customer)

    def _answer_and_get_gift(self, **answers):
        self._answer(self.invitation, **answers or {"nps": "9"})
        return self.invitation.gift_ids

    def _redeem(self, gift, partner, confirm=True):
        """Use the code on an order of `partner`; return the error, if any, and the order."""
        line = {"product_id": self.product.id, "product_uom_qty": 1, "price_unit": 100, "tax_ids": False}
        order = self.env["sale.order"].create(
            {"partner_id": partner.id, "company_id": self.company.id, "order_line": [Command.create(line)]}
        )
        result = order._try_apply_code(gift.code)
        if "error" in result:
            return result["error"], order
        for card, rewards in result.items():
            order._apply_program_reward(rewards[:1], card)
        if confirm:
            order.action_confirm()
        return None, order

    def test_everyone_who_answers_gets_one_whatever_the_score(self):
        for invitation, nps in zip(self.poll.invitation_ids, ("0", "10")):
            self._answer(invitation, nps=nps)
            self.assertEqual(invitation.gift_ids.state, "delivered")
            self.assertTrue(invitation.gift_ids.code)

    def test_gift_is_mailed_without_attachment(self):
        gift = self._answer_and_get_gift()
        self.assertIn(gift.code, gift.mail_id.body_html)
        self.assertFalse(gift.mail_id.attachment_ids)
        # who reads it is a customer: nothing of how we call things
        self.assertNotIn("Win-Back Gift", gift.mail_id.body_html)
        self.assertEqual(gift.mail_id.recipient_ids, self.customer)

    def test_gift_works_at_checkout_once_and_for_its_customer_only(self):
        gift = self._answer_and_get_gift()
        error, _order = self._redeem(gift, self.other)
        self.assertIn("another customer", error)
        error, order = self._redeem(gift, self.customer)
        self.assertFalse(error)
        self.assertEqual(order.amount_untaxed, 90)
        self.assertEqual((gift.state, gift.cost, gift.liability), ("redeemed", 10, 0))
        self.assertTrue(self._redeem(gift, self.customer)[0])

    def test_cancelled_order_gives_the_gift_back(self):
        gift = self._answer_and_get_gift()
        _error, order = self._redeem(gift, self.customer)
        order._action_cancel()
        self.assertEqual((gift.state, gift.cost), ("delivered", 0))
        self.assertEqual(gift.liability, gift.expected_cost)

    def test_failing_gift_never_loses_the_answer_and_is_given_later(self):
        with (
            patch.object(type(self.offer), "_grant", side_effect=UserError("no such program")),
            self.assertLogs(LOGGER, "WARNING"),
        ):
            gift = self._answer_and_get_gift()
        self.assertEqual(self.invitation.answer_ids.nps, 9)
        self.assertEqual((gift.state, gift.attempts, gift.error), ("promised", 1, "no such program"))
        gift._give_or_log()
        self.assertEqual((gift.state, gift.error), ("delivered", False))
        self.assertEqual(len(gift.grant_id), 1)

    def test_gift_whose_mail_cannot_be_made_is_issued_and_sent_later(self):
        template = self.env.ref("winback_lost_customers_survey.mail_template_gift")
        with (
            patch.object(type(template), "send_mail", side_effect=UserError("no printer")),
            self.assertLogs(LOGGER, "WARNING"),
        ):
            gift = self._answer_and_get_gift()
        code = gift.code
        self.assertEqual(gift.state, "issued")
        gift._give_or_log()
        self.assertEqual((gift.state, gift.code), ("delivered", code))

    def test_gift_is_unique_per_answer(self):
        gift = self._answer_and_get_gift()
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.env.cr.savepoint():
            gift.copy({"invitation_id": gift.invitation_id.id, "date_promised": gift.date_promised})

    def test_giving_again_changes_nothing(self):
        gift = self._answer_and_get_gift()
        before = (gift.grant_id, gift.code)
        gift.action_retry()
        gift._give_or_log()
        self.assertEqual((gift.grant_id, gift.code), before)
        self.assertEqual(self.env["winback.grant"].search_count([("partner_id", "=", self.customer.id)]), 1)

    def test_customer_gets_one_in_each_poll_also_while_the_last_is_open(self):
        self._answer_and_get_gift()
        self._create_document(self.customer, 0)
        following = self._create_poll(month="2026-06-01", offer_id=self.offer.id)
        day = self.today.replace(month=7)
        with self._at(day):
            following._start(day)
            following._send_batch(day)
            self._answer(self._get_invitation(following, self.customer), nps="9")
        self.assertEqual(self._get_invitation(following, self.customer).gift_ids.state, "delivered")

    def test_control_group_gets_what_it_was_promised(self):
        held_out = patch.object(
            type(self.env["winback.campaign"]), "_get_held_out_partners", return_value=self.customer
        )
        with held_out:
            gift = self._answer_and_get_gift()
        self.assertEqual(gift.state, "delivered")

    def test_unused_gift_expires_and_is_no_liability(self):
        gift = self._answer_and_get_gift()
        self.assertEqual(gift.liability, 10)
        gift.grant_id._expire(self.today.replace(month=8))
        self.assertEqual((gift.state, gift.liability), ("expired", 0))

    def test_offer_changed_later_does_not_change_what_was_promised(self):
        self.offer.amount = 1
        gift = self._answer_and_get_gift()
        self._redeem(gift, self.customer)
        self.assertEqual(gift.cost, 10)

    def test_liability_of_a_poll_counts_who_may_still_answer(self):
        self.assertEqual(self.poll.liability, 20)
        self._redeem(self._answer_and_get_gift(), self.customer)
        self.poll.invalidate_recordset()
        self.assertEqual(self.poll.liability, 10)

    def test_salesperson_gives_no_gifts_by_hand(self):
        gift = self._answer_and_get_gift()
        user = self.env["res.users"].create(
            {
                "name": "S", "login": "poll_s", "company_id": self.company.id, "company_ids": self.company.ids,
                "group_ids": self.env.ref("sales_team.group_sale_salesman_all_leads").ids,
            }
        )  # fmt: skip
        with self.assertRaises(AccessError):
            gift.with_user(user).action_retry()

    def test_gift_for_an_answer_is_no_offer_of_a_campaign(self):
        campaign = self.env["winback.campaign"].create(
            {"name": "Back", "company_id": self.company.id, "date_start": self.today, "date_end": self.today}
        )
        self._answer_and_get_gift()
        own = self.offer._grant(self.other, self.company)
        partners = self.customer | self.other
        self.assertEqual(campaign._get_grants(partners, self.today), own)

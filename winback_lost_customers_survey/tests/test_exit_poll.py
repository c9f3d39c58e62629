from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import PollCase


@tagged("post_install", "-at_install")
class TestExitPoll(PollCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls._create_customer("Lost", email="lost@customer.test")
        cls._create_orders(cls.customer, [400, 430, 460], margin=50)
        cls._run()
        cls.offer = cls.env["winback.offer"].create({"name": "Back", "kind": "discount", "percent": 10})
        cls.case = cls.env["winback.case"]._open(cls.company, cls.customer, offer_id=cls.offer.id)
        cls.reason = cls.env.ref("winback_lost_customers.winback_reason_price")
        cls.choice = cls.env.ref("winback_lost_customers_survey.answer_exit_price")

    def _ask(self):
        self.case.action_send_exit_poll()
        poll = self.case.exit_invitation_ids.poll_id
        poll._send_batch(self.today)
        return self.case.exit_invitation_ids

    def test_customer_is_asked_when_an_offer_is_ready(self):
        self.assertTrue(self.case.can_ask_customer)
        invitation = self._ask()
        self.assertEqual((invitation.state, invitation.kind), ("sent", "exit"))
        self.assertEqual(invitation.poll_id.name, "Exit Poll 2026-06")

    def test_customer_is_not_asked_without_an_offer(self):
        self.case.offer_id = False
        self.assertFalse(self.case.can_ask_customer)
        with self.assertRaisesRegex(UserError, "offer ready"):
            self.case.action_send_exit_poll()
        self.case.offer_id = self.env["winback.offer"].create({"name": "No product", "kind": "gift"})
        self.assertFalse(self.case.can_ask_customer)

    def test_customer_is_asked_once(self):
        self._ask()
        with self.assertRaisesRegex(UserError, "already"):
            self.case.action_send_exit_poll()

    def test_who_wants_no_mails_is_not_asked(self):
        self.env["mail.blacklist"]._add("lost@customer.test")
        with self.assertRaisesRegex(UserError, "Wants no mails"):
            self.case.action_send_exit_poll()

    def test_answer_sets_the_reason_of_the_customer_and_brings_a_gift(self):
        invitation = self._ask()
        self._answer(invitation, reason=[str(self.choice.id)], competitor="ACME", comeback="Lower <prices>")
        self.assertEqual(self.case.customer_reason_id, self.reason)
        self.assertEqual(self.case.competitor, "ACME")
        self.assertIn(self.case.state, ("reason", "prepared"))
        bodies = "".join(self.case.message_ids.mapped("body"))
        self.assertIn("Lower &lt;prices&gt;", bodies)
        self.assertEqual(invitation.gift_ids.state, "delivered")

    def test_answer_proposes_a_method_for_the_reason(self):
        methods = self.env["winback.method"]
        # of several that fit the expected profit decides, which is not tested here
        methods.search([("company_id", "in", [False, self.company.id])]).active = False
        method = methods.create({"name": "Talk about value", "reason_ids": self.reason.ids})
        self.case.method_id = False
        self._answer(self._ask(), reason=[str(self.choice.id)])
        self.assertEqual(self.case.method_id, method)

    def test_answer_after_the_case_was_closed_is_kept_and_changes_nothing(self):
        invitation = self._ask()
        self._set_columns(self.case, state="gone")
        answer = self._answer(invitation, reason=[str(self.choice.id)])
        self.assertEqual(answer.reason_id, self.reason)
        self.assertFalse(self.case.customer_reason_id)

    def test_every_reason_in_the_customers_words_is_one_of_ours(self):
        question = self.env.ref("winback_lost_customers_survey.question_exit_reason")
        self.assertEqual(len(question.suggested_answer_ids.winback_reason_id), len(question.suggested_answer_ids))

from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import PollCase

URGENT = "winback_lost_customers_survey.mail_act_poll_react"


@tagged("post_install", "-at_install")
class TestPollReaction(PollCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.leader, cls.seller, cls.head, cls.colleague = (
            new_test_user(
                cls.env, f"react_{name}", "sales_team.group_sale_salesman", company_id=cls.company.id,
                company_ids=cls.company.ids,
            )
            for name in ("leader", "seller", "head", "colleague")
        )  # fmt: skip
        cls.team = cls.env["crm.team"].create(
            {"name": "Team", "user_id": cls.leader.id, "company_id": cls.company.id, "member_ids": cls.seller.ids}
        )
        cls.company.winback_superior_id = cls.head
        cls.customer = cls._create_customer("Firm", email="firm@customer.test")
        cls._create_document(cls.customer, user_id=cls.seller.id, team_id=cls.team.id)
        cls.poll = cls._start()
        cls.invitation = cls.poll.invitation_ids

    def test_detractor_opens_a_serious_complaint_of_the_superior(self):
        answer = self._answer(self.invitation, nps="6", text="<b>Bad</b>\nindeed")
        complaint = answer.complaint_id
        self.assertEqual((complaint.source, complaint.severity), ("poll", "serious"))
        self.assertEqual(complaint.user_id, self.leader)
        self.assertEqual(complaint.superior_id, self.head)
        self.assertEqual(complaint.order_id, self.invitation.order_id)
        self.assertIn("&lt;b&gt;Bad", complaint.description)
        activity = complaint.activity_search([URGENT])
        self.assertEqual(activity.user_id, self.leader)
        self.assertIn("6 of 10", activity.summary)
        self.assertEqual(answer.reaction_deadline, complaint.deadline)
        # one task for one thing; a new owner gets one, too
        answering = ["winback_lost_customers.mail_act_complaint_answer"]
        self.assertFalse(complaint.activity_search(answering))
        complaint.user_id = self.seller
        self.assertEqual(complaint.activity_search(answering).user_id, self.seller)

    def test_angry_word_about_a_department_is_reacted_to_whatever_the_recommendation(self):
        answer = self._answer(self.invitation, nps="9", delivery="4")
        self.assertEqual(answer.complaint_id.severity, "small")

    def test_content_answers_ask_nobody_to_react(self):
        answer = self._answer(self.invitation, nps="7", delivery="5")
        self.assertFalse(answer.complaint_id or answer.needs_reaction)

    def test_angry_score_is_a_setting(self):
        self.company.winback_poll_angry_score = 2
        self.assertFalse(self._answer(self.invitation, nps="9", delivery="3").complaint_id)

    def test_reaction_is_measured_and_ends_the_activity(self):
        answer = self._answer(self.invitation, nps="1")
        with self._at(self.today + timedelta(days=1)):
            answer.complaint_id.action_answered()
        self.assertTrue(answer.reaction_date)
        self.assertEqual(answer.reaction_hours, answer.complaint_id.answer_hours)
        self.assertFalse(answer.complaint_id.activity_search([URGENT]))

    def test_late_reaction_escalates_to_the_next_superior(self):
        complaint = self._answer(self.invitation, nps="1").complaint_id
        with self._at(self.today + timedelta(days=5)):
            complaint._escalate()
        late = complaint.activity_search(["winback_lost_customers.mail_act_complaint_late"])
        self.assertEqual(late.user_id, self.head)

    def test_bad_answer_of_a_lost_customer_opens_a_case(self):
        self._run()
        self._set_columns(self._get_status(self.customer), state="lost")
        answer = self._answer(self.invitation, nps="2", text="Never again")
        self.assertFalse(answer.complaint_id)
        self.assertEqual((answer.case_id.source, answer.case_id.partner_id), ("poll", self.customer))
        self.assertTrue(answer.case_id.activity_search([URGENT]))

    def test_bad_answer_is_added_to_the_complaint_that_is_open(self):
        complaint = self.env["winback.complaint"].create(
            {"name": "Broken", "partner_id": self.customer.id, "company_id": self.company.id}
        )
        answer = self._answer(self.invitation, nps="3", text="And late")
        self.assertEqual(answer.complaint_id, complaint)
        self.assertIn("And late", "".join(complaint.message_ids.mapped("body")))

    def test_account_manager_is_changed_from_the_answer_in_one_click(self):
        self.customer.user_id = self.seller
        self.team.member_ids += self.colleague
        answer = self._answer(self.invitation, nps="3").with_user(self.leader)
        self.assertTrue(answer.may_hand_over)
        action = answer.action_change_account_manager()
        self.assertEqual(self.customer.user_id, self.colleague)
        self.assertEqual(self.env["winback.case"].browse(action["res_id"]).partner_id, self.customer)

    def test_account_manager_of_a_lost_customer_is_changed_from_the_answer(self):
        self._run()
        self._set_columns(self._get_status(self.customer), state="lost")
        self.team.member_ids += self.colleague
        answer = self._answer(self.invitation, nps="2")
        answer.with_user(self.leader).action_change_account_manager()
        self.assertEqual(self.customer.user_id, answer.case_id.user_id)
        self.assertNotEqual(self.customer.user_id, self.seller)

    def test_person_concerned_does_not_decide_about_the_account_manager(self):
        answer = self._answer(self.invitation, nps="3").with_user(self.seller)
        self.assertFalse(answer.may_hand_over)
        with self.assertRaises(AccessError):
            answer.action_change_account_manager()

    def test_nobody_responsible_is_no_failure(self):
        self.company.winback_superior_id = False
        self.team.user_id = False
        self.assertTrue(self._answer(self.invitation, nps="0").complaint_id)

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common_case import REASON_TYPE, CaseCase


@tagged("post_install", "-at_install")
class TestCaseReason(CaseCase):
    def setUp(self):
        super().setUp()
        self.case = self._open()
        self.question = self._get_planned(self.case, REASON_TYPE)

    def _answer(self, user=None, **values):
        wizard = self.env["winback.case.reason"].with_user(user or self.anna)
        values = {"activity_id": self.question.id, "reason_id": self.reason.id, **values}
        return wizard.create(values).action_answer()

    def test_colleague_answers_without_seeing_the_case(self):
        self.assertFalse(self.case.with_user(self.anna).has_access("read"))
        action = self.question.with_user(self.anna).action_winback_say_reason()
        self.assertEqual(action["context"], {"default_activity_id": self.question.id})
        self._answer(competitor="Rival", competitor_hook="Cheaper", note="We were late")
        self.assertEqual(self.case.reason_id, self.reason)
        self.assertEqual(self.case.state, "reason")
        self.assertEqual(self.case.competitor, "Rival")
        self.assertEqual(self.case.competitor_hook, "Cheaper")
        self.assertFalse(self.question.active)
        note = self.case.message_ids.filtered(lambda m: "We were late" in m.body)[:1]
        self.assertEqual(note.author_id, self.anna.partner_id)
        self.assertFalse(self.case.with_user(self.anna).has_access("read"))

    def test_colleague_does_not_follow_the_case(self):
        self.assertNotIn(self.anna.partner_id, self.case.message_partner_ids)

    def test_empty_answer_keeps_what_is_known(self):
        self.case.competitor = "Known"
        self._answer()
        self.assertEqual(self.case.competitor, "Known")

    def test_somebody_else_is_refused(self):
        for user in (self.senior, self.boss):
            with self.subTest(user.login), self.assertRaises(AccessError):
                self._answer(user)
        self.assertFalse(self.case.reason_id)
        self.assertTrue(self.question.active)

    def test_question_is_answered_once(self):
        self._answer()
        with self.assertRaisesRegex(UserError, "answered already"):
            self._answer(reason_id=self.delivery.id)
        self.assertEqual(self.case.reason_id, self.reason)

    def test_other_activities_ask_for_no_reason(self):
        todo = self.case.activity_schedule("mail.mail_activity_data_todo")
        with self.assertRaisesRegex(UserError, "asks for no reason"):
            todo.action_winback_say_reason()

    def test_reason_named_by_the_owner_settles_the_question(self):
        self.case.with_user(self.senior)._set_reason(self.reason)
        self.assertFalse(self.question.active)

    def test_closing_drops_the_question(self):
        self.case._close("dismissed")
        self.assertFalse(self.question.exists())

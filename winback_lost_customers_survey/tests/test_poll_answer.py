from unittest.mock import patch

from odoo.tests import tagged

from ..models.survey_question import MAX_TEXT
from .common import PollCase

LOGGER = "odoo.addons.winback_lost_customers_survey.models.survey_user_input"


@tagged("post_install", "-at_install")
class TestPollAnswer(PollCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = cls.env["res.users"].create(
            {"name": "Seller", "login": "poll_seller", "company_id": cls.company.id, "company_ids": cls.company.ids}
        )
        cls.firm = cls._create_customer("Firm", email="firm@customer.test")
        cls.person = cls._create_person("Person", cls.firm)
        cls._create_document(cls.person, user_id=cls.seller.id)
        cls.poll = cls._start()
        cls.invitation = cls.poll.invitation_ids

    def test_answer_is_kept_with_scores_text_and_who_dealt_with_the_customer(self):
        quote = self.env.ref("winback_lost_customers_survey.answer_quote")
        referral = self.env.ref("winback_lost_customers_survey.answer_referral")
        answer = self._answer(
            self.invitation, nps="0", products="9", delivery="3", text="Late again", closing=[quote.id, referral.id]
        )
        self.assertEqual((answer.nps, answer.category), (0, "detractor"))
        scores = {score.department: score.score for score in answer.score_ids}
        self.assertEqual(scores, {"products": 9, "delivery": 3})
        self.assertEqual((answer.lowest_score, answer.is_rated), (3, True))
        self.assertEqual(answer.text, "Late again")
        self.assertTrue(answer.may_quote and answer.is_referral)
        self.assertEqual(answer.user_id, self.seller)
        self.assertEqual(answer.partner_id, self.firm)
        self.assertEqual(self.invitation.state, "answered")

    def test_answer_without_recommendation_has_no_category(self):
        answer = self._answer(self.invitation, text="Nothing")
        self.assertFalse(answer.category)
        self.assertFalse(answer.is_rated)

    def test_values_outside_of_the_scale_are_refused(self):
        question = self.env.ref("winback_lost_customers_survey.question_nps")
        for value in ("11", 11, "-1", "abc", "1e1", "5.5", "²"):
            with self.subTest(value=value):
                self.assertIn(question.id, question.validate_question(value))
        for value in ("0", "10", 7):
            with self.subTest(value=value):
                self.assertFalse(question.validate_question(value))

    def test_a_value_that_got_past_is_not_counted(self):
        line = self.env["survey.user_input.line"].create(
            {
                "user_input_id": self.invitation.user_input_id.id,
                "question_id": self.env.ref("winback_lost_customers_survey.question_nps").id,
                "answer_type": "scale",
                "value_scale": 11,
            }
        )
        answer = self._answer(self.invitation)
        self.assertTrue(line)
        self.assertFalse(answer.category)

    def test_enormous_and_unstorable_texts_are_refused(self):
        question = self.env.ref("winback_lost_customers_survey.question_text")
        self.assertFalse(question.validate_question("x" * MAX_TEXT))
        self.assertIn(question.id, question.validate_question("x" * (MAX_TEXT + 1)))
        self.assertIn(question.id, question.validate_question("zero\x00"))
        self.assertFalse(question.validate_question("  "))

    def test_failing_notes_do_not_lose_the_answer_and_are_made_up_for(self):
        cls = type(self.invitation)
        with (
            patch.object(cls, "_record_answer", side_effect=ValueError("broken")),
            self.assertLogs(LOGGER, "ERROR"),
        ):
            self._answer(self.invitation, nps="8")
        sheet = self.invitation.user_input_id
        self.assertEqual(sheet.state, "done")
        self.assertEqual(sheet.user_input_line_ids.filtered(lambda line: line.answer_type == "scale").value_scale, 8)
        self.assertFalse(self.invitation.answer_ids)
        self.poll._note_missed_answers(self.today)
        self.assertEqual(self.invitation.answer_ids.nps, 8)
        self.assertEqual(self.invitation.gift_ids.state, "delivered")

    def test_failing_reaction_loses_neither_answer_nor_gift_and_is_made_up_for(self):
        cls = self.env.registry["winback.poll.answer"]
        with (
            patch.object(cls, "_open_complaint", side_effect=ValueError("broken")),
            self.assertLogs(LOGGER, "ERROR"),
        ):
            answer = self._answer(self.invitation, nps="1")
        self.assertEqual(self.invitation.gift_ids.state, "delivered")
        self.assertFalse(answer.needs_reaction or answer.complaint_id)
        self.poll._note_missed_answers(self.today)
        self.assertTrue(answer.complaint_id)

    def test_answer_of_a_closed_poll_that_was_missed_is_noted(self):
        cls = type(self.invitation)
        with patch.object(cls, "_record_answer", side_effect=ValueError("broken")), self.assertLogs(LOGGER, "ERROR"):
            self._answer(self.invitation, nps="8")
        self.poll.write({"state": "done"})
        self.invitation.state = "expired"
        self._trigger()
        self.assertEqual(self.invitation.answer_ids.nps, 8)
        self.assertEqual(self.invitation.state, "answered")

    def test_answer_is_noted_once_however_often_it_is_marked_done(self):
        self._answer(self.invitation, nps="8")
        self.invitation.user_input_id._mark_done()
        self.poll._note_missed_answers(self.today)
        self.assertEqual(len(self.invitation.answer_ids), 1)
        self.assertEqual(len(self.invitation.gift_ids), 1)

    def test_survey_edited_after_the_invitation_is_answered_all_the_same(self):
        self.env.ref("winback_lost_customers_survey.question_delivery").unlink()
        self.env.ref("winback_lost_customers_survey.question_products").winback_role = False
        answer = self._answer(self.invitation, nps="9", delivery="1", products="2", sales="8")
        self.assertEqual(answer.nps, 9)
        self.assertEqual({s.department for s in answer.score_ids}, {"sales"})

    def test_history_outlives_the_survey(self):
        answer = self._answer(self.invitation, nps="9")
        self.env.ref("winback_lost_customers_survey.question_nps").unlink()
        self.invitation.user_input_id.unlink()
        self.assertEqual((answer.nps, answer.category), (9, "promoter"))

    def test_contact_who_moved_since_answers_for_the_customer_who_was_asked(self):
        self.person.parent_id = self._create_customer("Elsewhere")
        answer = self._answer(self.invitation, nps="2")
        self.assertEqual(answer.partner_id, self.firm)
        self.assertEqual(self.invitation.gift_ids.grant_id.partner_id, self.firm)
        self.assertEqual(answer.complaint_id.commercial_partner_id, self.firm)

    def test_test_entries_and_other_surveys_are_no_answers(self):
        before = self.env["winback.poll.answer"].search_count([("company_id", "=", self.company.id)])
        self.survey._create_answer(test_entry=True)._mark_done()
        other = self.env["survey.survey"].create({"title": "Other"})
        other._create_answer(partner=self.person)._mark_done()
        after = self.env["winback.poll.answer"].search_count([("company_id", "=", self.company.id)])
        self.assertEqual(before, after)

    def test_answer_counts_on_the_day_of_the_company(self):
        self.company.partner_id.tz = "Pacific/Auckland"
        self._answer(self.invitation, nps="9")
        self.assertEqual(str(self.invitation.answer_ids.date), "2026-06-02")

    def test_nps_is_hidden_below_ten_answers(self):
        self._answer(self.invitation, nps="9")
        self.assertIn("fewer than 10", self.poll.nps_text)
        values = {
            "name": "A", "poll_id": self.poll.id, "company_id": self.company.id, "partner_id": self.firm.id,
            "date": self.today, "nps": 9, "category": "promoter",
        }  # fmt: skip
        self.env["winback.poll.answer"].create([values] * 9)
        self.poll.invalidate_recordset()
        self.assertRegex(self.poll.nps_text, r"^\+100 \(\+\d+ to \+100\)$")

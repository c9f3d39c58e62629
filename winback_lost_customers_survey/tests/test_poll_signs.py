from odoo.addons.winback_lost_customers.tests.test_refresh_marks import MarksCase
from odoo.tests import tagged

from .common import PollCase


@tagged("post_install", "-at_install")
class TestPollSigns(PollCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls._create_customer()
        cls._create_orders(cls.customer, [40, 10])
        for xmlid in ("winback_lost_customers_survey.winback_sign_s9", "winback_lost_customers.winback_sign_s5"):
            cls.env.ref(xmlid).active = True

    @classmethod
    def _create_answer(cls, days_ago, nps, category="passive", partner=None, **values):
        return cls.env["winback.poll.answer"].create(
            {
                "name": f"Poll: {nps}", "company_id": cls.company.id, "partner_id": (partner or cls.customer).id,
                "date": cls._day(days_ago), "nps": nps, "category": category, **values,
            }
        )  # fmt: skip

    def _holds(self, code, today=None):
        return bool(self._get_evidence(self.customer, code, today))

    def test_s9_holds_below_seven(self):
        for nps, holds in ((6, True), (7, False), (0, True)):
            with self.subTest(nps=nps):
                self._create_answer(0, nps)
                self.assertEqual(self._holds("S9"), holds)

    def test_s9_explains_itself_and_opens_the_answer(self):
        answer = self._create_answer(3, 0, "detractor")
        evidence = self._get_evidence(self.customer, "S9")
        self.assertIn("0 of 10", evidence.explanation)
        self.assertEqual(evidence.documents, [["winback.poll.answer", answer.id]])
        self.assertEqual(evidence.since, answer.date)

    def test_s9_looks_at_the_last_answer_with_a_recommendation(self):
        self._create_answer(30, 3)
        self._create_answer(10, 0, category=False)
        self.assertTrue(self._holds("S9"))
        self._create_answer(5, 9)
        self.assertFalse(self._holds("S9"))

    def test_s9_forgets_after_a_year(self):
        self._create_answer(365, 3)
        self.assertFalse(self._holds("S9"))
        self._create_answer(364, 3)
        self.assertTrue(self._holds("S9"))

    def test_s9_as_of_a_past_day_knows_no_later_answers(self):
        self._create_answer(5, 3)
        self.assertIsNone(self._get_facts(self.customer, self._day(6))["nps_last"])
        self.assertEqual(self._get_facts(self.customer, self._day(5))["nps_last"], 3)

    def test_s9_is_of_one_company(self):
        other = self._create_company("Other")
        answer = self._create_answer(5, 3)
        answer.company_id = other
        self.assertFalse(self._holds("S9"))

    def test_status_shows_the_last_recommendation(self):
        self._create_answer(5, 3)
        self._run()
        status = self._get_status(self.customer)
        self.assertEqual((status.nps_last, status.nps_date), (3, self._day(5)))

    def test_bad_answers_make_dissatisfied(self):
        self._create_answer(5, 7)
        self.assertFalse(self._holds("S5"))
        self._create_answer(5, 9, "promoter", is_rated=True, lowest_score=4)
        evidence = self._get_evidence(self.customer, "S5")
        self.assertIn("bad answer in a poll", evidence.explanation)

    def test_detractor_is_dissatisfied_and_unanswered_question_is_not(self):
        self._create_answer(5, 0, category=False)
        self.assertFalse(self._holds("S5"))
        self._create_answer(5, 6, "detractor")
        self.assertTrue(self._holds("S5"))

    def test_threshold_unit_reads_as_below(self):
        sign = self.env.ref("winback_lost_customers_survey.winback_sign_s9")
        self.assertEqual(sign.threshold_unit, "below")


@tagged("post_install", "-at_install")
class TestPollMarks(MarksCase):
    """Whatever the facts read of an answer marks its customer."""

    def test_new_changed_and_deleted_answers_mark_their_customer(self):
        values = {
            "name": "Poll", "company_id": self.company.id, "partner_id": self.customer.id, "date": self.today,
            "nps": 5, "category": "detractor",
        }  # fmt: skip
        answer = self.env["winback.poll.answer"].create(values)
        self._assert_each_marks(
            [
                ("new", lambda: self.env["winback.poll.answer"].create(values)),
                ("score", lambda: answer.write({"nps": 9, "category": "promoter"})),
                ("department", lambda: answer.write({"is_rated": True, "lowest_score": 2})),
                ("date", lambda: answer.write({"date": self._day(9)})),
                ("deleted", answer.unlink),
            ]
        )

    def test_reaction_to_an_answer_marks_nobody(self):
        answer = self.env["winback.poll.answer"].create(
            {"name": "Poll", "company_id": self.company.id, "partner_id": self.customer.id, "date": self.today}
        )
        self._forget_marks()
        answer.needs_reaction = True
        self._assert_marked()

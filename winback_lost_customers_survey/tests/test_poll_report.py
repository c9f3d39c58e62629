from datetime import timedelta

from odoo.exceptions import UserError
from odoo.tests import new_test_user, tagged

from .common import PollCase


@tagged("post_install", "-at_install")
class TestPollReport(PollCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seller = new_test_user(
            cls.env, "report_seller", "sales_team.group_sale_salesman", company_id=cls.company.id,
            company_ids=cls.company.ids,
        )  # fmt: skip
        cls.manager = new_test_user(
            cls.env, "report_manager", "sales_team.group_sale_manager", company_id=cls.company.id,
            company_ids=cls.company.ids,
        )  # fmt: skip
        cls.customer = cls._create_buyer()
        cls.poll = cls._create_poll()

    @classmethod
    def _create_answers(cls, *scores, **values):
        """Create an answer for each of the recommendations."""
        defaults = {
            "name": "Poll", "poll_id": cls.poll.id, "company_id": cls.company.id, "partner_id": cls.customer.id,
            "date": cls.today, "user_id": cls.seller.id,
        }  # fmt: skip
        return cls.env["winback.poll.answer"].create(
            [
                {
                    **defaults, "nps": score,
                    "category": "promoter" if score >= 9 else "detractor" if score <= 6 else "passive", **values,
                }
                for score in scores
            ]
        )  # fmt: skip

    def _get_row(self, dimension, user=None, **values):
        self.env.flush_all()
        self.env["winback.nps.report"].invalidate_model()
        domain = [("dimension", "=", dimension), ("company_id", "=", self.company.id)]
        domain += [(name, "=", value) for name, value in values.items()]
        return self.env["winback.nps.report"].with_user(user or self.env.user).search(domain)

    def test_nps_is_hidden_below_ten_answers(self):
        self._create_answers(*[9] * 6, *[7] * 2, 3)
        row = self._get_row("month")
        self.assertEqual((row.answers, row.is_shown, row.nps, row.nps_low), (9, False, 0, 0))
        self.assertIn("fewer than 10", row.nps_text)
        self.assertFalse(row.promoters or row.passives or row.detractors)
        self._create_answers(0)
        row = self._get_row("month")
        self.assertTrue(row.is_shown)
        self.assertEqual((row.nps, row.promoters, row.passives, row.detractors), (40, 6, 2, 2))
        self.assertTrue(row.nps_low < 40 < row.nps_high)

    def test_nps_by_salesperson_department_and_product(self):
        for answer in self._create_answers(*[10] * 10):
            self.env["winback.poll.score"].create(
                {"answer_id": answer.id, "department": "delivery", "score": 2}
            )
        self.assertEqual(self._get_row("user", user_id=self.seller.id).nps, 100)
        self.assertEqual(self._get_row("department", department="delivery").nps, -100)
        self.assertEqual(self._get_row("product", product_id=self.product.id).nps, 100)
        self.assertFalse(self._get_row("product", product_id=self.service.id))

    def test_older_answers_count_for_their_month_only(self):
        self._create_answers(*[10] * 10, date=self.today - timedelta(days=400))
        self.assertTrue(self._get_row("month").is_shown)
        self.assertFalse(self._get_row("user"))

    def test_months_tell_how_many_answered(self):
        self.poll._start(self.today)
        self.poll._send_batch(self.today)
        self.env["winback.poll.invitation"].flush_model()
        self._create_answers(10)
        row = self._get_row("month")
        self.assertEqual((row.asked, row.response_rate), (1, 100))

    def test_salesperson_sees_own_score_and_not_those_of_colleagues(self):
        self._create_answers(*[10] * 10)
        self._create_answers(*[10] * 10, user_id=self.manager.id)
        self.assertEqual(self._get_row("user", self.seller).user_id, self.seller)
        self.assertEqual(len(self._get_row("user", self.manager)), 2)
        self.assertTrue(self._get_row("month", self.seller))

    def test_loyalty_of_a_customer_has_four_kinds(self):
        self._run()
        self._create_answers(9, is_referral=True)
        self.env.flush_all()
        row = self.env["winback.loyalty.report"].search([("partner_id", "=", self.customer.id)])
        self.assertEqual((row.feedback, row.financial, row.referral), (100, 100, 100))
        self.assertEqual(row.answered_count, 1)

    def test_who_recommends_us_keeps_its_class(self):
        self._run()
        status = self._get_status(self.customer)
        row = self.env["winback.loyalty.report"].search([("partner_id", "=", self.customer.id)])
        with self.assertRaises(UserError):
            row.action_keep_exception()
        self._create_answers(9, is_referral=True)
        self.env.flush_all()
        row.invalidate_model()
        row.with_user(self.manager).action_keep_exception()
        self.assertEqual(status.class_override_reason, "referral")
        classes = self.env["winback.value.class"]._get_classes(self.company)
        self.assertIn(status.class_override_id, classes[:-1])


@tagged("post_install", "-at_install")
class TestPollFeedback(PollCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env, "feedback_manager", "sales_team.group_sale_manager", company_id=cls.company.id,
            company_ids=cls.company.ids,
        )  # fmt: skip
        cls.customers = [cls._create_buyer(name) for name in ("Ada", "Bob")]
        cls.poll = cls._start()
        cls.ada, cls.bob = (cls._get_invitation(cls.poll, customer) for customer in cls.customers)
        cls.quote = cls.env.ref("winback_lost_customers_survey.answer_quote")

    def test_feedback_is_a_draft_to_all_who_were_asked(self):
        self._answer(self.ada, nps="10", text="Ada says: call +49 30 1234567", closing=[self.quote.id])
        self._answer(self.bob, nps="1", text="Bob hates it")
        self.env["winback.poll.correction"].create(
            {"name": "A second carrier", "company_id": self.company.id, "state": "done"}
        )
        self.poll.with_user(self.manager).action_prepare_feedback()
        mailing = self.poll.mailing_ids
        self.assertEqual(mailing.state, "draft")
        self.assertEqual(set(mailing.sudo()._get_recipients()), {c.id for c in self.customers})
        self.assertIn("says: call", mailing.body_html)
        self.assertNotIn("1234567", mailing.body_html)
        self.assertNotIn("Ada", mailing.body_html)
        self.assertNotIn("hates it", mailing.body_html)
        self.assertIn("A second carrier", mailing.body_html)

    def test_feedback_is_told_in_the_language_of_each_customer(self):
        self.env["res.lang"]._activate_lang("bg_BG")
        ours = self.env["ir.module.module"].search([("name", "=", "winback_lost_customers_survey")])
        ours._update_translations(["bg_BG"])
        self.bob.contact_id.lang = "bg_BG"
        self._answer(self.ada, nps="10")
        self.poll.with_user(self.manager).action_prepare_feedback()
        bulgarian = self.poll.mailing_ids.filtered(lambda m: "Попитахме ви" in m.body_html)
        self.assertEqual(bulgarian._get_recipients(), self.customers[1].ids)
        self.assertIn("Какво ни казахте", bulgarian.subject)
        english = self.poll.mailing_ids - bulgarian
        self.assertIn("We asked you", english.body_html)
        self.assertEqual(english._get_recipients(), self.customers[0].ids)

    def test_feedback_is_written_anew_until_it_was_sent(self):
        self.poll.action_prepare_feedback()
        first = self.poll.mailing_ids
        self.poll.action_prepare_feedback()
        self.assertFalse(first.exists())
        self.poll.mailing_ids.state = "done"
        with self.assertRaises(UserError):
            self.poll.action_prepare_feedback()

    def test_notice_is_scheduled_ahead_and_logged(self):
        self._run()
        notice = self.env["winback.rules.notice"].with_user(self.manager).create(
            {
                "company_id": self.company.id, "name": "Orders until noon", "gain": "A day earlier",
                "date_from": self.today + timedelta(days=40), "date_send": self.today + timedelta(days=5),
            }
        )  # fmt: skip
        notice.action_prepare()
        mailing = notice.change_id.sudo().mailing_ids
        self.assertEqual((mailing.state, mailing.schedule_type), ("draft", "scheduled"))
        self.assertEqual(mailing.schedule_date.date(), self.today + timedelta(days=5))
        self.assertIn("A day earlier", mailing.body_html)
        self.assertEqual(set(mailing._get_recipients()), {c.id for c in self.customers})
        self.assertEqual((notice.change_id.kind, notice.change_id.date), ("rules", notice.date_from))

    def test_notice_comes_before_the_change_and_says_what_is_gained(self):
        values = {
            "company_id": self.company.id, "name": "Rules", "date_from": self.today + timedelta(days=5),
            "gain": "Much", "date_send": self.today + timedelta(days=5),
        }  # fmt: skip
        for wrong in ({}, {"date_send": self.today - timedelta(days=1)}, {"date_send": self.today, "gain": "  "}):
            with self.subTest(wrong=wrong), self.assertRaises(UserError):
                self.env["winback.rules.notice"].create({**values, **wrong})


@tagged("post_install", "-at_install")
class TestPollMerge(PollCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kept, cls.other = cls._create_buyer("Kept"), cls._create_buyer("Gone")
        cls.poll = cls._start()

    def _merge(self):
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((self.kept | self.other).ids, self.kept)
        self.env.invalidate_all()

    def test_merge_keeps_the_invitation_that_was_answered(self):
        answered = self._get_invitation(self.poll, self.other)
        self._answer(answered, nps="4")
        self._merge()
        self.assertEqual(self.poll.invitation_ids, answered)
        self.assertEqual(answered.partner_id, self.kept)
        self.assertEqual(answered.answer_ids.partner_id, self.kept)

    def test_merge_keeps_both_answers_and_gifts(self):
        for invitation in self.poll.invitation_ids:
            self._answer(invitation, nps="8")
        self._merge()
        self.assertEqual(len(self.poll.invitation_ids), 1)
        answers = self.env["winback.poll.answer"].search([("partner_id", "=", self.kept.id)])
        self.assertEqual(len(answers), 2)
        self.assertEqual(self.poll.gift_count, 2)

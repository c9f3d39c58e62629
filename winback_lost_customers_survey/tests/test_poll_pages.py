import json
from datetime import datetime, timedelta

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger


@tagged("post_install", "-at_install")
class TestPollPages(HttpCase):
    """The poll as its customer sees it, by HTTP."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env["res.company"].create(
            {"name": "Page Company", "email": "us@page.test", "currency_id": cls.env.ref("base.EUR").id}
        )
        cls.env["res.lang"]._activate_lang("fr_FR")
        cls.customer = cls.env["res.partner"].create(
            {"name": "Page Customer", "is_company": True, "email": "page@customer.test", "lang": "fr_FR"}
        )
        cls.poll = cls.env["winback.poll"].create({"company_id": cls.company.id})
        cls.env["sale.order"].create({"partner_id": cls.customer.id, "company_id": cls.company.id})
        cls.env["sale.order"].search([("partner_id", "=", cls.customer.id)]).write(
            {"state": "sent", "date_order": datetime.combine(cls.poll.month, datetime.min.time()) + timedelta(days=5)}
        )
        cls.poll.date_deadline = cls.poll.date_deadline.replace(day=28) + timedelta(days=300)
        today = cls.company._winback_today()
        cls.poll._start(today)
        cls.poll._send_batch(today)
        cls.invitation = cls.poll.invitation_ids
        cls.survey = cls.poll.survey_id
        cls.sheet = cls.invitation.user_input_id
        cls.env.flush_all()

    def _call(self, what, token=None, **values):
        url = f"/survey/{what}/{self.survey.access_token}/{token or self.sheet.access_token}"
        response = self.url_open(
            url,
            data=json.dumps({"jsonrpc": "2.0", "method": "call", "params": values}),
            headers={"Content-Type": "application/json"},
        )
        return response.json().get("result", response.json())

    def _submit(self, **answers):
        values = {str(q.id): answers[q.winback_role] for q in self.survey.question_ids if q.winback_role in answers}
        return self._call("submit", **values)

    def test_customer_answers_and_sees_the_gift(self):
        start = self.url_open(self.sheet.get_start_url())
        self.assertEqual(start.status_code, 200)
        self._call("begin", lang_code="fr_FR")
        self.assertIn("validation", json.dumps(self._submit(nps="11")))
        result = json.dumps(self._submit(nps="8", sales="7", text="Good"))
        gift = self.invitation.gift_ids
        self.assertEqual(gift.state, "delivered")
        self.assertIn(gift.code, result)
        self.assertEqual(self.invitation.answer_ids.nps, 8)
        self.assertIn("unauthorized", json.dumps(self._submit(nps="1")))
        again = self.url_open(self.sheet.get_start_url())
        self.assertIn(gift.code, again.text)
        self.assertNotIn("/survey/retry", again.text)
        self.assertEqual(len(self.invitation.gift_ids), 1)
        self.assertEqual(self.invitation.answer_ids.nps, 8)

    def test_question_without_answer_is_asked_again(self):
        self._call("begin")
        self.assertIn("validation", json.dumps(self._submit(text="x" * 20000)))
        self.assertEqual(self.sheet.state, "in_progress")

    def test_forged_and_expired_tokens_and_archived_surveys_get_nowhere(self):
        self.assertIn("token_wrong", json.dumps(self._call("begin", token="forged")))
        self.sheet.deadline = datetime(2020, 1, 1)
        self.env.flush_all()
        self.assertIn("answer_deadline", json.dumps(self._call("begin")))
        self.sheet.deadline = False
        self.survey.active = False
        self.env.flush_all()
        self.assertIn("survey_closed", json.dumps(self._call("begin")))
        self.assertEqual(self.sheet.state, "new")

    def test_opt_out_needs_the_button(self):
        url = f"/winback/poll/opt-out/{self.invitation.access_token}"
        page = self.url_open(url)
        self.assertEqual(page.status_code, 200)
        blacklist = self.env["mail.blacklist"]
        self.assertFalse(blacklist.search([("email", "=", "page@customer.test")]))
        token = page.text.split('name="csrf_token" value="')[1].split('"')[0]
        self.assertEqual(self.url_open(url, data={"csrf_token": token}).status_code, 200)
        self.assertTrue(blacklist.search([("email", "=", "page@customer.test")]))

    @mute_logger("odoo.http")
    def test_opt_out_with_a_forged_token_or_without_csrf_does_nothing(self):
        self.assertEqual(self.url_open("/winback/poll/opt-out/forged").status_code, 404)
        url = f"/winback/poll/opt-out/{self.invitation.access_token}"
        self.assertEqual(self.url_open(url, data={"x": "y"}).status_code, 400)
        self.assertFalse(self.env["mail.blacklist"].search([("email", "=", "page@customer.test")]))

from datetime import datetime, timedelta

from odoo import Command
from odoo.tests import HttpCase, new_test_user, tagged


class PollTourCase(HttpCase):
    """A company with customers of the month before, one of them French."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env["res.company"].create(
            {"name": "Poll Tour Company", "email": "us@tour.test", "currency_id": cls.env.ref("base.EUR").id}
        )
        cls.env["res.lang"]._activate_lang("fr_FR")
        cls.survey = cls.env.ref("winback_lost_customers_survey.survey_monthly")
        cls.survey.with_context(lang="fr_FR").title = "Étiez-vous content de nous ?"
        cls.poll = cls.env["winback.poll"].create({"company_id": cls.company.id})
        # whatever day it is today, there is time to answer
        cls.poll.date_deadline += timedelta(days=300)
        cls.french, cls.english, cls.silent = (
            cls._create_asker(*values)
            for values in (
                ("French", "fr_FR", "f@x.test"), ("English", "en_US", "e@x.test"), ("Silent", "en_US", False),
            )
        )

    @classmethod
    def _create_asker(cls, name, lang, email):
        """Return a customer who got a quotation in the month before."""
        partner = cls.env["res.partner"].create(
            {"name": f"Poll Tour {name}", "is_company": True, "email": email, "lang": lang}
        )
        order = cls.env["sale.order"].create({"partner_id": partner.id, "company_id": cls.company.id})
        moment = datetime.combine(cls.poll.month, datetime.min.time()) + timedelta(days=5)
        order.write({"state": "sent", "date_order": moment})
        return partner

    @classmethod
    def _ask(cls):
        today = cls.company._winback_today()
        cls.poll._start(today)
        cls.poll._send_batch(today)

    def _answer_in_browser(self, customer, title):
        """Let `customer` answer; check language and gift."""
        self._ask()
        invitation = self.poll.invitation_ids.filtered(lambda i: i.partner_id == customer)
        url = invitation.user_input_id.get_start_url()
        self.env.flush_all()
        self.assertIn(title, self.url_open(url).text)
        self.start_tour(url, "winback_poll_customer_tour", login=None)
        self.assertEqual(invitation.answer_ids.nps, 8)
        self.assertEqual(invitation.answer_ids.text, "Good advice")
        self.assertEqual(invitation.gift_ids.state, "delivered")


@tagged("post_install", "-at_install")
class TestPollTours(PollTourCase):
    def test_manager_previews_and_starts_a_poll(self):
        manager = new_test_user(
            self.env, "winback_poll_manager", "base.group_user,sales_team.group_sale_manager",
            company_id=self.company.id, company_ids=[Command.set(self.company.ids)], tour_enabled=False,
        )  # fmt: skip
        self.start_tour(
            f"/odoo/winback-polls/{self.poll.id}", "winback_poll_manager_tour", login=manager.login
        )
        self.assertEqual(self.poll.state, "running")
        self.assertEqual(self.poll.prepared_count + self.poll.asked_count, 2)

    def test_english_customer_answers_on_a_desktop(self):
        self._answer_in_browser(self.english, "How did we do?")


@tagged("post_install", "-at_install")
class TestPollTourPhone(PollTourCase):
    browser_size = "375x667"
    touch_enabled = True

    def test_french_customer_answers_on_a_phone(self):
        self._answer_in_browser(self.french, "Étiez-vous content de nous ?")

from datetime import date

from odoo.addons.winback_lost_customers.demo.winback_demo import MARKER, MODULE
from odoo.tests import TransactionCase, tagged
from odoo.tools.convert import convert_file


@tagged("post_install", "-at_install")
class TestDemoPolls(TransactionCase):
    """The polls of a small version of the demo, whether or not the full one is installed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.ref("base.main_company")
        if not cls.env.ref(f"{MODULE}.demo_category", raise_if_not_found=False):
            convert_file(cls.env, MODULE, "demo/winback_demo_data.xml", {}, mode="init", noupdate=True)
        cls.env["ir.model.data"].search([("module", "=", MODULE), ("name", "=", MARKER)]).unlink()
        cls.today = date(2026, 11, 10)
        cls.demo = cls.env["winback.demo"]
        cls.demo._load(today=cls.today, scale=0.2)
        cls.mails = cls.env["mail.mail"].search_count([])
        cls.polls = cls.demo._create_polls(cls.today)

    def test_demo_has_a_year_of_polls_and_the_last_one_runs(self):
        self.assertEqual(len(self.polls), 12)
        self.assertEqual(set(self.polls[:-1].mapped("state")), {"done"})
        self.assertEqual(self.polls[-1].state, "running")

    def test_demo_answers_are_of_all_kinds_and_each_has_a_gift(self):
        answers = self.polls.invitation_ids.answer_ids
        self.assertEqual(set(answers.mapped("category")), {"promoter", "passive", "detractor"})
        self.assertEqual(len(answers.invitation_id.gift_ids), len(answers))
        self.assertTrue(answers.complaint_id)

    def test_demo_poll_that_runs_can_be_answered(self):
        waiting = self.polls[-1].invitation_ids.filtered(lambda invitation: invitation.state == "reminded")
        self.assertTrue(waiting)
        self.assertEqual(len(waiting.user_input_id), len(waiting))
        self.assertEqual(set(waiting.user_input_id.mapped("state")), {"new"})

    def test_demo_mails_nobody(self):
        self.assertEqual(self.env["mail.mail"].search_count([]), self.mails)

    def test_demo_is_created_once(self):
        self.assertFalse(self.demo._create_polls(self.today))

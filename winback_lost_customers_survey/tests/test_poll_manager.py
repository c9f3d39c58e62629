from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged

from .common import PollCase


@tagged("post_install", "-at_install")
class TestPollManager(PollCase):
    """A sales manager without rights to Surveys and Email Marketing runs polls."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager, cls.seller = (
            new_test_user(
                cls.env, f"pm_{name}", f"base.group_user,sales_team.{group}", company_id=cls.company.id,
                company_ids=cls.company.ids, email=f"{name}@company.test",
            )
            for name, group in (("manager", "group_sale_manager"), ("seller", "group_sale_salesman"))
        )  # fmt: skip
        cls.customer = cls._create_buyer(user_id=cls.seller.id)
        cls.polls = cls.env["winback.poll"].with_user(cls.manager).with_company(cls.company)
        cls.foreign = cls.env["survey.survey"].create({"title": "How is your boss?"})

    def _prepare_feedback(self):
        poll = self._start().with_user(self.manager)
        action = poll.action_prepare_feedback()
        return poll, self.env[action["res_model"]].with_user(self.manager).browse(action["res_id"])

    def test_manager_has_none_of_these_rights(self):
        for group in ("survey.group_survey_user", "mass_mailing.group_mass_mailing_user"):
            self.assertFalse(self.manager.has_group(group))

    def test_manager_makes_previews_starts_and_closes_a_poll(self):
        with Form(self.polls) as form:
            self.assertEqual(form.survey_id, self.survey)
            form.survey_id = self.survey.browse(
                self.survey.with_user(self.manager).name_search("How did")[0][0])
        poll = form.record
        poll.action_preview()
        poll.action_start()
        self.assertEqual(poll.state, "running")
        poll.read()
        poll.web_read({name: {} for name in ("survey_id", "offer_id", "liability", "nps_text")})
        poll.action_close()
        self.assertEqual(poll.state, "done")

    def test_manager_sees_surveys_of_polls_only_and_changes_none(self):
        surveys = self.env["survey.survey"].with_user(self.manager)
        found = surveys.search([])
        self.assertIn(self.survey, found)
        self.assertNotIn(self.foreign, found)
        with self.assertRaises(AccessError):
            self.survey.with_user(self.manager).write({"title": "Changed"})
        with self.assertRaises(AccessError):
            self.env["survey.user_input"].with_user(self.manager).search([])
        with self.assertRaises(AccessError):
            surveys.with_user(self.seller).search([])

    def test_manager_reads_changes_and_sends_the_feedback(self):
        poll, approval = self._prepare_feedback()
        self.assertEqual((approval._name, approval.recipient_count), ("winback.mailing.approval", 1))
        with Form(approval) as form:
            form.subject = "Thank you all"
        approval.action_test()
        self.assertEqual(poll.sudo().mailing_ids.state, "draft")
        test = self.env["mailing.mailing.test"].search([("mass_mailing_id", "=", poll.sudo().mailing_ids.id)])
        self.assertEqual(test.email_to, self.manager.email_formatted)
        approval.action_send()
        mailing = poll.sudo().mailing_ids
        self.assertEqual((mailing.state, mailing.subject), ("in_queue", "Thank you all"))
        with self.assertRaises(UserError):
            approval.action_send()

    def test_manager_approves_one_language_after_the_other(self):
        self.env["res.lang"]._activate_lang("fi_FI")
        self._create_buyer("Finn").lang = "fi_FI"
        poll, approval = self._prepare_feedback()
        self.assertEqual(len(poll.sudo().mailing_ids), 2)
        action = approval.action_send()
        following = approval.browse(action["res_id"])
        self.assertNotEqual(following.sudo().mailing_id, approval.sudo().mailing_id)
        # later, from the poll, those that are left
        action = poll.action_prepare_feedback()
        again = approval.browse(action["res_id"])
        self.assertEqual(again.sudo().mailing_id, following.sudo().mailing_id)
        self.assertEqual(again.action_send(), {"type": "ir.actions.act_window_close"})
        with self.assertRaises(UserError):
            poll.action_prepare_feedback()
        self.assertEqual(set(poll.sudo().mailing_ids.mapped("state")), {"in_queue"})

    def test_manager_sends_no_other_mailing(self):
        _poll, approval = self._prepare_feedback()
        other = self.env["mailing.mailing"].create(
            {"subject": "Other", "mailing_model_id": self.env["ir.model"]._get_id("res.partner")}
        )
        approval.sudo().mailing_id = other
        with self.assertRaises(UserError):
            approval.action_send()
        self.assertEqual((other.state, other.subject), ("draft", "Other"))

    def test_manager_enters_no_templates(self):
        poll, approval = self._prepare_feedback()
        approval.body = '<p>Hello <t t-out="object.env.user.password">x</t></p>'
        approval.action_send()
        self.assertNotIn("t-out", poll.sudo().mailing_ids.body_html)
        poll.sudo().mailing_ids.state = "draft"
        approval.subject = "{{ object.name }}"
        with self.assertRaises(UserError):
            approval.action_send()

    def test_manager_announces_changed_rules(self):
        self._run()
        notice = self.env["winback.rules.notice"].with_user(self.manager).create(
            {
                "company_id": self.company.id, "name": "Orders until noon", "gain": "A day earlier",
                "date_from": self.today + timedelta(days=40), "date_send": self.today + timedelta(days=5),
            }
        )  # fmt: skip
        action = notice.action_prepare()
        self.env[action["res_model"]].with_user(self.manager).browse(action["res_id"]).action_send()
        mailing = notice.change_id.sudo().mailing_ids
        self.assertEqual((mailing.state, mailing.schedule_date.date()), ("in_queue", notice.date_send))

    def test_salesperson_sees_own_invitations_and_sends_nothing(self):
        poll, approval = self._prepare_feedback()
        self.assertEqual(poll.invitation_ids.with_user(self.seller).search_count([]), 1)
        with self.assertRaises(AccessError):
            poll.with_user(self.seller).action_prepare_feedback()
        with self.assertRaises(AccessError):
            approval.with_user(self.seller).action_send()

    def test_mailings_of_other_companies_are_not_approved(self):
        poll, approval = self._prepare_feedback()
        other = self._create_company("Other")
        manager = new_test_user(
            self.env, "pm_other", "sales_team.group_sale_manager", company_id=other.id, company_ids=other.ids
        )
        approvals = self.env["winback.mailing.approval"].with_context(allowed_company_ids=other.ids)
        theirs = approvals.with_user(manager).create(
            {"poll_id": poll.id, "subject": "Spam", "body": "<p>Spam</p>"}
        )
        with self.assertRaises(AccessError):
            theirs.action_send()

from datetime import timedelta

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import PollCase


@tagged("post_install", "-at_install")
class TestPollSending(PollCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # other companies of the database ask nobody
        cls.env["res.company"].search([("id", "!=", cls.company.id)]).winback_poll_active = False
        cls.customer = cls._create_buyer()

    def _activate(self, since="2026-05-20"):
        self.company.winback_poll_active = True
        self.company.winback_poll_since = since

    def _get_polls(self):
        return self.env["winback.poll"].search([("company_id", "=", self.company.id)])

    def _work(self, poll, days):
        """Do what the scheduled action does `days` after the first."""
        today = self.today + timedelta(days=days)
        with self._at(today):
            for step in poll._get_steps():
                while step(today):
                    pass
            poll._close_if_over(today)

    def _get_mails(self, invitation):
        return self.env["mail.mail"].search(
            [("model", "=", "winback.poll.invitation"), ("res_id", "=", invitation.id)]
        )

    def test_scheduled_action_asks_from_the_first_day_on_once(self):
        self._activate()
        with self._at(self.today - timedelta(days=1)):
            self._trigger()
        self.assertNotIn("Poll 2026-05", self._get_polls().mapped("name"))
        for days in (0, 1, 2):
            with self._at(self.today + timedelta(days=days)):
                self._trigger()
        poll = self._get_polls().filtered(lambda p: p.name == "Poll 2026-05")
        self.assertEqual(poll.state, "running")
        self.assertEqual(poll.invitation_ids.state, "sent")
        self.assertEqual(len(self._get_mails(poll.invitation_ids)), 1)

    def test_scheduled_action_asks_nobody_where_it_is_off(self):
        self.company.winback_poll_active = False
        self._trigger()
        self.assertFalse(self._get_polls())

    def test_what_an_outage_delayed_is_caught_up(self):
        self._activate()
        with self._at(self.today + timedelta(days=11)):
            self._trigger()
        self.assertEqual(self._get_polls().invitation_ids.state, "sent")

    def test_who_switches_polls_on_after_the_window_asks_next_month(self):
        self._activate(since="2026-06-10")
        with self._at(self.today + timedelta(days=11)):
            self._trigger()
        self.assertEqual(self._get_polls().state, "draft")

    def test_a_failing_poll_says_why_and_does_not_stop_others(self):
        self._activate()
        other = self._create_company("Other")
        other.write({"winback_poll_active": True, "winback_poll_since": "2026-05-20"})
        self.company.winback_poll_offer_id = self.env["winback.offer"].create({"name": "X", "kind": "gift"})
        with self.assertLogs("odoo.addons.winback_lost_customers_survey", "WARNING"):
            self._trigger()
        self.assertFalse(self._get_polls().filtered(lambda p: p.state == "running"))
        theirs = self.env["winback.poll"].search([("company_id", "=", other.id)])
        self.assertEqual(theirs.state, "running")

    def test_mail_has_link_language_and_way_out_and_no_attachment(self):
        invitation = self._start().invitation_ids
        mail = self._get_mails(invitation)
        start = f"/survey/start/{self.survey.access_token}?answer_token={invitation.access_token}"
        self.assertIn(start, mail.body_html)
        self.assertIn(f"/winback/poll/opt-out/{invitation.access_token}", mail.body_html)
        self.assertFalse(mail.attachment_ids)
        self.assertEqual(mail.recipient_ids, self.customer)

    def test_second_start_asks_nobody_twice(self):
        poll = self._start()
        poll._start(self.today)
        poll._prepare(self.today)
        self.assertEqual(poll.invitation_ids.state, "sent")
        poll._send_batch(self.today)
        self.assertEqual(len(self._get_mails(poll.invitation_ids)), 1)

    def test_who_opts_out_moves_or_is_archived_before_sending_is_left_out(self):
        firm = self._create_customer("Firm", email="firm@customer.test")
        mover, leaver = self._create_person("Mover", firm), self._create_buyer("Leaver")
        self._create_document(mover)
        out = self._create_buyer("Out")
        poll = self._create_poll()
        poll._start(self.today)
        mover.parent_id = self._create_customer("Elsewhere")
        leaver.active = False
        self.env["mail.blacklist"]._add(out.email)
        poll._send_batch(self.today)
        reasons = {i.partner_id: i.reason for i in poll.invitation_ids}
        self.assertEqual(reasons, {firm: "moved", leaver: "no_email", out: "opted_out", self.customer: False})

    def test_one_reminder_only_and_not_after_an_opt_out(self):
        out = self._create_buyer("Out")
        done = self._create_buyer("Done")
        poll = self._start()
        self.env["mail.mail"].search([("model", "=", "winback.poll.invitation")]).state = "sent"
        self._answer(self._get_invitation(poll, done), nps="9")
        self.env["mail.blacklist"]._add(out.email)
        self._work(poll, 4)
        self.assertEqual(self._get_invitation(poll, self.customer).state, "sent")
        for days in (5, 6, 7):
            self._work(poll, days)
        self.assertEqual(self._get_invitation(poll, self.customer).state, "reminded")
        self.assertEqual(len(self._get_mails(self._get_invitation(poll, self.customer))), 2)
        self.assertEqual(len(self._get_mails(self._get_invitation(poll, out))), 1)
        self.assertEqual(len(self._get_mails(self._get_invitation(poll, done))), 1)

    def test_invitation_and_reminder_count_as_contacts(self):
        poll = self._start()
        self.env["mail.mail"].search([("model", "=", "winback.poll.invitation")]).state = "sent"
        self._work(poll, 6)
        self.env.flush_all()
        policy = self.env["winback.contact.policy"]
        day = self.today + timedelta(days=7)
        query = policy._get_contacts_query(self.company, self.customer, self.today, day)
        contacts = self.env.execute_query(query)
        self.assertEqual([kind for _p, kind, _d in contacts], ["poll", "poll"])

    def test_who_waits_is_asked_as_soon_as_possible(self):
        self.company.winback_contact_cap = 1
        self.company.winback_contact_cap_days = 5
        call = self.customer.activity_schedule("mail.mail_activity_data_call")
        call.action_winback_outcome("reached")
        poll = self._start()
        self.assertEqual(poll.invitation_ids.state, "deferred")
        self._work(poll, 2)
        self.assertEqual(poll.invitation_ids.state, "deferred")
        self._work(poll, 8)
        self.assertEqual(poll.invitation_ids.state, "sent")

    def test_poll_closes_after_the_deadline(self):
        poll = self._start()
        self._work(poll, 19)
        self.assertEqual(poll.state, "running")
        self._work(poll, 20)
        self.assertEqual((poll.state, poll.invitation_ids.state), ("done", "expired"))

    def test_what_the_mail_server_refused_for_no_fault_of_the_address_is_sent_again(self):
        wrong = self._create_buyer("Wrong")
        poll = self._start()
        ours, theirs = self._get_invitation(poll, self.customer), self._get_invitation(poll, wrong)
        ours.mail_id.write({"state": "exception", "failure_type": "mail_smtp"})
        theirs.mail_id.write({"state": "exception", "failure_type": "mail_email_invalid"})
        self._work(poll, 1)
        self.assertEqual((ours.state, ours.mail_id.state), ("sent", "outgoing"))
        self.assertEqual((theirs.state, theirs.reason), ("excluded", "undeliverable"))
        self.assertEqual(len(self._get_mails(ours)), 1)

    def test_nothing_is_sent_for_an_archived_survey_or_too_late(self):
        poll = self._create_poll()
        poll._start(self.today)
        self.survey.active = False
        poll._send_batch(self.today)
        self.assertEqual(poll.invitation_ids.state, "prepared")
        self.survey.active = True
        poll._send_batch(self.today + timedelta(days=19))
        self.assertEqual(poll.invitation_ids.state, "prepared")

    def test_running_poll_is_not_deleted_nor_moved(self):
        poll = self._start()
        with self.assertRaises(UserError):
            poll.unlink()
        poll.action_close()
        self.assertEqual((poll.state, poll.invitation_ids.state), ("done", "expired"))
        self.assertTrue(poll.invitation_ids.user_input_id.deadline)

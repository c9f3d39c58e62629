from datetime import datetime

from odoo.addons.mail.tests.common import MockEmail
from odoo.exceptions import ValidationError
from odoo.tests import freeze_time, tagged

from .common_complaint import ComplaintCase

MAIL = """\
Return-Path: {sender}
From: {sender}
To: {to}
Subject: {subject}
Message-Id: {message_id}
Date: Mon, 15 Jun 2026 11:00:00 +0000
Content-Type: text/html; charset="utf-8"
{extra}
<p>Half of it was <b>broken</b>!</p>
"""


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15 12:00:00")
class ComplaintMailCase(MockEmail, ComplaintCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.domain = cls.env["mail.alias.domain"].create({"name": "winback.example.com"})
        cls.company.alias_domain_id = cls.domain
        cls.company.winback_complaint_alias_name = "complaints"
        for user in cls.anna | cls.leader | cls.boss:
            user.email = f"{user.login}@winback.example.com"
        cls.serial = 0

    @classmethod
    def _receive(cls, sender, subject="Broken goods", to="complaints@winback.example.com", extra=""):
        """Let a mail come in; return the complaint that it became or joined."""
        cls.serial += 1
        before = cls.env["winback.complaint"].search([])
        mail = MAIL.format(
            sender=sender,
            to=to,
            subject=subject,
            extra=extra,
            message_id=f"<{cls.serial}@customer.example.com>",
        )
        thread_id = cls.env["mail.thread"].message_process(False, mail)
        complaint = cls.env["winback.complaint"].browse(thread_id)
        cls.is_new = complaint not in before
        return complaint

    def _post(self, complaint, user, **values):
        values = {
            "body": "We are sorry.",
            "message_type": "comment",
            "subtype_xmlid": "mail.mt_comment",
            "partner_ids": self.customer.ids,
            **values,
        }
        with self.mock_mail_gateway():
            return complaint.with_user(user).message_post(**values)


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15 12:00:00")
class TestComplaintMailIn(ComplaintMailCase):
    def test_mail_of_a_customer_becomes_a_complaint(self):
        complaint = self._receive("Buyer <Buyer@Customer.example.com>")
        self.assertTrue(self.is_new)
        self.assertEqual(complaint.name, "Broken goods")
        self.assertEqual(complaint.partner_id, self.customer)
        self.assertEqual(complaint.company_id, self.company)
        self.assertEqual(complaint.source, "email")
        self.assertEqual(complaint.user_id, self.anna)
        self.assertEqual(complaint.state, "new")
        self.assertIn("broken", complaint.description)
        self.assertEqual(complaint.date_received, datetime(2026, 6, 15, 12))
        self.assertEqual(self._get_activities(complaint, "answer").user_id, self.anna)

    def test_mail_gets_one_receipt_and_its_reply_none(self):
        complaint = self._receive("buyer@customer.example.com")
        self.assertEqual(complaint.receipt_email, "buyer@customer.example.com")
        receipts = complaint.message_ids.filtered(lambda m: m.message_type == "auto_comment")
        self.assertEqual(len(receipts), 1)
        original = complaint.message_ids.filtered(lambda m: m.message_type == "email")
        self._receive(
            "buyer@customer.example.com", "Re: Broken", extra=f"In-Reply-To: {original.message_id}\n"
        )
        self.assertFalse(self.is_new)
        self.assertEqual(
            complaint.message_ids.filtered(lambda m: m.message_type == "auto_comment"), receipts
        )

    def test_mail_itself_is_no_answer(self):
        complaint = self._receive("buyer@customer.example.com")
        self.assertFalse(complaint.date_answered)
        self.assertIn("broken", complaint.message_ids[-1].body)

    def test_unknown_sender_is_not_refused(self):
        complaint = self._receive("Who <who@elsewhere.example.com>")
        self.assertFalse(complaint.partner_id)
        self.assertFalse(complaint.commercial_partner_id)
        self.assertIn("who@elsewhere.example.com", complaint.email_from)
        self.assertFalse(complaint.user_id)

    def test_unknown_sender_goes_to_the_superior_of_the_settings(self):
        self.company.winback_superior_id = self.boss
        self.assertEqual(self._receive("who@elsewhere.example.com").user_id, self.boss)

    def test_strange_mails_are_not_refused(self):
        for sender in ("", "not an address", '"A, B" <>'):
            with self.subTest(sender=sender):
                self.assertTrue(self._receive(sender, subject=""))
        self.assertTrue(self.env["winback.complaint"].search([("name", "=", "No Subject")]))

    def test_forwarding_colleague_is_no_customer(self):
        complaint = self._receive("wbc_anna@winback.example.com")
        self.assertFalse(complaint.partner_id)
        self.assertFalse(complaint.date_answered)

    def test_archived_customer_is_recognised(self):
        self.customer.active = False
        complaint = self._receive("buyer@customer.example.com")
        self.assertEqual(complaint.partner_id, self.customer)

    def test_active_contact_goes_before_an_archived_one(self):
        twin = self._create_customer("Twin", email="buyer@customer.example.com")
        self.customer.active = False
        self.assertEqual(self._receive("buyer@customer.example.com").partner_id, twin)

    def test_customer_of_another_company_is_unknown_here(self):
        self.customer.company_id = self._create_company("Other Company")
        self.assertFalse(self._receive("buyer@customer.example.com").partner_id)

    def test_order_in_the_subject_is_found(self):
        order = self._create_problem_order()
        stranger = self._create_problem_order(partner=self._create_customer("Another"))
        complaint = self._receive("buyer@customer.example.com", f"Re: {order.name}, broken")
        self.assertEqual(complaint.order_id, order)
        complaint = self._receive("buyer@customer.example.com", f"Re: {stranger.name}")
        self.assertFalse(complaint.order_id)

    def test_reply_joins_the_thread(self):
        complaint = self._receive("buyer@customer.example.com")
        ours = self._post(complaint, self.anna)
        answer = self._receive(
            "buyer@customer.example.com", extra=f"In-Reply-To: {ours.message_id}\n"
        )
        self.assertFalse(self.is_new)
        self.assertEqual(answer, complaint)
        self.assertEqual(complaint.date_answered, datetime(2026, 6, 15, 12))

    def test_each_company_has_its_own_address(self):
        other = self._create_company("Other Company")
        other.alias_domain_id = self.domain
        other.winback_complaint_alias_name = "other"
        complaint = self._receive(
            "buyer@customer.example.com", to="other@winback.example.com"
        )
        self.assertEqual(complaint.company_id, other)
        self.assertFalse(complaint.user_id)  # Anna does not work there
        self.assertEqual(
            self._receive("buyer@customer.example.com", "Next").company_id, self.company
        )

    # the address

    def test_address_is_set_in_the_settings(self):
        settings = self.env["res.config.settings"].create(
            {"winback_complaint_alias_name": "trouble"}
        )
        settings.execute()
        alias = self.company.winback_complaint_alias_id
        self.assertEqual(alias.alias_full_name, "trouble@winback.example.com")
        self.assertEqual(alias.alias_model_id.model, "winback.complaint")
        complaint = self._receive("a@b.example.com", to="trouble@winback.example.com")
        self.assertEqual(complaint.company_id, self.company)

    def test_address_can_be_taken_away(self):
        self.company.winback_complaint_alias_name = False
        self.assertFalse(self.company.winback_complaint_alias_id.alias_name)
        with self.assertRaises(ValueError):
            self._receive("buyer@customer.example.com")

    def test_address_of_the_bounces_is_refused(self):
        with self.assertRaises(ValidationError):
            self.company.winback_complaint_alias_name = self.domain.bounce_alias

    def test_address_moves_with_the_mail_domain(self):
        new = self.env["mail.alias.domain"].create({"name": "new.example.com"})
        self.company.alias_domain_id = new
        alias = self.company.winback_complaint_alias_id
        self.assertEqual(alias.alias_full_name, "complaints@new.example.com")

    def test_empty_company_has_no_address(self):
        company = self._create_company("Other Company")
        self.assertFalse(company.winback_complaint_alias_name)
        company.winback_complaint_alias_name = False
        self.assertFalse(company.winback_complaint_alias_id)


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15 12:00:00")
class TestComplaintMailOut(ComplaintMailCase):
    def test_answer_stops_the_clock(self):
        complaint = self._create_complaint()
        with freeze_time("2026-06-15 15:00:00"):
            self._post(complaint, self.anna)
        self.assertEqual(complaint.state, "answered")
        self.assertEqual(complaint.date_answered, datetime(2026, 6, 15, 15))
        self.assertFalse(complaint.activity_ids)

    def test_second_answer_changes_nothing(self):
        complaint = self._create_complaint()
        self._post(complaint, self.anna)
        complaint.state = "in_progress"
        with freeze_time("2026-06-16 15:00:00"):
            self._post(complaint, self.anna)
        self.assertEqual(complaint.date_answered, datetime(2026, 6, 15, 12))
        self.assertEqual(complaint.state, "answered")

    def test_answer_to_a_colleague_of_the_customer_counts(self):
        contact = self._create_customer(
            "Contact", is_company=False, parent_id=self.customer.id, email="c@customer.example.com"
        )
        complaint = self._create_complaint()
        self._post(complaint, self.anna, partner_ids=contact.ids)
        self.assertEqual(complaint.state, "answered")

    def test_answer_to_a_following_customer_counts(self):
        complaint = self._create_complaint()
        complaint.message_subscribe(self.customer.ids)
        self._post(complaint, self.anna, partner_ids=[])
        self.assertEqual(complaint.state, "answered")

    def test_note_is_no_answer(self):
        complaint = self._create_complaint()
        self._post(complaint, self.anna, subtype_xmlid="mail.mt_note")
        self.assertEqual(complaint.state, "new")

    def test_message_to_a_colleague_is_no_answer(self):
        complaint = self._create_complaint()
        self._post(complaint, self.anna, partner_ids=self.leader.partner_id.ids)
        self.assertFalse(complaint.date_answered)

    def test_message_to_somebody_else_is_no_answer(self):
        complaint = self._create_complaint()
        other = self._create_customer("Carrier", email="carrier@example.com")
        self._post(complaint, self.anna, partner_ids=other.ids)
        self.assertFalse(complaint.date_answered)

    def test_automatic_message_is_no_answer(self):
        complaint = self._create_complaint()
        for kind in ("notification", "auto_comment"):
            self._post(complaint, self.anna, message_type=kind)
        self.assertFalse(complaint.date_answered)

    def test_mail_of_the_customer_is_no_answer(self):
        complaint = self._create_complaint()
        self._post(
            complaint,
            self.env.ref("base.user_root"),
            author_id=self.customer.id,
            message_type="email",
        )
        self.assertFalse(complaint.date_answered)

    def test_mail_of_a_colleague_is_an_answer(self):
        complaint = self._create_complaint()
        self._post(
            complaint,
            self.env.ref("base.user_root"),
            author_id=self.anna.partner_id.id,
            message_type="email",
        )
        self.assertEqual(complaint.state, "answered")

    def test_message_for_later_is_no_answer_yet(self):
        complaint = self._create_complaint()
        self._post(complaint, self.anna, scheduled_date="2099-06-16 08:00:00")
        self.assertFalse(complaint.date_answered)
        with freeze_time("2026-06-16 08:00:00"), self.mock_mail_gateway():
            self.env["mail.message.schedule"].search([])._send_notifications()
        self.assertEqual(complaint.date_answered, datetime(2026, 6, 16, 8))

    def test_answer_leaves_a_closed_complaint_closed(self):
        complaint = self._create_complaint(state="closed", remedy="Replaced")
        self._post(complaint, self.anna)
        self.assertEqual(complaint.state, "closed")

    def test_answering_an_unknown_sender_makes_a_customer(self):
        complaint = self._receive("Who <who@elsewhere.example.com>")
        partner = self._create_customer("Who", email="who@elsewhere.example.com")
        self._post(complaint, self.boss, partner_ids=partner.ids)
        self.assertEqual(complaint.partner_id, partner)
        self.assertEqual(complaint.state, "answered")

    def test_customer_is_suggested_as_recipient(self):
        suggested = self._create_complaint()._message_get_suggested_recipients()
        self.assertIn(self.customer.id, [r["partner_id"] for r in suggested])
        complaint = self._receive("Who <who@elsewhere.example.com>")
        suggested = complaint._message_get_suggested_recipients()
        self.assertIn("who@elsewhere.example.com", [r["email"] for r in suggested])

    def test_answers_come_back_to_the_address_for_complaints(self):
        complaint = self._create_complaint()
        self.assertIn("complaints@winback.example.com", complaint._notify_get_reply_to()[complaint.id])
        self.company.winback_complaint_alias_name = False
        self.assertNotIn("complaints@", complaint._notify_get_reply_to()[complaint.id])

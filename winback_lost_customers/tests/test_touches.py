from odoo.exceptions import ValidationError
from odoo.tests import new_test_user

from .common import WinbackCase


class TouchCase(WinbackCase):
    thresholds = {**WinbackCase.thresholds, "S3": 2}
    weights = {**WinbackCase.weights, "S3": 30}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls._create_customer(email="info@customer.test")
        cls.contact = cls.env["res.partner"].create(
            {"name": "Contact", "parent_id": cls.customer.id, "email": "contact@customer.test"}
        )
        cls.order = cls._create_order(cls.customer, 300)
        cls.employee = new_test_user(cls.env, "wb_writer").partner_id

    def _write(self, days_ago, to=None, record=None, status="sent", author=None, **values):
        """Write a mail of ours to the contacts `to`, on `record`."""
        record = self.customer if record is None else record
        message = self.env["mail.message"].create(
            {
                "author_id": (author or self.employee).id,
                "model": record._name,
                "res_id": record.id,
                "message_type": "comment",
                "date": self._noon(days_ago),
                "record_company_id": self.company.id,
                **values,
            }
        )
        self.env["mail.notification"].create(
            [
                {
                    "mail_message_id": message.id,
                    "res_partner_id": contact.id,
                    "notification_type": "email",
                    "notification_status": status,
                }
                for contact in (self.contact if to is None else to)
            ]
        )
        return message

    def _answer(self, days_ago):
        message = self.order.message_post(
            body="Hello", author_id=self.contact.id, message_type="email"
        )
        self._set_columns(message, date=self._noon(days_ago))

    def _mail(self, record, days_ago, clicked=None, replied=None, **values):
        """Send a mailing to `record`."""
        return self.env["mailing.trace"].create(
            {
                "model": record._name,
                "res_id": record.id,
                "email": "contact@customer.test",
                "trace_status": "sent",
                "sent_datetime": self._noon(days_ago),
                "links_click_datetime": clicked is not None and self._noon(clicked),
                "reply_datetime": replied is not None and self._noon(replied),
                **values,
            }
        )

    def _call(self, days_ago, outcome="not_reached", record=None):
        activity = (record or self.customer).activity_schedule("mail.mail_activity_data_call")
        activity.action_winback_outcome(outcome)
        self._set_columns(activity, date_done=self._day(days_ago))
        return activity

    def _assert_touches(self, *days_ago, **options):
        """The unanswered touches are those of these days."""
        facts = self._get_facts(self.customer, **options)
        dates = [self._day(days) for days in days_ago]
        self.assertEqual((facts["touch_count"], facts["touch_dates"] or []), (len(dates), dates))
        return facts


class TestTouches(TouchCase):
    def test_customer_without_touches_has_none(self):
        facts = self._assert_touches()
        self.assertIsNone(facts["touch_documents"])

    # letters

    def test_mail_to_a_contact_counts(self):
        message = self._write(50)
        facts = self._assert_touches(50)
        self.assertEqual(facts["touch_documents"], [["mail.message", message.id]])
        self.assertEqual(facts["touch_last_model"], "mail.message")
        self.assertEqual(facts["touch_life_date"], self._day(300))

    def test_mail_to_several_contacts_is_one_touch(self):
        message = self._write(50, to=self.customer + self.contact)
        facts = self._assert_touches(50)
        self.assertEqual(facts["touch_documents"], [["mail.message", message.id]])

    def test_several_touches_of_a_day_are_one(self):
        self._write(50)
        self._write(50, record=self.order)
        self._call(50)
        facts = self._assert_touches(50)
        self.assertEqual(len(facts["touch_documents"]), 3)

    def test_mail_to_an_archived_contact_counts(self):
        self.contact.active = False
        self._write(50)
        self._assert_touches(50)

    def test_bounced_and_waiting_mails_count(self):
        self._write(50, status="bounce")
        self._write(40, status="ready")
        self._assert_touches(50, 40)

    def test_bounced_mail_counts_when_the_warning_is_dismissed(self):
        message = self._write(50, status="bounce")
        message.notification_ids.write(
            {"failure_type": "mail_bounce", "notification_status": "canceled"}
        )
        self._assert_touches(50)

    def test_failed_and_cancelled_mails_do_not_count(self):
        self._write(50, status="exception")
        self._write(40, status="canceled")
        self._assert_touches()

    def test_notices_of_the_system_do_not_count(self):
        for message_type in ("notification", "auto_comment", "user_notification"):
            self._write(50, message_type=message_type)
        self._assert_touches()

    def test_routine_mails_do_not_count(self):
        self._set_columns(self._write(50), model="account.move")
        self._assert_touches()

    def test_mail_of_another_contact_does_not_count(self):
        self._write(50, author=self._create_customer("Somebody"))
        self._assert_touches()

    def test_mail_of_somebody_who_left_us_counts(self):
        self.employee.user_ids.active = False
        self.employee.invalidate_recordset()
        self._write(50)
        self._assert_touches(50)

    def test_mail_to_an_employee_does_not_count(self):
        colleague = new_test_user(self.env, "wb_colleague").partner_id
        colleague.parent_id = self.customer
        self._write(50, to=colleague)
        self._assert_touches()

    def test_inbox_notification_does_not_count(self):
        self._write(50).notification_ids.notification_type = "inbox"
        self._assert_touches()

    def test_mail_of_another_company_does_not_count(self):
        other = self._create_company("Other Company")
        self._write(50, record_company_id=other.id)
        self._write(40, record_company_id=False)
        self._assert_touches(40)

    # calls

    def test_call_not_reached_counts(self):
        activity = self._call(50)
        facts = self._assert_touches(50)
        self.assertEqual(facts["touch_documents"], [["mail.activity", activity.id]])

    def test_call_on_a_document_counts(self):
        self._call(50, record=self.order)
        self._call(40, record=self._create_lead(self.contact, 310))
        self._assert_touches(50, 40)

    def test_call_that_reached_somebody_is_a_sign_of_life(self):
        self._write(60)
        self._call(50, "reached")
        self._write(40)
        facts = self._assert_touches(40)
        self.assertEqual(facts["touch_life_date"], self._day(50))

    def test_call_not_reached_is_no_inquiry(self):
        self._call(50)
        self.assertEqual(self._get_facts(self.customer)["last_inquiry_date"], self._day(300))
        self._call(40, "reached")
        self.assertEqual(self._get_facts(self.customer)["last_inquiry_date"], self._day(40))

    # mailings

    def test_mailings_count_by_contact_and_document(self):
        self._mail(self.contact, 80)
        self._mail(self.order, 70)
        self._mail(self._create_lead(self.contact, 310), 60)
        self._mail(self.env["mailing.contact"].create({"name": "C"}), 50)
        facts = self._assert_touches(80, 70, 60, 50)
        self.assertEqual(facts["touch_last_model"], "mailing.trace")

    def test_mailing_to_another_address_does_not_count(self):
        reader = self.env["mailing.contact"].create({"name": "C"})
        self._mail(reader, 50, email="somebody@else.test")
        self._assert_touches()

    def test_mailing_on_a_document_of_another_company_does_not_count(self):
        other = self._create_company("Other Company")
        self._mail(self._create_order(self.customer, 310, company=other), 50)
        self._assert_touches()

    def test_mailing_not_sent_does_not_count(self):
        self._mail(self.contact, 50, trace_status="cancel")
        self._mail(self.contact, 50, trace_status="error")
        self._mail(self.contact, 50, sent_datetime=False)
        self._mail(self.contact, 50, is_test_trace=True)
        self._assert_touches()

    def test_opened_mailing_is_unanswered(self):
        self._mail(self.contact, 50, trace_status="open", open_datetime=self._noon(49))
        self._assert_touches(50)

    def test_click_and_reply_are_signs_of_life(self):
        self._write(70)
        self._mail(self.contact, 60, clicked=55)
        self._write(50)
        facts = self._assert_touches(50)
        self.assertEqual(facts["touch_life_date"], self._day(55))
        self._mail(self.contact, 48, replied=45)
        self._assert_touches()

    def test_late_click_in_an_old_mailing_is_a_sign_of_life(self):
        self._mail(self.contact, 310, clicked=45)
        self._write(50)
        self._assert_touches()

    # sign of life, time

    def test_answer_ends_the_run(self):
        self._write(60)
        self._answer(50)
        self._write(40)
        self._assert_touches(40)

    def test_touch_of_the_day_of_an_answer_is_answered(self):
        self._write(50)
        self._answer(50)
        self._assert_touches()

    def test_order_ends_the_run(self):
        self._write(60)
        self._create_order(self.contact, 50)
        self._assert_touches()

    def test_nothing_after_today_counts(self):
        self._write(60)
        self._write(20)
        self._call(20)
        self._mail(self.contact, 60, clicked=20)
        self._answer(10)
        self._assert_touches(60, today=self._day(21))
        self._assert_touches()

    def test_touch_in_the_evening_belongs_to_the_companys_day(self):
        self._write(50, date=self._noon(50).replace(hour=23))
        self.company.partner_id.tz = "Europe/Sofia"
        self._assert_touches(49)

    def test_documents_are_the_latest_twenty(self):
        messages = [self._write(days) for days in range(60, 35, -1)]
        facts = self._get_facts(self.customer)
        self.assertEqual(facts["touch_count"], 25)
        self.assertEqual(
            facts["touch_documents"], [["mail.message", m.id] for m in messages[:-21:-1]]
        )

    def test_limited_run_equals_the_full_one(self):
        other = self._create_customer("Other")
        self._create_order(other, 200)
        self._write(50)
        self._write(50, to=other)
        self._mail(other, 40)
        self._call(30)
        full = self._get_all_facts()
        limited = self._get_all_facts(partners=self.customer)
        self.assertEqual(list(limited), self.customer.ids)
        self.assertEqual(limited[self.customer.id], full[self.customer.id])
        self.assertEqual(full[other.id]["touch_count"], 2)


class TestTouchesOfAPastDay(TouchCase):
    """What happened to a touch later was not known then: as of 30 days ago."""

    def _click(self, trace, days_ago):
        """Let the customer click in a mailing, as Odoo records it."""
        link = self.env["link.tracker"].search_or_create([{"url": "https://us.test", "title": "Us"}])
        click = self.env["link.tracker.click"].create(
            {"link_id": link.id, "mailing_trace_id": trace.id}
        )
        self._set_columns(click, create_date=self._noon(days_ago))
        trace.set_clicked()
        trace.links_click_datetime = self._noon(days_ago)

    def _assert_then(self, *days_ago):
        self.env.flush_all()
        return self._assert_touches(*days_ago, today=self._day(30))

    def test_later_reply_and_click_are_not_known(self):
        replied, clicked = self._mail(self.contact, 60), self._mail(self.contact, 50)
        replied.set_replied()
        self._click(clicked, 3)
        self._assert_then(60, 50)

    def test_click_is_known_after_a_later_one(self):
        trace = self._mail(self.contact, 60)
        self._mail(self.contact, 50)
        self._click(trace, 55)
        facts = self._assert_then(50)
        self.assertEqual(facts["touch_life_date"], self._day(55))
        self._click(trace, 3)
        self.assertEqual(self._assert_then(50), facts)
        self._assert_touches()

    def test_mailing_that_failed_later_had_been_sent(self):
        trace = self._mail(self.contact, 60)
        trace.set_failed()
        self._assert_then(60)  # written today
        self._assert_touches()
        self._set_columns(trace, write_date=self._noon(59))
        self._assert_then()

    def test_letter_that_bounced_later_was_unanswered_before(self):
        message = self._write(60)
        before = self._assert_then(60)
        notification = message.notification_ids
        notification.write({"notification_status": "bounce", "failure_type": "mail_bounce"})
        self.assertEqual(self._assert_then(60), before)
        notification.notification_status = "canceled"
        self.assertEqual(self._assert_then(60), before)

    def test_call_closed_later_was_not_made(self):
        self._write(60)
        self._call(20)
        self._call(10, "reached")
        self._assert_then(60)


class TestSignNoReaction(TouchCase):
    def test_no_reaction_needs_the_threshold(self):
        self._write(60)
        self.assertFalse(self._get_evidence(self.customer, "S3"))

    def test_no_reaction_holds_thirty_days_after_the_second_touch(self):
        first, second = self._write(60), self._write(30)
        self.assertFalse(self._get_evidence(self.customer, "S3", today=self._day(1)))
        evidence = self._get_evidence(self.customer, "S3")
        self.assertEqual((evidence.value, evidence.since), (2, self.today))
        self.assertEqual(
            evidence.documents, [["mail.message", second.id], ["mail.message", first.id]]
        )

    def test_no_reaction_is_not_put_off_by_further_touches(self):
        for days in (60, 50, 2):
            self._write(days)
        evidence = self._get_evidence(self.customer, "S3")
        self.assertEqual((evidence.value, evidence.since), (3, self._day(20)))

    def test_no_reaction_follows_its_own_days(self):
        self._write(60)
        self._write(30)
        self.signs["S3"].threshold_days = 31
        self.assertFalse(self._get_evidence(self.customer, "S3"))

    def test_no_reaction_ends_with_an_answer(self):
        self._write(60)
        self._write(50)
        self.assertTrue(self._get_evidence(self.customer, "S3"))
        self._answer(5)
        self.assertFalse(self._get_evidence(self.customer, "S3"))

    def test_no_reaction_explains_with_figures(self):
        self._write(60)
        self._call(45)
        self.assertEqual(
            self._get_evidence(self.customer, "S3").explanation,
            "2 touches of ours without an answer since 08/19/2025: from 04/16/2026 to "
            "05/01/2026, the last one a call.",
        )

    def test_no_reaction_shows_its_count_on_the_customer(self):
        self._write(60)
        self._run()
        self.assertEqual(self._get_status(self.customer).touch_count, 1)

    def test_no_reaction_opens_the_documents(self):
        self._write(60, record=self.order)
        self._write(50, record=self.order)
        action = self._get_evidence(self.customer, "S3").action_open_documents()
        self.assertEqual((action["res_model"], action["res_id"]), ("sale.order", self.order.id))

    def test_threshold_days_must_make_sense(self):
        self.assertTrue(self.signs["S3"].has_threshold_days)
        for days in (0, -1, 366):
            with (
                self.subTest(days=days),
                self.assertRaisesRegex(ValidationError, "1 to 365 days"),
                self.env.cr.savepoint(),
            ):
                self.signs["S3"].threshold_days = days

    def test_threshold_days_are_nothing_to_other_signs(self):
        self.assertFalse(self.signs["S1"].has_threshold_days)
        self.signs["S1"].threshold_days = 0

from datetime import date, datetime, timedelta

from odoo.exceptions import ValidationError
from odoo.tests import freeze_time, tagged

from .common_inquiry import InquiryCase


@freeze_time("2026-06-15 12:00:00")
@tagged("post_install", "-at_install")
class TestInquiryAnswers(InquiryCase):
    """Who answered an inquiry when, and who did not."""

    # ------------------------------------------------------------------
    # The days allowed
    # ------------------------------------------------------------------

    def test_inquiry_is_unanswered_once_the_days_are_over(self):
        lead = self._lead(3)
        self.assertJudged(lead, "open", "waiting", waiting=3)
        self.assertJudged(lead, "unanswered", "never", waiting=4, today=self.today + timedelta(days=1))

    def test_draft_is_no_answer(self):
        self.assertJudged(self._quote(3), "open", "waiting", waiting=3)
        self.assertJudged(self._quote(4), "unanswered", "never", waiting=4)
        lead = self._lead(10)
        self._quote(9, opportunity_id=lead.id)
        self.assertJudged(lead, "unanswered", "never", waiting=10)

    def test_answer_on_the_last_day_is_in_time(self):
        lead, late = self._lead(20), self._lead(20)
        self._write(lead, 17)
        self._write(late, 16)
        self.assertJudged(lead, "open", "in_time", days=3)
        self.assertJudged(late, "open", "late", days=4)

    def test_days_are_those_of_the_settings(self):
        lead = self._lead(20)
        self._write(lead, 19)
        self.company.winback_answer_days = 0
        self.assertJudged(lead, "open", "late", days=1)
        same_day, fresh = self._lead(10), self._lead(1)
        self._write(same_day, 10)
        self.assertJudged(same_day, "open", "in_time", days=0)
        self.assertJudged(fresh, "unanswered", "never", waiting=1)
        with self.assertRaises(ValidationError):
            self.company.winback_answer_days = -1

    def test_changing_the_days_has_the_rows_made_anew(self):
        cron = self.env.ref("winback_lost_customers.ir_cron_winback_inquiry")
        triggers = self.env["ir.cron.trigger"]
        before = triggers.search_count([("cron_id", "=", cron.id)])
        self.company.winback_answer_days = 5
        self.assertEqual(triggers.search_count([("cron_id", "=", cron.id)]), before + 1)

    def test_days_are_the_companys_when_the_clocks_change(self):
        """In Helsinki the 29th of March 2026 has 23 hours."""
        self.company.partner_id.tz = "Europe/Helsinki"
        first, second = self._lead(20), self._lead(20)
        for lead in (first, second):  # half past midnight on the 29th
            self._set_columns(lead, create_date=datetime(2026, 3, 28, 22, 30))
        self._write(first, 0, moment=datetime(2026, 4, 1, 20, 59))
        self._write(second, 0, moment=datetime(2026, 4, 1, 21, 1))
        self.assertEqual(self.assertJudged(first, "open", "in_time", days=3).date, date(2026, 3, 29))
        self.assertJudged(second, "open", "late", days=4)

    def test_call_answers_what_came_on_its_day_where_the_company_is(self):
        self.company.partner_id.tz = "America/New_York"
        lead = self._lead(20)
        evening = datetime.combine(self._day(19), datetime.min.time()) + timedelta(hours=3)
        self._set_columns(lead, create_date=evening)  # 23 o'clock of the day before, in New York
        self._call(lead, 20)
        row = self.assertJudged(lead, "open", "in_time", days=0)
        self.assertEqual(row.date, self._day(20))

    def test_late_call_that_sells_on_the_same_day_is_a_late_answer(self):
        """Of the call only the day is known; the mail that confirms the order comes after it."""
        for thread in ("quotation", "customer's page"):
            with self.subTest(thread):
                quotation = self._quote(10, partner=self._create_customer("Sold to"))
                self._call(quotation if thread == "quotation" else quotation.partner_id, 2)
                quotation.action_confirm()
                self._set_columns(quotation, date_order=self._noon(2))
                self._write(quotation, 2, moment=self._noon(2) + timedelta(minutes=1))
                self.assertJudged(quotation, "ordered", "late", days=8)

    # ------------------------------------------------------------------
    # What is an answer
    # ------------------------------------------------------------------

    def test_letters_calls_and_meetings_are_answers(self):
        def meet(lead):
            self.env["calendar.event"].create(
                {
                    "name": "Meeting",
                    "start": self._noon(8),
                    "stop": self._noon(8) + timedelta(hours=1),
                    "opportunity_id": lead.id,
                    "partner_ids": [(6, 0, self.anna.partner_id.ids)],
                }
            )

        answers = {
            "letter": lambda lead: self._write(lead, 8),
            "letter that came back": lambda lead: self._write(lead, 8, status="bounce"),
            "to an address": lambda lead: self._write(lead, 8, to=[], outgoing_email_to="a@b.example.com"),
            "letter on its quotation": lambda lead: self._write(self._quote(9, opportunity_id=lead.id), 8),
            "call": lambda lead: self._call(lead, 8),
            "meeting": meet,
        }
        for name, answer in answers.items():
            with self.subTest(name):
                lead = self._lead(10)
                answer(lead)
                self.assertJudged(lead, "open", "in_time", days=2)

    def test_what_is_done_on_the_customers_page_answers_all_its_inquiries(self):
        quotation, lead = self._quote(12), self._lead(10, partner=self.contact)
        later, others = self._lead(6), self._lead(10, partner=self._create_customer("Other"))
        self._write(self.contact, 9)
        self._call(self.customer, 8)
        self.assertJudged(quotation, "open", "in_time", days=3)
        self.assertJudged(lead, "open", "in_time", days=1)
        self.assertJudged(later, "unanswered", "never", waiting=6)
        self.assertJudged(others, "unanswered", "never", waiting=10)

    def test_page_answers_what_came_in_the_thirty_days_before(self):
        """A day later it is about something else, save for who was answered before."""
        recent, older, known = self._lead(39), self._lead(40), self._lead(60)
        other = self._create_customer("Other")
        self._create_order(other, 400)
        self._run()
        mail = self._hear(other, 45)
        self._write(other, 14)
        self._write(known, 60)
        self._hear(known, 50)
        self._write(self.customer, 10, moment=self._noon(10) + timedelta(seconds=1))
        self.assertJudged(recent, "open", "late", days=29)
        self.assertJudged(older, "unanswered", "never", waiting=40)
        self.assertJudged(mail, "unanswered", "never", waiting=45)
        self.assertJudged(known, "open", "in_time", days=0)

    def test_meeting_with_somebody_of_the_customer_is_an_answer(self):
        lead = self._lead(10)
        people = self.contact + self.anna.partner_id
        self.env["calendar.event"].create(
            {
                "name": "Visit",
                "start": self._noon(9),
                "stop": self._noon(9) + timedelta(hours=1),
                "partner_ids": [(6, 0, people.ids)],
            }
        )
        self.assertJudged(lead, "open", "in_time", days=1)

    def test_calls_and_letters_of_a_case_are_answers(self):
        first, second = self._lead(20), self._lead(10)
        case = self.env["winback.case"].create({"partner_id": self.customer.id, "company_id": self.company.id})
        self._write(case, 18)
        call = case.activity_schedule("mail.mail_activity_data_call")
        self._set_columns(call, active=False, date_done=self._day(9), winback_outcome="reached")
        self.assertJudged(first, "open", "in_time", days=2)
        self.assertJudged(second, "open", "in_time", days=1)

    def test_what_did_not_reach_the_customer_is_no_answer(self):
        lead = self._lead(10)
        self._write(lead, 9, to=[])
        self._write(lead, 9, to=self.boss.partner_id, kind="inbox")
        self._write(lead, 9, to=self.boss.partner_id)
        self._write(lead, 9, status="exception")
        self._write(lead, 9, message_type="notification")
        self._call(lead, 9, outcome="not_reached")
        lead.activity_schedule("mail.mail_activity_data_call")
        self._write(self._quote(50), 9)
        self._write(lead, 11)
        self._hear(lead, 9)
        self.assertJudged(lead, "unanswered", "never", waiting=10)

    def test_quotation_that_was_sent_is_an_answer(self):
        quotation, imported = self._quote(10), self._quote(10, state="sent")
        lead = self._lead(20)
        self._quote(15, state="sent", opportunity_id=lead.id)
        message = self._write(quotation, 6, to=[], message_type="notification")
        self.env["mail.tracking.value"].create(
            {
                "mail_message_id": message.id,
                "field_id": self.env["ir.model.fields"]._get("sale.order", "state").id,
                "old_value_char": "Quotation",
                "new_value_char": "Quotation Sent",
            }
        )
        self.assertJudged(quotation, "open", "late", days=4)
        self.assertJudged(imported, "open", "in_time", days=0)
        self.assertJudged(lead, "open", "late", days=5)

    # ------------------------------------------------------------------
    # Closed, ordered, asked again
    # ------------------------------------------------------------------

    def test_what_was_dealt_with_without_a_word_has_none_recorded(self):
        self.assertJudged(self._quote(10, state="cancel"), "lost", "unrecorded")
        self.assertJudged(self._lead(10, lost=True), "lost", "unrecorded")
        soon = self._quote(7, state="sale", created=self._noon(10))
        late = self._quote(6, state="sale", created=self._noon(10))
        self.assertJudged(soon, "ordered", "in_time", days=3)
        self.assertJudged(late, "ordered", "unrecorded")

    def test_answer_after_the_order_says_nothing(self):
        order = self._quote(10, state="sale", created=self._noon(20))
        self._write(order, 9)
        self.assertJudged(order, "ordered", "unrecorded")
        self._write(order, 15)
        self.assertJudged(order, "ordered", "late", days=5)

    def test_customer_who_writes_again_waits_again(self):
        lead = self._lead(20)
        self._write(lead, 19)
        self._hear(lead, 9)
        self._hear(lead, 4)
        self.assertJudged(lead, "unanswered", "in_time", days=1, waiting=9)
        self._call(self.customer, 4)
        self.assertJudged(lead, "open", "in_time", days=1)
        self._hear(lead, 3)
        self.assertJudged(lead, "open", "in_time", days=1, waiting=3)

    def test_who_thanks_for_the_order_waits_for_nothing(self):
        order = self._quote(10, state="sale")
        self._hear(order, 5)
        self.assertJudged(order, "ordered", "in_time", days=0)

    def test_portal_comment_on_a_quotation_waits_for_an_answer(self):
        lead = self._lead(20)
        quotation = self._quote(15, state="sent", opportunity_id=lead.id)
        self._hear(quotation, 9, message_type="comment")
        self.assertJudged(lead, "unanswered", "late", days=5, waiting=9)

    # ------------------------------------------------------------------
    # Mails on the customer's page
    # ------------------------------------------------------------------

    def test_mail_of_which_nobody_made_anything_is_an_inquiry(self):
        self._create_order(self.customer, 400)
        self._run()
        mail = self._hear(self.contact, 10)
        row = self.assertJudged(mail, "unanswered", "never", waiting=10)
        self.assertEqual((row.channel, row.partner_id, row.user_id), ("email", self.customer, self.anna))
        self._write(self.customer, 8)
        self.assertJudged(mail, "open", "in_time", days=2)

    def test_mails_close_to_each_other_are_one_inquiry(self):
        self._create_order(self.customer, 400)
        self._run()
        first = self._hear(self.customer, 100)
        second = self._hear(self.contact, 70)
        third = self._hear(self.contact, 39)
        self._write(self.customer, 99)
        self.assertJudged(first, "unanswered", "in_time", days=1, waiting=70)
        self.assertFalse(self._get(second))
        self.assertJudged(third, "unanswered", "never", waiting=39)
        self._write(self.customer, 31)
        self.assertJudged(first, "lost", "in_time", days=1)
        self.assertJudged(third, "lost", "late", days=8)

    def test_mail_comes_to_nothing_after_thirty_days(self):
        self._create_order(self.customer, 400)
        self._run()
        mail = self._hear(self.customer, 30)
        self._write(self.customer, 30, moment=self._noon(30) + timedelta(hours=1))
        self.assertJudged(mail, "open", "in_time", days=0)
        self.assertJudged(mail, "lost", "in_time", days=0, today=self.today + timedelta(days=1))

    def test_mail_that_became_a_document_belongs_to_it(self):
        self._create_order(self.customer, 400)
        self._run()
        mail = self._hear(self.customer, 40)
        self._quote(10, partner=self.contact)
        self.assertTrue(self._get(mail), "exactly thirty days later is too late")
        self._quote(11, partner=self.contact)
        self.assertFalse(self._get(mail))

    def test_mails_of_others_are_no_inquiries(self):
        self._create_order(self.customer, 400)
        self._run()
        ours = self._hear(self.customer, 10, author=self.boss.partner_id)
        stranger = self._hear(self._create_customer("Never bought"), 10)
        note = self._hear(self.customer, 10, message_type="notification")
        for mail in (ours, stranger, note):
            self.assertFalse(self._get(mail))

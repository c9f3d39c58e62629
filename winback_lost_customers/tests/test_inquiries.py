from odoo.tests import new_test_user

from .common import WinbackCase


class TestInquiries(WinbackCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls._create_customer()
        cls.contact = cls.env["res.partner"].create(
            {"name": "Contact", "parent_id": cls.customer.id}
        )
        cls._create_order(cls.customer, 300)  # makes it a customer

    def _assert_last(self, model, days_ago, record, **options):
        facts = self._get_facts(self.customer, **options)
        self.assertEqual(
            (facts["last_inquiry_model"], facts["last_inquiry_id"], facts["last_inquiry_date"]),
            (model, record.id, self._day(days_ago)),
        )

    def _assert_unchanged(self, **options):
        """The order 300 days ago is still the last inquiry."""
        facts = self._get_facts(self.customer, **options)
        self.assertEqual(facts["last_inquiry_date"], self._day(300))
        self.assertEqual(facts["inquiry_count"], 1)

    def _write_message(self, author, record, days_ago, message_type="email"):
        message = record.message_post(
            body="Hello", author_id=author.id, message_type=message_type
        )
        self._set_columns(message, date=self._noon(days_ago))
        return message

    def _do_activity(self, record, days_ago, activity_type="mail.mail_activity_data_call"):
        activity = record.activity_schedule(activity_type)
        activity.action_feedback()
        self._set_columns(activity, date_done=self._day(days_ago))
        return activity

    def _create_meeting(self, partners, days_ago):
        return self.env["calendar.event"].create(
            {
                "name": "Meeting",
                "start": self._noon(days_ago),
                "stop": self._noon(days_ago),
                "partner_ids": partners.ids,
            }
        )

    # kinds of documents

    def test_quotation_counts(self):
        quotation = self._create_order(self.contact, 5, state="draft")
        self._assert_last("sale.order", 5, quotation)

    def test_order_counts(self):
        order = self._create_order(self.contact, 5)
        self._assert_last("sale.order", 5, order)

    def test_lead_counts(self):
        lead = self._create_lead(self.contact, 5, type="lead")
        self._assert_last("crm.lead", 5, lead)

    def test_lost_opportunity_counts(self):
        lead = self._create_lead(self.contact, 5, lost=True)
        self.assertFalse(lead.active)
        self._assert_last("crm.lead", 5, lead)

    def test_lead_without_company_counts(self):
        lead = self._create_lead(self.contact, 5, company_id=False)
        self._assert_last("crm.lead", 5, lead)

    def test_incoming_mail_counts(self):
        order = self.env["sale.order"].search([("partner_id", "=", self.customer.id)])
        message = self._write_message(self.contact, order, 5)
        self._assert_last("mail.message", 5, message)

    def test_message_of_portal_user_counts(self):
        portal = new_test_user(self.env, "wb_portal", groups="base.group_portal")
        portal.partner_id.parent_id = self.customer
        message = self._write_message(portal.partner_id, self.customer, 5, "comment")
        self._assert_last("mail.message", 5, message)

    def test_done_call_on_customer_counts(self):
        self._assert_last("mail.activity", 5, self._do_activity(self.contact, 5))

    def test_done_meeting_on_lead_counts(self):
        lead = self._create_lead(self.customer, 20)
        activity = self._do_activity(lead, 5, "mail.mail_activity_data_meeting")
        self._assert_last("mail.activity", 5, activity)

    def test_done_call_on_order_counts(self):
        order = self._create_order(self.customer, 20)
        self._assert_last("mail.activity", 5, self._do_activity(order, 5))

    def test_calendar_meeting_counts(self):
        meeting = self._create_meeting(self.contact, 5)
        self._assert_last("calendar.event", 5, meeting)

    # what does not count

    def test_message_of_employee_does_not_count(self):
        employee = new_test_user(self.env, "wb_employee")
        self._write_message(employee.partner_id, self.customer, 5)
        self._assert_unchanged()

    def test_notification_does_not_count(self):
        self._write_message(self.contact, self.customer, 5, "notification")
        self._assert_unchanged()

    def test_pending_call_does_not_count(self):
        self.customer.activity_schedule("mail.mail_activity_data_call")
        self._assert_unchanged()

    def test_done_to_do_does_not_count(self):
        self._do_activity(self.customer, 5, "mail.mail_activity_data_todo")
        self._assert_unchanged()

    def test_cancelled_meeting_does_not_count(self):
        self._create_meeting(self.contact, 5).active = False
        self._assert_unchanged()

    def test_meeting_without_the_customer_does_not_count(self):
        employee = new_test_user(self.env, "wb_employee")
        self._create_meeting(employee.partner_id, 5)
        self._assert_unchanged()

    def test_other_companys_documents_do_not_count(self):
        other = self._create_company("Other Company")
        self._create_order(self.customer, 5, company=other)
        quotation = self._create_order(self.customer, 5, company=other, state="draft")
        lead = self._create_lead(self.customer, 5, company_id=other.id)
        self._write_message(self.contact, quotation, 4)
        self._do_activity(quotation, 3)
        self._do_activity(lead, 3)
        self._assert_unchanged()

    def test_documents_after_today_do_not_count(self):
        self._create_order(self.customer, 5, state="draft")
        self._create_lead(self.customer, 5)
        self._write_message(self.contact, self.customer, 5)
        self._do_activity(self.customer, 5)
        self._create_meeting(self.contact, 5)
        self._assert_unchanged(today=self._day(6))

    def test_documents_of_today_count(self):
        meeting = self._create_meeting(self.contact, 5)
        self._assert_last("calendar.event", 5, meeting, today=self._day(5))

    # figures

    def test_inquiry_count_is_of_the_last_year(self):
        self._create_lead(self.customer, 364)
        self._create_lead(self.customer, 365)
        self._create_meeting(self.contact, 5)
        facts = self._get_facts(self.customer)
        self.assertEqual(facts["inquiry_count"], 3)  # order, lead, meeting
        self.assertEqual(facts["first_inquiry_date"], self._day(365))

    def test_quotation_count_is_of_all_time(self):
        self._create_order(self.customer, 1000, state="cancel")
        self._create_order(self.contact, 5, state="sent")
        self._create_lead(self.customer, 4)
        self.assertEqual(self._get_facts(self.customer)["quotation_count"], 3)

    def test_latest_of_the_same_day_has_the_highest_id(self):
        first = self._create_lead(self.customer, 5)
        second = self._create_lead(self.customer, 5)
        self.assertGreater(second.id, first.id)
        self._assert_last("crm.lead", 5, second)

    def test_quotation_confirmed_later_is_dated_by_its_creation(self):
        quotation = self._create_order(
            self.customer, 2, state="sale", created=self._noon(10)
        )
        self._assert_last("sale.order", 10, quotation, today=self._day(6))
        self._assert_last("sale.order", 2, quotation)

    def test_evening_inquiry_belongs_to_the_companys_day(self):
        lead = self._create_lead(self.customer, 5)
        self._set_columns(lead, create_date=self._noon(5).replace(hour=23))
        self.company.partner_id.tz = "Europe/Sofia"
        self._assert_last("crm.lead", 4, lead)

    def test_customers_who_only_negotiated_need_the_setting(self):
        prospect = self._create_customer("Prospect")
        self._create_order(prospect, 5, state="draft")
        self._create_lead(prospect, 3)
        self.assertIsNone(self._get_facts(prospect))
        self.company.winback_population = "negotiated"
        facts = self._get_facts(prospect)
        self.assertEqual((facts["purchase_days"], facts["quotation_count"]), (0, 1))

    def test_lead_alone_makes_no_customer(self):
        prospect = self._create_customer("Prospect")
        self._create_lead(prospect, 3)
        self.company.winback_population = "negotiated"
        self.assertIsNone(self._get_facts(prospect))

from datetime import datetime

from odoo.tests import tagged

from .common import WinbackCase


@tagged("post_install", "-at_install")
class TestContactPolicy(WinbackCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.env["winback.contact.policy"]
        cls.customer = cls._create_customer(email="office@example.com", phone="+359 2 123")
        cls.person = cls.env["res.partner"].create(
            {"name": "Person", "parent_id": cls.customer.id, "email": "person@example.com"}
        )
        cls.other = cls._create_customer("Other")
        cls.call = cls.env.ref("mail.mail_activity_data_call")
        cls.mail, cls.phone, cls.letter = cls.env["winback.channel"].create(
            [
                {"name": "Mail", "kind": "email"},
                {"name": "Call", "kind": "call"},
                {"name": "Letter", "kind": "letter"},
            ]
        )
        cls.company.winback_contact_cap = 1

    def _get(self, partners=None, channel=None, today=None, company=None):
        """Return the reason why the customer must not be contacted, None if it may."""
        partners = self.customer if partners is None else partners
        blocked = self.policy._get_blocked(
            company or self.company, partners, today or self.today, channel
        )
        return blocked.get(partners[:1])

    def _call(self, record=None, days_ago=1, outcome=False, **values):
        record = record or self.customer
        activity = self.env["mail.activity"].create(
            {
                "res_model_id": self.env["ir.model"]._get_id(record._name),
                "res_id": record.id,
                "activity_type_id": self.call.id,
                "winback_outcome": outcome,
                **values,
            }
        )
        self._set_columns(activity, active=False, date_done=self._day(days_ago))

    def _write_mail(self, recipient=None, days_ago=1, moment=None, **values):
        message = self.env["mail.message"].create(
            {
                "model": "res.partner",
                "res_id": self.customer.id,
                "message_type": "comment",
                "author_id": self.env.ref("base.partner_admin").id,
                "date": moment or self._noon(days_ago),
                **values,
            }
        )
        self.env["mail.notification"].create(
            {
                "mail_message_id": message.id,
                "res_partner_id": (recipient or self.person).id,
                "notification_type": "email",
                "notification_status": "sent",
            }
        )
        return message

    def _send_mailing(self, record=None, days_ago=1, **values):
        record = record or self.customer
        mailing = self.env["mailing.mailing"].create(
            {
                "subject": "News",
                "mailing_model_id": self.env["ir.model"]._get_id(record._name),
            }
        )
        self.env["mailing.trace"].create(
            {
                "mass_mailing_id": mailing.id,
                "model": record._name,
                "res_id": record.id,
                "email": record.email,
                "trace_status": "sent",
                "sent_datetime": self._noon(days_ago),
                **values,
            }
        )

    # cap

    def test_without_contacts_nobody_is_blocked(self):
        self.assertIsNone(self._get())
        self.assertEqual(self.policy._get_blocked(self.company, self.env["res.partner"], self.today), {})

    def test_each_kind_of_contact_counts(self):
        lead = self._create_lead(self.person)
        case = self.env["winback.case"].create(
            {"partner_id": self.customer.id, "company_id": self.company.id}
        )
        contacts = {
            "call": self._call,
            "call not reached": lambda: self._call(outcome="not_reached"),
            "call on a lead of a contact": lambda: self._call(lead),
            "call on a case": lambda: self._call(case),
            "mail": self._write_mail,
            "mailing": self._send_mailing,
            "mailing to a contact": lambda: self._send_mailing(self.person),
        }
        for name, contact in contacts.items():
            with self.subTest(name), self.env.cr.savepoint() as savepoint:
                self.assertIsNone(self._get())
                contact()
                self.assertEqual(self._get(), "capped")
                self.assertIsNone(self._get(self.other))
                savepoint.rollback()
                self.env.invalidate_all()

    def test_what_is_no_contact(self):
        self._call(self.env["winback.complaint"].create(
            {"name": "C", "company_id": self._create_company("Foreign").id,
             "partner_id": self.customer.id}
        ))  # fmt: skip
        self._set_columns(self._write_mail(), model="account.move")
        self._write_mail(message_type="notification")
        self._write_mail(author_id=self.person.id)
        self._send_mailing(trace_status="error")
        self._send_mailing(is_test_trace=True)
        self.assertIsNone(self._get())

    def test_exactly_at_the_cap(self):
        self.company.winback_contact_cap = 2
        self._call(days_ago=3)
        self.assertIsNone(self._get())
        self._call(days_ago=2)
        self.assertEqual(self._get(), "capped")

    def test_same_kind_counts_once_a_day(self):
        self.company.winback_contact_cap = 2
        self._write_mail()
        self._write_mail()
        self.assertIsNone(self._get())
        self._call()
        self.assertEqual(self._get(), "capped")

    def test_window_of_the_settings(self):
        self.company.winback_contact_cap_days = 30
        self._call(days_ago=30)
        self.assertIsNone(self._get())
        self._call(days_ago=29)
        self.assertEqual(self._get(), "capped")

    def test_later_contacts_do_not_count(self):
        self._call(days_ago=0)
        self.assertEqual(self._get(), "capped")
        self.assertIsNone(self._get(today=self._day(1)))

    def test_contact_stands_for_its_organisation(self):
        self._call()
        blocked = self.policy._get_blocked(
            self.company, self.person | self.other, self.today
        )
        self.assertEqual(blocked, {self.person: "capped"})

    def test_day_begins_where_the_company_is_also_in_summer(self):
        self.company.partner_id.tz = "Europe/Sofia"
        self.company.winback_contact_cap_days = 1
        day = datetime(2026, 3, 29)  # the clock goes forward at 1:00 UTC
        for moment, is_capped in (
            (datetime(2026, 3, 28, 21, 59), False),  # 23:59 of the day before
            (datetime(2026, 3, 28, 22, 0), True),  # midnight, in winter time
            (datetime(2026, 3, 29, 20, 59), True),  # 23:59, in summer time
            (datetime(2026, 3, 29, 21, 0), False),  # midnight of the next day
        ):
            with self.subTest(moment=moment), self.env.cr.savepoint() as savepoint:
                self._write_mail(moment=moment)
                self.assertEqual(self._get(today=day.date()) == "capped", is_capped)
                savepoint.rollback()
                self.env.invalidate_all()

    def test_other_company_has_its_own_cap_and_documents(self):
        other = self._create_company("Other Test Company")
        self._call(self._create_lead(self.customer))
        self.assertEqual(self._get(), "capped")
        self.assertIsNone(self._get(company=other))

    # decisions and addresses

    def test_excluded_goes_before_everything(self):
        self._call()
        self.env["winback.exclusion"].create({"partner_id": self.customer.id})
        self.assertEqual(self._get(channel=self.mail), "excluded")

    def test_blacklist_counts_for_mails_only(self):
        self.env["mail.blacklist"].create({"email": "office@example.com"})
        self.assertEqual(self._get(channel=self.mail), "opted_out")
        self.assertIsNone(self._get(channel=self.phone))
        self.assertIsNone(self._get())

    def test_blacklisted_person_does_not_speak_for_the_organisation(self):
        blacklisted = self.env["mail.blacklist"].create({"email": "person@example.com"})
        self.assertIsNone(self._get(channel=self.mail))
        self.customer.email = False
        self.assertEqual(self._get(channel=self.mail), "opted_out")
        blacklisted.active = False
        self.assertIsNone(self._get(channel=self.mail))

    def test_who_has_left_all_mailing_lists_wants_no_mails(self):
        lists = self.env["mailing.list"].create([{"name": "A"}, {"name": "B"}])
        contact = self.env["mailing.contact"].create(
            {"email": "office@example.com", "list_ids": [(6, 0, lists.ids)]}
        )
        contact.subscription_ids[0].opt_out = True
        self.assertIsNone(self._get(channel=self.mail))
        contact.subscription_ids.opt_out = True
        self.assertEqual(self._get(channel=self.mail), "opted_out")

    def test_missing_addresses(self):
        for channel, reason in (
            (self.mail, "no_email"), (self.phone, "no_phone"), (self.letter, "no_address")
        ):  # fmt: skip
            with self.subTest(reason):
                self.assertEqual(self._get(self.other, channel), reason)
        self.assertIsNone(self._get(self.other))

    def test_address_of_a_contact_is_enough_unless_archived(self):
        self.customer.email = False
        self.assertIsNone(self._get(channel=self.mail))
        self.person.active = False
        self.assertEqual(self._get(channel=self.mail), "no_email")

    def test_open_complaint_stops_selling_mails(self):
        complaint = self.env["winback.complaint"].create(
            {"name": "Late", "company_id": self.company.id, "partner_id": self.person.id}
        )
        self.assertEqual(self._get(channel=self.mail), "complaint")
        self.assertIsNone(self._get(channel=self.phone))
        complaint.write({"state": "cancelled"})
        self.assertIsNone(self._get(channel=self.mail))

    def test_every_reason_has_words(self):
        labels = self.policy._get_reason_labels()
        self.assertTrue(all(labels.values()))
        for code in ("excluded", "complaint", "opted_out", "no_email", "capped"):
            self.assertIn(code, labels)

    def test_number_of_statements_does_not_grow(self):
        customers = self.env["res.partner"].create(
            [{"name": f"C {i}", "is_company": True} for i in range(50)]
        )
        self._get(self.other, self.mail)  # warms the caches
        counts = []
        for partners in (self.other, customers):
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            self._get(partners, self.mail)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0] + 1)

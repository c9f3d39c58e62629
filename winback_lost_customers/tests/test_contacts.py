from .common import WinbackCase


class TestContacts(WinbackCase):
    thresholds = {**WinbackCase.thresholds, "S10": 100}
    weights = {**WinbackCase.weights, "S10": 50}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls._create_customer(email="info@customer.test")
        cls._create_order(cls.customer, 300)
        cls._backdate(cls.customer)

    @classmethod
    def _backdate(cls, partners):
        """Let us have known them for long."""
        for partner in partners:
            cls._set_columns(partner, create_date=cls._noon(500))

    @classmethod
    def _create_contacts(cls, *values, parent=None):
        contacts = cls.env["res.partner"].create(
            [
                {
                    "name": f"Contact {number}",
                    "email": f"contact{number}@customer.test",
                    "parent_id": (parent or cls.customer).id,
                    **vals,
                }
                for number, vals in enumerate(values)
            ]
        )
        cls._backdate(contacts)
        return contacts

    def _bounce(self, contact, *days_ago):
        """Let mails of ours, sent so long ago, come back from `contact`."""
        for days in days_ago:
            message = self.env["mail.message"].create(
                {
                    "model": "res.partner",
                    "res_id": contact.id,
                    "message_type": "comment",
                    "date": self._noon(days),
                }
            )
            self.env["mail.notification"].create(
                {
                    "mail_message_id": message.id,
                    "res_partner_id": contact.id,
                    "notification_type": "email",
                    "notification_status": "bounce",
                    "failure_type": "mail_bounce",
                }
            )
        contact.message_bounce += len(days_ago)

    def _assert_people(self, count, archived, bounced, **options):
        facts = self._get_facts(self.customer, **options)
        self.assertEqual(
            (
                facts["contact_count"],
                facts["contact_archived_count"],
                facts["contact_bounced_count"],
            ),
            (count, archived, bounced),
        )
        return facts

    def _get_sign(self, **options):
        return self._get_evidence(self.customer, "S10", **options)

    # facts

    def test_archived_contacts_are_gone(self):
        contacts = self._create_contacts({"active": False}, {})
        facts = self._assert_people(2, 1, 0)
        self.assertEqual(facts["contact_documents"], [["res.partner", contacts[0].id]])
        self.assertEqual(facts["contact_gone_dates"], [None])

    def test_contacts_whose_mail_comes_back_are_gone(self):
        self._create_contacts({"message_bounce": 2}, {"message_bounce": 1}, {})
        self._assert_people(3, 0, 1)

    def test_impossible_address_is_gone(self):
        self._create_contacts({"email": "nobody"}, {"email": False}, {"email": " "})
        self._assert_people(3, 0, 1)

    def test_blacklisted_contact_is_there(self):
        self._create_contacts({})
        self.env["mail.blacklist"]._add("contact0@customer.test")
        self._assert_people(1, 0, 0)

    def test_archived_and_bounced_contact_is_gone_once(self):
        self._create_contacts({"active": False, "message_bounce": 5})
        self._assert_people(1, 1, 0)

    def test_addresses_and_branches_are_no_people(self):
        self._create_contacts(
            {"type": "delivery", "active": False}, {"type": "invoice"}, {"active": False}
        )
        self._assert_people(1, 1, 0)

    def test_customer_without_people_stands_for_itself(self):
        self._assert_people(1, 0, 0)
        self.customer.message_bounce = 2
        self._assert_people(1, 0, 1)

    def test_own_address_does_not_count_beside_people(self):
        self.customer.message_bounce = 9
        self._create_contacts({})
        self._assert_people(1, 0, 0)

    def test_archived_customer_is_not_gone_itself(self):
        self.customer.active = False
        self._assert_people(1, 0, 0)

    def test_dates_are_those_of_the_second_bounce(self):
        first, second = self._create_contacts({}, {})
        self._bounce(first, 50, 40, 30)
        self._bounce(second, 60, 20)
        facts = self._assert_people(2, 0, 2)
        self.assertEqual(facts["contact_gone_dates"], [self._day(40), self._day(20)])

    def test_dismissed_warnings_are_bounces_still(self):
        (contact,) = self._create_contacts({})
        self._bounce(contact, 50, 40)
        before = self._assert_people(1, 0, 1, today=self._day(30))
        notifications = self.env["mail.notification"].search([("res_partner_id", "=", contact.id)])
        notifications.notification_status = "canceled"
        self.env.flush_all()
        self.assertEqual(self._assert_people(1, 0, 1, today=self._day(30)), before)

    def test_bounces_before_a_mail_from_there_do_not_count(self):
        contact = self._create_contacts({})
        self._bounce(contact, 50, 40)
        message = self.customer.message_post(
            body="Here I am", author_id=contact.id, message_type="email"
        )
        self._set_columns(message, date=self._noon(35))
        contact.message_bounce = 0  # as the mail gateway does
        self._assert_people(1, 0, 0)
        self._assert_people(1, 0, 1, today=self._day(36))
        self._assert_people(1, 0, 0, today=self._day(1))

    def test_past_day_knows_bounces_only(self):
        left, bounced, _impossible = self._create_contacts({}, {}, {"email": "nobody"})
        left.active = False
        self._bounce(bounced, 50, 40)
        self._assert_people(3, 1, 2)
        self._assert_people(3, 0, 1, today=self._day(40))
        self._assert_people(3, 0, 0, today=self._day(41))

    def test_contacts_created_later_are_unknown_before(self):
        contacts = self._create_contacts({}, {})
        self._set_columns(contacts[1], create_date=self._noon(10))
        self._assert_people(1, 0, 0, today=self._day(11))
        self._assert_people(2, 0, 0, today=self._day(10))

    def test_limited_run_equals_the_full_one(self):
        contact, _left = self._create_contacts({}, {"active": False})
        self._bounce(contact, 50, 40)
        other = self._create_customer("Other")
        self._create_order(other, 20)
        self._create_contacts({"active": False}, parent=other)
        full = self._get_all_facts()
        limited = self._get_all_facts(partners=self.customer)
        self.assertEqual(limited, {self.customer.id: full[self.customer.id]})
        self.assertEqual(full[other.id]["contact_archived_count"], 1)

    # sign

    def test_key_people_gone_holds_when_all_are(self):
        contacts = self._create_contacts({"active": False}, {"message_bounce": 4})
        evidence = self._get_sign()
        self.assertEqual((evidence.value, evidence.since), (100, self.today))
        self.assertEqual(evidence.documents, [["res.partner", c.id] for c in contacts])

    def test_key_people_gone_does_not_hold_with_one_left(self):
        self._create_contacts({"active": False}, {"active": False}, {})
        self.assertFalse(self._get_sign())

    def test_key_people_gone_holds_from_the_percentage_on(self):
        self._create_contacts({"active": False}, {"active": False}, {})
        self.signs["S10"].threshold = 67
        self.assertFalse(self._get_sign())
        self.signs["S10"].threshold = 66
        self.assertEqual(self._get_sign().value, 66)

    def test_key_people_gone_ends_with_a_new_contact(self):
        self._create_contacts({"active": False})
        self.assertTrue(self._get_sign())
        self._create_contacts({})
        self.assertFalse(self._get_sign())

    def test_key_people_gone_since_the_last_one_bounced(self):
        for contact, days in zip(self._create_contacts({}, {}), (40, 20), strict=True):
            self._bounce(contact, 60, days)
        self.assertEqual(self._get_sign().since, self._day(20))
        self.signs["S10"].threshold = 50
        self.assertEqual(self._get_sign().since, self._day(40))

    def test_key_people_gone_keeps_the_day_it_was_seen(self):
        """When somebody was archived is recorded nowhere."""
        self._create_contacts({"active": False})
        evidence = self._get_sign()
        self._set_columns(evidence, since=self._day(7))
        self.assertEqual(self._get_sign().since, self._day(7))

    def test_key_people_gone_is_silent_about_past_archiving(self):
        self._create_contacts({"active": False})
        self.engine._run_as_of(self.company, self._day(1))
        self.env.cr.execute("SELECT sign_id FROM winback_run_sign")
        self.assertNotIn((self.signs["S10"].id,), self.env.cr.fetchall())

    def test_key_people_gone_explains_with_figures(self):
        self._create_contacts({"active": False}, {"active": False}, {"message_bounce": 4})
        self.assertEqual(
            self._get_sign().explanation,
            "People we know there who can no longer be reached: 3 of 3 (archived: 2, mail "
            "comes back: 1).",
        )

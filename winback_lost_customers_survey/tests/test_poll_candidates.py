import time
from datetime import timedelta

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import PollCase


@tagged("post_install", "-at_install")
class TestPollCandidates(PollCase):
    def _preview(self, **values):
        """Return {customer: (state, reason)} of a poll that is only previewed."""
        poll = self._create_poll(**values)
        poll._prepare(self.today)
        return {i.partner_id: (i.state, i.reason) for i in poll.invitation_ids}

    def _get_reason(self, customer, **values):
        return self._preview(**values).get(customer)

    def test_customers_with_order_or_sent_quotation_of_the_month_are_asked(self):
        buyer, asker = self._create_buyer("Buyer"), self._create_buyer("Asker", state="sent")
        draft, cancelled = self._create_buyer("Draft", state="draft"), self._create_buyer("No", state="cancel")
        older, newer = self._create_buyer("Older", 40), self._create_buyer("Newer", 0)
        found = self._preview()
        self.assertEqual(found[buyer], ("prepared", False))
        self.assertEqual(found[asker], ("prepared", False))
        for customer in (draft, cancelled, older, newer):
            self.assertNotIn(customer, found)

    def test_month_ends_at_midnight_of_the_company(self):
        self.company.partner_id.tz = "Pacific/Auckland"  # UTC+12 in May
        self.env.flush_all()
        may, june = self._create_customer("May", email="a@x.test"), self._create_customer("June", email="b@x.test")
        self._create_order(may, moment="2026-05-31 11:59:59")
        self._create_order(june, moment="2026-05-31 12:00:00")
        found = self._preview()
        self.assertIn(may, found)
        self.assertNotIn(june, found)

    def test_orders_of_another_company_do_not_count(self):
        other = self._create_company("Other")
        customer = self._create_customer("Theirs", email="theirs@x.test")
        self._create_order(customer, 10, company=other)
        self.assertNotIn(customer, self._preview())

    def test_customer_is_asked_about_what_it_got(self):
        goods = self._create_buyer("Goods")
        served = self._create_buyer("Served", products=[self.service])
        both = self._create_buyer("Both", products=[self.product, self.service])
        asker = self._create_buyer("Asker", state="sent")
        poll = self._start()
        roles = {
            customer: self._get_invitation(poll, customer).user_input_id.predefined_question_ids.mapped("winback_role")
            for customer in (goods, served, both, asker)
        }
        frame = {"nps", "text", "closing"}
        self.assertEqual(set(roles[goods]), frame | {"products", "delivery", "sales"})
        self.assertEqual(set(roles[served]), frame | {"products", "service", "sales"})
        self.assertEqual(set(roles[both]), frame | {"products", "delivery", "service"})
        self.assertEqual(set(roles[asker]), frame | {"sales"})

    def test_who_wrote_about_the_order_is_asked_else_the_buyer(self):
        customer = self._create_customer("Firm", email="info@firm.test")
        buyer, writer = self._create_person("Buyer", customer), self._create_person("Writer", customer)
        order = self._create_document(buyer)
        poll = self._create_poll()
        poll._prepare(self.today)
        self.assertEqual(poll.invitation_ids.contact_id, buyer)
        order.message_post(body="When?", message_type="email", author_id=writer.id)
        poll._prepare(self.today)
        self.assertEqual(poll.invitation_ids.contact_id, writer)
        writer.active = False
        buyer.email = False
        poll._prepare(self.today)
        self.assertEqual(poll.invitation_ids.contact_id, customer)

    def test_contact_is_asked_in_its_language_if_installed(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        french = self._create_buyer("French", lang="fr_FR")
        german = self._create_buyer("German")
        self._set_columns(german, lang="de_DE")  # not installed any more
        poll = self._create_poll()
        poll._prepare(self.today)
        self.assertEqual(self._get_invitation(poll, french).lang, "fr_FR")
        self.assertEqual(self._get_invitation(poll, german).lang, "en_US")

    def test_reasons_not_to_ask(self):
        silent = self._create_buyer("Silent")
        silent.email = False
        out = self._create_buyer("Out")
        self.env["mail.blacklist"]._add(out.email)
        excluded = self._create_buyer("Excluded")
        self.env["winback.exclusion"].create(
            {"partner_id": excluded.id, "company_id": self.company.id, "reason": "other", "date": self._day(1)}
        )
        complaining = self._create_buyer("Complaining")
        self.env["winback.complaint"].create(
            {"name": "Broken", "partner_id": complaining.id, "company_id": self.company.id}
        )
        twin = self._create_buyer("Twin")
        same = self._create_buyer("Same")
        same.email = twin.email
        found = self._preview()
        self.assertEqual(found[silent], ("excluded", "no_email"))
        self.assertEqual(found[out], ("excluded", "opted_out"))
        self.assertEqual(found[excluded], ("excluded", "excluded"))
        self.assertEqual(found[complaining], ("excluded", "complaint"))
        self.assertEqual(found[twin], ("prepared", False))
        self.assertEqual(found[same], ("excluded", "duplicate"))

    def test_who_was_contacted_often_waits(self):
        customer = self._create_buyer()
        self.company.winback_contact_cap = 1
        call = customer.activity_schedule("mail.mail_activity_data_call")
        call.action_winback_outcome("reached")
        self.assertEqual(self._get_reason(customer), ("deferred", "capped"))

    def test_who_was_asked_recently_waits_and_is_passed_on(self):
        customer = self._create_buyer()
        self._create_document(customer, 40)
        before = self._create_poll(month="2026-04-01")
        before._prepare(self.today)
        before.invitation_ids.write({"state": "answered", "date_sent": self._noon(20)})
        before.state = "done"
        poll = self._create_poll()
        poll._start(self.today)
        self.assertEqual((poll.invitation_ids.state, poll.invitation_ids.reason), ("deferred", "cooldown"))
        poll._close_if_over(self.today + timedelta(days=30))
        later = self.today + timedelta(days=30)
        following = self._create_poll(month="2026-06-01")
        following._prepare(later)
        self.assertEqual(following.invitation_ids.partner_id, customer)
        self.assertEqual(following.invitation_ids.state, "prepared")
        self.assertEqual(poll.invitation_ids.reason, "carried")

    def test_budget_leaves_out_the_least_valuable(self):
        customers = [self._create_buyer(f"Buyer{number}") for number in range(4)]
        for number, customer in enumerate(customers):
            self._create_orders(customer, [100, 200], amount=1000 * (number + 1))
        self._run()
        offer = self.env["winback.offer"].create({"name": "Cash", "kind": "credit", "amount": 10})
        found = self._preview(offer_id=offer.id, budget=25)
        self.assertEqual(found[customers[3]], ("prepared", False))
        self.assertEqual(found[customers[2]], ("prepared", False))
        self.assertEqual(found[customers[1]], ("excluded", "budget"))
        self.assertEqual(found[customers[0]], ("excluded", "budget"))

    def test_preview_can_be_repeated_and_keeps_what_was_decided_by_hand(self):
        customer, other = self._create_buyer("One"), self._create_buyer("Two")
        poll = self._create_poll()
        poll.action_preview()
        self._get_invitation(poll, customer).action_exclude()
        poll.action_preview()
        poll._start(self.today)
        self.assertEqual(self._get_invitation(poll, customer).reason, "manual")
        self.assertEqual(self._get_invitation(poll, other).state, "prepared")
        self.assertEqual(len(poll.invitation_ids), 2)

    def test_one_poll_per_company_and_month(self):
        self._create_poll(month="2026-05-17")
        with mute_logger("odoo.sql_db"), self.assertRaises(Exception):  # noqa: B017
            self._create_poll(month="2026-05-03")
        self._create_poll(company_id=self._create_company("Other").id)

    def test_poll_without_gift_or_survey_does_not_start(self):
        self._create_buyer()
        poll = self._create_poll(offer_id=False)
        with self.assertRaisesRegex(UserError, "gift"):
            poll._start(self.today)
        poll.offer_id = self.env.ref("winback_lost_customers_survey.winback_offer_poll")
        self.survey.active = False
        with self.assertRaisesRegex(UserError, "survey"):
            poll._start(self.today)

    def test_5000_invitations_are_prepared_in_a_few_statements(self):
        count = 5000
        self.env.cr.execute(
            """
            WITH customer AS (
                INSERT INTO res_partner (name, complete_name, is_company, active, email, email_normalized,
                                         partner_share, type, autopost_bills, create_date, write_date)
                SELECT 'C' || n, 'C' || n, TRUE, TRUE, 'c' || n || '@x.test', 'c' || n || '@x.test', TRUE,
                       'contact', 'ask', now(), now()
                  FROM generate_series(1, %s) n RETURNING id
            ), own AS (
                INSERT INTO sale_order (name, partner_id, partner_invoice_id, partner_shipping_id, company_id,
                                        state, date_order, create_date, amount_untaxed, currency_rate)
                SELECT 'O' || id, id, id, id, %s, 'sale', %s, %s, 100, 1 FROM customer RETURNING partner_id
            ) SELECT count(*) FROM own
            """,
            (count, self.company.id, self._noon(10), self._noon(10)),
        )
        self.env.cr.execute("UPDATE res_partner SET commercial_partner_id = id WHERE commercial_partner_id IS NULL")
        poll = self._create_poll()
        started = time.monotonic()
        queries = self.env.cr.sql_log_count
        poll._prepare(self.today)
        self.assertLess(time.monotonic() - started, 60)
        self.assertLess(self.env.cr.sql_log_count - queries, 60)
        self.assertEqual(poll.prepared_count, count)

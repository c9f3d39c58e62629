from datetime import date, timedelta

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import freeze_time, new_test_user, tagged

from .common_offer import OfferCase


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15 12:00:00")
class TestBenefits(OfferCase):
    def _get_benefits(self, days=365, today=None, partner=None):
        return self.env["winback.benefits"]._get_benefits(
            partner or self.customer, self.company, today or self.today, days
        )

    def _confirm(self, days_ago=10, **line):
        """Return a confirmed order of two things, some days ago."""
        order = self._create_quotation()
        order.order_line.write(line)
        order.action_confirm()
        self._set_columns(order, date_order=self._noon(days_ago))
        return order

    def test_discounts_on_lines_and_by_codes_are_added_up(self):
        self._confirm(discount=10)  # of 200: 20
        order = self._buy(self._grant(percent=15))  # of 200: 30
        self._set_columns(order, date_order=self._noon(5))
        benefits = self._get_benefits()
        self.assertAlmostEqual(benefits["discounts"], 50)
        self.assertEqual(benefits["orders"], 2)

    def test_order_free_of_charge_counts_in_full(self):
        self._confirm(discount=100)
        self.assertAlmostEqual(self._get_benefits()["discounts"], 200)

    def test_gifts_and_free_services_are_named(self):
        self._set_columns(self._buy(self._grant("gift")), date_order=self._noon(3))
        service = self.env["product.product"].create(
            {"name": "Check", "type": "service", "taxes_id": False}
        )
        grant = self._grant("service", product_id=service.id)
        self._set_columns(self._buy(grant), date_order=self._noon(3))
        benefits = self._get_benefits()
        self.assertEqual(benefits["gifts"], {self.gift: 1})
        self.assertEqual(benefits["services"], {service: 1})
        self.assertFalse(benefits["deliveries"])

    def test_only_orders_of_the_period_the_company_and_the_customer_count(self):
        first = self._confirm(9, discount=10)
        self._confirm(10, discount=10)  # a day too early
        other = self._create_quotation(partner=self.other)
        other.order_line.discount = 10
        other.action_confirm()
        cancelled = self._confirm(1, discount=10)
        cancelled._action_cancel()
        benefits = self._get_benefits(days=10)
        self.assertEqual((benefits["orders"], benefits["discounts"]), (1, 20))
        self.assertEqual(benefits["date_from"], first.date_order.date())
        elsewhere = self._create_company("Elsewhere")
        found = self.env["winback.benefits"]._get_benefits(self.customer, elsewhere, self.today)
        self.assertFalse(found["orders"])

    def test_orders_of_contacts_count(self):
        contact = self._create_customer("C", is_company=False, parent_id=self.customer.id)
        order = self._create_quotation(partner=contact)
        order.action_confirm()
        self._set_columns(order, date_order=self._noon(5))
        self.assertEqual(self._get_benefits()["orders"], 1)

    def test_letter_tells_what_was_enjoyed(self):
        self._confirm(discount=10)
        letter = self._grant("letter").letter
        self.assertIn("20.00", letter)
        self.assertRegex(letter, r"placed\s+1\s+orders")

    def test_letter_to_who_enjoyed_nothing(self):
        letter = self._grant("letter").letter
        self.assertNotIn("enjoyed", letter)
        self._confirm()
        letter = self._create_offer("letter")._grant(self.customer, self.company).letter
        self.assertRegex(letter, r"placed\s+1\s+orders")
        self.assertNotIn("enjoyed", letter)

    def test_letter_to_the_lost_looks_back_from_the_last_order(self):
        self._confirm(700, discount=10)
        self._confirm(1000, discount=10)
        grant = self._grant("letter", benefit_days=200)
        self.assertEqual(grant._get_benefits()["date_to"], self._day(700))
        self.assertIn("20.00", grant.letter)
        self.assertNotIn("40.00", grant.letter)


@tagged("post_install", "-at_install")
class TestGrantLetter(OfferCase):
    def test_letter_has_code_conditions_and_last_day(self):
        grant = self._grant(
            minimum_amount=500, condition_product_ids=self.gift.ids, description="<p>For you.</p>"
        )
        for words in (grant.code, "For you.", "500.00", "Cup", "Kunde only", "once"):
            with self.subTest(words):
                self.assertIn(words, grant.letter)
        self.assertIn(str(grant.date_expire.year), grant.letter)

    def test_letter_names_the_gift(self):
        letter = self._grant("gift", quantity=3).letter
        self.assertIn("Offer gift", letter)  # there is no description
        self.assertRegex(letter, r"3\s*×\s*Cup")

    def test_owner_of_the_case_signs(self):
        grant = self._grant()
        self.assertEqual(grant.sender_id, self.env.user)
        self.case.user_id = self.env.ref("base.user_admin")
        self.assertEqual(grant.sender_id, self.case.user_id)

    def test_fixed_prices_are_listed(self):
        self.env["res.config.settings"].create({"group_product_pricelist": True}).execute()
        self._create_quotation().action_confirm()
        letter = self._grant("price_lock", minimum_amount=700).letter
        for words in ("Thing", "100.00", "700.00"):
            self.assertIn(words, letter)

    def test_printed_page_has_the_code(self):
        grant = self._grant()
        report = self.env.ref("winback_lost_customers.winback_grant_report")
        page = report._render_qweb_html(report.report_name, grant.ids)[0].decode()
        self.assertIn(grant.code, page)
        self.assertIn("Kunde", page)

    def test_mail_is_prepared_and_nothing_is_sent(self):
        self.customer.email = "buyer@kunde.example.com"
        grant = self._grant()
        before = self.env["mail.mail"].search_count([])
        action = grant.action_send()
        self.assertEqual(self.env["mail.mail"].search_count([]), before)
        composer = self.env["mail.compose.message"].with_context(**action["context"]).create({})
        self.assertEqual(composer.partner_ids, self.customer)
        self.assertEqual(composer.subject, grant.offer_id.name)
        composer.action_send_mail()
        message = self.case.message_ids[0]
        self.assertIn(grant.code, message.body)
        self.assertEqual(message.partner_ids, self.customer)

    def test_contact_with_an_address_gets_the_mail(self):
        person = self._create_customer(
            "P", is_company=False, parent_id=self.customer.id, email="p@kunde.example.com"
        )
        self.assertEqual(self._grant().contact_id, person)

    def test_mail_without_a_case_is_written_on_the_customer(self):
        grant = self._create_offer()._grant(self.customer, self.company)
        context = grant.action_send()["context"]
        self.assertEqual(context["default_model"], "res.partner")
        self.assertEqual(context["default_res_ids"], self.customer.ids)

    def test_colleague_sends_nothing(self):
        ben = new_test_user(
            self.env, "gl_ben", groups="sales_team.group_sale_salesman",
            company_id=self.company.id, company_ids=[Command.set(self.company.ids)],
        )  # fmt: skip
        grant = self._create_offer()._grant(self.customer, self.company)
        with self.assertRaises(AccessError):
            grant.with_user(ben).action_send()
        self.customer.user_id = ben
        self.assertTrue(grant.with_user(ben).action_send())


@tagged("post_install", "-at_install")
@freeze_time("2026-07-05 12:00:00")
class TestThanks(OfferCase):
    """It is July: the second quarter and the first half of the year have just ended."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.july = date(2026, 7, 5)
        cls.offer = cls._create_offer(
            "thanks", period="quarter", minimum_amount=1000, valid_days=30
        )
        # 20 days before 15 June: in the quarter
        cls._create_orders(cls.customer, [20, 60], amount=500, margin=200)
        cls._create_orders(cls.other, [20], amount=999, margin=200)
        cls.engine._run(cls.company, today=cls.today)

    def _propose(self, today=None):
        grants = self.env["winback.grant"]._propose_thanks(self.company, today or self.july)
        return grants.filtered(lambda grant: grant.offer_id == self.offer)

    def test_periods_that_ended_last(self):
        for period, today, first, last in (
            ("month", date(2026, 3, 1), date(2026, 2, 1), date(2026, 2, 28)),
            ("month", date(2026, 1, 31), date(2025, 12, 1), date(2025, 12, 31)),
            ("quarter", date(2026, 7, 5), date(2026, 4, 1), date(2026, 6, 30)),
            ("quarter", date(2026, 6, 30), date(2026, 1, 1), date(2026, 3, 31)),
            ("half", date(2026, 7, 1), date(2026, 1, 1), date(2026, 6, 30)),
            ("half", date(2026, 6, 30), date(2025, 7, 1), date(2025, 12, 31)),
        ):
            with self.subTest(period=period, today=today):
                self.offer.period = period
                self.assertEqual(self.offer._get_ended_period(today), (first, last))

    def test_who_bought_the_minimum_is_proposed(self):
        grant = self._propose()
        self.assertEqual((grant.partner_id, grant.state), (self.customer, "proposed"))
        self.assertEqual(grant.period_end, date(2026, 6, 30))
        self.assertEqual((grant.bought_amount, grant.minimum_amount), (1000, 1000))
        self.offer.minimum_amount = 999
        self.assertEqual(self._propose().partner_id, self.other)

    def test_orders_outside_the_period_do_not_count(self):
        self._create_orders(self.other, [100], amount=500, margin=200)  # in March
        self.assertNotIn(self.other, self._propose().partner_id)

    def test_proposed_twice_is_proposed_once(self):
        self.assertTrue(self._propose())
        self.assertFalse(self._propose())

    def test_refused_proposal_does_not_come_back(self):
        self._propose().action_withdraw()
        self.assertFalse(self._propose())

    def test_late_thanks_are_not_proposed(self):
        self.assertFalse(self._propose(date(2026, 7, 15)))
        self.assertTrue(self._propose(date(2026, 7, 14)))

    def test_nothing_is_proposed_without_a_period(self):
        self.offer.period = False
        self.assertFalse(self._propose())

    def test_period_needs_a_minimum(self):
        offer = self._create_offer("thanks", period="month")
        self.assertIn("minimum", offer.missing)

    def test_lost_customers_are_not_thanked(self):
        status = self.env["winback.status"].search([("partner_id", "=", self.customer.id)])
        self._set_columns(status, state="lost")
        self.assertFalse(self._propose())

    def test_other_company_thanks_its_own_customers(self):
        elsewhere = self._create_company("Elsewhere")
        grants = self.env["winback.grant"]._propose_thanks(elsewhere, self.july)
        self.assertFalse(grants.filtered(lambda grant: grant.offer_id == self.offer))

    def test_salesperson_approves_the_gift_of_an_own_customer(self):
        anna = new_test_user(
            self.env, "th_anna", groups="sales_team.group_sale_salesman",
            company_id=self.company.id, company_ids=[Command.set(self.company.ids)],
        )  # fmt: skip
        grant = self._propose()
        with self.assertRaises(AccessError):
            grant.with_user(anna).action_approve()
        self.customer.user_id = anna
        grant.with_user(anna).action_approve()
        self.assertEqual((grant.state, grant.user_id), ("granted", anna))
        self.assertEqual(grant.date_expire, self.company._winback_today() + timedelta(days=30))
        grant.with_user(anna).action_mark_given()
        self.assertEqual(grant.state, "used")
        with self.assertRaisesRegex(UserError, "approval"):
            grant.action_approve()

    def test_action_proposes_and_counts_nothing_as_granted(self):
        with self.enter_registry_test_mode():
            self.env.ref("winback_lost_customers.ir_cron_winback_thanks").method_direct_trigger()
        self.offer.invalidate_recordset()
        self.assertEqual(self.offer.grant_ids.state, "proposed")
        self.assertEqual(self.offer.grant_count, 0)

    def test_unapproved_proposal_expires(self):
        grant = self._propose()
        grant._expire(grant.date_expire + timedelta(days=1))
        self.assertEqual(grant.state, "expired")


@tagged("post_install", "-at_install")
class TestCompensationOffer(OfferCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.problem = cls._create_quotation()
        cls.problem.action_confirm()

    def _complain(self, **values):
        return self.env["winback.complaint"].create(
            {
                "name": "Broken",
                "partner_id": self.customer.id,
                "company_id": self.company.id,
                "order_id": self.problem.id,
                **values,
            }
        )

    def _get_user(self, group):
        return new_test_user(
            self.env, f"co_{group}", groups=f"sales_team.{group}",
            company_id=self.company.id, company_ids=[Command.set(self.company.ids)],
        )  # fmt: skip

    def _set_offer(self, **values):
        self.case.offer_id = self._create_offer("compensation", percent=5, **values)

    def test_share_of_the_problem_order_not_of_the_next(self):
        complaint = self._complain()
        self._set_offer()
        boss = self._get_user("group_sale_manager")
        self.case.with_user(boss).action_grant_offer()
        grant = self.case.grant_ids
        self.assertEqual(grant.complaint_id, complaint)
        self.assertEqual((grant.state, grant.cost), ("used", 10))
        code = complaint.compensation_card_id.code
        order = self._create_quotation(quantity=20)
        self.assertFalse(self._redeem(order, code))
        self.assertEqual(order.amount_total, 1990)
        self.assertIn(code, grant.letter)

    def test_percentage_is_capped_by_the_settings(self):
        complaint = self._complain()
        self.case.offer_id = self._create_offer("compensation", percent=50)
        self.case.action_grant_offer()
        self.assertEqual(complaint.compensation_percent, 10)
        self.assertEqual(complaint.compensation_amount, 20)

    def test_salesperson_proposes_and_the_manager_issues(self):
        complaint = self._complain()
        anna = self._get_user("group_sale_salesman")
        boss = self._get_user("group_sale_manager")
        self.case.user_id = anna
        self._set_offer(credit_kind="ewallet")
        self.case.with_user(anna).action_grant_offer()
        grant = self.case.grant_ids
        self.assertEqual(grant.state, "granted")
        self.assertFalse(complaint.compensation_card_id)
        self.assertEqual(complaint.compensation_percent, 5)
        complaint.with_user(boss).action_issue_compensation()
        self.assertEqual((grant.state, grant.cost), ("used", 10))
        self.assertEqual(complaint.compensation_card_id.points, 10)

    def test_without_a_problem_order_there_is_nothing_to_share(self):
        self._complain(order_id=False)
        self._set_offer()
        with self.assertRaisesRegex(UserError, "problem order"):
            self.case.action_grant_offer()

    def test_complaint_is_compensated_once(self):
        self._complain()
        self._set_offer()
        self.case.action_grant_offer()
        with self.assertRaisesRegex(UserError, "problem order"):
            self.case.action_grant_offer()

    def test_complaint_of_another_customer_is_not_compensated(self):
        order = self._create_quotation(partner=self.other)
        order.action_confirm()
        self._complain(partner_id=self.other.id, order_id=order.id)
        self._set_offer()
        with self.assertRaisesRegex(UserError, "problem order"):
            self.case.action_grant_offer()

    def test_case_opens_the_complaint_or_a_new_one(self):
        action = self.case.action_open_compensation()
        self.assertFalse(action["res_id"])
        self.assertEqual(action["context"]["default_partner_id"], self.customer.id)
        complaint = self._complain()
        self.assertEqual(self.case.action_open_compensation()["res_id"], complaint.id)

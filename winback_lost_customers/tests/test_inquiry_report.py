import ast
from collections import defaultdict
from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tests import freeze_time, tagged

from .common_inquiry import InquiryCase

MEASURES = [
    "__count", "ordered_count:sum", "ordered_rate:avg", "unanswered_count:sum", "unanswered_rate:avg",
    "answer_days:avg", "amount_asked:sum", "amount_ordered:sum",
]  # fmt: skip


@freeze_time("2026-06-15 12:00:00")
@tagged("post_install", "-at_install")
class TestInquiryReport(InquiryCase):
    """What is an inquiry, what became of it, and who sees it."""

    # ------------------------------------------------------------------
    # Outcomes
    # ------------------------------------------------------------------

    def test_outcomes_of_quotations(self):
        self.assertEqual(self._get(self._quote(10, state="sale")).outcome, "ordered")
        self.assertEqual(self._get(self._quote(10, state="cancel")).outcome, "lost")
        self.assertEqual(self._get(self._quote(10, state="sent")).outcome, "open")
        self.assertEqual(self._get(self._quote(10, state="draft")).outcome, "unanswered")

    def test_quotation_is_lost_from_the_day_after_its_validity(self):
        quotation = self._quote(30, state="sent", validity_date=self._day(10))
        self.assertEqual(self._get(quotation, today=self._day(10)).outcome, "open")
        self.assertEqual(self._get(quotation, today=self._day(9)).outcome, "lost")

    def test_expired_draft_that_nobody_sent_is_unanswered(self):
        quotation = self._quote(30, state="draft", validity_date=self._day(10))
        self.assertJudged(quotation, "unanswered", "never", waiting=30)

    def test_opportunity_and_its_quotations_are_one_inquiry(self):
        lead = self._lead(20, expected_revenue=5000)
        cancelled = self._quote(18, state="cancel", opportunity_id=lead.id, amount=900)
        first = self._quote(15, state="sale", opportunity_id=lead.id, amount=500)
        second = self._quote(10, state="sale", opportunity_id=lead.id, amount=600)
        row = self._get(lead)
        self.assertEqual((row.outcome, row.amount_asked, row.amount_ordered), ("ordered", 1100, 1100))
        self.assertEqual(row.date, self._day(20))
        for order in (cancelled, first, second):
            self.assertFalse(self._get(order))

    def test_return_is_taken_off_and_is_no_order(self):
        lead, other = self._lead(20), self._lead(20)
        self._quote(15, state="sale", opportunity_id=lead.id, amount=500)
        self._quote(10, state="sale", opportunity_id=lead.id, amount=-200)
        row = self._get(lead)
        self.assertEqual((row.outcome, row.amount_asked, row.amount_ordered), ("ordered", 500, 300))
        self._quote(10, state="sale", opportunity_id=other.id, amount=-200)
        row = self._get(other)
        self.assertEqual((row.outcome, row.amount_asked, row.amount_ordered), ("unanswered", 0, 0))
        self.assertFalse(self._get(self._quote(10, state="sale", amount=-1)))
        self.assertEqual(self._get(self._quote(10, state="sale", amount=0)).outcome, "ordered")

    def test_opportunity_decides_for_its_quotations(self):
        lead = self._lead(20, expected_revenue=700)
        self._write(lead, 20)
        self.assertEqual(self._get(lead).amount_asked, 700)
        self._quote(15, state="cancel", opportunity_id=lead.id, amount=400)
        row = self._get(lead)
        self.assertEqual((row.outcome, row.amount_asked), ("open", 400))
        lead.action_set_lost()
        self.assertEqual(self._get(lead).outcome, "lost")
        self.assertFalse(lead.active)

    def test_won_opportunity_without_an_order_is_ordered(self):
        lead = self._lead(20, expected_revenue=700)
        lead.action_set_won()
        row = self._get(lead)
        self.assertEqual((row.outcome, row.amount_asked, row.amount_ordered), ("ordered", 700, 0))

    def test_lost_and_unanswered_are_what_is_called_fruitless_elsewhere(self):
        self._create_order(self.customer, 100)
        documents = [
            self._quote(50, state="cancel"), self._quote(40, state="sent", validity_date=self._day(20)),
            self._quote(30, state="draft", validity_date=self._day(20)), self._lead(25, lost=True),
        ]  # fmt: skip
        self._quote(10, state="sent")
        facts = self._get_facts(self.customer)
        self._refresh()
        rows = self.inquiries.search(
            [("partner_id", "=", self.customer.id), ("outcome", "in", ("lost", "unanswered"))]
        )
        found = sorted([row.res_model, row.res_id] for row in rows)
        self.assertEqual(found, sorted([document._name, document.id] for document in documents))
        self.assertEqual(found, sorted(facts["fruitless_documents"]))

    # ------------------------------------------------------------------
    # What is an inquiry, and whose
    # ------------------------------------------------------------------

    def test_confirmed_order_came_when_it_was_created(self):
        self.assertEqual(self._get(self._quote(5, state="sale", created=self._noon(9))).date, self._day(9))
        self.assertEqual(self._get(self._quote(9, state="sale", created=self._noon(5))).date, self._day(9))

    def test_inquiries_of_24_months_count(self):
        start = self.today - relativedelta(months=24)
        days = (self.today - start).days
        first, before = self._quote(days), self._quote(days + 1)
        self.assertEqual(self._get(first).date, start)
        self.assertFalse(self._get(before))
        self.assertFalse(self._get(first, today=self.today + timedelta(days=1)))

    def test_what_came_after_today_does_not_count(self):
        self.assertFalse(self._get(self._quote(5), today=self._day(6)))
        self.assertTrue(self._get(self._lead(5), today=self._day(5)))

    def test_contacts_count_for_their_customer_archived_ones_too(self):
        gone = self._create_customer("Gone", active=False, country_id=self.env.ref("base.fi").id)
        row = self._get(self._quote(5, partner=self.contact))
        self.assertEqual((row.partner_id, row.user_id), (self.customer, self.anna))
        row = self._get(self._quote(5, partner=gone, user_id=self.bob.id, team_id=self.team.id))
        self.assertEqual((row.partner_id, row.user_id, row.team_id), (gone, self.bob, self.team))
        self.assertEqual(row.country_id.code, "FI")
        self.assertFalse(row.customer_user_id)

    def test_customers_state_and_class_are_those_of_the_last_run(self):
        self._create_orders(self.customer, [300, 400, 500])
        self._run()
        row = self._get(self._quote(5))
        status = self._get_status(self.customer)
        self.assertEqual((row.state, row.value_class_id), ("lost", status.value_class_id))
        self.assertTrue(row.value_class_id)

    def test_excluded_customers_are_left_out(self):
        quotation = self._quote(5)
        self._create_order(self.customer, 100)
        self._run()
        self.assertTrue(self._get(quotation))
        self.env["winback.exclusion"].create(
            {"partner_id": self.customer.id, "company_id": self.company.id, "reason": "let_go"}
        )
        self._run()
        self.assertFalse(self._get(quotation))

    def test_channels_and_sources(self):
        source = self.env["utm.source"].create({"name": "Fair"})
        website = self.env.ref("utm.utm_medium_website")
        plain, form, mailed, later = (
            self._lead(5, source_id=source.id), self._lead(5, medium_id=website.id), self._lead(5), self._lead(5)
        )  # fmt: skip
        self._hear(mailed, 5, moment=self._noon(5) + timedelta(minutes=60))
        self._hear(later, 5, moment=self._noon(5) + timedelta(minutes=61))
        channels = [self._get(lead).channel for lead in (plain, form, mailed, later)]
        self.assertEqual(channels, ["opportunity", "website", "email", "opportunity"])
        self.assertEqual(self._get(plain).source_id, source)
        self.assertEqual(self._get(form).medium_id, website)
        self.assertEqual(self._get(self._quote(5)).channel, "quotation")

    def test_web_shop_orders_are_no_inquiries(self):
        if "website_id" not in self.env["sale.order"]._fields:
            self.skipTest("the web shop is not installed")
        website = self.env["website"].search([], limit=1)
        order = self._quote(5, state="sale")
        self._set_columns(order, website_id=website.id)
        self.assertFalse(self._get(order))

    def test_opportunity_without_a_contact_counts_by_its_quotation(self):
        lead = self._lead(20)
        self._set_columns(lead, partner_id=None)
        self.assertFalse(self._get(lead))
        self._quote(15, state="sale", opportunity_id=lead.id, partner=self.contact)
        self.assertEqual(self._get(lead).partner_id, self.customer)

    # ------------------------------------------------------------------
    # Companies and currencies
    # ------------------------------------------------------------------

    def test_amounts_are_in_the_companys_currency_at_the_orders_rate(self):
        row = self._get(self._quote(5, state="sale", amount=100, rate=0.3))
        self.assertEqual((row.amount_asked, row.amount_ordered), (333.33, 333.33))
        lead = self._lead(20)
        self._quote(15, state="sale", opportunity_id=lead.id, amount=100, rate=4)
        self._quote(15, state="sent", opportunity_id=lead.id, amount=100, rate=2)
        row = self._get(lead)
        self.assertEqual((row.amount_asked, row.amount_ordered), (50, 25))

    def test_companies_have_inquiries_of_their_own(self):
        other = self._create_company("Other Test Company")
        quotation, lead = self._quote(5, company=other), self._lead(5, company_id=other.id)
        self.assertFalse(self._get(quotation) + self._get(lead))
        self.assertTrue(self._get(quotation, company=other) and self._get(lead, company=other))
        self._refresh()
        self.assertTrue(self.inquiries.search([("company_id", "=", other.id)]), "those of others stay")

    def test_shared_opportunity_counts_where_it_was_quoted(self):
        other = self._create_company("Other Test Company")
        lead = self._lead(5)
        self._set_columns(lead, company_id=None)
        self.assertTrue(self._get(lead))
        self.assertTrue(self._get(lead, company=other))
        self._quote(4, company=other, opportunity_id=lead.id)
        self.assertFalse(self._get(lead))
        self.assertTrue(self._get(lead, company=other))

    # ------------------------------------------------------------------
    # Adding up
    # ------------------------------------------------------------------

    def _tell(self):
        """Create inquiries of all kinds; return [(salesperson, outcome, days until answered,
        asked for, ordered for)] as they are meant."""
        told = []
        for user, shift in ((self.anna, 0), (self.bob, 2)):
            for number in range(4 + 2 * shift):
                self._quote(30 + number, state="sale", amount=100 + number, user_id=user.id)
                told.append((user, "ordered", 0, 100 + number, 100 + number))
            for number in range(2):
                lead = self._lead(50 + number, user_id=user.id, expected_revenue=70)
                self._write(lead, 50 + number - shift - 3)
                told.append((user, "open", shift + 3, 70, 0))
            self._quote(60, state="cancel", amount=40, user_id=user.id)
            told.append((user, "lost", None, 40, 0))
            for number in range(1 + shift):
                self._quote(5 + number, amount=30, user_id=user.id)
                told.append((user, "unanswered", None, 30, 0))
        return told

    def test_figures_of_salespeople_agree_with_the_documents(self):
        expected = defaultdict(list)
        for user, *rest in self._tell():
            expected[user].append(rest)
        self._refresh()
        found = self.inquiries._read_group([("company_id", "=", self.company.id)], ["user_id"], MEASURES)
        self.assertEqual({row[0] for row in found}, set(expected))
        for user, count, ordered, rate, unanswered, unanswered_rate, days, asked, bought in found:
            rows = expected[user]
            outcomes = [outcome for outcome, *_rest in rows]
            waited = [days for _outcome, days, *_rest in rows if days is not None]
            self.assertEqual((count, ordered), (len(rows), outcomes.count("ordered")))
            self.assertEqual(unanswered, outcomes.count("unanswered"))
            self.assertAlmostEqual(rate, 100 * outcomes.count("ordered") / len(rows))
            self.assertAlmostEqual(unanswered_rate, 100 * outcomes.count("unanswered") / len(rows))
            self.assertAlmostEqual(float(days), sum(waited) / len(waited))
            self.assertEqual((asked, bought), (sum(r[2] for r in rows), sum(r[3] for r in rows)))
            for figure in (count, ordered, rate, unanswered, unanswered_rate, days, asked, bought):
                self.assertTrue(figure)

    def test_conversion_of_all_is_no_mean_of_means(self):
        told = self._tell()
        self._refresh()
        own = [("company_id", "=", self.company.id)]
        [(rate,)] = self.inquiries._read_group(own, [], ["ordered_rate:avg"])
        ordered = sum(outcome == "ordered" for _user, outcome, *_rest in told)
        self.assertAlmostEqual(rate, 100 * ordered / len(told))
        means = [row[1] for row in self.inquiries._read_group(own, ["user_id"], ["ordered_rate:avg"])]
        self.assertNotAlmostEqual(rate, sum(means) / len(means))

    def test_favourites_and_groups_of_the_search_can_be_read(self):
        self._tell()
        self._refresh()
        for name in ("unanswered", "sources"):
            favourite = self.env.ref(f"winback_lost_customers.winback_favourite_{name}")
            context = ast.literal_eval(favourite.context)
            measures = [m if m == "__count" else f"{m}:{self.inquiries._fields[m].aggregator}"
                        for m in context["pivot_measures"]]  # fmt: skip
            domain = Domain(ast.literal_eval(favourite.domain)) & Domain("company_id", "=", self.company.id)
            self.assertTrue(self.inquiries._read_group(domain, context["pivot_row_groupby"], measures))
            self.assertFalse(favourite.user_ids)

    # ------------------------------------------------------------------
    # Preparation
    # ------------------------------------------------------------------

    def test_second_refresh_writes_nothing(self):
        told = self._tell()
        self.assertEqual(self._refresh(), {"removed": 0, "updated": 0, "inserted": len(told)})
        self.assertEqual(self._refresh(), {"removed": 0, "updated": 0, "inserted": 0})

    def test_only_what_changed_is_written(self):
        self._tell()
        changed, deleted = self._quote(10), self._quote(10)
        self._refresh()
        kept = self._get(changed)
        self._set_columns(changed, state="cancel")
        deleted.unlink()
        self._quote(1)
        self.assertEqual(self._refresh(), {"removed": 1, "updated": 1, "inserted": 1})
        self.assertEqual((self._get(changed), kept.outcome), (kept, "lost"))

    def test_number_of_statements_does_not_grow_with_the_inquiries(self):
        def count():
            self._refresh()
            before = self.env.cr.sql_log_count
            self._refresh()
            return self.env.cr.sql_log_count - before

        self._tell()
        few = count()
        for _number in range(3):
            self._tell()
        self.assertEqual(count(), few)

    def test_scheduled_action_prepares_every_company(self):
        other = self._create_company("Other Test Company")
        mine, theirs = self._quote(5), self._quote(5, company=other)
        with self.enter_registry_test_mode():
            self.env.ref("winback_lost_customers.ir_cron_winback_inquiry").method_direct_trigger()
        found = self.inquiries.search([("res_model", "=", "sale.order"), ("res_id", "in", (mine + theirs).ids)])
        self.assertEqual(found.company_id, self.company + other)

    def test_company_without_inquiries_has_no_error(self):
        other = self._create_company("Other Test Company")
        self.assertEqual(self._refresh(company=other), {"removed": 0, "updated": 0, "inserted": 0})

    # ------------------------------------------------------------------
    # Rights
    # ------------------------------------------------------------------

    def _see(self, user, company=None):
        companies = (company or self.company).ids
        return self.inquiries.with_user(user).with_context(allowed_company_ids=companies).search([])

    def test_everybody_sees_their_own(self):
        stranger = self._create_customer("Stranger", user_id=self.bob.id)
        of_anna, of_colleague = self._quote(5, user_id=self.anna.id), self._quote(5, user_id=self.bob.id)
        of_bob = self._quote(5, partner=stranger, user_id=self.bob.id)
        of_nobody = self._quote(5, partner=self._create_customer("Nobody's"))
        of_team = self._quote(5, partner=stranger, user_id=self.bob.id, team_id=self.team.id)
        rows = {document: self._get(document) for document in (of_anna, of_colleague, of_bob, of_nobody, of_team)}
        seen = {
            user: {document for document, row in rows.items() if row in self._see(user)}
            for user in (self.anna, self.bob, self.leader, self.boss)
        }
        self.assertEqual(seen[self.anna], {of_anna, of_colleague, of_nobody})
        self.assertEqual(seen[self.bob], {of_colleague, of_bob, of_nobody, of_team})
        self.assertEqual(seen[self.leader], {of_nobody, of_team})
        self.assertEqual(seen[self.boss], set(rows))

    def test_other_companies_and_outsiders_see_nothing(self):
        other = self._create_company("Other Test Company")
        self._get(self._quote(5, company=other), company=other)
        self._get(self._quote(5))
        self.assertEqual(self._see(self.boss).company_id, self.company)
        outsider = self._create_user("wbi_outsider", "base.group_user")
        with self.assertRaises(AccessError):
            self.inquiries.with_user(outsider).search([])
        with self.assertRaises(AccessError):
            self._see(self.boss)[:1].write({"outcome": "lost"})

    # ------------------------------------------------------------------
    # Documents
    # ------------------------------------------------------------------

    def test_document_opens(self):
        quotation, lead = self._quote(5, user_id=self.anna.id), self._lead(5, lost=True, user_id=self.anna.id)
        for document in (quotation, lead):
            action = self._get(document).with_user(self.anna).action_open_document()
            self.assertEqual((action["res_model"], action["res_id"]), (document._name, document.id))
        self._create_order(self.customer, 400)
        self._run()
        mail = self._get(self._hear(self.customer, 50))
        action = mail.with_user(self.anna).action_open_document()
        self.assertEqual((action["res_model"], action["res_id"]), ("res.partner", self.customer.id))

    def test_document_of_a_colleague_does_not_open(self):
        row = self._get(self._quote(5, user_id=self.bob.id))
        self.assertEqual(row.customer_user_id, self.anna)
        with self.assertRaises(UserError):
            row.with_user(self.anna).action_open_document()
        gone = self._quote(5)
        row = self._get(gone)
        gone.unlink()
        with self.assertRaises(UserError):
            row.action_open_document()

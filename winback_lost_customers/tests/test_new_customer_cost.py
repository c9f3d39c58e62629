from psycopg2 import IntegrityError

from odoo.tests import Form, freeze_time, tagged
from odoo.tools import mute_logger

from .common_complaint import ComplaintCase


@freeze_time("2026-06-15 12:00:00")
@tagged("post_install", "-at_install")
class TestNewCustomerCost(ComplaintCase):
    """Who came by which campaign, and what a new customer costs."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.fair, cls.adverts = cls._create_campaign("Trade fair", 600), cls._create_campaign("Adverts", 300)

    @classmethod
    def _create_campaign(cls, title, cost=0, days_ago=30, **values):
        campaign = cls.env["utm.campaign"].create(
            {"title": title, "winback_cost": cost, "company_id": cls.company.id, **values}
        )
        cls._set_columns(campaign, create_date=cls._noon(days_ago))
        return campaign

    @classmethod
    def _bring(cls, campaign, days_ago, name="New one", **values):
        """Let a new customer order for the first time."""
        partner = cls._create_customer(name)
        return cls._create_order(partner, days_ago, campaign_id=campaign.id, **values)

    def _measure(self, company=None, today=None):
        company = company or self.company
        self.env.invalidate_all()
        return company.with_company(company)._measure_winback_acquisition(today).get(company)

    def test_past_day_knows_no_later_campaign_and_order(self):
        self._bring(self.fair, 20)
        self._bring(self.fair, 5, "Later")
        self._set_columns(self.adverts, create_date=self._noon(10))
        then, now = self._measure(today=self._day(15)), self._measure()
        self.assertEqual((then.campaigns, then.cost, then.customers), (1, 600, 1))
        self.assertEqual((now.campaigns, now.cost, now.customers), (2, 900, 2))

    def test_first_order_ever_of_the_organisation_counts(self):
        order = self._bring(self.fair, 20)
        contact = self._create_customer("Contact", is_company=False, parent_id=order.partner_id.id)
        self._create_order(contact, 10, campaign_id=self.adverts.id)
        self.assertEqual((self.fair.winback_new_customer_count, self.fair.winback_cost_per_customer), (1, 600))
        self.assertEqual(self.adverts.winback_new_customer_count, 0, "had bought before")
        self.assertEqual(self.adverts.winback_cost_per_customer, 0)
        # an older order of a contact, without campaign
        self._create_order(contact, 25)
        self.fair.invalidate_recordset()
        self.assertEqual(self.fair.winback_new_customer_count, 0)

    def test_quotations_returns_and_other_companies_are_no_first_orders(self):
        other = self._create_company("Other Test Company")
        order = self._bring(self.fair, 20)
        self._create_order(order.partner_id, 40, state="draft", campaign_id=self.adverts.id)
        self._create_order(order.partner_id, 50, amount=-10, campaign_id=self.adverts.id)
        self._create_order(order.partner_id, 60, company=other, campaign_id=self.adverts.id)
        self.assertEqual(self.fair.winback_new_customer_count, 1)
        self.assertEqual(self.adverts.winback_new_customer_count, 0)
        self.adverts.company_id = False
        self.adverts.invalidate_recordset()
        self.assertEqual(self.adverts.winback_new_customer_count, 1, "new to the other company")

    def test_two_first_orders_of_a_moment_are_one_customer(self):
        order = self._bring(self.fair, 20)
        self._create_order(order.partner_id, 20, campaign_id=self.fair.id)
        self.assertEqual(self.fair.winback_new_customer_count, 1)
        action = self.fair.action_open_winback_new_customers()
        self.assertEqual(self.env["sale.order"].search(action["domain"]), order)

    def test_cost_of_all_campaigns_is_shared_by_all_new_customers(self):
        for days in (20, 30, 40):
            self._bring(self.fair, days)
        found = self._measure()
        # the adverts brought nobody, and cost all the same
        self.assertEqual((found.campaigns, found.cost, found.customers, found.per_customer), (2, 900, 3, 300))

    def test_campaigns_that_do_not_count(self):
        self._bring(self.fair, 20)
        other = self._create_company("Other Test Company")
        old = self._create_campaign("Long ago", 1000, 400)
        self._bring(old, 366)
        self._bring(self._create_campaign("Without cost"), 20)
        self._create_campaign("Elsewhere", 1000, company_id=other.id)
        self._create_campaign("Nobody's", 1000, company_id=False)
        campaign = self.env["winback.campaign"].create({"name": "Letter to the lost"})
        campaign.utm_campaign_id.write({"winback_cost": 1000, "company_id": self.company.id})
        found = self._measure()
        self.assertEqual((found.campaigns, found.cost, found.customers), (2, 900, 1))
        # an old campaign that still brings customers counts with all it brought
        self._bring(old, 364)
        found = self._measure()
        self.assertEqual((found.campaigns, found.cost, found.customers), (3, 1900, 3))

    def test_measured_counts_where_chosen_and_where_there_is_something_to_measure(self):
        self.company.winback_new_customer_cost = 500
        self._bring(self.fair, 20)
        self.assertEqual(self.company._get_winback_new_customer_cost(), 500, "not chosen")
        self.company.winback_new_customer_source = "measured"
        self.assertEqual(self.company._get_winback_new_customer_cost(), 900)
        (self.fair | self.adverts).winback_cost = 0
        self.assertEqual(self.company._get_winback_new_customer_cost(), 500, "nothing to measure")
        other = self._create_company("Other Test Company", winback_new_customer_cost=70)
        costs = (self.company | other)._get_winback_new_customer_costs()
        self.assertEqual(list(costs.values()), [500, 70])

    def test_settings_say_what_is_measured_and_from_what(self):
        settings = self.env["res.config.settings"].create({"company_id": self.company.id})
        text = settings.winback_new_customer_measured
        self.assertIn("2 campaigns", text)
        self.assertIn("only what is entered can count", text)
        self._bring(self.fair, 20)
        self._bring(self.adverts, 20)
        settings.invalidate_recordset()
        text = settings.winback_new_customer_measured.replace("\xa0", " ")
        self.assertIn("Measured: 450.00 €", text)
        self.assertIn("cost 900.00 € and brought 2 new customers", text)
        (self.fair | self.adverts).winback_cost = 0
        settings.invalidate_recordset()
        self.assertIn("No campaign", settings.winback_new_customer_measured)

    def test_report_and_calculator_take_the_same_cost(self):
        self._bring(self.fair, 20)
        self.company.winback_new_customer_source = "measured"
        case = self.env["winback.case"].create({"partner_id": self.customer.id, "company_id": self.company.id})
        case._win(self._create_order(self.customer, 0))
        self.env.flush_all()
        row = self.env["winback.case.report"].search([("case_id", "=", case.id)])
        self.assertEqual(row.new_customer_cost, 900)
        with Form(self.env["winback.calculator"]) as form:
            self.assertEqual(form.new_customer_cost, 900)
            form.contact_cost = 10
            self.assertEqual(form.cost_per_return, 100, "ten contacts for each return more")
            form.rate_treated = form.rate_control
            self.assertFalse(form.has_returns)

    def test_who_edits_campaigns_enters_their_cost(self):
        campaign = self.fair.with_user(self.anna)
        with Form(campaign) as form:
            form.winback_cost = 700
        self.assertEqual(self.fair.winback_cost, 700)
        self._bring(self.fair, 20)
        self.env.invalidate_all()
        self.assertEqual(campaign.winback_cost_per_customer, 700)
        columns = ["title", "winback_cost"]
        result = self.env["utm.campaign"].with_user(self.anna).load(columns, [["Imported", "123.45"]])
        self.assertEqual(self.env["utm.campaign"].browse(result["ids"]).winback_cost, 123.45)

    def test_cost_below_zero_is_refused(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self.fair.winback_cost = -1
            self.env.flush_all()

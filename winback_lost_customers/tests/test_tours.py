from datetime import datetime, time, timedelta

from odoo import Command
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger


@tagged("post_install", "-at_install")
class TestTours(HttpCase):
    """The screens as people use them, in a real browser."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env["res.company"].create(
            {"name": "Win-Back Tour Company", "currency_id": cls.env.ref("base.EUR").id}
        )
        cls.env = cls.env(
            context={**cls.env.context, "allowed_company_ids": cls.company.ids}
        )
        cls.today = cls.company._winback_today()
        cls.product = cls.env["product.product"].create(
            {"name": "Engraved Pen", "list_price": 10, "standard_price": 6}
        )
        cls.salesperson = cls._create_user("winback_tour_sales", "group_sale_salesman")
        cls.colleague = cls._create_user("winback_tour_colleague", "group_sale_salesman")
        cls.manager = cls._create_user("winback_tour_manager", "group_sale_manager")
        cls._create_overdue("Tour Overdue", cls.salesperson)
        cls._create_overdue("Tour Colleague", cls.colleague)
        cls.env["winback.engine"]._run(cls.company)

    @classmethod
    def _create_user(cls, login, group):
        return new_test_user(
            cls.env,
            login,
            groups=f"base.group_user,sales_team.{group}",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
            tour_enabled=False,
        )

    @classmethod
    def _create_overdue(cls, name, user, company=None):
        """Create a customer who ordered every 30 days until 120 days ago."""
        partner = cls.env["res.partner"].create(
            {"name": name, "is_company": True, "user_id": user.id}
        )
        cls.env["sale.order"].create(
            [
                {
                    "partner_id": partner.id,
                    "company_id": (company or cls.company).id,
                    "user_id": user.id,
                    "state": "sale",
                    "date_order": datetime.combine(
                        cls.today - timedelta(days=days), time(12)
                    ),
                    "order_line": [
                        Command.create({"product_id": cls.product.id, "product_uom_qty": 5})
                    ],
                }
                for days in (240, 210, 180, 150, 120)
            ]
        )

    def test_salesperson_finds_why_a_customer_is_at_risk(self):
        self.start_tour("/odoo", "winback_salesperson_tour", login=self.salesperson.login)

    @mute_logger("odoo.http")  # the refused threshold is part of the story
    def test_manager_excludes_a_customer_and_checks_a_sign(self):
        self.start_tour(
            "/odoo/winback-customers", "winback_manager_tour", login=self.manager.login
        )
        exclusion = self.env["winback.exclusion"].search(
            [("partner_id.name", "=", "Tour Overdue")]
        )
        self.assertEqual(exclusion.reason, "let_go")
        self.assertEqual(exclusion.user_id, self.manager)
        self.assertEqual(self.env.ref("winback_lost_customers.winback_sign_s6").threshold, 90)

    def test_manager_reads_the_overview(self):
        history = self.env["winback.history"]
        for day in history._get_missing_month_ends(self.company):
            history._reconstruct(self.company, day)
        self.start_tour("/odoo", "winback_overview_tour", login=self.manager.login)

    def test_manager_adds_up_companies(self):
        american = self.env["res.company"].create(
            {"name": "American Tour Company", "currency_id": self.env.ref("base.USD").id}
        )
        for currency, rate in ((self.company.currency_id, 1), (american.currency_id, 1.25)):
            self.env["res.currency.rate"].create(
                {
                    "currency_id": currency.id,
                    "company_id": self.company.id,
                    "name": self.today,
                    "rate": rate,
                }
            )
        self._create_overdue("Tour American", self.env["res.users"], american)
        self.env["winback.engine"]._run(american)
        self.env["winback.own.change"].create(
            {"name": "Pens cost more", "date": self.today, "company_id": self.company.id}
        )
        both = self.company | american
        both.winback_first_look_done = True
        self.manager.company_ids |= american
        self.start_tour(
            "/odoo/winback-overview",
            "winback_overview_companies_tour",
            login=self.manager.login,
            cookies={"cids": "-".join(map(str, both.ids))},
        )

    def test_administrator_sets_up_in_four_steps(self):
        admin = self._create_user("winback_tour_admin", "group_sale_manager")
        admin.group_ids |= self.env.ref("base.group_system")
        self.start_tour("/odoo/winback-overview", "winback_setup_tour", login=admin.login)
        self.assertEqual(self.company.winback_lost_min_days, 100)

    def test_overview_fits_on_a_phone(self):
        self.browser_size, self.touch_enabled = "375x667", True
        self.start_tour(
            "/odoo/winback-overview", "winback_overview_phone_tour", login=self.salesperson.login
        )

    def test_overview_tells_who_has_no_customer_what_to_do(self):
        newcomer = self._create_user("winback_tour_newcomer", "group_sale_salesman")
        self.start_tour(
            "/odoo/winback-overview", "winback_overview_nobody_tour", login=newcomer.login
        )

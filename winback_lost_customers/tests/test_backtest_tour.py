from datetime import datetime, time, timedelta

from odoo import Command
from odoo.tests import HttpCase, new_test_user, tagged


@tagged("post_install", "-at_install")
class TestBacktestTour(HttpCase):
    """The back-test as a manager uses it, in a real browser."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env["res.company"].create(
            {"name": "Back-Test Tour Company", "currency_id": cls.env.ref("base.EUR").id}
        )
        cls.today = cls.company._winback_today()
        cls.manager = new_test_user(
            cls.env,
            "winback_tour_backtest",
            groups="sales_team.group_sale_manager,base.group_system",
            company_id=cls.company.id,
            company_ids=[Command.set(cls.company.ids)],
            tour_enabled=False,
        )
        # 20 days before a month-end that leaves the horizon
        last = (cls.today - timedelta(days=130)).replace(day=10)
        cls._create_orders("Tour Unwarned", [last - timedelta(days=d) for d in (90, 60, 30, 0)])
        cls._create_orders("Tour Overdue", [last - timedelta(days=d) for d in (210, 180, 150)])
        cls._create_orders("Tour Steady", [cls.today - timedelta(days=d) for d in range(0, 300, 30)])
        cls.env["winback.engine"]._run(cls.company)
        cls.backtest = cls.env["winback.backtest"].create(
            {
                "company_id": cls.company.id,
                "date_from": last,
                "date_to": cls.today,
                "horizon_days": 90,
            }
        )
        cls.backtest.action_run()  # done at once for so few customers

    @classmethod
    def _create_orders(cls, name, days):
        """Create a customer with an order on each of `days`."""
        partner = cls.env["res.partner"].create({"name": name, "is_company": True})
        cls.env["sale.order"].create(
            [
                {
                    "partner_id": partner.id,
                    "company_id": cls.company.id,
                    "state": "sale",
                    "date_order": datetime.combine(day, time(12)),
                }
                for day in days
            ]
        )

    def test_manager_tests_the_past_and_uses_a_threshold(self):
        self.assertEqual(self.backtest.state, "done", self.backtest.error)
        self.start_tour("/odoo/winback-backtest", "winback_backtest_tour", login=self.manager.login)
        self.assertEqual(self.company.winback_risk_score, 60)
        self.assertEqual(self.backtest.chosen_score, 60)

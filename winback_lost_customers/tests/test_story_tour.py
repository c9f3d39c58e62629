from datetime import datetime, time, timedelta

from odoo import Command
from odoo.tests import HttpCase, new_test_user, tagged

CUSTOMERS = 4
PATIENCE = 240  # seconds: a long story on a busy machine


@tagged("post_install", "-at_install")
class TestStoryTour(HttpCase):
    """One customer from the first sign to the order, and the campaign that shows it.

    Lena sold to the customers until they fell silent; they are Sam's now. A campaign has
    begun to write to half of them, and Sam calls one of those in person.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env["res.company"].create(
            {
                "name": "Story Company",
                "currency_id": cls.env.ref("base.EUR").id,
                "winback_management_margin_rank": 0,
            }
        )
        cls.env = cls.env(context={**cls.env.context, "allowed_company_ids": cls.company.ids})
        cls.today = cls.company._winback_today()
        cls.lena = cls._create_user("winback_story_lena", "group_sale_salesman")
        cls.sam = cls._create_user("winback_story_sam", "group_sale_salesman")
        cls.manager = cls._create_user("winback_story_manager", "group_sale_manager")
        cls.team = cls.env["crm.team"].create(
            {
                "name": "Story Team",
                "company_id": cls.company.id,
                "member_ids": [Command.set((cls.lena | cls.sam).ids)],
            }
        )
        cls.product = cls.env["product.product"].create(
            {"name": "Story Pen", "list_price": 100, "standard_price": 60, "taxes_id": False}
        )
        cls.partners = cls.env["res.partner"].create(
            [
                {
                    "name": f"Story {number}",
                    "is_company": True,
                    "email": f"story{number}@example.com",
                    "user_id": cls.sam.id,
                }
                for number in range(CUSTOMERS)
            ]
        )
        cls.env["sale.order"].create(
            [cls._prepare_order(p, days) for p in cls.partners for days in (240, 210, 180, 150, 120)]
        )
        cls.env["winback.engine"]._run(cls.company)
        cls.env["winback.offer"].create(
            {"name": "Ten percent for a new start", "kind": "discount", "percent": 10}
        )
        cls.campaign = cls._start_campaign()
        treated = cls.campaign.member_ids.filtered(lambda member: member.arm == "treatment")
        cls.customer = treated[0].partner_id
        cls.customer.name = "Silent Story Ltd"

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
    def _prepare_order(cls, partner, days_ago):
        """Return the values of an order that Lena confirmed so many days ago."""
        return {
            "partner_id": partner.id,
            "company_id": cls.company.id,
            "user_id": cls.lena.id,
            "team_id": cls.team.id,
            "state": "sale",
            "date_order": datetime.combine(cls.today - timedelta(days=days_ago), time(12)),
            "order_line": [Command.create({"product_id": cls.product.id, "product_uom_qty": 5})],
        }

    @classmethod
    def _start_campaign(cls):
        """Return a campaign by mail, of which a control group is left alone."""
        segment = cls.env["winback.segment"].create(
            {
                "name": "Story",
                "company_id": cls.company.id,
                "domain": repr([("partner_id", "in", cls.partners.ids)]),
            }
        )
        channel = cls.env.ref("winback_lost_customers.winback_channel_email")
        campaign = cls.env["winback.campaign"].create(
            {
                "name": "A letter to the silent",
                "company_id": cls.company.id,
                "segment_id": segment.id,
                "channel_ids": [Command.set(channel.ids)],
                "opens_mail_cases": False,
                "holdout_percent": 50,
            }
        )
        campaign.action_start()
        return campaign

    def test_customer_at_risk_is_won_back_and_the_campaign_shows_it(self):
        self.assertEqual((self.campaign.treated_count, self.campaign.control_count), (2, 2))
        self.start_tour(
            "/odoo/winback-customers", "winback_story_tour", login=self.sam.login, timeout=PATIENCE
        )
        case = self.env["winback.case"].search([("partner_id", "=", self.customer.id)])
        self.assertEqual((case.state, case.user_id, case.lost_by_user_id), ("won", self.sam, self.lena))
        self.assertEqual(case.reason_id, self.env.ref("winback_lost_customers.winback_reason_price"))
        self.assertEqual((case.done_count, case.last_outcome), (1, "reached"))
        order = case.won_order_id
        self.assertEqual((order.user_id, order.amount_untaxed), (self.sam, 90))
        self.assertEqual((case.grant_ids.state, case.grant_ids.order_id), ("used", order))
        self.start_tour(
            "/odoo/winback-campaigns",
            "winback_story_result_tour",
            login=self.manager.login,
            timeout=PATIENCE,
        )

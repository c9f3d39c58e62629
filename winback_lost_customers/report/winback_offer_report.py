from odoo import api, fields, models
from odoo.tools import SQL

from .winback_case_report import FOLLOW_DAYS


class WinbackOfferReport(models.Model):
    """One row per offer granted: was it used, did the customer return, what did it bring.

    Sales and margin are those of the customer's orders from the day of the grant on, for
    half a year; a customer with two offers counts with both. Nobody drew by lot who gets
    which offer: the rows compare offers, and only a campaign with a control group tells
    what would have come anyway.
    """

    _name = "winback.offer.report"
    _description = "Win-Back Offer Analysis"
    _inherit = ["winback.money.mixin"]
    _auto = False
    _rec_name = "grant_id"
    _order = "date desc, id desc"

    grant_id = fields.Many2one("winback.grant", string="Offer Granted", readonly=True)
    offer_id = fields.Many2one("winback.offer", readonly=True)
    kind = fields.Selection(
        selection=lambda self: self.env["winback.offer"]._fields["kind"]._description_selection(self.env),
        readonly=True,
    )
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    campaign_id = fields.Many2one("winback.campaign", readonly=True)
    case_id = fields.Many2one("winback.case", readonly=True)
    user_id = fields.Many2one("res.users", string="Salesperson", readonly=True)
    team_id = fields.Many2one("crm.team", string="Sales Team", readonly=True)
    reason_id = fields.Many2one("winback.reason", string="Reason of Loss", readonly=True)
    class_id = fields.Many2one("winback.value.class", readonly=True)
    channel_id = fields.Many2one("winback.channel", readonly=True)
    date = fields.Date(string="Granted On", readonly=True)
    state = fields.Selection(
        selection=lambda self: self.env["winback.grant"]._fields["state"]._description_selection(self.env),
        readonly=True,
    )
    granted_count = fields.Integer(string="Granted", readonly=True)
    used_count = fields.Integer(string="Used", readonly=True)
    used_rate = fields.Float(
        string="Used (%)",
        readonly=True,
        aggregator="avg",
        help="Of the offers that are not open any more and were not withdrawn.",
    )
    returned_count = fields.Integer(
        string="Returned", readonly=True, help="Ordered within half a year, with the offer or without."
    )
    returned_rate = fields.Float(string="Returned (%)", readonly=True, aggregator="avg")
    revenue = fields.Monetary(string="Sales", readonly=True)
    margin = fields.Monetary(
        readonly=True,
        groups="winback_lost_customers.group_winback_margin",
        help="As on the orders: a discount or gift that stands there is taken off already.",
    )
    cost = fields.Monetary(
        string="Cost of Offers", readonly=True, groups="winback_lost_customers.group_winback_margin"
    )
    profit = fields.Monetary(
        string="Margin Less Cost",
        readonly=True,
        groups="winback_lost_customers.group_winback_margin",
        help="Margin less what offers cost beyond what stands on the orders.",
    )

    @property
    def _table_query(self):
        """Return the statement behind the rows, as of today."""
        return SQL(
            """
            SELECT %(columns)s
              FROM winback_grant g
              JOIN res_company company ON company.id = g.company_id
              JOIN winback_offer offer ON offer.id = g.offer_id
              LEFT JOIN winback_case c ON c.id = g.case_id
              LEFT JOIN winback_status s ON s.partner_id = g.partner_id
                   AND s.company_id = g.company_id
              LEFT JOIN (%(members)s) m ON m.grant_id = g.id
              LEFT JOIN (%(orders)s) bought ON bought.grant_id = g.id
            """,
            columns=SQL(", ").join(
                SQL("%s AS %s", expression, SQL.identifier(name))
                for name, expression in self._get_columns().items()
            ),
            members=SQL(
                """SELECT DISTINCT ON (grant_id) grant_id, reason_id, value_class_id, channel_id
                     FROM winback_campaign_member WHERE grant_id IS NOT NULL ORDER BY grant_id, id"""
            ),
            orders=self._get_orders_query(),
        )

    @api.model
    def _get_columns(self):
        """Return {field: SQL expression}. Extend it to add a field to the report."""
        names = ("offer_id", "kind", "partner_id", "company_id", "campaign_id", "case_id", "date",
                 "state")  # fmt: skip
        outside = self.env["winback.outreach"]._get_outside_cost_sql()
        return {
            "id": SQL("g.id"),
            "grant_id": SQL("g.id"),
            **{name: SQL.identifier("g", name) for name in names},
            "currency_id": SQL("company.currency_id"),
            "user_id": SQL("COALESCE(c.user_id, g.user_id)"),
            "team_id": SQL("c.team_id"),
            "reason_id": SQL("COALESCE(c.customer_reason_id, c.reason_id, m.reason_id)"),
            "class_id": SQL("COALESCE(c.opening_class_id, m.value_class_id, s.value_class_id)"),
            "channel_id": SQL("COALESCE(m.channel_id, c.channel_id)"),
            "granted_count": SQL("1"),
            "used_count": SQL("CASE WHEN g.state = 'used' THEN 1 ELSE 0 END"),
            "used_rate": SQL(
                "CASE g.state WHEN 'used' THEN 100.0 WHEN 'expired' THEN 0.0 END"
            ),
            "returned_count": SQL("CASE WHEN bought.has_returned THEN 1 ELSE 0 END"),
            "returned_rate": SQL("CASE WHEN bought.has_returned THEN 100.0 ELSE 0.0 END"),
            "revenue": SQL("COALESCE(bought.revenue, 0)"),
            "margin": SQL("COALESCE(bought.margin, 0)"),
            "cost": SQL("COALESCE(g.cost, 0)"),
            "profit": SQL("COALESCE(bought.margin, 0) - %s", outside),
        }

    @api.model
    def _get_orders_query(self):
        """Return what the customers bought from the day of each grant on, in the company's
        currency."""
        facts = self.env["winback.fact"]
        return SQL(
            """
            SELECT wg.id AS grant_id, bool_or(o.amount_untaxed >= 0) AS has_returned,
                   sum(%(amount)s) AS revenue, sum(%(margin)s) AS margin
              FROM winback_grant wg
              JOIN (%(zones)s) AS zone(company_id, tz) ON zone.company_id = wg.company_id
              JOIN res_partner buyer ON buyer.commercial_partner_id = wg.partner_id
              JOIN sale_order o ON o.partner_id = buyer.id AND o.company_id = wg.company_id
                   AND o.state = 'sale'
                   AND (o.date_order AT TIME ZONE 'UTC' AT TIME ZONE zone.tz)::date
                       BETWEEN wg.date AND wg.date + %(days)s
             GROUP BY wg.id
            """,
            amount=facts._get_company_amount(SQL("o.amount_untaxed")),
            margin=facts._get_company_amount(SQL("o.margin")),
            zones=self._get_zones_query(),
            days=FOLLOW_DAYS,
        )

    @api.model
    def _get_zones_query(self):
        """Return each company with the time zone of its calendar days."""
        # sudo: of every company, whichever the user may see
        companies = self.env["res.company"].sudo().with_context(active_test=False).search(
            [("active", "in", (True, False))]
        )
        rows = [SQL("(%s, %s)", company.id, company._winback_tz()) for company in companies]
        return SQL("VALUES %s", SQL(", ").join(rows))

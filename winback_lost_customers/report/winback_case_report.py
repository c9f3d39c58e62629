from odoo import api, fields, models
from odoo.tools import SQL

FOLLOW_DAYS = 180  # of a return: what it brought, and whether the customer stayed
# figures of many cases together: {field: (sum of this, divided by the sum of that, times)}
RATIOS = {
    "cost_per_contact": ("contact_cost", "contact_count", 1),
    "cost_per_return": ("cost", "won_count", 1),
    "return_on_spend": ("profit", "cost", 100),
}


class WinbackCaseReport(models.Model):
    """One row per case: what trying cost and what it brought.

    Revenue and margin are those of the orders from the day of the return on, for at most
    half a year. Whether the customer stayed is told half a year after the return only.
    """

    _name = "winback.case.report"
    _description = "Win-Back Case Analysis"
    _inherit = ["winback.money.mixin"]
    _auto = False
    _rec_name = "case_id"
    _order = "date_open desc, id desc"

    case_id = fields.Many2one("winback.case", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    status_id = fields.Many2one("winback.status", string="Win-Back Page", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    user_id = fields.Many2one("res.users", string="Owner", readonly=True)
    team_id = fields.Many2one("crm.team", string="Sales Team", readonly=True)
    state = fields.Selection(
        selection=lambda self: self.env["winback.case"]._fields["state"]._description_selection(self.env),
        readonly=True,
    )
    source = fields.Selection(
        selection=lambda self: self.env["winback.case"]._fields["source"]._description_selection(self.env),
        readonly=True,
    )
    date_open = fields.Date(string="Opened On", readonly=True)
    date_closed = fields.Date(string="Closed On", readonly=True)
    reason_id = fields.Many2one(
        "winback.reason",
        readonly=True,
        help="As the customer says, else as we think.",
    )
    reason_group = fields.Selection(
        selection=lambda self: self.env["winback.reason"]._fields["group"]._description_selection(self.env),
        string="Whose Fault",
        readonly=True,
    )
    competitor = fields.Char(string="Lost To", readonly=True)
    competitor_hook = fields.Char(string="What Hooked Them", readonly=True)
    channel_id = fields.Many2one("winback.channel", readonly=True)
    offer_id = fields.Many2one("winback.offer", readonly=True)
    class_id = fields.Many2one("winback.value.class", readonly=True)
    country_id = fields.Many2one("res.country", readonly=True)
    industry_id = fields.Many2one("res.partner.industry", readonly=True)
    amount_at_stake = fields.Monetary(string="At Stake per Year", readonly=True)
    contact_count = fields.Integer(string="Contacts", readonly=True)
    cost = fields.Monetary(
        string="Cost With Offers",
        readonly=True,
        groups="winback_lost_customers.group_winback_margin",
        help="Contacts at the cost of their channel, and offers that were used.",
    )
    won_rate = fields.Float(
        string="Won Back (%)",
        readonly=True,
        aggregator="avg",
        help="Of the cases that were closed and not dismissed.",
    )
    won_count = fields.Integer(string="Returns", readonly=True)
    stay_rate = fields.Float(
        string="Stayed (%)",
        readonly=True,
        aggregator="avg",
        help="Of those who came back at least half a year ago: not lost again since.",
    )
    days_to_close = fields.Integer(string="Days Until Closed", readonly=True, aggregator="avg")
    revenue = fields.Monetary(string="Sales After the Return", readonly=True)
    margin = fields.Monetary(
        string="Margin After the Return",
        readonly=True,
        groups="winback_lost_customers.group_winback_margin",
    )
    profit = fields.Monetary(
        string="Margin Less Cost",
        readonly=True,
        groups="winback_lost_customers.group_winback_margin",
        help="Margin less contacts and what offers cost beyond what stands on the orders.",
    )

    contact_cost = fields.Monetary(
        string="Cost of Contacts",
        readonly=True,
        groups="winback_lost_customers.group_winback_margin",
    )
    cost_per_contact = fields.Monetary(
        readonly=True, aggregator="avg", groups="winback_lost_customers.group_winback_margin"
    )
    cost_per_return = fields.Monetary(
        readonly=True, aggregator="avg", groups="winback_lost_customers.group_winback_margin"
    )
    return_on_spend = fields.Float(
        string="Return on Spend (%)",
        readonly=True,
        aggregator="avg",
        groups="winback_lost_customers.group_winback_margin",
        help="Margin less cost, in percent of the cost.",
    )
    new_customer_cost = fields.Monetary(
        string="As Many New Customers",
        readonly=True,
        groups="winback_lost_customers.group_winback_margin",
        help="What it would cost to win as many new customers: the cost of one that was entered in the "
        "settings, or measured from campaigns.",
    )

    @api.model
    def _read_group_select(self, aggregate_spec, query):
        """Override of the ORM: what cases cost and bring on average is told by their
        totals, not by the mean of what each tells."""
        name, _colon, function = aggregate_spec.partition(":")
        if name not in RATIOS or function not in ("avg", "sum_currency"):
            return super()._read_group_select(aggregate_spec, query)
        upper, lower, factor = RATIOS[name]
        # a share of money in money is the same in any currency, if both are in one
        is_converted = function == "sum_currency" or self._fields[name].type != "monetary"
        return SQL(
            "%s * (%s)::float / NULLIF(%s, 0)",
            factor,
            self._get_total(upper, query, is_converted),
            self._get_total(lower, query, is_converted),
        )

    @api.model
    def _get_total(self, name, query, is_converted):
        """Return the SQL of the sum of a field; of money in the company's currency if
        `is_converted`, else as it is."""
        is_money = self._fields[name].type == "monetary"
        return self._read_group_select(f"{name}:{'sum_currency' if is_converted and is_money else 'sum'}", query)

    @property
    def _table_query(self):
        """Return the statement behind the rows, as of today."""
        return SQL(
            """
            SELECT entry.*, %(ratios)s
              FROM (%(rows)s) entry
            """,
            ratios=SQL(", ").join(
                SQL(
                    "%s * %s::float / NULLIF(%s, 0) AS %s",
                    factor,
                    SQL.identifier("entry", upper),
                    SQL.identifier("entry", lower),
                    SQL.identifier(name),
                )
                for name, (upper, lower, factor) in RATIOS.items()
            ),
            rows=self._get_rows_query(),
        )

    @api.model
    def _get_rows_query(self):
        """Return one row per case, without what follows from its other figures."""
        return SQL(
            """
            SELECT %(columns)s
              FROM winback_case c
              JOIN res_company company ON company.id = c.company_id
              JOIN res_partner p ON p.id = c.partner_id
              LEFT JOIN winback_reason r ON r.id = COALESCE(c.customer_reason_id, c.reason_id)
              LEFT JOIN winback_status s ON s.partner_id = c.partner_id
                   AND s.company_id = c.company_id
              LEFT JOIN sale_order won ON won.id = c.won_order_id
              LEFT JOIN (%(contacts)s) contact ON contact.case_id = c.id
              LEFT JOIN (%(grants)s) granted ON granted.case_id = c.id
              LEFT JOIN (%(orders)s) bought ON bought.case_id = c.id
            """,
            columns=SQL(", ").join(
                SQL("%s AS %s", expression, SQL.identifier(name))
                for name, expression in self._get_columns().items()
            ),
            contacts=self._get_contacts_query(),
            grants=self._get_grants_query(),
            orders=self._get_orders_query(),
        )

    @api.model
    def _get_columns(self):
        """Return {field: SQL expression}. Extend it to add a field to the report."""
        cost = SQL("COALESCE(contact.cost, 0) + COALESCE(granted.cost, 0)")
        names = ("partner_id", "company_id", "user_id", "team_id", "state", "source",
                 "date_open", "date_closed", "competitor", "competitor_hook", "channel_id",
                 "offer_id")  # fmt: skip
        return {
            "id": SQL("c.id"),
            "case_id": SQL("c.id"),
            "status_id": SQL("s.id"),
            **{name: SQL.identifier("c", name) for name in names},
            "currency_id": SQL("company.currency_id"),
            "reason_id": SQL("r.id"),
            "reason_group": SQL("r.group"),
            "class_id": SQL("c.opening_class_id"),
            "country_id": SQL("p.country_id"),
            "industry_id": SQL("p.industry_id"),
            "amount_at_stake": SQL("c.opening_amount"),
            "contact_count": SQL("COALESCE(contact.number, 0)"),
            "contact_cost": SQL("COALESCE(contact.cost, 0)"),
            "cost": cost,
            "won_rate": SQL(
                "CASE WHEN c.state = 'won' THEN 100.0 WHEN c.state IN ('later', 'gone') THEN 0.0 END"
            ),
            "won_count": SQL("CASE WHEN c.state = 'won' THEN 1 ELSE 0 END"),
            "stay_rate": self._get_stay_sql(),
            "new_customer_cost": SQL(
                "CASE WHEN c.state = 'won' THEN %s ELSE 0 END",
                self.env["res.company"]._get_winback_new_customer_cost_sql(SQL("c.company_id")),
            ),
            "days_to_close": SQL("c.date_closed - c.date_open"),
            "revenue": SQL("COALESCE(bought.revenue, 0)"),
            "margin": SQL("COALESCE(bought.margin, 0)"),
            # the margin of an order has a discount or gift that stands on it taken off
            "profit": SQL(
                "COALESCE(bought.margin, 0) - COALESCE(contact.cost, 0) - COALESCE(granted.outside, 0)"
            ),
        }

    @api.model
    def _get_stay_sql(self):
        """Return the SQL of 100 where the customer who came back half a year ago stayed,
        0 where it left again, NULL where it is too early to tell."""
        return SQL(
            """CASE WHEN c.state = 'won' AND won.date_order < %(until)s
                    THEN CASE WHEN s.state IN ('lost', 'gone') OR s.state IS NULL
                              THEN 0.0 ELSE 100.0 END END""",
            until=fields.Date.subtract(fields.Date.today(), days=FOLLOW_DAYS),
        )

    @api.model
    def _get_contacts_query(self):
        """Return number and cost of the contacts made in each case."""
        return SQL(
            """
            SELECT a.res_id AS case_id, count(*) AS number, sum(ch.cost_per_contact) AS cost
              FROM mail_activity a
              JOIN winback_case wc ON wc.id = a.res_id
              LEFT JOIN LATERAL (
                   SELECT cost_per_contact FROM winback_channel
                    WHERE activity_type_id = a.activity_type_id
                      AND COALESCE(company_id, wc.company_id) = wc.company_id
                    ORDER BY active DESC, company_id NULLS LAST, sequence, id LIMIT 1) ch ON TRUE
              JOIN mail_activity_type t ON t.id = a.activity_type_id
             WHERE a.res_model = 'winback.case' AND a.active IS NOT TRUE
               AND a.date_done IS NOT NULL
               AND (ch.cost_per_contact IS NOT NULL OR t.category IN ('phonecall', 'meeting'))
             GROUP BY a.res_id
            """
        )

    @api.model
    def _get_grants_query(self):
        """Return what the offers used in each case cost, and how much of it does not stand
        on the orders."""
        return SQL(
            """
            SELECT g.case_id, sum(g.cost) AS cost, sum(%s) AS outside
              FROM winback_grant g JOIN winback_offer offer ON offer.id = g.offer_id
             WHERE g.case_id IS NOT NULL AND g.state = 'used' GROUP BY g.case_id
            """,
            self.env["winback.outreach"]._get_outside_cost_sql(),
        )

    @api.model
    def _get_orders_query(self):
        """Return what the customers bought in the half year from their return on, in the
        company's currency."""
        facts = self.env["winback.fact"]
        return SQL(
            """
            SELECT wc.id AS case_id, sum(%(amount)s) AS revenue, sum(%(margin)s) AS margin
              FROM winback_case wc
              JOIN sale_order first ON first.id = wc.won_order_id
              JOIN res_partner buyer ON buyer.commercial_partner_id = wc.partner_id
              JOIN sale_order o ON o.partner_id = buyer.id AND o.company_id = wc.company_id
                   AND o.state = 'sale' AND o.date_order >= first.date_order
                   AND o.date_order < first.date_order + %(days)s * interval '1 day'
             WHERE wc.state = 'won'
             GROUP BY wc.id
            """,
            amount=facts._get_company_amount(SQL("o.amount_untaxed")),
            margin=facts._get_company_amount(SQL("o.margin")),
            days=FOLLOW_DAYS,
        )

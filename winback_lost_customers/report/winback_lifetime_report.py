from odoo import api, fields, models
from odoo.tools import SQL

LOST_STATES = ("lost", "gone")
MARGIN_GROUP = "winback_lost_customers.group_winback_margin"


class WinbackLifetimeReport(models.Model):
    """What a customer is worth over its lifetime, and what lost customers cost: one row per
    customer who ever bought and is not archived.

    The lifetime value is the margin so far and what may be expected within the horizon. Of
    a lost customer the missed benefit is the mean lifetime value of those customers of its
    class who still buy: so much would another one like them have been worth.
    """

    _name = "winback.lifetime.report"
    _description = "Win-Back Lifetime Value"
    _inherit = ["winback.money.mixin"]
    _auto = False
    _rec_name = "partner_id"
    _order = "missed_benefit desc, lifetime_value desc, id"

    status_id = fields.Many2one("winback.status", string="Win-Back Page", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    state = fields.Selection(
        selection=lambda self: self.env["winback.status"]._get_states(), readonly=True
    )
    user_id = fields.Many2one("res.users", string="Salesperson", readonly=True)
    team_id = fields.Many2one("crm.team", string="Sales Team", readonly=True)
    value_class_id = fields.Many2one("winback.value.class", string="Class", readonly=True)
    country_id = fields.Many2one("res.country", readonly=True)
    industry_id = fields.Many2one("res.partner.industry", readonly=True)
    first_order_date = fields.Date(string="First Order", readonly=True)
    last_order_date = fields.Date(string="Last Order", readonly=True)
    returned_date = fields.Date(string="Returned On", readonly=True)
    is_lost = fields.Boolean(string="Lost", readonly=True)
    lost_count = fields.Integer(string="Lost Customers", readonly=True)
    is_second_life = fields.Boolean(
        string="Second Lifetime", readonly=True, help="Came back at least once after a loss."
    )
    years = fields.Float(
        readonly=True,
        digits=(16, 1),
        aggregator="avg",
        help="From the first order to the last, or to today for who still buys.",
    )
    amount_total = fields.Monetary(string="Sales So Far", readonly=True)
    margin_total = fields.Monetary(string="Margin So Far", readonly=True, groups=MARGIN_GROUP)
    amount_since_return = fields.Monetary(
        string="Sales Since the Return",
        readonly=True,
        help="Second lifetime: from the day of the last return after a loss on.",
    )
    margin_since_return = fields.Monetary(
        string="Margin Since the Return",
        readonly=True,
        groups=MARGIN_GROUP,
        help="Second lifetime: from the day of the last return after a loss on. Part of the margin so far.",
    )
    expected_margin = fields.Monetary(
        string="Margin Expected",
        readonly=True,
        groups=MARGIN_GROUP,
        help="Within the horizon, at the pace of the last active year, times the probability "
        "that it orders at all. Nothing for lost customers.",
    )
    lifetime_value = fields.Monetary(
        readonly=True,
        groups=MARGIN_GROUP,
        aggregator="avg",
        help="Margin so far and margin expected.",
    )
    missed_benefit = fields.Monetary(
        readonly=True,
        groups=MARGIN_GROUP,
        help="For each lost customer the mean lifetime value of the customers of its class "
        "who still buy.",
    )

    @property
    def _table_query(self):
        """Return the statement behind the rows, as of today."""
        return SQL(
            """
            SELECT life.*,
                   CASE WHEN life.is_lost THEN COALESCE(typical.value, 0) ELSE 0 END AS missed_benefit
              FROM (%(lives)s) life
              LEFT JOIN (
                   SELECT company_id, value_class_id, avg(lifetime_value) AS value
                     FROM (%(lives)s) living
                    WHERE NOT is_lost AND state != 'one_off'
                    GROUP BY company_id, value_class_id
              ) typical ON typical.company_id = life.company_id
                       AND typical.value_class_id IS NOT DISTINCT FROM life.value_class_id
            """,
            lives=self._get_lives_query(),
        )

    @api.model
    def _get_lives_query(self):
        """Return one row per customer, without what others tell of it."""
        return SQL(
            """
            SELECT %(columns)s, value.expected_margin,
                   COALESCE(s.margin_total, 0) + value.expected_margin AS lifetime_value
              FROM winback_status s
              JOIN res_partner p ON p.id = s.partner_id
              JOIN res_company company ON company.id = s.company_id
             CROSS JOIN LATERAL (SELECT %(expected)s AS expected_margin) value
             WHERE s.active AND s.first_order_date IS NOT NULL
               AND s.state NOT IN ('excluded', 'prospect')
            """,
            columns=SQL(", ").join(
                SQL("%s AS %s", expression, SQL.identifier(name))
                for name, expression in self._get_columns().items()
            ),
            expected=self._get_expected_sql(),
        )

    @api.model
    def _get_columns(self):
        """Return {field: SQL expression}. Extend it to add a field to the report."""
        names = (
            "id", "partner_id", "company_id", "state", "user_id", "team_id", "value_class_id",
            "first_order_date", "last_order_date", "returned_date", "amount_total", "margin_total",
            "amount_since_return", "margin_since_return",
        )  # fmt: skip
        lost = SQL("s.state IN %s", LOST_STATES)
        until = SQL(
            "CASE WHEN s.state IN ('lost', 'gone', 'one_off') THEN s.last_order_date ELSE %s END",
            fields.Date.context_today(self),
        )
        return {
            **{name: SQL.identifier("s", name) for name in names},
            "status_id": SQL("s.id"),
            "currency_id": SQL("company.currency_id"),
            "country_id": SQL("p.country_id"),
            "industry_id": SQL("p.industry_id"),
            "is_lost": lost,
            "lost_count": SQL("(%s)::integer", lost),
            "is_second_life": SQL("COALESCE(s.return_count, 0) > 0"),
            "years": SQL("(%s - s.first_order_date) / 365.0", until),
        }

    @api.model
    def _get_expected_sql(self):
        """Return the SQL of the margin that customer `s` may be expected to bring within the
        horizon: nothing from who is lost or has no probability."""
        chance = SQL("CASE WHEN s.probability_source = 'band' THEN s.band_share ELSE s.p_no_purchase END")
        return SQL(
            """
            CASE WHEN s.probability_source IS NULL OR s.state IN ('lost', 'gone', 'one_off') THEN 0
                 ELSE round((GREATEST(s.margin_active_year, 0) * company.winback_horizon_days / 365.0
                             * (1 - COALESCE(%s, 0)))::numeric, 2) END
            """,
            chance,
        )

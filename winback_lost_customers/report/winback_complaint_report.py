from odoo import api, fields, models
from odoo.tools import SQL


class WinbackComplaintReport(models.Model):
    """One row per complaint of a known customer: how it was answered, and what came after.

    The customer is followed for as many days from the receipt on as a silence must last
    before it can count as a loss (`winback_lost_min_days`). What came after is told only
    of complaints whose time is over, also where the customer has ordered already: who
    orders at once would count long before who does not. All answers are followed for the
    same time, from the receipt on.
    """

    _name = "winback.complaint.report"
    _description = "After Complaints"
    _inherit = ["winback.money.mixin"]
    _auto = False
    _rec_name = "complaint_id"
    _order = "date_received desc, id desc"

    complaint_id = fields.Many2one("winback.complaint", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    user_id = fields.Many2one("res.users", string="Owner", readonly=True)
    team_id = fields.Many2one("crm.team", string="Sales Team", readonly=True)
    value_class_id = fields.Many2one("winback.value.class", string="Class", readonly=True)
    country_id = fields.Many2one("res.country", readonly=True)
    industry_id = fields.Many2one("res.partner.industry", readonly=True)
    date_received = fields.Datetime(string="Received", readonly=True)
    severity = fields.Selection(
        selection=lambda self: self.env["winback.complaint"]._fields["severity"]._description_selection(self.env),
        readonly=True,
    )
    source = fields.Selection(
        selection=lambda self: self.env["winback.complaint"]._fields["source"]._description_selection(self.env),
        readonly=True,
    )
    satisfied = fields.Selection(
        selection=lambda self: self.env["winback.complaint"]._fields["satisfied"]._description_selection(self.env),
        string="Satisfied With the Handling",
        readonly=True,
    )
    answer = fields.Selection(selection="_get_answers", string="How Answered", readonly=True)
    answer_hours = fields.Float(
        string="Answer Time (working hours)", readonly=True, aggregator="avg"
    )
    is_followed = fields.Boolean(
        string="Followed to the End",
        readonly=True,
        help="The days in which the customer may order again are over; before, nothing is told.",
    )
    followed_count = fields.Integer(string="Followed", readonly=True)
    bought_count = fields.Integer(string="Ordered Again", readonly=True)
    bought_again = fields.Float(
        string="Ordered Again (%)",
        readonly=True,
        aggregator="avg",
        help="Of those followed to the end. Goods sent back are no order.",
    )
    next_order_id = fields.Many2one("sale.order", readonly=True)
    days_to_order = fields.Integer(
        string="Days to the Next Order",
        readonly=True,
        aggregator="avg",
        help="From the receipt, of those who ordered again in the time in which they are followed.",
    )
    lost_since = fields.Float(
        string="Lost Since (%)",
        readonly=True,
        aggregator="avg",
        help="Counted as lost at any time since the complaint, whether it came back or not.",
    )
    amount_after = fields.Monetary(
        string="Sales After",
        readonly=True,
        help="Untaxed orders of the time in which the customer is followed.",
    )

    @api.model
    def _get_answers(self):
        """Return how a complaint was answered, as pairs for a selection."""
        return [
            ("fast", self.env._("In time")),
            ("late", self.env._("Late")),
            ("none", self.env._("Not answered")),
        ]

    @property
    def _table_query(self):
        """Return the statement behind the rows, as of now."""
        return SQL(
            """
            SELECT %(columns)s
              FROM winback_complaint c
              JOIN res_company company ON company.id = c.company_id
              JOIN (%(zones)s) AS zone(company_id, tz) ON zone.company_id = c.company_id
              JOIN res_partner p ON p.id = c.commercial_partner_id
              LEFT JOIN winback_status s ON s.partner_id = c.commercial_partner_id
                   AND s.company_id = c.company_id
             CROSS JOIN LATERAL (%(orders)s) bought
             CROSS JOIN LATERAL (SELECT c.date_received + %(days)s <= %(now)s AS is_over) followed
             WHERE c.state != 'cancelled'
            """,
            columns=SQL(", ").join(
                SQL("%s AS %s", expression, SQL.identifier(name))
                for name, expression in self._get_columns().items()
            ),
            orders=self._get_orders_query(),
            zones=self.env["winback.offer.report"]._get_zones_query(),
            days=self._get_days_sql(),
            now=fields.Datetime.now(),
        )

    @api.model
    def _get_days_sql(self):
        """Return the SQL of how long the customers of a `company` are followed."""
        return SQL("company.winback_lost_min_days * interval '1 day'")

    @api.model
    def _get_columns(self):
        """Return {field: SQL expression}. Extend it to add a field to the report."""
        names = ("company_id", "user_id", "team_id", "date_received", "severity", "source", "satisfied")
        days = SQL("%s - %s", self._get_day_sql("bought.first_date"), self._get_day_sql("c.date_received"))
        return {
            "id": SQL("c.id"),
            "complaint_id": SQL("c.id"),
            "partner_id": SQL("p.id"),
            **{name: SQL.identifier("c", name) for name in names},
            "currency_id": SQL("company.currency_id"),
            "value_class_id": SQL("s.value_class_id"),
            "country_id": SQL("p.country_id"),
            "industry_id": SQL("p.industry_id"),
            "answer": SQL(
                """CASE WHEN c.date_answered IS NULL THEN 'none'
                        WHEN c.in_time > 0 THEN 'fast' ELSE 'late' END"""
            ),
            "answer_hours": SQL("CASE WHEN c.date_answered IS NOT NULL THEN c.answer_hours END"),
            "is_followed": SQL("followed.is_over"),
            "followed_count": SQL("followed.is_over::integer"),
            "bought_count": SQL("(followed.is_over AND bought.first_date IS NOT NULL)::integer"),
            "bought_again": self._tell(SQL("CASE WHEN bought.first_date IS NULL THEN 0.0 ELSE 100.0 END")),
            "next_order_id": SQL("bought.next_order_id"),
            "days_to_order": self._tell(days),
            "lost_since": self._tell(SQL("CASE WHEN %s THEN 100.0 ELSE 0.0 END", self._get_lost_sql())),
            "amount_after": self._tell(SQL("COALESCE(bought.amount, 0)")),
        }

    @api.model
    def _tell(self, outcome):
        """Return the SQL of an `outcome`, NULL as long as the customer is followed."""
        return SQL("CASE WHEN followed.is_over THEN %s END", outcome)

    @api.model
    def _get_lost_sql(self):
        """Return the SQL condition that the customer was lost after the complaint."""
        return SQL(
            """EXISTS (SELECT FROM winback_transition t
                        WHERE t.partner_id = c.commercial_partner_id
                          AND t.company_id = c.company_id AND t.date >= %s AND %s)""",
            self._get_day_sql("c.date_received"),
            self.env["winback.figures"]._get_lost_sql("t"),
        )

    @api.model
    def _get_day_sql(self, column):
        """Return the SQL of the company's calendar day of a UTC moment."""
        return SQL("(%s AT TIME ZONE 'UTC' AT TIME ZONE zone.tz)::date", SQL(column))

    @api.model
    def _get_orders_query(self):
        """Return what the customer bought after complaint `c`, in the time in which it is
        followed, in the currency of its `company`. The order complained about is none of it.

        Asked for each complaint, the orders of its time are found by an index.
        """
        facts = self.env["winback.fact"]
        return SQL(
            """
            SELECT min(o.date_order) FILTER (WHERE %(is_sold)s) AS first_date,
                   (array_agg(o.id ORDER BY o.date_order, o.id) FILTER (WHERE %(is_sold)s))[1]
                       AS next_order_id,
                   sum(%(amount)s) AS amount
              FROM res_partner buyer
              JOIN sale_order o ON o.partner_id = buyer.id AND o.company_id = c.company_id
                   AND o.state = 'sale' AND o.id IS DISTINCT FROM c.order_id
                   AND o.date_order > c.date_received
                   AND o.date_order < c.date_received + %(days)s
             WHERE buyer.commercial_partner_id = c.commercial_partner_id
            """,
            is_sold=SQL("COALESCE(o.amount_untaxed, 0) >= 0"),
            amount=facts._get_company_amount(SQL("o.amount_untaxed")),
            days=self._get_days_sql(),
        )

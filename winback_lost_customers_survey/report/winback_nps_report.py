from odoo import api, fields, models
from odoo.tools import SQL

from ..tools.nps import DETRACTOR_TO, MIN_ANSWERS, PROMOTER_FROM, get_nps

PERIOD_DAYS = 365  # for everything but the months


class WinbackNpsReport(models.Model):
    """The NPS of each month, and of the last year by team, salesperson, class, department
    and product.

    One row per month, team and so on. Rows of fewer answers than can be told apart are
    there with their number, but without a score. A department's score is made of what
    customers gave the department; a product's of what its buyers of the month answered.
    """

    _name = "winback.nps.report"
    _description = "Win-Back NPS"
    _auto = False
    _order = "dimension, month desc, answers desc, id"

    company_id = fields.Many2one("res.company", readonly=True)
    dimension = fields.Selection(selection="_get_dimensions", string="By", readonly=True)
    month = fields.Date(readonly=True)
    team_id = fields.Many2one("crm.team", string="Sales Team", readonly=True)
    user_id = fields.Many2one("res.users", string="Salesperson", readonly=True)
    value_class_id = fields.Many2one("winback.value.class", string="Class", readonly=True)
    department = fields.Selection(
        selection=lambda self: self.env["winback.poll.score"]._get_departments(), readonly=True
    )
    product_id = fields.Many2one("product.product", readonly=True)
    label = fields.Char(compute="_compute_label", string="Of")
    answers = fields.Integer(readonly=True)
    promoters = fields.Integer(readonly=True)
    passives = fields.Integer(readonly=True)
    detractors = fields.Integer(readonly=True)
    asked = fields.Integer(readonly=True, help="Of the month: how many were asked.")
    response_rate = fields.Float(string="Response Rate (%)", readonly=True, aggregator="avg", digits=(5, 1))
    is_shown = fields.Boolean(string="Enough Answers", readonly=True)
    nps = fields.Float(string="NPS", readonly=True, aggregator="avg", digits=(5, 0))
    nps_low = fields.Float(compute="_compute_interval", string="From", digits=(5, 0))
    nps_high = fields.Float(compute="_compute_interval", string="To", digits=(5, 0))
    nps_text = fields.Char(
        compute="_compute_interval",
        string="NPS With Range",
        help="The range in which the score lies with 95 % certainty.",
    )

    @api.model
    def _get_dimensions(self):
        """Return what the score is told by, as pairs for a selection."""
        return [
            ("month", self.env._("Month")),
            ("team", self.env._("Sales Team")),
            ("user", self.env._("Salesperson")),
            ("class", self.env._("Class")),
            ("department", self.env._("Department")),
            ("product", self.env._("Product")),
        ]

    @api.depends("dimension", "month", "team_id", "user_id", "value_class_id", "department", "product_id")
    def _compute_label(self):
        departments = dict(self.env["winback.poll.score"]._get_departments())
        for row in self:
            # sudo: names only, of whatever the figures are about
            row_sudo = row.sudo()
            labels = {
                "month": row.month and f"{row.month:%Y-%m}",
                "team": row_sudo.team_id.name,
                "user": row_sudo.user_id.name,
                "class": row_sudo.value_class_id.name,
                "department": departments.get(row.department),
                "product": row_sudo.product_id.display_name,
            }
            row.label = labels.get(row.dimension) or self.env._("None")

    @api.depends("promoters", "passives", "detractors")
    def _compute_interval(self):
        polls = self.env["winback.poll"]
        for row in self:
            numbers = (row.promoters, row.passives, row.detractors)
            nps = get_nps(*numbers) if row.is_shown else None
            row.nps_low, row.nps_high = (nps.low, nps.high) if nps else (0, 0)
            row.nps_text = polls._format_nps(*numbers)

    # ------------------------------------------------------------------
    # The statement
    # ------------------------------------------------------------------

    @property
    def _table_query(self):
        """Return the statement behind the rows, as of today."""
        return SQL(
            """
            WITH answer AS (
                SELECT a.*, date_trunc('month', a.date)::date AS answer_month,
                       a.date > %(today)s - %(period)s AS is_recent
                  FROM winback_poll_answer a
                 WHERE a.category IS NOT NULL AND a.kind = 'monthly'
            ), grouped AS (%(groups)s)
            SELECT row_number() OVER (ORDER BY g.dimension, g.company_id, g.key) AS id, g.company_id, g.dimension,
                   g.month, g.answers, %(hidden)s,
                   CASE WHEN g.dimension = 'team' THEN g.key END AS team_id,
                   CASE WHEN g.dimension = 'user' THEN g.key END AS user_id,
                   CASE WHEN g.dimension = 'class' THEN g.key END AS value_class_id,
                   CASE WHEN g.dimension = 'product' THEN g.key END AS product_id,
                   g.department, asked.number AS asked,
                   CASE WHEN asked.number > 0 THEN LEAST(100.0 * g.answers / asked.number, 100) END AS response_rate,
                   g.answers >= %(minimum)s AS is_shown,
                   CASE WHEN g.answers >= %(minimum)s
                        THEN 100.0 * (g.promoters - g.detractors) / g.answers END AS nps
              FROM grouped g
              LEFT JOIN (SELECT i.company_id, date_trunc('month', i.date_sent)::date AS month, count(*) AS number
                           FROM winback_poll_invitation i JOIN winback_poll p ON p.id = i.poll_id
                          WHERE p.kind = 'monthly' AND i.date_sent IS NOT NULL
                            AND i.state IN ('sent', 'reminded', 'answered', 'expired')
                          GROUP BY 1, 2) asked
                     ON g.dimension = 'month' AND asked.company_id = g.company_id AND asked.month = g.month
            """,
            today=fields.Date.today(),
            period=PERIOD_DAYS,
            minimum=MIN_ANSWERS,
            # how few people answered is told, not what they answered
            hidden=SQL(", ").join(
                SQL("CASE WHEN g.answers >= %s THEN %s END AS %s", MIN_ANSWERS, SQL.identifier("g", name),
                    SQL.identifier(name))
                for name in ("promoters", "passives", "detractors")
            ),
            groups=SQL(" UNION ALL ").join(self._get_groups()),
        )

    @api.model
    def _get_groups(self):
        """Return one statement for each dimension: `dimension`, `company_id`, `key`, `month`,
        `department` and the numbers of answers."""
        answers, recent = SQL("FROM answer a"), SQL("FROM answer a WHERE a.is_recent")
        nothing, nps = SQL("NULL"), SQL("a.nps")
        month = SQL("a.answer_month")
        columns = {"team": "team_id", "user": "user_id", "class": "value_class_id"}
        return [
            self._get_group("month", SQL("0"), month, nothing, nps, answers),
            *(
                self._get_group(dimension, SQL.identifier("a", column), nothing, nothing, nps, recent)
                for dimension, column in columns.items()
            ),
            self._get_group(
                "department", SQL("0"), nothing, SQL("s.department"), SQL("s.score"),
                SQL("FROM winback_poll_score s JOIN answer a ON a.id = s.answer_id WHERE a.is_recent"),
            ),
            self._get_group("product", SQL("bought.product_id"), nothing, nothing, nps, self._get_products_join()),
        ]  # fmt: skip

    @api.model
    def _get_group(self, dimension, key, month, department, score, source):
        """Return the statement of one dimension."""
        return SQL(
            """
            SELECT %(dimension)s AS dimension, a.company_id, %(key)s::integer AS key, %(month)s::date AS month,
                   %(department)s::varchar AS department, count(*) AS answers,
                   count(*) FILTER (WHERE %(score)s >= %(promoter)s) AS promoters,
                   count(*) FILTER (WHERE %(score)s < %(promoter)s AND %(score)s > %(detractor)s) AS passives,
                   count(*) FILTER (WHERE %(score)s <= %(detractor)s) AS detractors
              %(source)s
             GROUP BY 1, 2, 3, 4, 5
            """,
            dimension=dimension,
            key=key,
            month=month,
            department=department,
            score=score,
            promoter=PROMOTER_FROM,
            detractor=DETRACTOR_TO,
            source=source,
        )

    @api.model
    def _get_products_join(self):
        """Return the answers with each product that the customer ordered in the month asked about."""
        return SQL(
            """
              FROM answer a
              JOIN winback_poll p ON p.id = a.poll_id
              JOIN LATERAL (
                   SELECT DISTINCT l.product_id
                     FROM sale_order o
                     JOIN res_partner buyer ON buyer.id = o.partner_id
                          AND buyer.commercial_partner_id = a.partner_id
                     JOIN sale_order_line l ON l.order_id = o.id AND l.product_id IS NOT NULL
                    WHERE o.company_id = a.company_id AND o.state = 'sale'
                      AND o.date_order >= p.month AND o.date_order < p.month + interval '1 month') bought ON TRUE
             WHERE a.is_recent
            """
        )

from odoo import api, fields, models
from odoo.tools import SQL

# months after the first order at which is looked whether the customer still buys
AGES = (3, 6, 12, 18, 24, 36, 48, 60)
LIVING_STATES = ("new", "active", "at_risk", "won_back")


class WinbackRetentionReport(models.Model):
    """Cohorts and survival: of those who bought first in a year, how many still buy so many
    months later.

    One row for each customer and age that it has reached. It still buys at an age when it
    ordered then or later, or is no lost customer now.
    """

    _name = "winback.retention.report"
    _description = "Win-Back Retention"
    _auto = False
    _rec_name = "partner_id"
    _order = "first_order_date desc, age, id"

    status_id = fields.Many2one("winback.status", string="Win-Back Page", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    first_order_date = fields.Date(string="First Order", readonly=True)
    age = fields.Selection(selection="_get_ages", readonly=True)
    kept = fields.Float(
        string="Still Buy (%)",
        readonly=True,
        aggregator="avg",
        help="Of those who bought first so long ago: ordered then or later, or are no lost "
        "customers now.",
    )
    user_id = fields.Many2one("res.users", string="Salesperson", readonly=True)
    team_id = fields.Many2one("crm.team", string="Sales Team", readonly=True)
    value_class_id = fields.Many2one("winback.value.class", string="Class", readonly=True)
    country_id = fields.Many2one("res.country", readonly=True)
    industry_id = fields.Many2one("res.partner.industry", readonly=True)

    @api.model
    def _get_ages(self):
        """Return the ages as pairs for a selection, the youngest first."""
        return [(self._get_age_code(months), self.env._("After %s months", months)) for months in AGES]

    @api.model
    def _get_age_code(self, months):
        """Return the code of an age; codes are sorted as the ages are."""
        return f"{months:03}"

    @property
    def _table_query(self):
        """Return the statement behind the rows, as of today."""
        return SQL(
            """
            SELECT %(columns)s
              FROM winback_status s
              JOIN res_partner p ON p.id = s.partner_id
             CROSS JOIN (VALUES %(ages)s) age(number, code, months)
             CROSS JOIN LATERAL (
                   SELECT (s.first_order_date + age.months * interval '1 month')::date AS day) look
             WHERE s.first_order_date IS NOT NULL AND s.state NOT IN ('excluded', 'prospect')
               AND look.day <= %(today)s
            """,
            columns=SQL(", ").join(
                SQL("%s AS %s", expression, SQL.identifier(name))
                for name, expression in self._get_columns().items()
            ),
            ages=SQL(", ").join(
                SQL("(%s, %s, %s)", number, self._get_age_code(months), months)
                for number, months in enumerate(AGES)
            ),
            today=fields.Date.context_today(self),
        )

    @api.model
    def _get_columns(self):
        """Return {field: SQL expression}. Extend it to add a field to the report."""
        names = ("partner_id", "company_id", "first_order_date", "user_id", "team_id", "value_class_id")
        return {
            "id": SQL("s.id * %s + age.number", len(AGES)),
            "status_id": SQL("s.id"),
            **{name: SQL.identifier("s", name) for name in names},
            "age": SQL("age.code"),
            "kept": SQL(
                "CASE WHEN s.last_order_date >= look.day OR s.state IN %s THEN 100.0 ELSE 0.0 END",
                LIVING_STATES,
            ),
            "country_id": SQL("p.country_id"),
            "industry_id": SQL("p.industry_id"),
        }

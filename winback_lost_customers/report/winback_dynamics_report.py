from odoo import api, fields, models
from odoo.tools import SQL


class WinbackDynamicsReport(models.Model):
    """One row for each customer that was new, lost, lost again or won back: the dynamics by
    month and quarter, class, region, industry and salesperson.

    Losses and returns come from the history, of which the last 24 months were rebuilt from
    the documents; new customers are those with a first order. What counts as what is the
    same as in `winback.figures`.
    """

    _name = "winback.dynamics.report"
    _description = "Win-Back Dynamics"
    _inherit = ["winback.money.mixin"]
    _auto = False
    _rec_name = "partner_id"
    _order = "date desc, id desc"

    status_id = fields.Many2one("winback.status", string="Win-Back Page", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    date = fields.Date(readonly=True)
    event = fields.Selection(
        [
            ("new", "New"),
            ("returned", "Won Back"),
            ("lost", "Lost"),
            ("lost_again", "Lost Again"),
        ],
        string="What Happened",
        readonly=True,
    )
    net = fields.Integer(
        string="Net Change",
        readonly=True,
        help="One more for each customer who was new or won back, one less for each that was "
        "lost.",
    )
    amount = fields.Monetary(
        string="Sales per Year",
        readonly=True,
        help="Sales of the last active year, as they were then. None for new customers.",
    )
    user_id = fields.Many2one("res.users", string="Salesperson", readonly=True)
    then_user_id = fields.Many2one("res.users", string="Salesperson Then", readonly=True)
    team_id = fields.Many2one("crm.team", string="Sales Team", readonly=True)
    value_class_id = fields.Many2one("winback.value.class", string="Class", readonly=True)
    country_id = fields.Many2one("res.country", readonly=True)
    region_id = fields.Many2one("res.country.state", readonly=True)
    industry_id = fields.Many2one("res.partner.industry", readonly=True)
    reconstructed = fields.Boolean(readonly=True)

    @property
    def _table_query(self):
        """Return the statement behind the rows."""
        return SQL(
            """
            SELECT %(columns)s
              FROM (%(changes)s UNION ALL %(firsts)s) e
              JOIN winback_status s ON s.id = e.status_id
              JOIN res_partner p ON p.id = s.partner_id
              JOIN res_company company ON company.id = s.company_id
            """,
            columns=SQL(", ").join(
                SQL("%s AS %s", expression, SQL.identifier(name))
                for name, expression in self._get_columns().items()
            ),
            changes=self._get_changes_query(),
            firsts=self._get_firsts_query(),
        )

    @api.model
    def _get_columns(self):
        """Return {field: SQL expression}. Extend it to add a field to the report."""
        of_event = ("id", "status_id", "date", "amount", "then_user_id", "reconstructed")
        of_status = ("partner_id", "company_id", "user_id", "team_id", "value_class_id")
        return {
            **{name: SQL.identifier("e", name) for name in of_event},
            **{name: SQL.identifier("s", name) for name in of_status},
            "currency_id": SQL("company.currency_id"),
            "country_id": SQL("p.country_id"),
            "region_id": SQL("p.state_id"),
            "industry_id": SQL("p.industry_id"),
            "event": SQL(
                "CASE WHEN e.event = 'lost' AND e.is_final AND s.return_count > 0 "
                "THEN 'lost_again' ELSE e.event END"
            ),
            "net": SQL("CASE WHEN e.event = 'lost' THEN -1 ELSE 1 END"),
        }

    @api.model
    def _get_changes_query(self):
        """Return the losses and returns of the history. Even ids are theirs."""
        return SQL(
            """
            SELECT t.id * 2 AS id, t.status_id, t.date, t.amount_active_year AS amount,
                   t.user_id AS then_user_id, t.reconstructed,
                   CASE WHEN t.to_state = 'won_back' THEN 'returned' ELSE 'lost' END AS event,
                   t.to_state = 'gone' AS is_final
              FROM winback_transition t
             WHERE t.kind = 'state' AND t.status_id IS NOT NULL
               AND t.to_state IN ('lost', 'gone', 'won_back')
               AND (t.to_state != 'gone' OR t.from_state IS DISTINCT FROM 'lost')
            """
        )

    @api.model
    def _get_firsts_query(self):
        """Return the first order of each customer."""
        return SQL(
            """
            SELECT f.id * 2 + 1 AS id, f.id AS status_id, f.first_order_date AS date,
                   NULL::numeric AS amount, f.user_id AS then_user_id, FALSE AS reconstructed,
                   'new' AS event, FALSE AS is_final
              FROM winback_status f
             WHERE f.first_order_date IS NOT NULL
            """
        )

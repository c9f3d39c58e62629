from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

MARGIN = "winback_lost_customers.group_winback_margin"


class WinbackCandidate(models.Model):
    """The ranking of the work list as a screen: whom to win back, what that is expected to
    bring, and who was left out by which figure.

    A row for each customer who is lost or at risk, calculated when read; its id is that of
    the customer's `winback.status`.
    """

    _name = "winback.candidate"
    _description = "Customer to Win Back"
    _auto = False
    _order = "rank_value desc, id"
    _rec_name = "partner_id"
    # only marks that there is no table; what is read is in `_table_sql`
    _table_query = SQL("SELECT NULL::integer AS id WHERE FALSE")

    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    status_id = fields.Many2one("winback.status", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    user_id = fields.Many2one("res.users", string="Salesperson", readonly=True)
    team_id = fields.Many2one("crm.team", string="Sales Team", readonly=True)
    state = fields.Selection(
        selection=lambda self: self.env["winback.status"]._get_states(), readonly=True
    )
    value_class_id = fields.Many2one("winback.value.class", string="Class", readonly=True)
    evidence_ids = fields.One2many(related="status_id.evidence_ids", string="Signs")
    order_count = fields.Integer(string="Orders", readonly=True)
    last_order_date = fields.Date(string="Last Order", readonly=True)
    reason_id = fields.Many2one("winback.reason", readonly=True)
    open_case_id = fields.Many2one("winback.case", string="Case", readonly=True)
    dismissed_date = fields.Date(string="Dismissed On", readonly=True)
    snooze_until = fields.Date(string="Leave Alone Until", readonly=True)
    retry_date = fields.Date(string="Try Again On", readonly=True)
    margin_active_year = fields.Monetary(
        string="Margin at Stake per Year", readonly=True, groups=MARGIN
    )
    margin_horizon = fields.Monetary(
        string="Margin Within the Horizon",
        readonly=True,
        groups=MARGIN,
        help="What the customer would bring within the horizon of the forecast.",
    )
    contact_cost = fields.Monetary(string="Cost of a Contact", readonly=True)
    own_treated = fields.Float(
        string="Returns if Treated", digits=(4, 3), readonly=True, aggregator="avg"
    )
    own_untreated = fields.Float(
        string="Returns by Itself", digits=(4, 3), readonly=True, aggregator="avg"
    )
    break_even = fields.Float(
        string="Break-Even",
        digits=(4, 3),
        readonly=True,
        aggregator=None,
        help="The chance of return from which a contact pays. Above 100 %: never.",
    )
    expected_profit = fields.Monetary(
        readonly=True,
        groups=MARGIN,
        help="What trying is expected to bring beyond not trying, after the cost of a contact.",
    )
    trust = fields.Float(
        string="Trust in the Signs",
        digits=(4, 3),
        readonly=True,
        aggregator="avg",
        help="Less than 100 % where these signs have often been dismissed as wrong.",
    )
    rank_value = fields.Monetary(
        string="Rank",
        readonly=True,
        aggregator=None,
        groups=MARGIN,
        help="Expected profit times the trust in the signs.",
    )
    screen_reason = fields.Selection(
        selection=lambda self: self.env["winback.work.list"]._get_screen_reasons(),
        string="Left Out",
        readonly=True,
    )
    screen_text = fields.Char(string="Why", compute="_compute_screen_text")

    @property
    def _table_sql(self):
        """Override of the ORM to rank the customers of the user's companies anew whenever
        the screen is read."""
        work_list = self.env["winback.work.list"].sudo()  # sudo: managers see no cases of others
        work_list._flush()
        names = sorted(
            name for name, field in self._fields.items() if field.store and name != "id"
        )
        columns = SQL(", ").join(SQL.identifier(name) for name in names)
        return SQL(
            "(%s)",
            SQL(" UNION ALL ").join(
                SQL(
                    "SELECT status_id AS id, %s FROM (%s) ranking",
                    columns,
                    work_list._get_query(company, company._winback_today()),
                )
                for company in self.env.companies
            ),
        )

    @api.depends("screen_reason")
    @api.depends_context("lang")
    def _compute_screen_text(self):
        """Say by which figure somebody was left out; of the others, whether they have been
        contacted often enough lately."""
        policy = self.env["winback.contact.policy"]
        labels = policy._get_reason_labels()
        for company, rows in self.grouped("company_id").items():
            blocked = policy._get_blocked(company, rows.partner_id, company._winback_today())
            for row in rows:
                code = blocked.get(row.partner_id)
                row.screen_text = (
                    self.env["winback.work.list"]._explain(row, company)
                    if row.screen_reason
                    else labels.get(code, "")
                )

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_open_case(self):
        """Open a case for each of these customers, or show the one that is open."""
        self._check_not_held_out()
        cases = self.env["winback.case"]
        for company, rows in self.grouped("company_id").items():
            cases |= cases._open(company, rows.partner_id)
        action = {
            "type": "ir.actions.act_window",
            "name": self.env._("Cases"),
            "res_model": "winback.case",
            "view_mode": "list,form",
            "domain": [("id", "in", cases.ids)],
        }
        if len(cases) == 1:
            action.update(view_mode="form", res_id=cases.id)
        return action

    def _check_not_held_out(self):
        """Refuse to touch the control groups of running campaigns."""
        held_out = self.filtered(lambda row: row.screen_reason == "held_out")
        if held_out:
            raise UserError(
                self.env._(
                    "%s is in the control group of a campaign that is running: whoever is "
                    "contacted now spoils what it measures.",
                    held_out[0].partner_id.display_name,
                )
            )

    def action_open_status(self):
        """Open the customer's win-back page."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "winback.status",
            "res_id": self.status_id.id,
            "view_mode": "form",
        }

from odoo import api, fields, models
from odoo.tools import SQL


class WinbackTransition(models.Model):
    """The history: when a customer changed its state or class.

    The only source of all dynamics; what the last 24 months looked like is
    reconstructed from the documents (`reconstructed`), everything later is written
    by the runs in the transaction that changes the status.
    """

    _name = "winback.transition"
    _description = "Win-Back History"
    _order = "date desc, id desc"
    _rec_name = "partner_id"

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    date = fields.Date(required=True, readonly=True)
    kind = fields.Selection(
        [("state", "State"), ("class", "Class")], required=True, readonly=True
    )
    from_state = fields.Selection(
        selection=lambda self: self.env["winback.status"]._get_states(), readonly=True
    )
    to_state = fields.Selection(
        selection=lambda self: self.env["winback.status"]._get_states(),
        readonly=True,
        help="Empty: no customer any more, as its only orders were cancelled or deleted.",
    )
    from_class_id = fields.Many2one("winback.value.class", readonly=True)
    to_class_id = fields.Many2one("winback.value.class", readonly=True)
    user_id = fields.Many2one("res.users", string="Salesperson", readonly=True, index=True)
    team_id = fields.Many2one("crm.team", string="Sales Team", readonly=True)
    amount_active_year = fields.Monetary(string="Sales per Year", readonly=True)
    reconstructed = fields.Boolean(
        readonly=True, help="Found afterwards in the documents, not seen at the time."
    )

    _customer_idx = models.Index("(partner_id, company_id, kind, date)")
    _dynamics_idx = models.Index("(company_id, kind, date)")

    @api.depends("partner_id", "to_state", "to_class_id", "date")
    def _compute_display_name(self):
        for transition in self:
            target = transition.to_class_id.name or dict(
                self.env["winback.status"]._get_states()
            ).get(transition.to_state, "")
            transition.display_name = f"{transition.partner_id.display_name}: {target}"

    @api.model
    def _write_run(self, company, today, partners):
        """Write what the run is about to change; the status still has the old row.

        The first run of a company writes nothing: where the customers came from is
        for the reconstruction to tell.
        """
        if not company.winback_run_date:
            return 0
        return (
            self._insert_states(company, today)
            + self._insert_classes(company, today)
            + self._insert_departures(company, today, partners)
        )

    @api.model
    def _insert_states(self, company, today):
        """Insert the changes of state, dated by the facts where these tell the day."""
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO winback_transition
                       (partner_id, company_id, kind, date, from_state, to_state,
                        user_id, team_id, amount_active_year, reconstructed)
                SELECT r.partner_id, %(company)s, 'state',
                       CASE WHEN s.id IS NULL OR r.new_since > s.state_since
                            THEN r.new_since ELSE %(today)s END,
                       s.state, r.state, r.user_id, r.team_id, r.amount_active_year, FALSE
                  FROM winback_run_status r
                  LEFT JOIN winback_status s ON s.partner_id = r.partner_id
                       AND s.company_id = %(company)s
                 WHERE s.state IS DISTINCT FROM r.state
                """,
                company=company.id,
                today=today,
            )
        )
        return self.env.cr.rowcount

    @api.model
    def _insert_classes(self, company, today):
        """Insert the changes of value class."""
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO winback_transition
                       (partner_id, company_id, kind, date, from_class_id, to_class_id,
                        user_id, team_id, amount_active_year, reconstructed)
                SELECT r.partner_id, s.company_id, 'class', %(today)s, s.value_class_id,
                       r.value_class_id, r.user_id, r.team_id, r.amount_active_year, FALSE
                  FROM winback_run_status r
                  JOIN winback_status s ON s.partner_id = r.partner_id
                       AND s.company_id = %(company)s
                 WHERE s.value_class_id != r.value_class_id
                """,
                company=company.id,
                today=today,
            )
        )
        return self.env.cr.rowcount

    @api.model
    def _insert_departures(self, company, today, partners):
        """Insert that a customer is none any more: its only orders were cancelled."""
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO winback_transition
                       (partner_id, company_id, kind, date, from_state, user_id, team_id,
                        amount_active_year, reconstructed)
                SELECT s.partner_id, s.company_id, 'state', %s, s.state, s.user_id,
                       s.team_id, s.amount_active_year, FALSE
                  FROM winback_status s
                 WHERE %s
                """,
                today,
                self.env["winback.status"]._get_former_sql(company, partners),
            )
        )
        return self.env.cr.rowcount

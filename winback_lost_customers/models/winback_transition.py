from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

# {class_move: how the share of margin at which the class ends has changed}
MOVES = {"up": SQL(">"), "down": SQL("<")}
CHANGED_COLUMNS = {
    "state": ("from_state", "to_state"),
    "class": ("from_class_id", "to_class_id"),
    "abc": ("from_abc_xyz", "to_abc_xyz"),
}


class WinbackTransition(models.Model):
    """The history: when a customer changed its state or class.

    The only source of all dynamics; what the last 24 months looked like is
    reconstructed from the documents (`reconstructed`), everything later is written
    by the runs in the transaction that changes the status.
    """

    _name = "winback.transition"
    _description = "Win-Back History"
    _inherit = ["winback.money.mixin"]
    _order = "date desc, id desc"
    _rec_name = "partner_id"

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="cascade"
    )
    status_id = fields.Many2one(
        "winback.status",
        readonly=True,
        ondelete="set null",
        index=True,
        bypass_search_access=True,  # the rules of the line are those of the customer
        help="Decides who may see this line: whoever may see the customer now.",
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    date = fields.Date(required=True, readonly=True)
    kind = fields.Selection(
        [("state", "State"), ("class", "Class"), ("abc", "ABC-XYZ")],
        required=True,
        readonly=True,
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
    class_move = fields.Selection(
        [("up", "Up"), ("down", "Down")],
        string="Move",
        compute="_compute_class_move",
        search="_search_class_move",
        help="To a class that brings more of the margin, or less.",
    )
    from_abc_xyz = fields.Char(string="From ABC-XYZ", readonly=True)
    to_abc_xyz = fields.Char(string="To ABC-XYZ", readonly=True)
    user_id = fields.Many2one("res.users", string="Salesperson", readonly=True, index=True)
    team_id = fields.Many2one("crm.team", string="Sales Team", readonly=True)
    amount_active_year = fields.Monetary(string="Sales per Year", readonly=True)
    reconstructed = fields.Boolean(
        readonly=True, help="Found afterwards in the documents, not seen at the time."
    )

    _customer_idx = models.Index("(partner_id, company_id, kind, date)")
    _dynamics_idx = models.Index("(company_id, kind, date)")
    _unlinked_idx = models.Index("(company_id) WHERE status_id IS NULL")
    # most changes are between active and at risk; reports look for the others
    _departures_idx = models.Index(
        "(company_id, date) WHERE kind = 'state' AND to_state IN ('lost', 'gone', 'won_back')"
    )
    _crossings_idx = models.Index(
        "(date) INCLUDE (status_id) WHERE kind = 'state' AND status_id IS NOT NULL"
        " AND COALESCE(from_state IN ('active', 'at_risk', 'won_back'), FALSE)"
        " != COALESCE(to_state IN ('active', 'at_risk', 'won_back'), FALSE)"
    )

    @api.depends("from_class_id", "to_class_id")
    def _compute_class_move(self):
        for transition in self:
            before, after = transition.from_class_id, transition.to_class_id
            is_move = before and after and before.margin_share_to != after.margin_share_to
            is_down = before.margin_share_to < after.margin_share_to
            transition.class_move = ("down" if is_down else "up") if is_move else False

    def _search_class_move(self, operator, value):
        """Find the moves up, down, or both."""
        if operator != "in":
            return NotImplemented
        moves = {move: self._get_move_domain(sign) for move, sign in MOVES.items()}
        found = Domain.OR(moves[move] for move in value if move in moves)
        return found | ~Domain.OR(moves.values()) if False in value else found

    def _get_move_domain(self, sign):
        """Return the domain of the moves in the direction of `sign`, see `_get_move_sql`."""
        return Domain.custom(to_sql=lambda _model, alias, _query: self._get_move_sql(alias, sign))

    def _get_move_sql(self, alias, sign):
        """Return the SQL condition that the share of margin at which the class of the row
        `alias` ends was smaller or larger (the `sign`) than that of the next."""
        self.env["winback.value.class"].flush_model(["margin_share_to"])
        return SQL(
            """EXISTS (SELECT FROM winback_value_class before
                         JOIN winback_value_class after ON after.id = %s
                        WHERE before.id = %s AND before.margin_share_to %s after.margin_share_to)""",
            SQL.identifier(alias, "to_class_id"),
            SQL.identifier(alias, "from_class_id"),
            sign,
        )

    @api.depends("partner_id", "to_state", "to_class_id", "to_abc_xyz", "date")
    def _compute_display_name(self):
        for transition in self:
            target = (
                transition.to_class_id.name
                or transition.to_abc_xyz
                or dict(self.env["winback.status"]._get_states()).get(transition.to_state, "")
            )
            transition.display_name = f"{transition.partner_id.display_name}: {target}"

    @api.model
    def _write_run(self, company, today, partners):
        """Write what the run is about to change; the status still has the old row.

        The first run of a company writes nothing where the reconstruction is still
        to tell where the customers came from.
        """
        if not company.winback_history_date and not self._has_customers(company):
            return 0
        states = self._get_state_changes(company, today)
        classes = self._get_class_changes(company, today, "value_class_id")
        letters = self._get_class_changes(company, today, "abc_xyz")
        departures = self._get_departures(company, today, partners)
        return (
            self._insert_changes(company, "state", states)
            + self._insert_changes(company, "class", classes)
            + self._insert_changes(company, "abc", letters)
            + self._insert_changes(company, "state", departures)
        )

    @api.model
    def _has_customers(self, company):
        """Tell whether a run has found customers of `company` before."""
        query = SQL("SELECT FROM winback_status WHERE company_id = %s LIMIT 1", company.id)
        return bool(self.env.execute_query(query))

    @api.model
    def _insert_changes(self, company, kind, changes, reconstructed=False):
        """Insert one line for each row of `changes`; return how many.

        :param str kind: state, class or abc
        :param changes: SQL selecting `partner_id`, `date`, `old`, `new`, `user_id`,
            `team_id` and `amount_active_year`
        """
        old, new = CHANGED_COLUMNS[kind]
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO winback_transition
                       (partner_id, company_id, kind, date, %(old)s, %(new)s, user_id,
                        team_id, amount_active_year, reconstructed)
                SELECT partner_id, %(company)s, %(kind)s, date, old, new, user_id,
                       team_id, amount_active_year, %(reconstructed)s
                  FROM (%(changes)s) change
                """,
                old=SQL.identifier(old),
                new=SQL.identifier(new),
                company=company.id,
                kind=kind,
                reconstructed=reconstructed,
                changes=changes,
            )
        )
        return self.env.cr.rowcount

    @api.model
    def _get_state_changes(self, company, today):
        """Return the changes of state, dated by the facts where these tell the day."""
        return SQL(
            """
            SELECT r.partner_id, known.state AS old, r.state AS new, r.user_id, r.team_id,
                   r.amount_active_year,
                   CASE WHEN known.date IS NULL OR r.new_since > known.date
                        THEN r.new_since ELSE %(today)s END AS date
              FROM winback_run_status r
              LEFT JOIN winback_status s ON s.partner_id = r.partner_id
                   AND s.company_id = %(company)s
              LEFT JOIN (%(told)s) told ON told.partner_id = r.partner_id
             CROSS JOIN LATERAL (
                   SELECT CASE WHEN s.id IS NULL THEN told.to_state
                               ELSE s.state END AS state,
                          CASE WHEN s.id IS NULL THEN told.date
                               WHEN s.state IS NOT NULL THEN s.state_since END AS date
                   ) known
             WHERE known.state IS DISTINCT FROM r.state
            """,
            company=company.id,
            today=today,
            told=self._get_last_told_query(company),
        )

    @api.model
    def _get_last_told_query(self, company):
        """Return what the history tells last of each customer who has no row yet: it
        may have been rebuilt before the first run.

        A join and no subquery for each customer: that would look through the lines
        which the same statement is inserting.
        """
        return SQL(
            """
            SELECT DISTINCT ON (t.partner_id) t.partner_id, t.to_state, t.date
              FROM winback_transition t
              JOIN winback_run_status n ON n.partner_id = t.partner_id
             WHERE t.company_id = %(company)s AND t.kind = 'state'
               AND NOT EXISTS (SELECT FROM winback_status s
                                WHERE s.partner_id = t.partner_id
                                  AND s.company_id = %(company)s)
             ORDER BY t.partner_id, t.date DESC, t.id DESC
            """,
            company=company.id,
        )

    @api.model
    def _link_to_status(self, company):
        """Link the lines of `company` that were written before the customer's row."""
        self.env.cr.execute(
            SQL(
                """
                UPDATE winback_transition t SET status_id = s.id
                  FROM winback_status s
                 WHERE t.status_id IS NULL AND t.company_id = %(company)s
                   AND s.company_id = %(company)s AND s.partner_id = t.partner_id
                """,
                company=company.id,
            )
        )
        self.invalidate_model(["status_id"], flush=False)

    @api.model
    def _get_class_changes(self, company, today, column):
        """Return the changes of the class in `column`, up and down, from one class to
        another."""
        old, new = SQL.identifier("s", column), SQL.identifier("r", column)
        return SQL(
            """
            SELECT r.partner_id, %s AS date, %s AS old, %s AS new,
                   r.user_id, r.team_id, r.amount_active_year
              FROM winback_run_status r
              JOIN winback_status s ON s.partner_id = r.partner_id AND s.company_id = %s
             WHERE %s != %s
            """,
            today,
            old,
            new,
            company.id,
            old,
            new,
        )

    @api.model
    def _get_departures(self, company, today, partners):
        """Return the customers who are none any more: their only orders were
        cancelled or deleted."""
        return SQL(
            """
            SELECT s.partner_id, %s AS date, s.state AS old, NULL AS new, s.user_id,
                   s.team_id, s.amount_active_year
              FROM winback_status s
             WHERE %s
            """,
            today,
            self.env["winback.status"]._get_former_sql(company, partners),
        )

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

# who belongs to whom, who looks after them, whether they can be reached, who is alike
REFRESH_FIELDS = {
    "parent_id", "is_company", "type", "active", "user_id", "email", "message_bounce",
    "industry_id", "country_id",
}  # fmt: skip


class ResPartner(models.Model):
    _inherit = "res.partner"

    winback_status_id = fields.Many2one(
        "winback.status",
        string="Win-Back Status",
        compute="_compute_winback_status_id",
        search="_search_winback_status_id",
        groups="sales_team.group_sale_salesman",
        help="How it stands with this customer in the current company.",
    )
    winback_state = fields.Selection(
        related="winback_status_id.state",
        string="Win-Back State",
        groups="sales_team.group_sale_salesman",
    )
    winback_score = fields.Integer(
        related="winback_status_id.score",
        string="Win-Back Score",
        groups="sales_team.group_sale_salesman",
    )
    winback_evidence_ids = fields.One2many(
        related="winback_status_id.evidence_ids",
        string="Win-Back Signs",
        groups="sales_team.group_sale_salesman",
    )
    winback_state_since = fields.Date(
        related="winback_status_id.state_since",
        string="Since",
        groups="sales_team.group_sale_salesman",
    )
    winback_class_id = fields.Many2one(
        related="winback_status_id.value_class_id",
        string="Value Class",
        groups="sales_team.group_sale_salesman",
    )
    winback_last_order_date = fields.Date(
        related="winback_status_id.last_order_date",
        string="Last Order On",
        groups="sales_team.group_sale_salesman",
    )
    winback_silent_days = fields.Integer(
        related="winback_status_id.silent_days",
        string="Silent (days)",
        groups="sales_team.group_sale_salesman",
    )
    winback_risk_date = fields.Date(
        related="winback_status_id.risk_date",
        string="Counts as At Risk On",
        groups="sales_team.group_sale_salesman",
    )
    winback_lost_date = fields.Date(
        related="winback_status_id.lost_date",
        string="Counts as Lost On",
        groups="sales_team.group_sale_salesman",
    )
    winback_currency_id = fields.Many2one(
        related="winback_status_id.currency_id",
        string="Win-Back Currency",
        groups="sales_team.group_sale_salesman",
    )
    winback_amount_active_year = fields.Monetary(
        related="winback_status_id.amount_active_year",
        string="At Stake per Year",
        currency_field="winback_currency_id",
        groups="sales_team.group_sale_salesman",
    )
    winback_transition_ids = fields.One2many(
        related="winback_status_id.transition_ids",
        string="Win-Back History",
        groups="sales_team.group_sale_salesman",
    )

    @api.depends("commercial_partner_id")
    @api.depends_context("company", "uid")
    def _compute_winback_status_id(self):
        """Find the customers' rows in the current company, as far as the record
        rules show them to the user; related fields come here as superuser."""
        rows = self.env["winback.status"].sudo(False)
        if not rows.has_access("read"):
            self.winback_status_id = False
            return
        statuses = rows.search_fetch(
            [
                ("partner_id", "in", self.commercial_partner_id.ids),
                ("company_id", "=", self.env.company.id),
            ],
            ["partner_id"],
        )
        by_partner = {status.partner_id.id: status for status in statuses}
        for partner in self:
            partner.winback_status_id = by_partner.get(partner.commercial_partner_id.id)

    def _search_winback_status_id(self, operator, value):
        """Search contacts by the row of their organisation in the current company."""
        if operator in ("any", "any!") and isinstance(value, Domain):
            return self._get_winback_domain(value)
        if operator != "in":
            return NotImplemented
        found = self._get_winback_domain(Domain("id", "in", [v for v in value if v]))
        if False in value:
            return found | ~self._get_winback_domain(Domain.TRUE)
        return found

    def _get_winback_domain(self, domain):
        """Return the domain of contacts whose row in the current company matches."""
        query = self.env["winback.status"].sudo(False)._search(
            domain & Domain("company_id", "=", self.env.company.id)
        )
        return Domain("commercial_partner_id", "in", query.subselect("partner_id"))

    def _field_to_sql(self, alias, field_expr, query=None):
        """Override of `base` to let contacts be sorted and grouped by the status.

        The joined rows are those that the record rules show to the user.
        """
        if field_expr != "winback_status_id" or query is None:
            return super()._field_to_sql(alias, field_expr, query)
        self._check_field_access(self._fields[field_expr], "read")
        rows = self.env["winback.status"].sudo(False)
        rows = rows._search([("company_id", "=", self.env.company.id)])
        status_alias = query.make_alias(alias, "winback_status")
        query.add_join(
            "LEFT JOIN",
            status_alias,
            SQL("(%s)", rows.select(SQL("winback_status.*"))),
            SQL(
                "%s = %s",
                SQL.identifier(status_alias, "partner_id"),
                self._field_to_sql(alias, "commercial_partner_id", query),
            ),
        )
        return SQL.identifier(status_alias, "id")

    def action_open_winback_status(self):
        """Open the page behind the customer's state."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "winback.status",
            "res_id": self.winback_status_id.id,
            "view_mode": "form",
        }

    # ------------------------------------------------------------------
    # Refresh
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Override of `base` to mark the customers who have new people."""
        partners = super().create(vals_list)
        self.env["winback.refresh"]._mark(partners.filtered("parent_id"))
        return partners

    def write(self, vals):
        """Override of `base` to mark the customers to whom changed contacts belonged
        and belong."""
        if not REFRESH_FIELDS.isdisjoint(vals):
            self.env["winback.refresh"]._mark(self | self.commercial_partner_id)
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_mark_customer(self):
        """Mark the customers who lose a contact, with what it wrote."""
        self.env["winback.refresh"]._mark(self.commercial_partner_id - self)

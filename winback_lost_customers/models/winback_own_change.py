from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

AROUND_DAYS = 90  # losses are compared that long before and after a change


class WinbackOwnChange(models.Model):
    """Something that we changed: a price, the range, a supplier, the rules.

    Kept to see which change preceded which loss.
    """

    _name = "winback.own.change"
    _description = "Own Change"
    _order = "date desc, id desc"

    name = fields.Char(string="What Changed", required=True)
    date = fields.Date(
        string="Since",
        required=True,
        index=True,
        default=lambda self: self.env.company._winback_today(),
    )
    kind = fields.Selection(
        [
            ("price", "Price Raised"),
            ("range", "Range Cut"),
            ("widened", "Range Widened"),
            ("supplier", "Supplier Changed"),
            ("rules", "Working Rules Changed"),
            ("people", "People Changed"),
            ("other", "Other"),
        ],
        required=True,
        default="price",
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env.company,
    )
    user_id = fields.Many2one(
        "res.users", string="Entered By", default=lambda self: self.env.user, readonly=True
    )
    categ_ids = fields.Many2many("product.category", string="Product Categories Concerned")
    note = fields.Text()
    lost_before = fields.Integer(
        compute="_compute_lost",
        string="Lost in 90 Days Before",
        help="Customers who became lost in the 90 days before the change.",
    )
    lost_after = fields.Integer(
        compute="_compute_lost",
        string="Lost in 90 Days After",
        help="Customers who became lost in the 90 days since the change, so far.",
    )

    @api.depends("date", "company_id")
    def _compute_lost(self):
        """Count the losses around all changes with one statement."""
        counts = {}
        if self.ids:
            self.flush_recordset(["date", "company_id"])
            self.env["winback.transition"].flush_model()
            rows = self.env.execute_query(self._get_lost_query())
            counts = {row[0]: row[1:] for row in rows}
        for change in self:
            change.lost_before, change.lost_after = counts.get(change._origin.id, (0, 0))

    def _get_lost_query(self):
        """Return `id` and the numbers of customers lost before and after each change."""
        return SQL(
            """
            SELECT c.id, count(DISTINCT t.partner_id) FILTER (WHERE t.date < c.date),
                   count(DISTINCT t.partner_id) FILTER (WHERE t.date >= c.date)
              FROM winback_own_change c
              JOIN winback_transition t ON t.company_id = c.company_id AND %(lost)s
                   AND t.date >= c.date - %(around)s AND t.date < c.date + %(around)s
             WHERE c.id = ANY(%(ids)s)
             GROUP BY c.id
            """,
            lost=self.env["winback.figures"]._get_lost_sql("t"),
            around=AROUND_DAYS,
            ids=list(self.ids),
        )

    def _is_recent(self, today):
        """Tell whether the days after the change are not over yet."""
        self.ensure_one()
        return self.date + timedelta(days=AROUND_DAYS) > today

    def action_open_losses(self):
        """Show who was lost around this change, month by month."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "winback_lost_customers.winback_transition_action"
        )
        around = timedelta(days=AROUND_DAYS)
        return {
            **action,
            "name": self.env._("Losses Around: %s", self.name),
            "domain": [
                ("company_id", "=", self.company_id.id),
                *self.env["winback.figures"]._get_lost_domain(),
                ("date", ">=", self.date - around),
                ("date", "<", self.date + around),
            ],
            "context": {},
        }

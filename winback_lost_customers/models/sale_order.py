from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

# a quotation is an inquiry; what it is worth does not matter before it is confirmed
QUOTATION_FIELDS = {"partner_id", "company_id", "date_order", "validity_date", "opportunity_id"}
ORDER_FIELDS = {"amount_untaxed", "margin", "currency_rate", "user_id", "team_id"}


class SaleOrder(models.Model):
    _name = "sale.order"
    _inherit = ["sale.order", "winback.refresh.mixin"]

    winback_state = fields.Selection(
        related="partner_id.winback_state", groups="sales_team.group_sale_salesman"
    )
    winback_summary = fields.Text(
        related="partner_id.winback_status_id.sign_summary",
        string="Why",
        groups="sales_team.group_sale_salesman",
    )
    winback_kind = fields.Selection(
        [
            ("first", "First order"),
            ("regular", "Regular order"),
            ("return", "Return after loss"),
        ],
        string="Kind of Order",
        compute="_compute_winback_kind",
        search="_search_winback_kind",
        help="What this order means: the customer's first one, one of a series, or the "
        "first one after the customer had counted as lost.",
    )

    # reading a company's orders by customer and day is what every run does
    _winback_purchases_idx = models.Index(
        "(company_id, partner_id, date_order) WHERE state = 'sale'"
    )

    def action_open_winback_status(self):
        """Open the page behind the state of the order's customer."""
        self.ensure_one()
        return self.partner_id.action_open_winback_status()

    @api.depends("state", "date_order", "partner_id", "company_id")
    def _compute_winback_kind(self):
        kinds = {}
        confirmed = self.filtered(lambda order: order.state == "sale" and order.id)
        if confirmed:
            self.env["sale.order"].flush_model()
        for company, orders in confirmed.grouped("company_id").items():
            partners = orders.partner_id.commercial_partner_id
            query = self._get_winback_kinds_query(company, partners)
            kinds.update(self.env.execute_query(query))
        for order in self:
            order.winback_kind = kinds.get(order.id) or kinds.get(order._origin.id)

    def _search_winback_kind(self, operator, value):
        """Search the orders of the current companies by what they meant."""
        if operator != "in":
            return NotImplemented
        self.env["sale.order"].flush_model()
        self.env["res.partner"].flush_model(["commercial_partner_id"])
        found = [
            (order_id, kind)
            for company in self.env.companies
            for order_id, kind in self.env.execute_query(
                self._get_winback_kinds_query(company, None)
            )
        ]
        domain = Domain("id", "in", [order_id for order_id, kind in found if kind in value])
        if False in value:
            domain |= Domain("id", "not in", [order_id for order_id, kind in found if kind])
        return domain

    @api.model
    def _get_winback_kinds_query(self, company, partners):
        """Return `id` and kind of the confirmed orders of `partners` (None: all).

        The days and gaps are those of the purchase facts; all orders of the day of
        a return are part of it.
        """
        facts = self.env["winback.fact.purchases"]
        today = fields.Date.to_date("9999-01-01")  # also orders dated ahead have a kind
        return SQL(
            """
            WITH purchase_order AS (%s), gap AS (%s), purchase AS (%s)
            SELECT o.id, CASE WHEN NOT o.sold THEN NULL
                              WHEN p.gap IS NULL THEN 'first'
                              WHEN p.is_return THEN 'return' ELSE 'regular' END
              FROM purchase o
              JOIN purchase p ON p.partner_id = o.partner_id AND p.day = o.day
                   AND (p.is_day OR NOT o.sold AND p.id = o.id)
            """,
            facts._get_confirmed_query(company, today, partners),
            facts._get_gaps_query(),
            facts._get_rhythm_query(company),
        )

    # ------------------------------------------------------------------
    # Refresh
    # ------------------------------------------------------------------

    def _winback_is_changed(self, vals):
        """Override of `winback.refresh.mixin`: that a quotation was sent or is worth
        something else changes nothing."""
        if "state" in vals and vals["state"] != "sent":
            return True
        is_quotation = self.state in ("draft", "sent")
        names = QUOTATION_FIELDS if is_quotation else QUOTATION_FIELDS | ORDER_FIELDS
        return not names.isdisjoint(vals)

from odoo import api, fields, models
from odoo.fields import Domain


class WinbackStatus(models.Model):
    """Complaints of a customer, from its win-back page."""

    _inherit = "winback.status"

    complaint_count = fields.Integer(compute="_compute_complaint_count", string="Complaints")

    def _compute_complaint_count(self):
        groups = self.env["winback.complaint"]._read_group(
            [("commercial_partner_id", "in", self.partner_id.ids)],
            ["commercial_partner_id", "company_id"],
            ["__count"],
        )
        counts = {(partner, company): count for partner, company, count in groups}
        for status in self:
            status.complaint_count = counts.get((status.partner_id, status.company_id), 0)

    def action_open_complaints(self):
        """List the customer's complaints in the company."""
        self.ensure_one()
        return self.partner_id._get_complaints_action(self.company_id)


class ResPartner(models.Model):
    """Complaints of a customer, from the contact."""

    _inherit = "res.partner"

    winback_complaint_count = fields.Integer(
        compute="_compute_winback_complaint_count",
        string="Complaints",
        groups="sales_team.group_sale_salesman",
    )

    @api.depends_context("company", "uid")
    def _compute_winback_complaint_count(self):
        """Count the organisations' complaints that the user may see."""
        complaints = self.env["winback.complaint"].sudo(False)
        if not complaints.has_access("read"):
            self.winback_complaint_count = 0
            return
        groups = complaints._read_group(
            [
                ("commercial_partner_id", "in", self.commercial_partner_id.ids),
                ("company_id", "=", self.env.company.id),
            ],
            ["commercial_partner_id"],
            ["__count"],
        )
        counts = {partner.id: count for partner, count in groups}
        for partner in self:
            partner.winback_complaint_count = counts.get(partner.commercial_partner_id.id, 0)

    def action_open_winback_complaints(self):
        """List the organisation's complaints in the current company."""
        self.ensure_one()
        return self._get_complaints_action(self.env.company)

    def action_winback_complain(self):
        """Enter a complaint of this customer."""
        self.ensure_one()
        return self.env["winback.complaint"]._get_action(
            self.env._("New Complaint"), [], {"default_partner_id": self.id}, new=True
        )

    def _get_complaints_action(self, company):
        """Return the action that lists the organisation's complaints in `company`."""
        organisation = self.commercial_partner_id
        return self.env["winback.complaint"]._get_action(
            self.env._("Complaints of %s", organisation.display_name),
            [
                ("commercial_partner_id", "=", organisation.id),
                ("company_id", "=", company.id),
            ],
            {"default_partner_id": self.id, "default_company_id": company.id},
        )


class SaleOrder(models.Model):
    """Complaints about an order, and what their compensations may be used for."""

    _inherit = "sale.order"

    winback_complaint_count = fields.Integer(
        compute="_compute_winback_complaint_count",
        string="Complaints",
        groups="sales_team.group_sale_salesman",
    )

    @api.depends_context("uid")
    def _compute_winback_complaint_count(self):
        """Count the complaints about the orders that the user may see."""
        complaints = self.env["winback.complaint"].sudo(False)
        if not complaints.has_access("read"):
            self.winback_complaint_count = 0
            return
        groups = complaints._read_group([("order_id", "in", self.ids)], ["order_id"], ["__count"])
        counts = {order.id: count for order, count in groups}
        for order in self:
            order.winback_complaint_count = counts.get(order._origin.id, 0)

    def action_open_winback_complaints(self):
        """List the complaints about this order."""
        self.ensure_one()
        return self.env["winback.complaint"]._get_action(
            self.env._("Complaints About %s", self.name),
            [("order_id", "=", self.id)],
            self._get_complaint_defaults(),
        )

    def action_winback_complain(self):
        """Enter a complaint about this order."""
        self.ensure_one()
        return self.env["winback.complaint"]._get_action(
            self.env._("New Complaint"), [], self._get_complaint_defaults(), new=True
        )

    def _get_complaint_defaults(self):
        """Return the context in which a complaint about this order is entered."""
        return {
            "default_name": self.env._("Complaint about %s", self.name),
            "default_partner_id": self.partner_id.id,
            "default_company_id": self.company_id.id,
            "default_order_id": self.id,
        }

    # ------------------------------------------------------------------
    # Personal codes and eWallets
    # ------------------------------------------------------------------

    def _try_apply_code(self, code):
        """Override of `sale_loyalty` to refuse a personal code of another customer."""
        self.ensure_one()
        # sudo: the code may come from a visitor of the web shop; only compared
        card = self.env["loyalty.card"].sudo().search([("code", "=", code)], limit=1)
        if card and card._winback_is_foreign(self.partner_id.sudo()):
            return {"error": self.env._("This code was issued to another customer.")}
        return super()._try_apply_code(code)

    def _update_programs_and_rewards(self):
        """Override of `sale_loyalty` to offer the organisation's compensation to its
        contacts, and to take it back when the order changes its customer."""
        self.ensure_one()
        # sudo: the program tells whose cards are personal; only compared
        foreign = (self.applied_coupon_ids | self.order_line.coupon_id).sudo().filtered(
            lambda card: card._winback_is_foreign(self.partner_id)
        )
        if foreign:
            self.applied_coupon_ids -= foreign.sudo(self.env.su)
        cards = self._get_organisation_cards()
        if cards and self._allow_nominative_programs():
            self.applied_coupon_ids |= cards
        return super()._update_programs_and_rewards()

    def _get_organisation_cards(self):
        """Return the compensation eWallets of the organisation whose contact orders:
        `sale_loyalty` itself looks for those of the contact only."""
        organisation = self.partner_id.commercial_partner_id
        if organisation == self.partner_id:
            return self.env["loyalty.card"]
        domain = Domain("partner_id", "=", organisation.id) & Domain("points", ">", 0)
        programs = Domain("winback_is_personal", "=", True) & Domain("program_type", "=", "ewallet")
        programs &= Domain("company_id", "=", self.company_id.id)
        return self.env["loyalty.card"].search(domain & Domain("program_id", "any", programs))

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class WinbackCase(models.Model):
    """Offers made on a case."""

    _inherit = "winback.case"

    # of all cases at once, whoever asks: the page of the customer may be a colleague's
    typical_amount = fields.Monetary(
        compute="_compute_typical_order",
        compute_sudo=True,
        groups="sales_team.group_sale_salesman",
        help="Untaxed amount of the customer's average order.",
    )
    typical_margin = fields.Monetary(
        compute="_compute_typical_order",
        compute_sudo=True,
        groups="sales_team.group_sale_salesman",
        help="Margin of the customer's average order.",
    )

    @api.depends("partner_id", "company_id")
    def _compute_typical_order(self):
        statuses = self.env["winback.status"].with_context(active_test=False).search(
            Domain("partner_id", "in", self.partner_id.ids)
            & Domain("company_id", "in", self.company_id.ids)
        )
        by_customer = {(s.partner_id, s.company_id): s for s in statuses}
        for case in self:
            status = by_customer.get((case.partner_id, case.company_id))
            orders = status.order_count if status else 0
            case.typical_amount = status.amount_total / orders if orders else 0
            case.typical_margin = status.margin_total / orders if orders else 0

    def _get_typical_order(self):
        """Return (untaxed amount, margin) of the customer's average order; zeros when
        nothing is known."""
        self.ensure_one()
        case = self.sudo()  # sudo: proposed and granted by crons and for colleagues, too
        return case.typical_amount, case.typical_margin

    def action_grant_offer(self):
        """Grant the offer of the case to its customer."""
        for case in self:
            case.check_access("write")
            case._check_can_grant()
            case.offer_id._grant(case.partner_id, case.company_id, case=case)
        return True

    def action_compose_set(self):
        """Make a quotation of what the customer used to buy, and open it."""
        self.ensure_one()
        self.check_access("write")
        order = self.env["sale.order"]._create_winback_set(
            self.partner_id, self.company_id, self.company_id._winback_today(), self
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": "sale.order",
            "res_id": order.id,
            "view_mode": "form",
        }

    def action_new_quotation(self):
        """Open a new quotation for the customer, on which a code can be entered."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "sale.order",
            "view_mode": "form",
            "context": {
                "default_partner_id": self.partner_id.id,
                "default_company_id": self.company_id.id,
            },
        }

    def _check_can_grant(self):
        """Refuse offers on closed cases, without an offer, or that cost more than is earned."""
        if self.state not in ("new", "reason", "prepared", "contact"):
            raise UserError(self.env._("The case of %s is closed.", self.display_name))
        if not self.offer_id:
            raise UserError(self.env._("Choose an offer for %s first.", self.display_name))
        amount, margin = self._get_typical_order()
        # sudo: what products cost is not for every salesperson to read
        offer = self.offer_id.sudo().with_company(self.company_id)
        if not offer._fits_margin(amount, margin):
            currency = self.company_id.sudo().currency_id  # sudo: as above
            raise UserError(
                self.env._(
                    "“%(offer)s” costs about %(cost)s on a usual order of %(amount)s, whose "
                    "margin is %(margin)s: less than %(floor)s %% would remain.",
                    offer=offer.name,
                    cost=currency.format(offer._get_expected_cost(amount)),
                    amount=currency.format(amount),
                    margin=currency.format(margin),
                    floor=f"{offer.margin_floor_percent:g}",
                )
            )

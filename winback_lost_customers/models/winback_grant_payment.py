from odoo import api, fields, models
from odoo.fields import Domain


class WinbackGrant(models.Model):
    """Payment after receipt: payment terms for the customer's next order.

    The customer's own terms are never touched. Its next quotations get the terms of the
    offer; the first one that is confirmed uses it, and the others go back.
    """

    _inherit = "winback.grant"

    payment_term_id = fields.Many2one(
        "account.payment.term", string="Payment Terms", readonly=True, ondelete="restrict"
    )

    def _issue_payment_terms(self):
        """Keep the terms of now with the grants, and put them on open quotations that have
        the customer's usual ones."""
        for grant in self:
            grant.payment_term_id = grant.offer_id.payment_term_id
        quotations = self.env["sale.order"].search(
            Domain("partner_id", "child_of", self.partner_id.ids)
            & Domain("company_id", "in", self.company_id.ids)
            & Domain("state", "in", ("draft", "sent"))
            & Domain("winback_payment_grant_id", "=", False)
        )
        grants = {grant.partner_id: grant for grant in self}
        for order in quotations.filtered(lambda order: order._has_winback_usual_terms()):
            grant = grants[order.partner_id.commercial_partner_id]
            if not grant._get_refusal(order, grant.date):
                order.winback_payment_grant_id = grant

    def _end(self):
        """Override of `winback_lost_customers` to take the terms off open quotations."""
        self._release_quotations()
        return super()._end()

    def _release_quotations(self):
        """Give quotations that were not confirmed the customer's usual terms again."""
        grants = self.filtered("payment_term_id")
        if grants:
            self.env["sale.order"].search(
                Domain("winback_payment_grant_id", "in", grants.ids)
                & Domain("state", "!=", "sale")
            )._drop_winback_payment_grant()


class SaleOrder(models.Model):
    _inherit = "sale.order"

    winback_payment_grant_id = fields.Many2one(
        "winback.grant",
        string="Payment Terms by Offer",
        compute="_compute_winback_payment_grant_id",
        store=True,
        precompute=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        groups="sales_team.group_sale_salesman",
    )

    @api.depends("partner_id", "company_id")
    def _compute_winback_payment_grant_id(self):
        """Find the payment terms that the customer was offered for its next order."""
        today = {company: company._winback_today() for company in self.company_id}
        # sudo: whoever sells to the customer gives it what it was offered
        grants = self.env["winback.grant"].sudo().search(
            [
                ("kind", "=", "payment_term"),
                ("state", "=", "granted"),
                ("partner_id", "in", self.partner_id.commercial_partner_id.ids),
                ("company_id", "in", self.company_id.ids),
                ("payment_term_id", "!=", False),
            ],
            order="id",
        )
        for order in self:
            if order.state not in ("draft", "sent"):
                order.winback_payment_grant_id = order.winback_payment_grant_id
                continue
            order.winback_payment_grant_id = grants.filtered(
                lambda grant, order=order: grant.company_id == order.company_id
                and grant.partner_id == order.partner_id.commercial_partner_id
                and not grant._get_refusal(order, today[order.company_id])
            )[:1]

    @api.depends("winback_payment_grant_id")
    def _compute_payment_term_id(self):
        """Override of `sale` to give the payment terms that the customer was offered."""
        result = super()._compute_payment_term_id()
        for order in self:
            # sudo: only read; see above
            if grant := order.sudo().winback_payment_grant_id:
                order.payment_term_id = grant.payment_term_id
        return result

    def _has_winback_usual_terms(self):
        """Tell whether the order has the payment terms that its customer always has."""
        partner = self.partner_id.with_company(self.company_id)
        return self.payment_term_id == partner.property_payment_term_id

    def _drop_winback_terms(self):
        """Take payment terms off quotations about to be confirmed, if the offer is over or
        another order has used it."""
        for order in self.sudo():  # sudo: grants are not for everybody to read
            grant = order.winback_payment_grant_id
            if grant and grant._get_refusal(order, order._get_confirmed_tx_create_date()):
                order._drop_winback_payment_grant()

    def _drop_winback_payment_grant(self):
        """Give the orders the usual terms of their customers again, and say so."""
        for order in self:
            grant = order.winback_payment_grant_id
            had_terms = order.payment_term_id == grant.payment_term_id
            terms = order.payment_term_id
            order.winback_payment_grant_id = False
            if not had_terms:  # chosen by hand
                order.payment_term_id = terms
                continue
            order.message_post(
                body=self.env._(
                    "“%s” is over or was used on another order: the payment terms are the "
                    "usual ones of the customer again.",
                    grant.offer_id.display_name,
                )
            )

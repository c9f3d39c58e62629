from odoo import api, fields, models
from odoo.fields import Domain


class WinbackGrant(models.Model):
    """When a grant is used, on which order, and what it cost.

    All of it is told by confirmed orders, so it is right again after each cancelling,
    confirming again, and change of a confirmed order.
    """

    _inherit = "winback.grant"

    @api.model
    def _get_of_cards(self, cards):
        """Return the grants that `cards` belong to."""
        if not cards:
            return self.browse()
        return self.search([("card_id", "in", cards.ids)])

    @api.model
    def _get_of_orders(self, orders):
        """Return the grants that these orders use or would use: by a code, as the
        quotation composed for the customer, by fixed prices, or by payment terms."""
        domain = Domain("quotation_id", "in", orders.ids)
        if orders.pricelist_id:
            domain |= Domain("pricelist_id", "in", orders.pricelist_id.ids)
        by_card = self._get_of_cards(orders.order_line.coupon_id)
        return by_card | self.search(domain) | orders.winback_payment_grant_id

    def _sync_use(self):
        """Bring the state, the order and the cost up to date with confirmed orders."""
        for grant in self:
            orders = grant._get_using_orders()
            if orders:
                grant._set_used(orders)
            elif grant.state == "used":
                grant._set_unused()

    def _get_using_orders(self):
        """Return the confirmed orders on which the grant was used, the first one first."""
        domain = Domain("state", "=", "sale") & Domain("company_id", "=", self.company_id.id)
        domain &= self._get_use_domain()
        return self.env["sale.order"].search(domain, order="date_order, id")

    def _get_use_domain(self):
        """Return which orders of the company use the grant, once confirmed."""
        if self.offer_id.is_claimed:
            return Domain("order_line", "any", [("coupon_id", "in", self.card_id.ids)])
        if self.kind == "price_lock":
            return Domain("pricelist_id", "=", self.pricelist_id.id or 0)
        if self.kind == "payment_term":
            return Domain("winback_payment_grant_id", "=", self.id) & Domain(
                "payment_term_id", "=", self.payment_term_id.id
            )
        return Domain("id", "=", self.quotation_id.id)

    def _set_used(self, orders):
        """Note on which order the offer was used, and what it cost on all of them."""
        self.write(
            {
                "state": "used",
                "order_id": orders[0].id,
                "date_used": orders[0]._get_winback_day(),
                "cost": self._get_real_cost(orders),
            }
        )
        if self.kind == "payment_term":
            self._release_quotations()

    def _set_unused(self):
        """Give the offer back to the customer, as long as it is still valid."""
        state = self._get_open_state(self.company_id._winback_today())
        if state == "granted" and self._has_successor():
            state = "expired"  # the same offer was made again in the meantime
        self.write({"state": state, "order_id": False, "date_used": False, "cost": 0})

    def _has_successor(self):
        """Tell whether the customer has another open grant of the same offer."""
        return bool(
            self.search_count(
                [
                    ("offer_id", "=", self.offer_id.id),
                    ("partner_id", "=", self.partner_id.id),
                    ("company_id", "=", self.company_id.id),
                    ("state", "=", "granted"),
                    ("id", "!=", self.id),
                ],
                limit=1,
            )
        )

    # ------------------------------------------------------------------
    # What it cost
    # ------------------------------------------------------------------

    def _get_real_cost(self, orders):
        """Return what the offer cost on confirmed `orders`, in the company's currency."""
        lines = orders.order_line.filtered(lambda line: line.coupon_id and line.coupon_id in self.card_id)
        cost = sum(line._get_winback_reward_cost() for line in lines)
        return cost + self.offer_id.other_cost


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    # who redeemed which card is asked at each confirmation
    _winback_coupon_idx = models.Index("(coupon_id) WHERE coupon_id IS NOT NULL")

    def _get_winback_reward_cost(self):
        """Return what this reward costs us: the discount, or the cost of what is given."""
        if not self.coupon_id:
            return 0
        given = self.reward_id.reward_type == "product"
        amount = self.purchase_price * self.product_uom_qty if given else -self.price_subtotal
        return self.order_id._get_winback_company_amount(amount)

    def unlink(self):
        """Override of `sale_loyalty`: a reward taken off a confirmed order was not used."""
        confirmed = self.filtered(lambda line: line.coupon_id and line.state == "sale")
        # sudo: nobody writes grants; they follow the orders
        grants = self.env["winback.grant"].sudo()._get_of_cards(confirmed.coupon_id)
        result = super().unlink()
        grants._sync_use()
        return result


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _get_winback_company_amount(self, amount):
        """Return an amount of the order in the currency of its company."""
        return amount / (self.currency_rate or 1)

    def _get_winback_day(self):
        """Return the company's date of the order."""
        company_zone = self.with_context(tz=self.company_id._winback_tz())
        return fields.Date.context_today(company_zone, self.date_order)

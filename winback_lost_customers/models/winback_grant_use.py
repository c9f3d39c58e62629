from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from .winback_offer import LOYALTY_KINDS


class WinbackGrant(models.Model):
    """When a grant is used, on which order, and what it cost.

    All of it is told by confirmed orders, so it is right again after each cancelling,
    confirming again, and change of a confirmed order.
    """

    _inherit = "winback.grant"

    @api.model
    def _get_of_cards(self, cards):
        """Return the grants that `cards` belong to, also compensations issued from them."""
        if not cards:
            return self.browse()
        return self.search(
            Domain("card_id", "in", cards.ids)
            | Domain("complaint_id.compensation_card_id", "in", cards.ids)
        )

    def _get_cards(self):
        """Return the cards by which the grant is used."""
        return self.card_id | self.complaint_id.compensation_card_id

    @api.model
    def _get_of_orders(self, orders):
        """Return the grants that these orders use or would use: by a code, a card, their
        price list, their payment terms, or as the quotation composed for the customer."""
        grants = self._get_of_cards(orders.order_line.coupon_id)
        partners = orders.partner_id.commercial_partner_id
        candidates = self.search(
            Domain("partner_id", "in", partners.ids)
            & Domain("company_id", "in", orders.company_id.ids)
            & (
                Domain("quotation_id", "in", orders.ids)
                | Domain("kind", "in", ("price_lock", "payment_term"))
                & (Domain("is_running", "=", True) | Domain("order_id", "in", orders.ids))
            )
        )
        return grants | candidates.filtered(lambda g: any(g._is_for(order) for order in orders))

    def _is_for(self, order):
        """Tell whether `order` uses this price list, these payment terms or quotation."""
        if order.company_id != self.company_id:
            return False
        if order.partner_id.commercial_partner_id != self.partner_id:
            return False
        if self.kind == "price_lock":
            return order.pricelist_id == self.pricelist_id
        if self.kind == "payment_term":
            return order.payment_term_id == self.payment_term_id
        return order == self.quotation_id

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
        cards = self._get_cards()
        domain = Domain("state", "=", "sale") & Domain("company_id", "=", self.company_id.id)
        if self.kind in (*LOYALTY_KINDS, "compensation"):
            domain &= Domain("order_line", "any", [("coupon_id", "in", cards.ids)])
        elif self.kind == "price_lock":
            domain &= Domain("pricelist_id", "=", self.pricelist_id.id)
        elif self.kind == "set":
            domain &= Domain("id", "=", self.quotation_id.id)
        else:
            domain &= Domain("id", "=", self.order_id.id)
        return self.env["sale.order"].search(domain, order="date_order, id")

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

    def _set_unused(self):
        """Give the offer back to the customer, as long as it is still valid."""
        state = self._get_open_state(self.company_id._winback_today())
        if state == "granted" and self._has_successor():
            state = "expired"  # the same offer was made again in the meantime
        self.write({"state": state, "order_id": False, "date_used": False, "cost": 0})
        if state == "granted" and self.payment_term_id and not self.is_running:
            self._set_payment_terms()

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

    def _use_payment_term(self, orders):
        """Use up payment terms that `orders` took: the customer's next order has its own."""
        for grant in self.filtered(lambda g: g.kind == "payment_term" and g.is_running):
            order = orders.filtered(grant._is_for)[:1]
            if order:
                grant._set_used(order)
                grant._put_back()

    def _check_minimum(self, order):
        """Refuse payment terms on an order that is smaller than agreed; codes are watched
        by `sale_loyalty`, fixed prices are counted over their term."""
        if self.kind != "payment_term":
            return
        amount = order._get_winback_company_amount(order.amount_untaxed)
        if self.currency_id.compare_amounts(amount, self.minimum_amount) < 0:
            raise UserError(
                self.env._(
                    "“%(offer)s” holds from %(minimum)s on; %(order)s is of %(amount)s.",
                    offer=self.offer_id.name,
                    minimum=self.currency_id.format(self.minimum_amount),
                    order=order.name,
                    amount=self.currency_id.format(amount),
                )
            )

    # ------------------------------------------------------------------
    # What it cost
    # ------------------------------------------------------------------

    def _get_real_cost(self, orders):
        """Return what the offer cost on confirmed `orders`, in the company's currency."""
        cards = self._get_cards()
        if self.kind == "price_lock":
            cost = sum(order._get_winback_price_gift(self) for order in orders)
        else:
            lines = orders.order_line.filtered(lambda line: line.coupon_id in cards)
            cost = sum(line._get_winback_reward_cost() for line in lines)
        return cost + self.offer_id.other_cost


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

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

    def _get_winback_price_gift(self, grant):
        """Return how much more the customer would have paid without the fixed prices."""
        fixed = grant.pricelist_id.item_ids.product_id
        before = grant.pricelist_before_id
        gift = 0
        for line in self.order_line.filtered(lambda line: line.product_id in fixed):
            usual = before._get_product_price(
                line.product_id,
                line.product_uom_qty,
                currency=self.currency_id,
                uom=line.product_uom_id,
                date=self.date_order,
            )
            paid = line.price_unit * (1 - line.discount / 100)
            gift += max(usual - paid, 0) * line.product_uom_qty
        return self._get_winback_company_amount(gift)

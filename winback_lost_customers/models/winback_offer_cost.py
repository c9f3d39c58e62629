from odoo import models
from odoo.exceptions import UserError


class WinbackFloorError(UserError):
    """An offer would press the margin of an order below its floor."""


class WinbackOffer(models.Model):
    """What an offer costs, and the margin that must remain."""

    _inherit = "winback.offer"

    # ------------------------------------------------------------------
    # Expected
    # ------------------------------------------------------------------

    def _get_cost(self, case):
        """Return what the offer is expected to cost if the customer of `case` uses it.

        The order with which a customer comes back is expected to be an average one.
        """
        amount = case._get_typical_order()[0]
        return self.with_company(case.company_id)._get_expected_cost(amount)

    def _get_expected_cost(self, amount):
        """Return the expected cost on an order of the untaxed `amount`, in the currency of
        the current company."""
        self.ensure_one()
        # sudo: what products cost, and the settings, are not for every salesperson to read
        offer = self.sudo()
        cost = offer.other_cost
        if offer.kind == "discount":
            cost += offer._limit(amount * offer.percent / 100)
        elif offer.kind == "credit":
            # money is spent to the last coin, if not on this order then on the next
            cost += offer.amount if offer._is_money() else min(offer.amount, amount)
        elif offer.kind == "compensation":
            # the order that went wrong is expected to have been an average one
            # sudo: the highest compensation is not for every salesperson to read
            cost += amount * min(offer.percent, self.env.company.sudo().winback_compensation_max_percent) / 100
        elif offer.kind in ("gift", "service", "thanks"):
            cost += offer.product_id.standard_price * offer.quantity
        return cost

    def _limit(self, discount):
        """Return the discount, at most as much as the offer gives."""
        return min(discount, self.max_amount) if self.max_amount else discount

    def _fits_margin(self, amount, margin):
        """Tell whether an order of `amount` with `margin` bears the offer.

        A customer of whom nothing is known bears it: each order is checked again.
        """
        self.ensure_one()
        if not amount or not self.is_claimed:
            return True
        cost = self._get_expected_cost(amount) - self.other_cost
        left = amount - cost if self.kind in self._get_reducing_kinds() else amount
        # sudo: the currency of the company, whoever asks
        return self.env.company.sudo().currency_id.compare_amounts(
            margin - cost, left * self.margin_floor_percent / 100
        ) >= 0

    # ------------------------------------------------------------------
    # The floor of a real order
    # ------------------------------------------------------------------

    def _check_floor(self, order):
        """Refuse an order that leaves less margin than each of these offers demands.

        All rewards are on the order already, as lines with a negative amount or of a
        product without a price.
        """
        # sudo: also a salesperson's order counts with costs; what is shown, see below
        order = order.sudo()
        for offer in self.sorted("margin_floor_percent", reverse=True)[:1]:
            needed = order.amount_untaxed * offer.margin_floor_percent / 100
            if order.currency_id.compare_amounts(order.margin, needed) < 0:
                raise WinbackFloorError(offer._get_floor_message(order))

    def _get_floor_message(self, order):
        """Return why the order is refused: figures are for employees only."""
        if not self.env.user._is_internal():
            return self.env._(
                "“%s” cannot be used on this order. Please ask your contact person.", self.name
            )
        percent = 100 * order.margin / order.amount_untaxed if order.amount_untaxed else 0
        return self.env._(
            "“%(offer)s” would leave a margin of %(margin)s (%(percent)s %%) on %(order)s of "
            "%(amount)s. At least %(floor)s %% must remain.",
            offer=self.name,
            margin=order.currency_id.format(order.margin),
            percent=f"{percent:.1f}",
            order=order.name,
            amount=order.currency_id.format(order.amount_untaxed),
            floor=f"{self.margin_floor_percent:g}",
        )

from datetime import date, datetime, time, timedelta

import pytz

from odoo import api, models
from odoo.fields import Domain

# what pays for an order is money of the customer, as a gift card or an eWallet is
PAYMENT_TYPES = ("ewallet", "gift_card")
FIRST_DAY = date(1970, 1, 1)


class WinbackBenefits(models.AbstractModel):
    """What a customer enjoyed in the last period, from its orders: for the letter that
    reminds of it."""

    _name = "winback.benefits"
    _description = "Benefits That a Customer Enjoyed"

    @api.model
    def _get_benefits(self, partner, company, today, days=365):
        """Return what `partner` enjoyed in the `days` until `today`.

        :return: dict of `date_from`, `date_to`, `orders` (number), `discounts` and `credit`
            (money, in the currency of the company, untaxed), `gifts` and `services`
            ({product: quantity}), `deliveries` (number of free ones)
        """
        first = today - timedelta(days=days - 1)
        # sudo: whoever writes the letter need not see the orders of other salespeople
        orders = self.env["sale.order"].sudo().search(
            self._get_orders_domain(partner.commercial_partner_id, company, first, today)
        )
        benefits = {
            "date_from": first, "date_to": today, "orders": len(orders),
            "discounts": 0, "credit": 0, "gifts": {}, "services": {}, "deliveries": 0,
        }  # fmt: skip
        for line in orders.order_line:
            self._add_line(benefits, line)
        return benefits

    @api.model
    def _get_last_day(self, partner, company, today):
        """Return the day of the last order of `partner` until `today`, else `today`: who is
        lost has enjoyed nothing lately."""
        # sudo: see `_get_benefits`
        order = self.env["sale.order"].sudo().search(
            self._get_orders_domain(partner.commercial_partner_id, company, FIRST_DAY, today),
            order="date_order desc, id desc",
            limit=1,
        )
        return order._get_winback_day() if order else today

    @api.model
    def _get_orders_domain(self, partner, company, first, last):
        """Return the confirmed orders of days of the company's calendar."""
        zone = pytz.timezone(company._winback_tz())
        start, end = (
            zone.localize(datetime.combine(day, time.min)).astimezone(pytz.utc).replace(tzinfo=None)
            for day in (first, last + timedelta(days=1))
        )
        return (
            Domain("state", "=", "sale")
            & Domain("company_id", "=", company.id)
            & Domain("partner_id", "child_of", partner.id)
            & Domain("date_order", ">=", start)
            & Domain("date_order", "<", end)
        )

    @api.model
    def _add_line(self, benefits, line):
        """Add what one order line gave. Extend this for benefits that another app gives."""
        order, kind = line.order_id, line.reward_id.reward_type
        if kind == "product":
            name = "services" if line.product_id.type == "service" else "gifts"
            given = benefits[name]
            given[line.product_id] = given.get(line.product_id, 0) + line.product_uom_qty
        elif kind == "shipping":  # of `sale_loyalty_delivery`
            benefits["deliveries"] += 1
        elif line.reward_id.program_id.program_type in PAYMENT_TYPES:
            benefits["credit"] -= order._get_winback_company_amount(line.price_subtotal)
        elif kind:
            benefits["discounts"] -= order._get_winback_company_amount(line.price_subtotal)
        elif line.discount > 0 and line.product_uom_qty > 0:
            paid = 1 - line.discount / 100
            gross = line.price_subtotal / paid if paid > 0 else (
                line.price_unit * line.product_uom_qty
            )
            benefits["discounts"] += order._get_winback_company_amount(gross - line.price_subtotal)

    @api.model
    def _has_benefits(self, benefits):
        """Tell whether there is anything to remind of."""
        names = ("discounts", "credit", "gifts", "services", "deliveries")
        return any(benefits[name] for name in names)

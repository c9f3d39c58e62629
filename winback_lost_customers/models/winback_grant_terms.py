from collections import defaultdict
from datetime import datetime, time, timedelta

import pytz

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain

PRICELIST_SEQUENCE = 10_000  # never the first one, which would be everybody's
PRICE_DAYS = 730  # prices of products bought since


class ProductPricelist(models.Model):
    _inherit = "product.pricelist"

    winback_partner_id = fields.Many2one(
        "res.partner",
        string="Win-Back Prices Of",
        readonly=True,
        ondelete="set null",
        index="btree_not_null",
        help="Prices fixed for this customer; nobody else gets them.",
    )

    def _get_partner_pricelist_multi_search_domain_hook(self, company_id):
        """Override of `product`: fixed prices of one customer are nobody's default."""
        domain = super()._get_partner_pricelist_multi_search_domain_hook(company_id)
        return [*domain, ("winback_partner_id", "=", False)]


class WinbackGrant(models.Model):
    """Fixed prices and payment terms: set on the customer, and put back when over."""

    _inherit = "winback.grant"

    # ------------------------------------------------------------------
    # Price lists
    # ------------------------------------------------------------------

    def _issue_pricelists(self):
        """Fix the last prices of what each customer buys, in a price list of its own."""
        lines = self._get_last_lines()
        for grant in self:
            if not lines[grant.partner_id]:
                raise UserError(
                    self.env._(
                        "%s has bought nothing in two years whose price could be fixed.",
                        grant.partner_id.display_name,
                    )
                )
            partner = grant.partner_id.with_company(grant.company_id)
            grant.pricelist_before_id = partner.specific_property_product_pricelist
            grant.pricelist_id = self.env["product.pricelist"].create(
                grant._prepare_pricelist_values(lines[grant.partner_id])
            )
            partner.specific_property_product_pricelist = grant.pricelist_id
            grant.is_running = True

    def _get_last_lines(self):
        """Return the last order line of each product, by customer and product."""
        company = self.company_id
        since = min(self.mapped("date")) - timedelta(days=PRICE_DAYS)
        lines = self.env["sale.order.line"].search(
            Domain("order_id.state", "=", "sale")
            & Domain("company_id", "=", company.id)
            & Domain("order_partner_id.commercial_partner_id", "in", self.partner_id.ids)
            & Domain("order_id.date_order", ">=", fields.Datetime.to_datetime(since))
            & Domain("display_type", "=", False)
            & Domain("reward_id", "=", False)
            & Domain("product_id.sale_ok", "=", True)
            & Domain("product_uom_qty", ">", 0)
            & Domain("price_unit", ">", 0),
        )
        last = defaultdict(dict)
        for line in lines.sorted(lambda line: (line.order_id.date_order, line.id)):
            partner = line.order_id.partner_id.commercial_partner_id
            last[partner][line.product_id] = line
        return last

    def _prepare_pricelist_values(self, lines):
        """Return the values of a price list with the prices of `lines` for the term; for
        all else the customer's prices stay as they are."""
        before = self.pricelist_before_id or self.partner_id.with_company(
            self.company_id
        ).property_product_pricelist
        currency = (before or self.company_id).currency_id
        items = [
            Command.create(
                {
                    "applied_on": "0_product_variant",
                    "product_id": product.id,
                    "product_tmpl_id": product.product_tmpl_id.id,
                    "compute_price": "fixed",
                    "fixed_price": line._get_winback_unit_price(currency),
                    "date_start": self._get_moment(self.date, time.min),
                    "date_end": self._get_moment(self.date_expire, time.max),
                }
            )
            for product, line in lines.items()
        ]
        if before:
            items.append(Command.create(self._prepare_other_prices(before)))
        return {
            "name": self.env._(
                "Fixed prices of %(customer)s until %(date)s",
                customer=self.partner_id.display_name,
                date=self.date_expire,
            ),
            "company_id": self.company_id.id,
            "currency_id": currency.id,
            "sequence": PRICELIST_SEQUENCE,
            "winback_partner_id": self.partner_id.id,
            "item_ids": items,
        }

    @api.model
    def _prepare_other_prices(self, before):
        """Return the values of the rule for everything that is not fixed."""
        return {
            "applied_on": "3_global",
            "compute_price": "percentage",
            "base": "pricelist",
            "base_pricelist_id": before.id,
            "percent_price": 0,
        }

    def _get_moment(self, date, hour):
        """Return the moment in UTC of a day of the company."""
        zone = pytz.timezone(self.company_id._winback_tz())
        moment = zone.localize(datetime.combine(date, hour).replace(microsecond=0))
        return moment.astimezone(pytz.utc).replace(tzinfo=None)

    def _put_back_pricelist(self):
        """Give the customer the price list of before, unless somebody chose another."""
        if not self.pricelist_id:
            return
        partner = self.partner_id.with_company(self.company_id)
        if partner.specific_property_product_pricelist == self.pricelist_id:
            partner.specific_property_product_pricelist = self.pricelist_before_id
        self._note_minimum()
        self.pricelist_id.active = False

    def _note_minimum(self):
        """Note on the case that the agreed amount was not bought, by how much."""
        bought = self._get_amount_bought(self.date, self.date_expire)
        short = self.minimum_amount - bought
        if self.case_id and self.currency_id.compare_amounts(short, 0) > 0:
            self.case_id.message_post(
                body=self.env._(
                    "Prices were fixed for a purchase of %(minimum)s; %(bought)s were bought, "
                    "%(short)s less.",
                    minimum=self.currency_id.format(self.minimum_amount),
                    bought=self.currency_id.format(bought),
                    short=self.currency_id.format(short),
                )
            )

    def _get_amount_bought(self, first, last):
        """Return the untaxed amount confirmed between two days, in the company's currency."""
        orders = self.env["sale.order"].search(
            [
                ("partner_id.commercial_partner_id", "=", self.partner_id.id),
                ("company_id", "=", self.company_id.id),
                ("state", "=", "sale"),
                ("date_order", ">=", self._get_moment(first, time.min)),
                ("date_order", "<=", self._get_moment(last, time.max)),
            ]
        )
        return sum(order._get_winback_company_amount(order.amount_untaxed) for order in orders)

    # ------------------------------------------------------------------
    # Payment terms
    # ------------------------------------------------------------------

    def _issue_payment_terms(self):
        """Give each customer the payment terms, for its next order."""
        for grant in self:
            partner = grant.partner_id.with_company(grant.company_id)
            grant.payment_term_id = grant.offer_id.payment_term_id
            grant.payment_term_before_id = partner.property_payment_term_id
        self._set_payment_terms()

    def _set_payment_terms(self):
        """Set the payment terms on the customer."""
        for grant in self:
            partner = grant.partner_id.with_company(grant.company_id)
            partner.property_payment_term_id = grant.payment_term_id
            grant.is_running = True

    def _put_back_payment_term(self):
        """Give the customer, and its quotations, the payment terms of before."""
        if not self.payment_term_id:
            return
        partner = self.partner_id.with_company(self.company_id)
        if partner.property_payment_term_id == self.payment_term_id:
            partner.property_payment_term_id = self.payment_term_before_id
        self._put_back_quotations()

    def _put_back_quotations(self):
        """Take the terms off other quotations that got them from the customer since: they
        were promised for one order."""
        quotations = self.env["sale.order"].search(
            [
                ("partner_id.commercial_partner_id", "=", self.partner_id.id),
                ("company_id", "=", self.company_id.id),
                ("state", "in", ("draft", "sent")),
                ("payment_term_id", "=", self.payment_term_id.id),
                ("create_date", ">=", self.create_date),
            ]
        )
        if self.payment_term_before_id == self.payment_term_id:
            return
        for quotation in quotations:
            quotation.payment_term_id = self.payment_term_before_id
            quotation.message_post(
                body=self.env._(
                    "“%s” was for one order only and is over: the payment terms are the "
                    "customer's own again.",
                    self.offer_id.name,
                )
            )


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    # who redeemed which card is asked at each confirmation
    coupon_id = fields.Many2one(index="btree_not_null")

    def _get_winback_unit_price(self, currency):
        """Return the price paid for one unit of the product's own unit of measure, as price
        lists count it."""
        price = self.price_unit * (1 - self.discount / 100)
        price = self.product_uom_id._compute_price(price, self.product_id.uom_id)
        return self.currency_id._convert(
            price, currency, self.company_id, self.order_id.date_order.date(), round=False
        )

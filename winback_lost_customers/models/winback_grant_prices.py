from datetime import datetime, time

import pytz

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command, Domain
from odoo.tools.misc import format_date

PRICELIST_SEQUENCE = 10_000  # behind everybody's own ones


class ProductPricelist(models.Model):
    _inherit = "product.pricelist"

    winback_partner_id = fields.Many2one(
        "res.partner",
        string="Fixed For",
        readonly=True,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
        help="Prices fixed for this customer for a term; nobody else gets them.",
    )

    @api.model
    def _get_partner_pricelist_multi_search_domain_hook(self, company_id):
        """Override of `product`: fixed prices of one customer are nobody's default."""
        domain = super()._get_partner_pricelist_multi_search_domain_hook(company_id)
        return [*domain, ("winback_partner_id", "=", False)]


class WinbackOffer(models.Model):
    _inherit = "winback.offer"

    def _check_not_running(self, partners, company):
        """Refuse to fix prices that are fixed already: what was before could not be put
        back in the right order."""
        if self.kind != "price_lock":
            return
        running = self.env["winback.grant"].search(
            Domain("partner_id", "in", partners.ids)
            & Domain("company_id", "=", company.id)
            & Domain("is_running", "=", True),
            limit=1,
        )
        if running:
            raise UserError(
                self.env._(
                    "The prices of %(customer)s are fixed already, until %(date)s.",
                    customer=running.partner_id.display_name,
                    date=format_date(self.env, running.date_expire),
                )
            )

    def _keeps_floor(self, price, cost):
        """Tell whether a unit sold at `price` leaves the margin that must remain."""
        return price > 0 and price - cost >= price * self.margin_floor_percent / 100


class WinbackGrant(models.Model):
    """Prices fixed for a term, in a price list of the customer's own, against a minimum
    purchase. When the term is over the list of before is put back."""

    _inherit = "winback.grant"

    pricelist_id = fields.Many2one(
        "product.pricelist", string="Fixed Prices", readonly=True, ondelete="restrict",
        index="btree_not_null",
    )  # fmt: skip
    pricelist_before_id = fields.Many2one(
        "product.pricelist", readonly=True, ondelete="set null",
        help="The customer's own price list before. Empty: it had none of its own.",
    )  # fmt: skip
    minimum_amount = fields.Monetary(
        string="To Be Bought",
        readonly=True,
        help="Untaxed, agreed for the whole term, or asked for in the period.",
    )
    bought_amount = fields.Monetary(
        string="Bought So Far",
        compute="_compute_bought_amount",
        compute_sudo=True,
        help="Untaxed, confirmed in the term of fixed prices, or in the period of the thanks.",
    )

    @api.depends("kind", "date", "date_expire", "period_end", "partner_id")
    def _compute_bought_amount(self):
        """Sum up what was ordered in each term, of all customers at once."""
        self.bought_amount = 0
        locks = self.filtered(lambda grant: grant._get_days())
        if not locks:
            return
        orders = self.env["sale.order"].search_fetch(
            Domain("state", "=", "sale")
            & Domain("company_id", "in", locks.company_id.ids)
            & Domain("partner_id", "child_of", locks.partner_id.ids)
            & Domain("date_order", ">=", min(grant._get_term()[0] for grant in locks)),
            ["partner_id", "company_id", "date_order", "amount_untaxed", "currency_rate"],
        )
        by_customer = orders.grouped(lambda o: (o.partner_id.commercial_partner_id, o.company_id))
        for grant in locks:
            first, last = grant._get_term()
            theirs = by_customer.get((grant.partner_id, grant.company_id), orders.browse())
            grant.bought_amount = sum(
                order._get_winback_company_amount(order.amount_untaxed)
                for order in theirs
                if first <= order.date_order <= last
            )

    def _get_days(self):
        """Return first and last day in which purchases count for the grant, or None."""
        self.ensure_one()
        if self.kind == "price_lock" and self.date and self.date_expire:
            return self.date, self.date_expire
        return None

    def _get_term(self):
        """Return first and last moment of the term, in UTC, by the company's days."""
        self.ensure_one()
        zone = pytz.timezone(self.company_id._winback_tz())
        return tuple(
            zone.localize(datetime.combine(day, hour)).astimezone(pytz.utc).replace(
                tzinfo=None, microsecond=0
            )
            for day, hour in zip(self._get_days(), (time.min, time.max), strict=True)
        )

    # ------------------------------------------------------------------
    # Its life
    # ------------------------------------------------------------------

    def _issue_pricelists(self):
        """Fix today's prices of what each customer buys."""
        for grant in self:
            partner = grant.partner_id.with_company(grant.company_id)
            grant.pricelist_before_id = partner.specific_property_product_pricelist
            grant.minimum_amount = grant.offer_id.minimum_amount
            grant.pricelist_id = self.env["product.pricelist"].create(
                grant._prepare_pricelist_values(partner.property_product_pricelist)
            )
            partner.specific_property_product_pricelist = grant.pricelist_id
            grant.is_running = True

    def _prepare_pricelist_values(self, before):
        """Return the values of a list with the customer's prices of today, for the term;
        what is not fixed follows the list of `before`, which may be empty."""
        prices = self._get_fixed_prices(before)
        first, last = self._get_term()
        items = [
            Command.create(
                {
                    "applied_on": "0_product_variant",
                    "product_id": product.id,
                    "product_tmpl_id": product.product_tmpl_id.id,
                    "compute_price": "fixed",
                    "fixed_price": price,
                    "date_start": first,
                    "date_end": last,
                }
            )
            for product, price in prices.items()
        ]
        if before:
            items.append(
                Command.create(
                    {
                        "applied_on": "3_global",
                        "compute_price": "percentage",
                        "base": "pricelist",
                        "base_pricelist_id": before.id,
                        "percent_price": 0,
                    }
                )
            )
        return {
            "name": self.env._(
                "Fixed prices of %(customer)s until %(date)s",
                customer=self.partner_id.display_name,
                date=format_date(self.env, self.date_expire),
            ),
            "company_id": self.company_id.id,
            "currency_id": (before or self.company_id).currency_id.id,
            "sequence": PRICELIST_SEQUENCE,
            "winback_partner_id": self.partner_id.id,
            "item_ids": items,
        }

    def _get_fixed_prices(self, before):
        """Return {product: today's price of the customer} of what it has bought, without
        what would be sold below the margin floor."""
        company, currency = self.company_id, (before or self.company_id).currency_id
        bought = self.env["sale.order"]._get_winback_bought(
            self.partner_id, company, self.date, limit=None
        )
        products = self.env["product.product"].with_company(company).browse(
            [product.id for product, _quantity in bought]
        )
        prices = before._get_products_price(products, quantity=1, currency=currency, date=self.date)
        fixed = {}
        for product in products:
            cost = product.currency_id._convert(
                product.standard_price, currency, company, self.date, round=False
            )
            if self.offer_id._keeps_floor(prices[product.id], cost):
                fixed[product] = prices[product.id]
        if not fixed:
            raise UserError(
                self.env._(
                    "%s has bought nothing in two years whose price could be fixed above the "
                    "margin floor.",
                    self.partner_id.display_name,
                )
            )
        return fixed

    def _end(self):
        """Override of `winback_lost_customers` to give the customer the price list of
        before, unless somebody has chosen another one meanwhile."""
        for grant in self.filtered("pricelist_id"):
            partner = grant.partner_id.with_company(grant.company_id)
            if partner.specific_property_product_pricelist == grant.pricelist_id:
                partner.specific_property_product_pricelist = grant.pricelist_before_id
            if grant.is_running:
                grant._report_minimum()
            grant.pricelist_id.active = False
            grant.is_running = False
        return super()._end()

    def _report_minimum(self):
        """Note on the customer, and on the case, how much of the agreed amount was bought."""
        bought, agreed = self.bought_amount, self.minimum_amount
        if not agreed:
            return
        missing = max(agreed - bought, 0)
        body = self.env._(
            "Fixed prices have ended. Agreed were purchases of %(agreed)s, %(bought)s were "
            "bought; %(missing)s are missing.",
            agreed=self.currency_id.format(agreed),
            bought=self.currency_id.format(bought),
            missing=self.currency_id.format(missing),
        )
        for document in (self.partner_id, self.case_id):
            if document:
                document.message_post(body=body)


class SaleOrder(models.Model):
    _inherit = "sale.order"

    @api.constrains("pricelist_id", "partner_id")
    def _check_winback_pricelist(self):
        """Keep fixed prices for the customer to whom they were promised."""
        for order in self:
            # sudo: compared only
            owner = order.sudo().pricelist_id.winback_partner_id
            if owner and owner != order.sudo().partner_id.commercial_partner_id:
                raise ValidationError(
                    self.env._(
                        "The prices of “%s” are fixed for another customer.",
                        order.pricelist_id.display_name,
                    )
                )

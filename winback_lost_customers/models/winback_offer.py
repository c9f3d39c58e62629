from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

# what is sent or promised, and never claimed on an order
PROMISE_KINDS = ("letter", "news", "invitation", "thanks", "plan")


class WinbackOffer(models.Model):
    """Something that may bring a customer back, made of Odoo's own parts.

    A template: what one customer gets is a `winback.grant`. Codes and eWallets come
    from `loyalty`, fixed prices from price lists, payment after receipt from payment
    terms; a set composed for the customer is a quotation.
    """

    _name = "winback.offer"
    _description = "Win-Back Offer"
    _inherit = ["winback.kept.mixin"]
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    code = fields.Char(copy=False)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", help="Empty: for every company.")
    currency_id = fields.Many2one("res.currency", compute="_compute_currency_id")
    kind = fields.Selection(
        [
            ("discount", "Discount"),
            ("gift", "Gift With the Next Order"),
            ("credit", "Credit"),
            ("service", "Extra Service"),
            ("price_lock", "Prices Fixed for a Term"),
            ("payment_term", "Payment After Receipt"),
            ("compensation", "Compensation of the Problem Order"),
            ("set", "Set Composed for the Customer"),
            ("letter", "Reminder of Benefits"),
            ("news", "News"),
            ("invitation", "Invitation to an Event"),
            ("thanks", "Thank-You Gift"),
            ("plan", "Remedy Plan"),
        ],
        required=True,
        default="discount",
    )
    description = fields.Html(translate=True, help="How the offer is put to the customer.")

    # what the customer gets
    percent = fields.Float(
        string="Percentage",
        default=10,
        help="Of the order on which the offer is used; a compensation: of the order that "
        "went wrong, up to the maximum in the settings.",
    )
    max_amount = fields.Monetary(
        string="At Most", help="The discount goes no further. Zero: no limit."
    )
    amount = fields.Monetary(string="Credit Amount")
    credit_kind = fields.Selection(
        [("code", "Personal Code"), ("ewallet", "eWallet"), ("gift_card", "Gift Card")],
        string="Credited As",
        required=True,
        default="code",
        help="A code is used up by one order; an eWallet and a gift card pay for orders until "
        "they are empty. A gift card has a code, an eWallet is offered by itself.",
    )
    product_id = fields.Many2one(
        "product.product", check_company=True, ondelete="restrict"
    )
    quantity = fields.Integer(default=1)
    payment_term_id = fields.Many2one(
        "account.payment.term", string="Payment Terms", check_company=True, ondelete="restrict"
    )
    benefit_days = fields.Integer(
        string="Looks Back (days)",
        default=365,
        help="The letter reminds of what the customer enjoyed in so many days.",
    )
    period = fields.Selection(
        [("month", "Month"), ("quarter", "Quarter"), ("half", "Half-Year")],
        string="At the End of Each",
        help="The gift is proposed by itself for who has bought the minimum in the period. "
        "Empty: it is given by hand only.",
    )
    other_cost = fields.Monetary(
        help="What one such offer costs beyond what stands on the order: freight, work, paper.",
    )

    # in which situation it is valid
    valid_days = fields.Integer(string="Valid For (days)", default=30)
    date_from = fields.Date(string="Not Before")
    date_to = fields.Date(string="Not After")
    minimum_amount = fields.Monetary(
        string="Minimum Purchase",
        help="Untaxed. Of the order on which the offer is used; with fixed prices, of the "
        "whole term; with a thank-you gift, of the period that it is for.",
    )
    condition_product_ids = fields.Many2many(
        "product.product", string="Only With Products", check_company=True
    )
    condition_category_id = fields.Many2one(
        "product.category", string="Only With Category", ondelete="restrict"
    )
    margin_floor_percent = fields.Float(
        string="Margin Floor (%)",
        default=0,
        help="An order whose margin would be lower with this offer is refused. The margin "
        "counts after all rewards. Zero: never at a loss.",
    )

    is_claimed = fields.Boolean(
        compute="_compute_is_claimed",
        help="Claimed on an order, by a personal code or card.",
    )
    is_complete = fields.Boolean(
        compute="_compute_missing", help="Nothing that this kind of offer needs is missing."
    )
    missing = fields.Char(compute="_compute_missing", string="Still Missing")
    grant_ids = fields.One2many("winback.grant", "offer_id")
    grant_count = fields.Integer(compute="_compute_grant_count", string="Granted")
    used_count = fields.Integer(compute="_compute_grant_count", string="Used")

    _code_uniq = models.Constraint("UNIQUE(code)", "Two offers cannot have the same code.")

    @api.depends("company_id")
    @api.depends_context("company")
    def _compute_currency_id(self):
        for offer in self:
            # sudo: the currency of a company is no secret
            offer.currency_id = (offer.company_id or self.env.company).sudo().currency_id

    @api.depends("kind")
    def _compute_is_claimed(self):
        kinds = self._get_claimed_kinds()
        for offer in self:
            offer.is_claimed = offer.kind in kinds

    @api.depends(
        "kind", "percent", "amount", "product_id", "payment_term_id", "period", "minimum_amount"
    )
    @api.depends_context("lang")
    def _compute_missing(self):
        for offer in self:
            offer.missing = offer._get_missing()
            offer.is_complete = not offer.missing

    def _compute_grant_count(self):
        groups = self.env["winback.grant"]._read_group(
            [("offer_id", "in", self.ids)], ["offer_id", "state"], ["__count"]
        )
        counts = {(offer, state): count for offer, state, count in groups}
        states = [state for state, _label in self.env["winback.grant"]._fields["state"].selection]
        for offer in self:
            offer.grant_count = sum(
                counts.get((offer, state), 0) for state in states if state != "proposed"
            )
            offer.used_count = counts.get((offer, "used"), 0)

    @api.constrains(
        "percent", "max_amount", "amount", "quantity", "valid_days",
        "other_cost", "minimum_amount", "margin_floor_percent", "benefit_days",
    )  # fmt: skip
    def _check_numbers(self):
        for offer in self:
            for name, low, high in offer._get_limits():
                if not low <= offer[name] <= high:
                    raise ValidationError(
                        self.env._(
                            "“%(field)s” must lie between %(low)s and %(high)s, not %(value)s.",
                            field=offer._fields[name]._description_string(self.env),
                            low=low,
                            high=high,
                            value=offer[name],
                        )
                    )

    @api.constrains("date_from", "date_to")
    def _check_dates(self):
        for offer in self:
            if offer.date_from and offer.date_to and offer.date_from > offer.date_to:
                raise ValidationError(
                    self.env._("“%s” would end before it begins.", offer.display_name)
                )

    @api.constrains("kind", "credit_kind", "minimum_amount", "condition_product_ids", "condition_category_id")
    def _check_condition(self):
        for offer in self:
            if offer._is_money() and offer._has_condition():
                raise ValidationError(
                    self.env._(
                        "What is on an eWallet or gift card is money and carries no condition: "
                        "credit “%s” as a personal code.",
                        offer.display_name,
                    )
                )
            if offer.kind == "compensation" and offer.credit_kind == "gift_card":
                raise ValidationError(
                    self.env._("A compensation is credited to an eWallet or by a personal code.")
                )

    @api.model
    def _get_claimed_kinds(self):
        """Return the kinds that are claimed on an order, by a personal code or card of
        `loyalty`. Extend this for a kind of reward that another app brings."""
        return {"discount", "gift", "credit", "service"}

    @api.model
    def _get_reducing_kinds(self):
        """Return those kinds that take something off the amount of an order, instead of
        adding a thing to it."""
        return {"discount", "credit"}

    @api.model
    def _get_references(self):
        """Override of `winback.kept.mixin`."""
        return [
            ("winback.grant", "offer_id"),
            ("winback.case", "offer_id"),
            ("winback.method", "offer_id"),
            ("winback.campaign", "offer_id"),
        ]

    def _get_limits(self):
        """Return (field, lowest, highest value that makes sense)."""
        return [
            ("percent", 0, 100),
            ("max_amount", 0, 10**12),
            ("amount", 0, 10**12),
            ("quantity", 1, 10**6),
            ("valid_days", 1, 3650),
            ("benefit_days", 1, 3650),
            ("other_cost", 0, 10**12),
            ("minimum_amount", 0, 10**12),
            ("margin_floor_percent", -100, 100),
        ]

    def _get_missing(self):
        """Return what must be filled in before this offer can be granted, or False."""
        if self.kind in ("discount", "compensation") and not self.percent:
            return self.env._("the percentage")
        if self.kind == "credit" and not self.amount:
            return self.env._("the amount of the credit")
        if self.kind in ("gift", "service") and not self.product_id:
            return self.env._("the product")
        if self.kind == "payment_term" and not self.payment_term_id:
            return self.env._("the payment terms")
        if self.kind == "thanks" and self.period and not self.minimum_amount:
            return self.env._("the minimum purchase of the period")
        if self.kind == "price_lock" and not self._has_pricelists():
            return self.env._("price lists, which are switched off in the settings of Sales")
        return False

    @api.model
    def _has_pricelists(self):
        """Tell whether Odoo looks at the price list of a customer at all."""
        return self.env["res.groups"]._is_feature_enabled("product.group_product_pricelist")

    def _is_ewallet(self):
        """Tell whether the offer is money on an eWallet, good for any orders."""
        return self.kind == "credit" and self.credit_kind == "ewallet"

    def _is_gift_card(self):
        """Tell whether the offer is money on a gift card, good for any orders."""
        return self.kind == "credit" and self.credit_kind == "gift_card"

    def _is_money(self):
        """Tell whether the offer pays for orders until it is empty."""
        return self._is_ewallet() or self._is_gift_card()

    def _has_condition(self):
        """Tell whether the order must fulfil something."""
        return bool(
            self.minimum_amount or self.condition_product_ids or self.condition_category_id
        )

    def action_open_grants(self):
        """List to whom the offer was made."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "winback_lost_customers.winback_grant_action"
        )
        return {**action, "domain": list(Domain("offer_id", "=", self.id)), "context": {}}

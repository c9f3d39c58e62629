from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain

from .winback_offer_cost import WinbackFloorError

SET_DAYS = 730  # a set is composed of what was bought since
SET_LINES = 20


class SaleOrder(models.Model):
    """Offers on an order: for their customer only, in their situation only, used once, and
    never below their margin."""

    _inherit = "sale.order"

    winback_grant_count = fields.Integer(
        compute="_compute_winback_grant_count",
        string="Offers",
        groups="sales_team.group_sale_salesman",
    )

    @api.depends("partner_id", "company_id")
    def _compute_winback_grant_count(self):
        """Count what the customer may still use."""
        # sudo: whoever sells to the customer must know what it was offered
        groups = self.env["winback.grant"].sudo()._read_group(
            [
                ("partner_id", "in", self.partner_id.commercial_partner_id.ids),
                ("company_id", "in", self.company_id.ids),
                ("state", "=", "granted"),
            ],
            ["partner_id", "company_id"],
            ["__count"],
        )
        counts = {(partner.id, company.id): count for partner, company, count in groups}
        for order in self:
            key = (order.partner_id.commercial_partner_id.id, order.company_id.id)
            order.winback_grant_count = counts.get(key, 0)

    def action_open_winback_grants(self):
        """List the offers made to the customer."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "winback_lost_customers.winback_grant_action"
        )
        domain = Domain("partner_id", "=", self.partner_id.commercial_partner_id.id)
        domain &= Domain("company_id", "=", self.company_id.id)
        return {**action, "domain": list(domain)}

    # ------------------------------------------------------------------
    # Entering a code
    # ------------------------------------------------------------------

    def _try_apply_code(self, code):
        """Override of `sale_loyalty` to say why an offer does not work on this order."""
        self.ensure_one()
        # sudo: the code may come from a visitor of the web shop; only compared
        cards = self.env["loyalty.card"].sudo().with_context(active_test=False)
        refusal = self._get_winback_refusal(cards.search([("code", "=", code)], limit=1))
        return {"error": refusal} if refusal else super()._try_apply_code(code)

    def _apply_program_reward(self, reward, coupon, **kwargs):
        """Override of `sale_loyalty` to keep personal rewards personal, and above the
        margin floor of their offer."""
        card = coupon.sudo()  # sudo: as above
        if refusal := self._get_winback_refusal(card):
            return {"error": refusal}
        grants = self.env["winback.grant"].sudo()._get_of_cards(card)  # sudo: only read
        if not grants:
            return super()._apply_program_reward(reward, coupon, **kwargs)
        try:
            with self.env.cr.savepoint():
                result = super()._apply_program_reward(reward, coupon, **kwargs)
                if "error" not in result:
                    grants.offer_id._check_floor(self)
        except WinbackFloorError as error:
            return {"error": str(error)}
        if self.state == "sale":
            grants._sync_use()
        return result

    def _update_programs_and_rewards(self):
        """Override of `sale_loyalty`: while a customer changes its own basket, a reward that
        would press the margin below the floor is lost; employees are told when they confirm."""
        self._load_winback_ewallets()
        result = super()._update_programs_and_rewards()
        if not self.env.user._is_internal():
            self._drop_winback_rewards()
        return result

    def _load_winback_ewallets(self):
        """Let each contact of an organisation pay with the eWallet that we filled for it:
        `sale_loyalty` offers it to the very partner of the card only."""
        customer = self.partner_id.commercial_partner_id
        if customer == self.partner_id or not self._allow_nominative_programs():
            return
        self.applied_coupon_ids += self.env["loyalty.card"].search(
            [
                ("id", "not in", self.applied_coupon_ids.ids),
                ("partner_id", "=", customer.id),
                ("points", ">", 0),
                ("program_id.program_type", "=", "ewallet"),
                ("program_id.winback_is_personal", "=", True),
                ("program_id.company_id", "=", self.company_id.id),
            ]
        )

    def _drop_winback_rewards(self):
        """Take off the rewards of offers whose margin floor the order does not hold."""
        # sudo: only read
        grants = self.env["winback.grant"].sudo()._get_of_cards(self.order_line.coupon_id.sudo())
        for grant in grants:
            try:
                grant.offer_id._check_floor(self)
            except WinbackFloorError:
                cards = grant.card_id
                # sudo: cards are not for every salesperson to read
                self.order_line.filtered(lambda line, c=cards: line.coupon_id and line.coupon_id.sudo() in c).unlink()

    def _get_winback_refusal(self, card):
        """Return why `card` does not work on this order, or False."""
        self.ensure_one()
        if not card:
            return False
        # sudo: whose code it is decides, seen or not
        if card._winback_is_foreign(self.partner_id.sudo()):
            return self.env._("This code was issued to another customer.")
        today = self._get_confirmed_tx_create_date()
        grants = self.env["winback.grant"].sudo().search([("card_id", "=", card.id)])
        return next(filter(None, (grant._get_refusal(self, today) for grant in grants)), False)

    # ------------------------------------------------------------------
    # Confirming and cancelling
    # ------------------------------------------------------------------

    def action_confirm(self):
        """Override of `sale` to use each offer once, and to refuse an order on which an
        offer does not work (any more)."""
        for order in self:
            order._check_winback_cards()
        # sudo: nobody writes grants; they follow the orders
        grants = self.env["winback.grant"].sudo()._get_of_orders(self.sudo())
        grants.filtered(lambda grant: grant.kind != "price_lock")._lock()
        self._drop_winback_terms()
        result = super().action_confirm()
        grants = grants.exists() & grants._get_of_orders(self.sudo())
        for order in self:
            order._check_winback_offers(grants)
        grants._sync_use()
        return result

    def _action_cancel(self):
        """Override of `sale` to give the offers back that were used on the orders."""
        # sudo: nobody writes grants; they follow the orders
        grants = self.env["winback.grant"].sudo().search([("order_id", "in", self.ids)])
        grants |= grants._get_of_cards(self.sudo().order_line.coupon_id)
        result = super()._action_cancel()
        grants._sync_use()
        return result

    def _check_winback_cards(self):
        """Refuse to confirm with an offer that does not work, or of which another order was
        quicker. The cards are locked: of two who confirm at once, one gets them. Rewards
        of compensations that do not work are simply lost with the confirmation."""
        # sudo: cards of all companies and customers are compared
        cards = self.sudo().order_line.coupon_id.filtered("program_id.winback_is_personal")
        if not cards:
            return
        if len(cards.try_lock_for_update(allow_referencing=True)) != len(cards):
            raise UserError(
                self.env._(
                    "Another order is using the same code at this moment. Please try again."
                )
            )
        cards.invalidate_recordset(["points"])
        # sudo: grants of colleagues hold too
        for card in self.env["winback.grant"].sudo()._get_of_cards(cards).card_id:
            if refusal := self._get_winback_refusal(card):
                raise UserError(refusal)

    def _check_winback_offers(self, grants):
        """Refuse an order below the margin floor of an offer that it uses.

        Who has paid already has bought: such an order is not refused.
        """
        order = self.sudo()  # sudo: transactions and margins are only compared
        if order.transaction_ids.filtered(lambda tx: tx.state in ("done", "authorized")):
            return
        cards = order.order_line.coupon_id
        grants.filtered(lambda grant: grant.card_id in cards and grant.card_id).offer_id._check_floor(self)

    # ------------------------------------------------------------------
    # A set composed for the customer
    # ------------------------------------------------------------------

    @api.model
    def _create_winback_set(self, partner, company, today, case=None):
        """Return a new quotation of what `partner` used to buy, at today's prices.

        The products bought most often, each in its usual quantity.
        """
        products = self._get_winback_bought(partner, company, today)
        if not products:
            raise UserError(
                self.env._("%s has bought nothing of which a set could be made.", partner.display_name)
            )
        return self.with_company(company).create(
            {
                "partner_id": partner.id,
                "company_id": company.id,
                "user_id": (case and case.user_id.id) or partner.user_id.id or self.env.uid,
                "order_line": [
                    Command.create({"product_id": product.id, "product_uom_qty": quantity})
                    for product, quantity in products
                ],
            }
        )

    @api.model
    def _get_winback_bought(self, partner, company, today, limit=SET_LINES):
        """Return (product, usual quantity in its own unit) of what can still be sold, what
        was bought most often first.

        :param limit: so many products at most; None for all
        """
        since = fields.Datetime.to_datetime(today - timedelta(days=SET_DAYS))
        # sudo: what the customer bought was sold by colleagues, too
        lines = self.env["sale.order.line"].sudo().search(
            Domain("order_id.state", "=", "sale")
            & Domain("company_id", "=", company.id)
            & Domain("order_partner_id.commercial_partner_id", "=", partner.id)
            & Domain("order_id.date_order", ">=", since)
            & Domain("display_type", "=", False)
            & Domain("reward_id", "=", False)
            & Domain("product_id.sale_ok", "=", True)
            & Domain("product_id.active", "=", True)
            & Domain("product_uom_qty", ">", 0)
        )
        bought = [
            (product, lines_of)
            for product, lines_of in lines.grouped("product_id").items()
            if product.type != "combo"
        ]
        bought.sort(key=lambda pair: (-len(pair[1].order_id), pair[0].id))
        return [(product, of._get_winback_usual_quantity()) for product, of in bought[:limit]]


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _get_winback_usual_quantity(self):
        """Return the mean quantity of lines of one product, in the product's unit."""
        unit = self.product_id.uom_id
        total = sum(
            line.product_uom_id._compute_quantity(line.product_uom_qty, unit) for line in self
        )
        mean = total / len(self.order_id)
        return max(round(mean), 1)

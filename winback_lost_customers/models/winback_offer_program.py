import json

from odoo import api, fields, models
from odoo.fields import Command


class LoyaltyProgram(models.Model):
    """Programs that carry what an offer gives.

    What customers were granted must not change when the offer is changed later: the terms
    are kept with the program, and other terms get a program of their own.
    """

    _inherit = "loyalty.program"

    winback_offer_id = fields.Many2one(
        "winback.offer", string="Win-Back Offer", readonly=True, ondelete="set null",
        index="btree_not_null",
    )  # fmt: skip
    winback_terms = fields.Char(readonly=True, copy=False, help="What the offer gave then.")

    @api.model
    def _get_winback_program(self, offer, company):
        """Return the program of `offer` in `company` with its terms of now, creating it."""
        terms = json.dumps(offer._get_terms(), sort_keys=True)
        program = self.search(
            [
                ("winback_offer_id", "=", offer.id),
                ("company_id", "=", company.id),
                ("winback_terms", "=", terms),
            ],
            order="id desc",
            limit=1,
        )
        if not program:
            program = self.create({**offer._prepare_program_values(company), "winback_terms": terms})
            program._translate_winback_reward(offer)
        return program

    def _translate_winback_reward(self, offer):
        """Let customers read what is taken off their order in their language, as far as the
        name of the offer is translated."""
        for lang, _name in self.env["res.lang"].get_installed():
            self.reward_ids.with_context(lang=lang).description = offer.with_context(lang=lang).name


class WinbackOffer(models.Model):
    """The program that gives the offer."""

    _inherit = "winback.offer"

    def _get_terms(self):
        """Return what the program depends on, fit for comparing."""
        self.ensure_one()
        if self._is_money():
            return {"kind": self.credit_kind}  # the amount is on the card, not in the program
        return {
            "kind": self.kind,
            "percent": self.percent,
            "max_amount": self.max_amount,
            "amount": self.amount,
            "product": self.product_id.id,
            "quantity": self.quantity,
            "minimum": self.minimum_amount,
            "products": self.condition_product_ids.ids,
            "category": self.condition_category_id.id,
        }

    def _prepare_program_values(self, company):
        """Return the values of a program of personal codes, each good for one order, or
        of eWallets or gift cards."""
        if self._is_money():
            values = self.env["loyalty.program"]._prepare_winback_money_values(
                self.credit_kind, company.currency_id, self.name, self.name
            )
            return {
                **values,
                "company_id": company.id,
                "currency_id": company.currency_id.id,
                "winback_is_personal": True,
                "winback_offer_id": self.id,
            }
        return {
            "name": self.name,
            "company_id": company.id,
            "currency_id": company.currency_id.id,
            "program_type": "coupons",
            "trigger": "with_code",
            "applies_on": "current",
            "portal_visible": False,
            "portal_point_name": self.env._("Code"),
            "winback_is_personal": True,
            "winback_offer_id": self.id,
            "communication_plan_ids": [],  # we tell the customer ourselves
            "rule_ids": [Command.create(self._prepare_rule_values())] if self._has_condition() else [],
            "reward_ids": [Command.create(self._prepare_reward_values())],
        }

    def _prepare_rule_values(self):
        """Return the values of the condition, which `sale_loyalty` watches while the
        order changes."""
        return {
            "minimum_amount": self.minimum_amount,
            "minimum_amount_tax_mode": "excl",
            "product_ids": [Command.set(self.condition_product_ids.ids)],
            "product_category_id": self.condition_category_id.id,
        }

    def _prepare_reward_values(self):
        """Return the values of what a code gives."""
        values = {"required_points": 1, "description": self.name}
        if self.kind in ("gift", "service"):
            return {
                **values,
                "reward_type": "product",
                "reward_product_id": self.product_id.id,
                "reward_product_qty": self.quantity,
            }
        is_percent = self.kind == "discount"
        return {
            **values,
            "reward_type": "discount",
            "discount_applicability": "order",
            "discount_mode": "percent" if is_percent else "per_order",
            "discount": self.percent if is_percent else self.amount,
            "discount_max_amount": self.max_amount if is_percent else 0,
        }

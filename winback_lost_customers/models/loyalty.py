from odoo import api, fields, models


class LoyaltyProgram(models.Model):
    """Programs whose cards work for their own customer only."""

    _inherit = "loyalty.program"

    winback_is_personal = fields.Boolean(
        string="Personal",
        help="A code or eWallet of this program works only on orders of the organisation "
        "to which it was issued.",
    )

    @api.model
    def _get_winback_compensation(self, company, kind):
        """Return the company's program for compensations of this kind, creating it.

        :param str kind: `ewallet` or `code`
        """
        name = f"winback_{kind}_program_id"
        program = company[name]
        if not program.active:
            prepare = getattr(self, f"_prepare_winback_{kind}_values")
            program = self.create(
                {
                    "company_id": company.id,
                    "currency_id": company.currency_id.id,
                    "winback_is_personal": True,
                    **prepare(company.currency_id),
                }
            )
            company[name] = program
        return program

    @api.model
    def _prepare_winback_ewallet_values(self, currency):
        """Return the values of an eWallet that only complaints fill."""
        name = self.env._("Win-Back compensation")
        return self._prepare_winback_money_values("ewallet", currency, name, self.env._("Compensation"))

    @api.model
    def _prepare_winback_money_values(self, program_type, currency, name, description):
        """Return the values of a program of eWallets or gift cards that only we fill: no
        rule adds to them or sells them, and no mail with a PDF announces them.

        :param str program_type: `ewallet` or `gift_card`
        :param str description: of what is taken off, as customers read it
        """
        reward = self._prepare_winback_reward_values(currency.rounding)
        reward.update({"discount": 1, "description": description})
        return {
            **self._get_template_values()[program_type],
            "name": name,
            "portal_point_name": currency.symbol,
            "rule_ids": [],
            "communication_plan_ids": [],
            "reward_ids": [fields.Command.create(reward)],
        }

    @api.model
    def _prepare_winback_code_values(self, currency):
        """Return the values of a program of codes, each worth its own points.

        A point is the smallest coin: Odoo offers whole multiples of the points needed,
        and multiples of 1 are exact. Unlike an eWallet a code is used up at once.
        """
        reward = self._prepare_winback_reward_values(1)
        return {
            "name": self.env._("Win-Back compensation codes"),
            "program_type": "coupons",
            "trigger": "with_code",
            "applies_on": "current",
            "portal_visible": False,
            "portal_point_name": f"× {currency.rounding:g} {currency.symbol}",
            "rule_ids": [],
            "communication_plan_ids": [],
            "reward_ids": [
                fields.Command.create(
                    {**reward, "discount": currency.rounding, "clear_wallet": True}
                )
            ],
        }

    @api.model
    def _prepare_winback_reward_values(self, required_points):
        """Return the values of a discount in money, as much as there are points."""
        return {
            "reward_type": "discount",
            "discount_mode": "per_point",
            "discount_applicability": "order",
            "required_points": required_points,
            "description": self.env._("Compensation"),
        }


class LoyaltyCard(models.Model):
    _inherit = "loyalty.card"

    def _winback_is_foreign(self, partner):
        """Tell whether this card is personal, and not the one of `partner`."""
        self.ensure_one()
        return (
            self.program_id.winback_is_personal
            and self.partner_id.commercial_partner_id != partner.commercial_partner_id
        )


class LoyaltyHistory(models.Model):
    _inherit = "loyalty.history"

    winback_complaint_id = fields.Many2one(
        "winback.complaint", string="Complaint", readonly=True, ondelete="restrict"
    )

    # also serves the foreign key
    _winback_complaint_uniq = models.Constraint(
        "UNIQUE(winback_complaint_id)", "The compensation has already been issued."
    )

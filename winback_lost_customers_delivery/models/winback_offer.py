from odoo import api, fields, models


class WinbackOffer(models.Model):
    """Free delivery, by a personal code as other offers."""

    _inherit = "winback.offer"

    kind = fields.Selection(
        selection_add=[("delivery", "Free Delivery"), ("credit",)],
        ondelete={"delivery": lambda offers: offers._archive_without_delivery()},
    )

    def _archive_without_delivery(self):
        """Archive the offers whose kind is uninstalled; what was granted is kept."""
        self.write({"kind": "service", "active": False})

    @api.model
    def _get_claimed_kinds(self):
        """Override of `winback_lost_customers` to claim free delivery by a code."""
        return super()._get_claimed_kinds() | {"delivery"}

    @api.model
    def _get_reducing_kinds(self):
        """Override of `winback_lost_customers`: the delivery charge is taken off."""
        return super()._get_reducing_kinds() | {"delivery"}

    def _get_expected_cost(self, amount):
        """Override of `winback_lost_customers`: a delivery costs what the offer pays at
        most; what it costs without a limit belongs to the other cost."""
        cost = super()._get_expected_cost(amount)
        return cost + self.max_amount if self.kind == "delivery" else cost

    def _prepare_reward_values(self):
        """Override of `winback_lost_customers` to give the delivery for free."""
        if self.kind != "delivery":
            return super()._prepare_reward_values()
        return {
            "required_points": 1,
            "description": self.name,
            "reward_type": "shipping",
            "discount_max_amount": self.max_amount,
        }

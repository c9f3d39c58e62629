from odoo import models


class WinbackOffer(models.Model):
    _inherit = "winback.offer"

    def _check_active(self):
        """Override of `winback_lost_customers`: a poll's gift is an archived copy, so that
        nobody grants it by hand, and keeps what was promised to who answers."""
        if self.env.context.get("winback_promised"):
            return None
        return super()._check_active()

    def _check_held_out(self, partners, company):
        """Override of `winback_lost_customers` to keep what was promised: who has answered
        gets the gift, also if a campaign drew it into its control group since."""
        if self.env.context.get("winback_promised"):
            return None
        return super()._check_held_out(partners, company)


class WinbackGrant(models.Model):
    """The ledger of gifts follows the grants that they are made of."""

    _inherit = "winback.grant"

    def _set_used(self, orders):
        """Override of `winback_lost_customers` to note that a gift was redeemed."""
        result = super()._set_used(orders)
        self._sync_poll_gifts()
        return result

    def _set_unused(self):
        """Override of `winback_lost_customers` to note that a gift was given back."""
        result = super()._set_unused()
        self._sync_poll_gifts()
        return result

    def _expire(self, today):
        """Override of `winback_lost_customers` to close the liability of a gift."""
        result = super()._expire(today)
        self._sync_poll_gifts()
        return result

    def _sync_poll_gifts(self):
        """Bring the gifts that these grants are up to date."""
        states = {"used": "redeemed", "expired": "expired", "withdrawn": "expired", "granted": "delivered"}
        # sudo: the ledger follows the orders, whoever confirms them
        gifts = self.env["winback.poll.gift"].sudo().search([("grant_id", "in", self.ids)])
        for gift in gifts:
            gift.write({"state": states[gift.grant_id.state], "cost": gift.grant_id.cost})

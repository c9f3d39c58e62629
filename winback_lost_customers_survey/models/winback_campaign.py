from odoo import models


class WinbackCampaign(models.Model):
    """A campaign beside a poll."""

    _inherit = "winback.campaign"

    def _get_grants(self, partners, today):
        """Override of `winback_lost_customers`: the thanks for an answer are no offer of
        the campaign; everybody who answers gets them."""
        grants = super()._get_grants(partners, today)
        # sudo: the offers are part of the result, whoever may see the polls
        gifts = self.env["winback.poll.gift"].sudo().search([("grant_id", "in", grants.ids)])
        return grants - gifts.grant_id

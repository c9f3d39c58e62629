from odoo import api, models


# No docstring: the sign is described by the one of `winback_lost_customers`, from which
# the tables of signs are made.
class WinbackSignUnhappy(models.AbstractModel):
    _inherit = "winback.sign.unhappy"

    @api.model
    def _get_words(self):
        """Override of `winback.sign.unhappy` to name the answers."""
        return {**super()._get_words(), "poll": self.env._("a bad answer in a poll")}

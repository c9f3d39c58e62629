from odoo import api, models


# No docstring: the sign is described by the one of `winback_lost_customers`, from which
# the tables of signs are made.
class WinbackSignUnhappy(models.AbstractModel):
    _inherit = "winback.sign.unhappy"

    @api.model
    def _get_words(self):
        """Override of `winback.sign.unhappy` to name the deliveries."""
        return {
            **super()._get_words(),
            "late": self.env._("a late delivery"),
            "incomplete": self.env._("an incomplete delivery"),
            "returned": self.env._("a returned delivery"),
        }

from odoo import api, models


class WinbackBenefits(models.AbstractModel):
    _inherit = "winback.benefits"

    @api.model
    def _add_line(self, benefits, line):
        """Override of `winback_lost_customers` to count deliveries that cost nothing."""
        if line.is_delivery and not line.price_subtotal:
            benefits["deliveries"] += 1
            return None
        return super()._add_line(benefits, line)

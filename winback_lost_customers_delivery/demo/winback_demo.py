"""One more offer of the demo: free delivery."""

from odoo import api, models
from odoo.addons.winback_lost_customers.demo.winback_demo import MARKER, MODULE


class WinbackDemo(models.AbstractModel):
    _inherit = "winback.demo"

    @api.model
    def _install_free_delivery(self):
        """Offer free delivery to the customer with most at stake who was offered nothing yet."""
        if not self.env.ref(f"{MODULE}.{MARKER}", raise_if_not_found=False):
            return
        demo = self._get_quiet()
        offer = demo.env.ref("winback_lost_customers_delivery.winback_offer_delivery")
        case = demo.env["winback.case"].search([
            ("company_id", "=", demo.env.company.id), ("state", "in", ("reason", "prepared", "contact")),
            ("grant_ids", "=", False)], order="opening_amount desc, id", limit=1)
        if case and not offer.grant_ids:
            demo._grant_quietly(case, offer)

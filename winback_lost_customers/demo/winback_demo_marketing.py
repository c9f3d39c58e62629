"""Sixth part of the demo: campaigns for new customers, with what they cost and whom they brought."""

from datetime import timedelta

from odoo import api, models

# campaign: (cost, of so many new customers in turn it brought these)
CAMPAIGNS = {
    "Trade fair: corporate gifts": (4200, (0, 3)),
    "Search adverts": (1500, (1, 5)),
    "Catalogue by mail": (1900, (6,)),
}
TURN = 8  # the others came by recommendation, and carry no campaign
RECENT_DAYS = 365
ENTERED_COST = 500


class WinbackDemo(models.AbstractModel):
    _inherit = "winback.demo"

    @api.model
    def _create_orders(self, plan):
        """Override of `winback_lost_customers` to let campaigns have brought some of the new customers."""
        result = super()._create_orders(plan)
        self._create_marketing(plan)
        self.env.company.write({
            "winback_new_customer_cost": ENTERED_COST, "winback_new_customer_source": "measured"})
        return result

    def _create_marketing(self, plan):
        """Create the campaigns, and note them on first orders of the last year."""
        campaigns = self.env["utm.campaign"].create([
            {"title": title, "winback_cost": cost, "company_id": self.env.company.id}
            for title, (cost, _turns) in CAMPAIGNS.items()])
        for number, order in enumerate(self._get_recent_first_orders(plan)):
            for campaign, (_cost, turns) in zip(campaigns, CAMPAIGNS.values()):
                if number % TURN in turns:
                    self.env["sale.order"].browse(order["id"]).campaign_id = campaign

    def _get_recent_first_orders(self, plan):
        """Return the orders of the last year that were a customer's first, the oldest first."""
        bought = [[o for o in c["orders"] if o["kind"] == "sale"] for c in plan]
        firsts = [min(orders, key=lambda order: order["date"]) for orders in bought if orders]
        begin = max(order["date"] for order in firsts) - timedelta(days=RECENT_DAYS)
        return sorted((order for order in firsts if order["date"] >= begin), key=lambda order: order["date"])

"""Fourth part of the demo: a campaign that is over, with its control group and result, and one to preview and start."""

from datetime import timedelta

from odoo import Command, api, models

from .winback_demo import MODULE

MEASURED_DAYS = 90


class WinbackDemo(models.AbstractModel):
    _inherit = "winback.demo"

    @api.model
    def _evaluate(self, plan, today=None):
        """Override of `winback_lost_customers` to measure a campaign among the customers found."""
        result = super()._evaluate(plan, today)
        self._create_past_campaign(today or self.env.company._winback_today())
        self._create_next_campaign()
        return result

    def _create_segment(self, name, domain, *classes):
        """Return a segment of customers of the main company."""
        return self.env["winback.segment"].create({
            "name": name, "domain": domain, "company_id": self.env.company.id,
            "value_class_ids": [Command.link(self.env.ref(f"{MODULE}.winback_value_class_{key}").id)
                                for key in classes]})

    def _create_past_campaign(self, today):
        """Tell of a letter to everybody who was lost then, and of those left alone."""
        campaign = self.env["winback.campaign"].create({
            "name": "Letter: our new collection", "company_id": self.env.company.id,
            "segment_id": self._create_segment("Lost or won back since", "[('state', 'in', ('lost', 'won_back'))]").id,
            "channel_ids": [Command.link(self.env.ref(f"{MODULE}.winback_channel_letter").id)],
            "measure_days": MEASURED_DAYS, "holdout_percent": 50})
        campaign._draw(today - timedelta(days=MEASURED_DAYS + 10))
        campaign.state = "running"
        campaign._get_todo().work_state = "done"
        campaign._finish(today)

    def _create_next_campaign(self):
        """Leave a campaign to be previewed and started."""
        segment = self._create_segment("Lost: gold and silver", "[('state', '=', 'lost')]", "gold", "silver")
        self.env["winback.campaign"].create({
            "name": "We would like you back", "company_id": self.env.company.id, "segment_id": segment.id,
            "channel_ids": [Command.link(self.env.ref(f"{MODULE}.winback_channel_call").id)],
            "offer_id": self.env.ref(f"{MODULE}.winback_offer_discount").id, "budget": 2000})

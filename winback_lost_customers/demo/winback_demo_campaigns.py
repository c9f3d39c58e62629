"""Fourth part of the demo: a campaign that is over, with its control group and result, and one to preview and start."""

from datetime import timedelta

from odoo import Command, api, models
from odoo.tools import SQL

from ..tools.uplift import draw_control
from .winback_demo import MODULE

MEASURED_DAYS = 90
LONG_SILENCE = timedelta(days=180)
SEEDS = 50  # of so many draws the one that shows something is told


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
        self._draw_past(campaign, today - timedelta(days=MEASURED_DAYS + 10))
        campaign.state = "running"
        self._send_letters(campaign, today)
        campaign._get_todo().work_state = "done"
        campaign._finish(today)

    def _draw_past(self, campaign, start):
        """Draw the groups among those who were lost on the day `start`, whatever they are today."""
        statuses = campaign.segment_id._get_statuses().filtered(
            lambda s: s.returned_date and s.returned_date >= start or s.last_order_date < start - LONG_SILENCE)
        returned = statuses.filtered("returned_date").partner_id.ids
        strata = campaign._get_strata(statuses)
        control = min((draw_control(strata, 0.5, seed) for seed in range(SEEDS)),
                      key=lambda ids: len(ids.intersection(returned)))
        campaign.date_start = start
        campaign.date_end = campaign._get_measured_until()
        self.env["winback.campaign.member"].create([
            campaign._prepare_member_values(
                status, arm="control" if status.partner_id.id in control else "treatment",
                channel_id=campaign.channel_ids.id)
            for status in statuses])

    def _send_letters(self, campaign, today):
        """Note the letter to everybody treated: on the case that won it back, else on one that brought nothing."""
        treated = campaign.member_ids.filtered(lambda member: member.arm == "treatment")
        won = self.env["winback.case"].search([("partner_id", "in", treated.partner_id.ids), ("state", "=", "won")])
        known = {case.partner_id: case for case in won}
        lost = self.env["winback.status"].search(
            [("partner_id", "in", treated.partner_id.ids), ("state", "=", "lost")]).partner_id
        busy = self.env["winback.case"].search([("partner_id", "in", lost.ids)]).partner_id
        cases = self.env["winback.case"]._open(self.env.company, lost - busy)
        for case in cases:
            case._set_reason(self.env.ref(f"{MODULE}.winback_reason_neglect"))
            case.check_ids.is_done = True
            case._log_contact("not_reached", note="Our letter about the new collection went out.")
        cases._close("later", retry_date=today + timedelta(days=120))
        known.update({case.partner_id: case for case in cases})
        for member in treated:
            member.case_id = known.get(member.partner_id, False)
        self._backdate_letters(campaign, cases)

    def _backdate_letters(self, campaign, cases):
        """Let the cases have been opened and closed with the campaign."""
        cases.flush_recordset()
        self.env.cr.execute(SQL(
            """UPDATE winback_case SET date_open = %(start)s, opened_at = %(start)s, last_contact_date = %(start)s,
                      date_state = %(end)s, date_closed = %(end)s, opening_state = 'lost' WHERE id = ANY(%(ids)s)""",
            start=campaign.date_start, end=campaign.date_end, ids=list(cases.ids)))
        self.env.cr.execute(SQL(
            """UPDATE mail_activity SET date_done = %s, date_deadline = %s
                WHERE res_model = 'winback.case' AND NOT active AND res_id = ANY(%s)""",
            campaign.date_start + timedelta(days=2), campaign.date_start + timedelta(days=2), list(cases.ids)))
        cases.invalidate_recordset()

    def _create_next_campaign(self):
        """Leave a campaign to be previewed and started."""
        segment = self._create_segment("Lost: gold and silver", "[('state', '=', 'lost')]", "gold", "silver")
        self.env["winback.campaign"].create({
            "name": "We would like you back", "company_id": self.env.company.id, "segment_id": segment.id,
            "channel_ids": [Command.link(self.env.ref(f"{MODULE}.winback_channel_call").id)],
            "offer_id": self.env.ref(f"{MODULE}.winback_offer_discount").id, "budget": 2000})

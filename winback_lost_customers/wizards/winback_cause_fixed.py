from odoo import Command, api, fields, models
from odoo.exceptions import UserError


class WinbackCauseFixed(models.TransientModel):
    """Relaunch contact to everybody who was lost for a cause that is removed."""

    _name = "winback.cause.fixed"
    _description = "Cause Fixed"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    reason_id = fields.Many2one("winback.reason", required=True, readonly=True)
    text = fields.Text(string="What Was Changed")
    approach = fields.Selection(
        [
            ("cases", "A Case for Each of Them"),
            ("campaign", "A Campaign, With a Control Group"),
        ],
        string="Approach Them By",
        required=True,
        default="cases",
    )
    channel_id = fields.Many2one(
        "winback.channel",
        required=True,
        default=lambda self: self.env["winback.channel"].search([], limit=1),
        domain="[('company_id', 'in', [False, company_id])]",
    )
    customer_count = fields.Integer(compute="_compute_counts", string="Lost for It")
    ready_count = fields.Integer(compute="_compute_counts", string="Can Be Approached")
    left_out_text = fields.Text(compute="_compute_counts", string="Left Out")

    @api.depends("reason_id", "company_id", "channel_id")
    def _compute_counts(self):
        for wizard in self:
            verdicts = wizard._screen()
            wizard.customer_count = len(verdicts)
            wizard.ready_count = sum(not verdict.reason for verdict in verdicts.values())
            wizard.left_out_text = wizard._get_left_out_text(verdicts)

    def _screen(self):
        """Return {status: Verdict} of everybody lost for the reason."""
        return self.env["winback.outreach"]._screen(
            self.company_id,
            self.reason_id._get_lost_statuses(self.company_id),
            self.channel_id,
            self.company_id._winback_today(),
        )

    def _get_left_out_text(self, verdicts):
        """Return how many are left out, and why."""
        labels = self.env["winback.outreach"]._get_left_out_labels()
        counts = {}
        for verdict in verdicts.values():
            if verdict.reason:
                counts[verdict.reason] = counts.get(verdict.reason, 0) + 1
        return "\n".join(f"{labels.get(reason, reason)}: {counts[reason]}" for reason in counts)

    def _get_action(self):
        """Return the action that shows the wizard."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Cause Fixed: %s", self.reason_id.name),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def action_relaunch(self):
        """Note what was changed, and approach the customers again."""
        self.ensure_one()
        if not (self.text or "").strip():
            raise UserError(self.env._("Say what was changed: it is the news for the customers."))
        action = self._open_cases() if self.approach == "cases" else self._create_campaign()
        self.reason_id.write(
            {
                "cause_fixed_date": self.company_id._winback_today(),
                "cause_fixed_text": self.text.strip(),
            }
        )
        return action

    def _open_cases(self):
        """Open a case for each who can be approached; return the action that lists them."""
        statuses = [status for status, verdict in self._screen().items() if not verdict.reason]
        if not statuses:
            raise UserError(self.env._("Nobody can be approached now; see who is left out, and why."))
        cases = self.env["winback.outreach"]._open_cases(
            self.company_id,
            self.env["winback.status"].union(*statuses).partner_id,
            "relaunch",
            reason_id=self.reason_id.id,
            channel_id=self.channel_id.id,
        )
        for case in cases:
            case.message_post(body=self.env._("The cause was fixed: %s", self.text.strip()))
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Cause Fixed: %s", self.reason_id.name),
            "res_model": "winback.case",
            "view_mode": "list,form",
            "domain": [("id", "in", cases.ids)],
        }

    def _create_campaign(self):
        """Create the campaign, to be previewed and started; return its action."""
        name = self.env._("Cause fixed: %s", self.reason_id.name)
        segment = self.env["winback.segment"].create(
            {
                "name": name,
                "company_id": self.company_id.id,
                "domain": "[('state', 'in', ('lost', 'gone', 'one_off', 'at_risk'))]",
                "reason_ids": [Command.set(self.reason_id.ids)],
            }
        )
        campaign = self.env["winback.campaign"].create(
            {
                "name": name,
                "company_id": self.company_id.id,
                "segment_id": segment.id,
                "channel_ids": [Command.set(self.channel_id.ids)],
            }
        )
        return campaign._get_records_action()

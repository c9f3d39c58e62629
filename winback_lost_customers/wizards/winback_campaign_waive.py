from odoo import fields, models
from odoo.exceptions import AccessError, UserError


class WinbackCampaignWaive(models.TransientModel):
    """A manager's decision to measure nothing, with a reason that stays."""

    _name = "winback.campaign.waive"
    _description = "Waive the Control Group"

    campaign_id = fields.Many2one("winback.campaign", required=True, ondelete="cascade")
    reason = fields.Char(required=True)

    def action_waive(self):
        """Write who decided it, and why."""
        self.ensure_one()
        if not self.env.user.has_group("sales_team.group_sale_manager"):
            raise AccessError(self.env._("Only a sales manager can waive the control group."))
        if not (self.reason or "").strip():
            raise UserError(self.env._("Say why nothing should be measured."))
        self.campaign_id.write(
            {
                "waive_reason": self.reason.strip(),
                "waive_user_id": self.env.user.id,
                "holdout_percent": 0,
            }
        )
        return {"type": "ir.actions.act_window_close"}

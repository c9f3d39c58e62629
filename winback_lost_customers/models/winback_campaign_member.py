from odoo import fields, models


class WinbackCampaignMember(models.Model):
    """One customer of a campaign: treated, in the control group, or left out and why."""

    _name = "winback.campaign.member"
    _description = "Win-Back Campaign Customer"

    campaign_id = fields.Many2one(
        "winback.campaign", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="campaign_id.company_id", store=True)
    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, index=True, ondelete="cascade"
    )
    arm = fields.Selection(
        [("treatment", "Treated"), ("control", "Control Group"), ("left_out", "Left Out")],
        required=True,
        readonly=True,
    )
    case_id = fields.Many2one("winback.case", readonly=True, ondelete="set null")
    grant_id = fields.Many2one("winback.grant", readonly=True, ondelete="set null")

    _customer_uniq = models.Constraint(
        "UNIQUE(campaign_id, partner_id)", "A customer takes part in a campaign once."
    )

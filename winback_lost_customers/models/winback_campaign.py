from odoo import api, fields, models
from odoo.fields import Domain


class WinbackCampaign(models.Model):
    """A method applied to a segment, measured against a group that is left alone."""

    _name = "winback.campaign"
    _description = "Win-Back Campaign"
    _order = "date_start desc, id desc"

    name = fields.Char(required=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    state = fields.Selection(
        [("draft", "Draft"), ("running", "Running"), ("done", "Finished"), ("cancelled", "Cancelled")],
        required=True,
        default="draft",
        copy=False,
    )
    date_start = fields.Date(copy=False)
    date_end = fields.Date(copy=False)
    member_ids = fields.One2many("winback.campaign.member", "campaign_id", string="Customers")

    @api.model
    def _get_held_out_partners(self, company):
        """Return the customers whom running campaigns of `company` leave alone: no work
        list, other campaign, relaunch or gift of persuasion may touch them."""
        # sudo: whoever fills a list must not need to see campaigns
        members = self.env["winback.campaign.member"].sudo().search(
            Domain("arm", "=", "control")
            & Domain("campaign_id.state", "=", "running")
            & Domain("campaign_id.company_id", "=", company.id)
        )
        return members.partner_id.sudo(self.env.su)

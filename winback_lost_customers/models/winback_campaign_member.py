from odoo import api, fields, models
from odoo.exceptions import UserError

# drawn once, before anything is sent
DRAWN = ("campaign_id", "arm", "value_class_id", "drawn_partner_id", "channel_id")


class WinbackCampaignMember(models.Model):
    """One customer of a campaign: treated, in the control group, or left out and why."""

    _name = "winback.campaign.member"
    _description = "Win-Back Campaign Customer"
    _order = "campaign_id, arm desc, id"
    _rec_name = "partner_id"

    campaign_id = fields.Many2one(
        "winback.campaign", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="campaign_id.company_id", store=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, index=True, ondelete="cascade"
    )
    arm = fields.Selection(
        [("treatment", "Treated"), ("control", "Control Group"), ("left_out", "Left Out")],
        required=True,
        readonly=True,
    )
    left_out_reason = fields.Char(readonly=True)
    left_out_label = fields.Char(compute="_compute_left_out_label", string="Why Left Out")

    # as known when it was drawn
    drawn_partner_id = fields.Integer(
        readonly=True, help="The customer's number at the draw; merging contacts may change it."
    )
    value_class_id = fields.Many2one("winback.value.class", string="Class", readonly=True)
    reason_id = fields.Many2one("winback.reason", string="Reason of Loss", readonly=True)
    channel_id = fields.Many2one("winback.channel", readonly=True, ondelete="restrict")
    heard_before = fields.Date(string="Last Heard Of Before", readonly=True)

    # what was done
    work_state = fields.Selection(
        [
            ("none", "Left Alone"),
            ("todo", "To Be Worked"),
            ("done", "Worked"),
            ("skipped", "Not Needed"),
            ("failed", "Failed"),
        ],
        string="Work",
        required=True,
        default="none",
        readonly=True,
        index=True,
    )
    error = fields.Char(readonly=True)
    case_id = fields.Many2one("winback.case", readonly=True, ondelete="set null")
    grant_id = fields.Many2one("winback.grant", readonly=True, ondelete="set null")
    stop_reason = fields.Selection(
        [
            ("ordered", "Has Ordered"),
            ("answered", "Has Answered"),
            ("archived", "Archived"),
            ("moved", "Moved to Another Company"),
            ("merged", "Merged With a Customer of the Other Group"),
        ],
        string="Stopped Because",
        readonly=True,
    )
    stop_date = fields.Date(string="Stopped On", readonly=True)

    # what came of it, live
    return_date = fields.Date(compute="_compute_outcome", string="Returned On")
    revenue = fields.Monetary(compute="_compute_outcome")
    margin = fields.Monetary(
        compute="_compute_outcome", groups="winback_lost_customers.group_winback_margin"
    )
    contact_count = fields.Integer(compute="_compute_outcome", string="Contacts")

    _customer_uniq = models.Constraint(
        "UNIQUE(campaign_id, partner_id)", "A customer takes part in a campaign once."
    )
    _left_alone = models.Constraint(
        "CHECK (arm = 'treatment' OR (case_id IS NULL AND grant_id IS NULL AND work_state = 'none'))",
        "The control group of a campaign is left alone by it.",
    )

    @api.depends("left_out_reason")
    @api.depends_context("lang")
    def _compute_left_out_label(self):
        labels = {}
        if any(member.left_out_reason for member in self):
            labels = self.env["winback.outreach"]._get_left_out_labels()
        for member in self:
            reason = member.left_out_reason
            member.left_out_label = labels.get(reason, reason)

    @api.depends("partner_id", "campaign_id.date_end")
    def _compute_outcome(self):
        for campaign, members in self.grouped("campaign_id").items():
            outcomes = campaign._get_outcomes(campaign.company_id._winback_today())
            for member in members:
                outcome = outcomes.get(member.id)
                member.return_date = outcome and outcome["return_date"]
                member.revenue = outcome and outcome["revenue"]
                member.margin = outcome and outcome["margin"]
                member.contact_count = outcome and outcome["contact_count"]

    def write(self, vals):
        """Let nobody change what was drawn."""
        if any(name in vals for name in DRAWN):
            raise UserError(self.env._("Who is in which group of a campaign was drawn once and stays so."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_drawn(self):
        if any(member.campaign_id.date_start for member in self):
            raise UserError(self.env._("Nobody can be taken out of a campaign that has begun."))

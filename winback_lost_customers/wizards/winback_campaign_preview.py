from odoo import Command, api, fields, models

from ..tools import calculator


class WinbackCampaignPreview(models.TransientModel):
    """What a campaign would do if it began now: nothing is written, nothing is sent."""

    _name = "winback.campaign.preview"
    _description = "Win-Back Campaign Preview"

    campaign_id = fields.Many2one("winback.campaign", required=True, readonly=True, ondelete="cascade")
    currency_id = fields.Many2one(related="campaign_id.currency_id")
    line_ids = fields.One2many(
        "winback.campaign.preview.line", "preview_id", string="Left Out", readonly=True
    )
    status_ids = fields.Many2many("winback.status", string="Takes Part", readonly=True)
    customer_count = fields.Integer(readonly=True, string="Take Part")
    treated = fields.Integer(readonly=True)
    control = fields.Integer(readonly=True, string="Left Alone")
    cost = fields.Monetary(
        readonly=True, string="Expected Cost", help="Contacts, and offers used by those who return."
    )
    liability = fields.Monetary(
        readonly=True, string="Open Liability", help="If everybody used the offer."
    )
    value = fields.Monetary(
        readonly=True,
        string="Margin of One Return",
        help="Within the horizon of the settings, on average over these customers.",
    )
    profit = fields.Monetary(readonly=True, string="Expected Profit")
    break_even = fields.Float(readonly=True, string="Break-Even Return Rate")
    has_break_even = fields.Boolean(readonly=True)
    power_text = fields.Text(readonly=True)
    split_text = fields.Text(readonly=True)
    proposed_percent = fields.Integer(readonly=True)
    current_percent = fields.Integer(related="campaign_id.holdout_percent", string="Control Group (%)")
    state = fields.Selection(related="campaign_id.state")

    @api.model_create_multi
    def create(self, vals_list):
        """Work out the preview at once."""
        previews = super().create(vals_list)
        for preview in previews:
            preview._fill()
        return previews

    def _fill(self):
        """Work out everything for the campaign as it is entered now."""
        campaign = self.campaign_id
        campaign._check_ready_to_preview()
        screening = campaign._screen(campaign.company_id._winback_today())
        plan = campaign._get_plan(screening.channel_of)
        size = len(screening.channel_of)
        break_even = calculator.get_break_even_rate(plan)
        statuses = self.env["winback.status"].union(*screening.channel_of)
        self.write(
            {
                "line_ids": self._prepare_lines(screening.left_out),
                "status_ids": [Command.set(statuses.ids)],
                "customer_count": size,
                "treated": plan.size,
                "control": size - plan.size,
                "cost": calculator.get_cost(plan),
                "liability": calculator.get_liability(plan),
                "value": plan.value,
                "profit": calculator.get_profit(plan),
                "break_even": break_even or 0,
                "has_break_even": break_even is not None,
                "power_text": campaign._get_power_text(plan.size, size - plan.size),
                "split_text": campaign._get_split_text(size),
                "proposed_percent": round(100 * campaign._get_split(size).control_share),
            }
        )

    def _prepare_lines(self, left_out):
        """Return the commands of one line for each reason, the most frequent first."""
        labels = self.env["winback.outreach"]._get_left_out_labels()
        by_reason = {}
        for status, reason in left_out.items():
            by_reason.setdefault(reason, self.env["winback.status"])
            by_reason[reason] |= status
        return [
            Command.create(
                {
                    "label": labels.get(reason, reason),
                    "customer_count": len(statuses),
                    "amount": sum(statuses.mapped("amount_active_year")),
                    "status_ids": [Command.set(statuses.ids)],
                }
            )
            for reason, statuses in sorted(by_reason.items(), key=lambda item: -len(item[1]))
        ]

    def _get_action(self):
        """Return the action that shows the preview."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Preview of %s", self.campaign_id.name),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def action_use_split(self):
        """Take the split that is proposed, and show what it changes."""
        self.ensure_one()
        self.campaign_id.holdout_percent = self.proposed_percent
        return self.campaign_id.action_preview()

    def action_start(self):
        """Start the campaign."""
        self.ensure_one()
        self.campaign_id.action_start()
        return {"type": "ir.actions.act_window_close"}

    def action_open_customers(self):
        """Open those who take part."""
        return self.env["winback.segment"]._get_customers_action(self.status_ids, self.env._("Take Part"))


class WinbackCampaignPreviewLine(models.TransientModel):
    """How many customers are left out for one reason."""

    _name = "winback.campaign.preview.line"
    _description = "Win-Back Campaign Preview: Left Out"

    preview_id = fields.Many2one(
        "winback.campaign.preview", required=True, ondelete="cascade", index=True
    )
    currency_id = fields.Many2one(related="preview_id.currency_id")
    label = fields.Char(string="Why", readonly=True)
    customer_count = fields.Integer(string="Customers", readonly=True)
    amount = fields.Monetary(string="At Stake per Year", readonly=True)
    status_ids = fields.Many2many("winback.status", readonly=True)

    def action_open_customers(self):
        """Open those who are left out for this reason."""
        return self.env["winback.segment"]._get_customers_action(self.status_ids, self.label)

from datetime import timedelta

from odoo import api, fields, models


class WinbackCaseClose(models.TransientModel):
    """How an attempt ends without an order: with the door left open, or for good."""

    _name = "winback.case.close"
    _description = "Close a Win-Back Case"

    case_id = fields.Many2one("winback.case", required=True, ondelete="cascade")
    company_id = fields.Many2one(related="case_id.company_id")
    partner_id = fields.Many2one(related="case_id.partner_id")
    state = fields.Selection(
        [("later", "Not now: try again on a later day"), ("gone", "Gone for good")],
        string="How Does It End",
        compute="_compute_state",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )
    reason_id = fields.Many2one(
        "winback.reason", compute="_compute_from_case", store=True, readonly=False, precompute=True
    )
    customer_reason_id = fields.Many2one(
        "winback.reason", compute="_compute_from_case", store=True, readonly=False, precompute=True
    )
    competitor = fields.Char(
        compute="_compute_from_case", store=True, readonly=False, precompute=True
    )
    successor_id = fields.Many2one(
        "res.partner",
        compute="_compute_from_case",
        store=True,
        readonly=False,
        precompute=True,
        domain="[('id', '!=', partner_id), ('company_id', 'in', [False, company_id])]",
    )
    retry_date = fields.Date(
        string="Try Again On",
        compute="_compute_retry_date",
        store=True,
        readonly=False,
        precompute=True,
    )
    note = fields.Text(help="What was said at the end: thanks, no blame, the door left open.")

    @api.depends("case_id")
    def _compute_from_case(self):
        for wizard in self:
            case = wizard.case_id
            wizard.reason_id = case.reason_id
            wizard.customer_reason_id = case.customer_reason_id
            wizard.competitor = case.competitor
            wizard.successor_id = case.successor_id

    def _get_reason(self):
        return self.customer_reason_id or self.reason_id

    @api.depends("reason_id", "customer_reason_id")
    def _compute_state(self):
        """Propose to try again, unless the reason says that it makes no sense."""
        for wizard in self:
            reason = wizard._get_reason()
            hopeless = reason and not reason.is_recoverable and not reason.retry_days
            wizard.state = wizard.state or ("gone" if hopeless else "later")

    @api.depends("reason_id", "customer_reason_id", "state")
    def _compute_retry_date(self):
        """Propose the day that the reason asks for, else a year from now."""
        for wizard in self:
            days = wizard._get_reason().retry_days or 365
            company = wizard.company_id or self.env.company
            wizard.retry_date = wizard.state == "later" and company._winback_today() + timedelta(
                days=days
            )

    def action_close(self):
        """Close the case, with what was found out."""
        self.ensure_one()
        self.case_id._close(
            self.state,
            reason_id=self.reason_id.id,
            customer_reason_id=self.customer_reason_id.id,
            competitor=self.competitor,
            successor_id=self.successor_id.id,
            retry_date=self.state == "later" and self.retry_date,
        )
        if self.note:
            self.case_id.message_post(body=self.note)
        return {"type": "ir.actions.act_window_close"}

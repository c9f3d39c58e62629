from odoo import api, fields, models

from ..tools import calculator

INPUTS = (
    "size",
    "rate_control",
    "rate_treated",
    "value",
    "contact_cost",
    "contacts",
    "offer_cost",
)


class WinbackCalculator(models.TransientModel):
    """Is it worth trying? A sum on a sheet of paper, before any campaign exists."""

    _name = "winback.calculator"
    _description = "Win-Back Calculator"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    segment_id = fields.Many2one(
        "winback.segment",
        domain="[('company_id', '=', company_id)]",
        help="Fills in how many customers there are, and what a return brings.",
    )
    channel_id = fields.Many2one("winback.channel", help="Fills in what a contact costs.")
    size = fields.Integer(string="Customers", default=100)
    value = fields.Monetary(
        string="Margin of One Return", help="What a customer who returns brings within the horizon."
    )
    contact_cost = fields.Monetary(string="Cost per Contact")
    contacts = fields.Integer(string="Contacts per Customer", default=1)
    offer_cost = fields.Monetary(string="Cost of One Offer Used")
    rate_control = fields.Float(string="Return by Themselves", default=0.1)
    rate_treated = fields.Float(string="Return If Treated", default=0.2)

    extra_returns = fields.Float(compute="_compute_answers", digits=(16, 1))
    cost = fields.Monetary(compute="_compute_answers", string="Expected Cost")
    profit = fields.Monetary(compute="_compute_answers", string="Expected Profit")
    cost_per_return = fields.Monetary(compute="_compute_answers", string="Cost per Extra Return")
    has_returns = fields.Boolean(compute="_compute_answers")
    new_customer_cost = fields.Monetary(
        compute="_compute_new_customer_cost",
        string="A New Customer Costs",
        help="As entered in the settings, or measured from campaigns.",
    )
    break_even = fields.Float(compute="_compute_answers", string="Break-Even Return Rate")
    has_break_even = fields.Boolean(compute="_compute_answers")
    budget_ceiling = fields.Monetary(compute="_compute_answers")
    contact_ceiling = fields.Monetary(
        compute="_compute_answers", string="Contacts With One Customer at Most"
    )

    _inputs_range = models.Constraint(
        "CHECK (size >= 0 AND contacts >= 0 AND COALESCE(contact_cost, 0) >= 0 "
        "AND COALESCE(offer_cost, 0) >= 0 AND rate_control BETWEEN 0 AND 1 "
        "AND rate_treated BETWEEN 0 AND 1)",
        "Numbers and costs cannot be negative, and rates lie between 0 and 100 %.",
    )

    @api.onchange("segment_id")
    def _onchange_segment_id(self):
        if self.segment_id:
            statuses = self.segment_id._get_statuses()
            self.size = len(statuses)
            margins = [max(margin, 0) for margin in statuses.mapped("margin_active_year")]
            year = sum(margins) / len(margins) if margins else 0
            self.value = year * self.company_id.winback_horizon_days / 365

    @api.onchange("channel_id")
    def _onchange_channel_id(self):
        self.contact_cost = self.channel_id.cost_per_contact

    @api.depends(*INPUTS)
    def _compute_answers(self):
        for sheet in self:
            plan = sheet._get_plan()
            break_even = calculator.get_break_even_rate(plan)
            cost_per_return = calculator.get_cost_per_return(plan)
            sheet.extra_returns = calculator.get_extra_returns(plan)
            sheet.cost = calculator.get_cost(plan)
            sheet.profit = calculator.get_profit(plan)
            sheet.cost_per_return = cost_per_return or 0
            sheet.has_returns = cost_per_return is not None
            sheet.break_even = break_even or 0
            sheet.has_break_even = break_even is not None
            sheet.budget_ceiling = calculator.get_budget_ceiling(plan)
            sheet.contact_ceiling = calculator.get_contact_ceiling(plan)

    @api.depends("company_id")
    def _compute_new_customer_cost(self):
        for sheet in self:
            company = sheet.company_id._origin
            sheet.new_customer_cost = company and company._get_winback_new_customer_cost()

    def _get_plan(self):
        """Return what was entered as the calculator's plan."""
        return calculator.Plan(
            size=self.size,
            rate_control=self.rate_control,
            rate_treated=self.rate_treated,
            value=self.value,
            contact_cost=self.contacts * self.contact_cost,
            offer_cost=self.offer_cost,
        )

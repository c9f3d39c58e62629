from odoo import api, fields, models

# field on the company: lowest and highest value that makes sense
LIMITS = {
    "winback_case_budget": (0, 100),
    "winback_retrigger_days": (1, 3650),
    "winback_list_min_orders": (1, 1000),
    "winback_list_min_margin": (0, 10**12),
    "winback_list_min_profit": (0, 10**12),
    "winback_contact_cap": (1, 100),
    "winback_contact_cap_days": (1, 365),
    "winback_yearly_days": (30, 3650),
    "winback_yearly_years": (1, 30),
    "winback_yearly_budget": (0, 100),
}


class ResCompany(models.Model):
    """How many customers are to be won back at a time, which, and how often contacted."""

    _inherit = "res.company"

    winback_case_budget = fields.Integer(
        string="New Cases per Person and Day",
        default=3,
        help="The most promising customers become cases each morning. Zero: none by itself.",
    )
    winback_retrigger_days = fields.Integer(
        string="Quiet After a Dismissal (days)",
        default=90,
        help="A dismissed customer comes back earlier only with a new sign.",
    )
    winback_list_min_orders = fields.Integer(string="Orders at Least", default=2)
    winback_list_min_margin = fields.Monetary(string="Margin per Year at Least")
    winback_list_min_profit = fields.Monetary(string="Expected Profit Above")
    winback_contact_cap = fields.Integer(string="Contacts at Most", default=4)
    winback_contact_cap_days = fields.Integer(string="Within (days)", default=30)
    winback_yearly_days = fields.Integer(
        string="Contact the Lost Every (days)",
        default=365,
        help="Without selling: news, figures of the market. So that we do not disappear.",
    )
    winback_yearly_years = fields.Integer(string="For (years)", default=5)
    winback_yearly_budget = fields.Integer(
        string="Such Contacts per Person and Day",
        default=2,
        help="Zero: none are planned.",
    )
    winback_work_list_date = fields.Date(readonly=True, copy=False, string="Work Lists Filled On")

    def _get_winback_limits(self):
        """Override of `winback_lost_customers` to limit the numbers of the work list."""
        return [
            *super()._get_winback_limits(),
            *((name, low, high) for name, (low, high) in LIMITS.items()),
        ]

    @api.constrains(*LIMITS)
    def _check_winback_work_list_numbers(self):
        self._check_winback_numbers()


class ResConfigSettings(models.TransientModel):
    """The work list in the settings."""

    _inherit = "res.config.settings"

    winback_case_budget = fields.Integer(
        related="company_id.winback_case_budget", readonly=False
    )
    winback_retrigger_days = fields.Integer(
        related="company_id.winback_retrigger_days", readonly=False
    )
    winback_list_min_orders = fields.Integer(
        related="company_id.winback_list_min_orders", readonly=False
    )
    winback_list_min_margin = fields.Monetary(
        related="company_id.winback_list_min_margin",
        readonly=False,
        currency_field="winback_currency_id",
    )
    winback_list_min_profit = fields.Monetary(
        related="company_id.winback_list_min_profit",
        readonly=False,
        currency_field="winback_currency_id",
    )
    winback_contact_cap = fields.Integer(
        related="company_id.winback_contact_cap", readonly=False
    )
    winback_contact_cap_days = fields.Integer(
        related="company_id.winback_contact_cap_days", readonly=False
    )
    winback_yearly_days = fields.Integer(
        related="company_id.winback_yearly_days", readonly=False
    )
    winback_yearly_years = fields.Integer(
        related="company_id.winback_yearly_years", readonly=False
    )
    winback_yearly_budget = fields.Integer(
        related="company_id.winback_yearly_budget", readonly=False
    )

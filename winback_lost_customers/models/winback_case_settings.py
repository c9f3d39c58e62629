from odoo import api, fields, models


class ResCompany(models.Model):
    """How a company gives out its cases."""

    _inherit = "res.company"

    winback_case_load = fields.Integer(
        string="Open Cases per Person",
        default=30,
        help="Who has as many open cases gets no new one by the rules.",
    )
    winback_management_margin_rank = fields.Integer(
        string="Customers for the Management",
        default=5,
        help="So many customers with the largest margin are won back by the management. "
        "Zero: none.",
    )
    winback_case_first_days = fields.Integer(
        string="First Step Within (days)",
        default=3,
        help="The day until which a new case wants its first step.",
    )

    def _get_winback_limits(self):
        """Override of `winback_lost_customers` to limit the numbers for cases."""
        return [
            *super()._get_winback_limits(),
            ("winback_case_load", 1, 10000),
            ("winback_management_margin_rank", 0, 10000),
            ("winback_case_first_days", 0, 365),
        ]

    @api.constrains(
        "winback_case_load", "winback_management_margin_rank", "winback_case_first_days"
    )
    def _check_winback_case_numbers(self):
        self._check_winback_numbers()


class ResConfigSettings(models.TransientModel):
    """How a company gives out its cases, in the settings."""

    _inherit = "res.config.settings"

    winback_case_load = fields.Integer(related="company_id.winback_case_load", readonly=False)
    winback_management_margin_rank = fields.Integer(
        related="company_id.winback_management_margin_rank", readonly=False
    )
    winback_case_first_days = fields.Integer(
        related="company_id.winback_case_first_days", readonly=False
    )

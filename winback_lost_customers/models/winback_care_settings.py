from odoo import api, fields, models


class ResCompany(models.Model):
    """How a company looks after its customers, and what a new one costs it."""

    _inherit = "res.company"

    winback_spot_checks = fields.Integer(
        string="Spot Checks a Month",
        default=5,
        help="Key accounts whom the head of sales asks each month. Zero: none.",
    )
    winback_new_customer_cost = fields.Monetary(
        string="Cost of a New Customer",
        help="What it costs on average to win a new customer; a returned one is compared with it.",
    )

    def _get_winback_limits(self):
        """Override of `winback_lost_customers` to limit the numbers of customer care."""
        return [
            *super()._get_winback_limits(),
            ("winback_spot_checks", 0, 1000),
            ("winback_new_customer_cost", 0, 10**9),
        ]

    @api.constrains("winback_spot_checks", "winback_new_customer_cost")
    def _check_winback_care_numbers(self):
        self._check_winback_numbers()


class ResConfigSettings(models.TransientModel):
    """How a company looks after its customers, in the settings."""

    _inherit = "res.config.settings"

    winback_spot_checks = fields.Integer(related="company_id.winback_spot_checks", readonly=False)
    winback_new_customer_cost = fields.Monetary(
        related="company_id.winback_new_customer_cost",
        readonly=False,
        currency_field="winback_currency_id",
    )

from odoo import api, fields, models


class ResCompany(models.Model):
    """How a company handles complaints."""

    _inherit = "res.company"

    winback_complaint_serious_hours = fields.Float(string="Answer Serious Complaints Within", default=4)
    winback_complaint_small_hours = fields.Float(string="Answer Small Complaints Within", default=16)
    winback_superior_id = fields.Many2one(
        "res.users",
        string="Superior",
        domain="[('share', '=', False)]",
        help="Is told of late answers and conflicts where no sales team has a leader.",
    )
    winback_compensation_max_percent = fields.Float(string="Compensation at Most (%)", default=10)
    winback_compensation_days = fields.Integer(
        string="Codes Are Valid For (days)", default=365, help="Zero: without end."
    )

    def _get_winback_limits(self):
        """Override of `winback_lost_customers` to limit the numbers for complaints."""
        return [
            *super()._get_winback_limits(),
            ("winback_complaint_serious_hours", 0.25, 400),
            ("winback_complaint_small_hours", 0.25, 400),
            ("winback_compensation_max_percent", 0, 100),
            ("winback_compensation_days", 0, 3650),
        ]

    @api.constrains(
        "winback_complaint_serious_hours",
        "winback_complaint_small_hours",
        "winback_compensation_max_percent",
        "winback_compensation_days",
    )
    def _check_winback_complaint_numbers(self):
        self._check_winback_numbers()

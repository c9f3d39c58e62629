from odoo import api, fields, models


class ResCompany(models.Model):
    """How soon inquiries are to be answered."""

    _inherit = "res.company"

    winback_answer_days = fields.Integer(
        string="Answer Inquiries Within (days)",
        default=3,
        help="Calendar days. An inquiry without an answer after these days is unanswered, one "
        "answered after them was answered late. Zero: on the same day.",
    )

    def _get_winback_limits(self):
        """Override of `winback_lost_customers` to limit the days for an answer."""
        return [*super()._get_winback_limits(), ("winback_answer_days", 0, 90)]

    @api.constrains("winback_answer_days")
    def _check_winback_answer_days(self):
        self._check_winback_numbers()

    def write(self, vals):
        """Have the inquiries judged anew when they are to be answered sooner or later."""
        result = super().write(vals)
        if "winback_answer_days" in vals:
            self.env.ref("winback_lost_customers.ir_cron_winback_inquiry")._trigger()
        return result


class ResConfigSettings(models.TransientModel):
    """How soon inquiries are to be answered, in the settings."""

    _inherit = "res.config.settings"

    winback_answer_days = fields.Integer(related="company_id.winback_answer_days", readonly=False)

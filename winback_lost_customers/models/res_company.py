from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ResCompany(models.Model):
    _inherit = "res.company"

    winback_population = fields.Selection(
        [("bought", "Who has bought"), ("negotiated", "Who has bought or got a quotation")],
        string="Who Is a Customer",
        default="bought",
        required=True,
    )
    winback_min_potential = fields.Monetary(
        string="Minimum Potential per Year",
        help="Customers whose potential (entered, or else the sales of their last active "
        "year) is lower are left out. Zero: nobody is left out.",
    )
    winback_recent_days = fields.Integer(
        string="Recent Period",
        default=90,
        help="Days that are compared with the customer's year before and with the same "
        "season a year ago.",
    )
    winback_one_off_days = fields.Integer(string="One-Off Buyer After", default=180)
    winback_lost_min_days = fields.Integer(string="Lost After at Least", default=180)
    winback_lost_gap_factor = fields.Float(string="Times the Longest Gap", default=1.5)
    winback_lost_max_days = fields.Integer(string="Lost After at Most", default=730)
    winback_watch_days = fields.Integer(string="Watching Time After a Return", default=180)
    winback_risk_score = fields.Integer(string="At Risk From", default=50)
    winback_abc_a_share = fields.Integer(string="Class A up to Share of Margin (%)", default=80)
    winback_abc_b_share = fields.Integer(string="Class B up to Share of Margin (%)", default=95)
    winback_xyz_x_variation = fields.Integer(string="Class X up to Variation (%)", default=50)
    winback_xyz_y_variation = fields.Integer(string="Class Y up to Variation (%)", default=100)
    winback_horizon_days = fields.Integer(
        string="Horizon of the Forecast",
        default=90,
        help="Days for which the probability of no order and the expected loss are told.",
    )
    winback_run_date = fields.Date(readonly=True, string="Evaluated As Of")
    winback_history_date = fields.Date(readonly=True, string="History Rebuilt Until")
    winback_history_start = fields.Date(
        readonly=True,
        string="History Rebuilt To",
        help="The month-end with which the reconstruction is complete.",
    )

    @api.constrains(
        "winback_min_potential",
        "winback_recent_days",
        "winback_one_off_days",
        "winback_lost_min_days",
        "winback_lost_gap_factor",
        "winback_lost_max_days",
        "winback_watch_days",
        "winback_risk_score",
        "winback_abc_a_share",
        "winback_abc_b_share",
        "winback_xyz_x_variation",
        "winback_xyz_y_variation",
        "winback_horizon_days",
    )
    def _check_winback_numbers(self):
        for company in self:
            for name, low, high in company._get_winback_limits():
                if not low <= company[name] <= high:
                    raise ValidationError(
                        self.env._(
                            "“%(field)s” must lie between %(low)s and %(high)s, not "
                            "%(value)s.",
                            field=company._fields[name]._description_string(self.env),
                            low=low,
                            high=high,
                            value=company[name],
                        )
                    )

    def write(self, vals):
        """Have the model fitted again when another horizon is wanted."""
        result = super().write(vals)
        if "winback_horizon_days" in vals:
            self.env.ref("winback_lost_customers.ir_cron_winback_model")._trigger()
        return result

    def _get_winback_limits(self):
        """Return (field, lowest, highest value that makes sense)."""
        return [
            ("winback_min_potential", 0, 10**12),
            ("winback_recent_days", 7, 365),
            ("winback_one_off_days", 1, 3650),
            ("winback_lost_min_days", 1, 3650),
            ("winback_lost_gap_factor", 1, 10),
            ("winback_lost_max_days", self.winback_lost_min_days, 3650),
            ("winback_watch_days", 1, 3650),
            ("winback_risk_score", 1, 100),
            ("winback_abc_a_share", 1, 100),
            ("winback_abc_b_share", self.winback_abc_a_share, 100),
            ("winback_xyz_x_variation", 1, 1000),
            ("winback_xyz_y_variation", self.winback_xyz_x_variation, 1000),
            ("winback_horizon_days", 7, 365),
        ]

    def _winback_tz(self):
        """Return the name of the zone in which the company counts its days."""
        # sudo: a company's own contact may be hidden from a salesperson
        return self.sudo().partner_id.tz or "UTC"

    def _winback_today(self):
        """Return today's date where the company is."""
        return fields.Date.context_today(self.with_context(tz=self._winback_tz()))

    def _winback_is_due(self):
        """Tell whether the nightly run of today is still to be done."""
        return not self.winback_run_date or self.winback_run_date < self._winback_today()

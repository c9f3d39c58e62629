from odoo import api, fields, models
from odoo.exceptions import UserError


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    winback_population = fields.Selection(
        related="company_id.winback_population", readonly=False
    )
    winback_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Win-Back Currency"
    )
    winback_min_potential = fields.Monetary(
        related="company_id.winback_min_potential",
        readonly=False,
        currency_field="winback_currency_id",
    )
    winback_recent_days = fields.Integer(
        related="company_id.winback_recent_days", readonly=False
    )
    winback_one_off_days = fields.Integer(
        related="company_id.winback_one_off_days", readonly=False
    )
    winback_lost_min_days = fields.Integer(
        related="company_id.winback_lost_min_days", readonly=False
    )
    winback_lost_gap_factor = fields.Float(
        related="company_id.winback_lost_gap_factor", readonly=False
    )
    winback_lost_max_days = fields.Integer(
        related="company_id.winback_lost_max_days", readonly=False
    )
    winback_watch_days = fields.Integer(
        related="company_id.winback_watch_days", readonly=False
    )
    winback_risk_score = fields.Integer(
        related="company_id.winback_risk_score", readonly=False
    )
    winback_abc_a_share = fields.Integer(
        related="company_id.winback_abc_a_share", readonly=False
    )
    winback_abc_b_share = fields.Integer(
        related="company_id.winback_abc_b_share", readonly=False
    )
    winback_xyz_x_variation = fields.Integer(
        related="company_id.winback_xyz_x_variation", readonly=False
    )
    winback_xyz_y_variation = fields.Integer(
        related="company_id.winback_xyz_y_variation", readonly=False
    )
    winback_horizon_days = fields.Integer(
        related="company_id.winback_horizon_days", readonly=False
    )
    winback_model_verdict = fields.Text(compute="_compute_winback_model_verdict")
    winback_run_date = fields.Date(related="company_id.winback_run_date")
    winback_history_progress = fields.Char(compute="_compute_winback_history_progress")
    group_winback_margin_all = fields.Boolean(
        string="Salespeople See Margins",
        implied_group="winback_lost_customers.group_winback_margin",
        group="sales_team.group_sale_salesman",
    )

    @api.depends("company_id")
    def _compute_winback_history_progress(self):
        for settings in self:
            done, total = self.env["winback.history"]._get_progress(settings.company_id)
            settings.winback_history_progress = self.env._(
                "%(done)s of %(total)s month-ends", done=done, total=total
            )

    @api.depends("company_id")
    def _compute_winback_model_verdict(self):
        for settings in self:
            company = settings.company_id
            # sudo: administrators without sales rights open the settings, too
            model = self.env["winback.model"].sudo()
            model = model._get_in_force(company, company._winback_today())
            settings.winback_model_verdict = model.verdict or self.env._(
                "The plain rules speak: the model has not been fitted yet."
            )

    def action_winback_fit(self):
        """Save the settings, fit the probability model and evaluate all customers."""
        self.execute()
        company = self.company_id
        if not self.env["winback.model"]._fit(company, company._winback_today()):
            raise UserError(
                self.env._("Nobody has bought twice yet, so there is no rhythm to learn.")
            )
        self.env["winback.engine"]._run(company)
        return self.env["ir.actions.act_window"]._for_xml_id(
            "winback_lost_customers.winback_model_action"
        )

    def action_winback_run(self):
        """Save the settings and evaluate all customers of the company now."""
        self.execute()
        self.env["winback.engine"]._run(self.company_id)
        return self.env["ir.actions.act_window"]._for_xml_id(
            "winback_lost_customers.winback_status_action"
        )

    def action_winback_rebuild_history(self):
        """Save the settings and reconstruct the history in the background."""
        self.execute()
        self.env["winback.history"]._restart(self.company_id)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._(
                    "The last 24 month-ends are being rebuilt in the background; this "
                    "page shows how far it is."
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

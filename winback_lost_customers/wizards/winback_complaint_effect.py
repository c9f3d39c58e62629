from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..models.winback_complaint_effect import PERIOD


class WinbackComplaintEffectSheet(models.TransientModel):
    """Own figures beside the literature's, on a screen, for a period to choose."""

    _name = "winback.complaint.effect.sheet"
    _description = "After Complaints: Own Figures and the Literature"

    company_id = fields.Many2one(
        "res.company",
        required=True,
        default=lambda self: self.env.company,
        domain=lambda self: [("id", "in", self.env.companies.ids)],
    )
    date_from = fields.Date(
        string="Received From", required=True, default=lambda self: self.env.company._winback_today() - PERIOD
    )
    date_to = fields.Date(
        string="Received Until", required=True, default=lambda self: self.env.company._winback_today()
    )
    # sanitize: our own template, and nothing but figures in it
    table = fields.Html(compute="_compute_table", sanitize=False)

    @api.constrains("date_from", "date_to")
    def _check_dates(self):
        for sheet in self:
            if sheet.date_from > sheet.date_to:
                raise ValidationError(self.env._("The period must begin before it ends."))

    @api.depends("company_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for sheet in self:
            sheet.display_name = self.env._("After Complaints")

    @api.depends("company_id", "date_from", "date_to")
    @api.depends_context("lang")
    def _compute_table(self):
        for sheet in self:
            if not sheet.date_from or not sheet.date_to:
                sheet.table = False
                continue
            effect = self.env["winback.complaint.effect"]._get_effect(
                sheet.company_id, sheet.date_from, sheet.date_to
            )
            sheet.table = self.env["ir.qweb"]._render(
                "winback_lost_customers.winback_complaint_effect_table", {"effect": effect}
            )

    def action_open_rows(self):
        """Open the complaints behind the table."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "winback_lost_customers.winback_complaint_report_action"
        )
        facts, company = self.env["winback.fact"], self.company_id
        start = facts._get_day_end(company, fields.Date.subtract(self.date_from, days=1))
        return {
            **action,
            "domain": [
                ("company_id", "=", company.id),
                ("date_received", ">=", fields.Datetime.to_string(start)),
                ("date_received", "<", fields.Datetime.to_string(facts._get_day_end(company, self.date_to))),
            ],
        }

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.tools import date_utils

OFFERED = 12  # quarters to choose from, the present one included


class WinbackQuarterReport(models.TransientModel):
    """Which quarter of which company the management wants to read about."""

    _name = "winback.quarter.report"
    _description = "Win-Back Quarterly Report"

    company_id = fields.Many2one(
        "res.company",
        required=True,
        default=lambda self: self.env.company,
        domain=lambda self: [("id", "in", self.env.companies.ids)],
    )
    quarter = fields.Selection(
        selection="_get_quarters",
        required=True,
        default=lambda self: self._get_starts()[1].isoformat(),
        help="The last one that is over is proposed; the present one is told until today.",
    )

    @api.model
    def _get_starts(self):
        """Return the first days of the quarters to choose from, the present one first."""
        present = date_utils.start_of(self.env.company._winback_today(), "quarter")
        return [present - relativedelta(months=3 * number) for number in range(OFFERED)]

    @api.model
    def _get_quarters(self):
        """Return the quarters to choose from, as pairs."""
        label = self.env["winback.quarter"]._get_label
        return [(first.isoformat(), label(first)) for first in self._get_starts()]

    @api.depends("quarter", "company_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for report in self:
            first = fields.Date.to_date(report.quarter)
            report.display_name = self.env._(
                "Win-Back %(quarter)s, %(company)s",
                quarter=first and self.env["winback.quarter"]._get_label(first) or "",
                company=report.company_id.name or "",
            )

    def _get_figures(self):
        """Return the figures of the quarter; see `winback.quarter`."""
        self.ensure_one()
        first = fields.Date.to_date(self.quarter)
        return self.env["winback.quarter"]._get_figures(self.company_id, first)

    def action_print(self):
        """Print the report; it is shown as a page where no PDF can be made."""
        report = self.env.ref("winback_lost_customers.winback_quarter_report")
        return {**report.report_action(self), "close_on_report_download": True}

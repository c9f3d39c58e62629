from odoo import api, models


class WinbackEngine(models.AbstractModel):
    """Campaigns leave alone whoever a run finds to have ordered or answered."""

    _inherit = "winback.engine"

    @api.model
    def _run(self, company, today=None, partners=None):
        """Override of `winback.engine` to stop campaigns for these customers. A run as
        of a past day knows nothing of what campaigns did since."""
        report = super()._run(company, today, partners)
        current = company._winback_today()
        if (today or current) >= current:
            # sudo: whoever confirms an order need not see campaigns
            self.env["winback.campaign"].sudo()._stop_after_run(company, current, partners)
        return report

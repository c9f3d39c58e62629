import logging

from odoo import api, models

_logger = logging.getLogger(__name__)


class WinbackPreparedMixin(models.AbstractModel):
    """Rows that are prepared each night, for reports that must not read the documents."""

    _name = "winback.prepared.mixin"
    _description = "Win-Back Rows Prepared Each Night"

    @api.model
    def _refresh(self, company):
        """Bring the rows of `company` up to date; return what was done, for the log."""
        raise NotImplementedError

    @api.model
    def _cron_refresh(self):
        """Prepare the rows of each company, one after the other."""
        companies = self.env["res.company"].search([("active", "=", True)])
        progress = self.env["ir.cron"]
        progress._commit_progress(remaining=len(companies))
        for company in companies:
            written = self.with_company(company)._refresh(company)
            _logger.info("%s of %s: %s", self._description, company.name, written)
            if not progress._commit_progress(1):
                break

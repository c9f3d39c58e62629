import logging

from odoo import api, models
from odoo.exceptions import UserError

_logger = logging.getLogger(__name__)

# customers whose contacts are counted together, the most promising first
BATCH = 200


class WinbackWorkList(models.AbstractModel):
    """The daily work lists: each morning the most promising customers become cases.

    Nobody gets more than the company's budget of new cases a day, and who has cases enough
    gets none (`winback.case._get_hindrance`). A case is only opened when somebody may take
    it: no flag without an owner and a date.
    """

    _inherit = "winback.work.list"

    @api.model
    def _fill(self, company, today):
        """Open today's cases of `company`, the most promising first.

        :return: the cases that were opened
        """
        cases = self.env["winback.case"]
        budget = company.winback_case_budget
        if not budget:
            return cases
        customers = self._get_contactable(company, today)
        chosen = cases._choose_for_today(company, customers)
        if not chosen:
            return cases
        opened = cases.with_context(winback_case_budget=budget)._open(
            company, chosen, source="work_list"
        )
        return opened.with_env(self.env)

    @api.model
    def _get_contactable(self, company, today):
        """Return the customers to be won back whom the contact policy lets us contact, the
        most promising first."""
        ids = [row["partner_id"] for row in self._get_ranking(company, today)]
        ranked = self.env["res.partner"].browse(ids)
        policy = self.env["winback.contact.policy"]
        contactable = ranked.browse()
        for start in range(0, len(ranked), BATCH):
            batch = ranked[start : start + BATCH]
            blocked = policy._get_blocked(company, batch, today)
            contactable += batch.filtered(lambda partner: partner not in blocked)  # noqa: B023
        return contactable

    # ------------------------------------------------------------------
    # Scheduled action
    # ------------------------------------------------------------------

    @api.model
    def _cron_fill(self):
        """Fill the work lists of each company whose day has begun, plan the yearly contacts
        and bring the expected profits up to date.

        A company is one step: what was opened and that the day is done are committed
        together, so that a crash opens nothing twice. A company that fails is tried again
        in the next run and does not stop the others; then the action fails with its name.
        """
        companies = self.env["res.company"].search([("active", "=", True)]).filtered(
            lambda c: not c.winback_work_list_date or c.winback_work_list_date < c._winback_today()
        )
        progress = self.env["ir.cron"]
        progress._commit_progress(remaining=len(companies))
        failed = []
        for company in companies:
            try:
                with self.env.cr.savepoint():
                    self.with_company(company)._fill_day(company, company._winback_today())
            except Exception:  # noqa: BLE001 pylint: disable=broad-except
                # the other companies' lists must not wait for this one
                _logger.exception("The work lists of %s failed", company.name)
                failed.append(company.name)
            if not progress._commit_progress(1):
                break
        if failed:
            raise UserError(self.env._("These work lists failed: %s", ", ".join(failed)))

    @api.model
    def _fill_day(self, company, today):
        """Do all that is to be done once a day for `company`."""
        self._fill(company, today)
        self.env["winback.yearly.contact"]._plan(company, today)
        cases = self.env["winback.case"]._get_open_of(company)
        cases._compute_profit()
        self.env["winback.case.proposal"]._refresh(cases)
        company.sudo().winback_work_list_date = today  # no user may write companies

from odoo import api, models
from odoo.fields import Domain
from odoo.tools.misc import format_date

from .winback_case import OPEN_STATES

CAMPAIGNS = 3  # told with their result; more are a click away


class WinbackOverview(models.AbstractModel):
    """The section on what was done, and what it brought."""

    _inherit = "winback.overview"

    @api.model
    def _get_sections(self):
        """Override of `winback.overview` to add what was done."""
        return {**super()._get_sections(), "efforts": self._get_efforts}

    @api.model
    def _get_efforts(self, scope):
        """Return what was tried in the period, and what it brought. A team or salesperson
        of the filters is the one who did the work, not who lost the customer.

        :return: dict with `opened`, `in_work` (now), `closed`, `won`, `granted` and `used`,
            each with `count` and `open`; `result` of the closed cases (see
            `winback.efforts._get_case_rows`, money None for who may not see it), and
            `campaigns`, None for who may not see them
        """
        [result] = self.env["winback.efforts"]._get_case_rows(scope, [])
        return {
            **self._get_case_efforts(scope, result),
            **self._get_offer_efforts(scope),
            "result": {"cost": None, "margin": None, "profit": None, **result, "record": None},
            "campaigns": self._get_campaign_efforts(scope),
        }

    @api.model
    def _get_case_efforts(self, scope, result):
        """Return the cases opened, in work, closed and won."""
        # of the report, as all figures here: whose work it shows is decided in one place
        cases = self.env["winback.case.report"]
        within = self.env["winback.figures"]._get_within_domain("date_open", scope.date_from, scope.date_to)
        opened = scope.get_domain() & within & Domain("state", "!=", "dismissed")
        in_work = scope.get_domain() & Domain("state", "in", OPEN_STATES)
        closed = self.env["winback.efforts"]._get_closed_domain(scope)
        return {
            "opened": self._count_effort(cases, opened, self.env._("Cases Opened")),
            "in_work": self._count_effort(cases, in_work, self.env._("Cases in Work")),
            "closed": {
                "count": result["closed"],
                "open": self._open("winback.case.report", closed, self.env._("Cases Closed")),
            },
            "won": {
                "count": result["won"],
                "open": self._open(
                    "winback.case.report", closed & Domain("state", "=", "won"), self.env._("Cases Won")
                ),
            },
        }

    @api.model
    def _get_offer_efforts(self, scope):
        """Return the offers granted in the period, and those of them that were used."""
        report = self.env["winback.offer.report"]
        granted = self.env["winback.efforts"]._get_granted_domain(scope)
        used = granted & Domain("state", "=", "used")
        return {
            "granted": self._count_effort(report, granted, self.env._("Offers Granted")),
            "used": self._count_effort(report, used, self.env._("Offers Used")),
        }

    @api.model
    def _count_effort(self, model, domain, name):
        """Return how many records there are, and what opens them."""
        return {"count": model.search_count(domain), "open": self._open(model._name, domain, name)}

    @api.model
    def _get_campaign_efforts(self, scope):
        """Return the latest campaigns measured in the period, each with its result in
        words: `id`, `name`, `until`, `sentence`, `is_worse`. They are of no team or person."""
        if not self.env["winback.campaign"].has_access("read") or scope.team_id or scope.user_id:
            return None
        campaigns = self.env["winback.efforts"]._get_campaigns(scope)[-CAMPAIGNS:]
        return [
            {
                "id": campaign.id,
                "name": self._add_company(scope, campaign.name, campaign),
                "until": format_date(self.env, campaign.date_end),
                "sentence": (campaign.result_summary or "").partition("\n")[0],
                "is_worse": campaign.is_worse,
            }
            for campaign in reversed(campaigns)
        ]

from odoo import api, models
from odoo.fields import Domain

from .winback_figures import LOST_STATES


class WinbackOverview(models.AbstractModel):
    """The section on why customers leave."""

    _inherit = "winback.overview"

    @api.model
    def _get_sections(self):
        """Override of `winback.overview` to add the reasons."""
        return {**super()._get_sections(), "reasons": self._get_reasons}

    @api.model
    def _get_reasons(self, scope):
        """Return the reasons noted on the cases that were opened in the period.

        :return: dict with `rows`, most money first: `name`, `group`, `customers`, `amount`
            (their sales per year), `won_rate` (percent of the closed cases, None when none
            is closed) and `open`; `unknown` and `lost` (of so many who are lost now, for how
            many no reason is known) with `open_unknown`
        """
        domain = (
            scope.get_domain("status_id.")
            & self.env["winback.figures"]._get_within_domain(
                "date_open", scope.date_from, scope.date_to
            )
            & Domain("state", "!=", "dismissed")
            & Domain("reason_id", "!=", False)
        )
        groups = self._read_sums(
            scope,
            "winback.case.report",
            domain,
            ["reason_id"],
            ["partner_id:count_distinct", "amount_at_stake:sum", "won_rate:sum", "won_rate:count"],
        )
        rows = [self._prepare_reason(domain, *group) for group in groups]
        rows.sort(key=lambda row: (-row["amount"], -row["customers"], row["name"]))
        return {"rows": rows, **self._count_unknown(scope)}

    @api.model
    def _prepare_reason(self, domain, reason, customers, amount, won, closed):
        """Return the figures of one reason.

        :param won: percents won back of all `closed` cases, added up
        """
        return {
            "id": reason.id,
            "name": reason.name,
            "group": reason.group,
            "customers": customers,
            "amount": amount or 0,
            "won_rate": won / closed if closed else None,
            "open": self._open(
                "winback.case.report", domain & Domain("reason_id", "=", reason.id), reason.name
            ),
        }

    @api.model
    def _count_unknown(self, scope):
        """Return of how many customers that are lost now nobody knows why.

        The report on completeness tells, and not the cases: who lost a customer does not
        see the case of it, and yet may know that somebody asked.
        """
        report = self.env["winback.completeness.report"]
        lost = scope.get_domain() & Domain("state", "in", LOST_STATES)
        unknown = lost & Domain("has_reason", "=", 0)
        counts = dict(report._read_group(lost, ["has_reason"], ["__count"]))
        return {
            "lost": sum(counts.values()),
            "unknown": counts.get(0, 0),
            "open_unknown": self._open(report._name, unknown, self.env._("Reason Unknown")),
        }

from odoo import api, models
from odoo.fields import Domain

from ..tools.uplift import wilson_interval

ENDED_STATES = ("won", "later", "gone")
MEASURED_STATES = ("running", "done")


class WinbackEfforts(models.AbstractModel):
    """What was done to win customers back, and what it brought, for every screen.

    Overview and quarterly report ask here. A scope (see `winback_overview`) limits the
    figures to its companies, and to the team and the person who did the work; money is in
    its currency.
    """

    _name = "winback.efforts"
    _description = "Win-Back: What Was Done"

    @api.model
    def _get_closed_domain(self, scope):
        """Return the domain of the cases that were closed in the scope and not dismissed."""
        within = self.env["winback.figures"]._get_within_domain("date_closed", scope.date_from, scope.date_to)
        return scope.get_domain() & Domain("state", "in", ENDED_STATES) & within

    @api.model
    def _get_granted_domain(self, scope):
        """Return the domain of the offers that were granted in the scope."""
        within = self.env["winback.figures"]._get_within_domain("date", scope.date_from, scope.date_to)
        return scope.get_domain() & within

    @api.model
    def _get_case_rows(self, scope, groupby):
        """Return what came of the cases that were closed in the scope and not dismissed.

        :return: list of dicts with `record`, `closed`, `won`, `rate` and its interval `low`
            and `high` (percent, None without cases), `contacts`, `revenue`, and for who may
            see margins `cost`, `margin` and `profit`
        """
        names = ["closed", "won", "contacts", "revenue"]
        sums = ["__count", "won_count:sum", "contact_count:sum", "revenue:sum"]
        domain = self._get_closed_domain(scope)
        return self._read_rows("winback.case.report", scope, domain, groupby, names, sums, ("won", "closed"))

    @api.model
    def _get_offer_rows(self, scope):
        """Return what the offers granted in the scope brought, one row for each offer:
        `granted`, `used`, `returned`, the share of these and its interval, and money as in
        `_get_case_rows`."""
        return self._read_rows(
            "winback.offer.report",
            scope,
            self._get_granted_domain(scope),
            ["offer_id"],
            ["granted", "used", "returned", "revenue"],
            ["granted_count:sum", "used_count:sum", "returned_count:sum", "revenue:sum"],
            ("returned", "granted"),
        )

    @api.model
    def _read_rows(self, model, scope, domain, groupby, names, sums, shares):
        """Return the figures of a report as dicts, the largest revenue first; with the
        share of the first of `shares` in the second, and its interval."""
        names, sums = list(names), list(sums)
        if scope.sees_margin:
            names += ["cost", "margin", "profit"]
            sums += ["cost:sum", "margin:sum", "profit:sum"]
        rows = []
        for group in self.env["winback.overview"]._read_sums(scope, model, domain, groupby, sums):
            values = [value or 0 for value in group[len(groupby) :]]
            row = dict(zip(names, values, strict=True))
            row["record"] = group[0] if groupby else None
            rows.append({**row, **self._get_share(row[shares[0]], row[shares[1]])})
        return sorted(rows, key=lambda row: (-row["revenue"], -row[shares[1]]))

    @api.model
    def _get_share(self, part, whole):
        """Return `rate` of `part` in `whole` with its 95 % interval `low` to `high`, in
        percent; None without anybody."""
        if not whole:
            return {"rate": None, "low": None, "high": None}
        low, high = wilson_interval(part, whole)
        return {"rate": 100 * part / whole, "low": 100 * low, "high": 100 * high}

    @api.model
    def _get_campaigns(self, scope):
        """Return the campaigns that were measured on a day of the scope at least, the
        earliest first, each with its result as of today."""
        return self.env["winback.campaign"].search(
            scope.get_company_domain()
            & Domain("state", "in", MEASURED_STATES)
            & Domain("date_start", "<=", scope.date_to)
            & Domain("date_end", ">=", scope.date_from),
            order="date_start, id",
        )

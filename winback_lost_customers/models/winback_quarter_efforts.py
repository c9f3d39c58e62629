from odoo import api, models
from odoo.fields import Domain

from ..tools.uplift import wilson_interval
from .winback_complaint import OPEN_STATES

LARGEST = 8  # losses and returns told one by one
ENDED_STATES = ("won", "later", "gone")


class WinbackQuarter(models.AbstractModel):
    """Why customers left and came back, and what was done: complaints answered, cases,
    offers and campaigns."""

    _inherit = "winback.quarter"

    @api.model
    def _get_sections(self):
        """Override of `winback.quarter` to add what was done."""
        return {
            **super()._get_sections(),
            "complaints": lambda spans: [self._get_complaints(span) for span in spans],
            "complaints_open": self._count_open_complaints,
            "complaint_effect": self._get_complaint_effect,
            "cases": lambda spans: [self._get_cases(span) for span in spans],
            "channels": lambda spans: self._get_case_rows(spans[0].scope, ["channel_id"]),
            "offers": self._get_offers,
            "campaigns": self._get_campaigns,
        }

    # ------------------------------------------------------------------
    # The largest, one by one
    # ------------------------------------------------------------------

    @api.model
    def _get_largest(self, spans):
        """Return the largest losses and returns of the quarter, each with why.

        :return: {lost / won_back: list of dicts with `change` (a transition), `reason`,
            `competitor` and `case` (each may be empty)}
        """
        return {
            name: self._get_largest_changes(spans[0], kind)
            for name, kind in self._get_kinds().items()
        }

    @api.model
    def _get_largest_changes(self, span, kind):
        """Return the changes of the `kind` with most sales per year."""
        scope = span.scope
        domain = self.env["winback.overview"]._get_changes_domain(
            scope, kind, scope.date_from, scope.date_to
        )
        changes = self.env["winback.transition"].search(
            domain, limit=LARGEST, order="amount_active_year desc, date desc, id desc"
        )
        cases = self._get_last_cases(scope, changes.partner_id)
        return [self._explain(change, cases) for change in changes]

    @api.model
    def _get_last_cases(self, scope, partners):
        """Return {customer: its cases, the latest first}."""
        cases = self.env["winback.case"].with_context(active_test=False).search(
            [
                ("company_id", "=", scope.company.id),
                ("partner_id", "in", partners.ids),
                ("state", "!=", "dismissed"),
            ],
            order="date_open desc, id desc",
        )
        return cases.grouped("partner_id")

    @api.model
    def _explain(self, change, cases):
        """Return a change with the latest reason that anybody noted of the customer, and
        with the case that was won by a return."""
        known = cases.get(change.partner_id, self.env["winback.case"])
        told = known.filtered(lambda case: case._get_reason())[:1]
        won = known.filtered(lambda case: case.state == "won" and case.date_closed >= change.date)[-1:]
        return {
            "change": change,
            "reason": told._get_reason() if told else self.env["winback.reason"],
            "competitor": told.competitor,
            "case": won if change.to_state == "won_back" else known[:1],
        }

    # ------------------------------------------------------------------
    # Complaints
    # ------------------------------------------------------------------

    @api.model
    def _get_complaint_domain(self, scope):
        """Return the domain of the complaints received in the scope."""
        facts = self.env["winback.fact"]
        start = facts._get_day_end(scope.company, self._get_day_before(scope))
        end = facts._get_day_end(scope.company, scope.date_to)
        return (
            Domain("company_id", "=", scope.company.id)
            & Domain("state", "!=", "cancelled")
            & Domain("date_received", ">=", start)
            & Domain("date_received", "<", end)
        )

    @api.model
    def _get_complaints(self, span):
        """Return the complaints received in the span and how fast they were answered.

        :return: dict with `label` and, for serious, small and total, dicts of `received`,
            `answered`, `hours` (working hours until the first answer, on average) and
            `in_time` (percent); the last two None where nothing was answered
        """
        domain = self._get_complaint_domain(span.scope)
        complaints = self.env["winback.complaint"]
        received = dict(complaints._read_group(domain, ["severity"], ["__count"]))
        # what waits for an answer has no answer time, and would count as zero hours
        answered = complaints._read_group(
            domain & Domain("date_answered", "!=", False),
            ["severity"],
            ["__count", "answer_hours:avg", "in_time:avg"],
        )
        answers = {severity: figures for severity, *figures in answered}
        severities = [key for key, _label in complaints._fields["severity"].selection]
        parts = {key: self._prepare_answers(received.get(key, 0), [answers.get(key)]) for key in severities}
        parts["total"] = self._prepare_answers(sum(received.values()), answers.values())
        return {"label": span.label, **parts}

    @api.model
    def _prepare_answers(self, received, answers):
        """Return the figures of complaints whose `answers` are told in parts of (number,
        mean hours, mean of in time)."""
        parts = [part for part in answers if part]
        count = sum(part[0] for part in parts)
        hours, in_time = (
            sum(part[0] * part[place] for part in parts) / count if count else None for place in (1, 2)
        )
        return {"received": received, "answered": count, "hours": hours, "in_time": in_time}

    @api.model
    def _count_open_complaints(self, spans):
        """Return how many complaints wait now, for an answer or for their end."""
        return self.env["winback.complaint"].search_count(
            [("company_id", "=", spans[0].scope.company.id), ("state", "in", OPEN_STATES)]
        )

    @api.model
    def _get_complaint_effect(self, spans):
        """Return what came after the complaints of three years that were followed to the end
        by the end of the quarter: those of a quarter alone are too few."""
        scope = spans[0].scope
        return self.env["winback.complaint.effect"]._get_effect_until(scope.company, scope.date_to)

    # ------------------------------------------------------------------
    # Cases
    # ------------------------------------------------------------------

    @api.model
    def _get_cases(self, span):
        """Return what came of the cases closed in the span: see `_get_case_rows`."""
        [row] = self._get_case_rows(span.scope, [])
        return {"label": span.label, **row}

    @api.model
    def _get_case_rows(self, scope, groupby):
        """Return what came of the cases that were closed in the scope and not dismissed.

        :return: list of dicts with `record`, `closed`, `won`, `rate` and its interval `low`
            and `high` (percent, None without cases), `contacts`, `revenue`, and for who may
            see margins `cost`, `margin` and `profit`
        """
        domain = (
            Domain("company_id", "=", scope.company.id)
            & Domain("state", "in", ENDED_STATES)
            & self.env["winback.figures"]._get_within_domain("date_closed", scope.date_from, scope.date_to)
        )
        names = ["closed", "won", "contacts", "revenue"]
        sums = ["__count", "won_count:sum", "contact_count:sum", "revenue:sum"]
        return self._read_rows("winback.case.report", scope, domain, groupby, names, sums, ("won", "closed"))

    @api.model
    def _read_rows(self, model, scope, domain, groupby, names, sums, shares):
        """Return the figures of a report as dicts, the largest revenue first; with the
        share of the first of `shares` in the second, and its interval."""
        names, sums = list(names), list(sums)
        if scope.sees_margin:
            names += ["cost", "margin", "profit"]
            sums += ["cost:sum", "margin:sum", "profit:sum"]
        rows = []
        for group in self.env[model]._read_group(domain, groupby, sums):
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

    # ------------------------------------------------------------------
    # Offers and campaigns
    # ------------------------------------------------------------------

    @api.model
    def _get_offers(self, spans):
        """Return what the offers granted in the quarter brought, one row each: `granted`,
        `used`, `returned`, the share of these and its interval, and money as in
        `_get_case_rows`."""
        scope = spans[0].scope
        within = self.env["winback.figures"]._get_within_domain("date", scope.date_from, scope.date_to)
        return self._read_rows(
            "winback.offer.report",
            scope,
            Domain("company_id", "=", scope.company.id) & within,
            ["offer_id"],
            ["granted", "used", "returned", "revenue"],
            ["granted_count:sum", "used_count:sum", "returned_count:sum", "revenue:sum"],
            ("returned", "granted"),
        )

    @api.model
    def _get_campaigns(self, spans):
        """Return the campaigns that were measured on a day of the quarter at least, each
        with its result as of today."""
        scope = spans[0].scope
        return self.env["winback.campaign"].search(
            [
                ("company_id", "=", scope.company.id),
                ("state", "in", ("running", "done")),
                ("date_start", "<=", scope.date_to),
                ("date_end", ">=", scope.date_from),
            ],
            order="date_start, id",
        )

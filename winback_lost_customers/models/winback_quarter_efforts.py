from odoo import api, models
from odoo.fields import Domain

from .winback_complaint import OPEN_STATES

LARGEST = 8  # losses and returns told one by one


class WinbackQuarter(models.AbstractModel):
    """Why customers left and came back, and what was done: complaints answered, cases,
    offers and campaigns."""

    _inherit = "winback.quarter"

    @api.model
    def _get_sections(self):
        """Override of `winback.quarter` to add what was done."""
        efforts = self.env["winback.efforts"]
        return {
            **super()._get_sections(),
            "complaints": lambda spans: [self._get_complaints(span) for span in spans],
            "complaints_open": self._count_open_complaints,
            "complaint_effect": self._get_complaint_effect,
            "cases": lambda spans: [self._get_cases(span) for span in spans],
            "channels": lambda spans: efforts._get_case_rows(spans[0].scope, ["channel_id"]),
            "offers": lambda spans: efforts._get_offer_rows(spans[0].scope),
            "campaigns": lambda spans: efforts._get_campaigns(spans[0].scope),
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
        """Return what came of the cases closed in the span, see `winback.efforts`."""
        [row] = self.env["winback.efforts"]._get_case_rows(span.scope, [])
        return {"label": span.label, **row}

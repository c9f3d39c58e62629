from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, models
from odoo.tools import date_utils
from odoo.tools.misc import format_date

from .winback_overview import Scope
from .winback_overview_losses import LOST, LOST_AGAIN, RETURNED

QUARTER = relativedelta(months=3)
PARTS = ("value_class_id", "user_id")  # fields of the statuses by which figures are broken down
# what is set beside the quarter itself: {key: so long before}
COMPARED = {
    "quarter": relativedelta(),
    "before": QUARTER,
    "year_ago": relativedelta(years=1),
}


@dataclass(frozen=True)
class Span:
    """A quarter that the report tells about, or compares with."""

    key: str
    label: str
    scope: Scope
    last_day: date  # of the whole quarter; the scope of a running one ends today
    is_known: bool  # the history reaches back to its beginning

    @property
    def is_running(self):
        return self.last_day > self.scope.date_to


class WinbackQuarter(models.AbstractModel):
    """The figures of one quarter of one company, for the management.

    How it works. `_get_figures` makes the three quarters that are compared into scopes of
    the overview and asks each section of `_get_sections` for its part. What was lost, won
    back and is at stake is counted by the overview itself, what it cost by the loss
    calculator, what was tried and what it brought by the reports and campaigns: nothing is
    counted twice in two ways, so that the paper agrees with the screens. All is read with
    the rights of the reader.

    Here is what happened to customers; what was done about it is in
    `winback_quarter_efforts`.
    """

    _name = "winback.quarter"
    _description = "Win-Back: Figures of a Quarter"

    @api.model
    def _get_figures(self, company, day):
        """Return all figures of the quarter of `company` in which `day` lies.

        :return: dict with `spans` (the quarter, the one before, the one a year ago), and one
            entry for each section
        :raise AccessError: for a company in which the reader does not work
        """
        # sections ask for the company's today, rates and settings
        quarter = self.with_company(company)
        spans = quarter._get_spans(company, day)
        sections = quarter._get_sections().items()
        return {"spans": spans, **{name: section(spans) for name, section in sections}}

    @api.model
    def _get_sections(self):
        """Return {name: method that takes the spans and returns plain data}. Extend it to
        put more figures on the report."""
        overview = self.env["winback.overview"]
        return {
            "readiness": lambda spans: overview._get_readiness(spans[0].scope),
            "at_stake": lambda spans: overview._get_at_stake(spans[0].scope),
            "reasons": lambda spans: overview._get_reasons(spans[0].scope),
            "compared": self._compare,
            "churn": lambda spans: self._get_churn(spans[0].scope),
            "classes": lambda spans: self._break_down(spans[0], "value_class_id"),
            "users": lambda spans: self._break_down(spans[0], "user_id"),
            "largest": self._get_largest,
            "months": self._get_months,
            "calculator": self._get_calculator,
        }

    # ------------------------------------------------------------------
    # Quarters
    # ------------------------------------------------------------------

    @api.model
    def _get_spans(self, company, day):
        """Return the quarter of `day`, the one before, and that of a year ago."""
        return [self._get_span(company, key, day - shift) for key, shift in COMPARED.items()]

    @api.model
    def _get_span(self, company, key, day):
        """Return the quarter of `company` in which `day` lies."""
        first, last = date_utils.start_of(day, "quarter"), date_utils.end_of(day, "quarter")
        begin = self.env["winback.history"]._get_begin(company)
        return Span(
            key=key,
            label=self._get_label(first),
            scope=self._get_scope(company, first, last),
            last_day=last,
            is_known=bool(begin and begin < first),
        )

    @api.model
    def _get_label(self, first):
        """Return what the quarter that begins on `first` is called."""
        return format_date(self.env, first, date_format="QQQ y")

    @api.model
    def _get_scope(self, company, first, last):
        """Return the scope of the overview for all customers from `first` to `last`."""
        return self.env["winback.overview"]._get_scope(
            {"company_id": company.id, "period": "custom", "date_from": first, "date_to": last}
        )

    # ------------------------------------------------------------------
    # Lost and won back
    # ------------------------------------------------------------------

    @api.model
    def _get_kinds(self):
        """Return {name: domain of the changes} of what is counted."""
        figures = self.env["winback.figures"]
        return {"lost": figures._get_lost_domain(), "won_back": figures._get_won_back_domain()}

    @api.model
    def _compare(self, spans):
        """Return for each span `label`, `lost` and `won_back` (each with `count` and
        `amount`, sales per year) and `churn` (the year up to its end, in percent); None
        what the history does not tell."""
        return [
            {
                "key": span.key,
                "label": span.label,
                "churn": self._get_churn(span.scope)["rate"],
                "lost": self._sum_changes(span, (LOST, LOST_AGAIN)),
                "won_back": self._sum_changes(span, (RETURNED,)),
            }
            for span in spans
        ]

    @api.model
    def _get_churn(self, scope):
        """Return the churn of the year up to the end of the scope, read once."""
        if "churn" not in scope.read:
            scope.read["churn"] = self.env["winback.overview"]._get_churn(scope)
        return scope.read["churn"]

    @api.model
    def _sum_changes(self, span, kinds):
        """Return number and yearly sales of the changes of the `kinds` in the span, None
        where the history does not tell."""
        if not span.is_known:
            return None
        scope = span.scope
        return self.env["winback.overview"]._sum_changes(
            scope, kinds, scope.date_from, scope.date_to, span.label
        )

    @api.model
    def _break_down(self, span, name):
        """Return the figures of each value of the statuses' field `name` (class or
        salesperson, as the customers have it now), those with most lost sales first.

        :return: list of dicts with `record`, `customers` (a year before the end), `gone`
            (of them, within the year), `lost` and `won_back` (count and amount, in the
            quarter), `stake` (expected loss now, at risk), `rate` (yearly churn, percent)
        """
        scope = span.scope
        parts = defaultdict(Counter)
        for records, figures in self._get_parts(scope).items():
            parts[records[PARTS.index(name)]].update(figures)
        rows = [self._prepare_part(record, figures, span.is_known) for record, figures in parts.items()]
        rows.sort(key=lambda row: (-row["lost"]["amount"], -row["stake"], row["record"].display_name or ""))
        begin = self.env["winback.history"]._get_begin(scope.company)
        is_told = bool(begin and begin <= scope.date_to - relativedelta(years=1))
        return [self._set_rate(row, is_told) for row in rows]

    @api.model
    def _get_parts(self, scope):
        """Return {(class, salesperson): figures by name}, read once for both tables."""
        if "parts" not in scope.read:
            parts = scope.read["parts"] = defaultdict(Counter)
            for records, (customers, gone) in self._count_cohort(scope).items():
                parts[records].update(customers=customers, gone=gone)
            for name, kind in self._get_kinds().items():
                for *records, count, amount in self._count_by(scope, kind):
                    parts[tuple(records)].update({f"{name}_count": count, f"{name}_amount": amount or 0})
            overview = self.env["winback.overview"]
            for *records, sums in overview._sum_up(scope, overview._get_risk_domain(scope), PARTS):
                parts[tuple(records)].update(stake=sums["sales"], at_risk=sums["count"])
        return scope.read["parts"]

    @api.model
    def _count_cohort(self, scope):
        """Return {(class, salesperson): (customers a year before the end of the scope, how
        many of them were lost since)}."""
        year_before = scope.date_to - relativedelta(years=1)
        return self.env["winback.figures"]._count_cohort_by(
            PARTS, scope.get_domain(), scope.get_domain("status_id."), year_before, scope.date_to
        )

    @api.model
    def _count_by(self, scope, kind):
        """Return (class, salesperson, number, yearly sales) of the changes of the `kind` in
        the scope."""
        domain = self.env["winback.overview"]._get_changes_domain(
            scope, kind, scope.date_from, scope.date_to
        )
        return self.env["winback.transition"]._read_group(
            domain, [f"status_id.{name}" for name in PARTS], ["__count", "amount_active_year:sum"]
        )

    @api.model
    def _prepare_part(self, record, figures, is_known):
        """Return one row of `_break_down`, without its rate."""
        return {
            "record": record,
            "is_known": is_known,
            **{name: figures[name] for name in ("customers", "gone", "stake", "at_risk")},
            **{
                name: {"count": figures[f"{name}_count"], "amount": figures[f"{name}_amount"]}
                for name in self._get_kinds()
            },
        }

    @api.model
    def _set_rate(self, row, is_told):
        """Return the row with its yearly churn, None where that is not told."""
        rate = 100 * row["gone"] / row["customers"] if is_told and row["customers"] else None
        return {**row, "rate": rate}

    # ------------------------------------------------------------------
    # By month
    # ------------------------------------------------------------------

    @api.model
    def _get_months(self, spans):
        """Return lost and won back of each month from the quarter a year ago on, and what
        we changed ourselves in that time.

        :return: dict with `months` (first days), `lost` and `won_back` (numbers, None where
            the history does not tell), `changes` (records of `winback.own.change`)
        """
        scope = replace(spans[0].scope, date_from=spans[-1].scope.date_from)
        flow = self.env["winback.overview"]._get_flow(scope)
        counts = {series["key"]: series["counts"] for series in flow["series"]}
        begin = self.env["winback.history"]._get_begin(scope.company)
        known = [bool(begin and begin < month) for month in flow["months"]]
        lost = [sum(pair) for pair in zip(counts["lost"], counts["lost_again"], strict=True)]
        return {
            "months": flow["months"],
            "lost": [n if told else None for n, told in zip(lost, known, strict=True)],
            "won_back": [n if told else None for n, told in zip(counts["returned"], known, strict=True)],
            "changes": self.env["winback.overview"]._get_own_changes(scope),
        }

    # ------------------------------------------------------------------
    # What it cost
    # ------------------------------------------------------------------

    @api.model
    def _get_calculator(self, spans):
        """Return what the loss calculator finds for the quarter and all customers: its
        `lines`, and `has_history`, whether it is known who was a customer at the start."""
        scope = spans[0].scope
        sheet = self.env["winback.loss.calculator"].new(
            {
                "company_id": scope.company.id,
                "date_from": scope.date_from,
                "date_to": scope.date_to,
            }
        )
        return {"lines": sheet._get_lines(), "has_history": sheet.has_history}

    @api.model
    def _get_day_before(self, scope):
        """Return the last day before the scope."""
        return scope.date_from - timedelta(days=1)

from collections import Counter

from dateutil.relativedelta import relativedelta

from odoo import api, models
from odoo.tools import date_utils
from odoo.tools.misc import format_date

from ..tools.churn import get_band, get_half_life

NEW, LOST, LOST_AGAIN, RETURNED = "new", "lost", "lost_again", "returned"


class WinbackOverview(models.AbstractModel):
    """The sections on what happened: lost and won back, yearly churn, flow by month."""

    _inherit = "winback.overview"

    @api.model
    def _get_sections(self):
        """Override of `winback.overview` to add what happened."""
        return {
            **super()._get_sections(),
            "losses": self._get_losses,
            "churn": self._get_churn,
            "flow": self._get_flow,
            "own_changes": self._prepare_own_changes,
        }

    # ------------------------------------------------------------------
    # Lost and won back
    # ------------------------------------------------------------------

    @api.model
    def _get_losses(self, scope):
        """Return what was lost and won back this month, this quarter and in the period.

        :return: list of dicts with `key`, `label`, `lost` and `won_back`; each of these with
            `count`, `amount` (sales per year, as they were then) and `open`
        """
        month, quarter = (date_utils.start_of(scope.today, unit) for unit in ("month", "quarter"))
        spans = [
            ("month", self.env._("This month"), month, scope.today),
            ("quarter", self.env._("This quarter"), quarter, scope.today),
        ]
        if (scope.date_from, scope.date_to) != (quarter, scope.today):
            spans.append(("period", self._get_period_label(scope), scope.date_from, scope.date_to))
        return [
            {
                "key": key,
                "label": label,
                "lost": self._sum_changes(scope, (LOST, LOST_AGAIN), start, end, self.env._("Lost")),
                "won_back": self._sum_changes(scope, (RETURNED,), start, end, self.env._("Won back")),
            }
            for key, label, start, end in spans
        ]

    @api.model
    def _get_daily_changes(self, scope):
        """Return what happened in the period and in this quarter, read once for all sections:
        list of (day, LOST / LOST_AGAIN / RETURNED, number, sales per year)."""
        if "changes" not in scope.read:
            scope.read["changes"] = [
                (day, self._get_change_kind(state, return_count), count, amount or 0)
                for day, state, return_count, count, amount in self._read_sums(
                    scope,
                    "winback.transition",
                    self._get_daily_domain(scope),
                    ["date:day", "to_state", "status_id.return_count"],
                    ["__count", "amount_active_year:sum"],
                )
            ]
        return scope.read["changes"]

    @api.model
    def _get_daily_domain(self, scope):
        """Return the domain of the losses and returns of the period and of this quarter."""
        figures = self.env["winback.figures"]
        kinds = figures._get_lost_domain() | figures._get_won_back_domain()
        quarter = date_utils.start_of(scope.today, "quarter")
        within = figures._get_within_domain("date", scope.date_from, scope.date_to)
        return scope.get_domain("status_id.") & kinds & (
            within | figures._get_within_domain("date", quarter, scope.today)
        )

    @api.model
    def _get_change_kind(self, state, return_count):
        """Return what it is called that a customer went over to `state`."""
        if state == "won_back":
            return RETURNED
        return LOST_AGAIN if state == "gone" and (return_count or 0) > 0 else LOST

    @api.model
    def _sum_changes(self, scope, kinds, date_from, date_to, name):
        """Return number and yearly sales of the changes of the `kinds` within the dates."""
        changes = [
            (count, amount)
            for day, kind, count, amount in self._get_daily_changes(scope)
            if kind in kinds and date_from <= day <= date_to
        ]
        figures = self.env["winback.figures"]
        domain = figures._get_won_back_domain() if RETURNED in kinds else figures._get_lost_domain()
        return {
            "count": sum(count for count, _amount in changes),
            "amount": sum(amount for _count, amount in changes),
            "open": self._open(
                "winback.transition", self._get_changes_domain(scope, domain, date_from, date_to), name
            ),
        }

    @api.model
    def _get_period_label(self, scope):
        """Return the name of the period in words, or its dates."""
        if scope.period != "custom":
            return dict(self._get_periods())[scope.period]
        return self.env._(
            "%(start)s to %(end)s",
            start=format_date(self.env, scope.date_from),
            end=format_date(self.env, scope.date_to),
        )

    @api.model
    def _get_changes_domain(self, scope, kind, date_from, date_to):
        """Return the domain of the changes of the `kind` (a domain) within the dates."""
        within = self.env["winback.figures"]._get_within_domain("date", date_from, date_to)
        return scope.get_domain("status_id.") & kind & within

    # ------------------------------------------------------------------
    # Churn
    # ------------------------------------------------------------------

    @api.model
    def _get_churn(self, scope):
        """Return how many of those who were customers a year before the end of the period
        have been lost since, whether they came back or not.

        :return: dict with `start` and `end`, `customers`, `lost`, `rate` (percent; None when
            nobody was a customer then, or the history does not reach back so far), `begin`
            (of the history, None while it is being rebuilt), `band`, `half_life` (years in
            which half of the customers would be lost), `open_customers`, `open_lost`
        """
        start = scope.date_to - relativedelta(years=1)
        figures = self.env["winback.figures"]
        limits = (scope.get_domain(), scope.get_domain("status_id."), start, scope.date_to)
        customers, lost_count = figures._count_cohort(*limits)
        then, lost = figures._get_cohort_domains(*limits)
        begin = self._get_history_begin(scope)
        is_known = customers and begin and begin <= start
        rate = 100 * lost_count / customers if is_known else None
        return {
            "start": start,
            "end": scope.date_to,
            "begin": begin,
            "customers": customers,
            "lost": lost_count,
            "rate": rate,
            "band": get_band(rate),
            "half_life": get_half_life(rate),
            "open_customers": self._open(
                "winback.status", then, self.env._("Customers a Year Before"), archived=True
            ),
            "open_lost": self._open("winback.transition", lost, self.env._("Lost Within the Year")),
            "sentences": self._get_churn_sentences(start, begin, customers, lost_count, rate),
        }

    @api.model
    def _get_history_begin(self, scope):
        """Return the first day of which the history of every company tells; None while that
        of one is still being rebuilt."""
        begins = [self.env["winback.history"]._get_begin(company) for company in scope.companies]
        return max(begins) if all(begins) else None

    @api.model
    def _get_churn_sentences(self, start, begin, customers, lost, rate):
        """Return what the churn is and what it means, or why it is not known."""
        if rate is None:
            return [self._get_no_churn_sentence(start, begin)]
        return [
            self.env._(
                "%(lost)s of the %(customers)s customers of %(day)s were lost within the year.",
                lost=lost,
                customers=customers,
                day=format_date(self.env, start),
            ),
            self._get_band_sentence(rate),
        ]

    @api.model
    def _get_no_churn_sentence(self, start, begin):
        """Return why the churn is not known."""
        if not begin:
            return self.env._(
                "The history of the last 24 months is being rebuilt from your orders; the "
                "yearly churn will stand here in a few minutes."
            )
        if begin > start:
            return self.env._(
                "The history begins on %(begin)s: who was a customer on %(day)s is not known.",
                begin=format_date(self.env, begin),
                day=format_date(self.env, start),
            )
        return self.env._(
            "On %s nobody had bought twice yet: too early for a yearly churn.",
            format_date(self.env, start),
        )

    @api.model
    def _get_band_sentence(self, rate):
        """Return what a yearly churn of `rate` percent means."""
        half_life = get_half_life(rate)
        years = half_life and self.env["ir.qweb.field.float"].value_to_html(half_life, {"precision": 1})
        return {
            "low": self.env._("Fewer than usual: 5 to 10 % a year are normal."),
            "normal": self.env._("This is normal: every company loses 5 to 10 % a year."),
            "high": self.env._(
                "More than the normal 5 to 10 %%: at this pace half of your customers are gone "
                "in %s years. Begin with the reasons that cost most.",
                years,
            ),
            "alarm": self.env._(
                "An alarm: from 20 %% a year on something is wrong. At this pace half of your "
                "customers are gone in %s years. Begin with the reasons that cost most.",
                years,
            ),
        }[get_band(rate)]

    # ------------------------------------------------------------------
    # Flow
    # ------------------------------------------------------------------

    @api.model
    def _get_flow(self, scope):
        """Return the comings and goings of each month of the period.

        :return: dict with `months` (first days), and `series`: for new, returned, lost and
            lost_again, `label`, `counts` and `opens`, in the order of the months
        """
        months = self._get_months(scope)
        counted = {key: self._count_by_month(scope, key) for key in self._get_flow_labels()}
        return {
            "months": months,
            "series": [
                {
                    "key": key,
                    "label": self._get_flow_labels()[key],
                    "counts": [counts.get(month, 0) for month in months],
                    "opens": [self._open_flow(scope, key, month) for month in months],
                }
                for key, counts in counted.items()
            ],
        }

    @api.model
    def _get_flow_labels(self):
        """Return how the flows are called."""
        return {
            NEW: self.env._("New"),
            RETURNED: self.env._("Won back"),
            LOST: self.env._("Lost"),
            LOST_AGAIN: self.env._("Lost again"),
        }

    @api.model
    def _get_months(self, scope):
        """Return the first day of each month that the period touches."""
        first = scope.date_from.replace(day=1)
        months = []
        while first <= scope.date_to:
            months.append(first)
            first += relativedelta(months=1)
        return months

    @api.model
    def _get_flow_domain(self, scope, key):
        """Return the model of a flow, its domain without dates, and the name of its date."""
        figures = self.env["winback.figures"]
        if key == NEW:
            return "winback.status", scope.get_domain() & figures._get_new_domain(), "first_order_date"
        again = figures._get_lost_again_domain()
        domain = {
            RETURNED: figures._get_won_back_domain(),
            LOST: figures._get_lost_domain() & ~again,
            LOST_AGAIN: again,
        }[key]
        return "winback.transition", scope.get_domain("status_id.") & domain, "date"

    @api.model
    def _open_flow(self, scope, key, month):
        """Return what opens the records of one flow in one month, within the period."""
        model, domain, name = self._get_flow_domain(scope, key)
        end = min(month + relativedelta(months=1, days=-1), scope.date_to)
        within = self.env["winback.figures"]._get_within_domain(name, max(month, scope.date_from), end)
        return self._open(model, domain & within, self._get_flow_labels()[key], archived=key == NEW)

    @api.model
    def _count_by_month(self, scope, key):
        """Return {first day of the month: how many} of one flow."""
        if key == NEW:
            return self._count_new_by_month(scope)
        counts = Counter()
        for day, kind, count, _amount in self._get_daily_changes(scope):
            if kind == key and scope.date_from <= day <= scope.date_to:
                counts[day.replace(day=1)] += count
        return counts

    @api.model
    def _count_new_by_month(self, scope):
        """Return {first day of the month: how many bought for the first time}."""
        model, domain, name = self._get_flow_domain(scope, NEW)
        domain &= self.env["winback.figures"]._get_within_domain(name, scope.date_from, scope.date_to)
        groups = self.env[model].with_context(active_test=False)._read_group(
            domain, [f"{name}:month"], ["__count"]
        )
        return dict(groups)

    # ------------------------------------------------------------------
    # Own changes
    # ------------------------------------------------------------------

    @api.model
    def _get_own_changes(self, scope):
        """Return what we changed ourselves in the period, the oldest first."""
        within = self.env["winback.figures"]._get_within_domain("date", scope.date_from, scope.date_to)
        return self.env["winback.own.change"].search(
            scope.get_company_domain() & within, order="date, id"
        )

    @api.model
    def _prepare_own_changes(self, scope):
        """Return our own changes, to see beside the flow which of them preceded which loss.

        :return: list of dicts with `id`, `name`, `kind` (in words), `date` and `month`, its
            place among the months of the flow
        """
        kinds = dict(self.env["winback.own.change"]._fields["kind"]._description_selection(self.env))
        months = self._get_months(scope)
        return [
            {
                "id": change.id,
                "name": self._add_company(scope, change.name, change),
                "kind": kinds[change.kind],
                "date": change.date,
                "month": months.index(change.date.replace(day=1)),
            }
            for change in self._get_own_changes(scope)
        ]

from odoo import api, models
from odoo.fields import Domain

from .winback_case import OPEN_STATES
from .winback_figures import CUSTOMER_STATES

NAMED = 3  # customers named in each pattern
BUBBLES = 60
CALLS = 5
# signs that speak of silence, and signs that a customer buys less while it still buys
SILENCE_DETECTORS = ("winback.sign.overdue_order", "winback.sign.unusual_silence")
DECLINE_DETECTORS = (
    "winback.sign.volume_drop",
    "winback.sign.invoice_drop",
    "winback.sign.payment_drop",
    "winback.sign.lower_class",
    "winback.sign.partial_loss",
)


class WinbackOverview(models.AbstractModel):
    """The sections on what may be lost: at stake, how it begins, how much, whom to call."""

    _inherit = "winback.overview"

    @api.model
    def _get_sections(self):
        """Override of `winback.overview` to add what may be lost."""
        return {
            **super()._get_sections(),
            "at_stake": self._get_at_stake,
            "patterns": self._get_patterns,
            "bubbles": self._get_bubbles,
            "calls": self._get_calls,
        }

    @api.model
    def _get_risk_domain(self, scope):
        """Return the domain of the customers at risk."""
        return scope.get_domain() & Domain("state", "=", "at_risk")

    @api.model
    def _sum_up(self, scope, domain, groupby=()):
        """Return rows of (group values.., dict of figures) of the statuses in `domain`:
        `count`, `sales` and `margin` (expected loss; the margin None for who may not see
        it), `year` (sales of their last active years)."""
        names = ["__count", "expected_sales_loss:sum", "amount_active_year:sum"]
        if scope.sees_margin:
            names.append("expected_loss:sum")
        rows = self._read_sums(scope, "winback.status", domain, groupby, names)
        return [
            (*row[: len(groupby)], self._prepare_sums(row[len(groupby) :])) for row in rows
        ]

    @api.model
    def _prepare_sums(self, values):
        """Return sums by name."""
        count, sales, year, *margin = values
        return {
            "count": count,
            "sales": sales or 0,
            "year": year or 0,
            "margin": (margin[0] or 0) if margin else None,
        }

    # ------------------------------------------------------------------
    # At stake
    # ------------------------------------------------------------------

    @api.model
    def _get_at_stake(self, scope):
        """Return the expected loss of the customers at risk, in all and by value class, the
        best class first."""
        domain = self._get_risk_domain(scope)
        rows = self._sum_up(scope, domain, ["value_class_id"])
        [(total,)] = self._sum_up(scope, domain)
        return {
            **total,
            "open": self._open("winback.status", domain, self.env._("At Risk")),
            "classes": [
                self._prepare_class(domain, *row) for row in self._merge_classes(scope, rows)
            ],
        }

    @api.model
    def _merge_classes(self, scope, rows):
        """Return rows of (value classes, figures), the best class first. Companies may have
        classes of their own: those of the same name are one."""
        merged = {}
        for value_class, sums in rows:
            name = value_class.name  # read for all classes at once
            key = name if scope.is_consolidated else value_class.id
            classes, others = merged.get(key, (value_class.browse(), []))
            merged[key] = classes | value_class, [*others, sums]
        parts = [(classes, self._add_up(scope, sums)) for classes, sums in merged.values()]
        return sorted(parts, key=lambda row: (not row[0], *row[0][:1].mapped("sequence"), row[0].ids))

    @api.model
    def _add_up(self, scope, parts):
        """Return the sums of several parts by name, None where one of them is not known."""
        return {
            key: None if value is None else sum(part[key] for part in parts)
            for key, value in parts[0].items()
        }

    @api.model
    def _prepare_class(self, domain, classes, sums):
        """Return the figures of one value class."""
        name = classes[:1].name or self.env._("No class")
        return {
            "id": classes[:1].id or 0,
            "name": name,
            "open": self._open(
                "winback.status",
                domain & Domain("value_class_id", "in", classes.ids or [False]),
                self.env._("At Risk: %s", name),
            ),
            **sums,
        }

    # ------------------------------------------------------------------
    # Sudden stops and slow drifts
    # ------------------------------------------------------------------

    @api.model
    def _get_patterns(self, scope):
        """Return the customers at risk by how the loss begins.

        Who fell silent without having bought less before stopped suddenly: something
        happened. Who buys less and less drifts away: somebody else gets the orders.
        """
        risk = self._get_risk_domain(scope)
        silent, declining = map(self._get_signs_domain, (SILENCE_DETECTORS, DECLINE_DETECTORS))
        sudden, drift, rest = silent & ~declining, declining, ~silent & ~declining
        [(total,)] = self._sum_up(scope, risk)
        [(sudden_sums,)] = self._sum_up(scope, risk & sudden)
        [(drift_sums,)] = self._sum_up(scope, risk & drift)
        other_sums = self._subtract(scope, total, sudden_sums, drift_sums)
        labels = self._get_pattern_labels()
        return [
            self._prepare_pattern(scope, key, *labels[key], risk & domain, sums)
            for key, domain, sums in (
                ("sudden", sudden, sudden_sums),
                ("drift", drift, drift_sums),
                ("other", rest, other_sums),
            )
        ]

    @api.model
    def _get_pattern_labels(self):
        """Return how each pattern is called, and what it says."""
        return {
            "sudden": (
                self.env._("Sudden stops"),
                self.env._("Silent, and bought as usual before: something happened. Ask what."),
            ),
            "drift": (
                self.env._("Slow drifts"),
                self.env._("Buy less, or less of the range: somebody else gets the rest."),
            ),
            "other": (
                self.env._("Other warnings"),
                self.env._("Still buying as usual: a conflict, unanswered letters, people gone."),
            ),
        }

    @api.model
    def _subtract(self, scope, total, *parts):
        """Return what is left of the sums `total` without `parts`: cheaper than to ask for
        all those for whom none of many signs holds."""
        currency = scope.company.currency_id
        return {
            key: None if value is None else currency.round(value - sum(part[key] for part in parts))
            for key, value in total.items()
        }

    @api.model
    def _get_signs_domain(self, detectors):
        """Return the domain of the customers for whom a sign of these detectors holds."""
        signs = self.env["winback.sign"].with_context(active_test=False)
        return Domain("evidence_ids.sign_id", "in", signs.search([("detector", "in", detectors)]).ids)

    @api.model
    def _prepare_pattern(self, scope, key, label, hint, domain, sums):
        """Return one pattern with its sums and the largest of its customers."""
        largest = self._get_largest(scope, domain, ["partner_id"], NAMED)
        return {
            "key": key,
            "label": label,
            "hint": hint,
            **sums,
            "customers": [
                {"id": status.id, "name": self._get_name(scope, status), "sales": loss}
                for status, loss in largest
            ],
            "open": self._open("winback.status", domain, label),
        }

    # ------------------------------------------------------------------
    # Risk and value
    # ------------------------------------------------------------------

    @api.model
    def _get_bubbles(self, scope):
        """Return the customers with the largest expected loss, each with its risk and its
        value a year: who has no probability yet has no expected loss either.

        :return: dict with `value` (margin or sales) and `points`, which have `risk` in
            percent, `value` and `loss` in money
        """
        value = "margin_active_year" if scope.sees_margin else "amount_active_year"
        domain = (
            scope.get_domain()
            & Domain("state", "in", CUSTOMER_STATES)
            & Domain("expected_sales_loss", ">", 0)
        )
        names = ["partner_id", "state", "probability_source", "p_no_purchase", "band_share", value]
        return {
            "value": "margin" if scope.sees_margin else "sales",
            "points": [
                {
                    "id": status.id,
                    "name": self._get_name(scope, status),
                    "state": status.state,
                    "risk": 100 * self._get_chance(status),
                    "value": self._convert(scope, status[value], status),
                    "loss": loss,
                }
                for status, loss in self._get_largest(scope, domain, names, BUBBLES)
            ],
        }

    @api.model
    def _get_chance(self, status):
        """Return the probability that no order comes within the horizon, by whoever knows."""
        return status.band_share if status.probability_source == "band" else status.p_no_purchase

    # ------------------------------------------------------------------
    # Today's list
    # ------------------------------------------------------------------

    @api.model
    def _get_calls(self, scope, limit=CALLS):
        """Return whom the reader should call today: its own open cases, those due first;
        without any, the customers at risk with the largest expected loss.

        :param int limit: name so many
        :return: dict with `kind` (cases or customers), `count` in all, `rows` and `open`
        """
        domain = (
            scope.get_company_domain()
            & Domain("user_id", "=", self.env.uid)
            & Domain("state", "in", OPEN_STATES)
        )
        count = self.env["winback.case"].search_count(domain)
        if not count:
            return self._get_customer_calls(scope, limit)
        cases = self.env["winback.case"].search(domain, limit=limit, order="date_next, id")
        return {
            "kind": "cases",
            "count": count,
            "rows": [self._prepare_case_call(scope, case) for case in cases],
            "open": {"action": "winback_lost_customers.winback_case_action_work"},
        }

    @api.model
    def _prepare_case_call(self, scope, case):
        """Return one case of the list."""
        return {
            "model": "winback.case",
            "id": case.id,
            "name": self._add_company(scope, case.name, case),
            "why": (case.opening_why or "").partition("\n")[0],
            "amount": self._convert(scope, case.opening_amount, case),
            "date": case.date_next,
            "is_late": bool(case.date_next and case.date_next < scope.today),
        }

    @api.model
    def _get_customer_calls(self, scope, limit):
        """Return the customers at risk with the largest expected loss."""
        domain = self._get_risk_domain(scope)
        return {
            "kind": "customers",
            "count": self.env["winback.status"].search_count(domain),
            "rows": [
                {
                    "model": "winback.status",
                    "id": status.id,
                    "name": self._get_name(scope, status),
                    "why": (status.sign_summary or "").partition("\n")[0],
                    "amount": loss,
                    "date": False,
                    "is_late": False,
                }
                for status, loss in self._get_largest(scope, domain, ["partner_id"], limit)
            ],
            "open": self._open("winback.status", domain, self.env._("At Risk")),
        }

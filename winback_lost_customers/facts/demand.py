from datetime import timedelta

from odoo import api, models
from odoo.tools import SQL


class WinbackFactDemand(models.AbstractModel):
    """Sales month by month: how much in twelve months, and how evenly.

    Counted are complete calendar months, so that the figures and the classes that
    are made of them change when a month is over and not every night: the twelve
    months before the month of `today`, and (`_before`) the twelve months before the
    month in which the recent period began. `demand_squares` is the sum of the squared
    sales of the months, of which the variability follows.
    """

    _name = "winback.fact.demand"
    _inherit = ["winback.fact"]
    _description = "Win-Back Facts: Monthly Demand"

    _fact_sequence = 5
    _fact_columns = {
        "demand_amount": "numeric",
        "demand_margin": "numeric",
        "demand_squares": "numeric",
        "demand_amount_before": "numeric",
        "demand_margin_before": "numeric",
        "demand_squares_before": "numeric",
    }

    @api.model
    def _get_periods(self, company, today):
        """Return {suffix: (first day, day after the last)} of the two periods."""
        before = today - timedelta(days=company.winback_recent_days)
        ends = {"": today.replace(day=1), "_before": before.replace(day=1)}
        return {suffix: (end.replace(year=end.year - 1), end) for suffix, end in ends.items()}

    @api.model
    def _get_query(self, company, today, partners=None):
        """Override of `winback.fact`: orders -> months -> customers."""
        periods = self._get_periods(company, today)
        return SQL(
            """
            SELECT partner_id, %(sums)s
              FROM (%(months)s) month
             GROUP BY partner_id
            """,
            sums=SQL(", ").join(
                SQL(
                    "COALESCE(round(sum(%s) FILTER (WHERE month >= %s AND month < %s), %s), 0)"
                    " AS %s",
                    measure,
                    *periods[suffix],
                    digits,
                    SQL.identifier(f"demand_{name}{suffix}"),
                )
                for suffix in periods
                for name, measure, digits in self._get_measures(company)
            ),
            months=self._get_months_query(company, today),
        )

    @api.model
    def _get_measures(self, company):
        """Return (name, SQL over a month, decimal places) of the declared sums."""
        digits = company.currency_id.decimal_places
        return [
            ("amount", SQL("amount"), digits),
            ("margin", SQL("margin"), digits),
            ("squares", SQL("amount * amount"), 2 * digits),
        ]

    @api.model
    def _get_months_query(self, company, today):
        """Return amount and margin of each customer's months."""
        firsts, ends = zip(*self._get_periods(company, today).values(), strict=True)
        return SQL(
            """
            SELECT partner_id, month, sum(amount) AS amount, sum(margin) AS margin
              FROM (SELECT o.partner_id, o.amount, o.margin,
                           date_trunc('month', o.day)::date AS month
                      FROM winback_run_order o
                     WHERE o.is_confirmed AND o.day >= %(start)s AND o.day < %(end)s) o
             GROUP BY partner_id, month
            """,
            start=min(firsts),
            end=max(ends),
        )

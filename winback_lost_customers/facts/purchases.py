from datetime import timedelta

from odoo import api, models
from odoo.tools import SQL

YEAR = 365  # days


class WinbackFactPurchases(models.AbstractModel):
    """What, when and how regularly a customer buys.

    A purchase is a day with at least one confirmed order of zero or more: two
    orders of one day are one purchase, an order below zero is a return, which
    lowers the amounts and says nothing about the rhythm.

    Windows, seen from `today` with the company's recent period of R days:
    recent = the last R days; base = the 365 days before them; season = the same
    R days one year earlier; year = the last 365 days; active year = the 365 days
    up to the customer's own last purchase, whenever that was. The probability model
    looks at the last 90 and 180 days, whatever R is.
    """

    _name = "winback.fact.purchases"
    _inherit = ["winback.fact"]
    _description = "Win-Back Facts: Purchases"

    _fact_sequence = 1
    _fact_columns = {
        "first_order_date": "date",
        "last_order_date": "date",
        "last_order_id": "integer",
        "order_count": "integer",
        "purchase_days": "integer",
        "gap_mean": "integer",
        "gap_max": "integer",
        "gap_recent": "double precision",
        "returned_date": "date",
        "return_count": "integer",
        "amount_total": "numeric",
        "margin_total": "numeric",
        "amount_year": "numeric",
        "orders_year": "integer",
        "amount_active_year": "numeric",
        "margin_active_year": "numeric",
        "orders_recent": "integer",
        "amount_recent": "numeric",
        "orders_base": "integer",
        "amount_base": "numeric",
        "orders_season": "integer",
        "amount_season": "numeric",
        "days_90": "integer",
        "days_180": "integer",
        "amount_90": "numeric",
    }

    @api.model
    def _admits_customers(self, company):
        """Override of `winback.fact` to admit whoever has bought."""
        return SQL("purchase_days > 0")

    @api.model
    def _get_query(self, company, today, partners=None):
        """Override of `winback.fact`: orders -> gaps -> purchases -> customers.

        The orders are not grouped by day first: a second order of a day simply has
        no gap, which saves a pass over all of them.
        """
        return SQL(
            "WITH purchase_order AS (%s), gap AS (%s), purchase AS (%s) %s",
            self._get_sales_query(),
            self._get_gaps_query(),
            self._get_rhythm_query(company),
            self._get_customers_query(company, today),
        )

    @api.model
    def _get_sales_query(self):
        """Return the confirmed orders of the run, with their day; a return, an order
        below zero, is not `sold`."""
        return SQL(
            """
            SELECT id, partner_id, day, amount, margin, is_purchase AS sold
              FROM winback_run_order WHERE is_confirmed
            """
        )

    @api.model
    def _get_confirmed_query(self, company, today, partners):
        """Return the same from Odoo's table, for other purposes than a run."""
        return SQL(
            """
            SELECT o.id, o.partner_id, %(day)s AS day, o.amount, o.margin,
                   COALESCE(o.amount, 0) >= 0 AS sold
              FROM (%(orders)s) o
             WHERE o.state = 'sale' AND o.date_order < %(day_end)s
            """,
            day=self._get_day(SQL("o.date_order"), company),
            orders=self._get_orders_query(company, today, partners),
            day_end=self._get_day_end(company, today),
        )

    @api.model
    def _get_gaps_query(self):
        """Return the orders with the gap to the purchase day before.

        The first order of a day is its purchase day (`is_day`); the others of the day
        have no gap. Returns form a partition of their own.
        """
        return SQL(
            """
            SELECT o.*,
                   NULLIF(day - lag(day) OVER rhythm, 0) AS gap,
                   sold AND lag(day) OVER rhythm IS DISTINCT FROM day AS is_day,
                   max(day) FILTER (WHERE sold)
                       OVER (PARTITION BY partner_id) AS last_day
              FROM purchase_order o
            WINDOW rhythm AS (PARTITION BY partner_id, sold ORDER BY day)
            """
        )

    @api.model
    def _get_rhythm_query(self, company):
        """Return the orders with the mark `is_return`: bought again after a loss.

        The loss is judged by what was known then: the silence reached the
        lost-day that the longest gap *before* it gave. The first gap of a customer
        ends the time as a one-time buyer, not a loss.
        """
        lost_days = self.env["winback.engine"]._get_lost_days_sql(
            SQL("gap_before"), company
        )
        return SQL(
            """
            SELECT g.*, sold AND gap_before IS NOT NULL
                        AND gap >= %(lost_days)s AS is_return
              FROM (SELECT gap.*,
                           max(gap) OVER (
                               rhythm ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
                           ) AS gap_before,
                           avg(gap::double precision) OVER (
                               rhythm ROWS BETWEEN 2 PRECEDING AND CURRENT ROW
                           ) AS gap_recent
                      FROM gap
                    WINDOW rhythm AS (PARTITION BY partner_id, sold ORDER BY day)) g
            """,
            lost_days=lost_days,
        )

    @api.model
    def _get_histories_query(self, company, today, partners=None):
        """Return what the probability model is fitted to, one row for each customer
        who has bought: `partner_id`, `x` (purchase days - 1), `tx` (days from the first
        to the last), `t` (days from the first to `today`) and `litt` (sum of the
        logarithms of the gaps)."""
        return SQL(
            """
            WITH purchase_order AS (%s), gap AS (%s)
            SELECT partner_id, (count(*) FILTER (WHERE is_day) - 1)::integer AS x,
                   max(day) - min(day) AS tx, %s - min(day) AS t,
                   COALESCE(sum(ln(gap::double precision)), 0) AS litt
              FROM gap WHERE sold GROUP BY partner_id
            """,
            self._get_confirmed_query(company, today, partners),
            self._get_gaps_query(),
            today,
        )

    @api.model
    def _get_customers_query(self, company, today):
        """Return the declared columns, one row for each customer."""
        digits = company.currency_id.decimal_places
        return SQL(
            """
            SELECT partner_id,
                   min(day) FILTER (WHERE sold) AS first_order_date,
                   max(last_day) AS last_order_date,
                   max(id) FILTER (WHERE sold AND day = last_day) AS last_order_id,
                   (count(*) FILTER (WHERE sold))::integer AS order_count,
                   (count(*) FILTER (WHERE is_day))::integer AS purchase_days,
                   round(avg(gap) FILTER (WHERE sold))::integer AS gap_mean,
                   (max(gap) FILTER (WHERE sold))::integer AS gap_max,
                   max(gap_recent) FILTER (WHERE sold AND day = last_day) AS gap_recent,
                   max(day) FILTER (WHERE is_return) AS returned_date,
                   (count(*) FILTER (WHERE is_return))::integer AS return_count,
                   %(sums)s
              FROM purchase
             GROUP BY partner_id
            """,
            sums=SQL(", ").join(self._get_window_sums(company, today, digits)),
        )

    @api.model
    def _get_window_sums(self, company, today, digits):
        """Return the SQL of the declared sums over windows, in their order."""
        counts = {"orders": SQL("sold"), "days": SQL("is_day")}
        return [
            SQL(
                "(count(*) FILTER (WHERE %s AND %s))::integer AS %s",
                counts[measure],
                condition,
                SQL.identifier(name),
            )
            if measure in counts
            else SQL(
                "COALESCE(round(sum(%s) FILTER (WHERE %s), %s), 0) AS %s",
                SQL.identifier(measure),
                condition,
                digits,
                SQL.identifier(name),
            )
            for name, measure, condition in self._get_windows(company, today)
        ]

    @api.model
    def _get_windows(self, company, today):
        """Return (column, measure, condition) for each sum over a window."""
        recent = company.winback_recent_days
        last_recent = SQL("day > %s", today - timedelta(days=recent))
        base = SQL(
            "day > %s AND day <= %s",
            today - timedelta(days=recent + YEAR),
            today - timedelta(days=recent),
        )
        season = SQL(
            "day > %s AND day <= %s",
            today - timedelta(days=recent + YEAR),
            today - timedelta(days=YEAR),
        )
        year = SQL("day > %s", today - timedelta(days=YEAR))
        active_year = SQL("day > last_day - %s", YEAR)
        return [
            ("amount_total", "amount", SQL("TRUE")),
            ("margin_total", "margin", SQL("TRUE")),
            ("amount_year", "amount", year),
            ("orders_year", "orders", year),
            ("amount_active_year", "amount", active_year),
            ("margin_active_year", "margin", active_year),
            ("orders_recent", "orders", last_recent),
            ("amount_recent", "amount", last_recent),
            ("orders_base", "orders", base),
            ("amount_base", "amount", base),
            ("orders_season", "orders", season),
            ("amount_season", "amount", season),
            ("days_90", "days", SQL("day > %s", today - timedelta(days=90))),
            ("days_180", "days", SQL("day > %s", today - timedelta(days=180))),
            ("amount_90", "amount", SQL("day > %s", today - timedelta(days=90))),
        ]

from odoo import api, models
from odoo.tools import SQL

from ..tools.ranking import get_ranking_query

MIN_MONTHS = 6  # fewer months do not tell how evenly somebody buys


class WinbackFactAbcXyz(models.AbstractModel):
    """The class of a customer in the ABC-XYZ analysis, now and before.

    A, B or C by the margin of twelve complete months: best customers first, those
    that together bring up to 80 % of the company's margin are A, up to 95 % B, the
    rest C; so are those who brought nothing. Who brings the same is in the same class.
    X, Y or Z by how evenly the sales of the same months came: X where they vary by up
    to 50 % of their mean (coefficient of variation), Y up to 100 %, Z above, or no
    sales at all. A customer of fewer than six months has no second letter yet, one of
    the current month no class at all. The numbers are the company's settings.

    Both classes are calculated from documents, so that neither the sign nor a run of
    a past day needs a stored history. Customers left out by decision are not ranked;
    today's decisions count for both, so that they look like no migration.

    In a run limited to some customers the others take part with their stored margins.
    """

    _name = "winback.fact.abc_xyz"
    _inherit = ["winback.fact"]
    _description = "Win-Back Facts: ABC-XYZ"

    _fact_sequence = 20
    _fact_is_derived = True
    _fact_columns = {
        "abc_xyz": "text",
        "demand_variation": "integer",
        "abc_xyz_before": "text",
        "demand_variation_before": "integer",
    }

    @api.model
    def _get_query(self, company, today, partners=None):
        """Override of `winback.fact`: rank the margins, then name the classes.

        MATERIALIZED: the variations are to be computed once and not for each letter.
        """
        periods = self.env["winback.fact.demand"]._get_periods(company, today)
        return SQL(
            """
            WITH excluded AS (%(exclusions)s), margin AS (%(margins)s),
            ranking AS (%(ranking)s), ranking_before AS (%(ranking_before)s),
            customer AS MATERIALIZED (
                SELECT b.partner_id, %(variation)s AS demand_variation,
                       %(variation_before)s AS demand_variation_before,
                       b.first_order_date, r.better, r.total,
                       o.better AS better_before, o.total AS total_before
                  FROM winback_run_base b
                  LEFT JOIN ranking r ON r.margin = b.demand_margin
                  LEFT JOIN ranking_before o ON o.margin = b.demand_margin_before
                 WHERE NOT EXISTS (SELECT FROM excluded x WHERE x.partner_id = b.partner_id)
            )
            SELECT partner_id, %(class)s AS abc_xyz, demand_variation,
                   %(class_before)s AS abc_xyz_before, demand_variation_before
              FROM customer
            """,
            exclusions=self.env["winback.exclusion"]._get_query(company, today),
            margins=self._get_margins_query(),
            ranking=self._get_ranking_query(company, "", partners),
            ranking_before=self._get_ranking_query(company, "_before", partners),
            variation=self._get_variation("", periods[""][1]),
            variation_before=self._get_variation("_before", periods["_before"][1]),
            class_before=self._get_class(company, "_before", periods["_before"][1]),
            **{"class": self._get_class(company, "", periods[""][1])},
        )

    @api.model
    def _get_margins_query(self):
        """Return the margins of both periods of the customers of this run who are
        ranked."""
        return SQL(
            """SELECT b.demand_margin, b.demand_margin_before FROM winback_run_base b
                WHERE NOT EXISTS (SELECT FROM excluded x WHERE x.partner_id = b.partner_id)"""
        )

    @api.model
    def _get_stored_query(self, company, margin):
        """Return the stored margins as an index holds them: of all who were ranked."""
        return SQL(
            """SELECT %(margin)s AS value FROM winback_status
                WHERE company_id = %(company)s AND state <> 'excluded' AND %(margin)s > 0""",
            margin=margin,
            company=company.id,
        )

    @api.model
    def _get_changes_query(self, company, margin, partners):
        """Return what the stored margins do not know yet: those of this run are not to
        count, be they customers still or not, nor are customers excluded since; those
        taken in again are."""
        return SQL(
            """
            SELECT %(margin)s AS value, -%(margin)s AS change
              FROM (SELECT unnest(%(partners)s::integer[]) AS partner_id
                     UNION SELECT partner_id FROM excluded) c
              JOIN winback_status s USING (partner_id)
             WHERE s.company_id = %(company)s AND s.state <> 'excluded' AND %(margin)s > 0
             UNION ALL
            SELECT %(margin)s, %(margin)s FROM winback_status s
             WHERE s.company_id = %(company)s AND s.state = 'excluded' AND %(margin)s > 0
               AND NOT (%(is_run)s)
               AND NOT EXISTS (SELECT FROM excluded x WHERE x.partner_id = s.partner_id)
            """,
            margin=margin,
            company=company.id,
            partners=list(partners.ids),
            is_run=self._limit_to(SQL("s.partner_id"), partners),
        )

    @api.model
    def _get_ranking_query(self, company, suffix, partners):
        """Return each `margin`, what `better` customers bring in all, and the `total`."""
        margin = SQL.identifier(f"demand_margin{suffix}")
        if partners is not None:
            return SQL(
                "SELECT value AS margin, total, better FROM (%s) ranked",
                get_ranking_query(
                    SQL("SELECT %s AS value FROM margin", margin),
                    self._get_stored_query(company, margin),
                    self._get_changes_query(company, margin, partners),
                ),
            )
        return SQL(
            """
            SELECT %(margin)s AS margin, sum(sum(%(margin)s)) OVER () AS total,
                   sum(sum(%(margin)s)) OVER (ORDER BY %(margin)s DESC
                                              ROWS UNBOUNDED PRECEDING)
                   - sum(%(margin)s) AS better
              FROM margin WHERE %(margin)s > 0
             GROUP BY %(margin)s
            """,
            margin=margin,
        )

    @api.model
    def _get_variation(self, suffix, end):
        """Return the SQL of the coefficient of variation of the monthly sales, in
        whole percent; NULL where there are too few months, or no sales.

        With n months, their sum S and the sum of their squares Q, the square of
        standard deviation / mean is n * Q / S^2 - 1.
        """
        amount = SQL.identifier("b", f"demand_amount{suffix}")
        months = self._get_months(end)
        return SQL(
            """CASE WHEN %(months)s >= %(enough)s AND %(amount)s > 0
                    THEN LEAST(9999, round(100 * sqrt(GREATEST(0, %(months)s
                         * %(squares)s::float8 / (%(amount)s::float8 ^ 2) - 1))))::integer END""",
            months=months,
            enough=MIN_MONTHS,
            amount=amount,
            squares=SQL.identifier("b", f"demand_squares{suffix}"),
        )

    @api.model
    def _get_months(self, end):
        """Return the SQL of the complete months, at most 12, from a customer's first
        order to the day `end`."""
        return SQL(
            "LEAST(12, (%s - date_part('year', first_order_date) * 12 "
            "- date_part('month', first_order_date))::integer)",
            end.year * 12 + end.month,
        )

    @api.model
    def _get_class(self, company, suffix, end):
        """Return the SQL of both letters; NULL without a complete month."""
        return SQL(
            """CASE WHEN %(months)s > 0 THEN
                    CASE WHEN %(better)s < %(total)s * %(a)s / 100 THEN 'A'
                         WHEN %(better)s < %(total)s * %(b)s / 100 THEN 'B' ELSE 'C' END
                 || CASE WHEN %(months)s < %(enough)s THEN ''
                         WHEN %(variation)s <= %(x)s THEN 'X'
                         WHEN %(variation)s <= %(y)s THEN 'Y' ELSE 'Z' END
               END""",
            months=self._get_months(end),
            enough=MIN_MONTHS,
            better=SQL.identifier(f"better{suffix}"),
            total=SQL.identifier(f"total{suffix}"),
            a=company.winback_abc_a_share,
            b=company.winback_abc_b_share,
            variation=SQL.identifier(f"demand_variation{suffix}"),
            x=company.winback_xyz_x_variation,
            y=company.winback_xyz_y_variation,
        )

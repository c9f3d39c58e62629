from datetime import timedelta

from odoo import api, models
from odoo.tools import SQL

YEAR = 365  # days


class WinbackDrop(models.AbstractModel):
    """How much a customer fell behind its own level and the same season a year ago.

    Shared by the signs that compare the recent period of R days with the 365 days
    before it (`base`) and with the same R days one year earlier (`season`). They
    read the columns `measure_recent`, `measure_base` and `measure_season`.
    """

    _name = "winback.drop"
    _description = "Win-Back: Comparison With the Year Before"

    # the column that tells since when there is a level
    _history_column = "first_order_date"

    @api.model
    def _get_drop(self, measure, company, today):
        """Return the SQL of the drop of `measure` in percent, against the own level
        and, where the history covers it, the same season of the year before. The
        milder of the two counts."""
        # goods given back cannot make a customer buy more than 100 % less
        recent = SQL("GREATEST(%s, 0)", SQL.identifier("f", f"{measure}_recent"))
        season = SQL.identifier("f", f"{measure}_season")
        expected = self._get_expected(measure, company, today)
        return SQL(
            """LEAST(100 * (1 - %(recent)s / NULLIF(GREATEST(%(expected)s, 0), 0)),
                     CASE WHEN %(covered)s
                          THEN COALESCE(100 * (1 - %(recent)s::numeric
                                        / NULLIF(GREATEST(%(season)s, 0), 0)), 0) END)""",
            recent=recent,
            expected=expected,
            season=season,
            covered=self._get_season_covered(company, today),
        )

    @api.model
    def _get_expected(self, measure, company, today):
        """Return the SQL of `measure` at the customer's own pace of the base year."""
        return SQL(
            "(%s::numeric * %s / %s)",
            SQL.identifier("f", f"{measure}_base"),
            company.winback_recent_days,
            self._get_base_days(company, today),
        )

    @api.model
    def _get_base_days(self, company, today):
        """Return the SQL of the days of the base year that the customer was one."""
        base_end = today - timedelta(days=company.winback_recent_days)
        first = SQL.identifier("f", self._history_column)
        return SQL("GREATEST(1, LEAST(%s, %s - %s))", YEAR, base_end, first)

    @api.model
    def _get_season_covered(self, company, today):
        """Return the SQL condition that the same season a year ago lies within the
        customer's history."""
        season_start = today - timedelta(days=company.winback_recent_days + YEAR)
        return SQL("%s <= %s", SQL.identifier("f", self._history_column), season_start)

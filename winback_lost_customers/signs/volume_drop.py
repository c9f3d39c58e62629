from datetime import timedelta

from odoo import api, models
from odoo.tools import SQL

from ..models.winback_drop import YEAR

MIN_BASE_ORDERS = 4  # fewer orders in the year before have no level to fall from
MIN_BASE_DAYS = 180  # a shorter past does not tell a level from a season
MIN_EXPECTED_ORDERS = 3  # one order instead of two is chance and no lower frequency


class WinbackSignVolumeDrop(models.AbstractModel):
    """S4: still buys, but volume or frequency fell sharply.

    What it sees: in the recent period the customer bought, but the amount or the
    number of orders is lower by the threshold's percentage than its own level of
    the year before, and lower by as much than in the same season a year ago where
    its history reaches back that far. The milder of the two comparisons counts.
    Why it matters: somebody who splits orders between us and a competitor is still
    within reach, unlike one who has gone.
    When it is wrong: one unusually large project in the year before; a business
    whose season moved by more than the recent period.
    """

    _name = "winback.sign.volume_drop"
    _inherit = ["winback.detector", "winback.drop"]
    _description = "Win-Back Sign: Drop in Volume or Frequency"

    _threshold_range = (1, 100)
    _threshold_unit = "percent"
    _fact_columns = (
        "first_order_date",
        "orders_recent",
        "amount_recent",
        "orders_base",
        "amount_base",
        "orders_season",
        "amount_season",
    )
    _figure_kinds = {
        "drop": "percent",
        "less": "word",
        "window": "days",
        "orders_recent": "count",
        "amount_recent": "amount",
        "orders_expected": "count",
        "amount_expected": "amount",
        "amount_season": "amount",
    }

    @api.model
    def _get_condition(self, sign, company, today):
        """Override of `winback.detector`: only who still buys and had a level."""
        return SQL(
            "f.orders_recent > 0 AND f.orders_base >= %s AND %s >= %s AND %s >= %s",
            MIN_BASE_ORDERS,
            self._get_base_days(company, today),
            MIN_BASE_DAYS,
            self._get_value(sign, company, today),
            sign.threshold,
        )

    @api.model
    def _get_value(self, sign, company, today):
        """Override of `winback.detector`: the drop in whole percent, of volume or of
        frequency, whichever fell more."""
        return SQL(
            "round(GREATEST(%s, %s))",
            self._get_drop("amount", company, today),
            self._get_frequency_drop(company, today),
        )

    @api.model
    def _get_frequency_drop(self, company, today):
        """Return the SQL of the drop in the number of orders; NULL where too few were
        to be expected to tell."""
        return SQL(
            "CASE WHEN %s >= %s THEN %s END",
            self._get_expected("orders", company, today),
            MIN_EXPECTED_ORDERS,
            self._get_drop("orders", company, today),
        )

    @api.model
    def _get_figures(self, sign, company, today):
        """Override of `winback.detector`: what was bought, expected and a year ago."""
        return {
            "drop": self._get_value(sign, company, today),
            "less": SQL(
                "CASE WHEN %s > COALESCE(%s, -1e9) THEN 'often' ELSE 'much' END",
                self._get_frequency_drop(company, today),
                self._get_drop("amount", company, today),
            ),
            "window": SQL("%s", company.winback_recent_days),
            "orders_recent": SQL("f.orders_recent"),
            "amount_recent": SQL("f.amount_recent"),
            "orders_expected": SQL(
                "round(%s)", self._get_expected("orders", company, today)
            ),
            "amount_expected": SQL(
                "round(%s, 2)", self._get_expected("amount", company, today)
            ),
            "amount_season": SQL(
                "CASE WHEN %s THEN f.amount_season END",
                self._get_season_covered(company, today),
            ),
        }

    @api.model
    def _get_words(self):
        """Override of `winback.detector`: what fell more, amount or frequency."""
        return {"much": self.env._("less"), "often": self.env._("less often")}

    @api.model
    def _get_documents(self, sign, company, today):
        """Override of `winback.detector`: the orders of both periods."""
        return SQL(
            """(SELECT COALESCE(jsonb_agg(jsonb_build_array('sale.order', o.id)
                                          ORDER BY o.date_order DESC, o.id), '[]')
                  FROM sale_order o JOIN res_partner p ON p.id = o.partner_id
                 WHERE p.commercial_partner_id = f.partner_id AND o.state = 'sale'
                   AND o.company_id = %s AND o.date_order >= %s
                   AND o.date_order < %s)""",
            company.id,
            today - timedelta(days=company.winback_recent_days + YEAR),
            self.env["winback.fact"]._get_day_end(company, today),
        )

from datetime import timedelta

from odoo import api, models
from odoo.tools import SQL

from ..models.winback_drop import YEAR

MIN_DAYS = 180  # a new customer is still trying us out


class WinbackSignLittlePotential(models.AbstractModel):
    """S12: buys little here although its potential is large.

    What it sees: a customer of at least half a year who bought in the recent period
    buys less per year than the threshold's percentage of its potential. The potential
    is the one entered; else three quarters of the similar customers (same industry
    and country) buy less than it. An estimate alone says little about a small
    customer, so it speaks only where an average order is as large as a typical one of
    similar customers: the customer is large enough, but its orders are rare.
    Why it matters: the other orders go elsewhere, and a competitor is already in.
    When it is wrong: the potential was overestimated; a small company that orders
    twice a year for the whole year.
    """

    _name = "winback.sign.little_potential"
    _inherit = ["winback.detector"]
    _description = "Win-Back Sign: Buys Little of Its Potential"

    _threshold_range = (1, 100)
    _threshold_unit = "percent"
    _fact_columns = (
        "first_order_date",
        "purchase_days",
        "orders_recent",
        "orders_year",
        "amount_year",
        "potential_used",
        "potential_source",
        "potential_peers",
        "potential_order",
    )
    _figure_kinds = {
        "share": "percent",
        "amount": "amount",
        "potential": "amount",
        "peers": "count",
        "order_amount": "amount",
        "order_typical": "amount",
    }

    @api.model
    def _get_condition(self, sign, company, today):
        """Override of `winback.detector`: below the threshold, not from it on."""
        return SQL(
            """f.orders_recent > 0 AND f.purchase_days > 1 AND f.first_order_date <= %s
               AND (f.potential_source = 'entered' OR %s >= f.potential_order)
               AND %s < %s""",
            today - timedelta(days=MIN_DAYS),
            self._get_order_amount(),
            self._get_value(sign, company, today),
            sign.threshold,
        )

    @api.model
    def _get_value(self, sign, company, today):
        """Override of `winback.detector`: the share of the potential in whole percent."""
        return SQL("round(100 * %s / NULLIF(f.potential_used, 0))", self._get_pace(today))

    @api.model
    def _get_pace(self, today):
        """Return the SQL of the sales per year, also of who is younger than a year."""
        return SQL(
            "(GREATEST(f.amount_year, 0) * %s / LEAST(%s, GREATEST(1, %s - f.first_order_date)))",
            YEAR,
            YEAR,
            today,
        )

    @api.model
    def _get_order_amount(self):
        """Return the SQL of the amount of an average order of the year."""
        return SQL("(f.amount_year / NULLIF(f.orders_year, 0))")

    @api.model
    def _get_figures(self, sign, company, today):
        """Override of `winback.detector`: sales, potential and where it comes from."""
        return {
            "share": self._get_value(sign, company, today),
            "amount": SQL("round(%s, 2)", self._get_pace(today)),
            "potential": SQL("f.potential_used"),
            "peers": SQL("f.potential_peers"),
            "order_amount": SQL("round(%s, 2)", self._get_order_amount()),
            "order_typical": SQL("f.potential_order"),
        }

    @api.model
    def _get_documents(self, sign, company, today):
        """Override of `winback.detector`: the orders of the last 365 days."""
        fact = self.env["winback.fact"]
        return SQL(
            """(SELECT COALESCE(jsonb_agg(jsonb_build_array('sale.order', o.id)
                                          ORDER BY o.date_order DESC, o.id), '[]')
                  FROM sale_order o
                 WHERE o.partner_id IN (SELECT id FROM res_partner
                                         WHERE commercial_partner_id = f.partner_id)
                   AND o.state = 'sale' AND o.company_id = %s
                   AND o.date_order >= %s AND o.date_order < %s)""",
            company.id,
            fact._get_day_end(company, today - timedelta(days=YEAR)),
            fact._get_day_end(company, today),
        )

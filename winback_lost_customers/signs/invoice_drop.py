from datetime import timedelta

from odoo import api, models
from odoo.tools import SQL

from ..models.winback_drop import YEAR

MIN_BASE_INVOICES = 4  # fewer in the year before have no level to fall from
MIN_BASE_DAYS = 180  # a shorter past does not tell a level from a season
MIN_EXPECTED_INVOICES = 3  # one invoice instead of two is chance


class WinbackSignInvoiceDrop(models.AbstractModel):
    """S4: still buys, but gets far fewer invoices.

    What it sees: in the recent period the customer got an invoice, but the number of
    invoices is lower by the threshold's percentage than its own level of the year
    before, and than in the same season a year ago where its history reaches back
    that far. Invoices taken back by a credit note do not count.
    Why it matters: invoices also tell of subscriptions, deliveries on call and
    services that no new order shows.
    When it is wrong: invoices were merged into monthly ones, or the book-keeping is
    behind with its work.
    """

    _name = "winback.sign.invoice_drop"
    _inherit = ["winback.detector", "winback.drop"]
    _description = "Win-Back Sign: Fewer Invoices"

    _history_column = "first_invoice_date"
    _threshold_range = (1, 100)
    _threshold_unit = "percent"
    _fact_columns = (
        "first_invoice_date",
        "invoices_recent",
        "invoices_base",
        "invoices_season",
    )
    _figure_kinds = {
        "drop": "percent",
        "window": "days",
        "invoices_recent": "count",
        "invoices_expected": "count",
        "invoices_season": "count",
    }

    @api.model
    def _get_condition(self, sign, company, today):
        """Override of `winback.detector`: only who still gets invoices and had a level."""
        return SQL(
            "f.invoices_recent > 0 AND f.invoices_base >= %s AND %s >= %s AND %s >= %s "
            "AND %s >= %s",
            MIN_BASE_INVOICES,
            self._get_base_days(company, today),
            MIN_BASE_DAYS,
            self._get_expected("invoices", company, today),
            MIN_EXPECTED_INVOICES,
            self._get_value(sign, company, today),
            sign.threshold,
        )

    @api.model
    def _get_value(self, sign, company, today):
        """Override of `winback.detector`: the drop in whole percent."""
        return SQL("round(%s)", self._get_drop("invoices", company, today))

    @api.model
    def _get_figures(self, sign, company, today):
        """Override of `winback.detector`: invoices now, expected and a year ago."""
        return {
            "drop": self._get_value(sign, company, today),
            "window": SQL("%s", company.winback_recent_days),
            "invoices_recent": SQL("f.invoices_recent"),
            "invoices_expected": SQL(
                "round(%s)", self._get_expected("invoices", company, today)
            ),
            "invoices_season": SQL(
                "CASE WHEN %s THEN f.invoices_season END",
                self._get_season_covered(company, today),
            ),
        }

    @api.model
    def _get_documents(self, sign, company, today):
        """Override of `winback.detector`: the invoices of both periods."""
        return SQL(
            """(SELECT COALESCE(jsonb_agg(jsonb_build_array('account.move', m.id)
                                          ORDER BY m.invoice_date DESC, m.id), '[]')
                  FROM account_move m
                 WHERE m.partner_id IN (SELECT id FROM res_partner
                                         WHERE commercial_partner_id = f.partner_id)
                   AND m.company_id = %s AND m.move_type = 'out_invoice'
                   AND m.state = 'posted' AND m.payment_state != 'reversed'
                   AND m.invoice_date > %s AND m.invoice_date <= %s)""",
            company.id,
            today - timedelta(days=company.winback_recent_days + YEAR),
            today,
        )

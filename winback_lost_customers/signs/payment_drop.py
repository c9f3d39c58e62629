from datetime import timedelta

from odoo import api, models
from odoo.tools import SQL

from ..facts.payments import PATIENCE_DAYS

MIN_RECENT_DUE = 3  # one unpaid invoice of two is chance
MIN_BASE_DUE = 4  # fewer in the year before have no level to fall from


class WinbackSignPaymentDrop(models.AbstractModel):
    """S4: pays a much smaller share of its invoices.

    What it sees: of the invoices that fell due in the recent period, the share paid
    in time (at most 14 days late) is lower by the threshold's percentage than the
    customer's own share in the year before, and than in the same season a year ago
    where invoices fell due then. Invoices not yet due, and those taken back by a
    credit note, do not count; counted is their number.
    Why it matters: who stops paying is dissatisfied, in trouble, or has already
    chosen somebody else.
    When it is wrong: payments were not yet entered or matched; the terms of payment
    became shorter; an invoice written off as lost looks paid.
    """

    _name = "winback.sign.payment_drop"
    _inherit = ["winback.detector"]
    _description = "Win-Back Sign: Fewer Invoices Paid"

    _threshold_range = (1, 100)
    _threshold_unit = "percent"
    _fact_columns = (
        "due_recent",
        "due_base",
        "due_season",
        "paid_recent",
        "paid_base",
        "paid_season",
    )
    _figure_kinds = {
        "drop": "percent",
        "window": "days",
        "paid_recent": "count",
        "due_recent": "count",
        "share_recent": "percent",
        "share_base": "percent",
    }

    @api.model
    def _get_condition(self, sign, company, today):
        """Override of `winback.detector`: only where enough invoices fell due."""
        return SQL(
            "f.due_recent >= %s AND f.due_base >= %s AND %s >= %s",
            MIN_RECENT_DUE,
            MIN_BASE_DUE,
            self._get_value(sign, company, today),
            sign.threshold,
        )

    @api.model
    def _get_value(self, sign, company, today):
        """Override of `winback.detector`: the drop of the share in whole percent, the
        milder of both comparisons; none for who never paid in time."""
        return SQL(
            """round(LEAST(100 * (1 - %(recent)s / NULLIF(%(base)s, 0)),
                           CASE WHEN f.due_season > 0
                                THEN COALESCE(100 * (1 - %(recent)s
                                                     / NULLIF(%(season)s, 0)), 0) END))""",
            recent=self._get_share("recent"),
            base=self._get_share("base"),
            season=self._get_share("season"),
        )

    @api.model
    def _get_share(self, window):
        """Return the SQL of the share of the due invoices of `window` that was paid."""
        return SQL(
            "(%s::numeric / NULLIF(%s, 0))",
            SQL.identifier("f", f"paid_{window}"),
            SQL.identifier("f", f"due_{window}"),
        )

    @api.model
    def _get_figures(self, sign, company, today):
        """Override of `winback.detector`: what was due and paid, now and before."""
        return {
            "drop": self._get_value(sign, company, today),
            "window": SQL("%s", company.winback_recent_days),
            "paid_recent": SQL("f.paid_recent"),
            "due_recent": SQL("f.due_recent"),
            "share_recent": SQL("round(100 * %s)", self._get_share("recent")),
            "share_base": SQL("round(100 * %s)", self._get_share("base")),
        }

    @api.model
    def _get_documents(self, sign, company, today):
        """Override of `winback.detector`: the invoices that fell due recently, the
        open ones first."""
        last = today - timedelta(days=PATIENCE_DAYS)
        return SQL(
            """(SELECT COALESCE(jsonb_agg(jsonb_build_array('account.move', m.id)
                                          ORDER BY m.payment_state IN ('paid', 'in_payment'),
                                                   m.invoice_date_due, m.id), '[]')
                  FROM account_move m
                 WHERE m.partner_id IN (SELECT id FROM res_partner
                                         WHERE commercial_partner_id = f.partner_id)
                   AND m.company_id = %s AND m.move_type = 'out_invoice'
                   AND m.state = 'posted' AND m.payment_state != 'reversed'
                   AND COALESCE(m.invoice_date_due, m.invoice_date) > %s
                   AND COALESCE(m.invoice_date_due, m.invoice_date) <= %s)""",
            company.id,
            last - timedelta(days=company.winback_recent_days),
            last,
        )

from datetime import timedelta

from odoo import api, models
from odoo.tools import SQL

from ..models.winback_drop import YEAR

PATIENCE_DAYS = 14  # a transfer that arrives two weeks after the due date is in time


class WinbackFactPayments(models.AbstractModel):
    """How many invoices a customer gets, and how many it pays in time.

    Counted are posted customer invoices above zero, by number and not by amount, so
    that currencies do not matter and one large invoice does not hide the others.
    An invoice settled by a credit note alone is no business: it counts neither as an
    invoice nor as a due one. One settled partly by a credit note and partly by money
    is paid.

    In time means: settled completely at most 14 days after the (last) due date. So
    an invoice is judged once only, when these days are over: one not yet due is no
    sign of anything, today's invoices and those of a year ago are measured alike, a
    habitual late payer has no level to fall from, and a payment after `today` cannot
    be known. An invoice settled without a payment (opening balances, the oldest ones)
    is believed to have been paid in time.

    Windows as in the purchases; those of due invoices end 14 days before `today`.
    Of a past day, invoices since cancelled are found by their tracked values; that
    a payment was taken back since is unknowable.
    """

    _name = "winback.fact.payments"
    _inherit = ["winback.fact"]
    _description = "Win-Back Facts: Invoices and Payments"

    _fact_sequence = 4
    _fact_columns = {
        "first_invoice_date": "date",
        "invoices_recent": "integer",
        "invoices_base": "integer",
        "invoices_season": "integer",
        "due_recent": "integer",
        "due_base": "integer",
        "due_season": "integer",
        "paid_recent": "integer",
        "paid_base": "integer",
        "paid_season": "integer",
    }

    @api.model
    def _get_query(self, company, today, partners=None):
        """Override of `winback.fact`: invoices -> contacts -> customers.

        Grouping comes before joining the contacts, as there are far more invoices
        than contacts.
        """
        columns = list(self._fact_columns)[1:]
        return SQL(
            """
            WITH invoice AS (%(invoices)s), settlement AS (%(settlements)s),
            contact AS (
                SELECT contact_id, min(day) AS first_day, %(counts)s
                  FROM (%(judged)s) judged
                 GROUP BY contact_id
            )
            SELECT p.commercial_partner_id AS partner_id,
                   min(first_day) AS first_invoice_date, %(sums)s
              FROM contact JOIN res_partner p ON p.id = contact_id
             GROUP BY p.commercial_partner_id
            """,
            invoices=self._get_invoices_query(company, today, partners),
            settlements=self._get_settlements_query(company, today),
            judged=self._get_judged_query(today),
            counts=SQL(", ").join(self._get_counts(company, today)),
            sums=SQL(", ").join(
                SQL("sum(%s)::integer AS %s", SQL.identifier(name), SQL.identifier(name))
                for name in columns
            ),
        )

    @api.model
    def _get_invoices_query(self, company, today, partners):
        """Return the invoices that were posted on `today`."""
        is_past = self._is_past(company, today)
        return SQL(
            """
            SELECT m.id, m.partner_id AS contact_id, m.invoice_date AS day,
                   COALESCE(m.invoice_date_due, m.invoice_date) AS due_day, m.payment_state
              FROM account_move m
             WHERE m.company_id = %(company)s AND m.move_type = 'out_invoice'
               AND (m.state = 'posted' %(since_cancelled)s)
               AND m.amount_total_signed > 0 AND m.invoice_date <= %(today)s
               AND %(limit)s
            """,
            company=company.id,
            since_cancelled=SQL("OR m.id IN (%s)", self._get_since_cancelled_query(company, today))
            if is_past
            else SQL(),
            today=today,
            limit=self._limit_contacts(SQL("m.partner_id"), partners),
        )

    @api.model
    def _get_since_cancelled_query(self, company, today):
        """Return the ids of invoices that were posted on `today` and are not any more:
        the first tracked change since then led away from posted.

        A tracked value holds a label in the language of whoever changed it.
        """
        return SQL(
            """
            SELECT c.move_id
              FROM (SELECT DISTINCT ON (t.res_id) t.res_id AS move_id, l.value
                      FROM mail_tracking_value v
                      JOIN mail_message t ON t.id = v.mail_message_id
                      LEFT JOIN ir_model_fields_selection l ON l.field_id = v.field_id
                           AND v.old_value_char IN (SELECT value FROM jsonb_each_text(l.name))
                     WHERE v.field_id = %s AND t.model = 'account.move' AND t.date >= %s
                     ORDER BY t.res_id, t.date, v.id) c
             WHERE c.value = 'posted'
            """,
            self.env["ir.model.fields"]._get("account.move", "state").id,
            self._get_day_end(company, today),
        )

    @api.model
    def _get_settlements_query(self, company, today):
        """Return `id`, `day` of the last settlement of each settled invoice that fell
        due in the windows: by a reconciliation, or by a payment without an entry."""
        start = today - timedelta(days=company.winback_recent_days + YEAR + PATIENCE_DAYS)
        return SQL(
            """
            SELECT id, max(day) AS day FROM (
                SELECT i.id, r.max_date AS day
                  FROM invoice i
                  JOIN account_move_line l ON l.move_id = i.id
                       AND l.display_type = 'payment_term'
                  JOIN account_partial_reconcile r ON r.debit_move_id = l.id
                 WHERE i.due_day > %(start)s AND r.max_date > %(start)s
                   AND i.payment_state IN ('paid', 'in_payment', 'reversed')
                UNION ALL
                SELECT i.id, y.date
                  FROM invoice i
                  JOIN account_move__account_payment x ON x.invoice_id = i.id
                  JOIN account_payment y ON y.id = x.payment_id
                 WHERE i.due_day > %(start)s AND y.move_id IS NULL
                   AND y.state IN ('in_process', 'paid')
            ) s
             GROUP BY id
            """,
            start=start,
        )

    @api.model
    def _get_judged_query(self, today):
        """Return the invoices that count, with `is_paid`: settled in time."""
        return SQL(
            """
            SELECT i.contact_id, i.day, i.due_day,
                   i.payment_state IN ('paid', 'in_payment')
                   AND (s.day IS NULL OR s.day <= i.due_day + %s) AS is_paid
              FROM invoice i LEFT JOIN settlement s ON s.id = i.id
             WHERE i.payment_state != 'invoicing_legacy'
               AND NOT (i.payment_state = 'reversed' AND COALESCE(s.day, i.day) <= %s)
            """,
            PATIENCE_DAYS,
            today,
        )

    @api.model
    def _get_counts(self, company, today):
        """Return the SQL of the declared counts over windows, in their order."""
        due_end = today - timedelta(days=PATIENCE_DAYS)
        kinds = (
            ("invoices", SQL("day"), today, SQL("TRUE")),
            # the last of the 14 days must be over before an open invoice is late
            ("due", SQL("due_day"), due_end, SQL("TRUE")),
            ("paid", SQL("due_day"), due_end, SQL("is_paid")),
        )
        return [
            SQL(
                "count(*) FILTER (WHERE %s > %s AND %s <= %s AND %s) AS %s",
                column,
                start,
                column,
                end,
                condition,
                SQL.identifier(f"{kind}_{window}"),
            )
            for kind, column, last, condition in kinds
            for window, start, end in self._get_windows(company, last)
        ]

    @api.model
    def _get_windows(self, company, last):
        """Return (name, day before the first, last day) of the windows that end on
        the day `last`."""
        recent = timedelta(days=company.winback_recent_days)
        year = timedelta(days=YEAR)
        return [
            ("recent", last - recent, last),
            ("base", last - recent - year, last - recent),
            ("season", last - recent - year, last - year),
        ]

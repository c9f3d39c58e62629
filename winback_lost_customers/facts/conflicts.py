from odoo import api, models
from odoo.tools import SQL


class WinbackFactConflicts(models.AbstractModel):
    """The open conflicts with a customer: complaints that are marked as one and not
    closed, answered or not.

    As of a past day, the dates of receipt, conflict and closing tell. Unknowable: a
    complaint that was dismissed or freed of the mark since counts as if it had always
    been so, one that was closed and taken up again as if it had never been closed.
    """

    _name = "winback.fact.conflicts"
    _inherit = ["winback.fact"]
    _description = "Win-Back Facts: Conflicts"

    _fact_sequence = 21
    _fact_columns = {
        "conflict_count": "integer",
        "conflict_since": "date",
        "conflict_subject": "text",
        "conflict_documents": "jsonb",
    }

    @api.model
    def _get_query(self, company, today, partners=None):
        """Override of `winback.fact`: open conflicts, by customer; the subject is that
        of the oldest."""
        return SQL(
            """
            SELECT p.commercial_partner_id AS partner_id,
                   count(*)::integer AS conflict_count,
                   min(%(day)s) AS conflict_since,
                   (array_agg(c.name ORDER BY c.conflict_at, c.id))[1] AS conflict_subject,
                   jsonb_agg(jsonb_build_array('winback.complaint', c.id)
                             ORDER BY c.conflict_at, c.id) AS conflict_documents
              FROM (%(complaints)s) c
              JOIN res_partner p ON p.id = c.contact_id
             WHERE c.is_open AND c.is_conflict AND c.conflict_at < %(day_end)s AND %(limit)s
             GROUP BY p.commercial_partner_id
            """,
            day=self._get_day(SQL("c.conflict_at"), company),
            complaints=self._get_complaints_query(company, today),
            day_end=self._get_day_end(company, today),
            limit=self._limit_contacts(SQL("c.contact_id"), partners),
        )

    @api.model
    def _get_complaints_query(self, company, today):
        """Return the complaints received by `today`, without dismissed ones, and
        whether they were open (`is_open`) on that day."""
        return SQL(
            """
            SELECT id, name, partner_id AS contact_id, severity, satisfied, is_conflict,
                   date_received AS received_at,
                   COALESCE(conflict_date, date_received) AS conflict_at,
                   COALESCE(date_closed, date_received) AS closed_at,
                   state != 'closed' OR COALESCE(date_closed, date_received) >= %(day_end)s
                       AS is_open
              FROM winback_complaint
             WHERE company_id = %(company)s AND partner_id IS NOT NULL
               AND state != 'cancelled' AND date_received < %(day_end)s
            """,
            company=company.id,
            day_end=self._get_day_end(company, today),
        )

from odoo import api, models
from odoo.tools import SQL

REFRESH_FIELDS = {"sent_datetime", "reply_datetime", "links_click_datetime"}
# opened mails are unanswered; `sent` comes with a date
SILENT_STATUSES = {"outgoing", "process", "pending", "sent", "open"}


class MailingTrace(models.Model):
    """Found by customer: the evaluation of a few customers must not read all mailings."""

    _inherit = "mailing.trace"

    # a mailing is committed mail by mail; what it changes shows tomorrow at the earliest
    _winback_refresh_minutes = 1

    _winback_document_idx = models.Index("(res_id, model)")
    _winback_email_idx = models.Index("(email) WHERE model = 'mailing.contact'")

    @api.model_create_multi
    def create(self, vals_list):
        """Override of `base` to mark who is recorded as mailed already."""
        traces = super().create(vals_list)
        self.env["winback.refresh"]._wait(self._name, traces.filtered("sent_datetime").ids)
        return traces

    def _write_multi(self, vals_list):
        """Override of `base` to mark who was mailed, failed to be, clicked or replied."""
        changed = [
            trace.id
            for trace, vals in zip(self, vals_list, strict=True)
            if not REFRESH_FIELDS.isdisjoint(vals)
            or vals.get("trace_status", "open") not in SILENT_STATUSES
        ]
        self.env["winback.refresh"]._wait(self._name, changed)
        return super()._write_multi(vals_list)

    @api.model
    def _winback_get_marks_query(self, ids):
        """Return the contacts to whom the mailings went: themselves, as the customers
        of documents, or by the address alone."""
        return SQL(
            """
            SELECT CASE WHEN t.model = 'res.partner' THEN t.res_id
                        ELSE COALESCE(o.partner_id, l.partner_id, p.id) END,
                   COALESCE(o.company_id, l.company_id)
              FROM mailing_trace t
              LEFT JOIN sale_order o ON t.model = 'sale.order' AND o.id = t.res_id
              LEFT JOIN crm_lead l ON t.model = 'crm.lead' AND l.id = t.res_id
              LEFT JOIN res_partner p ON t.model = 'mailing.contact'
                   AND p.email_normalized = t.email
             WHERE t.id = ANY(%s) AND t.is_test_trace IS NOT TRUE
            """,
            list(ids),
        )

from datetime import time

from odoo import api, models
from odoo.tools import SQL

DAY_END = time(23, 59, 59)  # stands for the time of what is only known by its day
THREADS = ("crm.lead", "sale.order", "res.partner", "winback.case")


class WinbackInquiryTalk(models.AbstractModel):
    """Who said what when on the documents that may be inquiries: what customers wrote, and
    what of us reached them.

    A letter of ours is what `winback.fact.touches` calls one; a call or meeting what
    `winback.fact.inquiries` does. What is said on a quotation of an opportunity is said on
    the opportunity, what is said on a contact's page or in a case on that of its customer.
    """

    _name = "winback.inquiry.talk"
    _description = "Win-Back: Talk About Inquiries"

    @api.model
    def _get_query(self, company, start, end):
        """Return `res_model`, `res_id`, `at` (naive UTC) and `is_ours` of all that was said
        from `start` until before `end`."""
        return SQL(
            """
            SELECT CASE WHEN o.opportunity_id IS NOT NULL THEN 'crm.lead'
                        WHEN w.id IS NOT NULL THEN 'res.partner' ELSE t.res_model END AS res_model,
                   COALESCE(o.opportunity_id, w.partner_id, p.commercial_partner_id, t.res_id)
                       AS res_id,
                   t.at, t.is_ours
              FROM (%(talk)s) t
              LEFT JOIN sale_order o ON t.res_model = 'sale.order' AND o.id = t.res_id
              LEFT JOIN res_partner p ON t.res_model = 'res.partner' AND p.id = t.res_id
              LEFT JOIN winback_case w ON t.res_model = 'winback.case' AND w.id = t.res_id
                   AND w.company_id = %(company)s
             WHERE t.at >= %(start)s AND t.at < %(end)s
            """,
            talk=SQL(" UNION ALL ").join(SQL("(%s)", query) for query in self._get_talk(company)),
            company=company.id,
            start=start,
            end=end,
        )

    @api.model
    def _get_talk(self, company):
        """Return a statement for each kind of talk, with the columns of `_get_query` and
        the documents as they are. Extend this to let another app's letters or calls count."""
        return [
            self._get_letters_query(company),
            self._get_letters_to_addresses_query(company),
            self._get_incoming_query(company),
            self._get_calls_query(company),
            self._get_meetings_query(),
            self._get_sent_query(company),
        ]

    @api.model
    def _get_letters_query(self, company):
        """Return mails, letters and text messages of ours to contacts who are no employees."""
        touches = self.env["winback.fact.touches"]
        return SQL(
            """
            SELECT m.model AS res_model, m.res_id, m.date AS at, TRUE AS is_ours
              FROM mail_notification n
              JOIN mail_message m ON m.id = n.mail_message_id
              JOIN res_partner r ON r.id = n.res_partner_id AND r.partner_share
             WHERE n.notification_type != 'inbox' AND %(sent)s AND %(letter)s
               AND m.author_id = ANY(%(authors)s) AND %(thread)s
            """,
            sent=touches._get_sent_condition(),
            letter=touches._get_letter_condition(),
            authors=touches._get_authors(),
            thread=self._get_thread_condition(company),
        )

    @api.model
    def _get_letters_to_addresses_query(self, company):
        """Return mails of ours to addresses that belong to no contact."""
        touches = self.env["winback.fact.touches"]
        return SQL(
            """
            SELECT m.model, m.res_id, m.date, TRUE
              FROM mail_message m
             WHERE m.outgoing_email_to != '' AND %(letter)s
               AND m.author_id = ANY(%(authors)s) AND %(thread)s
            """,
            letter=touches._get_letter_condition(),
            authors=touches._get_authors(),
            thread=self._get_thread_condition(company),
        )

    @api.model
    def _get_incoming_query(self, company):
        """Return what customers wrote, by mail or on the portal."""
        return SQL(
            """
            SELECT m.model, m.res_id, m.date, FALSE
              FROM mail_message m
              LEFT JOIN res_partner author ON author.id = m.author_id
             WHERE m.message_type IN ('email', 'comment') AND %(incoming)s AND %(thread)s
            """,
            incoming=self._get_incoming_condition(),
            thread=self._get_thread_condition(company),
        )

    @api.model
    def _get_incoming_condition(self):
        """Return the SQL condition that none of us, now or formerly, is the `author` of
        message `m`. A mail from an unknown address has none."""
        return SQL(
            """(author.id IS NULL AND m.message_type = 'email'
                OR author.partner_share AND author.id != ALL(%s))""",
            self.env["winback.fact.touches"]._get_authors(),
        )

    @api.model
    def _get_thread_condition(self, company):
        """Return the SQL condition that message `m` is on a document that may be an inquiry."""
        return SQL(
            "m.model IN %s AND (m.record_company_id = %s OR m.record_company_id IS NULL)",
            THREADS,
            company.id,
        )

    @api.model
    def _get_calls_query(self, company):
        """Return done calls and meetings that reached somebody. Only the day is known, so
        such a call answers all that came on its day."""
        return SQL(
            """
            SELECT a.res_model, a.res_id,
                   (a.date_done + %(end)s) AT TIME ZONE %(zone)s AT TIME ZONE 'UTC', TRUE
              FROM mail_activity a
              JOIN mail_activity_type t ON t.id = a.activity_type_id
                   AND t.category IN ('phonecall', 'meeting')
             WHERE a.active IS NOT TRUE AND a.date_done IS NOT NULL
               AND a.winback_outcome IS DISTINCT FROM 'not_reached'
               AND a.res_model IN %(threads)s
            """,
            end=DAY_END,
            zone=company._winback_tz(),
            threads=THREADS,
        )

    @api.model
    def _get_meetings_query(self):
        """Return meetings about an opportunity, and those with somebody of a customer."""
        return SQL(
            """
            SELECT 'crm.lead', e.opportunity_id, e.start, TRUE
              FROM calendar_event e
             WHERE e.active AND e.opportunity_id IS NOT NULL
             UNION ALL
            SELECT 'res.partner', r.res_partner_id, e.start, TRUE
              FROM calendar_event e
              JOIN calendar_event_res_partner_rel r ON r.calendar_event_id = e.id
              JOIN res_partner p ON p.id = r.res_partner_id AND p.partner_share
             WHERE e.active
            """
        )

    @api.model
    def _get_sent_query(self, company):
        """Return when quotations were sent: as tracked; one that is sent and was not
        tracked (imported) at its creation.

        A tracked value holds the label of the state in the language of whoever changed
        it, hence the comparison with the labels of all languages.
        """
        return SQL(
            """
            WITH tracked AS (
                SELECT m.res_id AS order_id, m.date AS at
                  FROM mail_tracking_value v
                  JOIN mail_message m ON m.id = v.mail_message_id AND m.model = 'sale.order'
                  JOIN ir_model_fields_selection l ON l.field_id = v.field_id AND l.value = 'sent'
                       AND v.new_value_char IN (SELECT value FROM jsonb_each_text(l.name))
                 WHERE v.field_id = %(field)s
            )
            SELECT 'sale.order', order_id, at, TRUE FROM tracked
             UNION ALL
            SELECT 'sale.order', o.id, LEAST(o.create_date, o.date_order), TRUE
              FROM sale_order o
             WHERE o.company_id = %(company)s AND o.state = 'sent'
               AND NOT EXISTS (SELECT FROM tracked t WHERE t.order_id = o.id)
            """,
            field=self.env["ir.model.fields"]._get("sale.order", "state").id,
            company=company.id,
        )

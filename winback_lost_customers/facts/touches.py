from odoo import api, models
from odoo.tools import SQL

# what people write; notices of the system ask for no answer
WRITTEN_TYPES = ("comment", "email", "email_outgoing", "sms", "snailmail")
# written in the course of business: nobody answers an invoice or a delivery note
ROUTINE_MODELS = ("account.move", "account.payment", "stock.picking", "discuss.channel")
SENT_STATUSES = ("ready", "process", "pending", "sent", "bounce")  # neither failed nor cancelled
MAILED_STATUSES = ("pending", "sent", "open", "reply", "bounce")
SHOWN_DOCUMENTS = 20  # the latest; a weekly newsletter would fill pages


class WinbackFactTouches(models.AbstractModel):
    """Our letters, mails, mailings and calls that the customer left unanswered.

    A touch is a day on which we wrote to somebody of the customer, sent a mailing or
    called without reaching anybody; several on one day are one attempt. It is
    unanswered while there was no sign of life on that day or later: an inquiry as
    `winback.fact.inquiries` counts them (orders, messages, calls and meetings that
    reached somebody), or a reply to a mailing or a click in it. That a mailing was
    opened is none, as mail programs open it by themselves.

    Left out: notices of the system, messages on invoices, payments and deliveries,
    mailings for testing, whatever failed before it was sent.

    As of a past day, the dates of messages, calls, mailings, replies and clicks tell. A
    mailing that failed since, as its last change tells, had been sent. Unknowable: the
    day on which a letter failed or the outcome of a call was corrected; of several
    replies to a mailing Odoo keeps the last date (those that came by mail are
    inquiries); a letter to a recipient who was added later is believed the letter's
    date. When a letter came back does not matter, as it was unanswered before, too.
    """

    _name = "winback.fact.touches"
    _inherit = ["winback.fact"]
    _description = "Win-Back Facts: Unanswered Touches"

    _fact_sequence = 20
    _fact_is_derived = True  # the last inquiry is known by then
    _fact_columns = {
        "touch_count": "integer",
        "touch_dates": "date[]",
        "touch_last_model": "text",
        "touch_life_date": "date",
        "touch_documents": "jsonb",
    }

    @api.model
    def _get_query(self, company, today, partners=None):
        """Override of `winback.fact`: what came after the last sign of life.

        Each message is compared with its customer's last inquiry as it is read, so
        that only the few unanswered ones are grouped.
        """
        return SQL(
            """
            WITH contact AS (%(contacts)s), trace AS (%(traces)s),
            reaction AS (
                SELECT partner_id, max(reaction_day) AS day FROM trace GROUP BY partner_id
            ),
            touch AS (
                %(messages)s
                UNION ALL
                SELECT partner_id, heard, 'mailing.trace', id, day FROM trace WHERE day > heard
                UNION ALL
                %(calls)s
            )
            SELECT t.partner_id,
                   count(DISTINCT t.day)::integer AS touch_count,
                   array_agg(DISTINCT t.day ORDER BY t.day) AS touch_dates,
                   (array_agg(t.model ORDER BY t.day DESC, t.model, t.id))[1]
                       AS touch_last_model,
                   NULLIF(GREATEST(t.heard, min(r.day)), '-infinity') AS touch_life_date,
                   to_jsonb((array_agg(jsonb_build_array(t.model, t.id)
                       ORDER BY t.day DESC, t.model, t.id DESC))[1:%(shown)s])
                       AS touch_documents
              FROM touch t
              LEFT JOIN reaction r ON r.partner_id = t.partner_id
             WHERE r.day IS NULL OR t.day > r.day
             GROUP BY t.partner_id, t.heard
            """,
            contacts=self._get_contacts_query(),
            traces=self._get_traces_query(company, today),
            messages=self._get_messages_query(company, today),
            calls=self._get_calls_query(company, today),
            shown=SHOWN_DOCUMENTS,
        )

    @api.model
    def _get_contacts_query(self):
        """Return all people of the customers, archived ones too, with the customer and
        the day on which it was last heard of."""
        return SQL(
            """
            SELECT p.id AS contact_id, p.email_normalized, b.partner_id,
                   COALESCE(b.last_inquiry_date, '-infinity') AS heard
              FROM winback_run_base b
              JOIN res_partner p ON p.commercial_partner_id = b.partner_id
             WHERE p.partner_share
            """
        )

    @api.model
    def _get_messages_query(self, company, today):
        """Return mails, letters and text messages of ours, once for each customer.

        The authors are given by number: the planner then knows how many messages they
        wrote, and does not look them all up to evaluate a few customers.
        """
        day = self._get_day(SQL("m.date"), company)
        return SQL(
            """
            SELECT DISTINCT c.partner_id, c.heard, 'mail.message' AS model, m.id, %(day)s AS day
              FROM mail_notification n
              JOIN mail_message m ON m.id = n.mail_message_id
              JOIN contact c ON c.contact_id = n.res_partner_id
             WHERE n.notification_type != 'inbox' AND %(sent)s AND %(letter)s
               AND m.author_id = ANY(%(authors)s)
               AND (m.record_company_id = %(company)s OR m.record_company_id IS NULL)
               AND m.date < %(day_end)s AND %(day)s > c.heard
            """,
            day=day,
            sent=self._get_sent_condition(),
            letter=self._get_letter_condition(),
            authors=self._get_authors(),
            company=company.id,
            day_end=self._get_day_end(company, today),
        )

    @api.model
    def _get_sent_condition(self):
        """Return the SQL condition that the letter of notification `n` was sent. One that
        came back was, also when the user has dismissed Odoo's warning since, which writes
        it as cancelled."""
        return SQL(
            "(n.notification_status IN %s OR n.failure_type = 'mail_bounce')", SENT_STATUSES
        )

    @api.model
    def _get_letter_condition(self):
        """Return the SQL condition that message `m` is one that people write, outside of
        routine business."""
        return SQL(
            "m.message_type IN %s AND COALESCE(m.model, '') NOT IN %s",
            WRITTEN_TYPES,
            ROUTINE_MODELS,
        )

    @api.model
    def _get_authors(self):
        """Return the partner ids of whoever has or had an internal user; someone who
        left us is a share partner like any other."""
        query = SQL("SELECT partner_id FROM res_users WHERE NOT share ORDER BY partner_id")
        return [partner_id for (partner_id,) in self.env.execute_query(query)]

    @api.model
    def _get_calls_query(self, company, today):
        """Return calls on the customer and its documents that reached nobody."""
        return SQL(
            """
            SELECT c.partner_id, c.heard, 'mail.activity' AS model, a.id, a.date_done AS day
              FROM mail_activity a
              LEFT JOIN sale_order o ON a.res_model = 'sale.order' AND o.id = a.res_id
              LEFT JOIN crm_lead l ON a.res_model = 'crm.lead' AND l.id = a.res_id
              JOIN contact c ON c.contact_id
                   = CASE WHEN a.res_model = 'res.partner' THEN a.res_id
                          ELSE COALESCE(o.partner_id, l.partner_id) END
             WHERE a.winback_outcome = 'not_reached' AND a.active IS NOT TRUE
               AND a.date_done <= %(today)s AND a.date_done > c.heard
               AND COALESCE(o.company_id, l.company_id, %(company)s) = %(company)s
            """,
            company=company.id,
            today=today,
        )

    # ------------------------------------------------------------------
    # Mailings
    # ------------------------------------------------------------------

    @api.model
    def _get_traces_query(self, company, today):
        """Return mailings that were sent, or reacted to, after the last inquiry."""
        recipients = self._get_recipients(company)
        return SQL(
            "SELECT * FROM (%s) t WHERE GREATEST(day, reaction_day) > heard",
            SQL(" UNION ALL ").join(
                self._get_recipient_query(company, today, model, join)
                for model, join in recipients.items()
            ),
        )

    @api.model
    def _get_recipients(self, company):
        """Return {model mailed to: SQL that joins trace `t` with contact `c`}. Extend
        this to let mailings to another kind of document count.

        People on mailing lists are known by their address only.
        """
        return {
            "res.partner": SQL("JOIN contact c ON c.contact_id = t.res_id"),
            "sale.order": self._get_document_join("sale_order", company),
            "crm.lead": self._get_document_join("crm_lead", company),
            "mailing.contact": SQL("JOIN contact c ON c.email_normalized = t.email"),
        }

    @api.model
    def _get_document_join(self, table, company):
        """Return the SQL that joins trace `t` with contact `c` by a document of ours."""
        return SQL(
            """JOIN %s d ON d.id = t.res_id AND (d.company_id = %s OR d.company_id IS NULL)
               JOIN contact c ON c.contact_id = d.partner_id""",
            SQL.identifier(table),
            company.id,
        )

    @api.model
    def _get_recipient_query(self, company, today, model, join):
        """Return the mailings to one kind of document."""
        return SQL(
            """
            SELECT c.partner_id, c.heard, t.id, %(day)s AS day, %(reaction_day)s AS reaction_day
              FROM mailing_trace t %(join)s
             WHERE t.model = %(model)s AND t.is_test_trace IS NOT TRUE
               AND %(mailed)s AND t.sent_datetime < %(day_end)s
            """,
            day=self._get_day(SQL("t.sent_datetime"), company),
            reaction_day=self._get_day(self._get_reaction(company, today), company),
            join=join,
            model=model,
            mailed=self._get_mailed_condition(company, today),
            day_end=self._get_day_end(company, today),
        )

    @api.model
    def _get_mailed_condition(self, company, today):
        """Return the SQL condition that mailing `t`, which has a date of sending, was not
        known to have failed on `today`."""
        mailed = SQL("t.trace_status IN %s", MAILED_STATUSES)
        if not self._is_past(company, today):
            return mailed
        return SQL("(%s OR t.write_date >= %s)", mailed, self._get_day_end(company, today))

    @api.model
    def _get_reaction(self, company, today):
        """Return the SQL of the moment of the last reply to mailing `t`, or click in it.

        The mailing keeps its last click only: where that came after the past day
        `today`, the clicks themselves tell of the ones before."""
        day_end = self._get_day_end(company, today)
        earlier = SQL()
        if self._is_past(company, today):
            earlier = SQL(
                "ELSE (SELECT max(k.create_date) FROM link_tracker_click k "
                "WHERE k.mailing_trace_id = t.id AND k.create_date < %s)",
                day_end,
            )
        return SQL(
            """GREATEST(CASE WHEN t.reply_datetime < %(day_end)s THEN t.reply_datetime END,
                        CASE WHEN t.links_click_datetime < %(day_end)s
                             THEN t.links_click_datetime
                             WHEN t.links_click_datetime IS NULL THEN NULL %(earlier)s END)""",
            day_end=day_end,
            earlier=earlier,
        )

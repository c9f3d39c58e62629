from datetime import timedelta

from odoo import api, models
from odoo.tools import SQL

from .winback_inquiry_rows import CONVERSATION

MAILED = timedelta(hours=1)  # a lead with a mail so soon was made of the mail


class WinbackInquiryRows(models.AbstractModel):
    """What was asked: opportunities, quotations, and mails of which nobody made anything."""

    _inherit = "winback.inquiry.rows"

    @api.model
    def _get_documents_query(self, company, today):
        """Return the documents that are inquiries, one row each.

        Columns: `res_model`, `res_id`, `partner_id` (commercial), `asked_at`, `until_at`
        (what is written later is another inquiry; NULL: never), `user_id`, `team_id`,
        `source_id`, `medium_id`, `channel`, `is_ordered`, `ordered_at`, `is_closed` (by us),
        `is_expired` (by itself), `amount_asked`, `amount_ordered`.
        """
        return SQL(" UNION ALL ").join(SQL("(%s)", query) for query in self._get_documents(company, today))

    @api.model
    def _get_documents(self, company, today):
        """Return a statement for each kind of document. Extend this to let another app's
        documents count."""
        return [self._get_leads_query(company, today), self._get_quotations_query(company, today)]

    @api.model
    def _get_leads_query(self, company, today):
        """Return opportunities and leads with what became of their quotations."""
        start, end = self._get_span(company, today)
        return SQL(
            """
            SELECT 'crm.lead' AS res_model, l.id AS res_id, p.commercial_partner_id AS partner_id,
                   l.create_date AS asked_at, NULL::timestamp AS until_at,
                   l.user_id, l.team_id, l.source_id, l.medium_id,
                   CASE WHEN l.medium_id = %(website)s THEN 'website'
                        WHEN mail.at <= l.create_date + %(mailed)s THEN 'email'
                        ELSE 'opportunity' END AS channel,
                   q.ordered_at IS NOT NULL OR l.won_status IS NOT DISTINCT FROM 'won' AS is_ordered,
                   LEAST(q.ordered_at, CASE WHEN l.won_status = 'won' THEN l.date_closed END)
                       AS ordered_at,
                   l.won_status IS NOT DISTINCT FROM 'lost' AS is_closed, FALSE AS is_expired,
                   GREATEST(COALESCE(GREATEST(q.asked, q.ordered), l.expected_revenue), 0)
                       AS amount_asked,
                   CASE WHEN q.ordered_at IS NULL THEN 0 ELSE q.ordered END AS amount_ordered
              FROM crm_lead l
              LEFT JOIN (%(quoted)s) q ON q.lead_id = l.id
              LEFT JOIN (SELECT res_id, min(at) AS at FROM winback_run_talk
                          WHERE res_model = 'crm.lead' AND NOT is_ours GROUP BY res_id) mail
                ON mail.res_id = l.id
              JOIN res_partner p ON p.id = COALESCE(l.partner_id, q.partner_id)
             WHERE l.create_date >= %(start)s AND l.create_date < %(end)s
               AND (l.company_id = %(company)s
                    OR l.company_id IS NULL
                   AND (q.lead_id IS NOT NULL
                        OR NOT EXISTS (SELECT FROM sale_order o WHERE o.opportunity_id = l.id)))
            """,
            website=self.env["ir.model.data"]._xmlid_to_res_id("utm.utm_medium_website") or None,
            mailed=MAILED,
            quoted=self._get_quoted_query(company, end),
            start=start,
            end=end,
            company=company.id,
        )

    @api.model
    def _get_quoted_query(self, company, end):
        """Return what was quoted and ordered of each opportunity; returns are taken off
        what was ordered, but are no orders."""
        amount = self.env["winback.fact"]._get_company_amount(SQL("o.amount_untaxed"))
        confirmed = SQL("o.state = 'sale' AND o.date_order < %s", end)
        return SQL(
            """
            SELECT o.opportunity_id AS lead_id, max(o.partner_id) AS partner_id,
                   min(o.date_order) FILTER (
                       WHERE %(confirmed)s AND COALESCE(o.amount_untaxed, 0) >= 0) AS ordered_at,
                   max(%(amount)s) AS asked, sum(%(amount)s) FILTER (WHERE %(confirmed)s) AS ordered
              FROM sale_order o
             WHERE o.company_id = %(company)s AND o.opportunity_id IS NOT NULL
               AND LEAST(o.create_date, o.date_order) < %(end)s
             GROUP BY o.opportunity_id
            """,
            confirmed=confirmed,
            amount=amount,
            company=company.id,
            end=end,
        )

    @api.model
    def _get_quotations_query(self, company, today):
        """Return quotations and orders that belong to no opportunity."""
        start, end = self._get_span(company, today)
        asked = SQL("LEAST(o.create_date, o.date_order)")
        confirmed = SQL("o.state = 'sale' AND o.date_order < %s", end)
        amount = self.env["winback.fact"]._get_company_amount(SQL("COALESCE(o.amount_untaxed, 0)"))
        return SQL(
            """
            SELECT 'sale.order', o.id, p.commercial_partner_id, %(asked)s, NULL::timestamp,
                   o.user_id, o.team_id, o.source_id, o.medium_id, 'quotation',
                   %(confirmed)s, CASE WHEN %(confirmed)s THEN o.date_order END,
                   o.state = 'cancel',
                   o.state IN ('draft', 'sent') AND COALESCE(o.validity_date < %(today)s, FALSE),
                   %(amount)s, CASE WHEN %(confirmed)s THEN %(amount)s ELSE 0 END
              FROM sale_order o
              JOIN res_partner p ON p.id = o.partner_id
             WHERE o.company_id = %(company)s AND o.opportunity_id IS NULL
               AND COALESCE(o.amount_untaxed, 0) >= 0 AND %(not_in_shop)s
               AND %(asked)s >= %(start)s AND %(asked)s < %(end)s
            """,
            asked=asked,
            confirmed=confirmed,
            today=today,
            amount=amount,
            company=company.id,
            not_in_shop=self._get_not_in_shop_sql(),
            start=start,
            end=end,
        )

    @api.model
    def _get_not_in_shop_sql(self):
        """Return the condition that nobody put order `o` in the web shop's cart; the shop
        is an app of its own."""
        field = self.env["sale.order"]._fields.get("website_id")
        return SQL("o.website_id IS NULL") if field and field.store else SQL("TRUE")

    @api.model
    def _get_asked_query(self, company, today):
        """Return the documents, and the mails on contact pages that belong to none, with
        the thread in which they are answered."""
        return SQL(
            """
            SELECT d.*, d.res_model AS thread_model, d.res_id AS thread_id
              FROM winback_run_document d
             UNION ALL
            SELECT 'mail.message', m.id, m.partner_id, m.date, m.until_at,
                   NULL, NULL, NULL, NULL, 'email', FALSE, NULL, FALSE,
                   m.day < %(today)s - %(days)s, 0, 0, 'res.partner', m.partner_id
              FROM (%(mails)s) m
             WHERE NOT EXISTS (SELECT FROM winback_run_document d
                                WHERE d.partner_id = m.partner_id AND d.asked_at >= m.date
                                  AND d.asked_at < m.date + %(conversation)s)
            """,
            today=today,
            days=CONVERSATION.days,
            conversation=CONVERSATION,
            mails=self._get_mails_query(company, today),
        )

    @api.model
    def _get_mails_query(self, company, today):
        """Return the first mail of each conversation on the pages of the company's
        customers, with the beginning of the next one."""
        start, end = self._get_span(company, today)
        facts = self.env["winback.fact"]
        return SQL(
            """
            SELECT mail.id, mail.partner_id, mail.date, %(day)s AS day,
                   lead(mail.date) OVER (PARTITION BY mail.partner_id ORDER BY mail.date, mail.id)
                       AS until_at
              FROM (SELECT m.id, s.partner_id, m.date,
                           lag(m.date) OVER (PARTITION BY s.partner_id ORDER BY m.date, m.id) AS before
                      FROM mail_message m
                      LEFT JOIN res_partner author ON author.id = m.author_id
                      JOIN res_partner page ON page.id = m.res_id
                      JOIN winback_status s ON s.partner_id = page.commercial_partner_id
                           AND s.company_id = %(company)s AND s.state IS NOT NULL
                     WHERE m.model = 'res.partner' AND m.message_type = 'email' AND %(incoming)s
                       AND (m.record_company_id = %(company)s OR m.record_company_id IS NULL)
                       AND m.date >= %(start)s AND m.date < %(end)s) mail
             WHERE mail.before IS NULL OR mail.date - mail.before > %(conversation)s
            """,
            day=facts._get_day(SQL("mail.date"), company),
            company=company.id,
            incoming=self.env["winback.inquiry.talk"]._get_incoming_condition(),
            start=start,
            end=end,
            conversation=CONVERSATION,
        )

from odoo import api, models
from odoo.tools import SQL

YEAR = 365  # days


class WinbackFactInquiries(models.AbstractModel):
    """When a customer last turned to us, and how.

    Counted as an inquiry: a quotation or an order, a lead or opportunity, an
    incoming message, a done call or meeting, a calendar meeting with the
    customer. Messages and meetings carry a company only where Odoo knows it; the
    others count for every company.
    """

    _name = "winback.fact.inquiries"
    _inherit = ["winback.fact"]
    _description = "Win-Back Facts: Inquiries"

    _fact_sequence = 2
    _fact_columns = {
        "first_inquiry_date": "date",
        "last_inquiry_date": "date",
        "last_inquiry_model": "text",
        "last_inquiry_id": "integer",
        "inquiry_count": "integer",
        "quotation_count": "integer",
    }

    @api.model
    def _admits_customers(self, company):
        """Override of `winback.fact` to admit whoever has only negotiated, where
        the company's setting says so."""
        if company.winback_population == "negotiated":
            return SQL("quotation_count > 0")
        return None

    @api.model
    def _get_query(self, company, today, partners=None):
        """Override of `winback.fact`: each source grouped, then the latest of them.

        `latest` packs day and id of a source's latest document into one number
        (day * 2^32 + id), so that a plain `max` finds it without sorting.
        """
        sources = [
            SQL(
                """
                SELECT partner_id, %(model)s AS model,
                       min(day) AS first_day, max(%(packed)s) AS latest,
                       count(*) FILTER (WHERE day > %(today)s - %(year)s) AS inquiries,
                       %(quotations)s AS quotations
                  FROM (%(query)s) document
                 GROUP BY partner_id
                """,
                model=model,
                packed=SQL("((day - DATE '2000-01-01')::bigint << 32) + id"),
                today=today,
                year=YEAR,
                quotations=SQL("count(*)") if model == "sale.order" else SQL("0"),
                query=query,
            )
            for model, query in self._get_documents(company, today, partners)
        ]
        return SQL(
            """
            SELECT partner_id,
                   min(first_day) AS first_inquiry_date,
                   DATE '2000-01-01' + (max(latest) >> 32)::integer AS last_inquiry_date,
                   (array_agg(model ORDER BY latest DESC))[1] AS last_inquiry_model,
                   (max(latest) & 4294967295)::integer AS last_inquiry_id,
                   sum(inquiries)::integer AS inquiry_count,
                   sum(quotations)::integer AS quotation_count
              FROM (%s) source
             GROUP BY partner_id
            """,
            SQL(" UNION ALL ").join(sources),
        )

    @api.model
    def _get_documents(self, company, today, partners):
        """Return (model, statement) for each kind of document of inquiry.

        A statement selects `partner_id` (commercial), `day` and `id`. Extend this
        to let another app's documents count.
        """
        arguments = (company, today, partners)
        return [
            ("sale.order", self._get_quotations_query(*arguments)),
            ("crm.lead", self._get_leads_query(*arguments)),
            ("mail.message", self._get_messages_query(*arguments)),
            ("mail.activity", self._get_activities_query(*arguments)),
            ("calendar.event", self._get_meetings_query(*arguments)),
        ]

    @api.model
    def _get_quotations_query(self, company, today, partners):
        """Return quotations and orders by the day they were asked for.

        Odoo overwrites the date of a quotation when it is confirmed, so a
        quotation confirmed after `today` is dated by its creation.
        """
        return SQL(
            """
            SELECT o.partner_id, o.id, %(day)s AS day
              FROM (SELECT q.*, CASE WHEN q.date_order < %(day_end)s
                                     THEN q.date_order ELSE q.create_date END AS asked
                      FROM (%(orders)s) q) o
             WHERE o.asked < %(day_end)s
            """,
            day=self._get_day(SQL("o.asked"), company),
            day_end=self._get_day_end(company, today),
            orders=self._get_orders_query(company, today, partners),
        )

    @api.model
    def _get_leads_query(self, company, today, partners):
        """Return leads and opportunities, archived (lost) ones too."""
        return SQL(
            """
            SELECT p.commercial_partner_id AS partner_id, l.id, %(day)s AS day
              FROM crm_lead l
              JOIN res_partner p ON p.id = l.partner_id
             WHERE (l.company_id = %(company)s OR l.company_id IS NULL)
               AND l.create_date < %(day_end)s AND %(limit)s
            """,
            day=self._get_day(SQL("l.create_date"), company),
            company=company.id,
            day_end=self._get_day_end(company, today),
            limit=self._limit_to(SQL("p.commercial_partner_id"), partners),
        )

    @api.model
    def _get_messages_query(self, company, today, partners):
        """Return what the customer's people wrote to us."""
        return SQL(
            """
            SELECT p.commercial_partner_id AS partner_id, m.id, %(day)s AS day
              FROM mail_message m
              JOIN res_partner p ON p.id = m.author_id AND p.partner_share
             WHERE m.message_type IN ('email', 'comment')
               AND m.model IS NOT NULL AND m.model != 'discuss.channel'
               AND (m.record_company_id = %(company)s OR m.record_company_id IS NULL)
               AND m.date < %(day_end)s AND %(limit)s
            """,
            day=self._get_day(SQL("m.date"), company),
            company=company.id,
            day_end=self._get_day_end(company, today),
            limit=self._limit_to(SQL("p.commercial_partner_id"), partners),
        )

    @api.model
    def _get_activities_query(self, company, today, partners):
        """Return done calls and meetings on the customer and its documents."""
        return SQL(
            """
            SELECT p.commercial_partner_id AS partner_id, a.id, a.date_done AS day
              FROM mail_activity a
              JOIN mail_activity_type t ON t.id = a.activity_type_id
                   AND t.category IN ('phonecall', 'meeting')
              LEFT JOIN sale_order o ON a.res_model = 'sale.order' AND o.id = a.res_id
              LEFT JOIN crm_lead l ON a.res_model = 'crm.lead' AND l.id = a.res_id
              JOIN res_partner p ON p.id = CASE WHEN a.res_model = 'res.partner'
                   THEN a.res_id ELSE COALESCE(o.partner_id, l.partner_id) END
             WHERE a.active IS NOT TRUE AND a.date_done <= %(today)s
               AND COALESCE(o.company_id, l.company_id, %(company)s) = %(company)s
               AND %(limit)s
            """,
            company=company.id,
            today=today,
            limit=self._limit_to(SQL("p.commercial_partner_id"), partners),
        )

    @api.model
    def _get_meetings_query(self, company, today, partners):
        """Return meetings in the calendar that the customer's people attended."""
        return SQL(
            """
            SELECT p.commercial_partner_id AS partner_id, e.id, %(day)s AS day
              FROM calendar_event e
              JOIN calendar_event_res_partner_rel r ON r.calendar_event_id = e.id
              JOIN res_partner p ON p.id = r.res_partner_id AND p.partner_share
             WHERE e.active AND e.start < %(day_end)s AND %(limit)s
            """,
            day=self._get_day(SQL("e.start"), company),
            day_end=self._get_day_end(company, today),
            limit=self._limit_to(SQL("p.commercial_partner_id"), partners),
        )

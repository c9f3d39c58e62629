from odoo import api, models
from odoo.tools import SQL

YEAR = 365  # days
# documents that stand for the customer only when the contact is no employee of ours
WRITTEN_BY_CONTACT = ("mail.message", "calendar.event")


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
        """Override of `winback.fact`: each kind of document grouped by contact, then
        the contacts by customer.

        Grouping comes before joining the contacts, as there are far more documents
        than contacts. `latest` packs day and id of the latest document into one
        number (day * 2^32 + id), so that a plain `max` finds it without sorting.
        """
        sources = [
            self._get_source_query(model, query, today, partners)
            for model, query in self._get_documents(company, today, partners)
        ]
        return SQL(
            """
            SELECT p.commercial_partner_id AS partner_id,
                   min(first_day) AS first_inquiry_date,
                   DATE '2000-01-01' + (max(latest) >> 32)::integer AS last_inquiry_date,
                   (array_agg(model ORDER BY latest DESC))[1] AS last_inquiry_model,
                   (max(latest) & 4294967295)::integer AS last_inquiry_id,
                   sum(inquiries)::integer AS inquiry_count,
                   sum(quotations)::integer AS quotation_count
              FROM (%s) source
              JOIN res_partner p ON p.id = source.contact_id
             WHERE (p.partner_share OR source.model NOT IN %s) AND %s
             GROUP BY p.commercial_partner_id
            """,
            SQL(" UNION ALL ").join(sources),
            WRITTEN_BY_CONTACT,
            self._limit_to(SQL("p.commercial_partner_id"), partners),
        )

    @api.model
    def _get_source_query(self, model, query, today, partners):
        """Return the documents of one kind, `query`, grouped by contact."""
        return SQL(
            """
            SELECT contact_id, %(model)s AS model,
                   min(day) AS first_day, max(%(packed)s) AS latest,
                   count(*) FILTER (WHERE day > %(today)s - %(year)s) AS inquiries,
                   %(quotations)s AS quotations
              FROM (%(query)s) document
             WHERE %(limit)s
             GROUP BY contact_id
            """,
            model=model,
            packed=SQL("((day - DATE '2000-01-01')::bigint << 32) + id"),
            today=today,
            year=YEAR,
            quotations=SQL("count(*)") if model == "sale.order" else SQL("0"),
            query=query,
            limit=self._limit_contacts(SQL("contact_id"), partners),
        )

    @api.model
    def _get_documents(self, company, today, partners=None):
        """Return (model, statement) for each kind of document of inquiry.

        A statement selects `contact_id` (any contact), `day` and `id`. It is limited to
        `partners` by whoever calls; they are given for statements that must do so
        earlier themselves. Extend this to let another app's documents count.
        """
        return [
            ("sale.order", self._get_quotations_query()),
            ("crm.lead", self._get_leads_query(company, today)),
            ("mail.message", self._get_messages_query(company, today)),
            ("mail.activity", self._get_activities_query(company, today, partners)),
            ("calendar.event", self._get_meetings_query(company, today)),
        ]

    @api.model
    def _get_quotations_query(self):
        """Return quotations and orders by the day they were asked for."""
        return SQL("SELECT partner_id AS contact_id, id, asked_day AS day FROM winback_run_order")

    @api.model
    def _get_leads_query(self, company, today):
        """Return leads and opportunities, archived (lost) ones too."""
        return SQL(
            """
            SELECT partner_id AS contact_id, id, %(day)s AS day
              FROM crm_lead
             WHERE (company_id = %(company)s OR company_id IS NULL)
               AND partner_id IS NOT NULL AND create_date < %(day_end)s
            """,
            day=self._get_day(SQL("create_date"), company),
            company=company.id,
            day_end=self._get_day_end(company, today),
        )

    @api.model
    def _get_messages_query(self, company, today):
        """Return messages; those that employees wrote are left out when grouped."""
        return SQL(
            """
            SELECT author_id AS contact_id, id, %(day)s AS day
              FROM mail_message
             WHERE message_type IN ('email', 'comment') AND author_id IS NOT NULL
               AND model IS NOT NULL AND model != 'discuss.channel'
               AND (record_company_id = %(company)s OR record_company_id IS NULL)
               AND date < %(day_end)s
            """,
            day=self._get_day(SQL("date"), company),
            company=company.id,
            day_end=self._get_day_end(company, today),
        )

    @api.model
    def _get_activities_query(self, company, today, partners):
        """Return done calls and meetings on the customer and its documents; a call that
        reached nobody is an attempt of ours."""
        return SQL(
            """
            SELECT CASE WHEN a.res_model = 'res.partner' THEN a.res_id
                        ELSE COALESCE(o.partner_id, l.partner_id, w.partner_id) END AS contact_id,
                   a.id, a.date_done AS day
              FROM mail_activity a
              JOIN mail_activity_type t ON t.id = a.activity_type_id
                   AND t.category IN ('phonecall', 'meeting')
              LEFT JOIN sale_order o ON a.res_model = 'sale.order' AND o.id = a.res_id
              LEFT JOIN crm_lead l ON a.res_model = 'crm.lead' AND l.id = a.res_id
              LEFT JOIN winback_case w ON a.res_model = 'winback.case' AND w.id = a.res_id
             WHERE a.active IS NOT TRUE AND a.date_done <= %(today)s
               AND a.winback_outcome IS DISTINCT FROM 'not_reached'
               AND COALESCE(o.company_id, l.company_id, w.company_id, %(company)s) = %(company)s
               AND %(limit)s
            """,
            company=company.id,
            today=today,
            limit=SQL("TRUE")
            if partners is None
            else SQL("a.id IN (%s)", self._get_own_activities_query(partners)),
        )

    @api.model
    def _get_own_activities_query(self, partners):
        """Return the ids of all activities on `partners` and their documents, found
        from these: whose they are is known too late to read but a few of them."""
        return SQL(" UNION ALL ").join(
            SQL(
                """SELECT x.id FROM %s d
                     JOIN mail_activity x ON x.res_model = %s AND x.res_id = d.id
                    WHERE %s""",
                SQL.identifier(self.env[model]._table),
                model,
                self._limit_contacts(SQL("d.%s", SQL.identifier(contact)), partners),
            )
            for model, contact in (
                ("res.partner", "id"), ("sale.order", "partner_id"), ("crm.lead", "partner_id"),
                ("winback.case", "partner_id"),
            )
        )  # fmt: skip

    @api.model
    def _get_meetings_query(self, company, today):
        """Return meetings in the calendar with their attendees; our own ones are left
        out when grouped. A meeting archived after `today` still stood then, as far as
        its last change tells."""
        archived_later = SQL("FALSE")
        if self._is_past(company, today):
            archived_later = SQL("e.write_date >= %s", self._get_day_end(company, today))
        return SQL(
            """
            SELECT r.res_partner_id AS contact_id, e.id, %(day)s AS day
              FROM calendar_event e
              JOIN calendar_event_res_partner_rel r ON r.calendar_event_id = e.id
             WHERE (e.active OR %(archived_later)s) AND e.start < %(day_end)s
            """,
            day=self._get_day(SQL("e.start"), company),
            day_end=self._get_day_end(company, today),
            archived_later=archived_later,
        )

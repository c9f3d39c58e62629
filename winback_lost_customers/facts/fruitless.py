from odoo import api, models
from odoo.tools import SQL


class WinbackFactFruitless(models.AbstractModel):
    """The unbroken run of inquiries without a sale since the last order.

    Counted: cancelled quotations, quotations whose validity has passed, lost
    opportunities without a quotation of their own. Several of one day are one
    inquiry (a quotation redone is no second refusal); any confirmed order begins
    a new run.
    """

    _name = "winback.fact.fruitless"
    _inherit = ["winback.fact"]
    _description = "Win-Back Facts: Fruitless Inquiries"

    _fact_sequence = 3
    _fact_columns = {
        "fruitless_count": "integer",
        "fruitless_dates": "date[]",
        "fruitless_documents": "jsonb",
    }

    @api.model
    def _get_query(self, company, today, partners=None):
        """Override of `winback.fact`: failed inquiries after the last order."""
        return SQL(
            """
            WITH last_sale AS (
                SELECT partner_id, max(date_order) AS sold_at FROM winback_run_order
                 WHERE is_purchase
                 GROUP BY partner_id
            ),
            failed AS (%(failed_orders)s UNION ALL %(failed_leads)s)
            SELECT f.partner_id,
                   count(DISTINCT f.day)::integer AS fruitless_count,
                   array_agg(DISTINCT f.day ORDER BY f.day) AS fruitless_dates,
                   jsonb_agg(jsonb_build_array(f.model, f.id)
                             ORDER BY f.day, f.id) AS fruitless_documents
              FROM failed f
              LEFT JOIN last_sale s ON s.partner_id = f.partner_id
             WHERE s.sold_at IS NULL OR f.asked_at > s.sold_at
             GROUP BY f.partner_id
            """,
            failed_orders=self._get_failed_orders_query(company, today),
            failed_leads=self._get_failed_leads_query(company, today, partners),
        )

    @api.model
    def _get_failed_orders_query(self, company, today):
        """Return quotations that were cancelled or had expired on `today`."""
        expired = SQL(
            """
            SELECT partner_id, 'sale.order' AS model, id, date_order AS asked_at, day
              FROM winback_run_order
             WHERE date_order < %(day_end)s
               AND (state = 'cancel'
                    OR state IN ('draft', 'sent') AND validity_date < %(today)s)
            """,
            day_end=self._get_day_end(company, today),
            today=today,
        )
        if not self._is_past(company, today):
            return expired
        return SQL("%s UNION ALL %s", expired, self._get_confirmed_later_query(company, today))

    @api.model
    def _get_confirmed_later_query(self, company, today):
        """Return orders that on the past day `today` were expired quotations still. Odoo
        overwrites the date when it confirms, so they are dated by their creation."""
        return SQL(
            """
            SELECT partner_id, 'sale.order', id, create_date, asked_day
              FROM winback_run_order
             WHERE state = 'sale' AND date_order >= %(day_end)s
               AND create_date < %(day_end)s AND validity_date < %(today)s
            """,
            day_end=self._get_day_end(company, today),
            today=today,
        )

    @api.model
    def _get_failed_leads_query(self, company, today, partners):
        """Return opportunities lost by `today` that had no quotation.

        An opportunity lost before Odoo kept closing dates counts from its
        creation.
        """
        return SQL(
            """
            SELECT p.commercial_partner_id AS partner_id, 'crm.lead' AS model, l.id,
                   l.create_date AS asked_at, %(day)s AS day
              FROM crm_lead l
              JOIN res_partner p ON p.id = l.partner_id
             WHERE l.won_status = 'lost'
               AND (l.company_id = %(company)s OR l.company_id IS NULL)
               AND l.create_date < %(day_end)s
               AND COALESCE(l.date_closed, l.create_date) < %(day_end)s
               AND NOT EXISTS (SELECT FROM sale_order q WHERE q.opportunity_id = l.id
                                  AND q.create_date < %(day_end)s)
               AND %(limit)s
            """,
            day=self._get_day(SQL("l.create_date"), company),
            company=company.id,
            day_end=self._get_day_end(company, today),
            limit=self._limit_to(SQL("p.commercial_partner_id"), partners),
        )

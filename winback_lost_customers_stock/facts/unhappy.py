from odoo import api, models
from odoo.addons.winback_lost_customers.facts.unhappy import YEAR
from odoo.tools import SQL


class WinbackFactUnhappy(models.AbstractModel):
    """Deliveries that gave the customer cause to be dissatisfied.

    - Late: delivered after the day of its deadline, or not delivered although that day
      has passed. A promise is needed to break it: an order without a promised date
      whose products have no lead time gets the moment of its confirmation as a
      deadline from Odoo, which nobody was told.
    - Incomplete: the rest (back-order) has not been delivered yet, or was given up
      although more is ordered than was delivered. It counts from the day of the
      incomplete delivery.
    - Returned: goods came back from the customer, unless a credit note was written for
      the order and counts already.

    What is still outstanding counts however long ago it was due, for a year; after
    that it has been forgotten in Odoo rather than awaited by somebody. The customer is
    that of the order; the address of delivery may be somebody else's.

    As of a past day, the dates of order and transfer tell. Unknowable: a deadline moved
    since, a delivery cancelled since, and what of a rest given up was delivered by
    another transfer only later.
    """

    _inherit = "winback.fact.unhappy"

    @api.model
    def _get_documents(self, company, today, partners=None):
        """Override of `winback.fact.unhappy` to add the deliveries."""
        return [
            *super()._get_documents(company, today, partners),
            ("late", "stock.picking", self._get_late_query(company, today)),
            ("incomplete", "stock.picking", self._get_outstanding_query(company, today)),
            ("incomplete", "stock.picking", self._get_given_up_query(company, today)),
            ("returned", "stock.picking", self._get_returned_query(company, today)),
        ]

    @api.model
    def _get_deliveries_query(self, company, today):
        """Return the deliveries of orders that existed on `today`, done by then
        (`done_at`) or not. A back-order exists since the incomplete delivery."""
        return SQL(
            """
            SELECT o.partner_id AS contact_id, d.id, d.name, o.commitment_date, o.date_order,
                   d.date_deadline, first.date_done AS incomplete_at,
                   CASE WHEN d.state = 'done' AND d.date_done < %(day_end)s
                        THEN d.date_done END AS done_at
              FROM stock_picking d
              JOIN sale_order o ON o.id = d.sale_id
              JOIN stock_location l ON l.id = d.location_dest_id AND l.usage = 'customer'
              LEFT JOIN stock_picking first ON first.id = d.backorder_id
             WHERE d.company_id = %(company)s AND d.state NOT IN ('draft', 'cancel')
               AND o.date_order < %(day_end)s
               AND (d.backorder_id IS NULL OR first.date_done < %(day_end)s)
            """,
            company=company.id,
            day_end=self._get_day_end(company, today),
        )

    @api.model
    def _get_late_query(self, company, today):
        """Return deliveries after their deadline, from the day on which they came or,
        as long as they have not, from the first day too late."""
        return SQL(
            """
            SELECT d.contact_id, d.id, d.name,
                   COALESCE(%(done)s, %(deadline)s + 1) AS day,
                   d.done_at IS NULL AND %(deadline)s + 1 > %(today)s - %(year)s AS is_open
              FROM (%(deliveries)s) d
             WHERE COALESCE(%(done)s, %(today)s) > %(deadline)s
               AND (d.commitment_date IS NOT NULL OR %(deadline)s > %(ordered)s)
            """,
            done=self._get_day(SQL("d.done_at"), company),
            deadline=self._get_day(SQL("d.date_deadline"), company),
            ordered=self._get_day(SQL("d.date_order"), company),
            deliveries=self._get_deliveries_query(company, today),
            today=today,
            year=YEAR,
        )

    @api.model
    def _get_outstanding_query(self, company, today):
        """Return back-orders that have not been delivered."""
        return SQL(
            """
            SELECT d.contact_id, d.id, d.name, %(day)s AS day,
                   %(day)s > %(today)s - %(year)s AS is_open
              FROM (%(deliveries)s) d
             WHERE d.incomplete_at IS NOT NULL AND d.done_at IS NULL
            """,
            day=self._get_day(SQL("d.incomplete_at"), company),
            deliveries=self._get_deliveries_query(company, today),
            today=today,
            year=YEAR,
        )

    @api.model
    def _get_given_up_query(self, company, today):
        """Return deliveries of which a rest was given up: done with less than planned
        and without a back-order, or a back-order that was cancelled."""
        return SQL(
            """
            SELECT o.partner_id AS contact_id, d.id, d.name, %(day)s AS day, FALSE AS is_open
              FROM stock_picking d
              JOIN sale_order o ON o.id = d.sale_id AND o.state = 'sale'
              JOIN stock_location l ON l.id = d.location_dest_id AND l.usage = 'customer'
              JOIN stock_picking first ON first.state = 'done'
                   AND first.id = CASE WHEN d.state = 'done' THEN d.id ELSE d.backorder_id END
             WHERE d.company_id = %(company)s AND first.date_done < %(day_end)s
               AND EXISTS (
                   SELECT FROM stock_move m
                     JOIN sale_order_line ol ON ol.id = m.sale_line_id
                          AND ol.qty_delivered < ol.product_uom_qty
                    WHERE m.picking_id = d.id
                      AND (m.state = 'cancel'
                           OR m.state = 'done' AND m.quantity < m.product_uom_qty))
            """,
            day=self._get_day(SQL("first.date_done"), company),
            company=company.id,
            day_end=self._get_day_end(company, today),
        )

    @api.model
    def _get_returned_query(self, company, today):
        """Return transfers that brought goods back, without a credit note."""
        return SQL(
            """
            SELECT o.partner_id AS contact_id, d.id, d.name, %(day)s AS day,
                   FALSE AS is_open
              FROM stock_picking d
              JOIN sale_order o ON o.id = d.sale_id
              JOIN stock_location l ON l.id = d.location_id AND l.usage = 'customer'
             WHERE d.return_id IS NOT NULL AND d.state = 'done'
               AND d.company_id = %(company)s AND d.date_done < %(day_end)s
               AND NOT %(credited)s
            """,
            day=self._get_day(SQL("d.date_done"), company),
            company=company.id,
            day_end=self._get_day_end(company, today),
            credited=self._get_credited_sql(SQL("o.id"), today),
        )

from odoo import api, models
from odoo.tools import SQL

SECOND_LIFETIME = (90, 180, 365)  # days after the return
MAILED_STATUSES = ("pending", "sent", "open", "reply", "bounce")


class WinbackOutcome(models.AbstractModel):
    """What came of trying: returns, sales, margin, and how it went on afterwards.

    A subject is a customer from a day on, whether it was treated or left alone: a
    statement that selects `id`, `partner_id`, `date_start` and `date_end`. Everything is
    as of a day, from the documents themselves, so that nothing stored can go stale. A
    return is a confirmed order of zero or more; returned goods lower the amounts.
    """

    _name = "winback.outcome"
    _description = "Win-Back Outcome"

    @api.model
    def _get_returns_query(self, company, subjects, today, partners=None):
        """Return `id`, `return_date`, `order_count`, `revenue`, `margin` of each of the
        `subjects` within its days, amounts in the company's currency.

        :param partners: limits the orders that are read; all customers of the subjects
        """
        return SQL(
            """
            SELECT s.id, min(o.day) FILTER (WHERE o.sold) AS return_date,
                   count(o.id) FILTER (WHERE o.sold) AS order_count,
                   COALESCE(sum(o.amount), 0) AS revenue,
                   COALESCE(sum(o.margin), 0) AS margin
              FROM (%s) s
              LEFT JOIN (%s) o ON o.partner_id = s.partner_id
                              AND o.day BETWEEN s.date_start AND s.date_end
             GROUP BY s.id
            """,
            subjects,
            self._get_orders_query(company, today, partners),
        )

    @api.model
    def _get_orders_query(self, company, today, partners):
        """Return the confirmed orders with their `day`; `sold` tells them from returns."""
        return self.env["winback.fact.purchases"]._get_confirmed_query(company, today, partners)

    @api.model
    def _get_answers_query(self, company, subjects, today, partners=None):
        """Return `id` of the subjects who turned to us by themselves or let themselves
        be reached, after what had been heard of them (`heard_before`)."""
        return SQL(
            """
            SELECT s.id FROM (%s) s JOIN (%s) i ON i.partner_id = s.partner_id
             WHERE i.last_inquiry_date BETWEEN s.date_start AND s.date_end
               AND i.last_inquiry_date IS DISTINCT FROM s.heard_before
            """,
            subjects,
            self.env["winback.fact.inquiries"]._get_query(company, today, partners),
        )

    @api.model
    def _get_second_lifetime(self, company, returns, today, partners=None):
        """Return, for each arm and number of days since the return, how those stand who
        returned at least so many days ago: dicts of `arm`, `days`, `customers`, `staying`
        (bought again and not lost since), `revenue`, `margin`, `left_again` and
        `same_reason`.

        :param returns: a statement that selects `arm`, `partner_id`, `reason_id` and
            `return_date`
        """
        orders = self._get_orders_query(company, today, partners)
        query = SQL(
            """
            WITH bought AS MATERIALIZED (%(orders)s), came AS (%(returns)s)
            SELECT came.arm, span.days, count(*) AS customers,
                   count(*) FILTER (WHERE later.again > 0 AND NOT %(left)s) AS staying,
                   sum(later.revenue) AS revenue, sum(later.margin) AS margin,
                   count(*) FILTER (WHERE %(left)s) AS left_again,
                   count(*) FILTER (WHERE %(left)s AND %(same)s) AS same_reason
              FROM came CROSS JOIN unnest(%(spans)s) AS span(days)
              CROSS JOIN LATERAL (
                    SELECT count(*) FILTER (WHERE sold AND day > came.return_date) AS again,
                           COALESCE(sum(amount), 0) AS revenue, COALESCE(sum(margin), 0) AS margin
                      FROM bought
                     WHERE bought.partner_id = came.partner_id
                       AND day BETWEEN came.return_date AND came.return_date + span.days) later
             WHERE came.return_date + span.days <= %(today)s
             GROUP BY came.arm, span.days ORDER BY came.arm DESC, span.days
            """,
            orders=orders,
            returns=returns,
            left=self._get_left_sql(company),
            same=self._get_same_reason_sql(company, today),
            spans=list(SECOND_LIFETIME),
            today=today,
        )
        return self.env.execute_query_dict(query)

    @api.model
    def _get_left_sql(self, company):
        """Return the SQL condition that a customer of `came` was lost again in the
        days of `span`."""
        return SQL(
            """EXISTS (SELECT FROM winback_transition t
                        WHERE t.partner_id = came.partner_id AND t.company_id = %s
                          AND t.kind = 'state' AND t.to_state IN ('lost', 'gone')
                          AND t.date > came.return_date
                          AND t.date <= came.return_date + span.days)""",
            company.id,
        )

    @api.model
    def _get_same_reason_sql(self, company, today):
        """Return the SQL condition that a later case tells the same reason."""
        return SQL(
            """EXISTS (SELECT FROM winback_case again
                        WHERE again.partner_id = came.partner_id AND again.company_id = %s
                          AND again.date_open > came.return_date AND again.date_open <= %s
                          AND came.reason_id IN (again.reason_id, again.customer_reason_id))""",
            company.id,
            today,
        )

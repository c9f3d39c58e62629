from datetime import timedelta

from odoo import SUPERUSER_ID, api, models
from odoo.tools import SQL

YEAR = 365  # days
LOOK_BACK = 3 * YEAR  # orders before are not read


class WinbackFactSalesperson(models.AbstractModel):
    """Who looked after a customer before, who does now, and since when.

    The present salesperson (`manager_id`) is the one of the contact, else the one of
    the last order; an archived one is nobody. The former one made most of the orders in
    the year up to the last order that was not the present one's; without such orders
    there is none, and a stand-in who made a few is none either.

    The change (`manager_changed_date`) is the day on which the contact's salesperson
    was tracked to become the present one, or the present one's first order since the
    former one's last, whichever came first; else the day of that last order. Where
    nobody follows, it is the day on which the former user was written last, which is
    when he was archived or later: Odoo keeps no date of the archiving.

    Of a past day, the contact's salesperson is taken from tracked values only, and a
    user counts as archived who has not been written since. Unknowable are untracked
    changes of a contact's or an order's salesperson.
    """

    _name = "winback.fact.salesperson"
    _inherit = ["winback.fact"]
    _description = "Win-Back Facts: Salesperson"

    _fact_sequence = 12
    _fact_columns = {
        "manager_id": "integer",
        "manager_former_id": "integer",
        "manager_former_order_id": "integer",
        "manager_changed_date": "date",
        "manager_purchase_count": "integer",
    }

    @api.model
    def _get_query(self, company, today, partners=None):
        """Override of `winback.fact`: orders -> by customer and salesperson -> present
        one -> orders of the year before -> former one -> what happened since.

        `latest` packs day and id of the latest order into one number, so that a plain
        `max` finds it without sorting.
        """
        return SQL(
            """
            WITH own_order AS MATERIALIZED (%(orders)s),
                 assigned AS (%(assigned)s),
                 pair AS MATERIALIZED (%(pairs)s),
                 handover AS MATERIALIZED (%(handovers)s)
            SELECT partner_id, manager_id, manager_former_id, manager_former_order_id,
                   manager_changed_date, manager_purchase_count
              FROM (%(changes)s) change
             WHERE manager_former_id IS NOT NULL
            """,
            orders=self._get_attended_orders_query(company, today),
            assigned=self._get_assigned_query(company, today, partners),
            pairs=self._get_pairs_query(company, today),
            handovers=self._get_handovers_query(),
            changes=self._get_changes_query(company, today),
        )

    @api.model
    def _get_attended_orders_query(self, company, today):
        """Return the confirmed orders that a person made; the superuser is none."""
        is_past = self._is_past(company, today)
        user = SQL("o.user_id")
        if is_past:
            user = SQL("CASE WHEN t.res_id IS NULL THEN o.user_id ELSE t.user_id END")
        return SQL(
            """
            SELECT o.partner_id, o.day, %(user)s AS user_id,
                   ((o.day - DATE '2000-01-01')::bigint << 32) + o.id AS latest
              FROM winback_run_order o
              %(then)s
             WHERE o.is_purchase AND o.day >= %(start)s AND %(user)s != %(superuser)s
            """,
            user=user,
            then=SQL(
                "LEFT JOIN (%s) t ON t.res_id = o.id",
                self._get_user_then_query("sale.order", company, today),
            )
            if is_past
            else SQL(),
            start=today - timedelta(days=LOOK_BACK),
            superuser=SUPERUSER_ID,
        )

    @api.model
    def _get_assigned_query(self, company, today, partners):
        """Return `partner_id`, `user_id` and, where it was tracked, `day` on which the
        contact got the salesperson it has."""
        tracked = self._get_tracked_query(company, today, partners)
        limit = self._limit_to(SQL("p.id"), partners)
        if not self._is_past(company, today):
            return SQL(
                """
                SELECT p.id AS partner_id, p.user_id,
                       CASE WHEN t.user_id = p.user_id THEN t.day END AS day
                  FROM res_partner p LEFT JOIN (%s) t ON t.res_id = p.id
                 WHERE p.user_id IS NOT NULL AND %s
                """,
                tracked,
                limit,
            )
        return SQL(
            """
            SELECT p.id AS partner_id, COALESCE(l.user_id, t.user_id) AS user_id, t.day
              FROM res_partner p
              LEFT JOIN (%s) t ON t.res_id = p.id
              LEFT JOIN (%s) l ON l.res_id = p.id
             WHERE COALESCE(l.user_id, t.user_id) IS NOT NULL AND %s
            """,
            tracked,
            self._get_user_then_query("res.partner", company, today),
            limit,
        )

    @api.model
    def _get_tracked_query(self, company, today, partners):
        """Return the last tracked change of each contact's salesperson by `today`."""
        return SQL(
            """
            SELECT DISTINCT ON (m.res_id) m.res_id, %(day)s AS day,
                   NULLIF(v.new_value_integer, 0) AS user_id
              FROM mail_tracking_value v
              JOIN mail_message m ON m.id = v.mail_message_id
             WHERE v.field_id = %(field)s AND m.model = 'res.partner'
               AND m.date < %(day_end)s AND %(limit)s
             ORDER BY m.res_id, m.date DESC, v.id DESC
            """,
            limit=self._limit_to(SQL("m.res_id"), partners),
            day=self._get_day(SQL("m.date"), company),
            field=self.env["ir.model.fields"]._get("res.partner", "user_id").id,
            day_end=self._get_day_end(company, today),
        )

    @api.model
    def _get_pairs_query(self, company, today):
        """Return a row for each customer and salesperson, with the present one."""
        return SQL(
            """
            SELECT g.*,
                   CASE WHEN a.user_id IS NOT NULL AND %(there)s THEN a.user_id
                        WHEN %(last_there)s THEN g.last_user_id END AS manager_id,
                   CASE WHEN %(there)s THEN a.day END AS tracked_day
              FROM (SELECT partner_id, user_id, max(day) AS last_day,
                           first_value(user_id) OVER (
                               PARTITION BY partner_id ORDER BY max(latest) DESC
                           ) AS last_user_id
                      FROM own_order GROUP BY partner_id, user_id) g
              LEFT JOIN assigned a ON a.partner_id = g.partner_id
            """,
            there=SQL("a.user_id NOT IN (%s)", self._get_archived_query(company, today)),
            last_there=SQL(
                "g.last_user_id NOT IN (%s)", self._get_archived_query(company, today)
            ),
        )

    @api.model
    def _get_archived_query(self, company, today):
        """Return the users who were archived on `today`."""
        return SQL(
            "SELECT id FROM res_users WHERE NOT active AND write_date < %s",
            self._get_day_end(company, today),
        )

    @api.model
    def _get_handovers_query(self):
        """Return the customers who ordered from somebody else than the present one, and
        the last day on which they did."""
        return SQL(
            """
            SELECT partner_id, max(manager_id) AS manager_id,
                   max(tracked_day) AS tracked_day, max(last_day) AS other_day
              FROM pair
             WHERE user_id IS DISTINCT FROM manager_id
             GROUP BY partner_id
            """
        )

    @api.model
    def _get_changes_query(self, company, today):
        """Return the declared columns; a former one who is still there although nobody
        is responsible, or who is the present one, is left empty."""
        return SQL(
            """
            SELECT c.partner_id, c.manager_id, c.changed_day AS manager_changed_date,
                   max(c.user_id) FILTER (WHERE c.is_change) AS manager_former_id,
                   max((c.latest & 4294967295)::integer) AS manager_former_order_id,
                   (count(DISTINCT o.day) FILTER (
                       WHERE o.user_id = c.manager_id AND o.day >= c.changed_day
                   ))::integer AS manager_purchase_count
              FROM (%s) c
              JOIN own_order o ON o.partner_id = c.partner_id
             GROUP BY c.partner_id, c.manager_id, c.changed_day
            """,
            self._get_dated_query(company, today),
        )

    @api.model
    def _get_dated_query(self, company, today):
        """Return the customers with their former salesperson and the day of the change."""
        return SQL(
            """
            SELECT m.partner_id, m.manager_id, m.user_id, m.latest,
                   m.user_id IS DISTINCT FROM m.manager_id
                   AND (m.manager_id IS NOT NULL OR u.id IS NOT NULL) AS is_change,
                   CASE WHEN m.manager_id IS NULL THEN GREATEST(u.day, m.last_day)
                        ELSE COALESCE(LEAST(m.tracked_day, min(o.day)), m.last_day)
                        END AS changed_day
              FROM (%(main)s) m
              LEFT JOIN (SELECT id, %(written)s AS day FROM res_users
                          WHERE NOT active AND write_date < %(day_end)s) u
                ON u.id = m.user_id
              LEFT JOIN own_order o ON o.partner_id = m.partner_id
                   AND o.user_id = m.manager_id AND o.day >= m.last_day
             GROUP BY m.partner_id, m.manager_id, m.user_id, m.latest, m.tracked_day,
                      m.last_day, u.id, u.day
            """,
            main=self._get_main_query(),
            written=self._get_day(SQL("write_date"), company),
            day_end=self._get_day_end(company, today),
        )

    @api.model
    def _get_main_query(self):
        """Return who made most of the orders in the year up to the last one that was
        not the present one's; of two with as many, who made the later one."""
        return SQL(
            """
            SELECT DISTINCT ON (h.partner_id)
                   h.partner_id, h.manager_id, h.tracked_day, o.user_id,
                   max(o.day) AS last_day, max(o.latest) AS latest
              FROM handover h
              JOIN own_order o ON o.partner_id = h.partner_id
                   AND o.day <= h.other_day AND o.day > h.other_day - %s
             GROUP BY h.partner_id, h.manager_id, h.tracked_day, o.user_id
             ORDER BY h.partner_id, count(*) DESC, max(o.latest) DESC
            """,
            YEAR,
        )

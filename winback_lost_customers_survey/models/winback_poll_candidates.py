from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import models
from odoo.tools import SQL

# reasons for which somebody waits instead of being left out
DEFERRING = ("capped", "cooldown")


class WinbackPoll(models.Model):
    """Who is asked: all by statements for any number of customers."""

    _inherit = "winback.poll"

    def _prepare(self, today):
        """Write the invitations anew: who would be asked today, who waits, and who is not
        asked, and why. What was decided by hand, or has been sent, stays.

        :param date today: the company's day; contacts of later days do not count
        """
        self.ensure_one()
        self.env.flush_all()
        invitations = self.env["winback.poll.invitation"]
        self.env.cr.execute(
            SQL(
                """DELETE FROM winback_poll_invitation
                    WHERE poll_id = %s AND user_input_id IS NULL AND reason IS DISTINCT FROM 'manual'
                      AND state IN ('deferred', 'prepared', 'excluded')""",
                self.id,
            )
        )
        self.env.cr.execute(self._get_insert_query(today))
        invitations.invalidate_model()
        self._keep_budget()
        self._carry_deferred()
        self.date_previewed = self.env.cr.now()

    def _get_insert_query(self, today):
        """Return the statement that writes an invitation for each customer of the month."""
        return SQL(
            """
            INSERT INTO winback_poll_invitation (
                   poll_id, company_id, partner_id, contact_id, email, lang, access_token, state, reason,
                   is_asked_about, document_date, order_id, user_id, team_id, value_class_id,
                   create_uid, create_date, write_uid, write_date)
            SELECT %(poll)s, %(company)s, s.partner_id, s.contact_id, s.email, %(lang)s,
                   gen_random_uuid()::text,
                   CASE WHEN s.reason IS NULL THEN 'prepared'
                        WHEN s.reason IN %(deferring)s THEN 'deferred' ELSE 'excluded' END,
                   s.reason, s.is_asked_about, s.day, s.order_id, s.user_id, s.team_id, s.value_class_id,
                   %(uid)s, %(now)s, %(uid)s, %(now)s
              FROM (%(screened)s) s
             ORDER BY s.value_rank, s.partner_id
            ON CONFLICT (poll_id, partner_id) DO NOTHING
            """,
            poll=self.id,
            company=self.company_id.id,
            lang=self._get_lang_sql(SQL("s.lang")),
            deferring=DEFERRING,
            screened=self._get_screened_query(today),
            uid=self.env.uid,
            now=self.env.cr.now(),
        )

    def _get_lang_sql(self, column):
        """Return the SQL of a language that is installed: the contact's, else the company's."""
        installed = [code for code, _name in self.env["res.lang"].get_installed()]
        fallback = self.company_id.partner_id.lang
        fallback = fallback if fallback in installed else installed[0]
        return SQL("CASE WHEN %s = ANY(%s) THEN %s ELSE %s END", column, installed, column, fallback)

    # ------------------------------------------------------------------
    # Documents of the month
    # ------------------------------------------------------------------

    def _get_documents_query(self):
        """Return the documents that count, with `partner_id` (customer), `contact_id`,
        `order_id`, `user_id`, `team_id`, `day` and what was got: `has_order`, `has_goods`,
        `has_service`.

        A quotation counts when it was sent and not confirmed, an order when it was
        completed: delivered, where Inventory knows of it, else confirmed. Who could not be
        asked in the poll before, because it was contacted too often, is here, too.
        """
        fact = self.env["winback.fact"]
        company = self.company_id
        return SQL(
            """
            SELECT d.partner_id, d.contact_id, d.id AS order_id, d.user_id, d.team_id, d.day,
                   d.state = 'sale' AS has_order,
                   d.state = 'sale' AND COALESCE(l.has_goods, FALSE) AS has_goods,
                   d.state = 'sale' AND COALESCE(l.has_service, FALSE) AS has_service
              FROM (SELECT o.id, p.commercial_partner_id AS partner_id, o.partner_id AS contact_id,
                           o.user_id, o.team_id, o.state, %(day)s AS day
                      FROM sale_order o JOIN res_partner p ON p.id = o.partner_id %(delivered)s
                     WHERE o.company_id = %(company)s AND o.state IN ('sent', 'sale')
                       AND o.amount_untaxed >= 0
                       -- what was ordered longer ago is not looked up
                       AND o.date_order >= %(start)s - interval '1 year' AND o.date_order < %(end)s
                       AND %(moment)s >= %(start)s AND %(moment)s < %(end)s AND %(completed)s) d
              LEFT JOIN LATERAL (
                   SELECT bool_or(t.type = 'service') AS has_service,
                          bool_or(t.type != 'service') AS has_goods
                     FROM sale_order_line ol
                     JOIN product_product pp ON pp.id = ol.product_id
                     JOIN product_template t ON t.id = pp.product_tmpl_id
                    WHERE ol.order_id = d.id AND ol.product_uom_qty > 0) l ON TRUE
             UNION ALL %(carried)s
            """,
            **self._get_completion(),
            day=fact._get_day(self._get_completion()["moment"], company),
            company=company.id,
            start=fact._get_day_end(company, self.month - timedelta(days=1)),
            end=fact._get_day_end(company, self._get_month_end()),
            carried=self._get_carried_query(),
        )

    def _get_completion(self):
        """Return when an order or quotation counts: a join (`delivered`), the `moment` and the
        condition under which it is `completed`."""
        if "delivery_status" not in self.env["sale.order"]._fields:
            return {"delivered": SQL(), "moment": SQL("o.date_order"), "completed": SQL("TRUE")}
        return {
            "delivered": SQL(
                """LEFT JOIN LATERAL (
                        SELECT max(date_done) AS date_done FROM stock_picking
                         WHERE sale_id = o.id AND state = 'done') delivery ON o.state = 'sale'"""
            ),
            "moment": SQL("COALESCE(delivery.date_done, o.date_order)"),
            "completed": SQL("(o.state != 'sale' OR COALESCE(o.delivery_status, 'full') = 'full')"),
        }

    def _get_carried_query(self):
        """Return those who were to be asked in the poll before and still waited at its end."""
        return SQL(
            """
            SELECT i.partner_id, i.contact_id, i.order_id, i.user_id, i.team_id, i.document_date,
                   i.is_asked_about LIKE '%%products%%', i.is_asked_about LIKE '%%delivery%%',
                   i.is_asked_about LIKE '%%service%%'
              FROM winback_poll_invitation i JOIN winback_poll p ON p.id = i.poll_id
             WHERE p.company_id = %s AND p.kind = 'monthly' AND p.month = %s
               AND p.state IN ('running', 'done')
               AND (i.state = 'deferred' OR i.reason = 'carried')
            """,
            self.company_id.id,
            self.month + relativedelta(months=-1),
        )

    # ------------------------------------------------------------------
    # Customers and whom to ask there
    # ------------------------------------------------------------------

    def _get_customers_query(self):
        """Return one row per customer, with its last document and what it got in all."""
        return SQL(
            """
            SELECT DISTINCT ON (d.partner_id) d.partner_id, d.order_id, d.user_id, d.team_id, d.day,
                   'sales' || CASE WHEN bool_or(d.has_order) OVER w THEN ',products' ELSE '' END
                           || CASE WHEN bool_or(d.has_goods) OVER w THEN ',delivery' ELSE '' END
                           || CASE WHEN bool_or(d.has_service) OVER w THEN ',service' ELSE '' END
                           AS is_asked_about
              FROM winback_poll_document d
              JOIN res_partner c ON c.id = d.partner_id AND c.active AND c.partner_share
                   AND (c.company_id IS NULL OR c.company_id = %s)
            WINDOW w AS (PARTITION BY d.partner_id)
             ORDER BY d.partner_id, d.day DESC, d.order_id DESC
            """,
            self.company_id.id,
        )

    def _get_contacts_query(self):
        """Return one contact per customer: who wrote about the document, else for whom it
        is, else the organisation itself; with an address if possible, that wants mails if
        possible."""
        return SQL(
            """
            SELECT DISTINCT ON (p.commercial_partner_id) p.commercial_partner_id AS partner_id,
                   p.id AS contact_id, p.email_normalized AS email, p.lang,
                   b.id IS NOT NULL AS is_out
              FROM (SELECT m.author_id AS contact_id, 1 AS rank, d.day
                      FROM winback_poll_document d
                      JOIN mail_message m ON m.model = 'sale.order' AND m.res_id = d.order_id
                           AND m.message_type IN ('email', 'comment')
                      JOIN res_partner a ON a.id = m.author_id AND a.partner_share
                           AND a.commercial_partner_id = d.partner_id
                     UNION ALL SELECT contact_id, 2, day FROM winback_poll_document
                     UNION ALL SELECT partner_id, 3, day FROM winback_poll_document) who
              JOIN res_partner p ON p.id = who.contact_id AND p.active
              LEFT JOIN mail_blacklist b ON b.email = p.email_normalized AND b.active
             ORDER BY p.commercial_partner_id, p.email_normalized IS NULL, b.id IS NOT NULL,
                      who.rank, who.day DESC, p.id
            """
        )

    # ------------------------------------------------------------------
    # Who is not asked
    # ------------------------------------------------------------------

    def _get_screened_query(self, today):
        """Return the customers with the weightiest reason not to ask them, or none.

        Documents and contacts are gathered into temporary tables first: without statistics
        about them the planner would join row by row.
        """
        self._gather("winback_poll_document", self._get_documents_query())
        self._gather("winback_poll_customer", self._get_customers_query())
        self._gather("winback_poll_contact", self._get_contacts_query())
        reasons = self._get_reason_queries(self._get_customers(), today)
        return SQL(
            """
            SELECT c.*, w.contact_id, w.email, w.lang, s.value_class_id,
                   -COALESCE(s.margin_active_year, 0) AS value_rank,
                   CASE %(cases)s END AS reason
              FROM winback_poll_customer c
              LEFT JOIN winback_poll_contact w ON w.partner_id = c.partner_id
              LEFT JOIN (SELECT contact_id, row_number() OVER (
                                PARTITION BY email ORDER BY partner_id) AS number
                           FROM winback_poll_contact WHERE email IS NOT NULL) n
                     ON n.contact_id = w.contact_id
              LEFT JOIN winback_status s ON s.partner_id = c.partner_id AND s.company_id = %(company)s
            """,
            company=self.company_id.id,
            cases=SQL(" ").join(
                SQL("WHEN %s THEN %s", condition, reason) for reason, condition in reasons.items()
            ),
        )

    def _gather(self, table, query):
        """Put the rows of `query` into a temporary table with statistics."""
        name = SQL.identifier(table)
        self.env.cr.execute(SQL("DROP TABLE IF EXISTS pg_temp.%s", name))
        self.env.cr.execute(SQL("CREATE TEMPORARY TABLE %s ON COMMIT DROP AS %s", name, query))
        self.env.cr.execute(SQL("ANALYZE %s", name))

    def _get_customers(self):
        """Return the customers of the month as records that are not read."""
        query = SQL("SELECT partner_id FROM winback_poll_customer")
        return self.env["res.partner"].browse(id_ for (id_,) in self.env.execute_query(query))

    def _get_reason_queries(self, customers, today):
        """Return {reason: SQL condition over a customer `c`, its contact `w` and number `n`}, the
        weightiest reason first, those that only defer last."""
        policy = self.env["winback.contact.policy"]
        channel = self._get_mail_channel()
        conditions = {
            "no_email": SQL("w.email IS NULL"),
            "opted_out": SQL("w.is_out"),
            "duplicate": SQL("n.number > 1"),
        }
        queries = {
            code: customers and policy._get_reason_query(code, self.company_id, customers, today, channel)
            for code in policy._get_reason_labels()
        }
        queries |= {"held_out": self._get_held_out_query(), "cooldown": self._get_cooling_query(today)}
        for code, query in queries.items():
            if query:
                listed = self._list(query)
                conditions[code] = SQL("(%s OR %s)", conditions[code], listed) if code in conditions else listed
        return dict(sorted(conditions.items(), key=lambda pair: pair[0] in DEFERRING))

    def _list(self, query):
        """Return the condition that a customer `c` is one of those of `query`.

        Asked beforehand: in one statement with the rest the planner guesses wrong, and asks
        again for each customer.
        """
        ids = [id_ for (id_,) in self.env.execute_query(query)]
        return SQL("c.partner_id = ANY(%s::integer[])", ids)

    def _get_mail_channel(self):
        """Return a channel by mail, so that addresses and opt-outs are looked at."""
        return self.env["winback.channel"].new({"kind": "email"})

    def _get_held_out_query(self):
        """Return the control groups of running campaigns: a gift would spoil the comparison."""
        held_out = self.env["winback.campaign"]._get_held_out_partners(self.company_id)
        return SQL("SELECT unnest(%s::integer[])", held_out.ids)

    def _get_cooling_query(self, today):
        """Return the customers who were asked too recently, in this or another poll."""
        fact = self.env["winback.fact"]
        since = today - timedelta(days=self.company_id.winback_poll_cooldown_days)
        return SQL(
            """SELECT partner_id FROM winback_poll_invitation
                WHERE company_id = %s AND date_sent >= %s AND poll_id != %s""",
            self.company_id.id,
            fact._get_day_end(self.company_id, since),
            self.id,
        )

    # ------------------------------------------------------------------
    # After the statement
    # ------------------------------------------------------------------

    def _keep_budget(self):
        """Leave out the least valuable customers beyond what the budget covers: who is asked
        is promised a gift."""
        cost = self._get_gift_cost()
        if not self.budget or cost <= 0:
            return
        self.env.cr.execute(
            SQL(
                """
                UPDATE winback_poll_invitation i SET state = 'excluded', reason = 'budget'
                  FROM (SELECT id FROM winback_poll_invitation
                         WHERE poll_id = %s AND state NOT IN ('excluded', 'expired')
                         ORDER BY id OFFSET %s) beyond
                 WHERE i.id = beyond.id AND i.state IN ('prepared', 'deferred')
                """,
                self.id,
                int(self.budget / cost + 1e-9),
            )
        )
        self.env["winback.poll.invitation"].invalidate_model()

    def _carry_deferred(self):
        """Close the waiting invitations of the poll before: this poll asks them now."""
        waiting = self.env["winback.poll.invitation"].search(
            [
                ("poll_id.company_id", "=", self.company_id.id),
                ("poll_id.kind", "=", "monthly"),
                ("poll_id.month", "=", self.month + relativedelta(months=-1)),
                ("poll_id.state", "=", "done"),
                ("state", "=", "deferred"),
            ]
        )
        if self.state == "draft" and waiting:
            waiting.write({"state": "excluded", "reason": "carried"})

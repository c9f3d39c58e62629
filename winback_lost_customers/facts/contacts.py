from odoo import api, models
from odoo.tools import SQL

MIN_BOUNCES = 2  # a single one may be a full mailbox


class WinbackFactContacts(models.AbstractModel):
    """The people we know at a customer, and which of them are gone.

    People are the customer's child contacts, not its other addresses; without any,
    the customer itself stands for them. Gone is who is archived, whose mails came
    back (as often as `MIN_BOUNCES`, with no mail from there since) or whose address is
    no address. A blacklisted address is no bouncing one: that person is there and does
    not want our mailings.

    Of a past day only bounced mails are known. When somebody was archived, and what
    the address was, is recorded nowhere, so that whoever is archived or has an
    impossible address today counts as there; who moved to another company is not seen.
    """

    _name = "winback.fact.contacts"
    _inherit = ["winback.fact"]
    _description = "Win-Back Facts: Contacts"

    _fact_sequence = 21
    _fact_is_derived = True  # read for customers only, not for all we know
    _fact_columns = {
        "contact_count": "integer",
        "contact_archived_count": "integer",
        "contact_bounced_count": "integer",
        "contact_gone_dates": "date[]",
        "contact_documents": "jsonb",
    }

    @api.model
    def _get_query(self, company, today, partners=None):
        """Override of `winback.fact`: people -> what became of them -> customers.

        A customer with people of its own is left out itself. The dates are those of the
        bounces, as many as there are people gone, unknown ones last.
        """
        return SQL(
            """
            WITH bounce AS (%(bounces)s), person AS (%(people)s)
            SELECT partner_id,
                   count(*)::integer AS contact_count,
                   (count(*) FILTER (WHERE fate = 'archived'))::integer
                       AS contact_archived_count,
                   (count(*) FILTER (WHERE fate = 'bounced'))::integer
                       AS contact_bounced_count,
                   array_agg(CASE WHEN fate = 'bounced' THEN bounced_day END
                             ORDER BY CASE WHEN fate = 'bounced' THEN bounced_day END)
                       FILTER (WHERE fate IS NOT NULL) AS contact_gone_dates,
                   jsonb_agg(jsonb_build_array('res.partner', id) ORDER BY id)
                       FILTER (WHERE fate IS NOT NULL) AS contact_documents
              FROM person
             WHERE is_child OR NOT has_children
             GROUP BY partner_id
            """,
            bounces=self._get_bounces_query(company, today, partners),
            people=self._get_people_query(company, today),
        )

    @api.model
    def _get_people_query(self, company, today):
        """Return each child contact and each customer with its `fate`, NULL for whoever
        is still there."""
        return SQL(
            """
            SELECT p.id, c.partner_id, n.day AS bounced_day, p.id != c.partner_id AS is_child,
                   bool_or(p.id != c.partner_id) OVER (PARTITION BY c.partner_id)
                       AS has_children,
                   %(fate)s AS fate
              FROM winback_run_base c
              JOIN res_partner p ON p.commercial_partner_id = c.partner_id
              LEFT JOIN bounce n ON n.contact_id = p.id
             WHERE (p.id = c.partner_id OR p.type = 'contact' AND p.is_company IS NOT TRUE)
               AND p.create_date < %(day_end)s
            """,
            fate=self._get_fate(self._is_past(company, today)),
            day_end=self._get_day_end(company, today),
        )

    @api.model
    def _get_fate(self, is_past):
        """Return the SQL of what became of partner `p`. An archived customer is another
        matter than people who left it."""
        if is_past:
            return SQL("CASE WHEN n.day IS NOT NULL THEN 'bounced' END")
        return SQL(
            """CASE WHEN p.active IS NOT TRUE AND p.id != p.commercial_partner_id
                    THEN 'archived'
                    WHEN p.message_bounce >= %s
                      OR p.email_normalized IS NULL AND btrim(p.email) != ''
                    THEN 'bounced' END""",
            MIN_BOUNCES,
        )

    @api.model
    def _get_bounces_query(self, company, today, partners):
        """Return `contact_id`, `day`: when mails had come back often enough, counted
        since the last mail from there. Odoo does not keep when one came back, only
        when it was sent, which is hours before."""
        return SQL(
            """
            SELECT contact_id, %(day)s AS day
              FROM (SELECT n.res_partner_id AS contact_id, m.date,
                           row_number() OVER (PARTITION BY n.res_partner_id
                                              ORDER BY m.date, m.id) AS number
                      FROM mail_notification n
                      JOIN mail_message m ON m.id = n.mail_message_id
                     WHERE %(bounced)s AND n.notification_type = 'email'
                       AND n.res_partner_id IS NOT NULL AND m.date < %(day_end)s
                       AND NOT EXISTS (SELECT FROM mail_message i
                                        WHERE i.author_id = n.res_partner_id
                                          AND i.message_type = 'email'
                                          AND i.date > m.date AND i.date < %(day_end)s)
                       AND %(limit)s) b
             WHERE number = %(bounces)s
            """,
            day=self._get_day(SQL("date"), company),
            day_end=self._get_day_end(company, today),
            bounced=self._get_bounced_condition(),
            limit=self._limit_contacts(SQL("n.res_partner_id"), partners),
            bounces=MIN_BOUNCES,
        )

    @api.model
    def _get_bounced_condition(self):
        """Return the SQL condition that the mail of notification `n` came back; also when
        the user has dismissed Odoo's warning since, which writes it as cancelled."""
        return SQL(
            "(n.notification_status = 'bounce' OR n.notification_status = 'canceled' "
            "AND n.failure_type = 'mail_bounce')"
        )

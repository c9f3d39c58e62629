from datetime import timedelta

from odoo import api, models
from odoo.tools import SQL

from ..facts.touches import MAILED_STATUSES, ROUTINE_MODELS, SENT_STATUSES, WRITTEN_TYPES

# kinds of channels that need an address of their own; the others need none
MAIL_KINDS = ("email",)
PHONE_KINDS = ("call", "sms")
POST_KINDS = ("letter",)
# spoken contacts: calls, also those that reached nobody, and meetings
SPOKEN_CATEGORIES = ("phonecall", "meeting")


class WinbackContactPolicy(models.AbstractModel):
    """Whom we must not contact, and why: one rule for calls, mails, mailings and polls.

    How it works. `_get_contacts_queries` gives a statement for each kind of contact;
    together they are counted by customer within the company's window. A kind counts once
    a day: two mails on one day are one contact, a mail and a call are two; a call that
    reached nobody counts like one that did. Messages on
    invoices, payments and deliveries are no contacts, nor are notices of the system.
    Everything is set-based: one statement for any number of customers.
    """

    _name = "winback.contact.policy"
    _description = "Win-Back Contact Policy"

    @api.model
    def _get_reason_labels(self):
        """Return {reason code: words}, the weightiest reason first."""
        return {
            "excluded": self.env._("Excluded from win-back"),
            "complaint": self.env._("A complaint or conflict is open"),
            "opted_out": self.env._("Wants no mails"),
            "no_email": self.env._("No e-mail address"),
            "no_phone": self.env._("No phone number"),
            "no_address": self.env._("No postal address"),
            "capped": self.env._("Contacted often enough lately"),
        }

    @api.model
    def _get_blocked(self, company, partners, today, channel=None):
        """Return {partner: reason code} of those of `partners` who must not be contacted.

        :param company: one company, whose cap and exclusions hold
        :param partners: contacts; each stands for its organisation
        :param date today: contacts of this day count, later ones do not
        :param channel: `winback.channel`; without it neither addresses nor opt-outs are
            looked at
        :return: reasons as in `_get_reason_labels`, the weightiest where there are several
        """
        customers = partners.commercial_partner_id
        if not customers:
            return {}
        self.env.flush_all()
        reasons = {}
        for code in reversed(self._get_reason_labels()):
            query = self._get_reason_query(code, company, customers, today, channel)
            if query:
                ids = [partner_id for (partner_id,) in self.env.execute_query(query)]
                reasons.update(dict.fromkeys(ids, code))
        return {
            partner: reasons[partner.commercial_partner_id.id]
            for partner in partners
            if partner.commercial_partner_id.id in reasons
        }

    @api.model
    def _get_reason_query(self, code, company, customers, today, channel):
        """Return the statement of the ids of `customers` for whom the reason `code` holds;
        None where it does not matter. Extend this for a reason of your own."""
        kind = channel.kind if channel else None
        if code == "excluded":
            return self._get_excluded_query(company, customers, today)
        if code == "capped":
            return self._get_capped_query(company, customers, today)
        if code == "complaint" and kind in MAIL_KINDS:
            return self._get_complaint_query(company, customers)
        if code == "opted_out" and kind in MAIL_KINDS:
            return self._get_opted_out_query(customers)
        if code == "no_email" and kind in MAIL_KINDS:
            return self._get_missing_query(customers, SQL("p.email_normalized IS NOT NULL"))
        if code == "no_phone" and kind in PHONE_KINDS:
            return self._get_missing_query(customers, SQL("p.phone > ''"))
        if code == "no_address" and kind in POST_KINDS:
            return self._get_missing_query(customers, SQL("(p.street > '' AND p.city > '')"))
        return None

    # ------------------------------------------------------------------
    # Decisions and addresses
    # ------------------------------------------------------------------

    @api.model
    def _get_excluded_query(self, company, customers, today):
        """Return whom somebody excluded, or the company's minimum potential does."""
        return SQL(
            """
            SELECT x.partner_id FROM (%s) x WHERE x.partner_id = ANY(%s)
             UNION
            SELECT partner_id FROM winback_status
             WHERE company_id = %s AND state = 'excluded' AND partner_id = ANY(%s)
            """,
            self.env["winback.exclusion"]._get_query(company, today),
            customers.ids,
            company.id,
            customers.ids,
        )

    @api.model
    def _get_complaint_query(self, company, customers):
        """Return who waits for us to settle something: not the moment for selling."""
        return SQL(
            """
            SELECT DISTINCT commercial_partner_id FROM winback_complaint
             WHERE company_id = %s AND commercial_partner_id = ANY(%s)
               AND state NOT IN ('closed', 'cancelled')
            """,
            company.id,
            customers.ids,
        )

    @api.model
    def _get_opted_out_query(self, customers):
        """Return who wants no mails: the organisation's own address, or all those of its
        people where it has none, are on the blacklist or have left all mailing lists."""
        return SQL(
            """
            SELECT partner_id
              FROM (SELECT p.commercial_partner_id AS partner_id,
                           p.id = p.commercial_partner_id AS is_own, %(out)s AS is_out
                      FROM res_partner p
                     WHERE p.commercial_partner_id = ANY(%(customers)s) AND p.active
                       AND p.email_normalized IS NOT NULL) address
             GROUP BY partner_id
            HAVING COALESCE(bool_or(is_out) FILTER (WHERE is_own), bool_and(is_out))
            """,
            out=SQL(
                """(EXISTS (SELECT FROM mail_blacklist b
                             WHERE b.email = p.email_normalized AND b.active)
                    OR (SELECT bool_and(COALESCE(l.opt_out, FALSE))
                          FROM mailing_contact m
                          JOIN mailing_subscription l ON l.contact_id = m.id
                         WHERE m.email_normalized = p.email_normalized) IS TRUE)"""
            ),
            customers=customers.ids,
        )

    @api.model
    def _get_missing_query(self, customers, condition):
        """Return the customers of whom no active contact `p` meets `condition`."""
        return SQL(
            """
            SELECT c.id FROM res_partner c
             WHERE c.id = ANY(%s) AND NOT EXISTS (
                   SELECT FROM res_partner p
                    WHERE p.commercial_partner_id = c.id AND p.active AND %s)
            """,
            customers.ids,
            condition,
        )

    # ------------------------------------------------------------------
    # Contacts
    # ------------------------------------------------------------------

    @api.model
    def _get_capped_query(self, company, customers, today):
        """Return who has been contacted as often as the company allows."""
        since = today - timedelta(days=company.winback_contact_cap_days - 1)
        return SQL(
            """
            SELECT partner_id FROM (%s) contact
             GROUP BY partner_id HAVING count(DISTINCT (kind, day)) >= %s
            """,
            self._get_contacts_query(company, customers, since, today),
            company.winback_contact_cap,
        )

    @api.model
    def _get_contacts_query(self, company, customers, since, today, kinds=None):
        """Return `partner_id` (customer), `kind` and `day` of our contacts with them.

        :param customers: organisations; None for all
        :param date since: the first day that counts
        :param date today: the last day that counts
        :param kinds: only contacts of these kinds; None for all
        """
        queries = self._get_contacts_queries(company, customers, since, today)
        return SQL(
            """
            SELECT p.commercial_partner_id AS partner_id, contact.kind, contact.day
              FROM (%s) contact JOIN res_partner p ON p.id = contact.contact_id
             WHERE contact.day BETWEEN %s AND %s AND p.partner_share AND %s
            """,
            SQL(" UNION ALL ").join(
                SQL("SELECT contact_id, day, %s AS kind FROM (%s) q", kind, query)
                for kind, query in queries.items()
                if kinds is None or kind in kinds
            ),
            since,
            today,
            self.env["winback.fact"]._limit_to(SQL("p.commercial_partner_id"), customers),
        )

    @api.model
    def _get_contacts_queries(self, company, customers, since, today):
        """Return {kind: statement of `contact_id`, `day`}. Extend this to let another
        kind of contact count."""
        bounds = {
            "start": self.env["winback.fact"]._get_day_end(company, since - timedelta(days=1)),
            "end": self.env["winback.fact"]._get_day_end(company, today),
        }
        queries = {
            "spoken": self._get_spoken_query(company, since, today),
            "attempt": self._get_spoken_query(company, since, today, reached=False),
            "mail": self._get_mails_query(company, customers, **bounds),
            "mailing": self._get_mailings_query(company, customers, **bounds),
        }
        if "survey.user_input" in self.env:
            queries["poll"] = self._get_polls_query(company, customers, **bounds)
        return queries

    @api.model
    def _get_spoken_query(self, company, since, today, reached=True):
        """Return done calls and meetings; on a case, whatever has an outcome.

        :param bool reached: those that reached somebody, else those that did not
        """
        return SQL(
            """
            SELECT CASE WHEN a.res_model = 'res.partner' THEN a.res_id
                        ELSE COALESCE(o.partner_id, l.partner_id, c.partner_id, x.partner_id)
                   END AS contact_id, a.date_done AS day
              FROM mail_activity a
              LEFT JOIN mail_activity_type t ON t.id = a.activity_type_id
              LEFT JOIN sale_order o ON a.res_model = 'sale.order' AND o.id = a.res_id
              LEFT JOIN crm_lead l ON a.res_model = 'crm.lead' AND l.id = a.res_id
              LEFT JOIN winback_case c ON a.res_model = 'winback.case' AND c.id = a.res_id
              LEFT JOIN winback_complaint x
                        ON a.res_model = 'winback.complaint' AND x.id = a.res_id
             WHERE a.active IS NOT TRUE AND a.date_done BETWEEN %(since)s AND %(today)s
               AND (t.category IN %(categories)s OR a.winback_outcome IS NOT NULL)
               AND (a.winback_outcome IS DISTINCT FROM 'not_reached') = %(reached)s
               AND COALESCE(o.company_id, l.company_id, c.company_id, x.company_id,
                            %(company)s) = %(company)s
            """,
            since=since,
            today=today,
            categories=SPOKEN_CATEGORIES,
            reached=reached,
            company=company.id,
        )

    @api.model
    def _get_mails_query(self, company, customers, start, end):
        """Return mails, letters and text messages that people of ours wrote."""
        fact = self.env["winback.fact"]
        return SQL(
            """
            SELECT n.res_partner_id AS contact_id, %(day)s AS day
              FROM mail_notification n JOIN mail_message m ON m.id = n.mail_message_id
             WHERE n.notification_type != 'inbox' AND n.notification_status IN %(statuses)s
               AND m.message_type IN %(types)s AND COALESCE(m.model, '') NOT IN %(routine)s
               AND m.author_id = ANY(%(authors)s)
               AND (m.record_company_id = %(company)s OR m.record_company_id IS NULL)
               AND m.date >= %(start)s AND m.date < %(end)s AND %(limit)s
            """,
            day=fact._get_day(SQL("m.date"), company),
            statuses=SENT_STATUSES,
            types=WRITTEN_TYPES,
            routine=ROUTINE_MODELS,
            authors=self.env["winback.fact.touches"]._get_authors(),
            company=company.id,
            start=start,
            end=end,
            limit=fact._limit_contacts(SQL("n.res_partner_id"), customers),
        )

    @api.model
    def _get_mailings_query(self, company, customers, start, end):
        """Return mailings, whether to the contact, to a document of its or to a mailing
        list with its address."""
        fact = self.env["winback.fact"]
        recipients = self.env["winback.fact.touches"]._get_recipients(company)
        return SQL(
            """
            WITH contact AS (SELECT id AS contact_id, email_normalized FROM res_partner WHERE %s)
            %s
            """,
            fact._limit_to(SQL("commercial_partner_id"), customers),
            SQL(" UNION ALL ").join(
                SQL(
                    """
                    SELECT c.contact_id, %(day)s AS day FROM mailing_trace t %(join)s
                     WHERE t.model = %(model)s AND t.is_test_trace IS NOT TRUE
                       AND t.trace_status IN %(statuses)s
                       AND t.sent_datetime >= %(start)s AND t.sent_datetime < %(end)s
                    """,
                    day=fact._get_day(SQL("t.sent_datetime"), company),
                    join=join,
                    model=model,
                    statuses=MAILED_STATUSES,
                    start=start,
                    end=end,
                )
                for model, join in recipients.items()
            ),
        )

    @api.model
    def _get_polls_query(self, company, customers, start, end):
        """Return invitations to polls, where Surveys is installed."""
        fact = self.env["winback.fact"]
        return SQL(
            """
            SELECT partner_id AS contact_id, %s AS day FROM survey_user_input
             WHERE create_date >= %s AND create_date < %s AND test_entry IS NOT TRUE AND %s
            """,
            fact._get_day(SQL("create_date"), company),
            start,
            end,
            fact._limit_contacts(SQL("partner_id"), customers),
        )

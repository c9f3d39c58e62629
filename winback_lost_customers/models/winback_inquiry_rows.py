from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, models
from odoo.tools import SQL

from .winback_inquiry_talk import DAY_END

MONTHS = 24
CONVERSATION = timedelta(days=30)  # what is said on a customer's page later is about something else


class WinbackInquiryRows(models.AbstractModel):
    """Makes the rows of `winback.inquiry`: what is an inquiry, and what became of it.

    An inquiry is one of these, of a contact, in the last 24 months:

    - an opportunity or lead, archived (lost) ones too. Its quotations and orders are what
      became of it and no inquiries of their own, however many there are;
    - a quotation or order that belongs to no opportunity. A confirmed one counts as well:
      nearly every order was a quotation first, and Odoo keeps no trace of how long. Left
      out are what customers put in the web shop's cart, as they asked nobody, and
      returns (an amount below zero);
    - mails of a customer on its contact page of which nobody made anything. Mails that
      follow each other within 30 days are one inquiry; when an opportunity or quotation
      is made within 30 days of the first, they belong to that.

    It came when the document was created, a quotation on its own date where that is
    earlier (it was imported); Odoo overwrites that date when it confirms.

    An opportunity without a company counts where it got a quotation, and while it has
    none, in all companies. Excluded customers (intermediaries, those let go) are left out;
    who is no customer yet counts.

    Outcome, the first that holds:

    - ordered: an order was confirmed, or the opportunity is won;
    - lost: closed by us: cancelled, or marked as lost;
    - unanswered: the customer waits for longer than the company's number of days;
    - lost: the quotation's validity has passed, or nothing came of a mail in 30 days;
    - open.

    An open opportunity whose quotations failed is open: whoever works on it decides.

    An answer is a mail, letter or text message to a contact, or a done call or meeting
    that reached somebody, on the opportunity, its quotations or the customer's page, as in
    `winback.fact.touches` and `winback.fact.inquiries`; or that a quotation was sent, as
    tracked, else at its creation. A draft is no answer. What is said on the customer's page
    answers what came in the 30 days before. Calls are known by the day. An order or a win
    within the days allowed is an answer, too; later ones do not tell when the customer was
    answered, so these inquiries have none recorded.

    Days are calendar days of the company. What documents say today counts, also where
    `today` is a past day: only dates after it are left out.
    """

    _name = "winback.inquiry.rows"
    _description = "Win-Back: Making of the Inquiries"

    @api.model
    def _gather(self, company, today):
        """Fill `winback_run_inquiry` with the columns of `_get_columns` and the keys
        `res_model` and `res_id`; it lives until the transaction ends."""
        recreate = self.env["winback.engine"]._recreate
        talk = self.env["winback.inquiry.talk"]
        thread = ("res_model", "res_id")
        recreate("winback_run_talk", talk._get_query(company, *self._get_span(company, today)), thread)
        recreate("winback_run_document", self._get_documents_query(company, today), ("partner_id",))
        recreate("winback_run_asked", self._get_asked_query(company, today), ("partner_id", *thread))
        recreate("winback_run_answer", self._get_answers_query(company), thread)
        recreate("winback_run_inquiry", self._get_query(company, today), thread)

    @api.model
    def _get_span(self, company, today):
        """Return the moments, naive UTC, between which documents count."""
        facts = self.env["winback.fact"]
        before = today - relativedelta(months=MONTHS) - timedelta(days=1)
        return facts._get_day_end(company, before), facts._get_day_end(company, today)

    # ------------------------------------------------------------------
    # Who answered
    # ------------------------------------------------------------------

    @api.model
    def _get_answers_query(self, company):
        """Return the first and the last answer to each inquiry that was answered, in its own
        thread or on the customer's page."""
        return SQL(
            """
            WITH page AS (SELECT res_id AS partner_id, at FROM winback_run_talk
                           WHERE res_model = 'res.partner' AND is_ours),
            own AS (
                SELECT a.res_model, a.res_id, max(t.at) AS last_at,
                       min(%(own_at)s) FILTER (WHERE a.thread_model != 'res.partner'
                                                  OR t.at < a.asked_at + %(conversation)s) AS first_at
                  FROM winback_run_asked a
                  JOIN winback_run_talk t ON t.res_model = a.thread_model
                       AND t.res_id = a.thread_id AND t.is_ours AND t.at >= a.asked_at
                 GROUP BY a.res_model, a.res_id
            ),
            following AS (%(following)s),
            last_on_page AS (SELECT partner_id, max(at) AS last_at FROM page GROUP BY partner_id),
            answer AS (
                SELECT f.res_model, f.res_id,
                       LEAST(own.first_at, CASE WHEN f.next_at < f.asked_at + %(conversation)s
                                                THEN %(page_at)s END) AS first_at,
                       GREATEST(own.last_at, CASE WHEN f.next_at IS NOT NULL THEN l.last_at END)
                           AS last_at
                  FROM following f
                  LEFT JOIN own ON own.res_model = f.res_model AND own.res_id = f.res_id
                  LEFT JOIN last_on_page l ON l.partner_id = f.partner_id
                 WHERE f.res_id IS NOT NULL
            )
            SELECT * FROM answer WHERE first_at IS NOT NULL
            """,
            following=self._get_following_query(),
            conversation=CONVERSATION,
            own_at=self._get_moment_sql(SQL("t.at"), SQL("a.asked_at"), company),
            page_at=self._get_moment_sql(SQL("f.next_at"), SQL("f.asked_at"), company),
        )

    @api.model
    def _get_following_query(self):
        """Return the inquiries with `next_at`, when something was said on the `page` next:
        found by sorting both together, latest first, as the least moment so far."""
        return SQL(
            """
            SELECT partner_id, res_model, res_id, at AS asked_at,
                   min(page_at) OVER (PARTITION BY partner_id ORDER BY at DESC
                                      RANGE UNBOUNDED PRECEDING) AS next_at
              FROM (SELECT partner_id, asked_at AS at, res_model, res_id,
                           NULL::timestamp AS page_at FROM winback_run_asked
                     UNION ALL SELECT partner_id, at, NULL, NULL, at FROM page) moment
            """
        )

    @api.model
    def _get_moment_sql(self, at, asked_at, company):
        """Return the SQL of when an answer was given at the earliest: of a call only the day
        is known, and one on the day of the order came before it."""
        zone = company._winback_tz()
        local = SQL("(%s AT TIME ZONE 'UTC' AT TIME ZONE %s)", at, zone)
        return SQL(
            """CASE WHEN %(local)s::time = %(end)s THEN GREATEST(
                         %(local)s::date::timestamp AT TIME ZONE %(zone)s AT TIME ZONE 'UTC', %(asked_at)s)
                    ELSE %(at)s END""",
            local=local,
            end=DAY_END,
            zone=zone,
            asked_at=asked_at,
            at=at,
        )

    @api.model
    def _get_waiting_query(self):
        """Return since when customers wait again, who were answered and wrote once more."""
        return SQL(
            """
            SELECT a.res_model, a.res_id, min(t.at) AS at
              FROM winback_run_answer w
              JOIN winback_run_asked a ON a.res_model = w.res_model AND a.res_id = w.res_id
                   AND NOT a.is_ordered AND NOT a.is_closed
              JOIN winback_run_talk t ON t.res_model = a.thread_model AND t.res_id = a.thread_id
                   AND NOT t.is_ours AND t.at > w.last_at
                   AND t.at < COALESCE(a.until_at, 'infinity')
             GROUP BY a.res_model, a.res_id
            """
        )

    # ------------------------------------------------------------------
    # Rows
    # ------------------------------------------------------------------

    @api.model
    def _get_query(self, company, today):
        """Return keys and columns of the rows."""
        return SQL(
            """
            SELECT i.res_model, i.res_id, %(columns)s
              FROM (%(judged)s) i
              JOIN res_partner p ON p.id = i.partner_id
              LEFT JOIN winback_status s ON s.partner_id = i.partner_id AND s.company_id = %(company)s
             WHERE s.state IS DISTINCT FROM 'excluded'
            """,
            columns=SQL(", ").join(
                SQL("%s AS %s", expression, SQL.identifier(name))
                for name, expression in self._get_columns(company).items()
            ),
            judged=self._get_judged_query(company, today),
            company=company.id,
        )

    @api.model
    def _get_columns(self, company):
        """Return {field of `winback.inquiry`: SQL expression}. Extend it to add a field."""
        digits = company.currency_id.decimal_places
        return {
            **{name: SQL.identifier("i", name) for name in (
                "partner_id", "date", "channel", "source_id", "medium_id", "outcome", "answer",
                "answer_date", "answer_days", "waiting_since")},
            "user_id": SQL("COALESCE(i.user_id, s.user_id, p.user_id)"),
            "customer_user_id": SQL("COALESCE(s.user_id, p.user_id)"),
            "team_id": SQL("COALESCE(i.team_id, s.team_id)"),
            "state": SQL("s.state"),
            "value_class_id": SQL("s.value_class_id"),
            "country_id": SQL("p.country_id"),
            "ordered_count": SQL("(i.outcome = 'ordered')::integer"),
            "ordered_rate": SQL("100 * (i.outcome = 'ordered')::integer::float8"),
            "unanswered_count": SQL("(i.outcome = 'unanswered')::integer"),
            "unanswered_rate": SQL("100 * (i.outcome = 'unanswered')::integer::float8"),
            "amount_asked": SQL("round(i.amount_asked, %s)", digits),
            "amount_ordered": SQL("round(i.amount_ordered, %s)", digits),
        }  # fmt: skip

    @api.model
    def _get_judged_query(self, company, today):
        """Return the inquiries with answer and outcome."""
        return SQL(
            """
            SELECT d.*, (d.answer_date - d.date)::numeric AS answer_days,
                   CASE WHEN d.answer_date IS NOT NULL
                        THEN CASE WHEN d.answer_date - d.date <= %(days)s THEN 'in_time' ELSE 'late' END
                        WHEN d.is_ordered OR d.is_closed THEN 'unrecorded'
                        WHEN %(today)s - d.date > %(days)s THEN 'never'
                        ELSE 'waiting' END AS answer,
                   CASE WHEN d.is_ordered THEN 'ordered'
                        WHEN d.is_closed THEN 'lost'
                        WHEN %(today)s - d.waiting_since > %(days)s THEN 'unanswered'
                        WHEN d.is_expired THEN 'lost'
                        ELSE 'open' END AS outcome
              FROM (%(dated)s) d
            """,
            days=company.winback_answer_days,
            today=today,
            dated=self._get_dated_query(company),
        )

    @api.model
    def _get_dated_query(self, company):
        """Return the inquiries with the days on which they came and were answered, and
        since when the customer waits.

        An answer after the order does not count, the order was one before.
        """
        facts = self.env["winback.fact"]
        day = {name: facts._get_day(SQL(column), company) for name, column in (
            ("asked", "a.asked_at"), ("first", "w.first_at"), ("ordered", "a.ordered_at"),
            ("again", "again.at"))}  # fmt: skip
        return SQL(
            """
            SELECT a.*, %(asked)s AS date,
                   CASE WHEN w.first_at <= COALESCE(a.ordered_at, 'infinity') THEN %(first)s
                        WHEN %(ordered)s - %(asked)s <= %(days)s THEN %(ordered)s END AS answer_date,
                   CASE WHEN a.is_ordered OR a.is_closed THEN NULL
                        WHEN w.first_at IS NULL THEN %(asked)s ELSE %(again)s END AS waiting_since
              FROM winback_run_asked a
              LEFT JOIN winback_run_answer w ON w.res_model = a.res_model AND w.res_id = a.res_id
              LEFT JOIN (%(waiting)s) again ON again.res_model = a.res_model AND again.res_id = a.res_id
            """,
            **day,
            days=company.winback_answer_days,
            waiting=self._get_waiting_query(),
        )

from odoo import api, models
from odoo.tools import SQL

YEAR = 365  # days; no sign looks back further
CORRECTION_DAYS = 7  # an invoice is written anew within


class WinbackFactUnhappy(models.AbstractModel):
    """What gave the customer cause to be dissatisfied, event by event.

    Counted: complaints that are open, that were closed with the customer not
    satisfied, or serious ones after which nobody asked; credit notes; goods sent back
    (orders below zero, unless a credit note was written for them and counts already);
    bad ratings. Other apps add theirs. No cause is a complaint closed to the
    customer's satisfaction, or a credit note for an invoice that was only written
    anew: another one of the same amount follows within a week.

    Kept are the events of the last year, those since the last purchase (however
    long ago: nothing has happened since that could have made them good) and the open
    ones. An older event lies before a purchase, and whoever bought again has come
    to terms with it. Which of them still count is for the sign to say.

    As of a past day, credit notes are believed their invoice date, complaints the
    dates of receipt and closing, ratings the day they were given. Unknowable: a
    credit note posted later under an earlier date or withdrawn since, a rating or the
    severity of a complaint changed since, a complaint dismissed or taken up again
    since; satisfaction is believed to have been known when the complaint was closed.
    """

    _name = "winback.fact.unhappy"
    _inherit = ["winback.fact"]
    _description = "Win-Back Facts: Dissatisfaction"

    _fact_sequence = 20
    # it needs the date of the last purchase to leave old events out early
    _fact_is_derived = True
    _fact_columns = {
        # [{day, kind, model, id, name, open}], oldest first
        "unhappy_events": "jsonb",
    }

    @api.model
    def _get_query(self, company, today, partners=None):
        """Override of `winback.fact`: the events that may count, by customer.

        Events are materialized: they are few, and the planner, which cannot guess how
        few, would else look through other tables once for each.
        """
        return SQL(
            """
            WITH event AS MATERIALIZED (%(events)s)
            SELECT b.partner_id,
                   jsonb_agg(jsonb_build_object(
                       'day', e.day, 'kind', e.kind, 'model', e.model, 'id', e.id,
                       'name', e.name, 'open', e.is_open
                   ) ORDER BY e.day, e.kind, e.id) AS unhappy_events
              FROM event e
              JOIN res_partner p ON p.id = e.contact_id
              JOIN winback_run_base b ON b.partner_id = p.commercial_partner_id
             WHERE e.is_open OR e.day > %(today)s - %(year)s OR e.day >= b.last_order_date
             GROUP BY b.partner_id
            """,
            events=SQL(" UNION ALL ").join(
                self._get_source_query(kind, model, query, partners)
                for kind, model, query in self._get_documents(company, today, partners)
            ),
            today=today,
            year=YEAR,
        )

    @api.model
    def _get_source_query(self, kind, model, query, partners):
        """Return the events of one kind, `query`, of the people of `partners`."""
        return SQL(
            """
            SELECT contact_id, day, %s AS kind, %s AS model, id, name, is_open
              FROM (%s) document WHERE %s
            """,
            kind,
            model,
            query,
            self._limit_contacts(SQL("contact_id"), partners),
        )

    @api.model
    def _get_documents(self, company, today, partners=None):
        """Return (kind, model, statement) for each kind of event.

        A statement selects `contact_id` (any contact), `day`, `id`, `name` (what a
        reader calls the document) and `is_open` (counts however old it is). It is
        limited to `partners` by whoever calls; they are given for statements that can
        do so earlier themselves. Extend this, and `_get_words` of the sign, to let
        another app's documents count.
        """
        documents = [
            ("complaint", "winback.complaint", self._get_complaints_query(company, today)),
            ("refund", "account.move", self._get_refunds_query(company, today)),
            ("return", "sale.order", self._get_returns_query(today)),
        ]
        if "rating.rating" in self.env:
            documents.append(("rating", "rating.rating", self._get_ratings_query(company, today)))
        return documents

    @api.model
    def _get_complaints_query(self, company, today):
        """Return complaints from their receipt; closed with the customer dissatisfied,
        from their end."""
        return SQL(
            """
            SELECT c.contact_id, c.id, c.name, c.is_open,
                   CASE WHEN NOT c.is_open AND c.satisfied = 'no'
                        THEN %(closed)s ELSE %(received)s END AS day
              FROM (%(complaints)s) c
             WHERE c.is_open OR c.satisfied = 'no'
                   OR c.severity = 'serious' AND c.satisfied IS NULL
            """,
            closed=self._get_day(SQL("c.closed_at"), company),
            received=self._get_day(SQL("c.received_at"), company),
            complaints=self.env["winback.fact.conflicts"]._get_complaints_query(company, today),
        )

    @api.model
    def _get_refunds_query(self, company, today):
        """Return posted credit notes.

        By their contact and not by the commercial partner kept on them: that one has
        no index, and does not follow a contact who moves to another company.
        """
        return SQL(
            """
            SELECT r.partner_id AS contact_id, r.invoice_date AS day, r.id, r.name,
                   FALSE AS is_open
              FROM account_move r
             WHERE r.move_type = 'out_refund' AND r.state = 'posted'
               AND r.company_id = %(company)s AND r.invoice_date <= %(today)s
               AND NOT (r.reversed_entry_id IS NOT NULL AND EXISTS (
                   SELECT FROM account_move anew
                    WHERE anew.partner_id = r.partner_id AND anew.id > r.id
                      AND anew.move_type = 'out_invoice' AND anew.state = 'posted'
                      AND anew.company_id = r.company_id
                      AND anew.currency_id = r.currency_id
                      AND anew.amount_total = r.amount_total
                      AND anew.invoice_date >= r.invoice_date
                      AND anew.invoice_date <= LEAST(r.invoice_date + %(days)s, %(today)s)))
            """,
            company=company.id,
            today=today,
            days=CORRECTION_DAYS,
        )

    @api.model
    def _get_returns_query(self, today):
        """Return confirmed orders below zero that no credit note was written for."""
        return SQL(
            """
            SELECT o.partner_id AS contact_id, o.day, o.id, so.name, FALSE AS is_open
              FROM winback_run_order o
              JOIN sale_order so ON so.id = o.id
             WHERE o.is_confirmed AND o.amount < 0 AND NOT %(credited)s
            """,
            credited=self._get_credited_sql(SQL("o.id"), today),
        )

    @api.model
    def _get_credited_sql(self, order, today):
        """Return the SQL condition that a credit note was written for `order`, an id."""
        return SQL(
            """EXISTS (
                   SELECT FROM sale_order_line l
                     JOIN sale_order_line_invoice_rel rel ON rel.order_line_id = l.id
                     JOIN account_move_line ml ON ml.id = rel.invoice_line_id
                     JOIN account_move r ON r.id = ml.move_id
                    WHERE l.order_id = %s AND r.move_type = 'out_refund'
                      AND r.state = 'posted' AND r.invoice_date <= %s)""",
            order,
            today,
        )

    @api.model
    def _get_ratings_query(self, company, today):
        """Return ratings that Odoo itself calls unhappy, given by the customer's people.

        A rating carries a company only where the message that it came with does; the
        others count for every company.
        """
        return SQL(
            """
            SELECT r.partner_id AS contact_id, %(day)s AS day, r.id, r.res_name AS name,
                   FALSE AS is_open
              FROM rating_rating r
              JOIN res_partner c ON c.id = r.partner_id AND c.partner_share
              LEFT JOIN mail_message m ON m.id = r.message_id
             WHERE r.consumed AND r.rating_text = 'ko' AND r.rated_on < %(day_end)s
               AND COALESCE(m.record_company_id, %(company)s) = %(company)s
            """,
            day=self._get_day(SQL("r.rated_on"), company),
            day_end=self._get_day_end(company, today),
            company=company.id,
        )

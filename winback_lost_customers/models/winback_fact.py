from odoo import api, models
from odoo.tools import SQL

from ..tools.dates import end_of_day


class WinbackFact(models.AbstractModel):
    """Interface of a fact source: what the documents say about each customer.

    A source is an AbstractModel that inherits this one. It declares its columns
    and returns ONE grouped statement for all customers of a company; the engine
    joins the sources into one temporary table that signs, classes and states
    read. To add a source, write one file in `facts/`; a column that shall be
    kept needs a field of the same name on `winback.status`, nothing else.

    Orders and quotations are what most sources look at: `winback_run_order` has those
    of the run (`_get_run_orders_query`), read from Odoo's table once.

    A derived source calculates its columns from those of the others: it reads
    `winback_run_base`, which has the columns of all sources that are not derived.
    """

    _name = "winback.fact"
    _description = "Win-Back: Source of Facts"

    # {column: PostgreSQL type}, in the order of the statement's columns
    _fact_columns = {}
    # lower numbers are joined first; the order has no other meaning
    _fact_sequence = 10
    # calculated from the columns of the sources that are not derived
    _fact_is_derived = False

    @api.model
    def _get_sources(self, derived=None):
        """Return the installed fact sources, as a list of empty recordsets.

        :param bool | None derived: only the derived ones, only the others, or all
        """
        names = self.env.registry["winback.fact"]._inherit_children
        sources = [self.env[name] for name in names if name in self.env]
        if derived is not None:
            sources = [source for source in sources if source._fact_is_derived == derived]
        return sorted(sources, key=lambda source: (source._fact_sequence, source._name))

    @api.model
    def _get_all_columns(self):
        """Return {column: PostgreSQL type} of all sources together."""
        columns = {}
        for source in self._get_sources():
            columns.update(source._fact_columns)
        return columns

    @api.model
    def _get_query(self, company, today, partners=None):
        """Return one statement with a row for each customer that has facts.

        The statement of a derived source reads the table `winback_run_base`, which in a
        run limited to `partners` has only these; what it needs of the others it reads
        from `winback_status`.

        :param company: the company whose documents count
        :param date today: documents after this day are invisible
        :param partners: commercial partners to limit the statement to; None for all
        :return: an SQL object selecting `partner_id` (commercial partner) and the
            declared columns; amounts in the company's currency
        """
        raise NotImplementedError

    @api.model
    def _admits_customers(self, company):
        """Return the condition under which this source alone makes a customer.

        :return: an SQL condition over the source's columns, or None when its
            facts only describe customers that another source admits
        """
        return None

    # ------------------------------------------------------------------
    # Shared parts of statements
    # ------------------------------------------------------------------

    @api.model
    def _get_day(self, column, company):
        """Return the SQL of the company's calendar day of a UTC timestamp."""
        zone = company._winback_tz()
        if zone == "UTC":
            return SQL("%s::date", column)
        return SQL("(%s AT TIME ZONE 'UTC' AT TIME ZONE %s)::date", column, zone)

    @api.model
    def _get_day_end(self, company, today):
        """Return the naive UTC moment at which `today` ends for `company`."""
        return end_of_day(today, company._winback_tz())

    @api.model
    def _limit_to(self, column, partners):
        """Return an SQL condition that limits `column` to `partners` (None: all)."""
        if partners is None:
            return SQL("TRUE")
        return SQL("%s = ANY(%s)", column, list(partners.ids))

    @api.model
    def _limit_contacts(self, column, partners):
        """Return an SQL condition that limits `column`, a contact, to the people of
        the commercial `partners` (None: all)."""
        if partners is None:
            return SQL("TRUE")
        return SQL(
            "%s IN (SELECT id FROM res_partner WHERE commercial_partner_id = ANY(%s))",
            column,
            list(partners.ids),
        )

    @api.model
    def _is_past(self, company, today):
        """Tell whether documents may have changed after `today`.

        Only then do the statements look into the tracked values for the state
        of that day; a live run needs no such detective work.
        """
        return today < company._winback_today()

    @api.model
    def _get_orders_query(self, company, today, partners=None):
        """Return the orders and quotations of `company` as they stood on `today`.

        Columns: `id`, `partner_id` (commercial), `date_order`, `create_date`,
        `validity_date`, `user_id`, `currency_rate`, `amount` and
        `margin` (company currency, untaxed) and `state`. An order that was cancelled
        after `today` is shown in the state before, as its tracked values tell, also when
        it has been made a quotation again since. What Odoo keeps no trace of is
        unknowable: the date of a quotation is overwritten when it is confirmed, and
        cancellations without tracked values count as if they had always been so.
        """
        is_past = self._is_past(company, today)
        return SQL(
            """
            SELECT o.id, p.commercial_partner_id AS partner_id, o.date_order,
                   o.create_date, o.validity_date, o.user_id, o.currency_rate,
                   %(amount)s AS amount, %(margin)s AS margin,
                   %(state)s AS state
              FROM sale_order o
              JOIN res_partner p ON p.id = o.partner_id
              %(then)s
             WHERE o.company_id = %(company)s AND %(limit)s
            """,
            amount=self._get_company_amount(SQL("o.amount_untaxed")),
            margin=self._get_company_amount(SQL("o.margin")),
            state=self._get_order_state(is_past),
            then=SQL(
                "LEFT JOIN (%s) t ON t.order_id = o.id",
                self._get_state_then_query(company, today),
            )
            if is_past
            else SQL(),
            company=company.id,
            limit=self._limit_to(SQL("p.commercial_partner_id"), partners),
        )

    @api.model
    def _get_run_orders_query(self, company, today, partners=None):
        """Return the orders and quotations of a run, as `_get_orders_query` does, with
        the company's `day` of each, the `asked_day` on which it was asked for, whether
        it was an order on `today` (`is_confirmed`) and a purchase (`is_purchase`): one
        below zero is a return.

        Odoo overwrites the date of a quotation when it is confirmed, so a quotation
        confirmed after `today` was asked for when it was created. What came after
        `today` altogether is left out.
        """
        day_end = self._get_day_end(company, today)
        return SQL(
            """
            SELECT o.*, %(day)s AS day,
                   CASE WHEN o.date_order < %(day_end)s THEN %(day)s ELSE %(created)s END
                       AS asked_day,
                   o.state = 'sale' AND o.date_order < %(day_end)s AS is_confirmed,
                   o.state = 'sale' AND o.date_order < %(day_end)s AND COALESCE(o.amount, 0) >= 0
                       AS is_purchase
              FROM (%(orders)s) o
             WHERE o.date_order < %(day_end)s OR o.create_date < %(day_end)s
            """,
            day=self._get_day(SQL("o.date_order"), company),
            created=self._get_day(SQL("o.create_date"), company),
            day_end=day_end,
            orders=self._get_orders_query(company, today, partners),
        )

    @api.model
    def _get_company_amount(self, column):
        """Return the SQL of an amount of order `o` in the company's currency.

        Most orders are in it already, and dividing a million numerics takes longer
        than asking.
        """
        return SQL(
            "CASE WHEN o.currency_rate = 1 THEN %s "
            "ELSE %s / COALESCE(NULLIF(o.currency_rate, 0), 1) END",
            column,
            column,
        )

    @api.model
    def _get_order_state(self, is_past):
        """Return the SQL of the state of order `o`. Of a past day only cancellations
        are looked up: a confirmed order is believed its own date, which may have been
        entered afterwards."""
        if not is_past:
            return SQL("o.state")
        return SQL(
            """CASE WHEN t.state = 'sale' THEN 'sale'
                    WHEN o.state = 'cancel' THEN COALESCE(t.state, 'cancel')
                    ELSE o.state END"""
        )

    @api.model
    def _get_state_then_query(self, company, today):
        """Return `order_id`, `state` of orders whose state was changed after `today`:
        `sale` where any such change left it (the order's own date tells since when it
        was one), else the old value of the last one, which led to the present state.

        A tracked value holds the label of the state in the language of whoever
        changed it, hence the comparison with the labels of all languages.
        """
        return SQL(
            """
            SELECT DISTINCT ON (m.res_id) m.res_id AS order_id, l.value AS state
              FROM mail_tracking_value v
              JOIN mail_message m ON m.id = v.mail_message_id
              JOIN ir_model_fields_selection l ON l.field_id = v.field_id
                   AND v.old_value_char IN (SELECT value FROM jsonb_each_text(l.name))
             WHERE v.field_id = %s AND m.model = 'sale.order' AND m.date >= %s
             ORDER BY m.res_id, (l.value = 'sale') DESC, m.date DESC, v.id DESC
            """,
            self.env["ir.model.fields"]._get("sale.order", "state").id,
            self._get_day_end(company, today),
        )

    @api.model
    def _get_user_then_query(self, model, company, today):
        """Return `res_id`, `user_id` of records whose salesperson was changed after
        `today`: the old value of the first such change."""
        return SQL(
            """
            SELECT DISTINCT ON (m.res_id) m.res_id,
                   NULLIF(v.old_value_integer, 0) AS user_id
              FROM mail_tracking_value v
              JOIN mail_message m ON m.id = v.mail_message_id
             WHERE v.field_id = %s AND m.model = %s AND m.date >= %s
             ORDER BY m.res_id, m.date, v.id
            """,
            self.env["ir.model.fields"]._get(model, "user_id").id,
            model,
            self._get_day_end(company, today),
        )

    @api.model
    def _flush_documents(self):
        """Write pending changes of the documents that the statements read."""
        self.env.flush_all()

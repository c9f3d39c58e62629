import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

CRON = "winback_lost_customers.ir_cron_winback_refresh"
WAITING = "winback_lost_customers.refresh"  # key of the marks that wait for the commit
BATCH = 500  # customers that are evaluated and committed together
FULL_SHARE = 0.05  # of a company's customers: they cost as much as half of a full run


class WinbackRefresh(models.Model):
    """Marks of customers whose documents changed since they were evaluated.

    How it works. Whatever changes a document calls `_mark`, as often as it likes: the
    marks are kept in memory and written by one statement just before the commit,
    which also triggers the scheduled action. That one looks up to whom the contacts
    belong by then and evaluates these customers by the very statements of the
    nightly run. A mark is deleted by the transaction that writes the result: a
    crash loses none. Marks may be double; they count once when worked.

    A document that has no customer's field of its own says whose it is by
    `_winback_get_marks_query(keys)`, which is asked just before the commit, too:
    nobody has to read documents in order to mark their customers. What comes in
    masses, such as mailings, can wait longer (`_winback_refresh_minutes`), so that not
    every commit wakes the scheduled action. `tests/test_refresh_marks.py` holds the
    list of all that facts read, and of what waits for the night, and why.

    No references and no log columns: a mark must be cheap, and must never stop or
    delay anybody else's transaction. The full run of the night drops all of them.
    """

    _name = "winback.refresh"
    _description = "Win-Back: Customer to Evaluate Again"
    _log_access = False

    partner_id = fields.Integer(string="Contact", required=True, readonly=True)
    # empty: every company that knows the customer
    company_id = fields.Integer(readonly=True)

    # ------------------------------------------------------------------
    # Marking
    # ------------------------------------------------------------------

    @api.model
    def _mark(self, records):
        """Let the customers of `records` be evaluated again within a minute.

        :param records: contacts, for every company; or documents, which are looked up
            just before the commit by their stored `partner_id` (another field: the
            model's `_winback_customer_field`) and `company_id`, where they have one
        """
        if records._name == "res.partner":
            self._wait("res.partner", [(partner_id, None) for partner_id in records.ids])
        else:
            self._wait(records._name, records.ids)

    @api.model
    def _mark_present(self, documents):
        """Let the customers to whom `documents` belong at this moment be evaluated
        again: they are about to be deleted or given to somebody else."""
        name = self._get_customer_field(documents)
        has_company = "company_id" in documents._fields
        # sudo: whoever may change the document need not see its customer
        self._wait(
            "res.partner",
            [
                (document[name].id, document.company_id.id or None if has_company else None)
                for document in documents.sudo()
                if document[name]
            ],
        )

    @api.model
    def _get_customer_field(self, documents):
        """Return the name of the field that says whose `documents` are."""
        return getattr(documents, "_winback_customer_field", "partner_id")

    @api.model
    def _wait(self, model, keys):
        """Keep `keys` in memory until just before the commit."""
        if not keys:
            return
        precommit = self.env.cr.precommit
        if WAITING not in precommit.data:
            precommit.data[WAITING] = {}
            precommit.add(self._write_marks)
        precommit.data[WAITING].setdefault(model, set()).update(keys)

    @api.model
    def _write_marks(self):
        """Write the marks that wait and trigger the scheduled action, in one
        statement."""
        waiting = self.env.cr.precommit.data.pop(WAITING, {})
        sources = [self._get_marks_query(model, keys) for model, keys in waiting.items()]
        if not sources:
            return
        cron_id = self.env["ir.model.data"]._xmlid_to_res_id(CRON)
        minutes = min(self._get_patience(model) for model in waiting)
        self.env.cr.execute(
            SQL(
                """
                WITH mark AS (
                    INSERT INTO winback_refresh (partner_id, company_id)
                    SELECT * FROM (%s) AS found(partner_id, company_id)
                     WHERE partner_id IS NOT NULL
                    RETURNING id
                )
                INSERT INTO ir_cron_trigger (cron_id, call_at)
                SELECT c.id, %s FROM ir_cron c
                 WHERE c.id = %s AND c.active AND EXISTS (SELECT FROM mark)
                """,
                SQL(" UNION ").join(sources),
                fields.Datetime.now() + timedelta(minutes=minutes),
                cron_id,
            )
        )
        if self.env.cr.rowcount and not minutes:
            self.env.cr.postcommit.add(self.env["ir.cron"]._notifydb)

    @api.model
    def _get_patience(self, model):
        """Return for how many minutes marks of one `model` may wait for others."""
        return getattr(self.env[model], "_winback_refresh_minutes", 0)

    @api.model
    def _get_marks_query(self, model, keys):
        """Return `partner_id`, `company_id` of what waits of one `model`; those
        without a customer are dropped."""
        if model == "res.partner":
            partner_ids, company_ids = zip(*keys, strict=True)
            return SQL(
                "SELECT * FROM unnest(%s::integer[], %s::integer[])",
                list(partner_ids),
                list(company_ids),
            )
        documents = self.env[model]
        if hasattr(documents, "_winback_get_marks_query"):
            return documents._winback_get_marks_query(keys)
        return SQL(
            "SELECT %(customer)s, %(company)s FROM %(table)s WHERE id = ANY(%(ids)s)",
            customer=SQL.identifier(self._get_customer_field(documents)),
            company=SQL("company_id") if "company_id" in documents._fields else SQL("NULL::integer"),
            table=SQL.identifier(documents._table),
            ids=list(keys),
        )

    # ------------------------------------------------------------------
    # Working
    # ------------------------------------------------------------------

    @api.model
    def _cron_refresh(self):
        """Evaluate the marked customers, batch by batch, each committed when done.

        While another run writes the customers of a company, its marks wait for the
        next minute.
        """
        progress = self.env["ir.cron"]
        self._spread_marks()
        companies = self._get_marked_companies()
        progress._commit_progress(remaining=len(companies))
        for company in companies:
            while self.with_company(company)._work_batch(company):
                if not progress._commit_progress():
                    return
            if not progress._commit_progress(1):
                return

    @api.model
    def _spread_marks(self):
        """Turn the marks for every company into one for each that knows the customer:
        it has been evaluated there, or one of its contacts has orders there."""
        self.env.cr.execute(
            SQL(
                """
                WITH taken AS (
                    DELETE FROM winback_refresh WHERE company_id IS NULL
                    RETURNING partner_id
                ), customer AS (
                    SELECT unnest(ARRAY[id, commercial_partner_id]) AS id
                      FROM res_partner WHERE id IN (SELECT partner_id FROM taken)
                )
                INSERT INTO winback_refresh (partner_id, company_id)
                SELECT c.id, s.company_id
                  FROM customer c JOIN winback_status s ON s.partner_id = c.id
                 UNION
                SELECT c.id, o.company_id
                  FROM customer c
                  JOIN res_partner p ON p.commercial_partner_id = c.id
                  JOIN sale_order o ON o.partner_id = p.id
                """
            )
        )

    @api.model
    def _get_marked_companies(self):
        """Return the companies that have marks; those of closed companies are
        dropped."""
        query = SQL("SELECT DISTINCT company_id FROM winback_refresh")
        marked = self.env["res.company"].browse(id_ for (id_,) in self.env.execute_query(query))
        companies = marked.exists().filtered("active")
        for company_id in set(marked.ids) - set(companies.ids):
            self._drop_marks(company_id)
        return companies

    @api.model
    def _work_batch(self, company):
        """Evaluate some of the marked customers of `company`.

        :return: whether there may be more
        """
        engine = self.env["winback.engine"]
        if not engine._try_lock(company):
            self._come_back()
            return False
        if self._is_full_run_cheaper(company):
            engine._run(company)
            return False
        marked, partners = self._take_batch(company)
        if partners:
            engine._run(company, partners=partners)
        return marked == BATCH

    @api.model
    def _come_back(self):
        """Trigger the scheduled action for the next minute."""
        cron = self.env.ref(CRON)
        cron._trigger(at=fields.Datetime.now() + timedelta(minutes=1))

    @api.model
    def _is_full_run_cheaper(self, company):
        """Tell whether so many customers of `company` are marked that all might as well
        be evaluated; a company that has never been is evaluated as a whole."""
        if not company.winback_run_date:
            return True
        query = SQL(
            """
            SELECT (SELECT count(DISTINCT partner_id) FROM winback_refresh
                     WHERE company_id = %(company)s),
                   (SELECT count(*) FROM winback_status WHERE company_id = %(company)s)
            """,
            company=company.id,
        )
        [(marked, customers)] = self.env.execute_query(query)
        return marked > max(BATCH, FULL_SHARE * customers)

    @api.model
    def _take_batch(self, company):
        """Delete the marks of some contacts of `company`.

        :return: the number of contacts, and the customers to evaluate: the contacts
            themselves, which may have become somebody else's, and to whom they belong
        """
        query = SQL(
            """
            WITH batch AS (
                SELECT DISTINCT partner_id FROM winback_refresh
                 WHERE company_id = %(company)s ORDER BY partner_id LIMIT %(limit)s
            ), taken AS (
                DELETE FROM winback_refresh WHERE company_id = %(company)s
                   AND partner_id IN (SELECT partner_id FROM batch)
            )
            SELECT batch.partner_id, p.commercial_partner_id
              FROM batch LEFT JOIN res_partner p ON p.id = batch.partner_id
            """,
            company=company.id,
            limit=BATCH,
        )
        rows = self.env.execute_query(query)
        # a contact without the one to whom it belongs has been deleted
        ids = {id_ for row in rows if row[1] for id_ in row}
        return len(rows), self.env["res.partner"].browse(sorted(ids))

    @api.model
    def _drop_marks(self, company_id):
        """Delete the marks of a company: all its customers have been evaluated."""
        self.env.cr.execute(SQL("DELETE FROM winback_refresh WHERE company_id = %s", company_id))

    @api.autovacuum
    def _gc_marks(self):
        """Delete what nobody works: the scheduled action has been switched off."""
        cron = self.env.ref(CRON, raise_if_not_found=False)
        if not cron or not cron.active:
            self.env.cr.execute(SQL("DELETE FROM winback_refresh"))


class WinbackRefreshMixin(models.AbstractModel):
    """Documents whose changes have their customer evaluated again.

    To let another model's documents count, inherit this and name the fields that
    facts read.
    """

    _name = "winback.refresh.mixin"
    _description = "Win-Back: Document of a Customer"

    _winback_customer_field = "partner_id"
    # stored fields whose change may change facts; those of the customer are added
    _winback_refresh_fields = frozenset()

    @api.model_create_multi
    def create(self, vals_list):
        """Override of `base` to mark the customers of new documents."""
        documents = super().create(vals_list)
        customer = self._winback_customer_field
        self.env["winback.refresh"]._mark(documents.filtered(customer))
        return documents

    def write(self, vals):
        """Override of `base` to mark the customer who loses a document."""
        if self._winback_customer_field in vals or "company_id" in vals:
            self.env["winback.refresh"]._mark_present(self)
        return super().write(vals)

    def _write_multi(self, vals_list):
        """Override of `base` to mark the customers of changed documents, also where
        only computed figures changed."""
        changed = [
            document.id
            for document, vals in zip(self, vals_list, strict=True)
            if document._winback_is_changed(vals)
        ]
        self.env["winback.refresh"]._mark(self.browse(changed))
        return super()._write_multi(vals_list)

    def _winback_is_changed(self, vals):
        """Tell whether writing `vals` may change what facts say of the customer."""
        names = {*self._winback_refresh_fields, self._winback_customer_field, "company_id"}
        return not names.isdisjoint(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_mark_customer(self):
        """Mark the customers whose documents are deleted."""
        self.env["winback.refresh"]._mark_present(self)

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL


class WinbackInquiry(models.Model):
    """One row for each inquiry of the last 24 months: who asked, what became of it, and
    whether anybody answered.

    What is an inquiry, an answer and an outcome stands in `winback.inquiry.rows`, which
    makes the rows. They are prepared each night, and only what changed is written: a
    night in which nothing happened rewrites nothing. Reports read them and not the orders.
    """

    _name = "winback.inquiry"
    _description = "Win-Back Inquiry"
    _inherit = ["winback.money.mixin", "winback.prepared.mixin"]
    _order = "date desc, id desc"
    _rec_name = "partner_id"
    _log_access = False  # many rows, written by the nightly run alone

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    currency_id = fields.Many2one(related="company_id.currency_id")
    res_model = fields.Char(string="Document Model", required=True, readonly=True)
    res_id = fields.Many2oneReference(
        string="Document", model_field="res_model", required=True, readonly=True
    )

    # by what to group
    date = fields.Date(string="Came On", required=True, readonly=True)
    user_id = fields.Many2one(
        "res.users",
        string="Salesperson",
        readonly=True,
        help="Whose inquiry it is; where nobody is named on it, the customer's salesperson.",
    )
    customer_user_id = fields.Many2one("res.users", string="Customer's Salesperson", readonly=True)
    team_id = fields.Many2one("crm.team", string="Sales Team", readonly=True)
    channel = fields.Selection(
        [
            ("quotation", "Quotation"),
            ("opportunity", "Opportunity"),
            ("website", "Website Form"),
            ("email", "E-mail"),
        ],
        string="Came By",
        readonly=True,
        help="E-mail: an opportunity made of a mail, or a mail on the customer's page of which "
        "nobody made anything. Opportunity, Quotation: entered by one of us.",
    )
    source_id = fields.Many2one("utm.source", readonly=True)
    medium_id = fields.Many2one("utm.medium", readonly=True)
    state = fields.Selection(
        selection=lambda self: self.env["winback.status"]._get_states(),
        string="Customer Is",
        readonly=True,
        help="The customer's state last night. Empty for who is none yet.",
    )
    value_class_id = fields.Many2one("winback.value.class", string="Class", readonly=True)
    country_id = fields.Many2one("res.country", readonly=True)

    # what became of it
    outcome = fields.Selection(
        [
            ("ordered", "Ordered"),
            ("open", "Open"),
            ("lost", "Lost"),
            ("unanswered", "Unanswered"),
        ],
        readonly=True,
        help="Unanswered: neither ordered nor closed by us, and the customer waits for longer than "
        "the settings allow, for the first answer or for one to a later message.",
    )
    answer = fields.Selection(
        [
            ("in_time", "In Time"),
            ("late", "Late"),
            ("waiting", "Not Yet"),
            ("never", "Never"),
            ("unrecorded", "Unrecorded"),
        ],
        string="First Answer",
        readonly=True,
        help="A letter, a call or a meeting with the customer, or the quotation. Unrecorded: it "
        "was ordered or closed, so somebody dealt with it, but nothing tells when.",
    )
    answer_date = fields.Date(string="Answered On", readonly=True)
    answer_days = fields.Float(
        string="Days Until Answered",
        readonly=True,
        digits=(16, 1),
        aggregator="avg",
        help="Calendar days until the first answer. Inquiries without a recorded one do not count.",
    )
    waiting_since = fields.Date(
        readonly=True, help="Since when the customer waits for an answer of ours."
    )

    # what to add up
    ordered_count = fields.Integer(string="Ordered", readonly=True)
    ordered_rate = fields.Float(
        string="Conversion (%)",
        readonly=True,
        aggregator="avg",
        help="Of all inquiries, those that were ordered. Open ones count as not ordered yet.",
    )
    unanswered_count = fields.Integer(string="Unanswered", readonly=True)
    unanswered_rate = fields.Float(
        string="Unanswered (%)", readonly=True, aggregator="avg", help="Of all inquiries."
    )
    amount_asked = fields.Monetary(
        string="Asked For",
        readonly=True,
        help="Untaxed amount of the quotation, of an opportunity the largest of its quotations; "
        "without any, the expected revenue.",
    )
    amount_ordered = fields.Monetary(
        string="Ordered For", readonly=True, help="Untaxed amount of the confirmed orders."
    )

    _document_uniq = models.Constraint(
        "UNIQUE(company_id, res_model, res_id)", "A document is one inquiry in each company."
    )
    _date_idx = models.Index("(date DESC, id DESC)")

    # ------------------------------------------------------------------
    # Preparation
    # ------------------------------------------------------------------

    @api.model
    def _refresh(self, company, today=None):
        """Override of `winback.prepared.mixin` to write what changed as of `today`; return
        {what was done: rows}."""
        self.env["winback.fact"]._flush_documents()
        rows = self.env["winback.inquiry.rows"]
        rows._gather(company, today or company._winback_today())
        columns = list(rows._get_columns(company))
        # before the first time the planner takes our table for empty, and would look
        # through all of it once for each row
        self.env.cr.execute(SQL("SET LOCAL enable_nestloop = off"))
        written = {
            "removed": self._remove_former(company),
            "updated": self._update_changed(company, columns),
            "inserted": self._insert_new(company, columns),
        }
        self.env.cr.execute(SQL("SET LOCAL enable_nestloop = on"))
        self.invalidate_model(flush=False)
        return written

    @api.model
    def _remove_former(self, company):
        """Delete the rows of `company` that are no inquiries any more; return how many."""
        self.env.cr.execute(
            SQL(
                """
                DELETE FROM winback_inquiry i
                 WHERE i.company_id = %s
                   AND NOT EXISTS (SELECT FROM winback_run_inquiry r
                                    WHERE r.res_model = i.res_model AND r.res_id = i.res_id)
                """,
                company.id,
            )
        )
        return self.env.cr.rowcount

    @api.model
    def _update_changed(self, company, columns):
        """Update the rows of `company` in which a column differs; return how many."""
        names = [SQL.identifier(column) for column in columns]
        self.env.cr.execute(
            SQL(
                """
                UPDATE winback_inquiry i SET %(assignments)s
                  FROM winback_run_inquiry r
                 WHERE i.company_id = %(company)s
                   AND i.res_model = r.res_model AND i.res_id = r.res_id
                   AND (%(old)s) IS DISTINCT FROM (%(new)s)
                """,
                assignments=SQL(", ").join(SQL("%s = r.%s", name, name) for name in names),
                company=company.id,
                old=SQL(", ").join(SQL("i.%s", name) for name in names),
                new=SQL(", ").join(SQL("r.%s", name) for name in names),
            )
        )
        return self.env.cr.rowcount

    @api.model
    def _insert_new(self, company, columns):
        """Insert the inquiries of `company` that have no row yet; return how many."""
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO winback_inquiry (company_id, res_model, res_id, %(names)s)
                SELECT %(company)s, r.res_model, r.res_id, %(columns)s
                  FROM winback_run_inquiry r
                 WHERE NOT EXISTS (SELECT FROM winback_inquiry i
                                    WHERE i.company_id = %(company)s
                                      AND i.res_model = r.res_model AND i.res_id = r.res_id)
                """,
                names=SQL(", ").join(SQL.identifier(column) for column in columns),
                company=company.id,
                columns=SQL(", ").join(SQL.identifier("r", column) for column in columns),
            )
        )
        return self.env.cr.rowcount

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_open_document(self):
        """Open the opportunity or quotation, or for a mail the page that it is on.

        :raise UserError: when it is gone, or the user may not see it
        """
        self.ensure_one()
        self.check_access("read")
        documents = {self.res_model: [self.res_id]}
        for model, [res_id] in self.env["winback.status.sign"]._get_readable_documents(documents):
            return {
                "type": "ir.actions.act_window",
                "res_model": model,
                "res_id": res_id,
                "view_mode": "form",
                "context": {"active_test": False, "create": False},
            }
        raise UserError(
            self.env._("The document of this inquiry no longer exists, or is not yours to see.")
        )

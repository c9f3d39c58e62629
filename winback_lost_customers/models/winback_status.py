from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from ..tools.scoring import STATES

# what users decide; runs read these columns and never write them
DECISIONS = ("class_override_id", "class_override_reason", "potential_amount", "closed_date")
# decisions that say nothing of a day of their own, and since when they hold
DECISION_DATES = {"class_override_id": "class_override_date", "potential_amount": "potential_date"}


class WinbackStatus(models.Model):
    """How it stands with one customer of one company: facts, score, state, class.

    One row per commercial partner and company, written by the engine and, for the
    decisions, by users. Ages are not stored but computed from dates, so that a
    night in which nothing happens rewrites nothing.
    """

    _name = "winback.status"
    _description = "Win-Back Customer"
    _inherit = ["winback.money.mixin"]
    _order = "expected_sales_loss desc, amount_active_year desc, id"
    _rec_name = "partner_id"

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="cascade"
    )
    active = fields.Boolean(default=True, readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    user_id = fields.Many2one("res.users", string="Salesperson", readonly=True, index=True)
    team_id = fields.Many2one("crm.team", string="Sales Team", readonly=True)
    industry_id = fields.Many2one(related="partner_id.industry_id")
    country_id = fields.Many2one(related="partner_id.country_id")
    phone = fields.Char(related="partner_id.phone")
    email = fields.Char(related="partner_id.email")

    # what the engine concludes
    # empty for who is no customer any more and is kept for what users decided
    state = fields.Selection(selection="_get_states", readonly=True)
    state_since = fields.Date(string="Since", readonly=True)
    score = fields.Integer(
        readonly=True,
        aggregator="avg",
        help="Points of the signs that hold, at most 100.",
    )
    value_class_id = fields.Many2one("winback.value.class", string="Class", readonly=True)
    abc_xyz = fields.Char(
        string="ABC-XYZ",
        readonly=True,
        help="A, B, C: share of the company's margin; X, Y, Z: how evenly the sales came, "
        "both in the last twelve complete months. Customers of less than half a year have "
        "no second letter yet.",
    )
    abc_xyz_before = fields.Char(
        string="ABC-XYZ Before",
        readonly=True,
        help="The class of the twelve months before the recent period.",
    )
    lost_date = fields.Date(
        string="Counts as Lost On",
        readonly=True,
        help="Without another order, the customer counts as lost from this day on.",
    )
    risk_date = fields.Date(
        string="Counts as At Risk On",
        readonly=True,
        help="Without another order, inquiry or other event, the customer counts as at "
        "risk from this day on. Empty: silence alone does not make it so.",
    )
    exclusion_reason = fields.Selection(
        selection=lambda self: self.env["winback.exclusion"]._get_reasons(), readonly=True
    )
    exclusion_date = fields.Date(string="Excluded On", readonly=True)

    # facts: columns of the same name in the fact sources
    first_order_date = fields.Date(string="First Order", readonly=True)
    last_order_date = fields.Date(string="Last Order", readonly=True)
    last_order_id = fields.Many2one("sale.order", string="Last Order Document", readonly=True)
    order_count = fields.Integer(string="Orders", readonly=True)
    purchase_days = fields.Integer(readonly=True)
    gap_mean = fields.Integer(string="Usual Gap (days)", readonly=True, aggregator="avg")
    gap_max = fields.Integer(string="Longest Gap (days)", readonly=True, aggregator="max")
    returned_date = fields.Date(string="Returned On", readonly=True)
    return_count = fields.Integer(string="Returns After Loss", readonly=True)
    last_inquiry_date = fields.Date(string="Last Inquiry", readonly=True)
    inquiry_count = fields.Integer(string="Inquiries in a Year", readonly=True)
    fruitless_count = fields.Integer(string="Fruitless Inquiries", readonly=True)
    touch_count = fields.Integer(string="Unanswered Touches", readonly=True)
    amount_total = fields.Monetary(string="Sales in All", readonly=True)
    amount_year = fields.Monetary(string="Sales in 365 Days", readonly=True)
    orders_year = fields.Integer(string="Orders in 365 Days", readonly=True)
    amount_recent = fields.Monetary(string="Sales Recently", readonly=True)
    amount_base = fields.Monetary(string="Sales in the Year Before", readonly=True)
    amount_active_year = fields.Monetary(
        string="At Stake per Year",
        readonly=True,
        help="Untaxed sales of the last active year: the 365 days up to the last order.",
    )
    margin_total = fields.Monetary(
        string="Margin in All",
        readonly=True,
        groups="winback_lost_customers.group_winback_margin",
    )
    amount_since_return = fields.Monetary(
        string="Sales Since the Return",
        readonly=True,
        help="From the day of the last return after a loss on.",
    )
    margin_since_return = fields.Monetary(
        string="Margin Since the Return",
        readonly=True,
        groups="winback_lost_customers.group_winback_margin",
        help="From the day of the last return after a loss on.",
    )
    margin_active_year = fields.Monetary(
        string="Margin at Stake per Year",
        readonly=True,
        groups="winback_lost_customers.group_winback_margin",
        help="Margin of the last active year: the 365 days up to the last order.",
    )
    demand_variation = fields.Integer(
        string="Variation of Monthly Sales (%)",
        readonly=True,
        aggregator="avg",
        help="Standard deviation of the last twelve complete months, in percent of their mean.",
    )
    potential_used = fields.Monetary(
        readonly=True,
        help="The potential per year that was entered, or else the one estimated: three "
        "quarters of the similar customers (same industry and country) buy less.",
    )
    potential_source = fields.Selection(
        [("entered", "Entered"), ("estimated", "Estimated")], readonly=True
    )
    # with these the customers outside of a limited run take part in the ranking
    demand_margin = fields.Monetary(
        string="Margin in Twelve Months",
        readonly=True,
        groups="winback_lost_customers.group_winback_margin",
    )
    demand_margin_before = fields.Monetary(
        string="Margin in Twelve Months Before",
        readonly=True,
        groups="winback_lost_customers.group_winback_margin",
    )

    # what the probability model says; rounded, so that few rows change in a night
    probability_source = fields.Selection(
        [
            ("model", "The model"),
            ("stack", "The model, corrected by the latest orders"),
            ("band", "Past customers who were silent for as long"),
        ],
        readonly=True,
        help="Empty: not enough data for a probability.",
    )
    p_no_purchase = fields.Float(
        string="Probability of No Order",
        readonly=True,
        digits=(3, 2),
        aggregator="avg",
        help="That no order comes within the horizon of the settings.",
    )
    p_silence = fields.Float(
        string="Probability of Loss",
        readonly=True,
        digits=(3, 2),
        aggregator="avg",
        help="That the present silence lasts until the day on which the customer counts as lost.",
    )
    band_share = fields.Float(
        string="Share That Stayed Away",
        readonly=True,
        digits=(3, 2),
        aggregator=None,
        help="Of past customers who had been silent for as long, how many did not order "
        "within the horizon of the settings.",
    )
    expected_order_date = fields.Date(
        string="Next Order Expected",
        readonly=True,
        help="Monday of the week by which an order is more likely than not to have come. Empty "
        "where the silence is more likely to last until the customer counts as lost.",
    )
    expected_sales_loss = fields.Monetary(
        string="Expected Loss",
        readonly=True,
        help="Probability of no order within the horizon, times the sales that the customer "
        "would bring in that time at its own pace.",
    )
    expected_loss = fields.Monetary(
        string="Expected Loss of Margin",
        readonly=True,
        groups="winback_lost_customers.group_winback_margin",
        help="Probability of no order within the horizon, times the margin that the customer "
        "would bring in that time at its own pace.",
    )

    # what users decide
    class_override_id = fields.Many2one(
        "winback.value.class",
        string="Class by Exception",
        ondelete="set null",
        domain="[('company_id', 'in', [False, company_id])]",
        help="For customers who are worth more than their margin says.",
    )
    class_override_reason = fields.Selection(
        [
            ("referral", "Recommends us"),
            ("feedback", "Gives us feedback"),
            ("unaware", "Knows too little of our range"),
            ("other", "Other"),
        ],
        string="Why the Exception",
    )
    potential_amount = fields.Monetary(
        string="Potential per Year",
        help="What this customer could buy from us in a year, as you estimate it.",
    )
    class_override_date = fields.Date(
        string="Exception Since",
        readonly=True,
        help="A run of an earlier day does not know of the exception.",
    )
    potential_date = fields.Date(
        string="Potential Entered On",
        readonly=True,
        help="A run of an earlier day does not know of the potential.",
    )
    closed_date = fields.Date(
        string="Given Up On",
        readonly=True,
        help="Gone for good as of this day; a later order opens the customer again.",
    )

    # computed when read
    silent_days = fields.Integer(compute="_compute_silent_days", string="Silent (days)")
    has_rhythm = fields.Boolean(compute="_compute_has_rhythm")
    # who may see the customer may see its signs: their rules need not be asked again
    evidence_ids = fields.One2many(
        "winback.status.sign", "status_id", string="Signs", bypass_search_access=True
    )
    transition_ids = fields.One2many("winback.transition", "status_id", string="History")
    sign_summary = fields.Text(compute="_compute_sign_summary", string="Why")
    outlook_summary = fields.Text(compute="_compute_outlook_summary", string="Outlook")

    _partner_company_uniq = models.Constraint(
        "UNIQUE(partner_id, company_id)",
        "A customer has one win-back status in each company.",
    )
    _company_state_idx = models.Index("(company_id, state, expected_sales_loss)")
    # what the ranks of a limited run are read from, without the table: see tools/ranking.py
    _margin_idx = models.Index(
        "(company_id, margin_active_year)"
        " WHERE state NOT IN ('prospect', 'excluded') AND margin_active_year > 0"
    )
    _demand_idx = models.Index(
        "(company_id, demand_margin) WHERE state <> 'excluded' AND demand_margin > 0"
    )
    _demand_before_idx = models.Index(
        "(company_id, demand_margin_before) WHERE state <> 'excluded' AND demand_margin_before > 0"
    )

    @api.model
    def _get_states(self):
        """Return the states as pairs for a selection, as they follow each other."""
        labels = {
            "new": self.env._("New"),
            "active": self.env._("Active"),
            "at_risk": self.env._("At Risk"),
            "lost": self.env._("Lost"),
            "won_back": self.env._("Won Back"),
            "gone": self.env._("Gone"),
            "one_off": self.env._("One-Off"),
            "prospect": self.env._("Prospect"),
            "excluded": self.env._("Excluded"),
        }
        assert set(labels) == set(STATES)  # the engine's states and ours are the same
        return list(labels.items())

    @api.depends("last_order_date")
    def _compute_silent_days(self):
        for status in self:
            last = status.last_order_date
            status.silent_days = last and (status.company_id._winback_today() - last).days

    @api.depends("purchase_days")
    def _compute_has_rhythm(self):
        for status in self:
            status.has_rhythm = status.purchase_days >= 3

    @api.depends("evidence_ids.explanation", "evidence_ids.is_slight")
    def _compute_sign_summary(self):
        for status in self:
            lines = status._get_telling_evidence().mapped("explanation")
            status.sign_summary = "\n".join(line for line in lines if line)

    def _get_telling_evidence(self):
        """Return the signs that speak for a loss."""
        return self.evidence_ids.filtered(lambda line: not line.is_slight)

    @api.constrains("class_override_id", "class_override_reason")
    def _check_class_override(self):
        for status in self:
            if status.class_override_id and not status.class_override_reason:
                raise ValidationError(
                    self.env._(
                        "Say why %s is in a class of its own.", status.partner_id.display_name
                    )
                )

    @api.constrains("potential_amount")
    def _check_potential_amount(self):
        for status in self:
            if status.potential_amount < 0:
                raise ValidationError(self.env._("A potential cannot be negative."))

    def write(self, vals):
        """Let a user's decision show at once in class and state."""
        result = super().write(vals)
        if any(name in vals for name in DECISIONS):
            for company, statuses in self.grouped("company_id").items():
                statuses._date_decisions(vals, company._winback_today())
                self._refresh(company, statuses.partner_id)
        return result

    def _date_decisions(self, vals, today):
        """Note that the decisions in `vals` were taken `today`: runs of earlier days
        must not know of them."""
        dates = {date: today for name, date in DECISION_DATES.items() if name in vals}
        if dates:
            self.write(dates)

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_refresh(self):
        """Evaluate these customers again, now."""
        self.check_access("read")
        for company, statuses in self.grouped("company_id").items():
            self._refresh(company, statuses.partner_id)

    def action_give_up(self):
        """Close the customers for good; a later order opens them again."""
        for status in self:
            if not status.purchase_days:
                raise UserError(
                    self.env._(
                        "%s has never bought; exclude it instead.",
                        status.partner_id.display_name,
                    )
                )
            status.closed_date = status.company_id._winback_today()

    def action_reopen(self):
        """Take back that the customers were given up."""
        self.closed_date = False

    def action_open_partner(self):
        """Open the customer's contact form."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "res.partner",
            "res_id": self.partner_id.id,
            "view_mode": "form",
        }

    def action_open_orders(self):
        """Open the customer's orders and quotations in the company."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Orders of %s", self.partner_id.display_name),
            "res_model": "sale.order",
            "view_mode": "list,form",
            "domain": [
                ("partner_id.commercial_partner_id", "=", self.partner_id.id),
                ("company_id", "=", self.company_id.id),
            ],
            "context": {"create": False},
        }

    # ------------------------------------------------------------------
    # Runs
    # ------------------------------------------------------------------

    @api.model
    def _refresh(self, company, partners):
        """Evaluate the customers `partners` of `company` again, as of its today.

        While another run is under way they are marked instead, so that nobody's
        decision has to be refused: they follow within a minute.
        """
        # sudo: the engine reads documents of all salespeople, and its result is
        # shown only to whom the record rules of the status allow
        engine = self.env["winback.engine"].sudo()
        customers = partners.sudo().commercial_partner_id
        if engine._try_lock(company):
            engine._run(company.sudo(), partners=customers)
        else:
            self.env["winback.refresh"]._mark(customers)

    @api.model
    def _get_run_columns(self):
        """Return the columns that a run writes: those which `winback_run_status`
        has in common with this table, save keys and decisions."""
        query = SQL(
            """SELECT attname FROM pg_attribute WHERE attnum > 0 AND NOT attisdropped
                  AND attrelid = 'pg_temp.winback_run_status'::regclass"""
        )
        run_columns = {name for (name,) in self.env.execute_query(query)}
        return sorted(
            name
            for name, field in self._fields.items()
            if field.store
            and name in run_columns
            and name not in (*DECISIONS, "id", "partner_id", "company_id")
        )

    @api.model
    def _write_run(self, company, today, partners):
        """Write what `winback_run_status` says and what differs; return the rows."""
        columns = {name: self._get_run_value(name) for name in self._get_run_columns()}
        values = dict(self._get_housekeeping_values())
        written = {
            "updated": self._update_changed(company, columns, values),
            "inserted": self._insert_new(company, columns, values),
            "removed": self._remove_former(company, partners),
        }
        self.env["winback.transition"]._link_to_status(company)
        self.env["winback.status"].invalidate_model(flush=False)
        self.env["res.partner"].invalidate_model(["winback_status_id"], flush=False)
        return written

    @api.model
    def _get_run_value(self, name):
        """Return the SQL of a column of `r`, `winback_run_status`, as it is stored."""
        digits = self._fields[name].get_digits(self.env) if self._fields[name].type == "float" else None
        column = SQL.identifier("r", name)
        return SQL("round(%s::numeric, %s)", column, digits[1]) if digits else column

    @api.model
    def _get_housekeeping_values(self):
        """Return (column, SQL value) pairs of who wrote a row and when."""
        return [
            ("write_uid", SQL("%s", self.env.uid)),
            ("write_date", SQL("%s", self.env.cr.now())),
        ]

    @api.model
    def _update_changed(self, company, columns, values):
        """Update the rows of `company` in which a column differs; return how many.

        :param dict columns: {column: its SQL value}
        """
        assignments = [
            SQL("%s = %s", SQL.identifier(name), value)
            for name, value in {**columns, **values}.items()
        ]
        self.env.cr.execute(
            SQL(
                """
                UPDATE winback_status s
                   SET state_since = CASE WHEN s.state = r.state THEN s.state_since
                                          ELSE r.new_since END, %(assignments)s
                  FROM winback_run_status r
                 WHERE s.partner_id = r.partner_id AND s.company_id = %(company)s
                   AND (%(old)s) IS DISTINCT FROM (%(new)s)
                """,
                assignments=SQL(", ").join(assignments),
                company=company.id,
                old=SQL(", ").join(SQL.identifier("s", name) for name in columns),
                new=SQL(", ").join(columns.values()),
            )
        )
        return self.env.cr.rowcount

    @api.model
    def _insert_new(self, company, columns, values):
        """Insert the customers of `company` that have no row yet; return how many."""
        created = {name.replace("write", "create"): value for name, value in values.items()}
        values = {**values, **created}
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO winback_status
                       (partner_id, company_id, state_since, %(names)s, %(value_names)s)
                SELECT r.partner_id, %(company)s, r.new_since, %(columns)s, %(values)s
                  FROM winback_run_status r
                 WHERE NOT EXISTS (SELECT FROM winback_status s
                                    WHERE s.partner_id = r.partner_id
                                      AND s.company_id = %(company)s)
                """,
                names=SQL(", ").join(SQL.identifier(column) for column in columns),
                columns=SQL(", ").join(columns.values()),
                value_names=SQL(", ").join(SQL.identifier(name) for name in values),
                values=SQL(", ").join(values.values()),
                company=company.id,
            )
        )
        return self.env.cr.rowcount

    @api.model
    def _get_former_sql(self, company, partners):
        """Return the SQL condition for rows `s` of customers who are none any more."""
        return SQL(
            """s.company_id = %s AND %s AND s.state IS NOT NULL
               AND NOT EXISTS (SELECT FROM winback_run_status r
                                WHERE r.partner_id = s.partner_id)""",
            company.id,
            self.env["winback.fact"]._limit_to(SQL("s.partner_id"), partners),
        )

    @api.model
    def _remove_former(self, company, partners):
        """Delete the rows of customers who are none any more; return how many.

        A row that carries users' decisions is archived without a state instead.
        """
        former = self._get_former_sql(company, partners)
        decided = SQL(
            "COALESCE(s.class_override_id::text, s.closed_date::text) IS NOT NULL "
            "OR COALESCE(s.potential_amount, 0) != 0"
        )
        self.env.cr.execute(
            SQL(
                "UPDATE winback_status s SET active = FALSE, state = NULL WHERE %s AND (%s)",
                former,
                decided,
            )
        )
        archived = self.env.cr.rowcount
        self.env.cr.execute(SQL("DELETE FROM winback_status s WHERE %s", former))
        return archived + self.env.cr.rowcount

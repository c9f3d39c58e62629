from odoo import api, fields, models
from odoo.exceptions import AccessError, LockError, UserError, ValidationError
from odoo.fields import Domain

REASON_TYPE = "winback_lost_customers.mail_act_case_reason"
PROMISE_TYPE = "winback_lost_customers.mail_act_case_promise"
OPEN_STATES = ("new", "reason", "prepared", "contact")
# what only the server states: facts of the opening and of the end
SYSTEM_FIELDS = frozenset(
    {
        "partner_id", "company_id", "source", "lost_by_user_id", "previous_case_id",
        "date_open", "opened_at", "date_closed", "date_state", "won_order_id", "planned_count",
        "done_count", "attempt_count", "last_contact_date", "last_outcome", "handover_note",
        "second_loss_date", "opening_state", "opening_score",
        "opening_class_id", "opening_sign_ids", "opening_summary", "opening_evidence", "opening_amount",
        "opening_margin", "opening_p_no_purchase", "expected_profit",
    }
)  # fmt: skip


class WinbackCase(models.Model):
    """One attempt to win one customer back: who, why, how, until when, and what came of it.

    A customer has at most one open case in a company. What was known when the case was
    opened is frozen on it (`opening_...`), to learn from later.

    Here are the stages and the end. How a case is opened is in `winback_case_opening`,
    who gets it in `winback_case_assignment`, contacts in `winback_case_contact`, the
    checklist and the script in `winback_preparation`, what happens after the return in
    `winback_case_return`.
    """

    _name = "winback.case"
    _description = "Win-Back Case"
    _inherit = ["mail.thread", "mail.activity.mixin", "winback.customer.mixin", "winback.money.mixin"]
    _order = "expected_profit desc, id desc"

    name = fields.Char(compute="_compute_name", store=True)
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        index=True,
        ondelete="restrict",
        help="The organisation, never one of its contacts.",
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    status_id = fields.Many2one(
        "winback.status", compute="_compute_status_id", string="Win-Back Page"
    )
    active = fields.Boolean(default=True)
    user_id = fields.Many2one(
        "res.users",
        string="Owner",
        index=True,
        tracking=True,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
    )
    team_id = fields.Many2one("crm.team", string="Sales Team", index=True)
    lost_by_user_id = fields.Many2one(
        "res.users",
        string="Salesperson Before",
        readonly=True,
        help="Who made the last confirmed order. Never the owner of the case.",
    )
    state = fields.Selection(
        [
            ("new", "New"),
            ("reason", "Reason Known"),
            ("prepared", "Prepared"),
            ("contact", "In Contact"),
            ("won", "Won Back"),
            ("later", "Not Now"),
            ("gone", "Gone"),
            ("dismissed", "Dismissed"),
        ],
        required=True,
        default="new",
        tracking=True,
        copy=False,
        group_expand=True,
        index=True,
    )
    source = fields.Selection(
        [
            ("manual", "By Hand"),
            ("work_list", "Daily Work List"),
            ("campaign", "Campaign"),
            ("relaunch", "Cause Fixed"),
        ],
        required=True,
        default="manual",
        readonly=True,
    )
    date_open = fields.Date(
        string="Opened On",
        required=True,
        readonly=True,
        default=lambda self: self.env.company._winback_today(),
    )
    opened_at = fields.Datetime(
        readonly=True,
        copy=False,
        default=fields.Datetime.now,
        help="Orders confirmed since then win the customer back.",
    )
    date_next = fields.Date(string="Next Step Until", help="No case without a date.")
    date_state = fields.Date(
        string="In This Stage Since",
        readonly=True,
        copy=False,
        default=lambda self: self.env.company._winback_today(),
    )
    stage_days = fields.Integer(
        string="Days in Stage", compute="_compute_stage_days", help="Until the case was closed."
    )
    date_closed = fields.Date(string="Closed On", readonly=True, copy=False)
    retry_date = fields.Date(string="Try Again On", copy=False)

    # why
    reason_id = fields.Many2one(
        "winback.reason",
        string="Reason (We Think)",
        ondelete="restrict",
        tracking=True,
        help="As those say who worked with the customer.",
    )
    customer_reason_id = fields.Many2one(
        "winback.reason",
        string="Reason (Customer Says)",
        ondelete="restrict",
        tracking=True,
    )
    competitor = fields.Char(help="To whom the customer went.")
    competitor_hook = fields.Char(string="What Hooked Them")

    successor_id = fields.Many2one(
        "res.partner",
        index="btree_not_null",
        ondelete="set null",
        domain="[('id', '!=', partner_id), ('company_id', 'in', [False, company_id])]",
        help="The organisation in which the customer's need lives on.",
    )
    previous_case_id = fields.Many2one(
        "winback.case",
        string="Case Before",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        copy=False,
    )

    # how
    method_id = fields.Many2one("winback.method", ondelete="restrict")
    channel_id = fields.Many2one("winback.channel", ondelete="restrict")
    offer_id = fields.Many2one("winback.offer", ondelete="restrict")
    grant_ids = fields.One2many("winback.grant", "case_id", string="Offers Granted")
    expected_profit = fields.Monetary(
        readonly=True,
        copy=False,
        groups="winback_lost_customers.group_winback_margin",
        help="What trying is expected to bring beyond not trying, after its cost.",
    )

    # frozen when the case is opened
    opening_state = fields.Selection(
        selection=lambda self: self.env["winback.status"]._get_states(), readonly=True
    )
    opening_score = fields.Integer(readonly=True)
    opening_class_id = fields.Many2one("winback.value.class", string="Class", readonly=True)
    opening_sign_ids = fields.Many2many("winback.sign", string="Signs", readonly=True)
    opening_summary = fields.Text(
        readonly=True, help="What the signs said, in the language of whoever opened the case."
    )
    opening_amount = fields.Monetary(string="At Stake per Year", readonly=True)
    opening_margin = fields.Monetary(
        string="Margin at Stake per Year",
        readonly=True,
        groups="winback_lost_customers.group_winback_margin",
    )
    opening_p_no_purchase = fields.Float(readonly=True, digits=(3, 2))

    # what came of it
    won_order_id = fields.Many2one("sale.order", string="Order Won", readonly=True, copy=False)

    _open_uniq = models.UniqueIndex(
        "(partner_id, company_id) WHERE state IN ('new', 'reason', 'prepared', 'contact')",
        "This customer has an open case already.",
    )

    @api.depends("partner_id.complete_name")
    def _compute_name(self):
        for case in self:
            # sudo: the name of the case is for everybody who sees the case
            case.name = case.partner_id.sudo().display_name

    @api.depends("date_state", "date_closed", "company_id")
    def _compute_stage_days(self):
        for case in self:
            until = case.date_closed or (case.company_id or self.env.company)._winback_today()
            case.stage_days = case.date_state and max((until - case.date_state).days, 0)

    @api.depends("partner_id", "company_id")
    @api.depends_context("uid")
    def _compute_status_id(self):
        statuses = self.env["winback.status"].with_context(active_test=False).search(
            Domain("partner_id", "in", self.partner_id.ids)
            & Domain("company_id", "in", self.company_id.ids)
        )
        by_customer = {(s.partner_id, s.company_id): s for s in statuses}
        for case in self:
            case.status_id = by_customer.get((case.partner_id, case.company_id))

    # ------------------------------------------------------------------
    # Checks
    # ------------------------------------------------------------------

    @api.constrains("user_id", "lost_by_user_id", "state")
    def _check_owner(self):
        for case in self:
            if case.user_id and case.user_id == case.lost_by_user_id and case.state in OPEN_STATES:
                raise ValidationError(
                    self.env._(
                        "%(user)s made the last order of %(customer)s before it was lost; "
                        "somebody else must win it back.",
                        user=case.user_id.name,
                        customer=case.name,
                    )
                )

    @api.constrains("partner_id", "successor_id", "company_id")
    def _check_partner_company(self):
        """Override of `winback.customer.mixin`: the successor is another customer of the
        same company."""
        result = super()._check_partner_company()
        for case in self:
            # sudo: compared only
            partner, successor = case.partner_id.sudo(), case.successor_id.sudo()
            if successor and successor.commercial_partner_id == partner.commercial_partner_id:
                raise ValidationError(self.env._("%s cannot be its own successor.", case.name))
        return result

    def _get_customers(self):
        """Override of `winback.customer.mixin` to look at the successor, too."""
        return super()._get_customers() | self.successor_id

    @api.model
    def _check_system_values(self, vals):
        """Refuse values that would forge what only the server may state."""
        forged = SYSTEM_FIELDS.intersection(vals)
        if forged and not self.env.su:
            raise AccessError(
                self.env._(
                    "“%s” is written by the system only.",
                    self._fields[min(forged)]._description_string(self.env),
                )
            )

    def _check_stage(self, state):
        """Refuse to enter a stage whose condition is not met."""
        for case in self:
            if state == "reason" and not case._get_reason():
                raise UserError(
                    self.env._("Say first why %s left, as far as anybody knows.", case.name)
                )
            if state in ("prepared", "contact"):
                case._check_prepared()
            if state == "won" and not case.won_order_id:
                raise UserError(
                    self.env._("%s is won back with an order; there is none yet.", case.name)
                )
            if state == "later" and not case.retry_date:
                raise UserError(self.env._("Say when to try %s again.", case.name))

    def _check_prepared(self):
        """Refuse what needs the preparation before it is complete."""
        for case in self:
            if not case.is_prepared:
                raise UserError(
                    self.env._(
                        "Prepare the contact with %(customer)s first. Missing: %(missing)s",
                        customer=case.name,
                        missing=", ".join(case._get_missing()),
                    )
                )

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Let users open cases from the customer only: `_open` completes them."""
        if not self.env.su:
            raise UserError(
                self.env._("Open a case from its customer: what is known then is kept on it.")
            )
        for vals in vals_list:
            partner = self.env["res.partner"].browse(vals.get("partner_id"))
            vals["partner_id"] = partner.commercial_partner_id.id
        return super().create(vals_list)

    def write(self, vals):
        """Guard the stages, and let the rest of the case follow a change."""
        self._check_system_values(vals)
        moved = self.browse()
        if "state" in vals:
            moved = self.filtered(lambda case: case.state != vals["state"])
            moved._check_move(vals["state"])
        result = super().write(vals)
        for company, cases in moved.grouped("company_id").items():
            # sudo: the date of a stage is stated by the server
            super(WinbackCase, cases.sudo()).write({"date_state": company._winback_today()})
        if moved:
            moved._check_stage(vals["state"])
        self._follow_up(vals)
        return result

    def _check_move(self, state):
        """Let the open stages be changed freely, and the end by `_close` only."""
        if state not in OPEN_STATES and not self.env.context.get("winback_closing"):
            raise UserError(
                self.env._("Close a case with its buttons: they ask for what is still missing.")
            )
        closed = self.filtered(lambda case: case.state not in OPEN_STATES)
        if closed and not self.env.context.get("winback_reopening"):
            raise UserError(self.env._("The case of %s is closed.", closed[0].name))

    def _follow_up(self, vals):
        """Bring stage and activities up to date after `vals` were written."""
        if "user_id" in vals:
            self._hand_over_activities()
        if {"reason_id", "customer_reason_id"} & vals.keys():
            self._follow_reason()

    # ------------------------------------------------------------------
    # Stages
    # ------------------------------------------------------------------

    def _get_reason(self):
        """Return the reason to work with: what the customer says counts more."""
        return self.customer_reason_id or self.reason_id

    def _take(self):
        """Lock the cases for this transaction, so that one person at a time decides.

        :raise UserError: when somebody else is deciding, or has closed one of them
        """
        try:
            self.lock_for_update(allow_referencing=True)
        except LockError as error:
            raise UserError(
                self.env._(
                    "Somebody else is changing the case of %s at this moment. Please try again.",
                    self[:1].name,
                )
            ) from error
        self.invalidate_recordset(["state"])
        for case in self:
            if case.state not in OPEN_STATES:
                raise UserError(
                    self.env._(
                        "The case of %(customer)s has been closed already: %(state)s.",
                        customer=case.name,
                        state=case._get_state_label(),
                    )
                )

    def _get_state_label(self):
        """Return the stage in the user's language."""
        return dict(self._fields["state"]._description_selection(self.env))[self.state]

    def _set_reason(self, reason, **values):
        """Note why the customer left, as far as we know.

        :param values: further values, such as `competitor`
        """
        self._take()
        self.write({"reason_id": reason.id, **values})

    def _follow_reason(self):
        """Enter the stage in which the reason is known, with its own checklist."""
        cases = self.filtered(lambda case: case.state in OPEN_STATES)
        for case in cases:
            case._fill_checklist()
            if case._get_reason():
                case._finish_activities([REASON_TYPE])
        cases._propose_method()
        for case in cases:
            case._follow_preparation()

    def _follow_preparation(self):
        """Let the stage follow reason and checklist, up to the first contact."""
        for case in self.filtered(lambda case: case.state in ("new", "reason", "prepared")):
            state = "prepared" if case.is_prepared else "reason" if case._get_reason() else "new"
            if state == case.state:
                continue
            case.state = state
            if state == "prepared":
                case._plan_contacts()

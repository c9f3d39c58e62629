from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain

# states in which the customer still waits for an answer, resp. for the end
UNANSWERED_STATES = ("new", "in_progress")
OPEN_STATES = (*UNANSWERED_STATES, "answered")


class WinbackComplaint(models.Model):
    """A customer's complaint or conflict, from whichever source, until it is settled.

    The deadline for the first answer follows from the severity, in the working hours
    of the company. Who owns it gets an activity, and the superior one when it is late
    or a conflict. Mail is in `winback_complaint_mail`, money in
    `winback_complaint_compensation`, activities in `winback_complaint_activity`.
    """

    _name = "winback.complaint"
    _description = "Complaint"
    _inherit = [
        "mail.thread",
        "mail.activity.mixin",
        "winback.refresh.mixin",
        "winback.customer.mixin",
        "winback.money.mixin",
    ]
    _order = "date_received desc, id desc"
    _primary_email = "email_from"

    # what the facts on conflicts and dissatisfaction read
    _winback_refresh_fields = frozenset(
        {"name", "severity", "satisfied", "is_conflict", "conflict_date", "state",
         "date_received", "date_closed"}
    )  # fmt: skip

    name = fields.Char(string="Subject", required=True, tracking=True)
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        index=True,
        ondelete="restrict",
        tracking=True,
        help="Empty as long as nobody knows who wrote.",
    )
    commercial_partner_id = fields.Many2one(
        related="partner_id.commercial_partner_id",
        string="Organisation",
        store=True,
        index=True,
    )
    email_from = fields.Char(string="E-mail", help="Address from which the complaint came.")
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env.company,
    )
    order_id = fields.Many2one(
        "sale.order",
        string="Problem Order",
        index="btree_not_null",
        tracking=True,
        domain="[('partner_id', 'child_of', commercial_partner_id), ('company_id', '=', company_id)]",
    )
    description = fields.Html()
    severity = fields.Selection(
        [("serious", "Serious"), ("small", "Small")],
        required=True,
        default="small",
        tracking=True,
        help="Decides within how many working hours the customer gets an answer.",
    )
    is_conflict = fields.Boolean(
        string="Conflict",
        tracking=True,
        help="A quarrel has flared up, whoever's fault: the superior is told at once.",
    )
    conflict_date = fields.Datetime(string="Conflict Since", readonly=True, copy=False)
    source = fields.Selection(
        [
            ("email", "E-mail"),
            ("phone", "Phone"),
            ("messenger", "Messenger"),
            ("web", "Web form"),
            ("social", "Social media or mention"),
            ("poll", "Poll"),
            ("other", "Other"),
        ],
        required=True,
        default="phone",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Owner",
        compute="_compute_user_id",
        store=True,
        readonly=False,
        precompute=True,
        index=True,
        tracking=True,
        copy=False,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
    )
    team_id = fields.Many2one(
        "crm.team",
        string="Sales Team",
        compute="_compute_team_id",
        store=True,
        readonly=False,
        precompute=True,
        index=True,
        domain="[('company_id', 'in', [False, company_id])]",
    )
    superior_id = fields.Many2one(
        "res.users",
        compute="_compute_superior_id",
        store=True,
        index="btree_not_null",
        help="Leader of the sales team, else the person named in the settings; is told "
        "of conflicts and of late answers.",
    )
    state = fields.Selection(
        [
            ("new", "New"),
            ("in_progress", "In Progress"),
            ("answered", "Answered"),
            ("closed", "Closed"),
            ("cancelled", "Not a Complaint"),
        ],
        required=True,
        default="new",
        tracking=True,
        copy=False,
        group_expand=True,
    )

    # times
    date_received = fields.Datetime(
        string="Received", required=True, default=fields.Datetime.now, copy=False
    )
    date_answered = fields.Datetime(
        string="First Answer", copy=False, tracking=True, help="When the customer first heard from us."
    )
    date_closed = fields.Datetime(string="Closed On", copy=False, readonly=True)
    escalated_date = fields.Datetime(string="Escalated On", copy=False, readonly=True)
    deadline = fields.Datetime(
        string="Answer Until", compute="_compute_deadline", store=True, copy=False
    )
    is_late = fields.Boolean(
        string="Late",
        compute="_compute_is_late",
        search="_search_is_late",
        help="Answered after the deadline, or not yet although it has passed.",
    )
    answer_hours = fields.Float(
        string="Answer Time (working hours)",
        compute="_compute_answer_hours",
        store=True,
        aggregator="avg",
        help="Working hours from the receipt to the first answer.",
    )
    in_time = fields.Float(
        string="Answered in Time (%)",
        compute="_compute_answer_hours",
        store=True,
        aggregator="avg",
        help="100 if the first answer came before the deadline; its average is the share "
        "of answers in time.",
    )

    # the end
    remedy = fields.Text(tracking=True, help="What was done to put it right.")
    satisfied = fields.Selection(
        [("yes", "Satisfied"), ("no", "Not satisfied")],
        string="Satisfied With the Handling",
        tracking=True,
        copy=False,
        help="Empty: the customer was not asked.",
    )

    _check_answer_date = models.Constraint(
        "CHECK(date_answered IS NULL OR date_answered >= date_received)",
        "A complaint cannot be answered before it was received.",
    )
    _unanswered_idx = models.Index("(deadline) WHERE date_answered IS NULL AND escalated_date IS NULL")

    # ------------------------------------------------------------------
    # Computed fields
    # ------------------------------------------------------------------

    @api.depends("partner_id", "order_id", "company_id", "is_conflict")
    def _compute_user_id(self):
        """Find an owner for who has none; a saved complaint keeps the one it has."""
        for complaint in self:
            if complaint._origin.user_id:
                complaint.user_id = complaint.user_id
                continue
            salesperson = complaint._get_salesperson()
            superior = complaint._get_superior(salesperson)
            if complaint.is_conflict or not salesperson:
                complaint.user_id = superior or salesperson
            else:
                complaint.user_id = salesperson

    @api.depends("partner_id", "order_id", "company_id")
    def _compute_team_id(self):
        """Find a team for who has none: the order's, else the salesperson's."""
        for complaint in self:
            if complaint._origin.team_id:
                complaint.team_id = complaint.team_id
            else:
                complaint.team_id = complaint._get_sales_team(complaint._get_salesperson())

    @api.depends("user_id", "team_id.user_id", "company_id.winback_superior_id")
    def _compute_superior_id(self):
        for complaint in self:
            complaint.superior_id = complaint._get_superior(complaint.user_id)

    @api.depends("severity", "date_received", "company_id")
    def _compute_deadline(self):
        """Add the working hours that the severity leaves; the deadline of what has
        been answered stays as it was."""
        for complaint in self:
            if complaint.date_answered and complaint._origin.deadline:
                complaint.deadline = complaint._origin.deadline
            elif complaint.date_received:
                complaint.deadline = complaint._plan_answer()
            else:
                complaint.deadline = False

    @api.depends("deadline", "date_answered", "state")
    def _compute_is_late(self):
        now = fields.Datetime.now()
        for complaint in self:
            if complaint.state == "cancelled" or not complaint.deadline:
                complaint.is_late = False
            else:
                complaint.is_late = (complaint.date_answered or now) > complaint.deadline

    def _search_is_late(self, operator, value):
        """Search what was answered late, or still waits after its deadline."""
        if operator != "in":
            return NotImplemented
        late = Domain("date_answered", "=", False) & Domain(
            "deadline", "<", fields.Datetime.now()
        )
        late |= Domain("date_answered", "!=", False) & Domain("in_time", "=", 0)
        return late & Domain("state", "!=", "cancelled")

    @api.depends("date_received", "date_answered", "deadline", "company_id")
    def _compute_answer_hours(self):
        for complaint in self:
            answered = complaint.date_answered
            if not answered or not complaint.date_received or answered < complaint.date_received:
                complaint.answer_hours = complaint.in_time = 0
                continue
            complaint.answer_hours = complaint._count_working_hours(answered)
            complaint.in_time = 100 if answered <= complaint.deadline else 0

    # ------------------------------------------------------------------
    # Who and until when
    # ------------------------------------------------------------------

    def _get_salesperson(self):
        """Return who looks after the customer: by the contact, the order, the status."""
        self.ensure_one()
        # sudo: a complaint may be entered by who does not see the customer's order
        complaint = self.sudo()
        partner = complaint.partner_id
        user = partner.user_id or partner.commercial_partner_id.user_id
        user = user or complaint.order_id.user_id
        if not user and partner:
            user = complaint._get_customer_status().user_id
        return complaint._keep_eligible(user).sudo(self.env.su)

    def _get_customer_status(self):
        """Return the win-back row of the customer, empty if it has none."""
        self.ensure_one()
        return self.env["winback.status"].search(
            [
                ("partner_id", "=", self.partner_id.commercial_partner_id._origin.id),
                ("company_id", "=", self.company_id.id),
            ],
            limit=1,
        )

    def _get_sales_team(self, salesperson):
        """Return the team of the order, else the one of the salesperson."""
        self.ensure_one()
        # sudo: see `_get_salesperson`
        complaint = self.sudo()
        team = complaint.order_id.team_id or salesperson.sudo().sale_team_id
        if team.company_id and team.company_id != complaint.company_id:
            team = team.browse()
        return team.sudo(self.env.su)

    def _get_superiors(self):
        """Return who may decide over the complaint: the team's leader, then the person
        named in the settings."""
        self.ensure_one()
        # sudo: teams and settings of a company are not for every salesperson to read
        complaint = self.sudo()
        team = complaint.team_id or complaint._get_sales_team(complaint._get_salesperson())
        return complaint._keep_eligible(team.user_id | complaint.company_id.winback_superior_id)

    def _get_superior(self, user):
        """Return the first superior who is not `user`."""
        # sudo: whoever is concerned is left out, seen or not
        return (self._get_superiors() - user.sudo())[:1].sudo(self.env.su)

    def _keep_eligible(self, users):
        """Return those of `users` who work in the complaint's company."""
        return users.filtered(
            lambda user: user.active and not user.share and self.company_id in user.company_ids
        )

    def _get_answer_hours_allowed(self):
        """Return the working hours in which the first answer is due."""
        self.ensure_one()
        # sudo: settings of the company; they only decide about the date shown
        company = self.company_id.sudo()
        if self.severity == "serious":
            return company.winback_complaint_serious_hours
        return company.winback_complaint_small_hours

    def _plan_answer(self):
        """Return the answer's deadline, in UTC: the allowed working hours after the
        receipt, by the company's working schedule in its own zone, without holidays."""
        self.ensure_one()
        hours = self._get_answer_hours_allowed()
        # sudo: working schedules are not for everybody to read
        calendar = self.company_id.sudo().resource_calendar_id
        planned = calendar and calendar.plan_hours(hours, self.date_received, compute_leaves=True)
        # no schedule, or one without any working time: count plain hours
        return planned or self.date_received + timedelta(hours=hours)

    def _count_working_hours(self, until):
        """Return the working hours from the receipt to `until`."""
        self.ensure_one()
        # sudo: working schedules are not for everybody to read
        calendar = self.company_id.sudo().resource_calendar_id
        if not calendar:
            return (until - self.date_received).total_seconds() / 3600
        return calendar.get_work_hours_count(self.date_received, until)

    # ------------------------------------------------------------------
    # Checks
    # ------------------------------------------------------------------

    @api.constrains("order_id", "partner_id", "company_id")
    def _check_order_id(self):
        for complaint in self:
            # sudo: compared only; what it is about is not shown
            order = complaint.order_id.sudo()
            if not order:
                continue
            if order.partner_id.commercial_partner_id != complaint.commercial_partner_id.sudo():
                raise ValidationError(
                    self.env._("%s is an order of another customer.", order.display_name)
                )
            if order.company_id != complaint.company_id:
                raise ValidationError(
                    self.env._("%s is an order of another company.", order.display_name)
                )

    @api.constrains("state", "remedy")
    def _check_remedy(self):
        for complaint in self:
            if complaint.state == "closed" and not (complaint.remedy or "").strip():
                raise ValidationError(
                    self.env._("Say what was done for the customer before you close “%s”.", complaint.name)
                )

    @api.onchange("order_id")
    def _onchange_order_id(self):
        """Take over the customer of the order."""
        if self.order_id and not self.partner_id:
            self.partner_id = self.order_id.partner_id

    # ------------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Complete what the state implies, and tell owner and superior."""
        for vals in vals_list:
            self._check_system_values(vals)
            if vals.get("order_id") and not vals.get("partner_id"):
                order = self.env["sale.order"].browse(vals["order_id"])
                vals["partner_id"] = order.partner_id.id
            vals.update(self._prepare_transition_values(vals))
        complaints = super().create(vals_list)
        for complaint in complaints:
            complaint._announce()
        return complaints

    def write(self, vals):
        """Complete what a change of state implies, and bring activities up to date."""
        self._check_system_values(vals)
        if "state" not in vals and "is_conflict" not in vals:
            result = super().write(vals)
        else:
            for complaint in self:
                changed = complaint._prepare_transition_values(vals)
                super(WinbackComplaint, complaint).write({**vals, **changed})
            result = True
        self._follow_up(vals)
        return result

    @api.model
    def _get_system_fields(self):
        """Return the fields that only this add-on's own code writes."""
        return {"escalated_date"}

    @api.model
    def _check_system_values(self, vals):
        """Refuse values that would forge what only the server may state."""
        forged = self._get_system_fields().intersection(vals)
        if forged and not self.env.su:
            raise AccessError(
                self.env._(
                    "“%s” is written by the system only.",
                    self._fields[min(forged)]._description_string(self.env),
                )
            )

    def _prepare_transition_values(self, vals):
        """Return the dates that follow from the state and the conflict in `vals`.

        :param self: one complaint, or none while it is being created
        """
        now = fields.Datetime.now()
        state, values = vals.get("state"), {}
        answered = self.date_answered or vals.get("date_answered")
        if state in ("answered", "closed") and not answered:
            values["date_answered"] = max(now, self._get_received(vals, now))
        if state == "closed" and self.state != "closed" and not vals.get("date_closed"):
            values["date_closed"] = now
        if state and state != "closed" and self.state == "closed":
            values.update(date_closed=False, satisfied=False)
        if vals.get("is_conflict") and not self.is_conflict and not vals.get("conflict_date"):
            values["conflict_date"] = self._get_received(vals, now) if not self else now
        return values

    def _get_received(self, vals, now):
        """Return when the complaint was or will be recorded as received."""
        received = vals.get("date_received") or self.date_received
        return fields.Datetime.to_datetime(received) or now

    @api.ondelete(at_uninstall=False)
    def _unlink_except_compensated(self):
        if self.filtered("compensation_card_id"):
            raise UserError(
                self.env._("A complaint for which a compensation was issued cannot be deleted.")
            )

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_take(self):
        """Make the user the owner and start working."""
        self.write({"user_id": self.env.uid, "state": "in_progress"})

    def action_answered(self):
        """Note an answer given outside of this thread, such as by phone."""
        self.filtered(lambda c: c.state in UNANSWERED_STATES).state = "answered"

    def action_close(self):
        """Ask for remedy and satisfaction, and close."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Close the Complaint"),
            "res_model": "winback.complaint.close",
            "view_mode": "form",
            "target": "new",
            "context": {"default_complaint_id": self.id},
        }

    def action_reopen(self):
        """Take a closed or dismissed complaint up again."""
        self.filtered(lambda c: c.state in ("closed", "cancelled")).state = "in_progress"

    def action_cancel(self):
        """Decide that this is not a complaint."""
        if self.filtered("compensation_card_id"):
            raise UserError(
                self.env._("A compensation was issued: this is a complaint; close it instead.")
            )
        self.state = "cancelled"

    @api.model
    def _get_action(self, name, domain, context, new=False):
        """Return the action that lists complaints, or enters a new one."""
        action = {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": self._name,
            "view_mode": "form" if new else "list,kanban,form",
            "context": context,
        }
        return action if new else {**action, "domain": domain}

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from .winback_case import OPEN_STATES

CALL_TYPE = "mail.mail_activity_data_call"
# days until the next step after a contact, where none is planned
NEXT_DAYS = {"reached": 14, "not_reached": 2, "refused": 30, "agreed": 7}


class MailActivityPlan(models.Model):
    """Which plan is for which case."""

    _inherit = "mail.activity.plan"

    winback_usage = fields.Selection(
        [("contact", "Contacts to Win Back"), ("return", "After the Return")],
        string="Win-Back Usage",
        help="Plans for cases that start by themselves.",
    )
    winback_reason_ids = fields.Many2many(
        "winback.reason", string="For Reasons", help="Empty: for every reason."
    )
    winback_value_class_ids = fields.Many2many(
        "winback.value.class", string="For Classes", help="Empty: for every class."
    )

    def _winback_fits(self, case):
        """Return how well the plan fits a `case`; zero: not at all."""
        self.ensure_one()
        reasons, classes = self.winback_reason_ids, self.winback_value_class_ids
        if reasons and case._get_reason() not in reasons:
            return 0
        if classes and case.opening_class_id not in classes:
            return 0
        return 1 + 2 * bool(reasons) + bool(classes)


class MailActivity(models.Model):
    """Calls and meetings of a case are its contacts."""

    _inherit = "mail.activity"

    winback_outcome = fields.Selection(
        selection_add=[("refused", "Refused"), ("agreed", "Agreed")]
    )
    winback_channel_id = fields.Many2one(
        "winback.channel", string="Channel", ondelete="set null", copy=False
    )

    @api.model
    def _winback_get_contact_types(self):
        """Return the types of activities by which somebody is in touch with a customer."""
        # sudo: types and channels are not for everybody to read
        types = self.env["mail.activity.type"].sudo().search(
            [("category", "in", ("phonecall", "meeting"))]
        )
        channels = self.env["winback.channel"].sudo().search([("activity_type_id", "!=", False)])
        return types | channels.activity_type_id

    def _winback_get_contacts(self):
        """Return those of the activities that are contacts of a case."""
        on_cases = self.filtered(lambda activity: activity.res_model == "winback.case")
        if not on_cases:
            return on_cases
        types = self._winback_get_contact_types()
        return on_cases.filtered(lambda activity: activity.activity_type_id in types)

    def _winback_get_cases(self):
        """Return the cases of these activities."""
        # sudo: who has an activity of a case may do it without seeing the case
        return self.env["winback.case"].sudo().browse(self.mapped("res_id")).exists()

    @api.model_create_multi
    def create(self, vals_list):
        """Count the contacts that are planned; the next step is no later than they are."""
        activities = super().create(vals_list)
        if not self.env.context.get("winback_unplanned"):
            for case_id, contacts in activities._winback_get_contacts().grouped("res_id").items():
                # sudo: the count is the server's
                case = self.env["winback.case"].sudo().browse(case_id)
                case.planned_count += len(contacts)
                if case.state in OPEN_STATES:
                    days = [case.date_next, *contacts.mapped("date_deadline")]
                    case.date_next = min(filter(None, days))
        return activities

    def write(self, vals):
        """Let the next step of the cases follow when a planned contact is moved."""
        result = super().write(vals)
        if "date_deadline" in vals:
            cases = self.filtered("active")._winback_get_contacts()._winback_get_cases()
            cases.filtered(lambda case: case.state in OPEN_STATES)._follow_next_date()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_planned_contacts(self):
        """A contact plan is only ever increased: contacts are moved and not cancelled."""
        if self.env.su or self.env.context.get("winback_closing"):
            return
        if self.env.user.has_group("sales_team.group_sale_manager"):
            return
        cases = self.filtered("active")._winback_get_contacts()._winback_get_cases()
        if cases.filtered(lambda case: case.state in OPEN_STATES):
            raise UserError(
                self.env._("A planned contact can be moved to another day, and not cancelled.")
            )

    def action_winback_outcome(self, outcome, feedback=False):
        """Override of this add-on to let contacts of cases move their case."""
        contacts = self._winback_get_contacts()
        for contact in contacts:
            contact._winback_get_cases()._finish_contact(contact, outcome, feedback)
        if self == contacts:
            return False
        return super(MailActivity, self - contacts).action_winback_outcome(outcome, feedback)

    def _action_done(self, feedback=False, attachment_ids=None):
        """Override of `mail` to ask for the preparation, and to let the case follow."""
        contacts = self._winback_get_contacts()
        cases = contacts._winback_get_cases()
        cases.filtered(lambda case: case.state in OPEN_STATES)._check_prepared()
        result = super()._action_done(feedback=feedback, attachment_ids=attachment_ids)
        for case in cases:
            case._follow_contacts(contacts.filtered(lambda a, case=case: a.res_id == case.id))
        return result


class WinbackCase(models.Model):
    """Contacts of a case: planned and done."""

    _inherit = "winback.case"

    planned_count = fields.Integer(string="Contacts Planned", readonly=True, copy=False)
    done_count = fields.Integer(
        string="Contacts Done",
        readonly=True,
        copy=False,
        help="Somebody was reached; calls that reached nobody are counted as attempts.",
    )
    attempt_count = fields.Integer(string="Nobody Reached", readonly=True, copy=False)
    missing_contact_count = fields.Integer(
        string="Contacts Still to Do",
        compute="_compute_missing_contact_count",
        help="Planned and not done.",
    )
    last_contact_date = fields.Date(string="Last Contact", readonly=True, copy=False)
    last_outcome = fields.Selection(
        selection=lambda self: self.env["mail.activity"]._fields["winback_outcome"]
        ._description_selection(self.env),
        readonly=True,
        copy=False,
    )
    contact_ids = fields.Many2many(
        "mail.activity",
        compute="_compute_contact_ids",
        string="Contacts",
        context={"active_test": False},  # what is done is archived
    )

    @api.depends("planned_count", "done_count")
    def _compute_missing_contact_count(self):
        for case in self:
            case.missing_contact_count = max(case.planned_count - case.done_count, 0)

    @api.depends("activity_ids", "done_count", "attempt_count", "planned_count")
    def _compute_contact_ids(self):
        contacts = self._get_contacts().grouped("res_id")
        for case in self:
            case.contact_ids = contacts.get(case.id)

    def _get_contacts(self):
        """Return all contacts of the cases, planned and done, the latest first."""
        activities = self.env["mail.activity"].with_context(active_test=False)
        return activities.search(
            Domain("res_model", "=", self._name)
            & Domain("res_id", "in", self.ids)
            & Domain("activity_type_id", "in", activities._winback_get_contact_types().ids),
            order="date_deadline desc, id desc",
        )

    def write(self, vals):
        """Keep the plan: what was planned stays counted."""
        if "planned_count" in vals and any(c.planned_count > vals["planned_count"] for c in self):
            raise ValidationError(self.env._("A contact plan can only be increased."))
        return super().write(vals)

    # ------------------------------------------------------------------
    # Plans
    # ------------------------------------------------------------------

    def _get_plan(self, usage):
        """Return the activity plan that fits the case best, empty if none does."""
        self.ensure_one()
        # sudo: plans are the company's
        plans = self.env["mail.activity.plan"].sudo().search(
            Domain("res_model", "=", self._name)
            & Domain("winback_usage", "=", usage)
            & Domain("company_id", "in", [False, self.company_id.id])
        )
        fitting = plans.filtered(lambda plan: plan._winback_fits(self))
        return fitting.sorted(
            lambda plan: (plan._winback_fits(self), plan.steps_count, -plan.id), reverse=True
        )[:1]

    def _plan_contacts(self):
        """Plan the contacts that reason and class ask for; of what is planned already
        nothing is taken away."""
        for case in self:
            templates = case._get_plan("contact").template_ids[case.planned_count :]
            case._schedule_templates(templates)
            case._follow_next_date()

    def _schedule_templates(self, templates):
        """Plan the activities of the `templates`, counted from the company's today."""
        self.ensure_one()
        today = self.company_id._winback_today()
        case = self.sudo()  # sudo: planned by the server for the owner
        for template in templates:
            user = template.responsible_id or case.user_id
            case.activity_schedule(
                activity_type_id=template.activity_type_id.id,
                date_deadline=template._get_date_deadline(today),
                summary=template.summary,
                note=template.note,
                user_id=user.id,
            )

    def _follow_next_date(self, outcome=False):
        """Let the next step be the next planned contact, else some days from now."""
        for case in self:
            contacts = case.sudo().activity_ids._winback_get_contacts()  # sudo: only its date
            if contacts:
                case.date_next = min(contacts.mapped("date_deadline"))
            elif outcome:
                today = case.company_id._winback_today()
                case.date_next = today + timedelta(days=NEXT_DAYS[outcome])

    # ------------------------------------------------------------------
    # Contacts
    # ------------------------------------------------------------------

    def _log_contact(self, outcome, channel=None, note=""):
        """Note that somebody was in touch with the customer, or tried to.

        The contact that was planned first is done with it; where none is planned, one
        is added.

        :param str outcome: reached, not_reached, refused or agreed
        :param channel: a `winback.channel`; that of the case by default
        :raise UserError: when the preparation is not complete, or the case is closed
        """
        self.ensure_one()
        self.check_access("write")
        self._take()
        self._check_prepared()
        channel = channel or self.channel_id
        contact = self._find_planned(channel) or self._add_contact(channel)
        self.sudo()._finish_contact(contact, outcome, note, channel)  # sudo: checked above

    def _find_planned(self, channel):
        """Return the first planned contact, by the `channel` if there is one."""
        # sudo: whoever makes the call, it was planned for the case
        planned = self.sudo().activity_ids._winback_get_contacts()
        planned = planned.sorted(lambda a: (a.date_deadline, a.id))
        fitting = planned.filtered(lambda a: a.activity_type_id == channel.activity_type_id)
        return (fitting if channel.activity_type_id else planned)[:1]

    def _add_contact(self, channel):
        """Return a new contact for today that was not planned."""
        contact_type = channel.activity_type_id or self.env.ref(CALL_TYPE)
        # sudo: see `_find_planned`
        return self.sudo().with_context(winback_unplanned=True).activity_schedule(
            activity_type_id=contact_type.id,
            date_deadline=self.company_id._winback_today(),
            user_id=self.env.uid,
        )

    def _finish_contact(self, contact, outcome, note="", channel=None):
        """Close the activity `contact` with its outcome."""
        self.ensure_one()
        if outcome not in NEXT_DAYS:
            raise UserError(self.env._("“%s” is no outcome of a contact.", outcome))
        contact.winback_outcome = outcome
        contact.winback_channel_id = channel or self.channel_id
        contact.action_feedback(feedback=note)

    def _follow_contacts(self, contacts):
        """Let the case follow the `contacts` that have just been done."""
        self.ensure_one()
        self._count_contacts()
        if not contacts or self.state not in OPEN_STATES:
            return
        outcome = contacts[-1].winback_outcome or "reached"
        self.last_contact_date = self.company_id._winback_today()
        self.last_outcome = outcome
        if outcome != "not_reached" and self.state != "contact":
            self.state = "contact"
        if outcome == "not_reached":
            self._plan_another_try(contacts[-1])
        self._follow_next_date(outcome)

    def _count_contacts(self):
        """Count what was done."""
        for case in self:
            done = case._get_contacts().filtered(lambda contact: not contact.active)
            missed = done.filtered(lambda contact: contact.winback_outcome == "not_reached")
            case.done_count = len(done) - len(missed)
            case.attempt_count = len(missed)

    def _plan_another_try(self, contact):
        """Plan the next try where nobody was reached; it takes the place of the first."""
        day = self.company_id._winback_today() + timedelta(days=NEXT_DAYS["not_reached"])
        self.with_context(winback_unplanned=True).activity_schedule(
            activity_type_id=contact.activity_type_id.id,
            date_deadline=day,
            summary=contact.summary,
            user_id=(contact.user_id or self.user_id).id,
        )

    def action_reached(self):
        """Note in one click that the customer was reached."""
        self._log_contact("reached")

    def action_not_reached(self):
        """Note in one click that nobody was reached; another try is planned."""
        self._log_contact("not_reached")

    def action_agreed(self):
        """Note in one click that the customer agreed to buy again."""
        self._log_contact("agreed")

    def action_refused(self):
        """Note in one click that the customer refused, and ask when to try again."""
        self._log_contact("refused")
        action = self.action_close()
        action["context"]["default_state"] = "later"
        return action

    def action_more_contacts(self):
        """Plan one more call, a week from now."""
        for case in self:
            case._take()
            case.activity_schedule(
                CALL_TYPE,
                date_deadline=case.company_id._winback_today() + timedelta(days=7),
                user_id=(case.user_id or self.env.user).id,
            )
            case._follow_next_date()

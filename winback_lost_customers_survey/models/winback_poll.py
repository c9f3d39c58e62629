from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.addons.winback_lost_customers.tools.dates import end_of_day
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from .winback_poll_settings import DEFAULT_EXIT_SURVEY, DEFAULT_OFFER, DEFAULT_SURVEY

CRON = "winback_lost_customers_survey.ir_cron_winback_poll"
# kinds of offers that a customer can use without anybody's help
GIFT_KINDS = ("discount", "gift", "credit", "service")


class WinbackPoll(models.Model):
    """One poll of one company: who is asked about one month, and what came of it.

    How it works. A draft can be previewed: the customers of the month and those left out,
    with the reason, are written by one statement and written anew as often as wanted.
    Started, the poll sends to who is prepared, batch by batch, each batch committed with
    its mails (`winback_poll_sending`); who was contacted too often or too recently waits.
    An answer is noted whatever else fails (`winback_poll_recording`), and everyone who
    answers gets a gift (`winback_poll_gift`).

    The exit poll of a month collects those invitations that cases of lost customers send.
    """

    _name = "winback.poll"
    _description = "Win-Back Poll"
    _inherit = ["mail.thread"]
    _order = "month desc, kind desc, id desc"
    _check_company_auto = True

    name = fields.Char(compute="_compute_name", store=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    kind = fields.Selection(
        [("monthly", "Monthly"), ("exit", "Exit")], required=True, default="monthly", readonly=True
    )
    month = fields.Date(
        string="About",
        required=True,
        default=lambda self: self._get_month_before(self.env.company._winback_today()),
        help="The month whose quotations and completed orders are asked about, whichever of "
        "its days is entered.",
    )
    state = fields.Selection(
        [("draft", "Draft"), ("running", "Running"), ("done", "Closed"), ("cancelled", "Cancelled")],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        tracking=True,
        group_expand=True,
    )
    survey_id = fields.Many2one(
        "survey.survey", ondelete="restrict", tracking=True, domain="[('winback_is_poll', '=', True)]"
    )
    offer_id = fields.Many2one(
        "winback.offer",
        string="Gift",
        ondelete="restrict",
        check_company=True,
        tracking=True,
        domain="[('company_id', 'in', [False, company_id]), ('kind', 'in', ('discount', 'gift', 'credit', 'service'))]",
        help="Everyone who answers gets it, whatever the answer.",
    )
    # a customer may hold one open grant of an offer: each poll gives one of its own
    gift_offer_id = fields.Many2one(
        "winback.offer", string="Gift of This Poll", readonly=True, copy=False, ondelete="restrict"
    )
    budget = fields.Monetary(
        tracking=True,
        help="Covers the gifts if everybody answers; who is beyond it is not asked. Zero: no limit.",
    )
    date_first = fields.Date(
        string="Sent From", compute="_compute_dates", store=True, readonly=False, precompute=True
    )
    date_last = fields.Date(
        string="Sent Until", compute="_compute_dates", store=True, readonly=False, precompute=True,
        help="As planned; what an outage delayed is sent as long as there is time to answer.",
    )  # fmt: skip
    date_deadline = fields.Date(
        string="Answers Until", compute="_compute_dates", store=True, readonly=False, precompute=True
    )
    date_previewed = fields.Datetime(string="Previewed", readonly=True, copy=False)
    date_started = fields.Datetime(string="Started", readonly=True, copy=False)
    error = fields.Text(readonly=True, copy=False, string="Last Error")

    invitation_ids = fields.One2many("winback.poll.invitation", "poll_id")
    _month_uniq = models.Constraint(
        "UNIQUE(company_id, kind, month)", "There is a poll about this month already."
    )

    # ------------------------------------------------------------------
    # Computed fields
    # ------------------------------------------------------------------

    @api.depends("month", "kind")
    def _compute_name(self):
        for poll in self:
            month = f"{poll.month:%Y-%m}" if poll.month else ""
            poll.name = f"Exit Poll {month}" if poll.kind == "exit" else f"Poll {month}"

    @api.depends("month", "kind", "company_id")
    def _compute_dates(self):
        """Take the days of the settings, in the month in which the poll is sent."""
        for poll in self:
            if not poll.month:
                poll.date_first = poll.date_last = poll.date_deadline = False
                continue
            company = poll.company_id
            first = poll._get_sending_month()
            is_exit = poll.kind == "exit"
            poll.date_first = first if is_exit else first.replace(day=company.winback_poll_first_day)
            poll.date_last = (
                first + relativedelta(day=31) if is_exit
                else first.replace(day=company.winback_poll_last_day)
            )  # fmt: skip
            poll.date_deadline = (
                first + relativedelta(months=2, days=-1) if is_exit
                else first.replace(day=company.winback_poll_deadline_day)
            )  # fmt: skip

    # ------------------------------------------------------------------
    # Checks
    # ------------------------------------------------------------------

    @api.constrains("date_first", "date_last", "date_deadline")
    def _check_dates(self):
        for poll in self:
            if not poll.date_first <= poll.date_last <= poll.date_deadline:
                raise ValidationError(
                    self.env._("%s: first and last day and the deadline must follow each other.", poll.name)
                )

    @api.constrains("offer_id")
    def _check_offer(self):
        for poll in self:
            if poll.offer_id and poll.offer_id.kind not in GIFT_KINDS:
                raise ValidationError(
                    self.env._("“%s” is nothing that a customer can use by itself.", poll.offer_id.name)
                )

    @api.constrains("budget")
    def _check_budget(self):
        if any(poll.budget < 0 for poll in self):
            raise ValidationError(self.env._("A budget cannot be negative."))

    @api.model
    def default_get(self, fields_list):
        """Override to show in a new poll what the settings of the company say."""
        values = super().default_get(fields_list)
        defaults = self._prepare_default_values(self.env.company, values.get("kind"))
        return {**{name: value for name, value in defaults.items() if name in fields_list}, **values}

    @api.model_create_multi
    def create(self, vals_list):
        """Complete what the settings of the company say."""
        for vals in vals_list:
            company = self.env["res.company"].browse(vals.get("company_id")) or self.env.company
            month = fields.Date.to_date(vals.get("month")) or self._get_month_before(company._winback_today())
            vals["month"] = month.replace(day=1)
            for name, value in self._prepare_default_values(company, vals.get("kind")).items():
                vals.setdefault(name, value)
        return super().create(vals_list)

    def write(self, vals):
        """Keep what customers were promised, and months their first day."""
        if vals.get("month"):
            vals = {**vals, "month": fields.Date.to_date(vals["month"]).replace(day=1)}
        fixed = {"month", "company_id", "kind", "offer_id", "survey_id"}.intersection(vals)
        if fixed and any(poll.state != "draft" for poll in self) and not self.env.su:
            raise UserError(self.env._("Customers have been asked already: this cannot be changed any more."))
        return super().write(vals)

    @api.model
    def _prepare_default_values(self, company, kind):
        """Return what a new poll of `company` takes from its settings."""
        # sudo: a manager need not see surveys in order to start one
        company = company.sudo()
        survey = ("winback_exit_survey_id", DEFAULT_EXIT_SURVEY) if kind == "exit" else (
            "winback_poll_survey_id", DEFAULT_SURVEY)
        return {
            "survey_id": company._winback_get_poll_part(*survey).id,
            "offer_id": company._winback_get_poll_part("winback_poll_offer_id", DEFAULT_OFFER).id,
            "budget": company.winback_poll_budget,
        }

    @api.ondelete(at_uninstall=False)
    def _unlink_except_asked(self):
        if any(poll.state in ("running", "done") for poll in self):
            raise UserError(self.env._("Customers have been asked: cancel the poll instead."))

    # ------------------------------------------------------------------
    # Days
    # ------------------------------------------------------------------

    @api.model
    def _get_month_before(self, today):
        """Return the first day of the month before that of `today`."""
        return today.replace(day=1) + relativedelta(months=-1)

    def _get_sending_month(self):
        """Return the first day of the month in which the poll is sent."""
        self.ensure_one()
        return self.month + relativedelta(months=0 if self.kind == "exit" else 1, day=1)

    def _get_month_end(self):
        """Return the last day of the month that is asked about."""
        return self.month + relativedelta(day=31)

    def _get_deadline(self):
        """Return the last moment to answer, in UTC: the company's midnight."""
        return end_of_day(self.date_deadline, self.company_id._winback_tz())

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def action_preview(self):
        """Work out who would be asked, and show them; nothing is sent."""
        self.ensure_one()
        self.check_access("write")
        self.sudo()._prepare(self.company_id._winback_today())  # sudo: invitations are the system's
        return self.action_open_invitations()

    def action_start(self):
        """Begin to ask: the scheduled action sends from now on."""
        for poll in self:
            poll.check_access("write")
            poll.sudo()._start(poll.company_id._winback_today())  # sudo: as above
        self.env.ref(CRON).sudo()._trigger()  # sudo: a manager may start the work

    def action_cancel(self):
        """Ask nobody any more; what was answered stays, and its gifts with it."""
        self.check_access("write")
        self.filtered(lambda poll: poll.state in ("draft", "running")).state = "cancelled"

    def action_open_invitations(self):
        """List who is asked and who is not, and why."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "winback_lost_customers_survey.winback_poll_invitation_action"
        )
        return {
            **action,
            "name": self.name,
            "domain": list(Domain("poll_id", "=", self.id)),
            "context": {"search_default_group_state": 1, "search_default_group_reason": 1},
        }

    def action_open_answers(self):
        """List what customers answered."""
        return self._get_lines_action("winback_lost_customers_survey.winback_poll_answer_action")

    def action_open_gifts(self):
        """List the gifts that this poll brought."""
        return self._get_lines_action("winback_lost_customers_survey.winback_poll_gift_action")

    def _get_lines_action(self, xmlid):
        """Return a list of what belongs to this poll."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(xmlid)
        return {**action, "name": self.name, "domain": list(Domain("poll_id", "=", self.id)), "context": {}}

    def action_open_survey(self):
        """Edit the questions, like those of any survey."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "survey.survey",
            "res_id": self.survey_id.id,
            "view_mode": "form",
        }

    # ------------------------------------------------------------------
    # Starting
    # ------------------------------------------------------------------

    def _start(self, today):
        """Choose who is asked, and begin; a second start changes nothing."""
        self.ensure_one()
        if not self.try_lock_for_update(allow_referencing=True):
            raise UserError(self.env._("Somebody else is starting this poll at this moment."))
        self.invalidate_recordset(["state"])
        if self.state != "draft":
            return
        self._check_ready(today)
        self._prepare(today)
        self._fix_gift()
        self.write({"state": "running", "date_started": fields.Datetime.now(), "error": False})

    def _check_ready(self, today):
        """Refuse to ask where something is missing."""
        if today > self.date_deadline:
            raise UserError(self.env._("%s: the last day to answer has passed.", self.name))
        if not self.survey_id.active or not self.survey_id.question_ids:
            raise UserError(self.env._("%s: the survey is closed, or has no questions.", self.name))
        if not self.offer_id.active or self.offer_id.missing:
            raise UserError(
                self.env._("%s: choose a gift that can be given; everyone who answers gets one.", self.name)
            )

    def _fix_gift(self):
        """Give the poll a gift of its own, with the terms of now, which nobody else grants."""
        if not self.gift_offer_id:
            self.gift_offer_id = self.offer_id.copy(
                {"code": False, "company_id": self.company_id.id, "active": False}
            )

import logging

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from .winback_case import PROMISE_TYPE

_logger = logging.getLogger(__name__)

# promises that one transaction of the scheduled action looks at
BATCH_SIZE = 100


class WinbackNegotiation(models.Model):
    """What was said in the negotiation: claims of both sides, and who promised what
    until when, kept or not."""

    _name = "winback.negotiation"
    _description = "Win-Back Negotiation"
    _order = "date desc, id desc"

    case_id = fields.Many2one("winback.case", required=True, index=True, ondelete="cascade")
    partner_id = fields.Many2one(related="case_id.partner_id", store=True, index=True)
    company_id = fields.Many2one(related="case_id.company_id", store=True)
    date = fields.Date(
        required=True, default=lambda self: self.env.company._winback_today(), string="Said On"
    )
    kind = fields.Selection(
        [
            ("customer_claim", "The customer claims"),
            ("our_claim", "We claim"),
            ("our_promise", "We promise"),
            ("customer_promise", "The customer promises"),
        ],
        required=True,
        default="customer_claim",
    )
    is_promise = fields.Boolean(compute="_compute_is_promise")
    name = fields.Char(string="What", required=True)
    user_id = fields.Many2one(
        "res.users",
        string="Sees to It",
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        help="Who keeps our promise, or checks that the customer keeps its own.",
    )
    date_due = fields.Date(string="Due")
    state = fields.Selection(
        [("open", "Open"), ("kept", "Kept"), ("broken", "Not kept")],
        string="Kept",
        required=True,
        default="open",
    )
    date_settled = fields.Date(readonly=True, string="Settled On")
    activity_id = fields.Many2one("mail.activity", readonly=True, ondelete="set null")
    reminded_date = fields.Date(readonly=True, string="Reminded On")

    @api.depends("kind")
    def _compute_is_promise(self):
        for line in self:
            line.is_promise = line.kind in ("our_promise", "customer_promise")

    @api.constrains("kind", "user_id", "date_due")
    def _check_promise(self):
        for line in self:
            if line.is_promise and not (line.user_id and line.date_due):
                raise ValidationError(
                    self.env._("Say who sees to “%s”, and until when.", line.name)
                )

    @api.model_create_multi
    def create(self, vals_list):
        """Date what is settled already when it is entered."""
        return super().create([self._date(vals) for vals in vals_list])

    @api.model
    def _date(self, vals):
        """Return `vals` with the day on which they settle the promise."""
        if "state" not in vals:
            return vals
        settled = vals["state"] != "open"
        return {**vals, "date_settled": settled and self.env.company._winback_today()}

    def write(self, vals):
        """Date what is settled, and remind again of what is due on another day."""
        vals = self._date(vals)
        if {"date_due", "user_id"} & vals.keys() or vals.get("state") == "open":
            vals = {**vals, "reminded_date": False}
        result = super().write(vals)
        if {"date_due", "user_id", "state"} & vals.keys():
            # sudo: the reminder belongs to who sees to it
            self.sudo().activity_id.with_context(winback_closing=True).filtered("active").unlink()
        return result

    def action_kept(self):
        """Note that the promise was kept."""
        self._settle("kept")

    def action_broken(self):
        """Note that the promise was not kept."""
        self._settle("broken")

    def _settle(self, state):
        if not all(line.is_promise for line in self):
            raise UserError(self.env._("Only promises are kept or not."))
        self.state = state

    # ------------------------------------------------------------------
    # Reminders
    # ------------------------------------------------------------------

    @api.model
    def _get_due_domain(self, company):
        """Return the domain of promises due of which nobody has been reminded."""
        return (
            Domain("company_id", "=", company.id)
            & Domain("kind", "in", ("our_promise", "customer_promise"))
            & Domain("state", "=", "open")
            & Domain("reminded_date", "=", False)
            & Domain("date_due", "<=", company._winback_today())
        )

    @api.model
    def _cron_remind(self):
        """Remind of promises that are due, each once."""
        progress = self.env["ir.cron"]
        companies = self.env["res.company"].search([("active", "=", True)])
        due = {company: self._get_due_domain(company) for company in companies}
        progress._commit_progress(remaining=sum(self.search_count(d) for d in due.values()))
        for domain in due.values():
            while lines := self.search(domain, order="date_due, id", limit=BATCH_SIZE):
                locked = lines.try_lock_for_update()
                locked._remind()
                # what another transaction holds is left to the next run
                if not progress._commit_progress(len(locked)) or len(locked) < len(lines):
                    return

    def _remind(self):
        """Give who sees to the promise an activity, else the owner of the case."""
        for line in self:
            today = line.company_id._winback_today()
            line.reminded_date = today
            user = line.case_id._keep_eligible(line.user_id | line.case_id.user_id)[:1]
            if not user:
                _logger.warning("Nobody sees to the promise %s", line.id)
                continue
            line.activity_id = line.case_id._schedule(
                PROMISE_TYPE, user, today, line._get_summary
            )

    def _get_summary(self, env):
        """Return the words of the reminder in the language of `env`."""
        if self.kind == "our_promise":
            return env._("Promised to %(customer)s: %(what)s",
                         customer=self.case_id.name, what=self.name)  # fmt: skip
        return env._("Promised by %(customer)s: %(what)s",
                     customer=self.case_id.name, what=self.name)  # fmt: skip


class MailActivity(models.Model):
    """A reminder that is done settles the promise."""

    _inherit = "mail.activity"

    def _action_done(self, feedback=False, attachment_ids=None):
        """Override of `mail` to mark the promises as kept whose reminders are done."""
        # sudo: who sees to a promise need not see the case
        lines = self.env["winback.negotiation"].sudo().search(
            [("activity_id", "in", self.ids), ("state", "=", "open")]
        )
        result = super()._action_done(feedback=feedback, attachment_ids=attachment_ids)
        lines.state = "kept"
        return result


class WinbackCase(models.Model):
    """Negotiation and remedy plan of a case."""

    _inherit = "winback.case"

    negotiation_ids = fields.One2many("winback.negotiation", "case_id")
    open_promise_count = fields.Integer(compute="_compute_open_promise_count")

    @api.depends("negotiation_ids.state", "negotiation_ids.kind")
    def _compute_open_promise_count(self):
        for case in self:
            case.open_promise_count = len(
                case.negotiation_ids.filtered(lambda line: line.is_promise and line.state == "open")
            )

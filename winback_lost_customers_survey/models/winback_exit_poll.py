from markupsafe import Markup

from odoo import api, fields, models
from odoo.addons.winback_lost_customers.models.winback_case import OPEN_STATES
from odoo.exceptions import UserError
from odoo.fields import Domain

from .winback_poll import CRON


class WinbackPoll(models.Model):
    """The exit poll of a month, in which cases ask their customers."""

    _inherit = "winback.poll"

    @api.model
    def _get_exit_poll(self, company, today):
        """Return the running exit poll of this month, starting it if there is none."""
        month = today.replace(day=1)
        poll = self.search(
            Domain("company_id", "=", company.id) & Domain("kind", "=", "exit") & Domain("month", "=", month)
        )
        poll = poll or self.create({"company_id": company.id, "kind": "exit", "month": month})
        if poll.state == "draft":
            poll._check_ready(today)
            poll._fix_gift()
            poll.write({"state": "running", "date_started": fields.Datetime.now()})
        if poll.state != "running":
            raise UserError(self.env._("%s is not running.", poll.name))
        return poll


class WinbackCase(models.Model):
    """Asking a lost customer itself why it left: only when there is something to offer."""

    _inherit = "winback.case"

    exit_invitation_ids = fields.One2many(
        "winback.poll.invitation", "case_id", string="Exit Polls", groups="sales_team.group_sale_salesman"
    )
    can_ask_customer = fields.Boolean(compute="_compute_can_ask_customer")

    @api.depends("state", "offer_id", "customer_reason_id", "exit_invitation_ids")
    def _compute_can_ask_customer(self):
        for case in self:
            # sudo: shown as a button only
            case.can_ask_customer = not case.sudo()._get_exit_hindrance()

    def action_send_exit_poll(self):
        """Ask the customer why it left; a mail goes out within the hour."""
        for case in self:
            case.check_access("write")
            case.sudo()._send_exit_poll()  # sudo: polls are the system's; checked above
        self.env.ref(CRON).sudo()._trigger()  # sudo: as above

    def _get_exit_hindrance(self):
        """Return why the customer is not asked, or False."""
        self.ensure_one()
        if self.state not in OPEN_STATES:
            return self.env._("The case of %s is closed.", self.name)
        if self.customer_reason_id:
            return self.env._("%s has said already why it left.", self.name)
        offer = self.offer_id.with_company(self.company_id)
        if not offer or not offer.active or offer.missing or not offer._fits_margin(*self._get_typical_order()):
            return self.env._(
                "Have an offer ready first: %s is asked only when there is something to offer.", self.name
            )
        if self.exit_invitation_ids.filtered(lambda i: i.state not in ("excluded",)):
            return self.env._("%s has been asked already.", self.name)
        return False

    def _send_exit_poll(self):
        """Invite the customer to the exit poll of this month."""
        self.ensure_one()
        if hindrance := self._get_exit_hindrance():
            raise UserError(hindrance)
        company = self.company_id
        today = company._winback_today()
        poll = self.env["winback.poll"].with_company(company)._get_exit_poll(company, today)
        contact = self._get_exit_contact()
        reason = self._get_exit_block(poll, contact, today)
        if reason:
            labels = dict(self.env["winback.poll.invitation"]._get_reasons())
            raise UserError(
                self.env._("%(customer)s cannot be asked: %(reason)s.", customer=self.name, reason=labels[reason])
            )
        poll._invite(self, contact)

    def _get_exit_contact(self):
        """Return who is asked: the contact of the last order, else the organisation, else
        anybody there with an address."""
        customer = self.partner_id
        order = self.status_id.last_order_id
        people = order.partner_id | customer | customer.child_ids.filtered(lambda p: p.type == "contact")
        own = people.filtered(lambda p: p.commercial_partner_id == customer and p.active and p.email_normalized)
        blocked = self.env["mail.blacklist"].search([("email", "in", own.mapped("email_normalized"))]).mapped("email")
        return own.filtered(lambda p: p.email_normalized not in blocked)[:1] or own[:1]

    def _get_exit_block(self, poll, contact, today):
        """Return the reason code for which the customer must not be asked, or False."""
        if not contact:
            return "no_email"
        invitation = self.env["winback.poll.invitation"].new(
            {"partner_id": self.partner_id.id, "contact_id": contact.id, "poll_id": poll.id}
        )
        return next(iter(poll._get_blocked(invitation, today).values()), False)


class WinbackPollInvite(models.Model):
    """Inviting one customer, and what its answer says to the case."""

    _inherit = "winback.poll"

    def _invite(self, case, contact):
        """Write the invitation of a case; one that was left out before is taken up again."""
        invitations = self.env["winback.poll.invitation"]
        invitations.search(
            [("poll_id", "=", self.id), ("partner_id", "=", case.partner_id.id), ("state", "=", "excluded"),
             ("user_input_id", "=", False)]
        ).unlink()
        installed = dict(self.env["res.lang"].get_installed())
        lang = contact.lang if contact.lang in installed else self.company_id.partner_id.lang or "en_US"
        status = case.status_id
        return invitations.create(
            {
                "poll_id": self.id,
                "company_id": self.company_id.id,
                "partner_id": case.partner_id.id,
                "contact_id": contact.id,
                "email": contact.email_normalized,
                "lang": lang,
                "access_token": self.env["survey.user_input"]._generate_invite_token(),
                "state": "prepared",
                "case_id": case.id,
                "order_id": status.last_order_id.id,
                "user_id": case.user_id.id,
                "team_id": case.team_id.id,
                "value_class_id": case.opening_class_id.id,
            }
        )


    def _get_unheard_domain(self):
        """Override of `winback.poll` to find the answers that no case was told."""
        if self.kind != "exit":
            return super()._get_unheard_domain()
        return Domain("poll_id", "=", self.id) & Domain("case_id", "!=", False) & Domain("is_told", "=", False)


class WinbackPollInvitation(models.Model):
    _inherit = "winback.poll.invitation"

    def _react(self):
        """Override of `winback.poll.invitation` to tell the case what the customer said."""
        result = super()._react()
        for answer in self.answer_ids.filtered(lambda a: a.kind == "exit" and a.case_id):
            answer._tell_case()
        return result


class WinbackPollAnswer(models.Model):
    _inherit = "winback.poll.answer"

    is_told = fields.Boolean(readonly=True, help="The case knows what the customer answered.")

    def _tell_case(self):
        """Note what the customer says on its case: the reason, in its own words, and where
        it went; the stage and the method follow."""
        self.ensure_one()
        case = self.case_id
        if self.is_told:
            return
        self.is_told = True
        case.message_post(body=self._get_exit_words())
        if case.state not in OPEN_STATES:
            return
        case._take()
        values = {"competitor": self.competitor} if self.competitor else {}
        if self.reason_id:
            values["customer_reason_id"] = self.reason_id.id
        case.write(values)
        self._propose_method(case)

    def _propose_method(self, case):
        """Say which method fits what the customer says, where somebody has chosen another."""
        method = self.env["winback.method"]._propose(case)[:1]
        if self.reason_id and method and method != case.method_id:
            case.message_post(
                body=self.env._("What the customer says speaks for another method: %s.", method.name)
            )

    def _get_exit_words(self):
        """Return the answer as it is read on the case, with the customer's words escaped."""
        parts = [
            self.env._("The customer answered the exit poll."),
            self.env._("Why it left: %s", self.reason_id.name or self.env._("another reason")),
            *([self.env._("Now buys from: %s", self.competitor)] if self.competitor else []),
            *(self.text or "").splitlines(),
        ]
        return Markup("<br/>").join(parts)

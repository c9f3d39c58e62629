from markupsafe import Markup

from odoo import api, fields, models
from odoo.addons.winback_lost_customers.models.winback_complaint import OPEN_STATES

URGENT = "winback_lost_customers_survey.mail_act_poll_react"
LOST_STATES = ("lost", "gone")


class WinbackPollInvitation(models.Model):
    _inherit = "winback.poll.invitation"

    def _react(self):
        """Have somebody react to a bad answer."""
        self.answer_ids._react()


class WinbackPollAnswer(models.Model):
    """A bad answer is a complaint: it gets an owner, the superior of the person concerned, a
    deadline in working hours, and escalates, all by the rules of complaints. Of a customer who
    is lost already it is a case instead.
    """

    _inherit = "winback.poll.answer"

    complaint_id = fields.Many2one(
        "winback.complaint", readonly=True, index="btree_not_null", ondelete="set null"
    )
    needs_reaction = fields.Boolean(readonly=True, index=True)
    reaction_deadline = fields.Datetime(related="complaint_id.deadline", string="React Until")
    reaction_date = fields.Datetime(related="complaint_id.date_answered", string="Reacted On")
    reaction_hours = fields.Float(
        related="complaint_id.answer_hours", string="Time to Reaction (working hours)"
    )
    reaction_user_id = fields.Many2one(related="complaint_id.user_id", string="Reacts")
    may_hand_over = fields.Boolean(compute="_compute_may_hand_over")

    def _react(self):
        """Open a complaint, or a case, for the bad ones of these answers, once."""
        for answer in self:
            if answer.complaint_id or answer.needs_reaction or not answer._is_dissatisfied():
                continue
            answer.needs_reaction = True
            if answer.kind == "exit":
                continue  # its case is being worked already
            if answer._get_status().state in LOST_STATES:
                answer._open_case()
            else:
                answer._open_complaint()

    def _get_status(self):
        """Return the win-back row of the customer, empty if it has none."""
        self.ensure_one()
        return self.env["winback.status"].search(
            [("partner_id", "=", self.partner_id.id), ("company_id", "=", self.company_id.id)], limit=1
        )

    # ------------------------------------------------------------------
    # Complaint
    # ------------------------------------------------------------------

    def _open_complaint(self):
        """Open a complaint of the superior, or add the answer to one that is open."""
        self.ensure_one()
        complaint = self.env["winback.complaint"].search(
            [
                ("commercial_partner_id", "=", self.partner_id.id),
                ("company_id", "=", self.company_id.id),
                ("state", "in", OPEN_STATES),
            ],
            limit=1,
        )
        if complaint:
            complaint.message_post(body=self._get_words())
        else:
            # who reacts is asked below: told once is enough
            asking = complaint.with_context(winback_asked_to_react=True)
            complaint = asking.create(self._prepare_complaint_values()).with_env(self.env)
        self.complaint_id = complaint
        user = self._get_superior() or complaint.user_id
        if user:
            self._ask_to_react(complaint, user)

    def _prepare_complaint_values(self):
        """Return the values of the complaint."""
        order = self.invitation_id.order_id
        contact = self.contact_id
        # who moved to another organisation since complains no longer for it
        if contact.commercial_partner_id != self.partner_id:
            contact = self.partner_id
        if order.partner_id.commercial_partner_id != self.partner_id:
            order = order.browse()
        return {
            "name": self._get_summary(),
            "description": self._get_words(),
            "partner_id": contact.id,
            "company_id": self.company_id.id,
            "order_id": order.id,
            "team_id": self.team_id.id,
            "source": "poll",
            "severity": "serious" if self.category == "detractor" else "small",
            "user_id": (self._get_superior() or self.user_id).id,
        }

    def _get_superior(self):
        """Return the superior of the person who dealt with the customer."""
        self.ensure_one()
        complaint = self.env["winback.complaint"].new(
            {"partner_id": self.partner_id.id, "company_id": self.company_id.id, "team_id": self.team_id.id}
        )
        return complaint._get_superior(self.user_id)._origin

    def _ask_to_react(self, document, user):
        """Give `user` an urgent activity on the complaint or case."""
        company = self.company_id
        deadline = document.deadline if document._name == "winback.complaint" else False
        local = self.with_context(tz=company._winback_tz())
        day = deadline and fields.Datetime.context_timestamp(local, deadline).date()
        # the request is the customer's, perhaps in another language
        localized = self.with_context(lang=user.lang)
        document.with_context(lang=user.lang).activity_schedule(
            URGENT,
            date_deadline=day or company._winback_today(),
            user_id=user.id,
            summary=localized._get_summary(),
            note=localized._get_note(),
        )

    # ------------------------------------------------------------------
    # Case
    # ------------------------------------------------------------------

    def _open_case(self):
        """Open a case for the lost customer; its owner is found by the rules."""
        self.ensure_one()
        cases = self.env["winback.case"]
        self.case_id = cases._open(self.company_id, self.partner_id, source="poll")
        self.case_id.message_post(body=self._get_words())
        user = self._get_superior() or self.case_id.user_id
        if user:
            self._ask_to_react(self.case_id, user)

    @api.depends("complaint_id", "case_id")
    @api.depends_context("uid")
    def _compute_may_hand_over(self):
        for answer in self:
            document = answer.complaint_id or answer.case_id
            # who does not see the document does not decide about the customer
            answer.may_hand_over = document.has_access("write") and document.may_hand_over

    def action_change_account_manager(self):
        """Hand the customer over to another account manager, as the complaint or case does it."""
        self.ensure_one()
        self.check_access("read")
        if self.complaint_id:
            return self.complaint_id.action_change_account_manager()
        self.case_id.action_change_account_manager()
        return self.case_id._get_handover_action()

    def action_open_complaint(self):
        """Open the complaint that came of the answer."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "winback.complaint",
            "res_id": self.complaint_id.id,
            "view_mode": "form",
        }

    # ------------------------------------------------------------------
    # Words
    # ------------------------------------------------------------------

    def _get_summary(self):
        """Return the answer in a few words."""
        self.ensure_one()
        if self.category:
            return self.env._("Poll: %(customer)s gave %(score)s of 10", customer=self.partner_id.name, score=self.nps)
        return self.env._("Poll: %s is angry", self.partner_id.name)

    def _get_words(self):
        """Return the answer as it is read in a complaint or case; what was written by the
        customer is escaped."""
        self.ensure_one()
        departments = dict(self.env["winback.poll.score"]._get_departments())
        lines = [
            self.env._("%(department)s: %(score)s of 10", department=departments[s.department], score=s.score)
            for s in self.score_ids
        ]
        parts = [self._get_summary(), *lines, *(self.text or "").splitlines()]
        return Markup("<br/>").join(parts)

    def _get_note(self):
        """Return what the superior should think of."""
        return self.env._(
            "Call today, listen, and tell the customer what is done. If the customer does not get along with "
            "its contact person, offer another one: “Change the Account Manager”, on this page."
        )


class WinbackCase(models.Model):
    _inherit = "winback.case"

    source = fields.Selection(selection_add=[("poll", "Poll")], ondelete={"poll": "set default"})


class WinbackComplaint(models.Model):
    """What is done when somebody has reacted."""

    _inherit = "winback.complaint"

    def _ask_for_answer(self):
        """Override of `winback_lost_customers`: who was asked to react urgently knows."""
        if self.env.context.get("winback_asked_to_react") or self._has_activity(URGENT, self.user_id):
            return None
        return super()._ask_for_answer()

    def _finish_activities(self, xmlids):
        """Override of `winback_lost_customers`: an answer is the reaction to a poll, too."""
        return super()._finish_activities([*xmlids, URGENT])

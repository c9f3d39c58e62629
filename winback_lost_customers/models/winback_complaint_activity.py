import logging

from odoo import api, fields, models

from .winback_complaint import OPEN_STATES, UNANSWERED_STATES

_logger = logging.getLogger(__name__)

ANSWER = "winback_lost_customers.mail_act_complaint_answer"
LATE = "winback_lost_customers.mail_act_complaint_late"
CONFLICT = "winback_lost_customers.mail_act_complaint_conflict"
ALL_TYPES = [ANSWER, LATE, CONFLICT]

# complaints that one transaction of the scheduled action escalates
BATCH_SIZE = 100


class WinbackComplaint(models.Model):
    """Who is told what, and when: activities of owner and superior."""

    _inherit = "winback.complaint"

    def _announce(self):
        """Tell owner and superior of a complaint that has just been recorded."""
        self.ensure_one()
        if self.state not in OPEN_STATES:
            return
        if self.user_id:
            # sudo: following is a matter of the owner, not of who records
            self.sudo().message_subscribe(partner_ids=self.user_id.sudo().partner_id.ids)
        if self.is_conflict:
            self._raise_conflict()
        self._ask_for_answer()

    def _follow_up(self, vals):
        """Bring the activities up to date after the values `vals` were written."""
        for complaint in self:
            if complaint.state == "cancelled":
                complaint._drop_activities()
            elif complaint.state == "closed":
                complaint._finish_activities(ALL_TYPES)
            else:
                complaint._follow_up_open(vals)

    def _follow_up_open(self, vals):
        """Bring the activities of an open complaint up to date."""
        self.ensure_one()
        if vals.get("is_conflict"):
            self._raise_conflict()
        elif "is_conflict" in vals:
            self._finish_activities([CONFLICT])
        if self.date_answered:
            self._finish_activities([ANSWER, LATE])
        elif {"user_id", "partner_id", "severity", "date_received", "state"} & vals.keys():
            self._ask_for_answer()

    def _ask_for_answer(self):
        """Give the owner the activity to answer until the deadline, or move it."""
        self.ensure_one()
        if self.date_answered or not self.user_id:
            return
        if self._has_activity(CONFLICT, self.user_id):
            return  # the same person has been told already, with more urgency
        # sudo: who hands a complaint over may not see it any more
        complaint = self.sudo()
        day = self._get_local_day(self.deadline)
        if complaint.activity_search([ANSWER]):
            complaint.activity_reschedule([ANSWER], date_deadline=day, new_user_id=self.user_id.id)
        else:
            complaint._schedule(ANSWER, self.user_id, day)

    def _raise_conflict(self):
        """Tell the superior of the conflict, once."""
        self.ensure_one()
        superiors = self._get_superiors()
        owner = self.user_id
        user = owner if owner in superiors else self.superior_id or owner
        if user and not self._has_activity(CONFLICT):
            self._schedule(CONFLICT, user, self.company_id._winback_today())

    def _has_activity(self, xmlid, user=None):
        """Tell whether an activity of this type is open (for `user`)."""
        # sudo: activities of others count too
        return bool(self.sudo().activity_search([xmlid], user_id=user and user.id))

    def _schedule(self, xmlid, user, day):
        """Give `user` an activity in the user's own language."""
        # sudo: the superior is told whatever the rights of who records a complaint
        complaint = self.sudo().with_context(lang=user.sudo().lang or self.env.lang)
        summaries = {
            ANSWER: complaint.env._("Answer the complaint: %s", complaint.name),
            LATE: complaint.env._("Complaint not answered in time: %s", complaint.name),
            CONFLICT: complaint.env._("Conflict: %s", complaint.name),
        }
        complaint.activity_schedule(
            xmlid, date_deadline=day, user_id=user.id, summary=summaries[xmlid]
        )

    def _finish_activities(self, xmlids):
        """Mark the activities of these types as done, whoever's they are."""
        # sudo: an answer settles the activities of owner and superior alike
        self.sudo().activity_feedback(xmlids)

    def _drop_activities(self):
        """Remove the activities of what turned out to be no complaint."""
        # sudo: see `_finish_activities`
        self.sudo().activity_unlink(ALL_TYPES)

    def _get_local_day(self, moment):
        """Return the company's calendar day of `moment` (UTC)."""
        local = self.with_context(tz=self.company_id._winback_tz())
        return fields.Datetime.context_timestamp(local, moment).date()

    # ------------------------------------------------------------------
    # Escalation
    # ------------------------------------------------------------------

    @api.model
    def _get_late_domain(self):
        """Return the domain of what waits after its deadline and nobody was told."""
        return [
            ("date_answered", "=", False),
            ("escalated_date", "=", False),
            ("deadline", "<", fields.Datetime.now()),
            ("state", "in", UNANSWERED_STATES),
        ]

    @api.model
    def _cron_escalate(self):
        """Tell the superiors of late complaints, batch by batch, each once."""
        progress = self.env["ir.cron"]
        remaining = self.search_count(self._get_late_domain())
        progress._commit_progress(remaining=remaining)
        while late := self.search(self._get_late_domain(), order="deadline, id", limit=BATCH_SIZE):
            locked = late.try_lock_for_update()
            locked._escalate()
            # what another transaction holds is left to the next run
            if not progress._commit_progress(len(locked)) or len(locked) < len(late):
                break

    def _escalate(self):
        """Give the superior, or else the owner, an urgent activity for today."""
        self.escalated_date = fields.Datetime.now()
        for complaint in self:
            user = complaint.superior_id or complaint.user_id
            if not user:
                _logger.warning("Complaint %s is late and nobody is responsible", complaint.id)
                continue
            complaint._schedule(LATE, user, complaint.company_id._winback_today())

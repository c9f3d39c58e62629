from datetime import timedelta

from odoo import fields, models

# the policy is asked about all who wait, so batches are larger than those of the first mail
BATCH = 200


class WinbackPoll(models.Model):
    """One reminder, to those who may still be mailed."""

    _inherit = "winback.poll"

    def _remind_batch(self, today):
        """Remind some of those who have not answered; return how many are left.

        Who is contacted often enough in these days is not reminded today, and perhaps never.
        """
        days = self.company_id.winback_poll_reminder_days
        if not days or not self._has_time(today) or not self.survey_id.active:
            return 0
        invitations = self.env["winback.poll.invitation"]
        waiting = invitations.search(self._get_reminder_domain(today, days), order="id")
        blocked = self._get_blocked(waiting, today) if waiting else {}
        self._stop_for_good(blocked)
        batch = waiting.filtered(lambda invitation: invitation not in blocked)
        batch = batch[:BATCH].try_lock_for_update()
        batch.invalidate_recordset(["state"])
        batch = batch.filtered(lambda invitation: invitation.state == "sent")
        if not batch:
            return 0
        batch.write({"state": "reminded", "date_reminded": fields.Datetime.now()})
        self._queue_mails(batch, is_reminder=True)
        return len(waiting) - len(blocked) - len(batch)

    def _get_reminder_domain(self, today, days):
        """Return the domain of who was asked `days` ago, and has not answered."""
        end = self.env["winback.fact"]._get_day_end(self.company_id, today - timedelta(days=days))
        return [
            ("poll_id", "=", self.id),
            ("state", "=", "sent"),
            ("date_sent", "<", end),
            ("user_input_id.state", "in", ("new", "in_progress")),
            # the first mail has left; most are deleted then
            "|",
            ("mail_id", "=", False),
            ("mail_id.state", "=", "sent"),
        ]

    def _stop_for_good(self, blocked):
        """Note who does not want to be asked any more; an answer is still welcome."""
        for invitation, reason in blocked.items():
            if reason in ("opted_out", "moved") and invitation.reason != reason:
                invitation.reason = reason

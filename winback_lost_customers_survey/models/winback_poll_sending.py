import logging

from psycopg2 import OperationalError

from odoo import api, fields, models
from odoo.exceptions import UserError

from .winback_poll_candidates import DEFERRING

_logger = logging.getLogger(__name__)

BATCH = 50  # invitations whose mails are made and committed together
INVITE = "winback_lost_customers_survey.mail_template_poll"
INVITE_EXIT = "winback_lost_customers_survey.mail_template_exit_poll"
LAYOUT = "winback_lost_customers.mail_layout_customer"
# what the mail server may be able to do later
PASSING_FAILURES = (False, "unknown", "mail_smtp")


class WinbackPoll(models.Model):
    """Sending, in batches that are committed with their mails.

    An invitation is marked as sent in the transaction that queues its mail, so neither a
    crash nor a second worker asks anybody twice. Whether the mail server takes the mail is
    looked at later: what failed for no fault of the address is queued again.
    """

    _inherit = "winback.poll"

    # ------------------------------------------------------------------
    # Scheduled action
    # ------------------------------------------------------------------

    @api.model
    def _cron_work(self):
        """Start the polls that are due, and do what running ones need."""
        progress = self.env["ir.cron"]
        polls = self._start_due()
        progress._commit_progress(remaining=len(polls))
        for poll in polls:
            poll = poll.with_company(poll.company_id)
            if not poll._work_or_log(poll.company_id._winback_today()):
                break

    @api.model
    def _start_due(self):
        """Start the monthly polls whose window has begun; return all that need work."""
        for company in self.env["res.company"].search([("winback_poll_active", "=", True)]):
            self.with_company(company)._start_for(company, company._winback_today())
        return self.search([("state", "=", "running")])

    @api.model
    def _start_for(self, company, today):
        """Start the poll of `company` whose window has begun: what an outage delayed too, as
        long as there is time to answer."""
        month = self._get_month_before(today)
        poll = self.search(
            [("company_id", "=", company.id), ("kind", "=", "monthly"), ("month", "=", month)]
        )
        try:
            with self.env.cr.savepoint():
                poll = poll or self.create({"company_id": company.id, "month": month})
                if poll._is_due(today):
                    poll._start(today)
        except OperationalError:
            raise
        except Exception as error:  # noqa: BLE001 pylint: disable=broad-except
            # another company's poll must not suffer; shown on the poll and tried again
            _logger.warning("Win-back poll of %s could not be started: %s", company.name, error)
            if poll.exists():
                poll.error = str(error)

    def _is_due(self, today):
        """Tell whether the poll is to start by itself on `today`."""
        since = self.company_id.winback_poll_since
        return (
            self.state == "draft"
            and self.date_first <= today <= self.date_deadline
            # asked for only after its window: the next month will do
            and (not since or since <= self.date_last)
        )

    def _work_or_log(self, today):
        """Do what there is to do; return whether there is time for more."""
        try:
            return self._work_through(today)
        except OperationalError:
            raise
        except Exception as error:  # pylint: disable=broad-except
            self.env.cr.rollback()
            _logger.exception("Win-back poll %s failed", self.name)
            self.error = str(error)
            return bool(self.env["ir.cron"]._commit_progress(1))

    def _work_through(self, today):
        """Ask, remind and close, batch by batch; return whether there is time for more."""
        progress = self.env["ir.cron"]
        for step in self._get_steps():
            while number := step(today):
                if not progress._commit_progress(0, remaining=number):
                    return False
                if self.state != "running":
                    break
        self._close_if_over(today)
        return bool(progress._commit_progress(1))

    def _get_steps(self):
        """Return what is done one after the other: functions of the day that do one batch,
        and return how many more wait."""
        return [
            self._requeue_failed_mails,
            self._review_deferred,
            self._send_batch,
            self._remind_batch,
        ]

    # ------------------------------------------------------------------
    # Asking
    # ------------------------------------------------------------------

    def _review_deferred(self, today):
        """Let those be asked who have waited long enough; all at once."""
        invitations = self.env["winback.poll.invitation"]
        waiting = invitations.search([("poll_id", "=", self.id), ("state", "=", "deferred")])
        if not waiting or not self._has_time(today):
            return 0
        self.env.flush_all()
        reasons = {}
        for reason, query in self._get_deferring_queries(waiting.partner_id, today).items():
            reasons.update({id_: reason for (id_,) in self.env.execute_query(query)})
        for reason, group in waiting.grouped(lambda i: reasons.get(i.partner_id.id)).items():
            if not reason:
                group.write({"state": "prepared", "reason": False})
            elif any(invitation.reason != reason for invitation in group):
                group.write({"reason": reason})
        return 0

    def _get_deferring_queries(self, customers, today):
        """Return {reason: statement of the ids of `customers` who must wait}."""
        policy = self.env["winback.contact.policy"]
        return {
            "cooldown": self._get_cooling_query(today),
            "capped": policy._get_reason_query(
                "capped", self.company_id, customers, today, self._get_mail_channel()
            ),
        }

    def _has_time(self, today):
        """Tell whether who is asked on `today` has a few days to answer."""
        days = 0 if self.kind == "exit" else 2
        return fields.Date.add(today, days=days) <= self.date_deadline

    def _send_batch(self, today):
        """Ask some of those who are prepared; return how many are left."""
        domain = [("poll_id", "=", self.id), ("state", "=", "prepared")]
        if not self._has_time(today) or not self.survey_id.active:
            return 0
        invitations = self.env["winback.poll.invitation"]
        # who is being asked by another worker is left to it
        batch = invitations.search(domain, limit=BATCH, order="id").try_lock_for_update()
        batch.invalidate_recordset(["state"])
        batch = batch.filtered(lambda invitation: invitation.state == "prepared")
        if not batch:
            return 0
        self._leave_out(batch, today)
        self._ask(batch.filtered(lambda invitation: invitation.state == "prepared"))
        return invitations.search_count(domain)

    def _leave_out(self, invitations, today):
        """Leave out those of `invitations` who must not be asked any more since they were
        prepared: opted out, moved, archived, complaining, contacted often enough."""
        reasons = self._get_blocked(invitations, today)
        for reason, group in invitations.grouped(lambda i: reasons.get(i)).items():
            if reason in DEFERRING:
                group.write({"state": "deferred", "reason": reason})
            elif reason:
                group.write({"state": "excluded", "reason": reason})

    def _get_blocked(self, invitations, today):
        """Return {invitation: reason} of those that must not be mailed on `today`."""
        policy = self.env["winback.contact.policy"]
        blocked = policy._get_blocked(
            self.company_id, invitations.partner_id, today, channel=self._get_mail_channel()
        )
        opted_out = set(
            self.env["mail.blacklist"].search(
                [("email", "in", invitations.contact_id.mapped("email_normalized"))]
            ).mapped("email")
        )
        reasons = {i: blocked[i.partner_id] for i in invitations if i.partner_id in blocked}
        for invitation in invitations:
            contact = invitation.contact_id
            if not contact.active or not contact.email_normalized:
                reasons[invitation] = "no_email"
            elif contact.email_normalized in opted_out:
                reasons[invitation] = "opted_out"
            elif contact.commercial_partner_id != invitation.partner_id:
                reasons[invitation] = "moved"
        return reasons

    def _ask(self, invitations):
        """Make the answer sheets and queue the mails of `invitations`."""
        if not invitations:
            return
        sheets = self.env["survey.user_input"].with_context(tracking_disable=True).create(
            [self._prepare_sheet_values(invitation) for invitation in invitations]
        )
        now = fields.Datetime.now()
        for invitation, sheet in zip(invitations, sheets, strict=True):
            invitation.write({"user_input_id": sheet.id, "state": "sent", "date_sent": now, "reason": False})
        self._queue_mails(invitations)

    def _prepare_sheet_values(self, invitation):
        """Return the values of the answer sheet, with the questions for this customer."""
        survey = self.survey_id
        contact = invitation.contact_id
        questions = survey._winback_get_questions(invitation._get_asked_about())
        language = self.env["res.lang"]._get_data(code=invitation.lang)
        return {
            "survey_id": survey.id,
            "partner_id": contact.id,
            "email": contact.email,
            "nickname": contact.name,
            "lang_id": language.id,
            "deadline": self._get_deadline(),
            "access_token": invitation.access_token,
            "predefined_question_ids": [fields.Command.set(questions.ids)],
        }

    def _queue_mails(self, invitations, is_reminder=False):
        """Queue a mail to each of `invitations`; the mail queue sends them."""
        template = self.env.ref(INVITE_EXIT if self.kind == "exit" else INVITE)
        template = template.with_context(winback_is_reminder=is_reminder)
        mails = template.send_mail_batch(invitations.ids, email_layout_xmlid=LAYOUT)
        for invitation, mail in zip(invitations, mails, strict=True):
            invitation.mail_id = mail
        self.env.ref("mail.ir_cron_mail_scheduler_action")._trigger()

    # ------------------------------------------------------------------
    # What the mail server did
    # ------------------------------------------------------------------

    def _requeue_failed_mails(self, today):
        """Queue again what the mail server could not take, and note the addresses that do
        not exist."""
        failed = self.env["winback.poll.invitation"].search(
            [
                ("poll_id", "=", self.id),
                ("state", "in", ("sent", "reminded")),
                ("mail_id.state", "in", ("exception", "cancel")),
            ]
        )
        if self._has_time(today):
            passing = failed.filtered(
                lambda i: i.mail_id.state == "exception" and i.mail_id.failure_type in PASSING_FAILURES
            )
            passing.mail_id.mark_outgoing()
            failed -= passing
            if passing:
                self.env.ref("mail.ir_cron_mail_scheduler_action")._trigger()
        lost = failed.filtered(lambda invitation: invitation.user_input_id.state == "new")
        lost.write({"state": "excluded", "reason": "undeliverable"})
        return 0

    # ------------------------------------------------------------------
    # The end
    # ------------------------------------------------------------------

    def _close_if_over(self, today):
        """Close the poll when the last day to answer has passed."""
        if today <= self.date_deadline or self.state != "running":
            return
        self._expire_open()
        self.state = "done"

    def action_close(self):
        """End the poll now; who has not answered yet cannot any more."""
        for poll in self:
            poll.check_access("write")
            if poll.state != "running":
                raise UserError(self.env._("%s is not running.", poll.name))
            # sudo: invitations and answer sheets are the system's; checked above
            poll = poll.sudo()
            poll._expire_open().user_input_id.deadline = fields.Datetime.now()
            poll.state = "done"

    def _expire_open(self):
        """Note who has not answered, and return these invitations."""
        unanswered = self.env["winback.poll.invitation"].search(
            [("poll_id", "=", self.id), ("state", "in", ("sent", "reminded"))]
        )
        unanswered.state = "expired"
        return unanswered

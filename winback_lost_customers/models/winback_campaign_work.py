import logging
from ast import literal_eval

from psycopg2 import OperationalError

from odoo import api, models
from odoo.fields import Domain

_logger = logging.getLogger(__name__)

BATCH = 20  # treated customers that are worked and committed together


class WinbackCampaign(models.Model):
    """What a running campaign does: cases, offers, one mailing to approve, and stopping."""

    _inherit = "winback.campaign"

    # ------------------------------------------------------------------
    # Working
    # ------------------------------------------------------------------

    @api.model
    def _cron_work(self):
        """Work the treated of all running campaigns, each batch in a transaction of its
        own, and end those whose time is over."""
        progress = self.env["ir.cron"]
        campaigns = self.search([("state", "=", "running")])
        progress._commit_progress(remaining=sum(c.todo_count for c in campaigns) + len(campaigns))
        for campaign in campaigns:
            campaign = campaign.with_company(campaign.company_id)
            if not campaign._work_through(campaign.company_id._winback_today()):
                break

    def _work_through(self, today):
        """Work everybody who is left; return whether there is time for more."""
        progress = self.env["ir.cron"]
        # whoever starts, ends or works the campaign at this moment goes on with it
        while self.try_lock_for_update(allow_referencing=True) and self.state == "running":
            if self.date_end < today:
                self._finish(today)
                break
            batch = self._get_todo(limit=BATCH)
            if not batch:
                self._stop_treated(today)
                self._complete_work()
                break
            self._work(batch, today)
            if not progress._commit_progress(len(batch)):
                return False
            self.invalidate_recordset()
        return bool(progress._commit_progress(1))

    def _get_todo(self, limit=None):
        """Return the treated who have not been worked yet."""
        return self.env["winback.campaign.member"].search(
            [
                ("campaign_id", "=", self.id),
                ("arm", "=", "treatment"),
                ("work_state", "=", "todo"),
            ],
            order="id",
            limit=limit,
        )

    def _work(self, members, today):
        """Open cases and make offers for `members`, except for who needs them no more.

        Marks and what they stand for are in one transaction: whatever is interrupted is
        as if it had not been begun.
        """
        self._stop(members, today)
        todo = members.filtered(lambda member: member.work_state == "todo")
        for channel, group in todo.grouped("channel_id").items():
            self._try_to_treat(group, channel, today)

    def _try_to_treat(self, members, channel, today):
        """Treat `members` together, or one by one where one of them makes it fail."""
        try:
            with self.env.cr.savepoint():
                self._treat(members, channel, today)
        except OperationalError:  # no fault of a customer: the whole batch is done again
            raise
        # whatever goes wrong with one customer, it must not stop the others
        except Exception as error:  # noqa: BLE001 pylint: disable=broad-except
            if len(members) > 1:
                for member in members:
                    self._try_to_treat(member, channel, today)
                return
            _logger.info("Win-back campaign %s: customer %s failed: %s", self.id, members.id, error)
            members.write({"work_state": "failed", "error": str(error)})

    def _treat(self, members, channel, today):
        """Open the cases of `members`, make the offers, and mark them as worked."""
        cases = self._open_cases(members, channel)
        outreach = self.env["winback.outreach"]
        for member in members:
            case = cases.get(member.partner_id.commercial_partner_id, self.env["winback.case"])
            values = {"work_state": "done", "case_id": case.id, "error": False}
            if self.offer_id:
                grant = outreach._grant(
                    self.offer_id, member.partner_id, self.company_id, case, self, today
                )
                values["grant_id"] = grant.id
            member.write(values)

    def _open_cases(self, members, channel):
        """Return the open cases of `members` by customer."""
        if channel.kind == "email" and not self.opens_mail_cases:
            return {}
        values = {"channel_id": channel.id}
        if self.method_id:
            values["method_id"] = self.method_id.id
        if self.offer_id:
            values["offer_id"] = self.offer_id.id
        cases = self.env["winback.outreach"]._open_cases(
            self.company_id,
            members.partner_id,
            "campaign",
            user=self.user_id if self.owner_rule == "user" else None,
            **values,
        )
        return {case.partner_id: case for case in cases}

    # ------------------------------------------------------------------
    # Mailing
    # ------------------------------------------------------------------

    def _complete_work(self):
        """Prepare the mailing, once, when everybody has been worked."""
        if self.todo_count or self.mailing_id:
            return
        partners = self._get_mail_members().partner_id
        if partners:
            self.mailing_id = self.env["mailing.mailing"].create(
                self._prepare_mailing_values(partners)
            )

    def _get_mail_members(self):
        """Return the treated who are to get the mail: worked, and not stopped since."""
        return self.env["winback.campaign.member"].search(
            Domain("campaign_id", "=", self.id)
            & Domain("arm", "=", "treatment")
            & Domain("work_state", "=", "done")
            & Domain("stop_reason", "=", False)
            & Domain("channel_id.kind", "=", "email")
        )

    def _prepare_mailing_values(self, partners):
        """Return the values of the mailing: a draft, which only a person sends."""
        body = self.offer_id.description or ""
        return {
            "subject": self.name,
            "mailing_model_id": self.env["ir.model"]._get_id("res.partner"),
            "mailing_domain": repr([("id", "in", partners.ids)]),
            "campaign_id": self.utm_campaign_id.id,
            "user_id": self.create_uid.id,
            "body_arch": body,
            "body_html": body,
        }

    def _drop_unsent_mailing(self):
        """Delete the mailing if nobody has sent it yet."""
        # sudo: a sales manager need not be allowed to mail
        self.sudo().mailing_id.filtered(lambda mailing: mailing.state == "draft").unlink()

    # ------------------------------------------------------------------
    # Stopping
    # ------------------------------------------------------------------

    @api.model
    def _stop_after_run(self, company, today, partners=None):
        """Leave those treated by running campaigns of `company` alone who have ordered or
        answered, as a run has just found.

        :param partners: the customers of a limited run; None for all
        """
        for campaign in self.search([("state", "=", "running"), ("company_id", "=", company.id)]):
            campaign._stop_treated(today, partners)

    def _stop_treated(self, today, partners=None):
        """Stop the treated (of `partners`) who ordered or answered."""
        domain = Domain("campaign_id", "=", self.id) & Domain("arm", "=", "treatment")
        domain &= Domain("stop_reason", "=", False)
        if partners is not None:
            domain &= Domain("partner_id", "in", partners.ids)
        self._stop(self.env["winback.campaign.member"].search(domain), today)

    def _stop(self, members, today):
        """Stop those of `members` who ordered, answered, or are no customers of ours any
        more; who has not been worked yet need not be."""
        reasons = self._get_stop_reasons(members, today)
        for reason, stopped in members.grouped(lambda member: reasons.get(member.id)).items():
            if reason:
                stopped.write({"stop_reason": reason, "stop_date": today})
                todo = stopped.filtered(lambda member: member.work_state == "todo")
                todo.write({"work_state": "skipped"})
        if reasons:
            self._take_from_draft()

    def _get_stop_reasons(self, members, today):
        """Return {member id: why it is stopped}."""
        outcomes = self._get_outcomes(today, members)
        reasons = {}
        for member in members.filtered(lambda member: not member.stop_reason):
            outcome = outcomes.get(member.id)
            if outcome and outcome["return_date"]:
                reasons[member.id] = "ordered"
            elif outcome and outcome["has_answered"]:
                reasons[member.id] = "answered"
            elif not member.partner_id.active:
                reasons[member.id] = "archived"
            elif member.partner_id.company_id not in (self.company_id, self.env["res.company"]):
                reasons[member.id] = "moved"
        return reasons

    def _take_from_draft(self):
        """Take whoever was stopped from the mailing that waits for approval."""
        mailing = self.mailing_id
        if not mailing or mailing.state != "draft":
            return
        wanted = set(self._get_mail_members().partner_id.ids)
        domain = literal_eval(mailing.mailing_domain or "[]")
        ids = [
            partner_id
            for term in domain
            if term[0] == "id"
            for partner_id in term[2]
            if partner_id in wanted
        ]
        mailing.mailing_domain = repr([("id", "in", ids)])

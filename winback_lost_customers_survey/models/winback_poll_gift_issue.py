import logging

from psycopg2 import OperationalError

from odoo import api, fields, models

_logger = logging.getLogger(__name__)

TEMPLATE = "winback_lost_customers_survey.mail_template_gift"
LAYOUT = "winback_lost_customers.mail_layout_customer"


class WinbackPollInvitation(models.Model):
    """Everyone who answers gets a gift, whatever the answer."""

    _inherit = "winback.poll.invitation"

    gift_ids = fields.One2many("winback.poll.gift", "invitation_id")

    def _record_answer(self):
        """Override of `winback.poll.invitation` to promise the gift in the same breath."""
        result = super()._record_answer()
        self._promise_gift()
        return result

    def _promise_gift(self):
        """Promise the gift, once: the constraint holds for two workers, too."""
        self.ensure_one()
        if self.gift_ids:
            return
        self.env["winback.poll.gift"].create(
            {
                "invitation_id": self.id,
                "poll_id": self.poll_id.id,
                "company_id": self.company_id.id,
                "partner_id": self.partner_id.id,
                "contact_id": self.contact_id.id,
                "lang": self.lang,
                "user_id": self.user_id.id,
                "team_id": self.team_id.id,
                "expected_cost": self.poll_id._get_gift_cost(),
                "date_promised": fields.Datetime.now(),
            }
        ).flush_recordset()

    def _give_gift(self):
        """Issue the gift at once, so that the last page can show it."""
        self.gift_ids._give_or_log()


class WinbackPollGift(models.Model):
    """Issuing and delivering, each once; what fails is tried again."""

    _inherit = "winback.poll.gift"

    def _give_or_log(self):
        """Issue and deliver what is due; one that fails is noted and tried again later."""
        for gift in self.try_lock_for_update(allow_referencing=True):
            gift.invalidate_recordset(["state", "grant_id"])
            for state, step in (("promised", gift._issue), ("issued", gift._deliver)):
                if gift.state == state and not gift._try(step):
                    break

    def _try(self, step):
        """Do `step` in a savepoint of its own; return whether it worked."""
        try:
            with self.env.cr.savepoint():
                step()
        except OperationalError:
            raise
        except Exception as error:  # noqa: BLE001 pylint: disable=broad-except
            # whatever a gift is made of, it must not take the customer's answer along
            _logger.warning("Win-back gift %s: %s failed: %s", self.id, step.__name__, error)
            self.write({"attempts": self.attempts + 1, "error": str(error)})
            return False
        return True

    def _issue(self):
        """Grant the poll's offer to the customer: a code for it alone, good once."""
        self.ensure_one()
        poll = self.poll_id
        offer = (poll.gift_offer_id or poll.offer_id).with_context(winback_promised=True)
        grant = offer._grant(self.partner_id, self.company_id)
        self.write({"grant_id": grant.id, "state": "issued", "date_issued": fields.Datetime.now(), "error": False})

    def _deliver(self):
        """Queue the mail with the code; the last page of the poll shows it, too."""
        self.ensure_one()
        values = {"state": "delivered", "date_delivered": fields.Datetime.now(), "error": False}
        if self.contact_id.email_normalized:
            template = self.env.ref(TEMPLATE)
            values["mail_id"] = template.send_mail(self.id, email_layout_xmlid=LAYOUT)
            self.env.ref("mail.ir_cron_mail_scheduler_action")._trigger()
        self.write(values)

    @api.model
    def _cron_give(self):
        """Give what could not be given at once, and queue again the mails that the server
        could not take."""
        progress = self.env["ir.cron"]
        self._close_over()
        due = self.search([("state", "in", ("promised", "issued"))])
        failed = self.search([("mail_id.state", "=", "exception"), ("state", "=", "delivered")])
        failed.filtered(lambda gift: not gift._is_over()).mail_id.mark_outgoing()
        progress._commit_progress(remaining=len(due))
        for gift in due:
            gift.with_company(gift.company_id)._give_or_log()
            if not progress._commit_progress(1):
                break

    @api.model
    def _close_over(self):
        """End the liability of money that was used in part and whose last day has passed."""
        used = self.search([("state", "=", "redeemed"), ("liability", ">", 0)])
        used.filtered(lambda gift: gift._is_over())._compute_liability()

    def _is_over(self):
        """Tell whether the gift cannot be used any more."""
        self.ensure_one()
        return bool(self.date_expire and self.date_expire < self.company_id._winback_today())

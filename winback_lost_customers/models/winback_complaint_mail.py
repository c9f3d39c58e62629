import re

from odoo import api, models
from odoo.tools import email_normalize

from .winback_complaint import UNANSWERED_STATES

# what a person sends; automatic replies and notifications are no answers
ANSWER_TYPES = ("comment", "email", "email_outgoing")


class WinbackComplaint(models.Model):
    """Mail: complaints come by an alias, our answers stop the clock."""

    _inherit = "winback.complaint"

    # ------------------------------------------------------------------
    # In
    # ------------------------------------------------------------------

    @api.model
    def message_new(self, msg_dict, custom_values=None):
        """Override of `mail` to record a complaint from an e-mail to the alias.

        Nobody is refused: an unknown sender's complaint has no customer yet.
        """
        values = dict(custom_values or {})
        company = self.env["res.company"].browse(values.get("company_id")).exists()
        company = company or self.env.company
        values["company_id"] = company.id
        complaints = self.with_company(company)
        customer = complaints._find_customer(msg_dict, company)
        values = {
            "name": msg_dict.get("subject") or self.env._("No Subject"),
            "source": "email",
            "description": msg_dict.get("body"),
            "partner_id": customer.id,
            "order_id": complaints._find_order(msg_dict, customer, company).id,
            **values,
        }
        return super(WinbackComplaint, complaints).message_new(msg_dict, custom_values=values)

    @api.model
    def _find_customer(self, msg_dict, company):
        """Return the contact who wrote, also an archived one; colleagues who forward
        a complaint are not customers."""
        email = email_normalize(msg_dict.get("email_from") or msg_dict.get("from") or "")
        if not email:
            return self.env["res.partner"]
        return (
            self.env["res.partner"]
            .with_context(active_test=False)
            .search(
                [
                    ("email_normalized", "=", email),
                    ("partner_share", "=", True),
                    ("company_id", "in", [False, company.id]),
                ],
                order="active desc, customer_rank desc, id",
                limit=1,
            )
        )

    @api.model
    def _find_order(self, msg_dict, customer, company):
        """Return the order of the customer that the subject names."""
        words = re.findall(r"[\w/-]+", msg_dict.get("subject") or "")
        if not customer or not words:
            return self.env["sale.order"]
        return self.env["sale.order"].search(
            [
                ("name", "in", words),
                ("company_id", "=", company.id),
                ("partner_id.commercial_partner_id", "=", customer.commercial_partner_id.id),
            ],
            limit=1,
        )

    # ------------------------------------------------------------------
    # Out
    # ------------------------------------------------------------------

    def _notify_thread(self, message, msg_vals=False, **kwargs):
        """Override of `mail` to see whether the customer has got an answer."""
        recipients = super()._notify_thread(message, msg_vals=msg_vals, **kwargs)
        # a message for later comes here again when it is sent
        if len(self) == 1 and not self._is_notification_scheduled(kwargs.get("scheduled_date")):
            self._register_answer(message, recipients)
        return recipients

    def _register_answer(self, message, recipients):
        """Stop the clock if `message` is ours and goes to the customer."""
        self.ensure_one()
        if self.state in UNANSWERED_STATES and self._is_answer(message, recipients):
            # sudo: who may post may answer, also where the state is not theirs to write
            self.sudo().state = "answered"

    def _is_answer(self, message, recipients):
        """Tell whether `message` is from a colleague to the customer."""
        author = message.sudo().author_id
        if (
            message.message_type not in ANSWER_TYPES
            or message.subtype_id != self.env.ref("mail.mt_comment")
            or not author
            or author.partner_share
        ):
            return False
        return any(self._is_customer(recipient) for recipient in recipients)

    def _is_customer(self, recipient):
        """Tell whether the recipient, as `mail` describes it, is our customer."""
        email = email_normalize(self.email_from or "")
        if email and recipient["email_normalized"] == email:
            return True
        # sudo: recipients and organisation are only compared
        partner = self.env["res.partner"].browse(recipient["id"] or []).sudo()
        organisation = self.sudo().commercial_partner_id
        return bool(organisation) and partner.commercial_partner_id == organisation

    def _message_post_after_hook(self, message, msg_values):
        """Override of `mail` to confirm that a mail has come, and to learn who an unknown
        sender is: answering creates the contact."""
        if message.message_type == "email" and self.source == "email" and self.state == "new":
            self._confirm_mail()
        email = email_normalize(self.email_from or "")
        if email and not self.partner_id:
            customer = message.partner_ids.filtered(
                lambda partner: partner.email_normalized == email and partner.partner_share
            )
            if customer:
                self.partner_id = customer[0]
        return super()._message_post_after_hook(message, msg_values)

    def _confirm_mail(self):
        """Send the receipt of the mail that became this complaint, once."""
        self.ensure_one()
        # sudo: the customer's mail comes with the customer's rights
        complaint = self.sudo()
        if not complaint.receipt_email:
            complaint._send_receipt()

    def _notify_get_reply_to_batch(self, defaults=None, author_ids=None):
        """Override of `mail` to let answers come back to the complaints' own address."""
        reply_to = super()._notify_get_reply_to_batch(defaults=defaults, author_ids=author_ids)
        for complaint in self:
            # sudo: the address is public, the settings are not
            alias = complaint.sudo().company_id.winback_complaint_alias_id
            if alias.alias_name and alias.alias_domain:
                reply_to[complaint.id] = self._notify_get_reply_to_formatted_email(
                    alias.alias_full_name, author_id=(author_ids or {}).get(complaint.id)
                )
        return reply_to

    # ------------------------------------------------------------------
    # Notes
    # ------------------------------------------------------------------

    def _creation_subtype(self):
        """Override of `mail` to let people follow new complaints."""
        return self.env.ref("winback_lost_customers.mt_complaint_new")

    def _track_subtype(self, init_values):
        """Override of `mail` to let people follow the state."""
        self.ensure_one()
        if "state" in init_values:
            return self.env.ref("winback_lost_customers.mt_complaint_state")
        return super()._track_subtype(init_values)

from odoo import api, models
from odoo.tools import SQL

INCOMING_TYPES = ("email", "comment")


class MailMessage(models.Model):
    _inherit = "mail.message"

    @api.model_create_multi
    def create(self, vals_list):
        """Override of `mail` to mark the customers who wrote."""
        messages = super().create(vals_list)
        messages._winback_mark_authors()
        return messages

    @api.ondelete(at_uninstall=False)
    def _unlink_mark_customers(self):
        """Mark the customers whose messages, or ours to them, are deleted."""
        self._winback_mark_authors()
        condition = SQL("n.mail_message_id = ANY(%s)", list(self.ids))
        query = self.env["mail.notification"]._winback_get_recipients_query(condition)
        self.env["winback.refresh"]._wait("res.partner", self.env.execute_query(query))

    def _winback_mark_authors(self):
        """Mark the authors of messages on documents who are no employees; there is
        nothing to look up for the many notes of one's own."""
        own = self.env.user.partner_id if self.env.user._is_internal() else None
        incoming = self.sudo().filtered(  # sudo: authors may be hidden from the user
            lambda message: message.message_type in INCOMING_TYPES
            and message.author_id
            and message.author_id != own
            and message.model not in (False, "discuss.channel")
            and message.author_id.partner_share
        )
        self.env["winback.refresh"]._mark(incoming.author_id)

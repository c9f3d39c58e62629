from odoo import api, models
from odoo.tools import SQL

FAILED_STATUSES = ("exception", "canceled")


class MailNotification(models.Model):
    """A letter of ours to one recipient: a touch, and perhaps a bounce."""

    _inherit = "mail.notification"

    @api.model_create_multi
    def create(self, vals_list):
        """Override of `mail` to mark the customers to whom we wrote."""
        notifications = super().create(vals_list)
        letters = notifications.filtered(lambda letter: letter.notification_type != "inbox")
        self.env["winback.refresh"]._wait(self._name, [(id_, None) for id_ in letters.ids])
        return notifications

    def write(self, vals):
        """Override of `mail` to mark the customers whose letters failed or came back."""
        if "notification_status" in vals:
            self._winback_mark_changed(vals["notification_status"])
        return super().write(vals)

    def _winback_mark_changed(self, status):
        """Mark where the new `status` says something else: sent or not, or bounced.

        Odoo writes each letter as failed before it sends it, and as sent after that, in
        one transaction: both are noted, and nothing has changed in the end.
        """
        is_sent = status not in FAILED_STATUSES
        changed = self.filtered(
            lambda letter: letter.notification_type != "inbox"
            and (
                status == "bounce"
                or (letter.notification_status not in FAILED_STATUSES) != is_sent
            )
        )
        self.env["winback.refresh"]._wait(self._name, [(id_, is_sent) for id_ in changed.ids])

    @api.model
    def _winback_get_marks_query(self, keys):
        """Return whom to mark for `keys`, pairs of an id and what happened to it: None
        (new), True (sent) or False (not sent after all)."""
        happened = {}
        for id_, what in keys:
            happened.setdefault(id_, set()).add(what)
        ids = [id_ for id_, what in happened.items() if None in what or len(what) == 1]
        return self._winback_get_recipients_query(SQL("n.id = ANY(%s)", ids))

    @api.model
    def _winback_get_recipients_query(self, condition):
        """Return the recipients, no employees of ours, of the letters `n` for which the
        `condition` holds; a bounced one tells something about them in every company."""
        return SQL(
            """
            SELECT n.res_partner_id,
                   CASE WHEN n.notification_status != 'bounce' THEN m.record_company_id END
              FROM mail_notification n
              JOIN mail_message m ON m.id = n.mail_message_id
              JOIN res_partner p ON p.id = n.res_partner_id AND p.partner_share
             WHERE %s AND n.notification_type != 'inbox'
               AND (n.notification_status = 'bounce' OR %s)
            """,
            condition,
            self.env["winback.fact.touches"]._get_letter_condition(),
        )

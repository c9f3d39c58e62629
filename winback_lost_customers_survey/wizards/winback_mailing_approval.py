from odoo import api, fields, models
from odoo.exceptions import UserError

MAIL_USERS = "mass_mailing.group_mass_mailing_user"


class WinbackMailingApproval(models.TransientModel):
    """A sales manager reads, changes and sends what polls want to tell customers.

    Who may mail does this in *Email Marketing*. Sales managers are not given that right,
    which is about all mailings of the database: here they decide about those of polls
    and of changed working rules, and nothing else.
    """

    _name = "winback.mailing.approval"
    _description = "Win-Back Mailing to Approve"

    poll_id = fields.Many2one("winback.poll", readonly=True, ondelete="cascade")
    change_id = fields.Many2one("winback.own.change", readonly=True, ondelete="cascade")
    mailing_id = fields.Many2one(
        "mailing.mailing", readonly=True, ondelete="cascade", groups="mass_mailing.group_mass_mailing_user"
    )
    subject = fields.Char(required=True)
    # attributes are cleaned, too: what a mailing renders as a template must not be entered here
    body = fields.Html(required=True, sanitize_style=False)
    recipient_count = fields.Integer(string="Recipients", readonly=True)
    date_send = fields.Datetime(string="Sent On", readonly=True, help="Empty: at once.")

    @api.model
    def _open(self, document):
        """Return the page on which the next mailing of `document` is approved; nothing when
        there is none left.

        :param document: the poll or the change of ours to whose `mailing_ids` it belongs
        """
        # sudo: only what follows is shown, to who may write the document
        mailings = document.sudo().mailing_ids.filtered(lambda mailing: mailing.state == "draft")
        if self.env.user.has_group(MAIL_USERS):
            return self._get_mailings_action(mailings)
        mailing = mailings[:1]
        if not mailing:
            return {"type": "ir.actions.act_window_close"}
        approval = self.sudo().create(  # sudo: which mailing it is
            {
                ("poll_id" if document._name == "winback.poll" else "change_id"): document.id,
                "mailing_id": mailing.id,
                "subject": mailing.subject,
                "body": mailing.body_html,
                "recipient_count": len(mailing._get_recipients()),
                "date_send": mailing.schedule_date,
            }
        )
        return {**self._get_action(self._name, approval.id), "target": "new", "name": self.env._("Tell Customers")}

    @api.model
    def _get_mailings_action(self, mailings):
        """Return the form of one mailing, the list of several."""
        if len(mailings) == 1:
            return self._get_action("mailing.mailing", mailings.id)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Tell Customers"),
            "res_model": "mailing.mailing",
            "domain": [("id", "in", mailings.ids)],
            "views": [(False, "list"), (False, "form")],
        }

    @api.model
    def _get_action(self, model, id_):
        """Return the form of a record."""
        return {"type": "ir.actions.act_window", "res_model": model, "res_id": id_, "views": [(False, "form")]}

    def _get_mailing(self):
        """Return the mailing to write on; the user must be allowed to decide about it."""
        self.ensure_one()
        document = self.poll_id or self.change_id
        document.check_access("write")
        # sudo: checked just now; only a mailing of this very document is touched
        mailing = document.sudo().mailing_ids & self.sudo().mailing_id
        if mailing.state != "draft":
            raise UserError(self.env._("Customers have been told already."))
        if "{{" in self.subject:
            raise UserError(self.env._("Please write the subject without {{ and }}."))
        mailing.write({"subject": self.subject, "body_arch": self.body, "body_html": self.body})
        return mailing

    def action_send(self):
        """Approve: the mailing goes out, on its day if it has one."""
        self._get_mailing().action_put_in_queue()
        return self._open(self.poll_id or self.change_id)  # perhaps in another language

    def action_test(self):
        """Send the mailing to the user alone, and stay here."""
        mailing = self._get_mailing()
        test = self.env["mailing.mailing.test"].sudo().create(  # sudo: as above
            {"mass_mailing_id": mailing.id, "email_to": self.env.user.email_formatted}
        )
        test.send_mail_test()
        return {**self._get_action(self._name, self.id), "target": "new", "name": self.env._("Tell Customers")}


class WinbackOwnChange(models.Model):
    _inherit = "winback.own.change"

    mailing_ids = fields.Many2many(
        "mailing.mailing",
        string="Notice to Customers",
        readonly=True,
        copy=False,
        groups="mass_mailing.group_mass_mailing_user",
    )

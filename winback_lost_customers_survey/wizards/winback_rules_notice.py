from datetime import datetime, time, timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

STATES = ("new", "active", "at_risk", "won_back")


class WinbackRulesNotice(models.TransientModel):
    """Tells customers ahead that working rules change: what, from when, and what they gain.

    Makes the draft of a mailing, scheduled for the chosen day, which a person reads and
    approves; and the entry in the log of our own changes, so that losses after it are seen.
    """

    _name = "winback.rules.notice"
    _description = "Notice of Changed Working Rules"

    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    change_id = fields.Many2one("winback.own.change", string="Own Change")
    name = fields.Char(string="What Changes", required=True)
    date_from = fields.Date(string="From", required=True)
    gain = fields.Text(string="What the Customer Gains", required=True)
    details = fields.Text(string="Details and Whom to Ask")
    date_send = fields.Date(string="Send On", required=True)

    @api.model
    def default_get(self, fields_list):
        """Take over the change from which the notice is opened."""
        values = super().default_get(fields_list)
        change = self.env["winback.own.change"].browse(values.get("change_id"))
        if change:
            today = change.company_id._winback_today()
            values.update(
                company_id=change.company_id.id, name=change.name, date_from=change.date, details=change.note,
                date_send=max(today, change.date - timedelta(days=30)),
            )  # fmt: skip
        return values

    @api.constrains("date_from", "date_send", "gain")
    def _check_ahead(self):
        for notice in self:
            if notice.date_send >= notice.date_from:
                raise ValidationError(
                    self.env._("Customers are told ahead: the notice must be sent before the rules change.")
                )
            if notice.date_send < notice.company_id._winback_today():
                raise ValidationError(self.env._("The day on which the notice is sent has passed."))
            if not (notice.gain or "").strip():
                raise ValidationError(self.env._("Say what the customer gains: else it is only bad news."))

    def action_prepare(self):
        """Make the draft of the mailing, and note the change in the log."""
        self.ensure_one()
        self.env["winback.own.change"].check_access("create")
        partners = self._get_partners()
        if not partners:
            raise UserError(self.env._("There is no active customer with an address."))
        if not self.change_id:
            self.change_id = self.env["winback.own.change"].create(
                {"name": self.name, "date": self.date_from, "kind": "rules", "company_id": self.company_id.id}
            )
        change = self.change_id
        change.check_access("write")
        # sudo: a sales manager need not be allowed to mail, see `winback.mailing.approval`
        mailings = change.sudo().mailing_ids
        if any(mailing.state != "draft" for mailing in mailings):
            raise UserError(self.env._("Customers have been told already."))
        mailings.unlink()
        change.sudo().mailing_ids = mailings.create(self._prepare_mailing_values(partners))
        return self.env["winback.mailing.approval"]._open(change)

    def _get_partners(self):
        """Return whom to tell of each active customer: its own address, else the contact of its
        last order."""
        # sudo: all customers are told, also those of others
        statuses = self.env["winback.status"].sudo().search(
            Domain("company_id", "=", self.company_id.id) & Domain("state", "in", STATES)
        )
        people = self.env["res.partner"].sudo()
        for status in statuses:
            customer, buyer = status.partner_id, status.last_order_id.partner_id
            people |= customer if customer.email_normalized else buyer
        return people.filtered(lambda p: p.active and p.email_normalized)

    def _prepare_mailing_values(self, partners):
        """Return the values of the mailing, scheduled for the morning of the chosen day."""
        body = self.env["ir.qweb"]._render("winback_lost_customers_survey.rules_mail", {"notice": self})
        return {
            "subject": self.name,
            "mailing_model_id": self.env["ir.model"]._get_id("res.partner"),
            "mailing_domain": repr([("id", "in", partners.ids)]),
            "user_id": self.env.uid,
            "schedule_type": "scheduled",
            "schedule_date": datetime.combine(self.date_send, time(8)),
            "body_arch": body,
            "body_html": body,
        }

from datetime import timedelta

from odoo import Command, api, fields, models
from odoo.exceptions import UserError


class WinbackDismiss(models.TransientModel):
    """Leave customers alone, for a reason that the ranking learns from."""

    _name = "winback.dismiss"
    _description = "Dismiss Customers From the Work List"

    status_ids = fields.Many2many("winback.status", string="Customers")
    case_ids = fields.Many2many("winback.case", string="Cases")
    reason_id = fields.Many2one("winback.dismissal.reason", required=True)
    snooze_until = fields.Date(
        string="Leave Alone Until",
        compute="_compute_snooze_until",
        store=True,
        readonly=False,
        help="Empty: for the quiet time of the settings, which a new sign ends early.",
    )
    note = fields.Text()

    @api.model
    def default_get(self, fields):
        """Take the customers or cases that were selected in the list, or opened."""
        values = super().default_get(fields)
        ids = self.env.context.get("active_ids") or []
        name = {
            "winback.status": "status_ids",
            "winback.candidate": "status_ids",  # the ids are the same
            "winback.case": "case_ids",
        }.get(self.env.context.get("active_model"))
        if name:
            values[name] = [Command.set(ids)]
        return values

    @api.depends("reason_id")
    def _compute_snooze_until(self):
        """Propose what the reason says."""
        today = self.env.company._winback_today()
        for wizard in self:
            days = wizard.reason_id.snooze_days
            wizard.snooze_until = days and today + timedelta(days=days)

    def action_dismiss(self):
        """Dismiss the customers, and close what is open for them.

        :raise UserError: when nobody was selected, the day has passed, or somebody else
            decides about one of the cases, or has closed it
        """
        self.ensure_one()
        customers = self._get_customers()
        if not customers:
            raise UserError(self.env._("Nobody was selected."))
        self.case_ids._take()
        for company, partners in customers.items():
            today = company._winback_today()
            if self.snooze_until and self.snooze_until <= today:
                raise UserError(self.env._("Choose a day in the future, or none."))
            self.env["winback.dismissal"]._dismiss(
                company, partners, self.reason_id, self.snooze_until, self.note
            )
        return {"type": "ir.actions.act_window_close"}

    def _get_customers(self):
        """Return {company: customers} of what was selected; the user must see it."""
        self.status_ids.check_access("read")
        self.case_ids.check_access("write")
        customers = {}
        for records in (self.status_ids, self.case_ids):
            for company, of_company in records.grouped("company_id").items():
                before = customers.get(company, self.env["res.partner"])
                customers[company] = before | of_company.partner_id
        return customers

from odoo import api, fields, models
from odoo.exceptions import UserError

from .winback_case import OPEN_STATES


class WinbackCase(models.Model):
    """How a case ends, and how it is taken up again."""

    _inherit = "winback.case"

    # ------------------------------------------------------------------
    # The end
    # ------------------------------------------------------------------

    def _close(self, state, **values):
        """Close the cases as `state`: won, later, gone or dismissed.

        Whatever was still planned is dropped; what was planned and what was done stays
        counted.

        :param values: further values, such as `retry_date` or `won_order_id`
        :raise UserError: when a case is closed already, by whomever, or `values` lack
            something
        """
        self.check_access("write")
        self._take()
        for company, cases in self.grouped("company_id").items():
            today = company._winback_today()
            cases._check_retry_date(values, today)
            # sudo: the facts of the end are stated by the server, for who may write the case
            cases.sudo().with_context(winback_closing=True).write(
                {"state": state, "date_closed": today, "date_next": False, **values}
            )
        self._drop_activities()
        if state == "gone":
            self._give_up_customers()
        if state == "won":
            self._follow_return()

    @api.model
    def _check_retry_date(self, values, today):
        """Refuse to plan the next attempt for a day that has passed."""
        retry_date = fields.Date.to_date(values.get("retry_date"))
        if retry_date and retry_date <= today:
            raise UserError(self.env._("The next attempt must be after today."))

    def _win(self, order):
        """Close the case as won by `order`."""
        self._close("won", won_order_id=order.id)

    def _give_up_customers(self):
        """Mark the customers as gone for good; an order opens them again."""
        for case in self:
            # sudo: who may close the case as gone decides this with it
            status = case.sudo().status_id
            if status.purchase_days and not status.closed_date:
                status.closed_date = case.date_closed

    def _reopen(self):
        """Take closed cases up again."""
        self.check_access("write")
        for case in self:
            if case.state in OPEN_STATES or case.state == "won":
                raise UserError(self.env._("The case of %s is not to be reopened.", case.name))
            if case._get_open_case():
                raise UserError(self.env._("%s has an open case already.", case.name))
            # sudo: see `_close` and `_give_up_customers`
            sudo_case = case.sudo().with_context(winback_reopening=True)
            if sudo_case.status_id.closed_date == case.date_closed:
                sudo_case.status_id.closed_date = False
            sudo_case.write(
                {
                    "state": "new",
                    "date_closed": False,
                    "retry_date": False,
                    "opened_at": fields.Datetime.now(),
                    "date_next": case._get_next_date(),
                }
            )
            case._follow_preparation()

    def _get_open_case(self):
        """Return the open case of the same customer, whoever's it is."""
        self.ensure_one()
        # sudo: a colleague's case counts too
        return self.sudo().search(
            [
                ("partner_id", "=", self.partner_id.id),
                ("company_id", "=", self.company_id.id),
                ("state", "in", OPEN_STATES),
            ],
            limit=1,
        )

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_close(self):
        """Ask for how the attempt ends, and when to try again."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Close the Case"),
            "res_model": "winback.case.close",
            "view_mode": "form",
            "target": "new",
            "context": {"default_case_id": self.id},
        }

    def action_reopen(self):
        """Take a case up again that was closed without an order."""
        self._reopen()

    def action_won(self):
        """Close the case as won by the first order since it was opened."""
        self.ensure_one()
        order = self._find_orders()[:1]
        if not order:
            raise UserError(
                self.env._("%s is won back with an order; there is none yet.", self.name)
            )
        self._win(order)

    def action_open_status(self):
        """Open the customer's win-back page."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "winback.status",
            "res_id": self.status_id.id,
            "view_mode": "form",
        }

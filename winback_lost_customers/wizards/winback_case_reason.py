from odoo import fields, models
from odoo.exceptions import AccessError, UserError

from ..models.winback_case import OPEN_STATES, REASON_TYPE


class MailActivityType(models.Model):
    """Activities that ask why a customer left."""

    _inherit = "mail.activity.type"

    category = fields.Selection(
        selection_add=[("winback_reason", "Ask Why a Customer Left")],
        ondelete={"winback_reason": "set default"},
    )


class MailActivity(models.Model):
    """Whoever worked with a lost customer says why it left, in one click."""

    _inherit = "mail.activity"

    def action_winback_say_reason(self):
        """Ask the user why the customer left."""
        self.ensure_one()
        if self.activity_category != "winback_reason" or not self.active:
            raise UserError(self.env._("This activity asks for no reason."))
        return {
            "type": "ir.actions.act_window",
            "name": self.summary or self.activity_type_id.name,
            "res_model": "winback.case.reason",
            "view_mode": "form",
            "target": "new",
            "context": {"default_activity_id": self.id},
        }


class WinbackCaseReason(models.TransientModel):
    """The answer of a colleague, who need not see the case itself."""

    _name = "winback.case.reason"
    _description = "Why a Customer Left"

    activity_id = fields.Many2one("mail.activity", required=True, ondelete="cascade")
    reason_id = fields.Many2one("winback.reason", required=True)
    competitor = fields.Char(help="To whom the customer went, if you know.")
    competitor_hook = fields.Char(string="What Hooked Them")
    note = fields.Text(help="What happened, in your words. Nobody is blamed.")

    def action_answer(self):
        """Write the reason on the case, and mark the question as answered."""
        self.ensure_one()
        activity = self.activity_id
        if activity.activity_type_id != self.env.ref(REASON_TYPE) or not activity.active:
            raise UserError(self.env._("This has been answered already."))
        if self.env.user != activity.user_id and not self.env.su:
            raise AccessError(self.env._("Somebody else was asked."))
        # sudo: whoever was asked answers for the case without seeing it
        self._answer(self.env["winback.case"].sudo().browse(activity.res_id))
        if activity.active:
            activity.action_feedback(feedback=self.note)
        return {"type": "ir.actions.act_window_close"}

    def _answer(self, case):
        """Write the answer on the `case`: why it left, resp. why it left again."""
        if self.note:
            case.message_post(body=self.note, author_id=self.env.user.partner_id.id)
        if case.second_loss_date:
            case.second_reason_id = self.reason_id
        elif case.state in OPEN_STATES:
            values = {"competitor": self.competitor, "competitor_hook": self.competitor_hook}
            case._set_reason(self.reason_id, **{name: v for name, v in values.items() if v})

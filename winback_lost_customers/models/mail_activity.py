from odoo import fields, models
from odoo.exceptions import UserError


class MailActivity(models.Model):
    """A call that is closed says whether it reached anybody."""

    _inherit = "mail.activity"

    winback_outcome = fields.Selection(
        [("reached", "Reached"), ("not_reached", "Not reached")],
        string="Call Outcome",
        copy=False,
        help="A call that was not reached is an attempt of ours and no contact.",
    )

    _winback_not_reached_idx = models.Index(
        "(res_model, res_id) WHERE winback_outcome = 'not_reached'"
    )

    def action_winback_outcome(self, outcome, feedback=False):
        """Close the calls with an outcome, in one click.

        :param str outcome: a value of `winback_outcome`
        :return: an action that plans the next call, where nobody was reached and no
            next activity comes by itself; else False
        """
        if self.filtered(lambda activity: activity.activity_category != "phonecall"):
            raise UserError(self.env._("Only calls have an outcome."))
        self.winback_outcome = outcome
        if outcome != "not_reached" or len(self) != 1:
            self.action_feedback(feedback=feedback)
            return False
        action = self.action_feedback_schedule_next(feedback=feedback)
        if action:
            action["context"]["default_activity_type_id"] = self.activity_type_id.id
        return action

    def action_winback_reached(self):
        """Close the call as one that reached somebody."""
        return self.action_winback_outcome("reached")

    def action_winback_not_reached(self):
        """Close the call as one that reached nobody, and plan the next."""
        return self.action_winback_outcome("not_reached")

    def _action_done(self, feedback=False, attachment_ids=None):
        """Override of `mail` to mark the customers with whom somebody has spoken."""
        for model, activities in self.filtered("res_model").grouped("res_model").items():
            customer = self.env[model]._fields.get("partner_id")
            if model == "res.partner" or customer and customer.store:
                documents = self.env[model].browse(activities.mapped("res_id"))
                self.env["winback.refresh"]._mark(documents)
        return super()._action_done(feedback=feedback, attachment_ids=attachment_ids)

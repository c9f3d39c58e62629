from odoo import api, fields, models
from odoo.exceptions import UserError

REFRESH_FIELDS = {"active", "date_done", "winback_outcome", "activity_type_id", "res_id"}


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

    # ------------------------------------------------------------------
    # Refresh
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Override of `mail` to mark the customers of what is recorded as done."""
        activities = super().create(vals_list)
        activities._winback_mark_documents()
        return activities

    def _write_multi(self, vals_list):
        """Override of `base` to mark the customers with whom somebody has spoken, or
        has tried to, or has not after all."""
        changed = [
            activity.id
            for activity, vals in zip(self, vals_list, strict=True)
            if not REFRESH_FIELDS.isdisjoint(vals)
        ]
        self.browse(changed)._winback_mark_documents()
        return super()._write_multi(vals_list)

    @api.ondelete(at_uninstall=False)
    def _unlink_mark_documents(self):
        """Mark the customers of deleted calls and meetings."""
        self._winback_mark_documents()

    def _winback_mark_documents(self):
        """Mark the customers of the documents with a done activity."""
        done = self.filtered(lambda activity: activity.date_done and activity.res_model)
        for model, activities in done.grouped("res_model").items():
            if model == "res.partner" or self._winback_has_customer(model):
                documents = self.env[model].browse(activities.mapped("res_id"))
                self.env["winback.refresh"]._mark(documents)

    @api.model
    def _winback_has_customer(self, model):
        """Tell whether documents of `model` keep whose they are."""
        customer = model in self.env and self.env[model]._fields.get("partner_id")
        return bool(customer and customer.store)

from odoo import fields, models
from odoo.fields import Domain


class WinbackStatus(models.Model):
    """The last recommendation of the customer, beside its other facts."""

    _inherit = "winback.status"

    # facts of the same name; without a date there is no answer
    nps_last = fields.Integer(string="Would Recommend (0-10)", readonly=True, aggregator="avg")
    nps_date = fields.Date(string="Said So On", readonly=True)

    def action_open_poll_answers(self):
        """List what the customer answered in polls."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "winback_lost_customers_survey.winback_poll_answer_action"
        )
        domain = Domain("partner_id", "=", self.partner_id.id) & Domain("company_id", "=", self.company_id.id)
        return {**action, "domain": list(domain), "context": {}}

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class WinbackChannel(models.Model):
    """A way to reach a customer, what one contact costs, and how much it counts."""

    _name = "winback.channel"
    _description = "Win-Back Channel"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(copy=False)
    sequence = fields.Integer(
        default=10, help="The strongest first: calls and meetings before mails."
    )
    active = fields.Boolean(default=True)
    kind = fields.Selection(
        [
            ("call", "Call"),
            ("meeting", "Meeting"),
            ("visit", "Visit by Management"),
            ("letter", "Letter"),
            ("email", "E-mail"),
            ("sms", "Text Message"),
            ("event", "Event"),
        ],
        required=True,
        default="call",
    )
    is_personal = fields.Boolean(
        string="In Person",
        help="Somebody speaks with the customer; proposed for single important customers.",
    )
    activity_type_id = fields.Many2one(
        "mail.activity.type",
        string="Activity Type",
        ondelete="set null",
        help="Activities of this type are contacts by this channel.",
    )
    company_id = fields.Many2one("res.company", help="Empty: for every company.")
    cost_per_contact = fields.Float(
        string="Cost per Contact",
        help="In the currency of the company that uses the channel: working time, paper, postage.",
    )

    _code_uniq = models.Constraint("UNIQUE(code)", "Two channels cannot have the same code.")

    @api.constrains("cost_per_contact")
    def _check_cost_per_contact(self):
        for channel in self:
            if channel.cost_per_contact < 0:
                raise ValidationError(self.env._("A contact cannot cost less than nothing."))

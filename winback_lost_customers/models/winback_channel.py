from odoo import api, fields, models
from odoo.exceptions import ValidationError


class WinbackChannel(models.Model):
    """A way to reach a customer, what one contact costs, and how much it counts."""

    _name = "winback.channel"
    _description = "Win-Back Channel"
    _inherit = ["winback.kept.mixin"]
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
        ondelete="set null",
        help="Activities of this type are contacts by this channel.",
    )
    company_id = fields.Many2one("res.company", help="Empty: for every company.")
    cost_per_contact = fields.Float(
        string="Cost per Contact",
        help="In the currency of the company that uses the channel: working time, paper, postage.",
    )

    effect = fields.Float(
        default=1,
        help="How much of the gain that the return rates promise a contact by this channel "
        "brings: 1 all of it, 0.5 half of it. An assumption to be changed.",
    )

    _code_uniq = models.Constraint("UNIQUE(code)", "Two channels cannot have the same code.")

    _effect_range = models.Constraint(
        "CHECK (effect BETWEEN 0 AND 10)", "The effect of a channel lies between 0 and 10."
    )

    @api.constrains("cost_per_contact")
    def _check_cost_per_contact(self):
        for channel in self:
            if channel.cost_per_contact < 0:
                raise ValidationError(self.env._("A contact cannot cost less than nothing."))

    @api.model
    def _get_references(self):
        """Override of `winback.kept.mixin`."""
        return [
            ("winback.method", "channel_id"),
            ("winback.case", "channel_id"),
            ("winback.campaign", "channel_ids"),
            ("winback.campaign.member", "channel_id"),
        ]

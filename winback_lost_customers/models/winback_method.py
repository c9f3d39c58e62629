from odoo import fields, models


class WinbackMethod(models.Model):
    """The matrix: which contact and offer fit which sign or reason, and whose."""

    _name = "winback.method"
    _description = "Win-Back Method"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(copy=False)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", help="Empty: for every company.")
    description = fields.Html(translate=True)
    sign_ids = fields.Many2many("winback.sign", string="For Signs")
    reason_ids = fields.Many2many("winback.reason", string="For Reasons")
    value_class_ids = fields.Many2many(
        "winback.value.class", string="For Classes", help="Empty: for every class."
    )
    channel_id = fields.Many2one("winback.channel", string="Channel", ondelete="restrict")
    offer_id = fields.Many2one("winback.offer", string="Offer", ondelete="restrict")

    _code_uniq = models.Constraint("UNIQUE(code)", "Two methods cannot have the same code.")

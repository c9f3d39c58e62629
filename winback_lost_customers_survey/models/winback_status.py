from odoo import fields, models


class WinbackStatus(models.Model):
    """The last recommendation of the customer, beside its other facts."""

    _inherit = "winback.status"

    # facts of the same name; without a date there is no answer
    nps_last = fields.Integer(string="Would Recommend (0-10)", readonly=True, aggregator="avg")
    nps_date = fields.Date(string="Said So On", readonly=True)

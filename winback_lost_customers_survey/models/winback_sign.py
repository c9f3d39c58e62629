from odoo import fields, models


class WinbackSign(models.Model):
    _inherit = "winback.sign"

    threshold_unit = fields.Selection(selection_add=[("below", "is too little")])

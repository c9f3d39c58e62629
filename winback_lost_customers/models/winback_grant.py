from odoo import fields, models


class WinbackGrant(models.Model):
    """One offer made to one customer: what it is, until when, and whether it was used."""

    _name = "winback.grant"
    _description = "Win-Back Offer Granted"
    _order = "date desc, id desc"

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one("res.company", required=True, ondelete="cascade")
    currency_id = fields.Many2one(related="company_id.currency_id")
    case_id = fields.Many2one("winback.case", index="btree_not_null", ondelete="restrict")
    offer_id = fields.Many2one("winback.offer", required=True, ondelete="restrict")
    date = fields.Date(required=True, readonly=True)

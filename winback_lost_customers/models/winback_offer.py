from odoo import fields, models


class WinbackOffer(models.Model):
    """Something that may bring a customer back, made of Odoo's own parts.

    A template: what one customer gets is a `winback.grant`.
    """

    _name = "winback.offer"
    _description = "Win-Back Offer"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(copy=False)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", help="Empty: for every company.")
    kind = fields.Selection(
        [
            ("discount", "Discount"),
            ("gift", "Gift With the Next Order"),
            ("delivery", "Free Delivery"),
            ("credit", "Credit"),
            ("price_lock", "Prices Fixed for a Term"),
            ("payment_term", "Payment After Receipt"),
            ("service", "Extra Service"),
            ("set", "Set Composed for the Customer"),
            ("compensation", "Compensation of the Problem Order"),
            ("letter", "Reminder of Benefits"),
            ("news", "News"),
            ("invitation", "Invitation to an Event"),
            ("thanks", "Thank-You Gift"),
            ("plan", "Remedy Plan"),
        ],
        required=True,
        default="discount",
    )
    description = fields.Html(translate=True, help="How the offer is put to the customer.")

    _code_uniq = models.Constraint("UNIQUE(code)", "Two offers cannot have the same code.")

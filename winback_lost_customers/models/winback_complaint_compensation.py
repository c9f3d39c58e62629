from odoo import api, fields, models


class WinbackComplaint(models.Model):
    """The compensation: a percentage of the problem order, issued once.

    It is counted from the order that went wrong, never from the customer's next one,
    which may be ten times larger.
    """

    _inherit = "winback.complaint"

    currency_id = fields.Many2one(
        "res.currency", compute="_compute_compensation_amount", store=True
    )
    compensation_percent = fields.Float(
        string="Compensation (%)",
        tracking=True,
        copy=False,
        help="Percentage of the problem order, up to the maximum in the settings.",
    )
    compensation_amount = fields.Monetary(
        string="Compensation",
        compute="_compute_compensation_amount",
        store=True,
        help="In the currency of the problem order, taxes included.",
    )
    compensation_kind = fields.Selection(
        [
            ("none", "None"),
            ("ewallet", "Credit to the eWallet"),
            ("code", "Personal code"),
        ],
        required=True,
        default="none",
        tracking=True,
        copy=False,
    )
    compensation_card_id = fields.Many2one(
        "loyalty.card",
        string="Issued On",
        readonly=True,
        copy=False,
        ondelete="restrict",
        index="btree_not_null",
        help="The customer's eWallet, or the code.",
    )
    compensation_date = fields.Datetime(string="Compensated On", readonly=True, copy=False)
    compensation_user_id = fields.Many2one(
        "res.users", string="Compensated By", readonly=True, copy=False
    )

    @api.depends(
        "compensation_percent", "order_id.amount_total", "order_id.currency_id", "company_id"
    )
    def _compute_compensation_amount(self):
        """Take the percentage of the order; what has been issued stays."""
        for complaint in self:
            # sudo: the owner may not see the order, but must know the amount
            order = complaint.order_id.sudo()
            if complaint.compensation_card_id:
                complaint.currency_id = complaint.currency_id
                complaint.compensation_amount = complaint.compensation_amount
                continue
            currency = order.currency_id or complaint.company_id.sudo().currency_id
            complaint.currency_id = currency
            complaint.compensation_amount = currency.round(
                order.amount_total * complaint.compensation_percent / 100
            )

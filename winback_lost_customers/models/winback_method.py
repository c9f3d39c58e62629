from odoo import api, fields, models
from odoo.fields import Domain


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
    channel_id = fields.Many2one("winback.channel", ondelete="restrict")
    offer_id = fields.Many2one("winback.offer", ondelete="restrict")

    _code_uniq = models.Constraint("UNIQUE(code)", "Two methods cannot have the same code.")

    @api.model
    def _propose(self, case):
        """Return the methods that fit the signs, the reason and the class of `case`, best
        first.

        A method for the reason beats one for signs, more signs beat fewer, and one made for
        the class beats one for all. An offer that the customer's usual order does not bear
        is not proposed, and one that cannot be granted yet comes last.
        """
        # sudo: the matrix is the same for everybody who opens a case
        methods = self.sudo().search(Domain("company_id", "in", [False, case.company_id.id]))
        ranked = [(method._get_fit(case), method) for method in methods]
        ranked = [(fit, method) for fit, method in ranked if any(fit[:2])]
        ranked.sort(
            key=lambda pair: (
                bool(pair[1].offer_id.missing),
                tuple(-n for n in pair[0]),
                pair[1].sequence,
                pair[1].id,
            )
        )
        return self.browse([method.id for _fit, method in ranked])

    def _get_fit(self, case):
        """Return (reason fits, number of signs that fit, made for the class); zeros when the
        method is not for this customer."""
        value_class = case.opening_class_id
        if self.value_class_ids and value_class not in self.value_class_ids:
            return 0, 0, 0
        offer = self.offer_id.with_company(case.company_id)
        if offer and not (offer.active and offer._fits_margin(*case._get_typical_order())):
            return 0, 0, 0
        # a company's own sign replaces the shared one, which may be archived
        codes = set(self.with_context(active_test=False).sign_ids.mapped("code"))
        opening_signs = case.with_context(active_test=False).opening_sign_ids
        signs = len(codes.intersection(opening_signs.mapped("code")))
        reason = case._get_reason() in self.reason_ids if case._get_reason() else False
        return int(reason), signs, int(bool(self.value_class_ids))

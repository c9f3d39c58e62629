from typing import Any, NamedTuple

from odoo import api, fields, models
from odoo.fields import Domain


class Proposal(NamedTuple):
    """A method for a case, with what it promises there."""

    method: Any
    channel: Any
    # (reason fits, number of signs that fit, made for the class)
    fit: tuple
    # an `Outlook` of winback_case_profit
    outlook: Any

    def get_rank(self):
        """Return what proposals are sorted by, see `winback.method._propose_all`."""
        by_reason, signs, by_class = self.fit
        profit = round(self.outlook.profit, 2)
        return (
            bool(self.method.offer_id.missing),
            profit < 0,
            -by_reason,
            -profit,
            -signs,
            -by_class,
            self.method.sequence,
            self.method.id,
        )


class WinbackMethod(models.Model):
    """The matrix: which contact and offer fit which sign or reason, and whose."""

    _name = "winback.method"
    _description = "Win-Back Method"
    _inherit = ["winback.kept.mixin"]
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
    def _get_references(self):
        """Override of `winback.kept.mixin`."""
        return [("winback.case", "method_id"), ("winback.campaign", "method_id")]

    @api.model
    def _propose(self, case):
        """Return the methods that fit the signs, the reason and the class of `case`, best
        first."""
        return self.browse([proposal.method.id for proposal in self._propose_all(case)[case.id]])

    @api.model
    def _propose_all(self, cases):
        """Return {id of case: [`Proposal`], the best one first}.

        What cannot be granted yet comes last, and what is expected to cost more than it
        brings after what pays; a method for the reason goes before one for signs, then the
        higher profit decides, then the number of signs, then being made for the class. An
        offer that the customer's usual order does not bear is not proposed.
        """
        proposals = {}
        # sudo: the matrix is the same for everybody who opens a case, and margins decide
        # about the order whoever asks
        for company, of_company in cases.sudo().grouped("company_id").items():
            methods = self.sudo().with_company(company)
            methods = methods.search(Domain("company_id", "in", [False, company.id]))
            reckoner = of_company._get_reckoner(company, company._winback_today())
            for case in of_company:
                found = [method._get_proposal(case, reckoner) for method in methods]
                proposals[case.id] = sorted(filter(None, found), key=Proposal.get_rank)
        return proposals

    def _get_proposal(self, case, reckoner):
        """Return what the method promises for `case`, or None when it does not fit."""
        fit = self._get_fit(case)
        if not any(fit[:2]):
            return None
        channel = self.channel_id if self.channel_id.active else self.channel_id.browse()
        return Proposal(self, channel, fit, case._get_outlook(reckoner, channel, self.offer_id))

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

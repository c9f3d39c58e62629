"""Fifth part of the demo: offers of every kind, some of them made to customers with an open case."""

import logging

from odoo import api, models
from odoo.exceptions import UserError

_logger = logging.getLogger(__name__)

# made to one customer each, those with most at stake first
GRANTED = ("discount", "price_lock", "payment_term", "ewallet", "gift", "letter", "service")
THANKS_MINIMUM = 8000


class WinbackDemo(models.AbstractModel):
    _inherit = "winback.demo"

    @api.model
    def _evaluate(self, plan, today=None):
        """Override of `winback_lost_customers` to make offers to the customers found."""
        result = super()._evaluate(plan, today)
        self._prepare_offers()
        self._grant_offers()
        self._compensate()
        self._propose_gifts(today or self.env.company._winback_today())
        return result

    def _get_offers(self, *codes):
        """Return the delivered offers with these codes, also those that another add-on brings."""
        return self.env["winback.offer"].search([("code", "in", codes)]).sorted(lambda o: codes.index(o.code))

    def _prepare_offers(self):
        """Fill in what offers need, and let price lists count, without which no price can be fixed."""
        self.env["res.config.settings"].create({"group_product_pricelist": True}).execute()
        cheapest = self.env["product.product"].search(
            [("categ_id", "child_of", self._ref("category")), ("sale_ok", "=", True)], order="list_price, id", limit=1)
        service = self.env["product.product"].create({
            "name": "Engraving of a name", "type": "service", "list_price": 15, "standard_price": 6})
        self._get_offers("gift").product_id = cheapest
        self._get_offers("service").product_id = service
        self._get_offers("thanks").write({"period": "quarter", "minimum_amount": THANKS_MINIMUM})

    def _grant_offers(self):
        """Make one offer to each of some customers with an open case."""
        cases = self.env["winback.case"].search([
            ("company_id", "=", self.env.company.id), ("state", "in", ("reason", "prepared", "contact")),
            ("grant_ids", "=", False)], order="opening_amount desc, id")
        for offer in self._get_offers(*GRANTED):
            # what one customer's figures do not bear, those of the next one may
            cases -= next((case for case in cases if self._grant_quietly(case, offer)), cases.browse())

    def _compensate(self):
        """Compensate a customer with an open case for the order that it complained about."""
        offer = self._get_offers("compensation")
        cases = self.env["winback.case"].search([
            ("company_id", "=", self.env.company.id), ("state", "in", ("new", "reason", "prepared", "contact"))])
        complaints = self.env["winback.complaint"].search([
            ("commercial_partner_id", "in", cases.partner_id.ids), ("order_id.state", "=", "sale"),
            ("company_id", "=", self.env.company.id), ("state", "!=", "cancelled")], limit=1)
        case = cases.filtered(lambda c: c.partner_id == complaints.commercial_partner_id)
        if case:
            self._grant_quietly(case, offer)

    def _grant_quietly(self, case, offer):
        """Grant the offer on the case, and tell whether that went; what the customer's figures do not bear is not
        part of the demo."""
        try:
            with self.env.cr.savepoint():
                case.offer_id = offer
                case.action_grant_offer()
        except UserError as error:
            case.invalidate_recordset()
            _logger.info("Win-Back demo: %s", error)
            return False
        return True

    def _propose_gifts(self, today):
        """Propose the thank-you gifts of the quarter that ended last."""
        first = today.replace(day=1, month=(today.month - 1) // 3 * 3 + 1)
        self.env["winback.grant"]._propose_thanks(self.env.company, first)

from odoo import Command

from .common import WinbackCase


class OfferCase(WinbackCase):
    """A customer with a case, and offers for it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product = cls.env["product.product"].create(
            {"name": "Thing", "list_price": 100, "standard_price": 60, "taxes_id": False}
        )
        cls.gift = cls.env["product.product"].create(
            {"name": "Cup", "list_price": 20, "standard_price": 8, "taxes_id": False}
        )
        cls.customer = cls._create_customer("Kunde")
        cls.other = cls._create_customer("Other")
        cls.case = cls.env["winback.case"].create(
            {"partner_id": cls.customer.id, "company_id": cls.company.id}
        )

    @classmethod
    def _create_offer(cls, kind="discount", **values):
        needs = {"gift": {"product_id": cls.gift.id}, "credit": {"amount": 30}}
        defaults = {"name": f"Offer {kind}", "kind": kind, **needs.get(kind, {})}
        return cls.env["winback.offer"].create({**defaults, **values})

    @classmethod
    def _grant(cls, kind="discount", partner=None, **values):
        offer = cls._create_offer(kind, **values)
        return offer._grant(partner or cls.customer, cls.company, case=cls.case)

    @classmethod
    def _create_quotation(cls, partner=None, quantity=2, price=100):
        line = {"product_id": cls.product.id, "product_uom_qty": quantity, "price_unit": price}
        return cls.env["sale.order"].create(
            {
                "partner_id": (partner or cls.customer).id,
                "company_id": cls.company.id,
                "order_line": [Command.create({**line, "tax_ids": False})],
            }
        )

    @classmethod
    def _redeem(cls, order, code):
        """Enter a code; return the error, if any."""
        result = order._try_apply_code(code)
        if "error" in result:
            return result["error"]
        for card, rewards in result.items():
            error = order._apply_program_reward(rewards[:1], card)
            if error:
                return error["error"]
        return None

    @classmethod
    def _buy(cls, grant, **values):
        """Return a confirmed order on which the code of `grant` was used."""
        order = cls._create_quotation(**values)
        assert not cls._redeem(order, grant.code)
        order.action_confirm()
        return order

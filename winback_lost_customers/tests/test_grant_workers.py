from psycopg2.errors import SerializationFailure

from odoo import Command, api
from odoo.exceptions import UserError
from odoo.sql_db import db_connect
from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger


@tagged("post_install", "-at_install")
class TestGrantWorkers(TransactionCase):
    """Two orders with one code in transactions of their own, which is why these rows are
    committed, and removed again at the end."""

    def setUp(self):
        super().setUp()
        self.database = db_connect(self.env.cr.dbname)
        with self.database.cursor() as cr:
            env = self._get_env(cr)
            company = env.ref("base.main_company")
            partner = env["res.partner"].create({"name": "Win-Back worker's customer"})
            product = env["product.product"].create({"name": "Win-Back thing", "list_price": 1000})
            offer = env["winback.offer"].create({"name": "For one of two", "percent": 10})
            grant = offer._grant(partner, company)
            orders = env["sale.order"].create(
                [self._prepare_order(company, partner, product) for _ in range(2)]
            )
            for order in orders:
                [(card, rewards)] = order._try_apply_code(grant.code).items()
                self.assertFalse(order._apply_program_reward(rewards, card))
            self.ids = {r._name: r.ids for r in (orders, grant, offer, product, partner)}
        self.addCleanup(self._remove)

    def _get_env(self, cr):
        return api.Environment(cr, api.SUPERUSER_ID, {"tracking_disable": True})

    def _prepare_order(self, company, partner, product):
        line = Command.create({"product_id": product.id, "tax_ids": False})
        return {"partner_id": partner.id, "company_id": company.id, "order_line": [line]}

    def _remove(self):
        with self.database.cursor() as cr:
            env = self._get_env(cr)
            orders, grant, offer, product, partner = (
                env[model].browse(ids) for model, ids in self.ids.items()
            )
            orders._action_cancel()
            orders.unlink()
            card = grant.card_id
            program = card.program_id
            rewards = program.reward_ids.discount_line_product_id
            grant.unlink()
            card.unlink()
            program.active = False
            program.unlink()
            (rewards | product).product_tmpl_id.unlink()
            offer.unlink()
            env["winback.status"].search([("partner_id", "=", partner.id)]).unlink()
            partner.unlink()

    def _get_order(self, cr, number):
        return self._get_env(cr)["sale.order"].browse(self.ids["sale.order"][number])

    def test_of_two_orders_at_once_one_uses_the_code(self):
        with self.database.cursor() as first, self.database.cursor() as second:
            second.execute("SELECT 1")  # its snapshot is from before the first one's commit
            self._get_order(second, 1).order_line.read(["price_total"])
            self._get_order(first, 0).action_confirm()
            with self.assertRaisesRegex(UserError, "Another order is using the same code"):
                self._get_order(second, 1).action_confirm()
            first.commit()
            with mute_logger("odoo.sql_db"), self.assertRaises(SerializationFailure):
                self._get_order(second, 1).action_confirm()
            second.rollback()
            with self.assertRaisesRegex(UserError, "has been used already, on"):  # repeated, as Odoo does
                self._get_order(second, 1).action_confirm()
            second.rollback()
            grant = self._get_env(first)["winback.grant"].browse(self.ids["winback.grant"])
            self.assertEqual((grant.state, grant.order_id), ("used", self._get_order(first, 0)))
            self.assertEqual(grant.cost, 100)
            self.assertEqual(self._get_order(first, 1).state, "draft")

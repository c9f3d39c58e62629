from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged

from .common_complaint import ComplaintCase

LOST, STAYED = range(200, 440, 60), range(20, 440, 60)


@freeze_time("2026-06-15 12:00:00")
@tagged("post_install", "-at_install")
class TestProductLoss(ComplaintCase):
    """Three lost customers and five who stayed. All of them bought paper, the bestseller;
    the lost and one who stayed bought ink; one lost customer bought toner, of the same
    category as ink."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        supplies = cls.env["product.category"].create({"name": "Supplies"})
        cls.paper = cls._create_product("Paper", cls.env["product.category"].create({"name": "Paper"}))
        cls.ink, cls.toner = (cls._create_product(name, supplies) for name in ("Ink", "Toner"))
        cls.lost = [cls._create_customer(f"Lost {number}") for number in range(3)]
        cls.stayed = [cls._create_customer(f"Stayed {number}") for number in range(5)]
        for customer in cls.lost:
            cls._buy(customer, LOST, cls.paper, cls.ink)
        cls._buy(cls.lost[0], [200], cls.toner)
        for customer in cls.stayed:
            cls._buy(customer, STAYED, cls.paper)
        cls._buy(cls.stayed[0], [80], cls.ink)
        cls._buy(cls._create_customer("Once"), [300], cls.toner)
        cls._run()
        cls.rows = cls.env["winback.product.loss"]
        cls.rows._refresh(cls.company)

    @classmethod
    def _create_product(cls, name, category):
        return cls.env["product.product"].create({"name": name, "categ_id": category.id, "list_price": 50})

    @classmethod
    def _buy(cls, partner, days_ago, *products):
        lines = [
            (0, 0, {"product_id": p.id, "product_uom_qty": 2, "price_unit": 50, "tax_ids": []})
            for p in products
        ]
        return cls._create_orders(partner, days_ago, amount=100 * len(products), order_line=lines)

    def _get(self, product=None, category=None):
        own = [("company_id", "=", self.company.id)]
        if product:
            return self.rows.search([*own, ("product_tmpl_id", "=", product.product_tmpl_id.id)])
        return self.rows.search([*own, ("kind", "=", "category"), ("categ_id", "=", category.id)])

    def test_bestseller_does_not_lead(self):
        paper, ink = self._get(self.paper), self._get(self.ink)
        self.assertEqual((paper.lost_count, paper.stayed_count), (3, 5))
        self.assertEqual((paper.lost_share, paper.stayed_share), (100, 100))
        self.assertAlmostEqual(paper.lift, round((3.5 / 4) / (5.5 / 6), 2))
        self.assertEqual((ink.lost_count, ink.stayed_count), (3, 1))
        self.assertEqual((ink.lost_share, ink.stayed_share), (100, 20))
        self.assertAlmostEqual(ink.lift, round((3.5 / 4) / (1.5 / 6), 2))
        own = [("company_id", "=", self.company.id), ("kind", "=", "product")]
        first = self.rows.search([*own, ("buyer_count", ">=", 4)], limit=1)
        self.assertEqual(first.product_tmpl_id, self.ink.product_tmpl_id)

    def test_customer_counts_once_for_a_category(self):
        supplies = self._get(category=self.ink.categ_id)
        self.assertEqual((supplies.lost_count, supplies.stayed_count), (3, 1))

    def test_money_is_of_the_last_active_year(self):
        # 200, 260, 320, 380 days ago: all within a year before the last
        self.assertEqual(self._get(self.ink).amount, 3 * 4 * 100)
        self.assertEqual(self._get(self.toner).amount, 100)
        self.assertEqual(self._get(category=self.ink.categ_id).amount, 1300)

    def test_what_was_bought_before_the_last_active_year_does_not_count(self):
        old = self._create_product("Old", self.paper.categ_id)
        self._buy(self.stayed[1], [800, 790], old)
        self._run()
        self.rows._refresh(self.company)
        self.assertFalse(self._get(old))

    def test_refreshing_again_changes_nothing(self):
        def read():
            own = self.rows.search([("company_id", "=", self.company.id)], order="kind, categ_id, product_tmpl_id")
            return own.read(["kind", "product_tmpl_id", "categ_id", "lost_count", "stayed_count", "lift", "amount"])

        before = [{k: v for k, v in row.items() if k != "id"} for row in read()]
        self.rows._refresh(self.company)
        self.assertEqual([{k: v for k, v in row.items() if k != "id"} for row in read()], before)
        self.assertEqual(len(before), 5)

    def test_who_had_bought_it(self):
        action = self._get(self.toner).with_user(self.boss).action_open_lost()
        found = self.env["winback.status"].with_user(self.boss).search(action["domain"])
        self.assertEqual(found.partner_id, self.lost[0])
        action = self._get(category=self.ink.categ_id).action_open_lost()
        self.assertEqual(len(self.env["winback.status"].search(action["domain"])), 3)

    def test_company_without_losses_has_no_error(self):
        other = self._create_company("Other Test Company")
        self.assertEqual(self.rows._refresh(other), 0)

    def test_scheduled_action_prepares_every_company(self):
        self.rows.search([]).unlink()
        with self.enter_registry_test_mode():
            self.env.ref("winback_lost_customers.ir_cron_winback_product_loss").method_direct_trigger()
        self.assertEqual(self._get(self.ink).lost_count, 3)

    def test_managers_of_the_company_only(self):
        with self.assertRaises(AccessError):
            self.rows.with_user(self.anna).search([])
        other = self._create_company("Other Test Company")
        self._get(self.ink).company_id = other
        visible = self.rows.with_user(self.boss).with_context(allowed_company_ids=self.company.ids).search([])
        self.assertNotIn(self.ink.product_tmpl_id, visible.product_tmpl_id)
        self.assertTrue(visible)

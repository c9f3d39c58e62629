from odoo.exceptions import ValidationError
from odoo.tests import freeze_time

from .common import WinbackCase


@freeze_time("2026-06-15 12:00:00")
class TestSegment(WinbackCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lost = cls._create_customer("Lost", country_id=cls.env.ref("base.de").id)
        cls._create_orders(cls.lost, [400, 430, 460], amount=100)
        cls.buying = cls._create_customer("Buying", country_id=cls.env.ref("base.fr").id)
        cls._create_orders(cls.buying, [1, 31, 61], amount=50)
        cls._run()

    def _get_customers(self, **values):
        segment = self.env["winback.segment"].create({"name": "Segment", **values})
        return segment._get_statuses().partner_id

    def test_condition_finds_customers_live(self):
        segment = self.env["winback.segment"].create({"name": "Lost"})
        self.assertEqual(segment._get_statuses().partner_id, self.lost)
        self.assertEqual(segment.customer_count, 1)
        self.assertEqual(segment.amount_at_stake, 300)
        self._create_order(self.lost, 0)
        self._run()
        segment.invalidate_recordset()
        self.assertEqual(segment.customer_count, 0)

    def test_attributes_narrow_the_condition(self):
        everybody = {"domain": "[]"}
        germany, france = self.env.ref("base.de"), self.env.ref("base.fr")
        self.assertEqual(self._get_customers(**everybody), self.lost | self.buying)
        self.assertEqual(self._get_customers(**everybody, country_ids=germany.ids), self.lost)
        self.assertEqual(
            self._get_customers(**everybody, country_ids=(germany | france).ids),
            self.lost | self.buying,
        )
        self.assertFalse(self._get_customers(country_ids=france.ids))

    def test_sign_finds_those_who_show_it(self):
        sign = self._get_status(self.lost).evidence_ids.sign_id[:1]
        self.assertTrue(sign)
        found = self._get_customers(domain="[('state', '!=', False)]", sign_ids=sign.ids)
        self.assertEqual(found, self.lost)

    def test_reason_of_the_latest_case_counts(self):
        price, service = self.env["winback.reason"].create([{"name": "P"}, {"name": "S"}])
        cases = self.env["winback.case"]
        cases.create({"partner_id": self.lost.id, "state": "later", "reason_id": price.id})
        self.assertEqual(self._get_customers(reason_ids=price.ids), self.lost)
        cases.create({"partner_id": self.lost.id, "state": "gone", "customer_reason_id": service.id})
        self.assertFalse(self._get_customers(reason_ids=price.ids))
        self.assertEqual(self._get_customers(reason_ids=service.ids), self.lost)

    def test_product_lost_was_bought_once_and_no_longer(self):
        category = self.env["product.category"].create({"name": "Saws"})
        saw, drill = self.env["product.product"].create(
            [{"name": "Saw", "categ_id": category.id}, {"name": "Drill"}]
        )
        self._add_line(self.lost, 430, saw)
        self._add_line(self.buying, 300, saw)
        self._add_line(self.buying, 10, saw)
        self._add_line(self.buying, 200, drill)
        everybody = {"domain": "[]"}
        self.assertEqual(self._get_customers(**everybody, product_ids=saw.ids), self.lost)
        self.assertEqual(self._get_customers(**everybody, product_ids=drill.ids), self.buying)
        self.assertEqual(self._get_customers(**everybody, category_ids=category.ids), self.lost)

    def _add_line(self, partner, days_ago, product):
        order = self._create_order(partner, days_ago, state="draft")
        order.order_line = [(0, 0, {"product_id": product.id, "product_uom_qty": 1})]
        self._set_columns(order, state="sale", date_order=self._noon(days_ago))

    def test_condition_that_is_none_is_refused(self):
        segment = self.env["winback.segment"].create({"name": "Segment"})
        for domain in ("[('no_such_field', '=', 1)]", "[(", "nonsense", "[('state', '=')]"):
            with self.subTest(domain=domain), self.assertRaises(ValidationError):
                segment.domain = domain
                segment.flush_recordset()

    def test_other_companies_customers_are_none_of_ours(self):
        other = self._create_company("Other")
        self._create_orders(self.buying, [400, 430, 460], company=other)
        self._run(company=other)
        self.assertEqual(self._get_customers(), self.lost)

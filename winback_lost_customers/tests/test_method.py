from odoo.tests import tagged

from .common_offer import OfferCase


@tagged("post_install", "-at_install")
class TestMethod(OfferCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.methods = cls.env["winback.method"]
        cls.methods.search([]).active = False
        cls.reason = cls.env["winback.reason"].create({"name": "Why"})
        cls.value_class = cls.env["winback.value.class"].search([], limit=1)
        cls.case.opening_sign_ids = cls.signs["S1"] | cls.signs["S2"]
        cls.case.opening_class_id = cls.value_class

    def _create_method(self, signs=(), reasons=None, **values):
        shared = self.shared_signs.filtered(lambda sign: sign.code in signs)
        return self.methods.create(
            {
                "name": "Method",
                "sign_ids": shared.ids,
                "reason_ids": (reasons or self.env["winback.reason"]).ids,
                **values,
            }
        )

    def test_method_of_the_sign_is_proposed(self):
        method = self._create_method(["S1"])
        self._create_method(["S4"])
        self.assertEqual(self.methods._propose(self.case), method)

    def test_more_signs_go_first(self):
        one = self._create_method(["S1"], sequence=1)
        two = self._create_method(["S1", "S2"], sequence=2)
        self.assertEqual(self.methods._propose(self.case).ids, [two.id, one.id])

    def test_offer_that_cannot_be_granted_yet_comes_last(self):
        offer = self._create_offer("gift", product_id=False)
        incomplete = self._create_method(["S1", "S2"], offer_id=offer.id)
        one = self._create_method(["S1"])
        self.assertEqual(self.methods._propose(self.case).ids, [one.id, incomplete.id])
        offer.product_id = self.gift
        self.assertEqual(self.methods._propose(self.case).ids, [incomplete.id, one.id])

    def test_reason_goes_before_signs(self):
        signs = self._create_method(["S1", "S2"], sequence=1)
        reason = self._create_method([], self.reason, sequence=2)
        self.assertEqual(self.methods._propose(self.case), signs)
        self.case.reason_id = self.reason
        self.assertEqual(self.methods._propose(self.case).ids, [reason.id, signs.id])

    def test_method_of_another_class_is_not_proposed(self):
        other = self.env["winback.value.class"].search([("id", "!=", self.value_class.id)], limit=1)
        for_all = self._create_method(["S1"], sequence=1)
        own = self._create_method(["S1"], sequence=2, value_class_ids=self.value_class.ids)
        self._create_method(["S1"], value_class_ids=other.ids)
        self.assertEqual(self.methods._propose(self.case).ids, [own.id, for_all.id])

    def test_method_of_another_company_is_not_proposed(self):
        self._create_method(["S1"], company_id=self._create_company("Elsewhere").id)
        self.assertFalse(self.methods._propose(self.case))

    def test_offer_that_the_margin_does_not_bear_is_not_proposed(self):
        self._create_orders(self.customer, [10, 40], amount=300, margin=30)
        self.engine._run(self.company, today=self.today)
        self.case.invalidate_recordset()
        self._create_method(["S1"], offer_id=self._create_offer(percent=20).id)
        cheap = self._create_method(["S1"], offer_id=self._create_offer(percent=5).id)
        self.assertEqual(self.methods._propose(self.case), cheap)

    def test_new_case_gets_the_best_method(self):
        offer = self._create_offer()
        method = self._create_method(["S1"], offer_id=offer.id)
        self.case.method_id = False
        self.case.offer_id = False
        self.case._propose_method()
        self.assertEqual((self.case.method_id, self.case.offer_id), (method, offer))

    def test_every_delivered_reason_has_a_method(self):
        methods = self.methods.with_context(active_test=False).search([("code", "!=", False)])
        reasons = self.env["winback.reason"].search([("code", "!=", False)])
        self.assertFalse((reasons - methods.reason_ids).mapped("name"))

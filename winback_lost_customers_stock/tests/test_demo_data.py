import unittest
from collections import defaultdict
from datetime import date, timedelta

from odoo.addons.winback_lost_customers.demo.winback_demo import MARKER, MODULE
from odoo.addons.winback_lost_customers_stock.demo.winback_demo import CASES
from odoo.tests import TransactionCase, tagged
from odoo.tools.convert import convert_file

# what the fact says of each case; nothing of a delivery in time
KINDS = {
    "late": ["late"], "in_time": [], "incomplete": ["incomplete", "late"], "returned": ["returned"],
    "awaited": ["late"], "given_up": ["incomplete"],
}  # fmt: skip


@tagged("post_install", "-at_install")
class TestDemoDeliveries(TransactionCase):
    """Deliveries of a small version of the demo, whether or not the full one is installed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.ref("base.main_company")
        if not cls.env.ref(f"{MODULE}.demo_category", raise_if_not_found=False):
            convert_file(cls.env, MODULE, "demo/winback_demo_data.xml", {}, mode="init", noupdate=True)
        cls.env["ir.model.data"].search([("module", "=", MODULE), ("name", "=", MARKER)]).unlink()
        cls.today = date(2026, 11, 3)
        cls.demo = cls.env["winback.demo"]
        cls.demo._load(today=cls.today, scale=0.2)
        cls.mails = cls.env["mail.mail"].search_count([])
        cls.cases = cls.demo._create_deliveries(cls.today)
        cls.orders = cls.env["sale.order"].concat(*(order for _case, order in cls.cases))

    def test_every_case_occurs(self):
        self.assertEqual({case for case, _order in self.cases}, set(CASES))

    def test_second_call_does_nothing(self):
        self.assertTrue(self.cases)
        self.assertEqual(self.demo._create_deliveries(self.today), [])

    def test_without_the_demo_s_customers_nothing_is_done(self):
        self.env["ir.model.data"].search([("module", "=", MODULE), ("name", "=", MARKER)]).unlink()
        self.orders.picking_ids.sale_id = False
        self.assertEqual(self.demo._create_deliveries(self.today), [])

    def test_nobody_is_mailed(self):
        self.assertEqual(self.env["mail.mail"].search_count([]), self.mails)

    def test_dates_follow_each_other_and_are_past(self):
        for picking in self.orders.picking_ids:
            with self.subTest(picking=picking.name):
                order = picking.sale_id
                self.assertEqual((order.commitment_date.date() - order.date_order.date()).days // 8, 0)
                self.assertLessEqual(order.date_order, picking.create_date)
                if picking.state == "done":
                    self.assertLessEqual(picking.create_date, picking.date_done)
                    self.assertLess(picking.date_done.date(), self.today)
                    self.assertEqual(set(picking.move_ids.mapped("date")), {picking.date_done})

    def test_fact_says_what_happened(self):
        """As of the day itself, which the clock may have passed long since."""
        self.env.flush_all()
        self.env["winback.engine"]._gather_facts(self.company, self.today, None)
        self.env.cr.execute("SELECT partner_id, unhappy_events FROM winback_run_fact")
        events = defaultdict(list, {partner: events or [] for partner, events in self.env.cr.fetchall()})
        for case, order in self.cases:
            with self.subTest(case=case, order=order.name):
                found = events[order.partner_id.commercial_partner_id.id]
                self.assertEqual(sorted(event["kind"] for event in found), KINDS[case])
                self.assertLessEqual({event["id"] for event in found}, set(order.picking_ids.ids))

    def test_returned_goods_are_part_of_what_was_delivered(self):
        for case, order in self.cases:
            if case == "returned":
                back = order.picking_ids.filtered("return_id")
                self.assertEqual(back.state, "done")
                self.assertLess(back.move_ids.quantity, back.return_id.move_ids[0].quantity)
                self.assertGreater(back.date_done - back.return_id.date_done, timedelta(0))


@tagged("post_install", "-at_install")
class TestDemoDeliveriesEvaluation(TransactionCase):
    """The installed demo shows deliveries among the causes of dissatisfaction."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        company = cls.env.ref("base.main_company")
        if not cls.env.ref(f"{MODULE}.{MARKER}", raise_if_not_found=False):
            raise unittest.SkipTest("the demo is not installed")
        cls.env["winback.engine"].with_company(company)._run(company)
        cls.found = cls.env["winback.status.sign"].search(
            [("sign_id.code", "=", "S5"), ("status_id.company_id", "=", company.id)])

    def test_deliveries_are_explained_and_shown(self):
        text = "\n".join(self.found.mapped("explanation"))
        for word in ("a late delivery", "an incomplete delivery", "a returned delivery"):
            with self.subTest(word=word):
                self.assertIn(word, text)
        models = {model for evidence in self.found for model, _id in evidence.documents}
        self.assertIn("stock.picking", models)

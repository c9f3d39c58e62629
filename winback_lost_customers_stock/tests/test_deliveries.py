from odoo.addons.winback_lost_customers.tests.test_unhappy import UnhappyCase
from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .common import DeliveryMixin


@tagged("post_install", "-at_install")
@freeze_time("2026-06-15 12:00:00")
class TestDeliveries(DeliveryMixin, UnhappyCase):
    """Deliveries are made as users make them; only their dates are moved to the past."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product = cls.env["product.product"].create(
            {"name": "Mug", "is_storable": True, "list_price": 10}
        )

    def _order(self, days_ago, promised=None, partner=None, quantity=5):
        """Return the delivery of a new order; it was promised for so many days ago."""
        order = self.env["sale.order"].create(
            {
                "partner_id": (partner or self.customer).id,
                "company_id": self.company.id,
                "commitment_date": promised is not None and self._noon(promised),
                "order_line": [
                    Command.create(
                        {"product_id": self.product.id, "product_uom_qty": quantity}
                    )
                ],
            }
        )
        order.action_confirm()
        self.env.flush_all()
        self._set_columns(order, date_order=self._noon(days_ago))
        return order.picking_ids

    # ------------------------------------------------------------------
    # Late
    # ------------------------------------------------------------------

    def test_delivery_in_time_is_no_cause(self):
        self._deliver(self._order(30, promised=20), 20)
        self._deliver(self._order(30, promised=20), 25)
        self.assertEqual(self._get_events(), [])

    def test_delivery_on_the_promised_day_is_in_time(self):
        picking = self._deliver(self._order(30, promised=20), 20)
        self._set_columns(picking, date_done=self._noon(20).replace(hour=23))
        self.assertEqual(self._get_events(), [])

    def test_day_is_the_company_s(self):
        self.company.partner_id.tz = "Asia/Tokyo"
        picking = self._deliver(self._order(30, promised=20), 20)
        self._set_columns(picking, date_done=self._noon(20).replace(hour=15))
        self.assertEqual(self._get_events(), [("late", 19, picking.id)])

    def test_delivery_after_the_promised_day_is_late(self):
        picking = self._deliver(self._order(30, promised=20), 19)
        self.assertEqual(self._get_events(), [("late", 19, picking.id)])

    def test_delivery_not_done_is_late_from_the_day_after(self):
        picking = self._order(130, promised=20)
        self.assertEqual(self._get_events(), [("late", 19, picking.id)])
        self.assertEqual(self._get_events(today=self._day(20)), [])

    def test_late_delivery_not_done_counts_after_another_purchase(self):
        picking = self._order(230, promised=220)
        self.assertEqual(self._get_events(), [("late", 219, picking.id)])
        self.assertTrue(self._get_evidence(self.customer, "S5"))
        picking.action_cancel()
        self.assertFalse(self._get_evidence(self.customer, "S5"))

    def test_forgotten_delivery_does_not_count_for_ever(self):
        self._order(500, promised=366)
        self.assertEqual(self._get_events(), [])
        picking = self._order(500, promised=365)
        self.assertEqual(self._get_events(), [("late", 364, picking.id)])

    def test_delivery_without_promise_is_never_late(self):
        self._order(30)
        picking = self._deliver(self._order(30), 5)
        self.assertTrue(picking.date_deadline)
        self._set_columns(picking, date_deadline=self._noon(30))
        self._create_order(self.customer, 1)
        self.assertEqual(self._get_events(), [])

    def test_lead_time_is_a_promise(self):
        picking = self._deliver(self._order(30), 19)
        self._set_columns(picking, date_deadline=self._noon(20))
        self.assertEqual(self._get_events(), [("late", 19, picking.id)])

    def test_late_delivery_as_of_a_past_day(self):
        picking = self._deliver(self._order(130, promised=120), 100)
        self.assertEqual(self._get_events(today=self._day(131)), [])
        self.assertEqual(self._get_events(today=self._day(120)), [])
        self.assertEqual(
            self._get_events(today=self._day(101)), [("late", 119, picking.id)]
        )
        self.assertEqual(
            self._get_events(today=self._day(100)), [("late", 100, picking.id)]
        )

    def test_delivery_of_other_company_does_not_count(self):
        picking = self._deliver(self._order(30, promised=20), 10)
        other = self._create_company("Other Company")
        self._set_columns(picking, company_id=other.id)
        self.assertEqual(self._get_events(), [])

    def test_delivery_for_a_contact_counts_for_the_company(self):
        contact = self.env["res.partner"].create(
            {"name": "Contact", "parent_id": self.customer.id, "type": "delivery"}
        )
        picking = self._deliver(self._order(30, promised=20, partner=contact), 10)
        self.assertEqual(self._get_events(), [("late", 10, picking.id)])

    # ------------------------------------------------------------------
    # Incomplete
    # ------------------------------------------------------------------

    def test_rest_not_delivered_is_incomplete(self):
        first = self._deliver(self._order(30), 20, quantity=3)
        rest = first.backorder_ids
        self.assertEqual(self._get_events(), [("incomplete", 20, rest.id)])
        self.assertEqual(self._get_events(today=self._day(21)), [])

    def test_rest_delivered_is_complete_again(self):
        first = self._deliver(self._order(30), 20, quantity=3)
        rest = self._deliver(first.backorder_ids, 10, quantity=2)
        self.assertEqual(self._get_events(), [])
        self.assertEqual(
            self._get_events(today=self._day(11)), [("incomplete", 20, rest.id)]
        )

    def test_rest_delivered_late_is_late(self):
        first = self._deliver(self._order(30, promised=15), 20, quantity=3)
        rest = self._deliver(first.backorder_ids, 10, quantity=2)
        self.assertEqual(self._get_events(), [("late", 10, rest.id)])

    def test_rest_does_not_exist_before_the_incomplete_delivery(self):
        """As of a day between, the one delivery was late and not two."""
        first = self._deliver(self._order(130, promised=120), 20, quantity=3)
        self.assertTrue(first.backorder_ids)
        self.assertEqual(self._get_events(today=self._day(21)), [("late", 119, first.id)])

    def test_cancelled_rest_is_incomplete(self):
        first = self._deliver(self._order(30), 20, quantity=3)
        first.backorder_ids.action_cancel()
        self.assertEqual(self._get_events(), [("incomplete", 20, first.backorder_ids.id)])

    def test_delivery_without_rest_is_incomplete(self):
        picking = self._deliver(self._order(30), 20, quantity=3, backorder=False)
        self.assertFalse(picking.backorder_ids)
        self.assertEqual(self._get_events(), [("incomplete", 20, picking.id)])

    def test_customer_who_wants_less_got_all(self):
        picking = self._deliver(self._order(30), 20, quantity=3, backorder=False)
        picking.sale_id.order_line.product_uom_qty = 3
        self.assertEqual(self._get_events(), [])

    def test_cancelled_delivery_is_not_incomplete(self):
        self._order(30).action_cancel()
        self.assertEqual(self._get_events(), [])

    # ------------------------------------------------------------------
    # Returned
    # ------------------------------------------------------------------

    def test_returned_delivery_counts(self):
        back = self._return(self._deliver(self._order(30), 20), 10)
        self.assertEqual(self._get_events(), [("returned", 10, back.id)])
        self.assertEqual(self._get_events(today=self._day(11)), [])

    def test_returned_delivery_with_credit_note_counts_once(self):
        back = self._return(self._deliver(self._order(30), 20), 10, quantity=2)
        refund = self._create_move(self.customer, 8)
        lines = self.env["account.move.line"].with_context(skip_invoice_sync=True)
        back.sale_id.order_line.invoice_lines = lines.create(
            {"move_id": refund.id, "display_type": "line_note", "name": "Mug"}
        )
        self.assertEqual(self._get_events(), [("refund", 8, refund.id)])
        self.assertEqual(self._get_events(today=self._day(9)), [("returned", 10, back.id)])

    def test_return_not_received_does_not_count(self):
        back = self._return(self._deliver(self._order(30), 20), 10)
        self._set_columns(back, state="assigned")
        self.assertEqual(self._get_events(), [])

    # ------------------------------------------------------------------
    # The sign
    # ------------------------------------------------------------------

    def test_sign_names_the_delivery(self):
        picking = self._deliver(self._order(30, promised=20), 10)
        evidence = self._get_evidence(self.customer, "S5")
        self.assertEqual(evidence.documents, [["stock.picking", picking.id]])
        self.assertEqual(
            evidence.explanation,
            "Causes of dissatisfaction: 1. The last one is a late delivery of 06/05/2026: "
            f"{picking.name}.",
        )

    def test_every_kind_has_a_word(self):
        words = self.env["winback.sign.unhappy"]._get_words()
        for kind, model, _query in self.env["winback.fact.unhappy"]._get_documents(
            self.company, self.today
        ):
            with self.subTest(kind=kind):
                self.assertIn(kind, words)
                self.assertIn(model, self.env)

    def test_limited_query_gives_the_same_rows(self):
        other = self._create_customer("Other")
        for partner in (self.customer, other):
            self._deliver(self._order(30, promised=20, partner=partner), 10, quantity=3)
            self._return(self._deliver(self._order(30, partner=partner), 20), 10)
            self._deliver(self._order(30, partner=partner), 20, quantity=1, backorder=False)
        full = self._get_all_facts()
        limited = self._get_all_facts(partners=self.customer)
        kinds = [event["kind"] for event in full[self.customer.id]["unhappy_events"]]
        # the rest of the first is late, too
        self.assertEqual(
            sorted(kinds), ["incomplete", "incomplete", "late", "late", "returned"]
        )
        self.assertEqual(limited, {self.customer.id: full[self.customer.id]})

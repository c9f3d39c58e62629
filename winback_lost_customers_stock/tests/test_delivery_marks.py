from odoo.addons.winback_lost_customers.tests.test_refresh_marks import MarksCase
from odoo.tests import tagged

from .common import DeliveryMixin


@tagged("post_install", "-at_install")
class TestDeliveryMarks(DeliveryMixin, MarksCase):
    """Whatever the fact reads of a delivery marks the customer of its order."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product = cls.env["product.product"].create(
            {"name": "Mug", "is_storable": True, "list_price": 10}
        )

    def _order(self, quantity=5):
        """Return the delivery of a new order."""
        order = self._create_quotation()
        order.order_line.product_uom_qty = quantity
        order.action_confirm()
        self._forget_marks()
        return order.picking_ids

    def test_done_delivery_marks_its_customer(self):
        self._deliver(self._order(), 0)
        self._assert_marked(self.customer)

    def test_back_order_done_and_cancelled_marks_its_customer(self):
        rest = self._deliver(self._order(), 3, quantity=3).backorder_ids
        self._forget_marks()
        rest = self._deliver(rest, 2, quantity=1).backorder_ids
        self._assert_marked(self.customer)
        rest.action_cancel()
        self._assert_marked(self.customer)

    def test_returned_delivery_marks_its_customer(self):
        picking = self._deliver(self._order(), 3)
        self._forget_marks()
        self._return(picking, 1)
        self._assert_marked(self.customer)

    def test_other_promise_marks_its_customer(self):
        picking = self._order()
        picking.sale_id.commitment_date = self._noon(3)
        self._assert_marked(self.customer)

    def test_corrected_delivery_marks_its_customer(self):
        picking = self._deliver(self._order(), 3)
        self._forget_marks()
        picking.move_ids.quantity = 4
        self._assert_marked(self.customer)

    def test_deleted_delivery_marks_its_customer(self):
        self._order().unlink()
        self._assert_marked(self.customer)

    def test_delivery_to_somebody_else_s_address_marks_the_buyer(self):
        picking = self._order()
        picking.partner_id = self._create_customer("Recipient")
        self._forget_marks()
        self._deliver(picking, 0)
        self._assert_marked(self.customer)

    def test_transfer_without_an_order_and_reservation_mark_nobody(self):
        picking = self._order()
        picking.action_assign()
        picking.user_id = self.seller
        self._assert_marked()
        self.env["stock.picking"].create(
            {
                "picking_type_id": picking.picking_type_id.id,
                "location_id": picking.location_id.id,
                "location_dest_id": picking.location_dest_id.id,
                "date_deadline": self._noon(3),
            }
        ).action_cancel()
        self._assert_marked()

    def test_confirming_an_order_with_a_delivery_writes_marks_once(self):
        quotation = self._create_quotation()
        self._forget_marks()
        quotation.action_confirm()
        self.env.flush_all()
        with self.assertQueryCount(1):
            self._commit_marks()
        self._assert_marked(self.customer)

    def test_every_table_of_deliveries_is_marked_or_explained(self):
        tables = {table for table in self._get_tables_read() if table.startswith("stock_")}
        # moves change with their transfer and the delivered quantity, locations are settings
        self.assertEqual(tables, {"stock_picking", "stock_move", "stock_location"})

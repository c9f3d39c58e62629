from odoo import api, models
from odoo.tools import SQL

REFRESH_FIELDS = {"date_deadline", "date_done", "sale_id", "company_id"}
FINAL_STATES = ("done", "cancel")


class StockPicking(models.Model):
    _inherit = "stock.picking"

    def _write_multi(self, vals_list):
        """Override of `base` to mark the customers whose deliveries or returns are
        done, cancelled or to be at another time; a rest (back-order) comes with the
        delivery that left it, and a reservation says nothing."""
        changed = [
            picking.id
            for picking, vals in zip(self, vals_list, strict=True)
            if vals.get("state") in FINAL_STATES or not REFRESH_FIELDS.isdisjoint(vals)
        ]
        self.env["winback.refresh"]._wait(self._name, changed)
        return super()._write_multi(vals_list)

    @api.ondelete(at_uninstall=False)
    def _unlink_mark_customers(self):
        """Mark the customers whose deliveries are deleted."""
        orders = self.env["sale.order"].sudo()  # sudo: not shown, only marked
        for picking in self.sudo():
            orders |= picking.sale_id
        self.env["winback.refresh"]._mark(orders)

    @api.model
    def _winback_get_marks_query(self, ids):
        """Return the customers of the orders: the address may be somebody else's."""
        return SQL(
            """
            SELECT o.partner_id, d.company_id
              FROM stock_picking d JOIN sale_order o ON o.id = d.sale_id
             WHERE d.id = ANY(%s)
            """,
            list(ids),
        )

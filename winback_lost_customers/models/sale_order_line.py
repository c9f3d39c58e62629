from odoo import api, models
from odoo.tools import SQL


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    # stored fields that facts read and that change no amount of the order
    _winback_refresh_fields = frozenset({"product_id", "product_uom_qty"})

    def _write_multi(self, vals_list):
        """Override of `base` to mark the customers who bought something else."""
        changed = [
            line.id
            for line, vals in zip(self, vals_list, strict=True)
            if not self._winback_refresh_fields.isdisjoint(vals)
        ]
        self.env["winback.refresh"]._wait(self._name, changed)
        return super()._write_multi(vals_list)

    @api.model
    def _winback_get_marks_query(self, ids):
        """Return the customers of confirmed orders: lines of quotations say nothing."""
        return SQL(
            """
            SELECT o.partner_id, o.company_id
              FROM sale_order_line l JOIN sale_order o ON o.id = l.order_id
             WHERE l.id = ANY(%s) AND o.state = 'sale'
            """,
            list(ids),
        )

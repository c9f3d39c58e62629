from odoo import models


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    # a delivery corrected afterwards changes nothing else of it
    _winback_refresh_fields = frozenset({"product_id", "product_uom_qty", "qty_delivered"})

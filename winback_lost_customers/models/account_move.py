from odoo import models

REFRESH_FIELDS = {"state", "payment_state"}


class AccountMove(models.Model):
    _inherit = "account.move"

    _winback_customer_field = "commercial_partner_id"

    def _write_multi(self, vals_list):
        """Override of `base` to mark the customers of invoices and credit notes that
        are posted, paid, reversed or taken back."""
        changed = [
            move.id
            for move, vals in zip(self, vals_list, strict=True)
            if not REFRESH_FIELDS.isdisjoint(vals)
            and move.is_sale_document(include_receipts=True)
        ]
        self.env["winback.refresh"]._mark(self.browse(changed))
        return super()._write_multi(vals_list)

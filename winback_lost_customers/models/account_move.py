from odoo import models

REFRESH_FIELDS = {"state", "payment_state"}
POSTED_FIELDS = {"invoice_date_due"}  # of a draft they say nothing


class AccountMove(models.Model):
    _inherit = "account.move"

    def _write_multi(self, vals_list):
        """Override of `base` to mark the customers of invoices and credit notes that
        are posted, paid, reversed or taken back."""
        changed = [
            move.id
            for move, vals in zip(self, vals_list, strict=True)
            if move._winback_is_changed(vals)
        ]
        self.env["winback.refresh"]._mark(self.browse(changed))
        return super()._write_multi(vals_list)

    def _winback_is_changed(self, vals):
        """Tell whether writing `vals` may change what facts say of the customer."""
        names = REFRESH_FIELDS | POSTED_FIELDS if self.state == "posted" else REFRESH_FIELDS
        return not names.isdisjoint(vals) and self.is_sale_document(include_receipts=True)

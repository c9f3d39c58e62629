from odoo import models


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _update_foreign_keys(self, src_partners, dst_partner):
        """Override of `base` to mark the merged customer: its documents are moved by
        SQL, which no document notices."""
        self.env["winback.refresh"]._mark(
            dst_partner | (src_partners.commercial_partner_id - src_partners)
        )
        return super()._update_foreign_keys(src_partners, dst_partner)

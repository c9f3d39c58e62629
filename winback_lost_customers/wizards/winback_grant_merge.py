from odoo import models
from odoo.fields import Domain


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    """Merged customers keep one open grant of each offer in each company."""

    _inherit = "base.partner.merge.automatic.wizard"

    def _update_foreign_keys(self, src_partners, dst_partner):
        """Override of `base` to withdraw duplicates of open grants: the merged customer
        may have one only of each offer."""
        self._withdraw_duplicate_grants(src_partners, dst_partner)
        return super()._update_foreign_keys(src_partners, dst_partner)

    def _withdraw_duplicate_grants(self, src_partners, dst_partner):
        """Keep the grant of `dst_partner`, else the oldest one, of each offer."""
        # sudo: who may merge contacts may not see everybody's grants
        grants = self.env["winback.grant"].sudo().search(
            Domain("partner_id", "in", (src_partners | dst_partner).ids)
            & Domain("state", "=", "granted"),
            order="id",
        )
        for same in grants.grouped(lambda g: (g.offer_id, g.company_id)).values():
            kept = same.sorted(lambda grant: grant.partner_id != dst_partner)[:1]
            (same - kept)._withdraw()
        self.env.flush_all()

from odoo import models


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _update_foreign_keys(self, src_partners, dst_partner):
        """Override of `base`: a customer that was in both groups of a campaign can be
        measured in neither. Of several members one is left, by the unique key."""
        # sudo: whoever merges contacts need not see campaigns
        members = self.env["winback.campaign.member"].sudo().search(
            [
                ("partner_id", "in", (src_partners | dst_partner).ids),
                ("arm", "in", ("treatment", "control")),
            ]
        )
        for same in members.grouped("campaign_id").values():
            if len(set(same.mapped("arm"))) > 1:
                today = same.company_id._winback_today()
                same.write({"stop_reason": "merged", "stop_date": today})
        self.env.flush_all()
        return super()._update_foreign_keys(src_partners, dst_partner)

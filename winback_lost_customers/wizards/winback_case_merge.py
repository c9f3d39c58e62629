from odoo import models
from odoo.fields import Domain

from ..models.winback_case import OPEN_STATES


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    """Merged customers keep one open case in each company."""

    _inherit = "base.partner.merge.automatic.wizard"

    def _update_foreign_keys(self, src_partners, dst_partner):
        """Override of `base` to close the duplicates of open cases: the merged customer
        may have one only."""
        self._close_duplicate_cases(src_partners, dst_partner)
        result = super()._update_foreign_keys(src_partners, dst_partner)
        self._rename_cases(dst_partner)
        return result

    def _rename_cases(self, partner):
        """Name the cases after the merged customer: they were moved by SQL."""
        self.env.invalidate_all()
        # sudo: see `_close_duplicate_cases`
        cases = self.env["winback.case"].sudo().with_context(active_test=False).search(
            [("partner_id", "=", partner.id)]
        )
        self.env.add_to_compute(cases._fields["name"], cases)

    def _close_duplicate_cases(self, src_partners, dst_partner):
        """Keep the case of `dst_partner`, else the oldest one, in each company."""
        # sudo: who may merge contacts may not see everybody's cases
        cases = self.env["winback.case"].sudo().search(
            Domain("partner_id", "in", (src_partners | dst_partner).ids)
            & Domain("state", "in", OPEN_STATES),
            order="id",
        )
        for same_company in cases.grouped("company_id").values():
            kept = same_company.sorted(lambda case: case.partner_id != dst_partner)[:1]
            duplicates = same_company - kept
            if not duplicates:
                continue
            duplicates._close("dismissed")
            for case in duplicates:
                case.message_post(
                    body=self.env._("Merged with %s, which has an open case.", dst_partner.name)
                )
        self.env.flush_all()

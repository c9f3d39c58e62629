from odoo import models
from odoo.fields import Domain


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    """Merged customers are asked once in each poll, and keep all their answers and gifts."""

    _inherit = "base.partner.merge.automatic.wizard"

    def _update_foreign_keys(self, src_partners, dst_partner):
        """Override of `base` to give up double invitations: a poll has one per customer."""
        self._merge_poll_invitations(src_partners, dst_partner)
        return super()._update_foreign_keys(src_partners, dst_partner)

    def _merge_poll_invitations(self, src_partners, dst_partner):
        """Keep one invitation of each poll: an answered one, else that of `dst_partner`.

        Answers and gifts of the others stay, without their invitation.
        """
        # sudo: who may merge contacts may not see everybody's polls
        invitations = self.env["winback.poll.invitation"].sudo().search(
            Domain("partner_id", "in", (src_partners | dst_partner).ids), order="id"
        )
        for same in invitations.grouped("poll_id").values():
            kept = same.sorted(lambda i: (i.state != "answered", i.partner_id != dst_partner))[:1]
            double = same - kept
            double.filtered(lambda i: i.state != "answered").user_input_id.unlink()
            double.unlink()
        self.env.flush_all()

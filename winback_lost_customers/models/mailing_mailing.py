from odoo import fields, models
from odoo.fields import Domain


class MailingMailing(models.Model):
    """A mailing of a campaign reaches nobody whom the campaign leaves alone."""

    _inherit = "mailing.mailing"

    winback_campaign_ids = fields.One2many("winback.campaign", "mailing_id", readonly=True)

    def _get_recipients_domain(self):
        """Override of `mass_mailing` to mail only to the treated of the campaign who have
        neither ordered nor answered by the time the mailing is sent, whatever condition
        somebody entered since."""
        domain = super()._get_recipients_domain()
        # sudo: whoever mails need not see campaigns
        campaign = self.sudo().winback_campaign_ids[:1]
        if not campaign:
            return domain
        members = campaign._get_mail_members()
        if self.state != "done":
            reasons = campaign._get_stop_reasons(members, campaign.company_id._winback_today())
            members = members.filtered(lambda member: member.id not in reasons)
        return domain & Domain("id", "in", members.partner_id.ids)

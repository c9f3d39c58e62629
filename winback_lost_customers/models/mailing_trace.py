from odoo import models


class MailingTrace(models.Model):
    """Found by customer: the evaluation of a few customers must not read all mailings."""

    _inherit = "mailing.trace"

    _winback_document_idx = models.Index("(res_id, model)")
    _winback_email_idx = models.Index("(email) WHERE model = 'mailing.contact'")

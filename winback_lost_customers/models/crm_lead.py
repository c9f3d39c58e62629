from odoo import models


class CrmLead(models.Model):
    _name = "crm.lead"
    _inherit = ["crm.lead", "winback.refresh.mixin"]

    _winback_refresh_fields = frozenset({"won_status", "date_closed"})

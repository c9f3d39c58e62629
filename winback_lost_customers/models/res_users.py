from odoo import api, models
from odoo.tools import SQL


class ResUsers(models.Model):
    _inherit = "res.users"

    def write(self, vals):
        """Override of `base` to mark the customers whose salesperson leaves."""
        if "active" in vals:
            self.env["winback.refresh"]._wait(self._name, self.ids)
        return super().write(vals)

    @api.model
    def _winback_get_marks_query(self, ids):
        """Return whom the users look after, and who ordered from them."""
        return SQL(
            """
            SELECT id, NULL::integer FROM res_partner WHERE user_id = ANY(%(ids)s)
             UNION
            SELECT partner_id, company_id FROM sale_order
             WHERE user_id = ANY(%(ids)s) AND state = 'sale'
            """,
            ids=list(ids),
        )

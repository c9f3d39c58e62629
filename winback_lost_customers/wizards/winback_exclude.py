from odoo import Command, api, fields, models


class WinbackExclude(models.TransientModel):
    _name = "winback.exclude"
    _description = "Exclude Customers From Win-Back"

    status_ids = fields.Many2many("winback.status", string="Customers", required=True)
    reason = fields.Selection(
        selection=lambda self: self.env["winback.exclusion"]._get_reasons(),
        required=True,
        default="let_go",
    )
    behind_partner_id = fields.Many2one("res.partner", string="Organisation Behind")
    note = fields.Text()

    @api.model
    def default_get(self, fields):
        """Take the customers that were selected in the list, or opened."""
        values = super().default_get(fields)
        if self.env.context.get("active_model") == "winback.status":
            ids = self.env.context.get("active_ids") or []
            values["status_ids"] = [Command.set(ids)]
        return values

    def action_exclude(self):
        """Exclude the customers that are not excluded yet."""
        excluded = self.env["winback.exclusion"].search(
            [
                ("partner_id", "in", self.status_ids.partner_id.ids),
                ("company_id", "in", self.status_ids.company_id.ids),
            ]
        )
        known = {(e.partner_id, e.company_id) for e in excluded}
        self.env["winback.exclusion"].create(
            [
                {
                    "partner_id": status.partner_id.id,
                    "company_id": status.company_id.id,
                    "reason": self.reason,
                    "behind_partner_id": self.behind_partner_id.id,
                    "note": self.note,
                }
                for status in self.status_ids
                if (status.partner_id, status.company_id) not in known
            ]
        )
        return {"type": "ir.actions.act_window_close"}

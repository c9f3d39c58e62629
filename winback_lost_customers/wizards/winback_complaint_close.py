from odoo import api, fields, models


class WinbackComplaintClose(models.TransientModel):
    _name = "winback.complaint.close"
    _description = "Close a Complaint"

    complaint_id = fields.Many2one("winback.complaint", required=True, ondelete="cascade")
    remedy = fields.Text(
        compute="_compute_remedy", store=True, readonly=False, required=True, precompute=True
    )
    satisfied = fields.Selection(
        [("yes", "Satisfied"), ("no", "Not satisfied"), ("not_asked", "Not asked")],
        required=True,
        help="Who leaves angry counts as dissatisfied until the next purchase.",
    )

    @api.depends("complaint_id")
    def _compute_remedy(self):
        """Start from what has been noted already."""
        for wizard in self:
            wizard.remedy = wizard.remedy or wizard.complaint_id.remedy

    def action_close(self):
        """Close the complaint with remedy and satisfaction."""
        self.ensure_one()
        self.complaint_id.write(
            {
                "state": "closed",
                "remedy": self.remedy,
                "satisfied": self.satisfied if self.satisfied != "not_asked" else False,
            }
        )
        return {"type": "ir.actions.act_window_close"}

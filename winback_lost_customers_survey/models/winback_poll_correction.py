from odoo import fields, models


class WinbackPollCorrection(models.Model):
    """What we change because of what customers said; they are told."""

    _name = "winback.poll.correction"
    _description = "Win-Back Correction"
    _order = "state desc, date_planned, id"

    name = fields.Char(string="What We Change", required=True, translate=True)
    complaint_text = fields.Char(string="Because Customers Said", translate=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, ondelete="cascade"
    )
    poll_id = fields.Many2one("winback.poll", string="First Said In", ondelete="set null", index="btree_not_null")
    department = fields.Selection(selection=lambda self: self.env["winback.poll.score"]._get_departments())
    user_id = fields.Many2one("res.users", string="Responsible", default=lambda self: self.env.user)
    date_planned = fields.Date(string="Until")
    date_done = fields.Date(string="Done On", readonly=True, copy=False)
    state = fields.Selection(
        [("planned", "Planned"), ("doing", "In Progress"), ("done", "Done"), ("dropped", "Given Up")],
        required=True,
        default="planned",
        group_expand=True,
    )

    def write(self, vals):
        """Date what is done."""
        if vals.get("state") == "done":
            vals = {"date_done": self.env.company._winback_today(), **vals}
        elif vals.get("state"):
            vals = {**vals, "date_done": False}
        return super().write(vals)

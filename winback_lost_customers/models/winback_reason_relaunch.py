from odoo import fields, models
from odoo.fields import Domain


class WinbackReason(models.Model):
    """A cause that was removed: everybody lost for it is worth another try."""

    _inherit = "winback.reason"

    cause_fixed_date = fields.Date(string="Cause Fixed On", readonly=True, copy=False)
    cause_fixed_text = fields.Text(
        string="What Was Changed",
        readonly=True,
        copy=False,
        help="The range widened, a price changed, a person replaced: the news with which "
        "customers are approached again.",
    )

    def _get_lost_statuses(self, company):
        """Return the status of the customers who were lost to `company` for one of these
        reasons, as their latest case with a reason says, and who do not buy now."""
        segments = self.env["winback.segment"]
        domain = segments._get_partner_domain(segments._get_reason_query(company, self))
        return self.env["winback.status"].search(
            domain
            & Domain("company_id", "=", company.id)
            & Domain("state", "in", ("lost", "gone", "one_off", "at_risk"))
        )

    def action_cause_fixed(self):
        """Ask what was changed, and approach everybody lost for it again."""
        self.ensure_one()
        wizard = self.env["winback.cause.fixed"].create({"reason_id": self.id})
        return wizard._get_action()

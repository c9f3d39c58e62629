from odoo import fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain


class WinbackGrant(models.Model):
    """Compensation as an offer: a share of the order that went wrong.

    Amount, limit and issuing are those of the complaint, which is the one place where
    compensation is reckoned; here it is only proposed on a case, and followed.
    """

    _inherit = "winback.grant"

    complaint_id = fields.Many2one(
        "winback.complaint", readonly=True, ondelete="restrict", index="btree_not_null"
    )

    def _issue_compensations(self):
        """Propose the compensation on the complaint of each customer, and issue it where
        the user may."""
        complaints = self._get_compensable_complaints()
        user = self.env.user
        for grant in self:
            complaint = complaints.get(grant.partner_id)
            if not complaint:
                raise UserError(
                    self.env._(
                        "Enter the complaint of %s with its problem order first: a compensation "
                        "is a share of the order that went wrong.",
                        grant.partner_id.display_name,
                    )
                )
            grant.complaint_id = complaint
            complaint.write(
                {
                    "compensation_percent": min(
                        grant.offer_id.percent, complaint._get_highest_percent()
                    ),
                    "compensation_kind": grant.offer_id.credit_kind,
                }
            )
            if complaint.with_user(user)._may_issue():
                complaint.with_user(user).action_issue_compensation()

    def _get_compensable_complaints(self):
        """Return {customer: its latest complaint that is still to be compensated}."""
        complaints = self.env["winback.complaint"].search(
            Domain("commercial_partner_id", "in", self.partner_id.ids)
            & Domain("company_id", "in", self.company_id.ids)
            & Domain("order_id.state", "in", ("sale", "cancel"))
            & Domain("compensation_card_id", "=", False)
            & Domain("state", "!=", "cancelled"),
            order="date_received, id",
        )
        return {complaint.commercial_partner_id: complaint for complaint in complaints}


class WinbackComplaint(models.Model):
    _inherit = "winback.complaint"

    def _may_issue(self):
        """Tell whether the user may issue the compensation."""
        try:
            self._check_may_issue()
        except AccessError:
            return False
        return True

    def action_issue_compensation(self):
        """Override of `winback_lost_customers` to note that the offer was used."""
        result = super().action_issue_compensation()
        # sudo: nobody writes grants; they follow what was issued
        grants = self.env["winback.grant"].sudo().search(
            [("complaint_id", "=", self.id), ("state", "=", "granted")]
        )
        complaint = self.sudo()  # sudo: as above
        cost = complaint.currency_id._convert(
            complaint.compensation_amount,
            complaint.company_id.currency_id,
            complaint.company_id,
            complaint._get_today(),
        )
        for grant in grants:
            grant.write(
                {
                    "state": "used",
                    "date_used": complaint._get_today(),
                    "cost": cost + grant.offer_id.other_cost,
                }
            )
        return result


class WinbackCase(models.Model):
    _inherit = "winback.case"

    def action_open_compensation(self):
        """Open the complaint that is to be compensated, or a new one of this customer."""
        self.ensure_one()
        self.check_access("read")
        complaint = self.env["winback.complaint"].search(
            Domain("commercial_partner_id", "=", self.partner_id.id)
            & Domain("company_id", "=", self.company_id.id)
            & Domain("compensation_card_id", "=", False)
            & Domain("state", "!=", "cancelled"),
            limit=1,
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": "winback.complaint",
            "res_id": complaint.id,
            "view_mode": "form",
            "context": {
                "default_partner_id": self.partner_id.id,
                "default_company_id": self.company_id.id,
            },
        }

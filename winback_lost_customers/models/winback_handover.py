from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError


class WinbackComplaint(models.Model):
    """Another account manager as a remedy, in one click."""

    _inherit = "winback.complaint"

    may_hand_over = fields.Boolean(compute="_compute_may_hand_over")

    @api.depends("team_id", "company_id", "commercial_partner_id")
    @api.depends_context("uid")
    def _compute_may_hand_over(self):
        """Let decide who may on a case, and the superior named in the settings."""
        user = self.env.user
        is_manager = self.env.su or user.has_group("sales_team.group_sale_salesman_all_leads")
        for complaint in self:
            # sudo: compared only
            leaders = complaint.team_id.sudo().user_id | complaint.company_id.sudo().winback_superior_id
            complaint.may_hand_over = bool(complaint.commercial_partner_id) and (is_manager or user in leaders)

    def action_change_account_manager(self):
        """Hand the customer over to another account manager, whom the rules for cases choose."""
        self.ensure_one()
        self.check_access("write")
        if not self.may_hand_over:
            raise AccessError(self.env._("The leader of the sales team or a manager decides this."))
        # sudo: cases and the documents of the salesperson before are a colleague's
        cases = self.env["winback.case"].sudo()
        case = cases._hand_over(
            self.company_id, self.commercial_partner_id, self.sudo().order_id.user_id, self.team_id
        )
        if case.partner_id.user_id == case.user_id:
            self.message_post(body=self.env._("The account manager is now %s.", case.user_id.name))
        # the case may belong to a team that the user does not see
        return case.sudo(self.env.su)._get_handover_action()


class WinbackCase(models.Model):
    _inherit = "winback.case"

    may_hand_over = fields.Boolean(compute="_compute_may_hand_over")

    @api.depends("team_id")
    @api.depends_context("uid")
    def _compute_may_hand_over(self):
        user = self.env.user
        is_manager = self.env.su or user.has_group("sales_team.group_sale_salesman_all_leads")
        for case in self:
            # sudo: compared only
            case.may_hand_over = is_manager or case.team_id.sudo().user_id == user

    @api.model
    def _hand_over(self, company, customer, person, team):
        """Hand `customer` over to somebody whom the rules for cases choose, and return the case;
        one whose owner is not the new account manager found nobody.

        Whether the user may decide this is for the caller to check.

        :param res.users person: who dealt with the customer and does not get it; empty: the
            customer's salesperson
        :param crm.team team: to which the case belongs, if none is open
        """
        person = person or customer.user_id
        case = self._open(company, customer, lost_by_user_id=person.id, team_id=team.id)
        if case.user_id and case.user_id not in (person | customer.user_id):
            case._change_account_manager(case.user_id)
        return case

    def _get_handover_action(self):
        """Return the page of the case, with a word where nobody was found for the customer."""
        self.ensure_one()
        case = self.sudo()  # sudo: compared only
        is_done = case.user_id and case.partner_id.user_id == case.user_id
        if not self.has_access("read"):
            if is_done:
                return True
            raise UserError(self._get_nobody_message())
        action = {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
        }
        if is_done:
            return action
        params = {"type": "warning", "sticky": True, "message": self._get_nobody_message(), "next": action}
        return {"type": "ir.actions.client", "tag": "display_notification", "params": params}

    def _get_nobody_message(self):
        """Return what to do when the rules find nobody."""
        return self.env._(
            "By the rules nobody else may look after %s: choose an owner on its case, and hand the customer over "
            "there.",
            self.sudo().name,  # sudo: only the name
        )

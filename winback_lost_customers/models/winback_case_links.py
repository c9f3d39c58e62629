from odoo import api, fields, models
from odoo.addons.iap.tools.iap_tools import mail_prepare_for_domain_search
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain


class WinbackStatus(models.Model):
    """Cases of a customer, from its win-back page."""

    _inherit = "winback.status"

    case_count = fields.Integer(compute="_compute_case_count", string="Cases")
    case_user_ids = fields.Many2many(
        "res.users",
        string="Owners of Cases",
        compute="_compute_case_user_ids",
        search="_search_case_user_ids",
        compute_sudo=True,
        groups=fields.NO_ACCESS,  # for record rules: a case may be hidden from who sees its customer
        exportable=False,
        help="Whoever owns a case of the customer, open or closed, sees its win-back page.",
    )

    @api.depends("partner_id.winback_case_ids.user_id")
    def _compute_case_user_ids(self):
        for status in self.with_context(active_test=False):
            status.case_user_ids = status.partner_id.winback_case_ids.user_id

    def _search_case_user_ids(self, operator, value):
        """Find the customers of whom any of the users in `value` owns a case: record rules
        ask for it in every list, so it must not read one row for each customer."""
        if operator != "in":
            return NotImplemented
        # sudo: record rules ask this, also those by which cases are seen
        cases = self.env["winback.case"].sudo().with_context(active_test=False)
        found = cases._search([("user_id", "in", list(value))])
        return [("partner_id", "in", found.subselect("partner_id"))]

    @api.depends_context("uid")
    def _compute_case_count(self):
        groups = self.env["winback.case"]._read_group(
            [("partner_id", "in", self.partner_id.ids)], ["partner_id", "company_id"], ["__count"]
        )
        counts = {(partner, company): count for partner, company, count in groups}
        for status in self:
            status.case_count = counts.get((status.partner_id, status.company_id), 0)

    def action_open_case(self):
        """Open a case for each of these customers, or show the one that is open."""
        self.check_access("read")
        cases = self.env["winback.case"]
        cases._check_may_open()
        for company, statuses in self.grouped("company_id").items():
            excluded = statuses.filtered(lambda status: status.state == "excluded")
            if excluded:
                raise UserError(
                    self.env._("%s is left out by decision.", excluded[0].partner_id.display_name)
                )
            cases |= cases._open(company, statuses.partner_id)
        return cases._get_opened_action()

    def action_open_cases(self):
        """List the customer's cases in the company."""
        self.ensure_one()
        return self.env["winback.case"]._get_list_action(self.partner_id, self.company_id)


class ResPartner(models.Model):
    """Cases of a customer, from the contact."""

    _inherit = "res.partner"

    winback_case_ids = fields.One2many(
        "winback.case", "partner_id", groups="sales_team.group_sale_salesman"
    )
    winback_case_count = fields.Integer(
        compute="_compute_winback_case_count",
        string="Win-Back Cases",
        groups="sales_team.group_sale_salesman",
    )

    @api.depends_context("company", "uid")
    def _compute_winback_case_count(self):
        """Count the organisations' cases that the user may see."""
        cases = self.env["winback.case"].sudo(False)
        if not cases.has_access("read"):
            self.winback_case_count = 0
            return
        groups = cases._read_group(
            [
                ("partner_id", "in", self.commercial_partner_id.ids),
                ("company_id", "=", self.env.company.id),
            ],
            ["partner_id"],
            ["__count"],
        )
        counts = {partner.id: count for partner, count in groups}
        for partner in self:
            partner.winback_case_count = counts.get(partner.commercial_partner_id.id, 0)

    def action_winback_open_case(self):
        """Open a case for each of these customers in the current company."""
        self.check_access("read")
        cases = self.env["winback.case"]
        cases._check_may_open()
        company = self.env.company
        # sudo: a customer of a colleague has a page that the user does not see
        statuses = self.env["winback.status"].sudo().search(
            Domain("partner_id", "in", self.commercial_partner_id.ids)
            & Domain("company_id", "=", company.id)
        )
        hidden = statuses - statuses.sudo(False)._filtered_access("read")
        if hidden:
            raise AccessError(
                self.env._("%s is a colleague's customer.", hidden[0].partner_id.display_name)
            )
        if statuses:
            statuses.sudo(False).action_open_case()
        return cases._open(company, self)._get_opened_action()

    def action_open_winback_cases(self):
        """List the organisation's cases in the current company."""
        self.ensure_one()
        return self.env["winback.case"]._get_list_action(
            self.commercial_partner_id, self.env.company
        )


class WinbackCase(models.Model):
    """What buttons elsewhere open, and the links to other organisations."""

    _inherit = "winback.case"

    previous_state = fields.Selection(related="previous_case_id.state", string="Ended As")
    previous_reason_id = fields.Many2one(
        related="previous_case_id.reason_id", string="Reason Then (We Think)"
    )
    previous_customer_reason_id = fields.Many2one(
        related="previous_case_id.customer_reason_id", string="Reason Then (Customer Says)"
    )
    is_second_loss = fields.Boolean(
        compute="_compute_is_second_loss",
        help="We had won the customer back before.",
    )

    @api.depends("previous_case_id.state", "second_loss_date")
    def _compute_is_second_loss(self):
        for case in self:
            # sudo: the case before may have been a colleague's
            before = case.sudo().previous_case_id.state
            case.is_second_loss = before == "won" or bool(case.second_loss_date)

    @api.model
    def _check_may_open(self):
        """Refuse to who does not work in sales to open cases."""
        if not self.has_access("create"):
            raise AccessError(self.env._("Cases are opened by sales people."))

    def _get_opened_action(self):
        """Return the action that shows the cases; whose are a colleague's are named."""
        visible = self._filtered_access("read")
        if not visible:
            return self._get_given_away_notice()
        action = self._get_list_action()
        action["domain"] = [("id", "in", visible.ids)]
        if len(visible) == 1:
            action.update(view_mode="form", res_id=visible.id)
        return action

    def _get_given_away_notice(self):
        """Return the message that says who has got the cases."""
        # sudo: only the owners' names
        owners = ", ".join(self.sudo().user_id.mapped("name")) or self.env._("nobody yet")
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "title": self.env._("The case is open"),
                "message": self.env._("By the rules of the company it is given to %s.", owners),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    @api.model
    def _get_list_action(self, partner=None, company=None):
        """Return the action that lists cases, of one customer if given."""
        domain = []
        if partner:
            domain = [("partner_id", "=", partner.id), ("company_id", "=", company.id)]
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Cases of %s", partner.display_name)
            if partner
            else self.env._("Cases"),
            "res_model": self._name,
            "view_mode": "list,kanban,form",
            "domain": domain,
            "context": {"create": False},
        }

    # ------------------------------------------------------------------
    # Successor
    # ------------------------------------------------------------------

    def action_find_successor(self):
        """List other organisations with the customer's phone number or mail domain."""
        self.ensure_one()
        partner = self.partner_id
        people = partner | partner.child_ids
        same = Domain.FALSE
        if numbers := list(filter(None, people.mapped("phone_sanitized"))):
            same |= Domain("phone_sanitized", "in", numbers)
        for address in filter(None, people.mapped("email")):
            # of addresses at public mail providers this is the whole address
            same |= Domain("email", "=ilike", f"%{mail_prepare_for_domain_search(address)}")
        if same.is_false():
            raise UserError(
                self.env._("No telephone number or e-mail address of %s is known.", self.name)
            )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Same Phone or Mail Domain as %s", self.name),
            "res_model": "res.partner",
            "view_mode": "list,form",
            "domain": list(same & Domain("commercial_partner_id", "!=", partner.id)),
        }

    def action_successor_opportunity(self):
        """Start an opportunity with the successor, in whom the need lives on."""
        self.ensure_one()
        if not self.successor_id:
            raise UserError(self.env._("Link the successor first."))
        return {
            "type": "ir.actions.act_window",
            "res_model": "crm.lead",
            "view_mode": "form",
            "context": {
                "default_type": "opportunity",
                "default_name": self.env._("Successor of %s", self.name),
                "default_partner_id": self.successor_id.id,
                "default_user_id": self.user_id.id,
                "default_company_id": self.company_id.id,
            },
        }

import re

from markupsafe import Markup, escape

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools.misc import format_amount, format_date

from .winback_case import OPEN_STATES

PLACEHOLDER = re.compile(r"\{(\w+)\}")


class WinbackPreparation(models.Model):
    """A point of the checklist that must be ready before the first contact."""

    _name = "winback.preparation"
    _description = "Win-Back Preparation"
    _order = "sequence, id"

    name = fields.Char(string="What Must Be Ready", required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", help="Empty: for every company.")
    reason_ids = fields.Many2many(
        "winback.reason", string="For Reasons", help="Empty: for every reason."
    )
    value_class_ids = fields.Many2many(
        "winback.value.class", string="For Classes", help="Empty: for every class."
    )

    @api.model
    def _get_for(self, case):
        """Return what must be ready before the first contact of a `case`."""
        points = self.sudo().search(  # sudo: the checklist is for everybody with a case
            Domain("company_id", "in", [False, case.company_id.id])
        )
        reason, value_class = case._get_reason(), case.opening_class_id
        return points.filtered(
            lambda point: (not point.reason_ids or reason in point.reason_ids)
            and (not point.value_class_ids or value_class in point.value_class_ids)
        )


class WinbackCaseCheck(models.Model):
    """A point of the checklist of one case."""

    _name = "winback.case.check"
    _description = "Win-Back Case Preparation"
    _order = "sequence, id"

    case_id = fields.Many2one("winback.case", required=True, index=True, ondelete="cascade")
    preparation_id = fields.Many2one("winback.preparation", ondelete="set null")
    name = fields.Char(string="What Must Be Ready", required=True)
    sequence = fields.Integer(default=10)
    is_done = fields.Boolean(string="Ready")
    date_done = fields.Date(readonly=True)
    user_id = fields.Many2one("res.users", string="Done By", readonly=True)

    _point_uniq = models.Constraint(
        "UNIQUE(case_id, preparation_id)", "A point is once on the checklist of a case."
    )

    @api.model_create_multi
    def create(self, vals_list):
        """Let the stage follow what has been added."""
        checks = super().create([self._date(vals) for vals in vals_list])
        checks.case_id._follow_preparation()
        return checks

    def write(self, vals):
        """Note who prepared what, and let the stage follow."""
        result = super().write(self._date(vals))
        if "is_done" in vals:
            self.case_id._follow_preparation()
        return result

    def unlink(self):
        """Let the stage follow what has been taken away."""
        cases = self.case_id
        result = super().unlink()
        cases._follow_preparation()
        return result

    @api.model
    def _date(self, vals):
        """Return `vals` with who ticked the point and when."""
        if "is_done" not in vals:
            return vals
        done = vals["is_done"]
        return {
            **vals,
            "date_done": done and self.env.company._winback_today(),
            "user_id": done and self.env.uid,
        }

    def action_toggle(self):
        """Tick or untick the point."""
        for check in self:
            check.is_done = not check.is_done


class WinbackReason(models.Model):
    """The script must be one that can be filled."""

    _inherit = "winback.reason"

    @api.constrains("script")
    def _check_script(self):
        self.env["winback.case"]._check_placeholders(self.mapped("script"))


class WinbackCase(models.Model):
    """One attempt: what must be ready before the first contact."""

    _inherit = "winback.case"

    check_ids = fields.One2many("winback.case.check", "case_id", string="Checklist")
    is_prepared = fields.Boolean(
        string="Prepared",
        compute="_compute_is_prepared",
        store=True,
        help="The reason is known and everything on the checklist is ready.",
    )
    script = fields.Html(
        string="Call Script",
        compute="_compute_script",
        help="The script of the reason, filled with this customer's figures.",
    )
    tactic = fields.Html(compute="_compute_script")

    @api.depends("check_ids.is_done", "reason_id", "customer_reason_id")
    def _compute_is_prepared(self):
        for case in self:
            case.is_prepared = bool(case._get_reason()) and all(case.check_ids.mapped("is_done"))

    @api.depends("reason_id", "customer_reason_id", "offer_id", "user_id", "competitor")
    @api.depends_context("lang")
    def _compute_script(self):
        for case in self:
            reason = case._get_reason()
            case.script = case._fill_script(reason.script)
            case.tactic = reason.tactic

    def _get_missing(self):
        """Return in words what is missing for the first contact."""
        self.ensure_one()
        missing = self.check_ids.filtered(lambda check: not check.is_done).mapped("name")
        return missing if self._get_reason() else [self.env._("the reason"), *missing]

    def _fill_checklist(self):
        """Add what reason and class ask for, and take away what they do not ask for
        any more, save what is ready already."""
        for case in self.filtered(lambda case: case.state in OPEN_STATES):
            wanted = self.env["winback.preparation"]._get_for(case)
            checks = case.sudo().check_ids  # sudo: the checklist is the server's
            # first what is still to do, so that the case does not pass for prepared between
            missing = wanted - checks.preparation_id
            checks.create(
                [
                    {
                        "case_id": case.id,
                        "preparation_id": point.id,
                        "name": point.name,
                        "sequence": point.sequence,
                    }
                    for point in missing
                ]
            )
            checks.filtered(
                lambda c, wanted=wanted: c.preparation_id
                and c.preparation_id not in wanted
                and not c.is_done
            ).unlink()

    # ------------------------------------------------------------------
    # Script
    # ------------------------------------------------------------------

    @api.model
    def _get_placeholders(self):
        """Return {placeholder of a script: function of the case that fills it}."""
        return {
            "customer": lambda case: case.partner_id.name,
            "contact": lambda case: case._get_contact_person().name or case.partner_id.name,
            "phone": lambda case: case._get_contact_person().phone or case.partner_id.phone or "–",
            "owner": lambda case: (case.user_id or self.env.user).name,
            "company": lambda case: case.company_id.name,
            "before": lambda case: case.lost_by_user_id.name or case.company_id.name,
            "last_order": lambda case: case._get_last_order_words(),
            "amount": lambda case: format_amount(self.env, case.opening_amount, case.currency_id),
            "products": lambda case: case._get_product_words(),
            "offer": lambda case: case.offer_id.name or self.env._("the offer (choose one first)"),
            "competitor": lambda case: case.competitor or self.env._("the other supplier"),
        }

    @api.model
    def _check_placeholders(self, scripts):
        """Refuse scripts with placeholders that nobody can fill."""
        known = self._get_placeholders()
        for script in filter(None, scripts):
            unknown = set(PLACEHOLDER.findall(script)) - known.keys()
            if unknown:
                raise ValidationError(
                    self.env._(
                        "“{%(unknown)s}” cannot be filled. Known are: %(known)s",
                        unknown=min(unknown),
                        known=", ".join(f"{{{name}}}" for name in known),
                    )
                )

    def _fill_script(self, script):
        """Return a `script` filled with the figures of this customer."""
        self.ensure_one()
        if not script or not self.partner_id:
            return script
        # sudo: the owner reads the history of a customer who was a colleague's
        case, known = self.sudo(), self._get_placeholders()
        return Markup(
            PLACEHOLDER.sub(
                lambda found: escape(known[found[1]](case)) if found[1] in known else found[0],
                script,
            )
        )

    def _get_contact_person(self):
        """Return whom to call at the customer: its first contact with a phone number."""
        self.ensure_one()
        people = self.partner_id.child_ids.filtered(lambda p: p.type == "contact")
        return people.sorted(lambda p: (not p.phone, p.id))[:1]

    def _get_last_order_words(self):
        """Return number and day of the last order."""
        order = self.status_id.last_order_id
        if not order:
            return self.env._("no order yet")
        day = format_date(self.env, self.status_id.last_order_date)
        return self.env._("%(order)s of %(day)s", order=order.name, day=day)

    def _get_product_words(self):
        """Return what the customer bought most."""
        products = [product.name for product, _quantity in self._get_favourites(limit=3)]
        return ", ".join(products) or self.env._("our products")

    def action_print_script(self):
        """Print the preparation: checklist, history and script."""
        return self.env.ref("winback_lost_customers.winback_case_script_report").report_action(self)

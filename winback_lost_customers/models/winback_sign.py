from odoo import api, fields, models
from odoo.exceptions import ValidationError


class WinbackSign(models.Model):
    """A sign that a customer is being lost: which detector, how strict, how heavy.

    A sign without company holds for all; a company that wants other numbers gets a
    record of its own with the same code, which then replaces the shared one.
    """

    _name = "winback.sign"
    _description = "Win-Back Sign"
    _order = "sequence, code, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(
        required=True,
        help="The sign's short name, such as S6. A company's own record with the same "
        "code replaces the shared one.",
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", index=True, help="Empty: for every company without its own."
    )
    detector = fields.Char(
        required=True,
        help="Technical name of the model that recognises the sign.",
    )
    threshold = fields.Float(required=True, default=1, digits=(16, 0))
    threshold_unit = fields.Selection(
        [("days", "days"), ("count", "or more"), ("percent", "percent"), ("steps", "steps")],
        compute="_compute_threshold_unit",
        string="Unit",
    )
    threshold_days = fields.Integer(
        string="For at Least (days)",
        help="For how many days it must be so, for signs that ask for two numbers.",
    )
    has_threshold_days = fields.Boolean(compute="_compute_has_threshold_days")
    weight = fields.Integer(
        default=20,
        string="Points",
        help="Points that the sign adds to the customer's score (0-100) while it holds. Where it "
        "says so above, fewer while it is less sure.",
    )
    severity = fields.Selection(
        [("info", "Information"), ("warning", "Warning"), ("critical", "Critical")],
        default="warning",
        required=True,
        help="A critical sign puts a customer at risk whatever the score.",
    )
    color = fields.Integer(compute="_compute_color")
    # these three come from the detector's docstring, see _load_texts
    description = fields.Text(translate=True, string="What It Sees", readonly=True)
    reason = fields.Text(translate=True, string="Why It Matters", readonly=True)
    caveat = fields.Text(translate=True, string="When It Is Wrong", readonly=True)
    explanation = fields.Text(
        translate=True,
        required=True,
        help="Shown for a customer; figures in braces, such as {days}.",
    )
    explanation_fallback = fields.Text(
        translate=True,
        string="Explanation otherwise",
        help="Shown when a figure of the explanation is not known for a customer.",
    )
    error = fields.Text(readonly=True, copy=False, string="Last Error")
    error_date = fields.Datetime(readonly=True, copy=False, string="Failed On")
    error_company_id = fields.Many2one("res.company", readonly=True, copy=False)
    evidence_ids = fields.One2many("winback.status.sign", "sign_id")
    customer_count = fields.Integer(compute="_compute_customer_count", string="Customers")

    _code_company_uniq = models.UniqueIndex(
        "(code, COALESCE(company_id, 0))",
        "There is already a sign with this code for the same company.",
    )
    _weight_range = models.Constraint(
        "CHECK (weight >= 0 AND weight <= 100)",
        "The points of a sign must lie between 0 and 100.",
    )

    @api.depends("detector")
    def _compute_threshold_unit(self):
        for sign in self:
            model = sign._get_detector()
            sign.threshold_unit = model is not None and model._threshold_unit

    @api.depends("detector")
    def _compute_has_threshold_days(self):
        for sign in self:
            model = sign._get_detector()
            sign.has_threshold_days = model is not None and bool(model._threshold_days_range)

    @api.depends("severity")
    def _compute_color(self):
        colors = {"info": 4, "warning": 3, "critical": 1}
        for sign in self:
            sign.color = colors.get(sign.severity, 0)

    @api.depends_context("allowed_company_ids")
    def _compute_customer_count(self):
        counts = dict(
            self.env["winback.status.sign"]._read_group(
                [("sign_id", "in", self.ids)], ["sign_id"], ["__count"]
            )
        )
        for sign in self:
            sign.customer_count = counts.get(sign, 0)

    @api.constrains(
        "detector", "threshold", "threshold_days", "explanation", "explanation_fallback"
    )
    def _check_detector(self):
        for sign in self:
            detector = sign._get_detector()
            if detector is None:
                raise ValidationError(
                    self.env._(
                        "Sign %(code)s: no detector called “%(detector)s” is installed. "
                        "It must be a model that inherits winback.detector, imported in "
                        "its module's signs/__init__.py.",
                        code=sign.code,
                        detector=sign.detector,
                    )
                )
            sign._check_columns(detector)
            sign._check_threshold(detector)
            sign._check_threshold_days(detector)
            sign._check_texts(detector)

    @api.constrains("weight", "active", "company_id", "code")
    def _check_weights(self):
        self._check_weights_left(self.browse())

    @api.ondelete(at_uninstall=False)
    def _unlink_except_last_with_weight(self):
        self._check_weights_left(self)

    def _check_weights_left(self, leaving):
        """Check that without the signs `leaving` the others still weigh something,
        for each company that these signs concern."""
        is_shared = any(not sign.company_id for sign in self)
        # sudo: a shared sign counts for companies that the user does not see
        companies = self.company_id
        if is_shared:
            companies = self.env["res.company"].sudo().search([("active", "=", True)])
        for company in companies:
            signs = self.sudo()._get_signs_in_force(company, leaving)
            if signs and not any(signs.mapped("weight")):
                raise ValidationError(
                    self.env._(
                        "All signs of %s would weigh nothing, so no customer could ever "
                        "be at risk. Give at least one of them points.",
                        company.display_name,
                    )
                )

    def _check_columns(self, detector):
        """Check that the facts offer each column that `detector` reads."""
        known = self.env["winback.fact"]._get_all_columns()
        missing = sorted(set(detector._fact_columns) - set(known))
        if missing:
            raise ValidationError(
                self.env._(
                    "Sign %(code)s: the detector %(detector)s reads figures that no "
                    "installed source offers: %(missing)s",
                    code=self.code,
                    detector=self.detector,
                    missing=", ".join(missing),
                )
            )

    def _check_threshold(self, detector):
        """Check that the threshold lies where it makes sense for `detector`."""
        low, high = detector._threshold_range
        if not low <= self.threshold <= high:
            raise ValidationError(
                self.env._(
                    "Sign %(code)s: the threshold must lie between %(low)s and %(high)s, "
                    "not %(value)s.",
                    code=self.code,
                    low=low,
                    high=high,
                    value=f"{self.threshold:g}",
                )
            )

    def _check_threshold_days(self, detector):
        """Check the second number, of signs that ask for it."""
        if not detector._threshold_days_range:
            return
        low, high = detector._threshold_days_range
        if not low <= self.threshold_days <= high:
            raise ValidationError(
                self.env._(
                    "Sign %(code)s: it must be so for %(low)s to %(high)s days, not %(value)s.",
                    code=self.code,
                    low=low,
                    high=high,
                    value=self.threshold_days,
                )
            )

    def _check_texts(self, detector):
        """Check the explanations, in every language they are written in."""
        for name in ("explanation", "explanation_fallback"):
            translations, _context = self.get_field_translations(name)
            for text in {self[name], *(term["value"] for term in translations)}:
                detector._check_template(text)

    @api.model_create_multi
    def create(self, vals_list):
        """Give each new sign the texts of its detector."""
        signs = super().create(vals_list)
        signs._write_texts()
        return signs

    @api.model
    def _load_texts(self):
        """Bring the texts of all signs up to date with the code; called when the add-on
        is installed or updated."""
        signs = self.with_context(active_test=False)
        signs.search([])._write_texts()  # pylint: disable=no-search-all

    def _write_texts(self):
        """Write what the detectors' docstrings say; translations stay as they are."""
        for sign in self.with_context(lang=None):
            detector = sign._get_detector()
            texts = detector._get_texts() if detector is not None else {}
            if any(sign[name] != text for name, text in texts.items()):
                sign.write(texts)

    def _get_detector(self):
        """Return the model that recognises the sign, or None when it is missing."""
        self.ensure_one()
        names = self.env.registry["winback.detector"]._inherit_children
        if self.detector in names and self.detector in self.env:
            return self.env[self.detector]
        return None

    @api.model
    def _get_signs_in_force(self, company, leaving=()):
        """Return the signs that count for `company`: its own ones, and the shared
        ones that it has not replaced. A replacement that is switched off counts as
        a decision too.

        :param leaving: signs that are about to be deleted and do not count
        """
        own_or_shared = self.with_context(active_test=False).search(
            [("company_id", "in", [False, company.id])]
        )
        own_or_shared = own_or_shared.filtered(lambda sign: sign not in leaving)
        own = own_or_shared.filtered("company_id")
        codes = set(own.mapped("code"))
        shared = own_or_shared.filtered(
            lambda sign: not sign.company_id and sign.code not in codes
        )
        return (own | shared).filtered("active").sorted()

    def action_adjust_for_company(self):
        """Copy the shared sign for the current company, to change its numbers."""
        self.ensure_one()
        company = self.env.company
        own = self.with_context(active_test=False).search(
            [("code", "=", self.code), ("company_id", "=", company.id)], limit=1
        )
        sign = own or self.copy({"company_id": company.id, "name": self.name})
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": sign.id,
            "view_mode": "form",
        }

    def action_open_customers(self):
        """Open the customers for whom the sign holds."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "winback_lost_customers.winback_status_action"
        )
        action["domain"] = [("evidence_ids.sign_id", "in", self.ids)]
        action["context"] = {}
        return action

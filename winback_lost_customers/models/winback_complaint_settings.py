from odoo import api, fields, models


class ResCompany(models.Model):
    """How a company handles complaints."""

    _inherit = "res.company"

    winback_complaint_serious_hours = fields.Float(string="Answer Serious Complaints Within", default=4)
    winback_complaint_small_hours = fields.Float(string="Answer Small Complaints Within", default=16)
    winback_superior_id = fields.Many2one(
        "res.users",
        string="Superior",
        domain="[('share', '=', False)]",
        help="Is told of late answers and conflicts where no sales team has a leader.",
    )
    winback_compensation_max_percent = fields.Float(string="Compensation at Most (%)", default=10)
    winback_compensation_days = fields.Integer(
        string="Codes Are Valid For (days)", default=365, help="Zero: without end."
    )
    winback_complaint_alias_id = fields.Many2one(
        "mail.alias", string="Complaint Alias", ondelete="set null", copy=False
    )
    winback_complaint_alias_name = fields.Char(
        string="Address for Complaints",
        compute="_compute_winback_complaint_alias_name",
        inverse="_inverse_winback_complaint_alias_name",
        help="Mails to this address become complaints.",
    )
    winback_complaint_form = fields.Boolean(
        string="Public Complaint Form",
        default=True,
        help="A page on which everybody can complain, day and night; customers also find it "
        "on the page of their order.",
    )
    winback_ewallet_program_id = fields.Many2one(
        "loyalty.program",
        string="eWallet for Compensations",
        domain="[('program_type', '=', 'ewallet'), ('company_id', '=', id)]",
        ondelete="set null",
        copy=False,
        help="Created with the first compensation if empty.",
    )
    winback_code_program_id = fields.Many2one(
        "loyalty.program",
        string="Codes for Compensations",
        domain="[('winback_is_personal', '=', True), ('program_type', '=', 'coupons'), "
        "('company_id', '=', id)]",
        ondelete="set null",
        copy=False,
        help="Created with the first compensation if empty.",
    )

    @api.depends("winback_complaint_alias_id.alias_name")
    def _compute_winback_complaint_alias_name(self):
        for company in self:
            # sudo: aliases are for administrators, the address is not
            alias = company.sudo().winback_complaint_alias_id
            company.winback_complaint_alias_name = alias.alias_name

    def _inverse_winback_complaint_alias_name(self):
        """Create the alias with its first name; without a name it takes no mail."""
        for company in self:
            # sudo: who may write the company may name its address
            alias = company.sudo().winback_complaint_alias_id
            name = company.winback_complaint_alias_name
            if alias:
                alias.alias_name = name
            elif name:
                company.winback_complaint_alias_id = alias.create(
                    company._prepare_winback_alias_values(name)
                )

    def _prepare_winback_alias_values(self, name):
        """Return the values of the alias whose mails become complaints."""
        self.ensure_one()
        return {
            "alias_name": name,
            "alias_model_id": self.env["ir.model"]._get_id("winback.complaint"),
            "alias_defaults": repr({"company_id": self.id}),
            "alias_domain_id": self.alias_domain_id.id,
            "alias_contact": "everyone",
        }

    def write(self, vals):
        """Let the address for complaints move to a new mail domain."""
        result = super().write(vals)
        if "alias_domain_id" in vals:
            # sudo: see `_inverse_winback_complaint_alias_name`
            for company in self.sudo():
                company.winback_complaint_alias_id.alias_domain_id = company.alias_domain_id
        return result

    def _get_winback_limits(self):
        """Override of `winback_lost_customers` to limit the numbers for complaints."""
        return [
            *super()._get_winback_limits(),
            ("winback_complaint_serious_hours", 0.25, 400),
            ("winback_complaint_small_hours", 0.25, 400),
            ("winback_compensation_max_percent", 0, 100),
            ("winback_compensation_days", 0, 3650),
        ]

    @api.constrains(
        "winback_complaint_serious_hours",
        "winback_complaint_small_hours",
        "winback_compensation_max_percent",
        "winback_compensation_days",
    )
    def _check_winback_complaint_numbers(self):
        self._check_winback_numbers()


class ResConfigSettings(models.TransientModel):
    """How a company handles complaints, in the settings."""

    _inherit = "res.config.settings"

    winback_complaint_serious_hours = fields.Float(
        related="company_id.winback_complaint_serious_hours", readonly=False
    )
    winback_complaint_small_hours = fields.Float(
        related="company_id.winback_complaint_small_hours", readonly=False
    )
    winback_superior_id = fields.Many2one(
        related="company_id.winback_superior_id",
        readonly=False,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
    )
    winback_complaint_alias_name = fields.Char(
        related="company_id.winback_complaint_alias_name", readonly=False
    )
    winback_complaint_form = fields.Boolean(
        related="company_id.winback_complaint_form", readonly=False
    )
    winback_complaint_form_url = fields.Char(
        compute="_compute_winback_complaint_form_url", string="Address of the Form"
    )
    winback_complaint_alias_domain = fields.Char(
        related="company_id.alias_domain_id.name", string="Mail Domain for Complaints"
    )
    winback_compensation_max_percent = fields.Float(
        related="company_id.winback_compensation_max_percent", readonly=False
    )
    winback_compensation_days = fields.Integer(
        related="company_id.winback_compensation_days", readonly=False
    )
    winback_ewallet_program_id = fields.Many2one(
        related="company_id.winback_ewallet_program_id",
        readonly=False,
        domain="[('program_type', '=', 'ewallet'), ('company_id', '=', company_id)]",
    )
    winback_code_program_id = fields.Many2one(
        related="company_id.winback_code_program_id",
        readonly=False,
        domain="[('winback_is_personal', '=', True), ('program_type', '=', 'coupons'), "
        "('company_id', '=', company_id)]",
    )

    @api.depends("company_id")
    def _compute_winback_complaint_form_url(self):
        for settings in self:
            company = settings.company_id
            settings.winback_complaint_form_url = (
                f"{company.get_base_url()}/complaint?company={company.id}"
            )

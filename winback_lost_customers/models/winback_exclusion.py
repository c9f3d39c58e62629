from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL


class WinbackExclusion(models.Model):
    """A decision not to count a customer, with reason and date.

    It holds until somebody deletes it: no run brings the customer back.
    """

    _name = "winback.exclusion"
    _description = "Win-Back Exclusion"
    _order = "date desc, id desc"
    _rec_name = "partner_id"
    _check_company_auto = True

    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        ondelete="cascade",
        domain="[('is_company', '=', True)]",
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env.company,
    )
    reason = fields.Selection(
        selection="_get_reasons",
        required=True,
        default="let_go",
    )
    behind_partner_id = fields.Many2one(
        "res.partner",
        string="Organisation Behind",
        help="Who really buys through this payment intermediary.",
    )
    note = fields.Text()
    date = fields.Date(
        required=True,
        default=lambda self: self.env.company._winback_today(),
        help="The customer is left out from this day on.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Decided By",
        default=lambda self: self.env.user,
        readonly=True,
    )

    # a constraint and not an index: merging contacts copes with constraints only
    _partner_company_uniq = models.Constraint(
        "UNIQUE(partner_id, company_id)", "This customer has already been excluded."
    )

    @api.model
    def _get_reasons(self):
        """Return the reasons of decisions, as pairs for a selection."""
        return [
            ("let_go", self.env._("Let go on purpose")),
            ("one_off", self.env._("One-off buyer")),
            ("low_potential", self.env._("Potential too small")),
            ("intermediary", self.env._("Payment intermediary")),
            ("other", self.env._("Other")),
        ]

    @api.constrains("reason", "behind_partner_id", "partner_id")
    def _check_behind_partner_id(self):
        for exclusion in self:
            if exclusion.reason != "intermediary":
                continue
            behind = exclusion.behind_partner_id.commercial_partner_id
            if not behind or behind == exclusion.partner_id:
                raise ValidationError(
                    self.env._(
                        "Name the organisation behind the payment intermediary %s.",
                        exclusion.partner_id.display_name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        """Exclude the whole organisation, tell its chatter, and bring its status up
        to date at once."""
        for vals in vals_list:
            partner = self.env["res.partner"].browse(vals.get("partner_id"))
            vals["partner_id"] = partner.commercial_partner_id.id
        exclusions = super().create(vals_list)
        for exclusion in exclusions:
            exclusion._post(
                self.env._(
                    "Excluded from win-back: %(reason)s. %(note)s",
                    reason=exclusion._get_reason_label(),
                    note=exclusion.note or "",
                )
            )
        exclusions._refresh_customers()
        return exclusions

    def write(self, vals):
        """Bring the status of the customers up to date."""
        result = super().write(vals)
        self._refresh_customers()
        return result

    def unlink(self):
        """Let the customers come back into the picture at once."""
        customers = [(exclusion.company_id, exclusion.partner_id) for exclusion in self]
        for exclusion in self:
            exclusion._post(self.env._("No longer excluded from win-back."))
        result = super().unlink()
        for company, partner in customers:
            self.env["winback.status"]._refresh(company, partner)
        return result

    def _post(self, text):
        """Log `text` on the customer; who may decide need not be allowed to write it."""
        # sudo: a note about the decision; the decision itself was checked before
        self.partner_id.sudo().message_post(body=text, author_id=self.env.user.partner_id.id)

    def _get_reason_label(self):
        """Return the reason in the reader's language."""
        return dict(self._fields["reason"]._description_selection(self.env))[self.reason]

    def _refresh_customers(self):
        """Bring the status of the excluded customers up to date."""
        for company, exclusions in self.grouped("company_id").items():
            self.env["winback.status"]._refresh(company, exclusions.partner_id)

    @api.model
    def _get_query(self, company, today):
        """Return `partner_id`, `reason`, `date` of the exclusions valid on `today`."""
        return SQL(
            """
            SELECT DISTINCT ON (p.commercial_partner_id)
                   p.commercial_partner_id AS partner_id, e.reason, e.date
              FROM winback_exclusion e JOIN res_partner p ON p.id = e.partner_id
             WHERE e.company_id = %s AND e.date <= %s
             ORDER BY p.commercial_partner_id, e.date, e.id
            """,
            company.id,
            today,
        )

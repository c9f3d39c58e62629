from odoo import api, fields, models
from odoo.exceptions import ValidationError


class WinbackCustomerMixin(models.AbstractModel):
    """A record of one customer in one company: they must belong together."""

    _name = "winback.customer.mixin"
    _description = "Win-Back Record of a Customer"

    partner_id = fields.Many2one("res.partner", string="Customer")
    company_id = fields.Many2one("res.company")

    @api.constrains("partner_id", "company_id")
    def _check_partner_company(self):
        for record in self:
            record._refuse_foreign(record._get_customers(), record.company_id)

    def _get_customers(self):
        """Return the customers of the record; all of them must be the company's."""
        return self.partner_id

    @api.model
    def _refuse_foreign(self, customers, company):
        """Refuse customers that belong to another company than `company`.

        :raise ValidationError: names the first of them
        """
        for customer in customers:
            owner = customer.sudo().company_id  # sudo: compared only
            if owner and owner != company:
                raise ValidationError(
                    self.env._("%s is a customer of another company.", customer.display_name)
                )

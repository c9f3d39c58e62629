from odoo import api, fields, models
from odoo.fields import Domain


class WinbackValueClass(models.Model):
    """How often customers of a class are contacted, and whether in person."""

    _inherit = "winback.value.class"

    is_personal = fields.Boolean(
        string="In Person",
        help="Customers of this class are won back by calls and meetings before mails.",
    )
    contact_days = fields.Integer(
        string="Contact Every (days)",
        help="Customers who are well are to be contacted this often. Zero: no rhythm.",
    )

    _contact_days_range = models.Constraint(
        "CHECK (contact_days BETWEEN 0 AND 3650)",
        "A rhythm of contacts lies between 0 (none) and 3,650 days.",
    )


class WinbackChannel(models.Model):
    """Which channel for whom."""

    _inherit = "winback.channel"

    @api.model
    def _get_ranked(self, company, value_class, is_single=True):
        """Return the channels of `company`, the fittest for a customer first.

        Whoever is important and approached alone is spoken to: channels in person go
        first, the strongest (lowest sequence) before the others. For all others, and for
        many at once, the cheapest goes first.

        :param value_class: class of the customer, may be empty
        :param bool is_single: one customer is approached, not a segment
        """
        # sudo: costs of contacts are needed for whoever opens a case
        channels = self.sudo().search(Domain("company_id", "in", [False, company.id]))
        if is_single and value_class.is_personal:
            return channels.sorted(lambda c: (not c.is_personal, c.sequence, c.id))
        return channels.sorted(lambda c: (c.cost_per_contact, c.sequence, c.id))

    @api.model
    def _get_contact_costs(self, company):
        """Return {id of class or False: cost of one contact by the fittest channel}."""
        classes = self.env["winback.value.class"].sudo().search(  # sudo: as above
            Domain("company_id", "in", [False, company.id])
        )
        return {
            value_class.id or False: self._get_ranked(company, value_class)[:1].cost_per_contact
            for value_class in (classes.browse(), *classes)
        }

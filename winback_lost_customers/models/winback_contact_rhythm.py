from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

# who is to be contacted in the rhythm of the class; the others are cases
WELL_STATES = ("active", "new", "won_back")
# a mailing to all is no regular contact
PERSONAL_KINDS = ("spoken", "mail")


class WinbackStatus(models.Model):
    """Whether we keep in touch with customers who are well, as often as their class asks.

    A contact is a call that reached somebody, a meeting or a mail that one of us wrote;
    mailings and orders are none. Dates are computed when read: nothing is stored.
    """

    _inherit = "winback.status"

    last_contact_date = fields.Date(
        string="Last Contact",
        compute="_compute_contacts",
        help="Of the last 365 days, or of the time that the rhythm of the class looks back.",
    )
    next_contact_date = fields.Date(
        string="Next Contact Due",
        compute="_compute_contacts",
        help="By the rhythm of the class, for customers who are well.",
    )
    is_contact_overdue = fields.Boolean(
        string="Contact Overdue", compute="_compute_contacts", search="_search_is_contact_overdue"
    )

    @api.depends("state", "value_class_id.contact_days", "first_order_date")
    def _compute_contacts(self):
        for company, statuses in self.grouped("company_id").items():
            today = company._winback_today()
            last = statuses._get_last_contacts(company, today)
            for status in statuses:
                status.last_contact_date = last.get(status.partner_id.id, False)
                status.next_contact_date = status._get_next_contact_date()
                status.is_contact_overdue = (
                    bool(status.next_contact_date) and status.next_contact_date < today
                )
        self.filtered(lambda status: not status.company_id).update(
            {"last_contact_date": False, "next_contact_date": False, "is_contact_overdue": False}
        )

    def _get_last_contacts(self, company, today):
        """Return {partner id: day of the last contact} of these customers."""
        self.env.flush_all()
        query = self._get_last_contacts_query(company, self.partner_id, today)
        return dict(self.env.execute_query(query))

    @api.model
    def _get_last_contacts_query(self, company, customers, today):
        """Return `partner_id`, `day` of the last contact in the time that matters."""
        since = today - timedelta(days=max(365, self._get_longest_rhythm(company)))
        return SQL(
            "SELECT partner_id, max(day) AS day FROM (%s) contact GROUP BY partner_id",
            self.env["winback.contact.policy"]._get_contacts_query(
                company, customers, since, today, PERSONAL_KINDS
            ),
        )

    @api.model
    def _get_longest_rhythm(self, company):
        """Return the most days between two contacts that a class of `company` asks for."""
        classes = self.env["winback.value.class"]._get_classes(company)
        return max(classes.mapped("contact_days"), default=0)

    def _get_next_contact_date(self):
        """Return when the customer is to be contacted next; without any contact, the
        rhythm begins with the first order."""
        self.ensure_one()
        days = self.value_class_id.contact_days
        begin = self.last_contact_date or self.first_order_date
        if not days or not begin or self.state not in WELL_STATES:
            return False
        return begin + timedelta(days=days)

    def _search_is_contact_overdue(self, operator, value):
        """Find by one statement for each company who has waited too long."""
        if operator != "in":
            return NotImplemented
        self.env.flush_all()
        overdue = SQL(" UNION ALL ").join(
            self._get_overdue_query(company, company._winback_today())
            for company in self.env.companies
        )
        return Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                "%s IN (%s)", SQL.identifier(alias, "id"), overdue
            )
        )

    @api.model
    def _get_overdue_query(self, company, today):
        """Return the ids of the customers of `company` whose contact is overdue."""
        return SQL(
            """
            SELECT s.id
              FROM winback_status s
              JOIN winback_value_class v ON v.id = s.value_class_id AND v.contact_days > 0
              LEFT JOIN (%(contacts)s) contact ON contact.partner_id = s.partner_id
             WHERE s.company_id = %(company)s AND s.state IN %(states)s
               AND COALESCE(contact.day, s.first_order_date) + v.contact_days < %(today)s
            """,
            contacts=self._get_last_contacts_query(company, None, today),
            company=company.id,
            states=WELL_STATES,
            today=today,
        )

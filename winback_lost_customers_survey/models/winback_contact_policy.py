from odoo import api, models
from odoo.tools import SQL


class WinbackContactPolicy(models.AbstractModel):
    """Polls count as contacts on the days on which they were mailed."""

    _inherit = "winback.contact.policy"

    @api.model
    def _get_polls_query(self, company, customers, start, end):
        """Override of `winback_lost_customers` to count invitations and reminders of polls
        when they were sent, and of other surveys only those that are not ours."""
        fact = self.env["winback.fact"]
        return SQL(
            """
            SELECT q.contact_id, q.day FROM (%(others)s) q
             UNION ALL
            SELECT i.partner_id, %(day)s
              FROM (SELECT partner_id, company_id, unnest(ARRAY[date_sent, date_reminded]) AS moment
                      FROM winback_poll_invitation
                     WHERE date_sent IS NOT NULL AND company_id = %(company)s) i
             WHERE i.moment >= %(start)s AND i.moment < %(end)s AND %(limit)s
            """,
            others=self._get_other_surveys_query(company, customers, start, end),
            day=fact._get_day(SQL("i.moment"), company),
            company=company.id,
            start=start,
            end=end,
            limit=fact._limit_to(SQL("i.partner_id"), customers),
        )

    @api.model
    def _get_other_surveys_query(self, company, customers, start, end):
        """Return the invitations to surveys that no win-back poll sent."""
        fact = self.env["winback.fact"]
        return SQL(
            """
            SELECT u.partner_id AS contact_id, %s AS day FROM survey_user_input u
             WHERE u.create_date >= %s AND u.create_date < %s AND u.test_entry IS NOT TRUE AND %s
               AND NOT EXISTS (SELECT FROM winback_poll_invitation i WHERE i.user_input_id = u.id)
            """,
            fact._get_day(SQL("u.create_date"), company),
            start,
            end,
            fact._limit_contacts(SQL("u.partner_id"), customers),
        )

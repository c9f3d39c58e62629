from datetime import timedelta

from odoo import api, models
from odoo.tools import SQL

from .winback_case import OPEN_STATES

ACTIVITY_TYPE = "winback_lost_customers.mail_act_yearly_contact"
DUE_DAYS = 14


class WinbackYearlyContact(models.AbstractModel):
    """So that we do not disappear: whoever is lost is still contacted once a year, for
    years, without selling.

    A planned call on the contact of the customer, for its salesperson, else the leader of
    the team, else the superior of the settings. Nobody gets more than the budget of the
    day, whoever was worth most goes first. Left alone are: who was contacted within the
    year, has a case or such a call already, is in a control group, was given up for good,
    excluded or archived, or left for a reason for which nobody comes back.
    """

    _name = "winback.yearly.contact"
    _description = "Win-Back Yearly Contact"

    @api.model
    def _plan(self, company, today):
        """Plan the yearly contacts of the day.

        :return: the new activities
        """
        activities = self.env["mail.activity"]
        if not company.winback_yearly_budget:
            return activities
        self.env.flush_all()
        rows = self.env.execute_query(self._get_due_query(company, today))
        blocked = self.env["winback.contact.policy"]._get_blocked(
            company, self.env["res.partner"].browse(row[0] for row in rows), today
        )
        stop = {partner.id for partner in blocked}
        rows = [row for row in rows if row[0] not in stop]
        return activities.create(
            [
                self._prepare_activity_values(*row, today)
                for row in self._keep_budget(company, today, rows)
            ]
        )

    @api.model
    def _keep_budget(self, company, today, rows):
        """Yield those of `rows` that are within the budget of each person."""
        given = self._get_given_counts(company, today)
        for partner_id, user_id, last_day in rows:
            if given.get(user_id, 0) < company.winback_yearly_budget:
                given[user_id] = given.get(user_id, 0) + 1
                yield partner_id, user_id, last_day

    @api.model
    def _get_given_counts(self, company, today):
        """Return {user id: such calls that were planned today}."""
        query = SQL(
            """
            SELECT a.user_id, count(*)
              FROM mail_activity a
              JOIN winback_status s ON s.partner_id = a.res_id AND s.company_id = %s
             WHERE a.res_model = 'res.partner' AND a.activity_type_id = %s
               AND a.date_deadline = %s
             GROUP BY a.user_id
            """,
            company.id,
            self.env.ref(ACTIVITY_TYPE).id,
            today + timedelta(days=DUE_DAYS),
        )
        return dict(self.env.execute_query(query))

    @api.model
    def _get_due_query(self, company, today):
        """Return `partner_id`, `user_id` and the `day` of the last contact (or order) of
        those to be contacted, who was worth most first."""
        since = today - timedelta(days=company.winback_yearly_days - 1)
        return SQL(
            """
            SELECT s.partner_id, u.id AS user_id, s.last_order_date AS day
              FROM winback_status s
              LEFT JOIN crm_team t ON t.id = s.team_id
              JOIN LATERAL (
                   SELECT x.id FROM (VALUES (1, s.user_id), (2, t.user_id), (3, %(superior)s))
                                 AS who(rank, id)
                     JOIN res_users x ON x.id = who.id AND x.active
                    WHERE EXISTS (SELECT FROM res_company_users_rel c
                                   WHERE c.user_id = x.id AND c.cid = s.company_id)
                    ORDER BY who.rank LIMIT 1) u ON TRUE
              LEFT JOIN (%(last)s) last ON last.partner_id = s.partner_id
              LEFT JOIN winback_reason reason ON reason.id = last.reason_id
             WHERE s.company_id = %(company)s AND s.active AND s.state IN ('lost', 'gone')
               AND s.closed_date IS NULL AND reason.is_recoverable IS NOT FALSE
               AND s.last_order_date < %(since)s
               AND s.last_order_date >= %(today)s::date - %(years)s * interval '1 year'
               AND NOT (s.partner_id = ANY(%(held_out)s))
               AND NOT EXISTS (SELECT FROM winback_case c
                                WHERE c.partner_id = s.partner_id
                                  AND c.company_id = s.company_id AND c.state IN %(open)s)
               AND NOT EXISTS (SELECT FROM mail_activity a
                                WHERE a.res_model = 'res.partner' AND a.res_id = s.partner_id
                                  AND a.activity_type_id = %(type)s AND a.active)
               AND NOT EXISTS (SELECT FROM (%(contacts)s) contact
                                WHERE contact.partner_id = s.partner_id)
             ORDER BY s.amount_active_year DESC NULLS LAST, s.id
            """,
            superior=SQL("%s::integer", company.sudo().winback_superior_id.id or None),
            last=self.env["winback.work.list"]._get_last_cases_query(company),
            company=company.id,
            since=since,
            today=today,
            years=company.winback_yearly_years,
            held_out=self.env["winback.campaign"]._get_held_out_partners(company).ids,
            open=OPEN_STATES,
            type=self.env.ref(ACTIVITY_TYPE).id,
            contacts=self.env["winback.contact.policy"]._get_contacts_query(
                company, None, since, today, ("spoken", "mail")
            ),
        )

    @api.model
    def _prepare_activity_values(self, partner_id, user_id, last_day, today):
        """Return the values of a call on the customer's contact."""
        user = self.env["res.users"].browse(user_id)
        env = self.with_context(lang=user.lang or self.env.lang).env
        return {
            "res_model_id": self.env["ir.model"]._get_id("res.partner"),
            "res_id": partner_id,
            "activity_type_id": self.env.ref(ACTIVITY_TYPE).id,
            "user_id": user_id,
            "date_deadline": today + timedelta(days=DUE_DAYS),
            "summary": env._("Say hello, without selling"),
            "note": env._(
                "Bought last on %s. Call with news or figures of their market; offer nothing.",
                last_day,
            ),
        }

from odoo import api, models
from odoo.addons.winback_lost_customers.facts.unhappy import YEAR
from odoo.tools import SQL


class WinbackFactPolls(models.AbstractModel):
    """What customers answered in polls within a year.

    An older answer says nothing about today. As of a past day, answers are believed their
    date. Unknowable: an answer of somebody who belonged to another organisation then.
    """

    _name = "winback.fact.polls"
    _inherit = ["winback.fact"]
    _description = "Win-Back Facts: Polls"

    _fact_columns = {
        "nps_last": "integer",
        "nps_date": "date",
        # [[model, id]] of the last answer
        "nps_documents": "jsonb",
    }

    @api.model
    def _get_query(self, company, today, partners=None):
        """Override of `winback.fact`: the last recommendation of each customer."""
        return SQL(
            """
            SELECT DISTINCT ON (p.commercial_partner_id) p.commercial_partner_id AS partner_id,
                   a.nps AS nps_last, a.date AS nps_date,
                   jsonb_build_array(jsonb_build_array('winback.poll.answer', a.id)) AS nps_documents
              FROM winback_poll_answer a JOIN res_partner p ON p.id = a.partner_id
             WHERE a.company_id = %(company)s AND a.category IS NOT NULL
               AND a.date <= %(today)s AND a.date > %(today)s - %(year)s AND %(limit)s
             ORDER BY p.commercial_partner_id, a.date DESC, a.id DESC
            """,
            company=company.id,
            today=today,
            year=YEAR,
            limit=self._limit_to(SQL("p.commercial_partner_id"), partners),
        )

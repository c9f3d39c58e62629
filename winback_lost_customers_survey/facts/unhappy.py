from odoo import api, models
from odoo.tools import SQL

from ..tools.nps import DETRACTOR_TO


class WinbackFactUnhappy(models.AbstractModel):
    """Bad answers in polls: somebody who would not recommend us, or gave a department a
    score that the settings call angry."""

    _inherit = "winback.fact.unhappy"

    @api.model
    def _get_documents(self, company, today, partners=None):
        """Override of `winback.fact.unhappy` to add the bad answers."""
        return [
            *super()._get_documents(company, today, partners),
            ("poll", "winback.poll.answer", self._get_bad_answers_query(company, today)),
        ]

    @api.model
    def _get_bad_answers_query(self, company, today):
        """Return the bad answers up to `today`."""
        return SQL(
            """
            SELECT a.partner_id AS contact_id, a.date AS day, a.id, a.name, FALSE AS is_open
              FROM winback_poll_answer a
             WHERE a.company_id = %s AND a.date <= %s
               AND (a.category IS NOT NULL AND a.nps <= %s OR a.is_rated AND a.lowest_score <= %s)
            """,
            company.id,
            today,
            DETRACTOR_TO,
            company.winback_poll_angry_score,
        )

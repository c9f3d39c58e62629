from odoo import api, models
from odoo.tools import SQL


class WinbackFactSecondLife(models.AbstractModel):
    """What customers who came back after a loss have brought since: their second lifetime.

    From the day of the last return on, that day's orders included; of who never came back
    it is zero. Goods sent back lower it.

    Derived, as the orders need to be read for the few who came back only, and who they are
    is known from their purchases.
    """

    _name = "winback.fact.second_life"
    _inherit = ["winback.fact"]
    _description = "Win-Back Facts: Second Lifetime"

    _fact_sequence = 30
    _fact_is_derived = True
    _fact_columns = {"amount_since_return": "numeric", "margin_since_return": "numeric"}

    @api.model
    def _get_query(self, company, today, partners=None):
        """Override of `winback.fact`: the orders of the run from the return on."""
        digits = company.currency_id.decimal_places
        return SQL(
            """
            SELECT b.partner_id, round(sum(o.amount), %(digits)s) AS amount_since_return,
                   round(sum(o.margin), %(digits)s) AS margin_since_return
              FROM winback_run_base b
              JOIN winback_run_order o ON o.partner_id = b.partner_id
                   AND o.is_confirmed AND o.day >= b.returned_date
             WHERE b.returned_date IS NOT NULL
             GROUP BY b.partner_id
            """,
            digits=digits,
        )

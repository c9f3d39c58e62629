from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .winback_figures import CUSTOMER_STATES


class WinbackStatus(models.Model):
    """Who was a customer on a past day: to count them, and to open the list of them."""

    _inherit = "winback.status"

    customer_on = fields.Date(
        string="Was a Customer On",
        store=False,
        search="_search_customer_on",
        exportable=False,
        help="To search for: who had bought at least twice by the end of that day, and was not lost.",
    )

    def _search_customer_on(self, operator, value):
        """Find who was a customer at the end of any of the days in `value`."""
        if operator != "in":
            return NotImplemented
        days = [fields.Date.to_date(day) for day in value if day]
        return Domain.OR(
            Domain.custom(to_sql=lambda _model, alias, _query, day=day: self._get_past_sql(alias, day))
            for day in days
        )

    def _get_past_sql(self, alias, day):
        """Return the SQL condition that the row `alias` was a customer's on `day`.

        Who is one now was one then, unless it became one since more often than it ceased
        to be one; and the other way round. So only those changes are looked at, and in no
        order: most changes are between active and at risk.
        """
        self.env["winback.transition"].flush_model(["status_id", "kind", "date", "from_state", "to_state"])
        self.env["winback.status"].flush_model(["state"])
        return SQL(
            """
            %(id)s IN (
                SELECT s.id
                  FROM winback_status s
                  LEFT JOIN (SELECT status_id, sum(CASE WHEN is_one THEN 1 ELSE -1 END) AS became
                               FROM (SELECT status_id, COALESCE(from_state IN %(states)s, FALSE) AS was_one,
                                            COALESCE(to_state IN %(states)s, FALSE) AS is_one
                                       FROM winback_transition
                                      WHERE kind = 'state' AND date > %(day)s) change
                              WHERE was_one != is_one
                              GROUP BY status_id) since ON since.status_id = s.id
                 WHERE COALESCE(s.state IN %(states)s, FALSE)::integer - COALESCE(since.became, 0) = 1)
            """,
            id=SQL.identifier(alias, "id"),
            states=CUSTOMER_STATES,
            day=day,
        )

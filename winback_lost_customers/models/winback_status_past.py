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

        Who has crossed the line between customer and none an odd number of times since was
        on the other side then. So of all changes only those across the line are read, and
        in no order: most changes are between active and at risk.
        """
        self.env["winback.transition"].flush_model(["status_id", "kind", "date", "from_state", "to_state"])
        self.env["winback.status"].flush_model(["state"])
        return SQL(
            """
            COALESCE(%(state)s IN %(states)s, FALSE) != (%(id)s IN (
                SELECT status_id FROM winback_transition
                 WHERE kind = 'state' AND date > %(day)s AND status_id IS NOT NULL
                   AND COALESCE(from_state IN %(states)s, FALSE) != COALESCE(to_state IN %(states)s, FALSE)
                 GROUP BY status_id HAVING count(*) %% 2 = 1))
            """,
            id=SQL.identifier(alias, "id"),
            state=SQL.identifier(alias, "state"),
            states=CUSTOMER_STATES,
            day=day,
        )

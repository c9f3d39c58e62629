from odoo import api, models
from odoo.tools import SQL

from ..facts.unhappy import YEAR


class WinbackSignUnhappy(models.AbstractModel):
    """S5: dissatisfied by the last purchase.

    What it sees: a complaint, a credit note, goods sent back or a bad rating since
    the last purchase or within the threshold's days, or a complaint still open.
    Why it matters: most dissatisfied customers say nothing and simply do not order
    again; the credit note is often the only trace they leave, and the sooner
    somebody asks, the more of them stay.
    When it is wrong: a credit note that settles a bonus or a rebate, or corrects an
    invoice without another one following; goods sent back by agreement.
    """

    _name = "winback.sign.unhappy"
    _inherit = ["winback.detector"]
    _description = "Win-Back Sign: Dissatisfied"

    _threshold_range = (1, YEAR)
    _fact_columns = ("last_order_date", "unhappy_events")
    _figure_kinds = {
        "count": "count",
        "first_date": "date",
        "last_date": "date",
        "kind": "word",
        "document": "text",
    }

    @api.model
    def _get_condition(self, sign, company, today):
        """Override of `winback.detector`: an event is open or recent enough."""
        return SQL(
            "f.unhappy_events IS NOT NULL AND EXISTS %s", self._from_events(sign, today, SQL("1"))
        )

    @api.model
    def _get_reference_date(self, sign, company, today):
        """Override of `winback.detector`: days are counted from the last event."""
        return self._from_events(sign, today, SQL("max(e.day)"))

    @api.model
    def _get_since(self, sign, company, today):
        """Override of `winback.detector`: the first of the events that count."""
        return self._from_events(sign, today, SQL("min(e.day)"))

    @api.model
    def _get_due_date(self, sign, company, today):
        """Override of `winback.detector`: silence brings no event about."""
        return None

    @api.model
    def _from_events(self, sign, today, columns):
        """Return a subquery that selects `columns` of the events `e` that count: open,
        within the threshold's days, or on or after the day of the last purchase."""
        return SQL(
            """(SELECT %s
                  FROM jsonb_to_recordset(f.unhappy_events) AS e (
                       day date, kind text, model text, id integer, name text, open boolean)
                 WHERE e.open OR e.day > %s - %s OR e.day >= f.last_order_date)""",
            columns,
            today,
            int(sign.threshold),
        )

    @api.model
    def _get_figures(self, sign, company, today):
        """Override of `winback.detector`: how many, since when, and the last one."""
        return {
            "count": self._from_events(sign, today, SQL("count(*)")),
            "first_date": self._from_events(sign, today, SQL("min(e.day)")),
            "last_date": self._from_events(sign, today, SQL("max(e.day)")),
            "kind": self._from_events(sign, today, self._get_last(SQL("e.kind"))),
            "document": self._from_events(sign, today, self._get_last(SQL("e.name"))),
        }

    @api.model
    def _get_last(self, column):
        """Return the SQL of `column` of the last event."""
        return SQL("(array_agg(%s ORDER BY e.day DESC, e.kind DESC, e.id DESC))[1]", column)

    @api.model
    def _get_words(self):
        """Override of `winback.detector`: what a reader calls the events."""
        return {
            "complaint": self.env._("a complaint"),
            "refund": self.env._("a credit note"),
            "return": self.env._("goods sent back"),
            "rating": self.env._("a bad rating"),
        }

    @api.model
    def _get_documents(self, sign, company, today):
        """Override of `winback.detector`: the documents of the events that count."""
        return self._from_events(
            sign,
            today,
            SQL("jsonb_agg(jsonb_build_array(e.model, e.id) ORDER BY e.day DESC, e.kind DESC, e.id DESC)"),
        )

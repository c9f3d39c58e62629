from odoo import api, models
from odoo.tools import SQL


class WinbackSignOpenConflict(models.AbstractModel):
    """S7: a conflict has flared up, whoever's fault.

    What it sees: at least as many complaints marked as a conflict as the threshold
    says are not closed yet, whether answered or not.
    Why it matters: nobody goes on buying in the middle of a quarrel; each day that
    passes without a solution makes the customer look for somebody else.
    When it is wrong: the quarrel was settled by a handshake and nobody closed the
    complaint; it is between two people and not between the companies.
    """

    _name = "winback.sign.open_conflict"
    _inherit = ["winback.detector"]
    _description = "Win-Back Sign: Open Conflict"

    _threshold_range = (1, 50)
    _threshold_unit = "count"
    _fact_columns = ("conflict_count", "conflict_since", "conflict_subject", "conflict_documents")
    _figure_kinds = {"count": "count", "first_date": "date", "subject": "text"}

    @api.model
    def _get_value(self, sign, company, today):
        """Override of `winback.detector`: the number of open conflicts."""
        return SQL("f.conflict_count")

    @api.model
    def _get_since(self, sign, company, today):
        """Override of `winback.detector`: the day on which the oldest flared up."""
        return SQL("f.conflict_since")

    @api.model
    def _get_figures(self, sign, company, today):
        """Override of `winback.detector`: how many, since when, and about what."""
        return {
            "count": SQL("f.conflict_count"),
            "first_date": SQL("f.conflict_since"),
            "subject": SQL("f.conflict_subject"),
        }

    @api.model
    def _get_documents(self, sign, company, today):
        """Override of `winback.detector`: the complaints."""
        return SQL("f.conflict_documents")

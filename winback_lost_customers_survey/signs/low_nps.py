from odoo import api, models
from odoo.tools import SQL

from ..tools.nps import HIGHEST


class WinbackSignLowNps(models.AbstractModel):
    """S9: would not recommend us.

    What it sees: in its last answer to a poll, at most a year ago, the customer gave the
    question whether it would recommend us less than the threshold, on the scale from 0 to 10.
    Why it matters: who would not recommend a supplier looks for another one before it says
    so; loyalty below 7 comes months before orders fall.
    When it is wrong: the person who answered is not the one who decides; a bad day.
    """

    _name = "winback.sign.low_nps"
    _inherit = ["winback.detector"]
    _description = "Win-Back Sign: Low Recommendation"

    _threshold_range = (1, HIGHEST)
    _threshold_unit = "below"
    _fact_columns = ("nps_last", "nps_date", "nps_documents")
    _figure_kinds = {"score": "count", "date": "date"}

    @api.model
    def _get_value(self, sign, company, today):
        """Override of `winback.detector`: the last recommendation."""
        return SQL("f.nps_last")

    @api.model
    def _get_condition(self, sign, company, today):
        """Override of `winback.detector`: it is less than the threshold."""
        return SQL("f.nps_last < %s", sign.threshold)

    @api.model
    def _get_since(self, sign, company, today):
        """Override of `winback.detector`: the day of the answer."""
        return SQL("f.nps_date")

    @api.model
    def _get_figures(self, sign, company, today):
        """Override of `winback.detector`: the score and when it was given."""
        return {"score": SQL("f.nps_last"), "date": SQL("f.nps_date")}

    @api.model
    def _get_documents(self, sign, company, today):
        """Override of `winback.detector`: the answer."""
        return SQL("f.nps_documents")

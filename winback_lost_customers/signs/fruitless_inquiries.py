from odoo import api, models
from odoo.tools import SQL


class WinbackSignFruitlessInquiries(models.AbstractModel):
    """S2: several inquiries in a row that end without a sale.

    What it sees: since the last order, at least as many inquiries as the threshold
    says were cancelled, expired or lost, however good each excuse was.
    Why it matters: the customer still has the need and compares us with somebody
    who wins; it is the last moment at which asking why costs nothing.
    When it is wrong: quotations redone on different days for one project count
    singly; a customer who only collects prices for tenders was never one.
    """

    _name = "winback.sign.fruitless_inquiries"
    _inherit = ["winback.detector"]
    _description = "Win-Back Sign: Fruitless Inquiries"

    _threshold_range = (1, 50)
    _threshold_unit = "count"
    _fact_columns = ("fruitless_count", "fruitless_dates", "fruitless_documents")
    _figure_kinds = {"count": "count", "first_date": "date", "last_date": "date"}

    @api.model
    def _get_value(self, sign, company, today):
        """Override of `winback.detector`: the length of the run."""
        return SQL("f.fruitless_count")

    @api.model
    def _get_since(self, sign, company, today):
        """Override of `winback.detector`: the day of the inquiry that completed it."""
        return SQL("f.fruitless_dates[%s]", int(sign.threshold))

    @api.model
    def _get_figures(self, sign, company, today):
        """Override of `winback.detector`: how many, from when to when."""
        return {
            "count": SQL("f.fruitless_count"),
            "first_date": SQL("f.fruitless_dates[1]"),
            "last_date": SQL("f.fruitless_dates[f.fruitless_count]"),
        }

    @api.model
    def _get_documents(self, sign, company, today):
        """Override of `winback.detector`: all of the run."""
        return SQL("f.fruitless_documents")

from odoo import api, models
from odoo.tools import SQL


class WinbackSignNoInquiry(models.AbstractModel):
    """S1: no inquiry for a set time.

    What it sees: nobody of the customer has asked for anything, ordered, written,
    talked with us or met us for the threshold's days.
    Why it matters: a customer who does not even ask has usually found somebody
    else to ask; the sign comes weeks before the missing order shows.
    When it is wrong: calls and mails that live in one person's mailbox are not in
    Odoo; customers who buy once a year are silent in between.
    """

    _name = "winback.sign.no_inquiry"
    _inherit = ["winback.detector"]
    _description = "Win-Back Sign: No Inquiry"

    _superseded_by = "winback.sign.unusual_silence"
    _fact_columns = ("last_inquiry_date", "last_inquiry_model", "last_inquiry_id")
    _figure_kinds = {"last_inquiry_date": "date", "last_inquiry": "word"}

    @api.model
    def _get_reference_date(self, sign, company, today):
        """Override of `winback.detector`: the age is counted from the last inquiry."""
        return SQL("f.last_inquiry_date")

    @api.model
    def _get_figures(self, sign, company, today):
        """Override of `winback.detector`: which inquiry was the last, and when."""
        return {
            "last_inquiry_date": SQL("f.last_inquiry_date"),
            "last_inquiry": SQL("f.last_inquiry_model"),
        }

    @api.model
    def _get_words(self):
        """Override of `winback.detector`: what a reader calls the documents."""
        return {
            "sale.order": self.env._("a quotation or order"),
            "crm.lead": self.env._("an opportunity"),
            "mail.message": self.env._("a message"),
            "mail.activity": self.env._("a call or meeting"),
            "calendar.event": self.env._("a meeting"),
        }

    @api.model
    def _get_documents(self, sign, company, today):
        """Override of `winback.detector`: the last inquiry."""
        return SQL(
            "jsonb_build_array(jsonb_build_array(f.last_inquiry_model, f.last_inquiry_id))"
        )

from odoo import api, models
from odoo.tools import SQL


class WinbackSignNoReaction(models.AbstractModel):
    """S3: no reaction to our letters, mailings and calls.

    What it sees: since the last sign of life we wrote, mailed or called at least as
    often as the threshold says, and the touch that made it so often has been
    unanswered for the set days. A bounced letter is an unanswered one; a click in a
    mailing is an answer, opening it is not.
    Why it matters: who needs nothing at the moment still says so to a supplier he
    likes; one who does not answer any more has stopped listening, and further mails
    only wear out the address.
    When it is wrong: answers that reach a private mailbox or mobile phone are not in
    Odoo; news and season's greetings ask for no answer; a call counts only when it
    was closed as "Not reached".
    """

    _name = "winback.sign.no_reaction"
    _inherit = ["winback.detector"]
    _description = "Win-Back Sign: No Reaction"

    _threshold_range = (1, 50)
    _threshold_unit = "count"
    _threshold_days_range = (1, 365)
    _fact_columns = (
        "touch_count",
        "touch_dates",
        "touch_last_model",
        "touch_life_date",
        "touch_documents",
    )
    _figure_kinds = {
        "count": "count",
        "life_date": "date",
        "first_date": "date",
        "last_date": "date",
        "last_kind": "word",
    }

    @api.model
    def _get_value(self, sign, company, today):
        """Override of `winback.detector`: how many touches."""
        return SQL("f.touch_count")

    @api.model
    def _get_condition(self, sign, company, today):
        """Override of `winback.detector`: often enough, and that for long enough.
        Touches that come later do not put it off."""
        return SQL(
            "f.touch_count >= %s AND %s <= %s",
            sign.threshold,
            self._get_since(sign, company, today),
            today,
        )

    @api.model
    def _get_since(self, sign, company, today):
        """Override of `winback.detector`: the deciding touch, and the days to answer."""
        return SQL("f.touch_dates[%s] + %s", int(sign.threshold), sign.threshold_days)

    @api.model
    def _get_figures(self, sign, company, today):
        """Override of `winback.detector`: how many, from when to when, how at last."""
        return {
            "count": SQL("f.touch_count"),
            "life_date": SQL("f.touch_life_date"),
            "first_date": SQL("f.touch_dates[1]"),
            "last_date": SQL("f.touch_dates[f.touch_count]"),
            "last_kind": SQL("f.touch_last_model"),
        }

    @api.model
    def _get_words(self):
        """Override of `winback.detector`: what a reader calls the touches."""
        return {
            "mail.message": self.env._("a letter"),
            "mailing.trace": self.env._("a mailing"),
            "mail.activity": self.env._("a call"),
        }

    @api.model
    def _get_documents(self, sign, company, today):
        """Override of `winback.detector`: the latest of them."""
        return SQL("f.touch_documents")

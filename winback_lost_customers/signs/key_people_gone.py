from odoo import api, models
from odoo.tools import SQL


class WinbackSignKeyPeopleGone(models.AbstractModel):
    """S10: the people who worked with us are gone.

    What it sees: of all people we know at the customer, at least the threshold's
    percentage is archived, or their address bounces or is none. Where we know nobody,
    the customer's own address counts.
    Why it matters: a relationship lives in people; the successor brings suppliers of
    his own and does not know what we promised.
    When it is wrong: contacts archived while tidying up, or entered anew with the new
    address; a mail server that refuses us, not the person; an address corrected since,
    whose bounces are reset only when a mail comes from it.
    """

    _name = "winback.sign.key_people_gone"
    _inherit = ["winback.detector"]
    _description = "Win-Back Sign: Key People Gone"

    _threshold_range = (1, 100)
    _threshold_unit = "percent"
    _fact_columns = (
        "contact_count",
        "contact_archived_count",
        "contact_bounced_count",
        "contact_gone_dates",
        "contact_documents",
    )
    _figure_kinds = {
        "count": "count",
        "gone": "count",
        "archived": "count",
        "bounced": "count",
    }

    @api.model
    def _get_value(self, sign, company, today):
        """Override of `winback.detector`: the share of people gone, in percent."""
        return SQL("floor(100.0 * %s / NULLIF(f.contact_count, 0))", self._get_gone())

    @api.model
    def _get_since(self, sign, company, today):
        """Override of `winback.detector`: when so many were gone, where the bounces of
        all of them tell."""
        return SQL(
            "f.contact_gone_dates[ceil(%s * f.contact_count / 100.0)::integer]", sign.threshold
        )

    @api.model
    def _get_gone(self):
        """Return the SQL of the number of people gone."""
        return SQL("(f.contact_archived_count + f.contact_bounced_count)")

    @api.model
    def _get_figures(self, sign, company, today):
        """Override of `winback.detector`: how many of how many, and why."""
        return {
            "count": SQL("f.contact_count"),
            "gone": self._get_gone(),
            "archived": SQL("f.contact_archived_count"),
            "bounced": SQL("f.contact_bounced_count"),
        }

    @api.model
    def _get_documents(self, sign, company, today):
        """Override of `winback.detector`: the people gone."""
        return SQL("f.contact_documents")

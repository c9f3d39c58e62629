from odoo import api, models
from odoo.fields import Domain

# who has bought on two days at least, and is not lost: of these a share is lost each year
CUSTOMER_STATES = ("active", "at_risk", "won_back")
LOST_STATES = ("lost", "gone")


class WinbackFigures(models.AbstractModel):
    """What counts as a customer, as lost and as won back, for every screen.

    Overview, calculator, reports and digest ask here, so that the same word never means
    two numbers.
    """

    _name = "winback.figures"
    _description = "Win-Back: What Counts as What"

    @api.model
    def _get_lost_domain(self):
        """Return the domain of the transitions by which customers were lost. Giving up who
        is lost already is no second loss."""
        given_up = Domain("to_state", "=", "gone") & Domain("from_state", "!=", "lost")
        return Domain("kind", "=", "state") & (Domain("to_state", "=", "lost") | given_up)

    @api.model
    def _get_lost_again_domain(self):
        """Return the domain of those losses whose customers had come back once before."""
        return (
            self._get_lost_domain()
            & Domain("to_state", "=", "gone")
            & Domain("status_id.return_count", ">", 0)
        )

    @api.model
    def _get_won_back_domain(self):
        """Return the domain of the transitions by which lost customers came back."""
        return Domain("kind", "=", "state") & Domain("to_state", "=", "won_back")

    @api.model
    def _get_new_domain(self):
        """Return the domain of the statuses of those who ever bought; their first order
        tells when they were new."""
        return Domain("first_order_date", "!=", False)

    @api.model
    def _get_within_domain(self, name, date_from, date_to):
        """Return the domain of the date `name` from `date_from` to `date_to`, both counted."""
        return Domain(name, ">=", date_from) & Domain(name, "<=", date_to)

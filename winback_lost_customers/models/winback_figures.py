from datetime import timedelta

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

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
    def _get_lost_sql(self, alias):
        """Return the same as an SQL condition on the transition `alias`."""
        return SQL(
            "(%(t)s.kind = 'state' AND (%(t)s.to_state = 'lost'"
            " OR %(t)s.to_state = 'gone' AND %(t)s.from_state IS DISTINCT FROM 'lost'))",
            t=SQL.identifier(alias),
        )

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

    @api.model
    def _get_cohort_domains(self, statuses, transitions, start, end):
        """Return who was a customer at the end of the day `start`, a domain of statuses, and
        by which transitions they were lost until `end`.

        :param statuses: domain to limit the statuses to
        :param transitions: the same for transitions
        """
        lost = self._get_lost_domain() & self._get_within_domain("date", start + timedelta(days=1), end)
        return (
            statuses & Domain("customer_on", "=", start),
            transitions & lost & Domain("status_id.customer_on", "=", start),
        )

    @api.model
    def _count_cohort(self, statuses, transitions, start, end):
        """Return how many customers there were at the end of `start`, and how many of them
        were lost until `end`, whether they came back or not: as many as the domains of
        `_get_cohort_domains` find, with the rights of the user.

        Archived contacts count: they were customers at the time.
        """
        lost = (
            transitions
            & self._get_lost_domain()
            & self._get_within_domain("date", start + timedelta(days=1), end)
            & Domain("status_id", "!=", False)
        )
        then = statuses & Domain("customer_on", "=", start)
        customers = self.env["winback.status"].with_context(active_test=False)._search(then)
        # sudo: counted are only those of the customers, whom the user may see
        changes = self.env["winback.transition"].sudo()._search(lost)
        # one statement, so that the customers of a past day are looked for once
        [counts] = self.env.execute_query(
            SQL(
                "SELECT count(*), count(*) FILTER (WHERE id IN (%s)) FROM (%s) cohort",
                changes.select("winback_transition.status_id"),
                customers.select("winback_status.id"),
            )
        )
        return counts

    @api.model
    def _count_cohort_by(self, names, statuses, transitions, start, end):
        """Return {values of the fields `names` of the statuses: (customers at the end of
        `start`, how many of them were lost until `end`)}: the parts of `_count_cohort`."""
        then, lost = self._get_cohort_domains(statuses, transitions, start, end)
        everybody = self.with_context(active_test=False).env
        customers = everybody["winback.status"]._read_group(then, names, ["__count"])
        gone = everybody["winback.transition"]._read_group(
            lost, [f"status_id.{name}" for name in names], ["status_id:count_distinct"]
        )
        counts = {tuple(values): [count, 0] for *values, count in customers}
        for *values, count in gone:
            counts.setdefault(tuple(values), [0, 0])[1] = count
        return counts

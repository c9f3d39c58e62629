import logging

from odoo import api, models
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

# states in which silence can still make, or has made, a customer one at risk
STATES_WITH_RISK_DATE = ("active", "at_risk", "won_back", "lost")


class WinbackEngine(models.AbstractModel):
    """The day from which a customer counts as at risk if nothing happens.

    Between the signs and the states of a run, `winback_run_outlook` gets a row for
    each customer whom the signs that age with silence will bring to the company's
    mark: the points of the signs that hold stand, those of the ageing ones are added
    on the day on which each will begin to hold. It is a date and not a number of
    days, so a night in which nothing happens changes no row.
    """

    _inherit = "winback.engine"

    @api.model
    def _evaluate_outlook(self, company, today, errors):
        """Fill `winback_run_outlook`: `partner_id`, `due_date` (always after `today`).

        :param errors: the signs that failed in this run; they have no say
        """
        signs = self._get_ageing_signs(company, today, errors)
        try:
            with self.env.cr.savepoint():
                self._recreate("winback_run_outlook", self._get_outlook_query(signs, company, today))
        # as with the signs themselves: a broken one must not stop the run
        except Exception:  # noqa: BLE001 pylint: disable=broad-except
            _logger.exception("Win-back: what silence will bring in %s failed", company.name)
            self._recreate("winback_run_outlook", self._get_outlook_query({}, company, today))

    @api.model
    def _get_ageing_signs(self, company, today, errors):
        """Return {sign: SQL date on which it will hold} of the signs in force that
        silence alone brings about and that can move the score."""
        dates = {}
        for sign in self.env["winback.sign"]._get_signs_in_force(company):
            detector = sign._get_detector()
            counts = sign.weight or sign.severity == "critical"
            if sign in errors or detector is None or not counts:
                continue
            due = detector._get_due_date(sign, company, today)
            if due:
                dates[sign] = due
        return dates

    @api.model
    def _get_outlook_query(self, signs, company, today):
        """Return the statement behind `winback_run_outlook`.

        The few ageing signs are columns, so each customer costs an expression and no
        sort. Who has not bought twice, or is lost already, is not asked about.

        :param dict signs: as returned by `_get_ageing_signs`
        """
        if not signs:
            return SQL("SELECT 0 AS partner_id, NULL::date AS due_date WHERE FALSE")
        columns = [self._get_due_column(sign) for sign in signs]
        return SQL(
            """
            SELECT partner_id, due_date
              FROM (SELECT partner_id, LEAST(%(reached)s) AS due_date
                      FROM (SELECT partner_id, %(ahead)s
                              FROM (SELECT f.partner_id, %(dates)s FROM winback_run_fact f
                                     WHERE f.purchase_days > 1
                                       AND f.last_order_date + %(lost_days)s > %(today)s
                                    OFFSET 0) reckoned) due
                      LEFT JOIN (SELECT partner_id, sum(weight) AS points
                                   FROM winback_run_sign GROUP BY partner_id) held
                           USING (partner_id)) outlook
             WHERE due_date IS NOT NULL
            """,
            dates=SQL(", ").join(
                SQL("%s AS %s", date, column)
                for date, column in zip(signs.values(), columns, strict=True)
            ),
            ahead=SQL(", ").join(
                SQL("CASE WHEN %s > %s THEN %s END AS %s", column, today, column, column)
                for column in columns
            ),
            reached=SQL(", ").join(self._get_reached_sql(sign, signs, company) for sign in signs),
            today=today,
            lost_days=self._get_lost_days_sql(SQL("f.gap_max"), company),
        )

    @api.model
    def _get_due_column(self, sign):
        """Return the name of the column that holds the day on which `sign` will hold."""
        return SQL.identifier(f"due_{sign.id}")

    @api.model
    def _get_reached_sql(self, sign, signs, company):
        """Return the SQL of the day on which `sign` will hold if the customer is at
        risk then, else NULL."""
        due = self._get_due_column(sign)
        if sign.severity == "critical":
            return due
        return SQL(
            "CASE WHEN COALESCE(held.points, 0) + %s >= %s THEN %s END",
            SQL(" + ").join(
                SQL("CASE WHEN %s <= %s THEN %s ELSE 0 END", self._get_due_column(s), due, s.weight)
                for s in signs
            ),
            company.winback_risk_score,
            due,
        )

    @api.model
    def _get_risk_date_sql(self, company):
        """Return the SQL of the day from which a customer in `judged` counts as at
        risk; NULL where silence does not make it so before it counts as lost.

        For whoever is at risk or lost already it is the day since which. A customer
        who has just come back is watched first.
        """
        return SQL(
            """
            CASE WHEN state IN %(states)s AND purchase_days > 1
                  AND LEAST(risk_since, due_date) < lost_date
                  AND COALESCE(returned_date + %(watch)s < lost_date, TRUE)
                 THEN GREATEST(LEAST(risk_since, due_date), last_order_date,
                               returned_date + %(watch)s) END
            """,
            states=STATES_WITH_RISK_DATE,
            watch=company.winback_watch_days,
        )

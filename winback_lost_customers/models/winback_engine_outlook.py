import logging

from odoo import api, models
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

# states in which silence can still make, or has made, a customer one at risk
STATES_WITH_RISK_DATE = ("active", "at_risk", "won_back", "lost")


class WinbackEngine(models.AbstractModel):
    """The day from which a customer counts as at risk, past or to come.

    Between the signs and the states of a run, `winback_run_outlook` gets a row for
    each customer whose points have reached the company's mark, or will if nothing
    happens. Signs that do not age count from the day on which each appeared, with what
    they give now; ageing ones from the day on which each will begin to hold; those
    whose points grow with silence are asked on which day they give what is missing. It
    is a date and not a number of days, so a night in which nothing happens changes no
    row.
    """

    _inherit = "winback.engine"

    @api.model
    def _evaluate_outlook(self, company, today, errors):
        """Fill `winback_run_outlook`: `partner_id`; `reached_date`, the day on which the
        points reached the mark, and `due_date` (after `today`), on which they will.

        :param errors: the signs that failed in this run; silence does not move them
        """
        signs = self._get_moving_signs(company, errors)
        try:
            with self.env.cr.savepoint():
                self._recreate("winback_run_outlook", self._get_outlook_query(signs, company, today))
        # as with the signs themselves: a broken one must not stop the run
        except Exception:  # noqa: BLE001 pylint: disable=broad-except
            _logger.exception("Win-back: what silence will bring in %s failed", company.name)
            nothing = self.env["winback.sign"]
            self._recreate("winback_run_outlook", self._get_outlook_query(nothing, company, today))

    @api.model
    def _get_moving_signs(self, company, errors):
        """Return the signs in force that can move a customer to the mark."""
        return self.env["winback.sign"]._get_signs_in_force(company).filtered(
            lambda sign: sign not in errors
            and sign._get_detector() is not None
            and (sign.weight or sign.severity == "critical")
        )

    @api.model
    def _get_outlook_query(self, signs, company, today):
        """Return the statement behind `winback_run_outlook`.

        :param signs: what silence may move; the points of all others stand
        """
        growing = signs.filtered(lambda sign: self._is_growing(sign, company, today))
        events = self._get_events_query(signs, growing, company, today)
        moments = [
            self._get_standing_query(growing, company),
            *(self._get_growing_query(sign, signs, company, today) for sign in growing),
            *self._get_critical_queries(signs, company, today),
        ]
        return SQL(
            """
            WITH event AS MATERIALIZED (%s)
            SELECT partner_id, min(day) FILTER (WHERE day <= %s) AS reached_date,
                   min(day) FILTER (WHERE day > %s) AS due_date
              FROM (%s) moment WHERE day IS NOT NULL GROUP BY partner_id
            """,
            events,
            today,
            today,
            SQL(" UNION ALL ").join(moments),
        )

    @api.model
    def _is_growing(self, sign, company, today):
        """Tell whether the points of `sign` grow with silence."""
        detector = sign._get_detector()
        return bool(sign.weight and detector._get_points_date(sign, company, today, SQL("1")))

    @api.model
    def _get_events_query(self, signs, growing, company, today):
        """Return `partner_id`, `sign_id`, `day`, `points` of the evidence that counts, and
        of the signs that silence will bring about at once."""
        events = [
            SQL(
                "SELECT partner_id, sign_id, since AS day, weight AS points "
                "FROM winback_run_sign WHERE weight > 0"
            )
        ]
        for sign in (signs - growing).filtered("weight"):
            due = sign._get_detector()._get_due_date(sign, company, today)
            if due:
                events.append(
                    SQL(
                        "SELECT partner_id, %s, day, %s FROM (%s) due",
                        sign.id,
                        sign.weight,
                        self._get_due_query(sign, due, signs, company, today),
                    )
                )
        return SQL(" UNION ALL ").join(events)

    @api.model
    def _get_due_query(self, sign, due, signs, company, today):
        """Return `partner_id` and the `day` after today on which `sign` will hold, of
        customers who are not lost by now; where it counts."""
        _other, spoken_of = self._get_superseding(sign, signs, company, today)
        return SQL(
            """
            SELECT partner_id, day
              FROM (SELECT f.partner_id, %(due)s AS day FROM winback_run_fact f
                     WHERE f.purchase_days > 1 AND f.last_order_date + %(lost_days)s > %(today)s
                       AND NOT (%(spoken_of)s)
                    OFFSET 0) reckoned
             WHERE day > %(today)s
            """,
            due=due,
            lost_days=self._get_lost_days_sql(SQL("f.gap_max"), company),
            today=today,
            spoken_of=spoken_of,
        )

    @api.model
    def _get_standing_query(self, growing, company):
        """Return `partner_id`, `day` of the events that reach the mark without the
        `growing` signs, in the order in which they came."""
        return SQL(
            """
            SELECT partner_id, day
              FROM (SELECT partner_id, day, sum(points) OVER (PARTITION BY partner_id
                                                              ORDER BY day, sign_id) AS total
                      FROM event WHERE sign_id != ALL(%s)) standing
             WHERE total >= %s
            """,
            growing.ids,
            company.winback_risk_score,
        )

    @api.model
    def _get_growing_query(self, sign, signs, company, today):
        """Return `partner_id`, `day` on which a growing `sign` gives what is missing to
        the mark: from the beginning, and after each event of another sign."""
        mark = company.winback_risk_score
        _other, spoken_of = self._get_superseding(sign, signs, company, today)
        return SQL(
            """
            SELECT partner_id, GREATEST(after, reached) AS day
              FROM (SELECT f.partner_id, e.day AS after, %(reached)s AS reached
                      FROM (SELECT partner_id, NULL::date AS day, 0 AS total FROM winback_run_fact
                             UNION ALL
                            SELECT partner_id, day, sum(points) OVER (PARTITION BY partner_id
                                                        ORDER BY day, sign_id)::integer
                              FROM event WHERE sign_id != %(sign)s) e
                      JOIN winback_run_fact f USING (partner_id)
                     WHERE f.purchase_days > 1 AND e.total < %(mark)s AND NOT (%(spoken_of)s)
                    OFFSET 0) grown
             WHERE reached IS NOT NULL
            """,
            reached=sign._get_detector()._get_points_date(
                sign, company, today, SQL("(%s - e.total)", mark)
            ),
            sign=sign.id,
            mark=mark,
            spoken_of=spoken_of,
        )

    @api.model
    def _get_critical_queries(self, signs, company, today):
        """Return `partner_id`, `day` of the critical signs that silence will bring about:
        they need no points."""
        queries = []
        for sign in signs.filtered(lambda sign: sign.severity == "critical"):
            due = sign._get_detector()._get_due_date(sign, company, today)
            if due:
                nobody = self.env["winback.sign"]  # points or not, it is critical
                queries.append(self._get_due_query(sign, due, nobody, company, today))
        return queries

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

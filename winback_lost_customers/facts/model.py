from odoo import api, models
from odoo.tools import SQL

from ..tools.mbgcnbd import FORECAST_STEPS
from ..tools.stack import FAR

MIN_PURCHASE_DAYS = 3  # fewer are not enough data for a probability


class WinbackFactModel(models.AbstractModel):
    """What the probability model says of each customer.

    `tools.mbgcnbd` and `tools.stack` as SQL, with the parameters that were fitted for
    the company: the formulas are explained there, and tests hold both against each
    other. Time is in days. Customers with fewer than three purchase days have no
    probability; for these `band_share` tells how many of the past customers who had
    been silent for as long did not come back.
    """

    _name = "winback.fact.model"
    _inherit = ["winback.fact"]
    _description = "Win-Back Facts: Probability Model"

    _fact_sequence = 90
    _fact_is_derived = True
    _fact_columns = {
        "probability_source": "varchar",
        "p_no_purchase": "double precision",
        "p_no_purchase_raw": "double precision",
        "p_silence": "double precision",
        "expected_date": "date",
        "band_share": "double precision",
    }

    @api.model
    def _get_query(self, company, today, partners=None):
        """Override of `winback.fact`: nothing without a fitted model."""
        model = self.env["winback.model"]._get_in_force(company, today)
        if not model:
            columns = [
                SQL("NULL::%s AS %s", SQL(sql_type), SQL.identifier(name))
                for name, sql_type in self._fact_columns.items()
            ]
            return SQL("SELECT partner_id, %s FROM winback_run_base WHERE FALSE", SQL(", ").join(columns))
        return SQL(
            """
            SELECT b.partner_id,
                   CASE WHEN p.p_no_purchase_raw IS NOT NULL THEN %(source)s
                        WHEN %(band)s IS NOT NULL THEN 'band' END AS probability_source,
                   c.p_no_purchase, p.p_no_purchase_raw,
                   CASE WHEN p.days_left >= %(horizon)s THEN LEAST(p.p_silence, c.p_no_purchase)
                        ELSE GREATEST(p.p_silence, c.p_no_purchase) END AS p_silence,
                   p.expected_date, %(band)s AS band_share
              FROM winback_run_base b
              LEFT JOIN (%(closed_form)s) p ON p.partner_id = b.partner_id
             CROSS JOIN LATERAL (SELECT %(chosen)s AS p_no_purchase) c
             WHERE b.purchase_days > 0
            """,
            source="stack" if model.stack else "model",
            # a silence of more days is never likelier than one of fewer, also where the
            # second step has corrected only one of them
            horizon=model.horizon_days,
            chosen=self._get_stack_sql(model, today) if model.stack else SQL("p.p_no_purchase_raw"),
            closed_form=self._get_closed_form_query(model, company, today),
            band=self._get_band_sql(model, today),
        )

    # ------------------------------------------------------------------
    # Closed form
    # ------------------------------------------------------------------

    @api.model
    def _get_closed_form_query(
        self, model, company, today, lost_days=None, minimum=MIN_PURCHASE_DAYS
    ):
        """Return the closed form's figures for customers with enough purchase days.

        :param model: record of `winback.model`, with the horizon of the probability
        :param lost_days: SQL of the silence that counts as lost; by default the
            customer's own lost-day
        :param int minimum: purchase days that are enough
        """
        lost_days = lost_days or self.env["winback.engine"]._get_lost_days_sql(
            SQL("f.gap_max"), company
        )
        return SQL(
            """
            SELECT partner_id,
                   (%(later)s + drop_out) / (now + drop_out) AS p_no_purchase_raw,
                   CASE WHEN t >= tx + lost THEN 1
                        ELSE (%(lost)s + drop_out) / (now + drop_out) END AS p_silence,
                   tx + lost - t AS days_left,
                   (SELECT %(forecast)s) AS expected_date
              FROM (SELECT c.*, %(now)s AS now
                      FROM (%(customers)s) c OFFSET 0) c
            """,
            later=self._get_silence_sql(model, SQL("(t + %s)", model.horizon_days)),
            lost=self._get_silence_sql(model, SQL("(tx + lost)")),
            now=self._get_silence_sql(model, SQL("t")),
            forecast=self._get_forecast_sql(model, today),
            customers=self._get_history_query(
                model,
                today,
                lost_days,
                SQL("FROM winback_run_base f WHERE f.purchase_days >= %s", minimum),
            ),
        )

    @api.model
    def _get_history_query(self, model, today, lost_days, table=None):
        """Return `x`, `tx`, `t` of the customers, as `tools.mbgcnbd` calls them, with
        the shape `n`, the weight `drop_out` and the `lost` days.

        :param table: SQL of the table of facts `f`; by default one row of it, that of
            the statement around
        """
        return SQL(
            """
            SELECT f.partner_id,
                   (f.last_order_date - f.first_order_date)::double precision AS tx,
                   (%(today)s - f.first_order_date)::double precision AS t,
                   %(r)s + %(k)s * (f.purchase_days - 1) AS n,
                   %(a)s / (%(b)s + (f.purchase_days - 1)) AS drop_out,
                   (%(lost_days)s)::double precision AS lost
              %(table)s
            """,
            today=today,
            r=SQL("%s::double precision", model.r),
            k=model.k,
            a=SQL("%s::double precision", model.a),
            b=SQL("%s::double precision", model.b),
            lost_days=lost_days,
            table=table or SQL(),
        )

    @api.model
    def _get_silence_sql(self, model, moment):
        """Return the SQL of `tools.mbgcnbd.get_silence` at the `moment` (days since the
        first purchase), of columns `n` and `tx`. PostgreSQL raises an error where exp()
        underflows, hence the limit."""
        alpha = SQL("%s::double precision", model.alpha)
        power = SQL(
            "exp(GREATEST(-600, n * ln((%(alpha)s + tx) / (%(alpha)s + %(moment)s))))",
            alpha=alpha,
            moment=moment,
        )
        if model.k == 1:
            return power
        share = SQL("((%s - tx) / (%s + %s))", moment, alpha, moment)
        series = SQL("1")
        for j in reversed(range(1, model.k)):
            series = SQL("(1 + (n + %s) / %s * %s * %s)", j - 1, j, share, series)
        return SQL("%s * %s", power, series)

    @api.model
    def _get_forecast_sql(self, model, today):
        """Return the select list of the day on which the next purchase of a living
        customer is more likely than not to have come; NULL when it is years away.

        As `tools.mbgcnbd.get_expected_purchase`: the last day on which it is not is
        found by steps of falling powers of two.
        """
        reached = self._get_last_day_query(
            model, SQL("t"), SQL("now / 2"), FORECAST_STEPS, SQL("0")
        )
        return SQL(
            "(SELECT CASE WHEN day < %s THEN %s + day + 1 END FROM (%s) forecast)",
            sum(FORECAST_STEPS),
            today,
            reached,
        )

    @api.model
    def _get_last_day_query(self, model, origin, level, steps, start):
        """Return the query of the last `day` after `origin` on which the silence still
        leaves more than `level`, searched by `steps` from `start` on.

        OFFSET 0 keeps the planner from writing each step's expression into the next.
        """
        query = SQL("SELECT %s AS day OFFSET 0", start)
        for step in steps:
            silence = self._get_silence_sql(model, SQL("(%s + day + %s)", origin, step))
            query = SQL(
                "SELECT CASE WHEN %s > %s THEN day + %s ELSE day END AS day FROM (%s) s OFFSET 0",
                silence,
                level,
                step,
                query,
            )
        return query

    # ------------------------------------------------------------------
    # Second step and bands
    # ------------------------------------------------------------------

    @api.model
    def _get_stack_columns(self, today, gap_prior, probability):
        """Return the SQL of the ten columns of `tools.stack`, of the facts `b`.

        :param float gap_prior: mean gap of all customers, in days, as if each had had
            two such gaps more
        :param probability: SQL of the closed form's P(no purchase in the horizon)
        """
        x = SQL("(b.purchase_days - 1)")
        tx = SQL("(b.last_order_date - b.first_order_date)::double precision")
        t = SQL("(%s - b.first_order_date)::double precision", today)
        recency = SQL("(%s - b.last_order_date + 1)::double precision", today)
        clipped = SQL("LEAST(1 - 1e-6, GREATEST(1e-6, %s))", probability)
        value = SQL("(GREATEST(b.amount_total, 0)::double precision / b.purchase_days)")
        volume = SQL("(GREATEST(b.amount_90, 0)::double precision + 0.1 * %s + 0.01)", value)
        pace = SQL(
            "(GREATEST(b.amount_total, 0)::double precision / GREATEST(%s, 90) * 90 + 0.1 * %s + 0.01)",
            t,
            value,
        )
        return [
            SQL("ln(%s / (1 - %s))", clipped, clipped),
            SQL("ln(%s)", recency),
            SQL("ln(b.purchase_days::double precision)"),
            SQL("ln(%s * (%s + 2) / (%s + %s))", recency, x, tx, 2 * gap_prior),
            SQL("ln(%s + 1)", t),
            SQL("ln(%s / %s)", volume, pace),
            SQL("(b.purchase_days = 1)::integer::double precision"),
            SQL("ln(b.days_90 + 0.5::double precision)"),
            SQL("ln(b.days_180 + 0.5::double precision)"),
            SQL("COALESCE(ln(b.gap_recent * %s / NULLIF(%s, 0)), 0)", x, tx),
        ]

    @api.model
    def _get_stack_sql(self, model, today):
        """Return the SQL of `tools.stack.predict` on the facts `b` and the closed form
        `p`; NULL where that is."""
        stack = model._get_stack()
        columns = self._get_stack_columns(today, model.gap_prior, SQL("p.p_no_purchase_raw"))
        terms = [
            SQL("%s::double precision * (%s - %s::double precision)", weight / scale, column, mean)
            for weight, column, mean, scale in zip(
                stack.weights[1:], columns, stack.means, stack.scales, strict=True
            )
        ]
        logit = SQL("(%s::double precision + %s)", stack.weights[0], SQL(" + ").join(terms))
        return SQL(
            """CASE WHEN p.p_no_purchase_raw IS NOT NULL
                    THEN 1 / (1 + exp(-LEAST(%s, GREATEST(%s, %s)))) END""",
            FAR,
            -FAR,
            logit,
        )

    @api.model
    def _get_band_sql(self, model, today):
        """Return the SQL of the share of past customers who had been silent for as
        long as `b`, and did not order within the horizon."""
        cases = [
            SQL(
                "WHEN (b.purchase_days = 1) = %s AND %s - b.last_order_date < %s THEN %s::double precision",
                band["single"],
                today,
                band["days"],
                band["share"],
            )
            for band in model.bands or []
        ]
        return SQL("CASE %s END", SQL(" ").join(cases)) if cases else SQL("NULL::double precision")

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools import backtest as tool

# what is tested besides the signs: the column of the notes in which it speaks
SOURCES = {
    "score": "level",
    "model": "p_model",
    "raw": "p_raw",
    "recency": "silent_days",
}
PROBABILITIES = ("model", "raw")
MIN_RHYTHM = 3  # days of purchase from which the model speaks
USUAL_DAYS = 90  # the inactivity rule that most companies use
POINTS = range(101)
DAYS = range(1, 366)
DIGITS = 3  # of probabilities, where those of all month-ends are counted together


class WinbackBacktest(models.Model):
    """The figures of a back-test, concluded from the notes of its month-ends.

    Tallies are grouped statements over the notes, one for each figure; what they mean is
    plain Python (`tools/backtest.py`). The areas under the curve speak of customers with
    at least three days of purchase; what is counted (flagged, rightly, missed) speaks of
    customers who were still there at the month-end.

    The plain rule "silent for N days" is the strongest that this history offers: N is the
    number of days that does best on it, all month-ends taken together. Other warnings are
    compared with it at equal false alarms.
    """

    _inherit = "winback.backtest"

    grade = fields.Selection(
        [("A", "A"), ("B", "B"), ("C", "C"), ("D", "D"), ("none", "Not enough data")],
        readonly=True,
        copy=False,
    )
    sentence = fields.Text(compute="_compute_sentence")
    graded_source = fields.Selection(
        [("model", "The probability"), ("score", "The score")], readonly=True, copy=False
    )
    advantage = fields.Float(readonly=True, copy=False, digits=(5, 3))
    plain_days = fields.Integer(
        readonly=True,
        copy=False,
        string="Best Plain Rule (days)",
        help="Of all rules “silent for N days”, the one that does best on this history.",
    )
    early_customers = fields.Integer(readonly=True, copy=False)
    early_lost = fields.Integer(readonly=True, copy=False)
    # {source: [[threshold, flagged, rightly, missed], ...]}
    curves = fields.Json(readonly=True, copy=False)
    # {source: [[low, high, customers, expected, lost], ...]}
    reliability = fields.Json(readonly=True, copy=False)
    calibration = fields.Text(compute="_compute_calibration", string="How True They Were")
    chosen_score = fields.Integer(
        string="Score Chosen",
        copy=False,
        help="The score from which a customer shall count as at risk.",
    )

    @api.depends("grade", "advantage", "plain_days", "graded_source")
    def _compute_sentence(self):
        for backtest in self:
            backtest.sentence = backtest._get_sentence()

    def _get_sentence(self):
        """Return what the grade means, in words."""
        texts = {
            "A": self.env._(
                "Well ahead of the best plain rule: it sees losses that days of silence do not show."
            ),
            "B": self.env._("Ahead of the best plain rule."),
            "C": self.env._("Level with the best plain rule: no better, no worse."),
            "D": self.env._("Behind the best plain rule: trust the days of silence more."),
            "none": self.env._(
                "Not enough data for a grade: too few customers of this period had a rhythm, "
                "were lost, or bought again."
            ),
        }
        if not self.grade:
            return ""
        if self.grade == "none":
            return texts["none"]
        return f"{texts[self.grade]} {self._get_proof()}"

    def _get_proof(self):
        """Return the figures behind the grade, in words."""
        line = self.line_ids.filtered(lambda line: line.source == self.graded_source)[:1]
        plain = self.line_ids.filtered(lambda line: line.source == "recency")[:1]
        labels = dict(self._fields["graded_source"]._description_selection(self.env))
        return self.env._(
            "Among customers silent for less than %(days)s days, whom that rule cannot see "
            "yet, %(warning)s ranks a lost customer above one who bought again in %(own)s of "
            "100 pairs; the days of silence alone do so in %(plain)s.",
            days=self.plain_days,
            warning=labels.get(self.graded_source, "").lower(),
            own=f"{100 * line.auc_early:.0f}",
            plain=f"{100 * plain.auc_early:.0f}",
        )

    @api.depends("line_ids.brier", "line_ids.ece")
    def _compute_calibration(self):
        for backtest in self:
            lines = backtest.line_ids.filtered("is_probability")
            backtest.calibration = "\n".join(
                self.env._(
                    "%(warning)s: off by %(error)s points on average (calibration error); "
                    "Brier score %(brier)s (0 is perfect, always saying 50 %% gives 0.25).",
                    warning=line.name,
                    error=f"{100 * line.ece:.1f}",
                    brier=f"{line.brier:.3f}",
                )
                for line in lines
            )

    @api.model
    def _get_empty_figures(self):
        """Return the values of a back-test without figures."""
        names = (
            "grade", "graded_source", "advantage", "plain_days", "early_customers", "early_lost",
            "curves", "reliability", "chosen_score",
        )  # fmt: skip
        return dict.fromkeys(names, False)

    # ------------------------------------------------------------------
    # Conclusion
    # ------------------------------------------------------------------

    def _conclude(self):
        """Calculate all figures from the notes, and keep only what they leave to tell."""
        self.ensure_one()
        self.env.cr.execute(SQL("ANALYZE winback_backtest_customer"))
        self.plain_days = tool.get_best_days(self._get_tally("recency", self._get_ranked())) or USUAL_DAYS
        for cutoff in self.cutoff_ids:
            cutoff.write(self._get_cutoff_values(cutoff))
        self._write_lines()
        self._write_grade()
        self._write_curves()
        self._keep_unwarned()

    def _get_tally(self, source, condition, value=None):
        """Return the tally of `source` over the notes that fulfil `condition`: rows
        (value, lost, kept). Customers of whom the source says nothing are left out.

        :param value: the SQL of the value, the source's own column by default
        """
        column = SQL.identifier("n", SOURCES[source])
        query = SQL(
            """
            SELECT %(value)s, count(*) FILTER (WHERE n.is_lost),
                   count(*) FILTER (WHERE NOT n.is_lost)
              FROM winback_backtest_customer n
             WHERE n.backtest_id = %(backtest)s AND %(column)s IS NOT NULL AND %(condition)s
             GROUP BY 1
            """,
            value=value or column,
            column=column,
            backtest=self.id,
            condition=condition,
        )
        return [(v, lost, kept) for v, lost, kept in self.env.execute_query(query)]

    @api.model
    def _get_ranked(self, cutoff=None, below_days=None):
        """Return the SQL condition for notes `n` of customers with a rhythm, at one
        `cutoff` (None: all), silent for less than `below_days` (None: any)."""
        conditions = [SQL("n.purchase_days >= %s", MIN_RHYTHM)]
        if cutoff:
            conditions.append(SQL("n.cutoff_id = %s", cutoff.id))
        if below_days:
            conditions.append(SQL("n.silent_days < %s", below_days))
        return SQL(" AND ").join(conditions)

    def _get_cutoff_values(self, cutoff):
        """Return the values of a month-end: customers, lost, and figures by source."""
        lost, kept = tool.get_totals(self._get_tally("recency", self._get_ranked(cutoff)))
        figures = {source: self._get_source_figures(source, cutoff) for source in SOURCES}
        return {"customers": lost + kept, "lost": lost, "figures": figures}

    def _get_source_figures(self, source, cutoff):
        """Return {figure: value} of a `source` at a month-end; None where undefined."""
        tally = self._get_tally(source, self._get_ranked(cutoff))
        early = self._get_tally(source, self._get_ranked(cutoff, self.plain_days))
        usual = self._get_tally(source, self._get_ranked(cutoff, USUAL_DAYS))
        figures = {
            "auc": tool.get_auc(tally),
            "auc_early": tool.get_auc(early),
            "auc_usual": tool.get_auc(usual),
        }
        if source in PROBABILITIES and self._is_calibrated_for_horizon():
            figures["brier"] = tool.get_brier(tally)
            figures["ece"] = tool.get_calibration_error(tally)
        return figures

    def _is_calibrated_for_horizon(self):
        """Tell whether the probabilities speak of the back-test's horizon: those of the
        company's horizon can be ranked against any, and be true of none but it."""
        return self.horizon_days == self.company_id.winback_horizon_days

    def _get_mean_figure(self, source, figure):
        """Return the mean of a figure over the month-ends; None where it is undefined."""
        return tool.get_mean(
            ((cutoff.figures or {}).get(source) or {}).get(figure) for cutoff in self.cutoff_ids
        )

    def _get_advantage(self, source, figure="auc_early"):
        """Return by how much `source` is ahead of the days of silence, on average over
        the month-ends at which both have the figure; None without any."""
        pairs = [
            (cutoff.figures[source].get(figure), cutoff.figures["recency"].get(figure))
            for cutoff in self.cutoff_ids
        ]
        return tool.get_mean(
            own - plain for own, plain in pairs if own is not None and plain is not None
        )

    # ------------------------------------------------------------------
    # Lines
    # ------------------------------------------------------------------

    def _write_lines(self):
        """Create the line of each source and of each sign in force."""
        rule = tool.get_outcome(self._get_living_tally("recency"), self.plain_days)
        values = [
            self._get_line_values(source, rule)
            for source in SOURCES
            if self._get_mean_figure(source, "auc") is not None or source not in PROBABILITIES
        ]
        values += [
            self._get_sign_values(sign)
            for sign in self.env["winback.sign"]._get_signs_in_force(self.company_id)
        ]
        self.env["winback.backtest.line"].create(
            [{**line, "backtest_id": self.id, "sequence": i} for i, line in enumerate(values)]
        )

    def _get_living_tally(self, source):
        """Return the tally of `source` over customers who were still there. Customers of
        whom a probability says nothing are below any threshold, and can only be missed."""
        value = {"score": SQL("n.level"), "recency": SQL("n.silent_days")}.get(source)
        if value is None:
            column = SQL.identifier("n", SOURCES[source])
            value = SQL("COALESCE(round(%s::numeric, %s), -1)", column, DIGITS)
        tally = self._get_condition_tally(value)
        return [(float(v), lost, kept) for v, lost, kept in tally]

    def _get_condition_tally(self, value):
        """Return the tally of the SQL `value` over customers who were still there."""
        return self._get_tally("recency", SQL("n.is_living"), value)

    def _get_line_values(self, source, rule):
        """Return the values of the line of a `source`.

        :param rule: what the plain rule did, the measure for equal false alarms
        """
        tally = self._get_living_tally(source)
        matching = tool.get_matching_threshold([row for row in tally if row[0] >= 0], rule.wrongly)
        threshold = {
            "score": self.company_id.winback_risk_score,
            "recency": self.plain_days,
        }.get(source, matching)
        lead = (None, 0)
        if source != "recency" and matching is not None:
            lead = self._get_lead(self._get_reached_sql(source, matching), self.plain_days)
        return {
            "source": source,
            "threshold": threshold or 0,
            **self._get_outcome_values(tool.get_outcome(tally, 2 if threshold is None else threshold)),
            **self._get_lead_values(lead),
            **{
                name: self._get_mean_figure(source, name) or 0
                for name in ("auc", "auc_early", "brier", "ece")
            },
        }

    @api.model
    def _get_reached_sql(self, source, threshold):
        """Return the SQL condition that a note `n` reaches the `threshold` of `source`."""
        column = SQL.identifier("n", SOURCES[source])
        if source in PROBABILITIES:
            column = SQL("round(%s::numeric, %s)", column, DIGITS)
        return SQL("%s >= %s", column, threshold)

    def _get_sign_values(self, sign):
        """Return the values of the line of a `sign`; a sign holds or does not, so the
        plain rule is taken with the days that give as many false alarms."""
        holds = SQL("n.sign_ids @> to_jsonb(%s)", sign.id)
        value = SQL("(%s)::integer", holds)
        outcome = tool.get_outcome(self._get_condition_tally(value), 1)
        days = tool.get_matching_threshold(self._get_living_tally("recency"), outcome.wrongly)
        return {
            "source": "sign",
            "sign_id": sign.id,
            "threshold": sign.threshold,
            **self._get_outcome_values(outcome),
            **self._get_lead_values((None, 0) if days is None else self._get_lead(holds, days)),
            "auc": self._get_mean_sign_auc(value) or 0,
            "auc_early": self._get_mean_sign_auc(value, self.plain_days) or 0,
        }

    def _get_mean_sign_auc(self, value, below_days=None):
        """Return the mean area under the curve over the month-ends of a yes or no."""
        return tool.get_mean(
            tool.get_auc(self._get_tally("recency", self._get_ranked(cutoff, below_days), value))
            for cutoff in self.cutoff_ids
        )

    @api.model
    def _get_outcome_values(self, outcome):
        """Return the values of a line for an `outcome`."""
        return {
            "flagged": outcome.flagged,
            "rightly": outcome.rightly,
            "missed": outcome.missed,
            "precision": outcome.precision or 0,
            "recall": outcome.recall or 0,
        }

    @api.model
    def _get_lead_values(self, lead):
        """Return the values of a line for a `lead`: mean days and silences compared."""
        return {"lead_days": lead[0] or 0, "lead_count": lead[1]}

    def _get_lead(self, reached, days):
        """Return by how many days the first right flag of notes that fulfil `reached`
        came before that of the rule "silent for `days` days", and how many silences
        both flagged rightly. A silence is a customer and its last order."""
        return tool.get_lead_days(
            self._get_first_flags(reached), self._get_first_flags(SQL("n.silent_days >= %s", days))
        )

    def _get_first_flags(self, reached):
        """Return {silence: month-end of its first right flag}."""
        query = SQL(
            """
            SELECT n.partner_id, n.last_order_date, min(c.date)
              FROM winback_backtest_customer n
              JOIN winback_backtest_cutoff c ON c.id = n.cutoff_id
             WHERE n.backtest_id = %s AND n.is_living AND n.is_lost AND %s
             GROUP BY n.partner_id, n.last_order_date
            """,
            self.id,
            reached,
        )
        return {(partner, start): day for partner, start, day in self.env.execute_query(query)}

    # ------------------------------------------------------------------
    # Grade, curves, the list
    # ------------------------------------------------------------------

    def _write_grade(self):
        """Grade the probability; the score where there is no probability."""
        source = "score" if self._get_advantage("model") is None else "model"
        advantage = self._get_advantage(source)
        lost, kept = tool.get_totals(
            self._get_tally("recency", self._get_ranked(below_days=self.plain_days))
        )
        self.write(
            {
                "grade": tool.get_grade(advantage, lost, kept) or "none",
                "graded_source": source,
                "advantage": advantage or 0,
                "early_customers": lost + kept,
                "early_lost": lost,
                "chosen_score": self.company_id.winback_risk_score,
            }
        )

    def _write_curves(self):
        """Store what each threshold would have done, and how true probabilities were."""
        curves = {
            "score": tool.get_curve(self._get_living_tally("score"), POINTS),
            "recency": tool.get_curve(self._get_living_tally("recency"), DAYS),
        }
        reliability = {}
        for source in PROBABILITIES:
            if self._get_mean_figure(source, "auc") is None:
                continue
            tally = self._get_living_tally(source)
            curves[source] = tool.get_curve([(100 * p, *counts) for p, *counts in tally], POINTS)
            if self._is_calibrated_for_horizon():
                tally = self._get_tally(source, self._get_ranked())
                reliability[source] = tool.get_reliability(tally)
        self.write({"curves": curves, "reliability": reliability})

    def _keep_unwarned(self):
        """Keep of the notes the customers lost without warning: the first month-end of a
        silence at which the customer was still there, flagged by nothing, and then lost."""
        unwarned = SQL("jsonb_array_length(n.sign_ids) = 0 AND n.level < %s", self._get_risk_score())
        self.env.cr.execute(
            SQL(
                """
                WITH seen AS (
                    SELECT n.*, c.date,
                           min(c.date) FILTER (WHERE n.is_living AND n.is_lost)
                               OVER silence AS first_lost,
                           min(c.date) FILTER (WHERE NOT (%(unwarned)s))
                               OVER silence AS first_flagged
                      FROM winback_backtest_customer n
                      JOIN winback_backtest_cutoff c ON c.id = n.cutoff_id
                     WHERE n.backtest_id = %(backtest)s
                    WINDOW silence AS (PARTITION BY n.partner_id, n.last_order_date)
                ), kept AS (
                    UPDATE winback_backtest_customer k
                       SET warned_date = n.first_flagged, status_id = s.id
                      FROM seen n
                      LEFT JOIN winback_status s ON s.partner_id = n.partner_id
                           AND s.company_id = n.company_id
                     WHERE k.id = n.id AND n.date = n.first_lost
                       AND (n.first_flagged IS NULL OR n.first_flagged > n.date)
                    RETURNING k.id
                )
                DELETE FROM winback_backtest_customer d
                 WHERE d.backtest_id = %(backtest)s AND d.id NOT IN (SELECT id FROM kept)
                """,
                unwarned=unwarned,
                backtest=self.id,
            )
        )
        self.env["winback.backtest.customer"].invalidate_model(flush=False)

    def _get_risk_score(self):
        """Return the score from which customers of the company are at risk."""
        return self.company_id.winback_risk_score

    def _delete_notes(self):
        """Delete all notes of these back-tests."""
        self.env.cr.execute(
            SQL("DELETE FROM winback_backtest_customer WHERE backtest_id = ANY(%s)", self.ids)
        )
        self.env["winback.backtest.customer"].invalidate_model(flush=False)

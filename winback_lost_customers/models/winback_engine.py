import logging
import time
from contextlib import contextmanager

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

LOCK_KEY = 7_201_900  # first half of the advisory lock; the second is the company


class WinbackEngine(models.AbstractModel):
    """One run: facts -> signs -> status, for all customers of a company.

    How it works. The orders go into `winback_run_order`; each fact source fills a
    temporary table by one statement; joined they make `winback_run_base`. Derived
    sources read it, and with them it is `winback_run_fact`. Each sign in force adds its
    evidence to `winback_run_sign` with one statement. One more statement joins
    both with exclusions and users' decisions into `winback_run_status`, which has
    the same column names as `winback.status`. The models then write what differs:
    status, evidence, transitions. No number of customers changes the number of
    statements.

    A run of a past day (`_run_as_of`) stops before the writing and leaves the
    temporary tables to whoever asked.
    """

    _name = "winback.engine"
    _description = "Win-Back Engine"

    # ------------------------------------------------------------------
    # Runs
    # ------------------------------------------------------------------

    @api.model
    def _run(self, company, today=None, partners=None):
        """Bring the status of the customers of `company` up to date.

        :param company: one company
        :param date today: the day that counts as today; the company's own today
            when left out
        :param partners: commercial partners to limit the run to; None for all
        :return: dict with `customers`, `written` (rows by table), `errors` (message
            by sign) and `seconds` (by step)
        :raise UserError: when another run for the company is under way
        """
        today = today or company._winback_today()
        self._lock(company)
        report = self._calculate(company, today, partners)
        report["written"] = {}
        if partners is None:
            # In the first run the planner still believes our tables to be empty, and
            # would look through all of them once for each customer.
            self.env.cr.execute(SQL("SET LOCAL enable_nestloop = off"))
        for model in ("winback.transition", "winback.status", "winback.status.sign"):
            with self._timed(report, model):
                written = self.env[model]._write_run(company, today, partners)
                report["written"][model] = written
        self.env.cr.execute(SQL("SET LOCAL enable_nestloop = on"))
        self._report_errors(company, report["errors"])
        if partners is None:
            company.sudo().winback_run_date = today  # no user may write companies
            self.env["winback.refresh"]._drop_marks(company.id)
        _logger.info("Win-back run of %s as of %s: %s", company.name, today, report)
        return report

    @api.model
    def _run_as_of(self, company, today):
        """Calculate everything as of `today` and write nothing.

        The result stays in the temporary tables `winback_run_fact`,
        `winback_run_sign` and `winback_run_status` until the transaction ends.

        :return: as `_run`, without `written`
        """
        return self._calculate(company, today, None)

    @api.model
    def _calculate(self, company, today, partners):
        """Fill the three temporary tables and return the report of the run."""
        report = {"errors": {}, "seconds": {}}
        # The planner takes the joined sources for many more rows than they have, and
        # compiling the statement then takes several times as long as running it.
        self.env.cr.execute(SQL("SET LOCAL jit = off"))
        # A guess from some thousand rows is good enough for our temporary tables.
        self.env.cr.execute(SQL("SET LOCAL default_statistics_target = 10"))
        with self._timed(report, "flush"):
            self.env["winback.fact"]._flush_documents()
        report["customers"] = self._gather_facts(company, today, partners, report)
        with self._timed(report, "signs"):
            self._evaluate_signs(company, today, report["errors"])
        with self._timed(report, "outlook"):
            self._evaluate_outlook(company, today, report["errors"])
        with self._timed(report, "states"):
            self._evaluate_states(company, today, partners)
        return report

    @api.model
    def _lock(self, company):
        """Let one run at a time write the status of `company`.

        :raise UserError: when another run for the company is under way
        """
        if not self._try_lock(company):
            raise UserError(
                self.env._(
                    "The customers of %s are being evaluated at this moment. Please "
                    "try again in a minute.",
                    company.display_name,
                )
            )

    @api.model
    def _try_lock(self, company):
        """Tell whether no other transaction writes the status of `company`; then it is
        ours until the transaction ends."""
        query = SQL("SELECT pg_try_advisory_xact_lock(%s, %s)", LOCK_KEY, company.id)
        return self.env.execute_query(query)[0][0]

    @contextmanager
    def _timed(self, report, step):
        """Add the seconds that the block takes to the `report`."""
        start = time.monotonic()
        yield
        report["seconds"][step] = round(time.monotonic() - start, 3)

    # ------------------------------------------------------------------
    # Facts
    # ------------------------------------------------------------------

    @api.model
    def _gather_facts(self, company, today, partners, report=None):
        """Make `winback_run_base` and `winback_run_fact`; return the number of rows.

        Each source gets a table of its own first: joined in one statement, the planner
        would have to guess how many rows each gives, and guesses wrong.

        :param dict report: gets the seconds of each source where given
        """
        report = report or {"seconds": {}}
        with self._timed(report, "winback_run_order"):
            self._gather_orders(company, today, partners)
        for derived, table in ((False, "winback_run_base"), (True, "winback_run_fact")):
            sources = self.env["winback.fact"]._get_sources(derived=derived)
            for source in sources:
                with self._timed(report, source._name):
                    query = source._get_query(company, today, partners)
                    self._recreate(self._get_source_table(source), query)
            with self._timed(report, table):
                population = self._get_population_query(sources, company, derived)
                self._recreate(table, self._get_joined_query(sources, population))
        return self.env.execute_query(SQL("SELECT count(*) FROM winback_run_fact"))[0][0]

    @api.model
    def _gather_orders(self, company, today, partners):
        """Make `winback_run_order`, which the sources read instead of Odoo's table."""
        query = self.env["winback.fact"]._get_run_orders_query(company, today, partners)
        self._recreate("winback_run_order", query, ("partner_id", "is_confirmed", "is_purchase", "day"))

    @api.model
    def _get_source_table(self, source):
        """Return the name of the temporary table of a `source`."""
        return source._name.replace(".", "_")

    @api.model
    def _get_population_query(self, sources, company, derived):
        """Return the statement of the customers and of what is known of them already:
        whom the `sources` admit, or for derived ones the facts of the others."""
        if derived:
            return SQL("SELECT * FROM winback_run_base")
        admitting = {source: source._admits_customers(company) for source in sources}
        return SQL(" UNION ").join(
            SQL(
                "SELECT partner_id FROM %s WHERE %s",
                SQL.identifier(self._get_source_table(source)),
                condition,
            )
            for source, condition in admitting.items()
            if condition
        )

    @api.model
    def _get_joined_query(self, sources, population):
        """Return the statement that joins the tables of `sources` to the `population`."""
        names = {source: SQL.identifier(self._get_source_table(source)) for source in sources}
        columns = [
            self._get_fact_column(name, column, sql_type)
            for source, name in names.items()
            for column, sql_type in source._fact_columns.items()
        ]
        return SQL(
            "SELECT %s FROM (%s) population %s",
            SQL(", ").join([SQL("population.*"), *columns]),
            population,
            SQL(" ").join(SQL("LEFT JOIN %s USING (partner_id)", name) for name in names.values()),
        )

    @api.model
    def _get_fact_column(self, source, column, sql_type):
        """Return a fact column cast to its type; numbers are zero and not null."""
        expression = SQL.identifier(column)
        if sql_type == "numeric" or column.endswith("_count") or column == "purchase_days":
            expression = SQL("COALESCE(%s.%s, 0)", source, expression)
        else:
            expression = SQL("%s.%s", source, expression)
        return SQL("CAST(%s AS %s) AS %s", expression, SQL(sql_type), SQL.identifier(column))

    @api.model
    def _recreate(self, table, query, columns=("partner_id",)):
        """Make the temporary `table` of `query`; it lives until the transaction ends.

        :param columns: those by which statements join or filter
        """
        name = SQL.identifier(table)
        self.env.cr.execute(SQL("DROP TABLE IF EXISTS pg_temp.%s", name))
        self.env.cr.execute(SQL("CREATE TEMP TABLE %s ON COMMIT DROP AS %s", name, query))
        # only these columns: the others would cost more time than better guesses save
        self.env.cr.execute(SQL("ANALYZE %s (%s)", name, SQL(", ").join(map(SQL.identifier, columns))))

    # ------------------------------------------------------------------
    # Signs
    # ------------------------------------------------------------------

    @api.model
    def _evaluate_signs(self, company, today, errors):
        """Fill `winback_run_sign` with the evidence of each sign in force.

        A sign that fails is skipped: its message goes to `errors`; in a live run its
        evidence of the last run stays in force.
        """
        self._recreate("winback_run_sign", self._get_signs_table_query())
        signs = self.env["winback.sign"]._get_signs_in_force(company)
        for sign in signs:
            try:
                with self.env.cr.savepoint():
                    self._evaluate_sign(sign, company, today, signs)
            # whatever a sign does wrong, it must not stop the others
            except Exception as error:  # noqa: BLE001 pylint: disable=broad-except
                _logger.exception("Win-back sign %s (%s) failed", sign.code, sign.detector)
                errors[sign] = str(error)
                if not self.env["winback.fact"]._is_past(company, today):
                    self._keep_evidence(sign, company)
        self.env.cr.execute(SQL("ANALYZE winback_run_sign (partner_id)"))

    @api.model
    def _get_signs_table_query(self):
        """Return an empty statement that gives `winback_run_sign` its columns."""
        return SQL(
            """
            SELECT NULL::integer AS partner_id, NULL::integer AS sign_id,
                   NULL::integer AS weight, NULL::integer AS counted_by_id,
                   NULL::boolean AS is_critical,
                   NULL::date AS since, NULL::numeric AS measure,
                   NULL::date AS reference_date, NULL::jsonb AS figures,
                   NULL::jsonb AS documents
             WHERE FALSE
            """
        )

    @api.model
    def _evaluate_sign(self, sign, company, today, signs):
        """Add the evidence of one `sign` to `winback_run_sign`.

        :param signs: all that are in force: one of them may judge in place of `sign`
        """
        detector = sign._get_detector()
        if detector is None:
            raise ValueError(f"no detector {sign.detector}")
        reference = detector._get_reference_date(sign, company, today)
        figures = detector._get_figures(sign, company, today)
        other, spoken_of = self._get_superseding(sign, signs, company, today)
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO winback_run_sign
                SELECT f.partner_id, %(sign)s,
                       CASE WHEN %(spoken_of)s THEN 0 ELSE %(points)s END,
                       CASE WHEN %(spoken_of)s THEN %(other)s::integer END, %(is_critical)s, %(since)s,
                       %(measure)s, %(reference)s, jsonb_build_object(%(figures)s),
                       %(documents)s
                  FROM winback_run_fact f
                 WHERE %(condition)s
                """,
                sign=sign.id,
                spoken_of=spoken_of,
                points=detector._get_points(sign, company, today),
                other=other.id or None,
                is_critical=sign.severity == "critical",
                since=self._get_since(sign, detector, company, today),
                measure=SQL("NULL") if reference else detector._get_value(sign, company, today),
                reference=reference or SQL("NULL::date"),
                figures=SQL(", ").join(
                    SQL("%s::text, %s", name, value) for name, value in figures.items()
                ),
                documents=detector._get_documents(sign, company, today),
                condition=detector._get_condition(sign, company, today),
            )
        )

    @api.model
    def _get_superseding(self, sign, signs, company, today):
        """Return the one of `signs` that judges in place of `sign`, if any, and the SQL
        condition under which it does so for a customer.

        One without points counts nothing and takes nothing from others.
        """
        name = sign._get_detector()._superseded_by
        other = signs.filtered(lambda s: s.detector == name and s.weight)[:1]
        spoken_of = other and self.env[name]._get_spoken_of(other, company, today)
        return other, spoken_of or SQL("FALSE")

    @api.model
    def _get_since(self, sign, detector, company, today):
        """Return the SQL date since which `sign` holds: the detector's, else the one
        that the stored evidence has from the day it was first seen, else today."""
        since = detector._get_since(sign, company, today) or SQL("NULL::date")
        if self.env["winback.fact"]._is_past(company, today):
            # live evidence has no place in the past
            return SQL("COALESCE(%s, %s::date)", since, today)
        return SQL(
            """COALESCE(%s, (SELECT e.since FROM winback_status_sign e
                           JOIN winback_status s ON s.id = e.status_id
                          WHERE e.sign_id = %s AND s.company_id = %s AND e.since <= %s
                            AND s.partner_id = f.partner_id), %s)""",
            since,
            sign.id,
            company.id,
            today,
            today,
        )

    @api.model
    def _keep_evidence(self, sign, company):
        """Let the evidence of the last run stand for a `sign` that failed."""
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO winback_run_sign
                SELECT s.partner_id, e.sign_id, LEAST(e.weight, %s), e.counted_by_id, %s,
                       e.since, e.measure, e.reference_date, e.figures, e.documents
                  FROM winback_status_sign e
                  JOIN winback_status s ON s.id = e.status_id AND s.company_id = %s
                  JOIN winback_run_fact f ON f.partner_id = s.partner_id
                 WHERE e.sign_id = %s
                """,
                sign.weight,
                sign.severity == "critical",
                company.id,
                sign.id,
            )
        )

    @api.model
    def _report_errors(self, company, errors):
        """Show each failed sign's message on its record, and clear mended ones."""
        for sign, message in errors.items():
            sign.write(
                {
                    "error": message,
                    "error_date": fields.Datetime.now(),
                    "error_company_id": company.id,
                }
            )
        failed = self.env["winback.sign"].concat(*errors)
        mended = (
            self.env["winback.sign"]
            .with_context(active_test=False)
            .search([("error_company_id", "=", company.id)])
        ) - failed
        if mended:
            mended.write({"error": False, "error_date": False, "error_company_id": False})

    # ------------------------------------------------------------------
    # States
    # ------------------------------------------------------------------

    @api.model
    def _evaluate_states(self, company, today, partners):
        """Fill `winback_run_status`: facts, score, state, class, people."""
        self._recreate(
            "winback_run_status",
            SQL(
                """
                WITH score AS (%(score)s), customer AS (%(customers)s),
                judged AS (
                    SELECT customer.*, %(state)s AS state,
                           last_order_date + %(lost_days)s AS lost_date
                      FROM customer
                ), class AS (%(classes)s)
                SELECT judged.*, class.value_class_id,
                       LEAST(%(today)s, %(state_since)s) AS new_since,
                       %(risk_date)s AS risk_date, %(losses)s
                  FROM judged LEFT JOIN class USING (partner_id)
                """,
                score=self._get_score_query(),
                customers=self._get_customers_query(company, today),
                state=self._get_state_sql(company, today),
                lost_days=self._get_lost_days_sql(SQL("gap_max"), company),
                classes=self.env["winback.value.class"]._get_query(company, partners),
                today=today,
                state_since=self._get_state_since_sql(company, today),
                risk_date=self._get_risk_date_sql(company),
                losses=self._get_losses_sql(company, today),
            ),
        )

    @api.model
    def _get_losses_sql(self, company, today):
        """Return the select list of the expected order's week and the expected losses.

        Expected loss = P(no purchase in the horizon H) x what the customer would bring
        in H at its own pace: the last active year / 365 x H, shrunk towards the mean of
        its value class as if by two purchases. The means are those of the day of the
        fit, so that one customer's order does not rewrite all others. Where the model
        does not speak, the share of past customers in the same band of silence does.
        """
        model = self.env["winback.model"]._get_in_force(company, today)
        chance = SQL("round(COALESCE(p_no_purchase, band_share)::numeric, 2)")
        losses = [
            SQL(
                """CASE WHEN state IN ('prospect', 'excluded') THEN 0
                        ELSE COALESCE(round(%(chance)s * GREATEST(%(year)s, 0)
                                            * %(horizon)s / 365, %(digits)s), 0)
                   END AS %(name)s""",
                chance=chance,
                year=self._get_shrunk_sql(SQL.identifier(column), model, position),
                horizon=company.winback_horizon_days,
                digits=company.currency_id.decimal_places,
                name=SQL.identifier(name),
            )
            for position, (name, column) in enumerate(
                [("expected_loss", "margin_active_year"), ("expected_sales_loss", "amount_active_year")]
            )
        ]
        # who is more likely gone than late is not expected next week
        week = SQL(
            """CASE WHEN round(p_silence::numeric, 2) < 0.5
                    THEN date_trunc('week', expected_date)::date END AS expected_order_date"""
        )
        return SQL(", ").join([week, *losses])

    @api.model
    def _get_shrunk_sql(self, column, model, position):
        """Return the SQL of `column` shrunk towards the mean of the value class, which
        counts as much as two purchases."""
        cases = [
            SQL("WHEN %s THEN %s", int(value_class), means[position])
            for value_class, means in (model.class_means or {}).items()
        ]
        if not cases:
            return column
        mean = SQL("COALESCE(CASE class.value_class_id %s END, %s)", SQL(" ").join(cases), column)
        return SQL(
            "((purchase_days * %s + 2 * %s) / (purchase_days + 2))", column, mean
        )

    @api.model
    def _get_score_query(self):
        """Return score, criticality and the day of the first critical sign, by customer."""
        return SQL(
            """
            SELECT partner_id, LEAST(100, sum(weight))::integer AS score,
                   bool_or(is_critical) AS is_critical,
                   min(since) FILTER (WHERE is_critical) AS critical_since
              FROM winback_run_sign GROUP BY partner_id
            """
        )

    @api.model
    def _get_customers_query(self, company, today):
        """Return the facts with score, people, exclusions and users' decisions."""
        is_past = self.env["winback.fact"]._is_past(company, today)
        return SQL(
            """
            SELECT f.*, COALESCE(score.score, 0) AS score,
                   COALESCE(score.is_critical, FALSE) AS is_critical,
                   LEAST(score.critical_since, CASE WHEN score.score >= %(risk_score)s
                         THEN COALESCE(outlook.reached_date, %(today)s) END) AS risk_since,
                   outlook.due_date,
                   %(user)s AS user_id, o.team_id, %(active)s AS active,
                   s.closed_date, s.class_override_id,
                   COALESCE(x.reason, %(screened)s) AS exclusion_reason,
                   x.date AS exclusion_date
              FROM winback_run_fact f
              JOIN res_partner p ON p.id = f.partner_id
              LEFT JOIN sale_order o ON o.id = f.last_order_id
              LEFT JOIN (%(decisions)s) s ON s.partner_id = f.partner_id
              LEFT JOIN score ON score.partner_id = f.partner_id
              LEFT JOIN winback_run_outlook outlook ON outlook.partner_id = f.partner_id
              LEFT JOIN (%(exclusions)s) x ON x.partner_id = f.partner_id
              %(then)s
            """,
            risk_score=company.winback_risk_score,
            today=today,
            # whose customer it was and whether it was archived on a past day is not
            # recorded; whose order it was is
            user=SQL("CASE WHEN u.res_id IS NULL THEN o.user_id ELSE u.user_id END")
            if is_past
            else SQL("COALESCE(p.user_id, o.user_id)"),
            active=SQL("TRUE") if is_past else SQL("p.active"),
            screened=self._get_screened_sql(company),
            decisions=self._get_decisions_query(company, today, is_past),
            then=SQL(
                "LEFT JOIN (%s) u ON u.res_id = f.last_order_id",
                self.env["winback.fact"]._get_user_then_query("sale.order", company, today),
            )
            if is_past
            else SQL(),
            exclusions=self.env["winback.exclusion"]._get_query(company, today),
        )

    @api.model
    def _get_decisions_query(self, company, today, is_past):
        """Return what users decided by `today`. When a decision was changed or taken
        back, what it had been before is unknowable; one without a date, from before
        dates were kept, counts for no past day."""
        names = {
            "closed_date": "closed_date",
            "class_override_id": "class_override_date",
            "potential_amount": "potential_date",
        }
        columns = [
            SQL("CASE WHEN %s <= %s THEN %s END AS %s", SQL.identifier(date), today, name, name)
            if is_past
            else name
            for name, date in ((SQL.identifier(name), date) for name, date in names.items())
        ]
        return SQL(
            "SELECT partner_id, %s FROM winback_status WHERE company_id = %s",
            SQL(", ").join(columns),
            company.id,
        )

    @api.model
    def _get_screened_sql(self, company):
        """Return the SQL of the reason for which the company's rules leave a customer
        out: a potential (entered, or else the sales of its last active year) below
        the company's minimum."""
        return SQL(
            """CASE WHEN %(minimum)s > 0
                     AND COALESCE(NULLIF(s.potential_amount, 0), f.amount_active_year)
                         < %(minimum)s
                    THEN 'low_potential' END""",
            minimum=company.winback_min_potential,
        )

    @api.model
    def _get_lost_days_sql(self, gap, company):
        """Return the SQL of `tools.scoring.get_lost_days` for the column `gap`."""
        return SQL(
            "LEAST(%s, GREATEST(%s, ceil(%s * COALESCE(%s, 0))))::integer",
            company.winback_lost_max_days,
            company.winback_lost_min_days,
            company.winback_lost_gap_factor,
            gap,
        )

    @api.model
    def _get_state_sql(self, company, today):
        """Return the SQL of `tools.scoring.get_state`; the first match wins."""
        return SQL(
            """
            CASE WHEN exclusion_reason IS NOT NULL THEN 'excluded'
                 WHEN purchase_days = 0 THEN 'prospect'
                 WHEN purchase_days = 1 AND %(silent)s >= %(one_off)s THEN 'one_off'
                 WHEN closed_date <= %(today)s AND last_order_date <= closed_date
                      THEN 'gone'
                 WHEN %(silent)s >= %(lost_days)s
                      THEN CASE WHEN returned_date IS NULL THEN 'lost' ELSE 'gone' END
                 WHEN returned_date > %(today)s - %(watch)s THEN 'won_back'
                 WHEN purchase_days = 1 THEN 'new'
                 WHEN score >= %(risk_score)s OR is_critical THEN 'at_risk'
                 ELSE 'active' END
            """,
            silent=SQL("(%s - last_order_date)", today),
            one_off=company.winback_one_off_days,
            today=today,
            lost_days=self._get_lost_days_sql(SQL("gap_max"), company),
            watch=company.winback_watch_days,
            risk_score=company.winback_risk_score,
        )

    @api.model
    def _get_state_since_sql(self, company, today):
        """Return the SQL date on which the facts brought the customer into its state.

        Calling an excluded customer by its reason needs no date of its own: where
        the company's rule leaves it out, it is today.
        """
        return SQL(
            """
            CASE state
                 WHEN 'excluded' THEN exclusion_date
                 WHEN 'prospect' THEN first_inquiry_date
                 WHEN 'one_off' THEN last_order_date + %(one_off)s
                 WHEN 'gone' THEN CASE WHEN closed_date >= last_order_date
                                       THEN closed_date ELSE lost_date END
                 WHEN 'lost' THEN lost_date
                 WHEN 'won_back' THEN returned_date
                 WHEN 'new' THEN first_order_date
                 WHEN 'at_risk' THEN GREATEST(risk_since, last_order_date)
                 ELSE CASE WHEN returned_date + %(watch)s <= %(today)s
                           THEN GREATEST(last_order_date, returned_date + %(watch)s)
                           ELSE last_order_date END
             END
            """,
            one_off=company.winback_one_off_days,
            watch=company.winback_watch_days,
            today=today,
        )

    # ------------------------------------------------------------------
    # Scheduled action
    # ------------------------------------------------------------------

    @api.model
    def _cron_run(self):
        """Run for each company that has not been run today.

        A company is one step: committed when done, so that a run interrupted
        anywhere goes on with the companies that are left. Signs that failed do not
        stop the others; at the end the action fails with their names.
        """
        companies = self.env["res.company"].search([("active", "=", True)]).filtered(lambda c: c._winback_is_due())
        progress = self.env["ir.cron"]
        progress._commit_progress(remaining=len(companies))
        failed = []
        for company in companies:
            report = self.with_company(company)._run(company)
            failed += [f"{sign.code} ({company.name})" for sign in report["errors"]]
            if not progress._commit_progress(1):
                break
        if failed:
            raise UserError(
                self.env._("These win-back signs failed: %s", ", ".join(failed))
            )

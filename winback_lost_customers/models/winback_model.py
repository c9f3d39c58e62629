import logging
from datetime import timedelta
from statistics import fmean

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools import mbgcnbd, stack
from ..tools.backtest import get_auc, get_brier, get_calibration_error

_logger = logging.getLogger(__name__)

FIT_SAMPLE = 2000  # customers; more change the ranking by less than .001
SLICE_FIT_SAMPLE = 1000  # the search goes on from the parameters of the day itself
SMALL_SAMPLE = 100  # fewer customers are helped by what is usual elsewhere
SLICE_SAMPLE = 5000  # customers whose past teaches and tests
SLICES = 6
SLICE_DISTANCE = 30  # days
MIN_SLICE_HISTORY = 90  # days before a slice; a shorter past teaches nothing
MIN_OUTCOMES = 20  # of each kind, for a figure that is more than chance
EARLY_DAYS = 90  # silent for less: whom no plain rule sees
SHARES = (0.5, 1.0)  # of the second step, the rest is the closed form's
MIN_LEAD = 0.02  # of the area under the curve, from which the model speaks
BANDS = (30, 60, 90, 180, 365, 100_000)  # days of silence
REFIT_MONTHS = 1
PAST_REFIT_MONTHS = 3


class WinbackModel(models.Model):
    """A fit of the probability model to a company's customers, as of a day.

    How it works. MBG/CNBD-k (`tools.mbgcnbd`) is fitted to a sample of the customers.
    Then the company's own past is the judge: on up to six slices, a month apart, of
    which the latest ends one horizon before the day, the model fitted to what was known
    then foretells who will not buy, and what came is compared with it. From the same
    slices a second step (`tools.stack`) is learned; it is kept where it foretold those
    customers of the latest slice from whom it had not learned better than the closed
    form. The model speaks in the score only where
    it is ahead of the plain count of days among those who had not been silent for long,
    whom no plain rule sees.

    Fits are never changed: runs of a past day use the newest one made of what was known
    by then.
    """

    _name = "winback.model"
    _description = "Win-Back Probability Model"
    _order = "date desc, id desc"
    _rec_name = "date"

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="cascade"
    )
    date = fields.Date(string="As Of", required=True, readonly=True)
    horizon_days = fields.Integer(string="Horizon (days)", readonly=True)
    customer_count = fields.Integer(string="Customers", readonly=True)
    sample_size = fields.Integer(string="Sample", readonly=True)
    k = fields.Integer(
        string="Regularity", readonly=True, help="1: purchases come by chance; more: evenly."
    )
    r = fields.Float(readonly=True, digits=False)
    alpha = fields.Float(readonly=True, digits=False)
    a = fields.Float(readonly=True, digits=False)
    b = fields.Float(readonly=True, digits=False)
    log_likelihood = fields.Float(readonly=True, digits=False)
    gap_prior = fields.Float(
        string="Mean Gap (days)", readonly=True, digits=False, help="Of all gaps of the sample."
    )
    stack = fields.Json(string="Second Step", readonly=True)
    bands = fields.Json(
        readonly=True, help="Share of past customers who did not order, by days of silence."
    )
    class_means = fields.Json(
        readonly=True, help="Mean margin and sales of the last active year, by value class."
    )
    slice_count = fields.Integer(string="Past Days Tested", readonly=True)
    tested_count = fields.Integer(string="Customers Tested", readonly=True)
    auc = fields.Float(string="Area under the Curve", readonly=True, digits=(4, 3))
    auc_rule = fields.Float(string="Plain Rule's", readonly=True, digits=(4, 3))
    auc_early = fields.Float(string="Area, Early Ones", readonly=True, digits=(4, 3))
    auc_early_rule = fields.Float(string="Plain Rule's, Early Ones", readonly=True, digits=(4, 3))
    brier = fields.Float(string="Brier Score", readonly=True, digits=(4, 3))
    calibration_error = fields.Float(readonly=True, digits=(4, 3))
    speaks = fields.Boolean(
        string="Speaks in the Score",
        readonly=True,
        help="It foretold this company's own past better than a plain count of days.",
    )
    verdict = fields.Text(compute="_compute_verdict")

    _company_date_uniq = models.Constraint(
        "UNIQUE(company_id, date, horizon_days)", "There is already a fit of that day."
    )

    @api.depends("auc_early", "auc_early_rule", "calibration_error", "speaks", "tested_count")
    @api.depends_context("lang")
    def _compute_verdict(self):
        for model in self:
            model.verdict = model._get_verdict()

    def _get_verdict(self):
        """Return in words which one speaks, the model or the plain rule, and why."""
        figures = {
            "model": f"{self.auc_early:.2f}",
            "rule": f"{self.auc_early_rule:.2f}",
            "days": EARLY_DAYS,
            "tested": self.tested_count,
            "error": f"{100 * self.calibration_error:.0f}",
        }
        if not self.tested_count:
            return self.env._(
                "The plain rules speak: there is too little history yet to test the model "
                "on your own past."
            )
        if self.speaks:
            return self.env._(
                "The model speaks: among customers silent for less than %(days)s days it told "
                "those who stayed away from those who came back with %(model)s (1 is perfect, "
                "0.5 is chance), a plain count of days with %(rule)s. Its percentages were off "
                "by %(error)s points on average. Tested on %(tested)s customers of your own past.",
                **figures,
            )
        return self.env._(
            "The plain rules speak: among customers silent for less than %(days)s days the model "
            "told those who stayed away from those who came back with %(model)s (1 is perfect, "
            "0.5 is chance), hardly better than a plain count of days with %(rule)s. Tested on "
            "%(tested)s customers of your own past. Its percentages are shown for information.",
            **figures,
        )

    # ------------------------------------------------------------------
    # Which fit counts
    # ------------------------------------------------------------------

    @api.model
    def _get_in_force(self, company, day):
        """Return the newest fit for `company` that knows nothing after `day`; one for
        another horizon than the company's does not count."""
        return self.search(
            [
                ("company_id", "=", company.id),
                ("date", "<=", day),
                ("horizon_days", "=", company.winback_horizon_days),
            ],
            limit=1,
        )

    @api.model
    def _ensure_fitted(self, company, day):
        """Return the fit in force on a past `day`, made of what was known then if
        there is none of the last three months.

        :return: a record; empty where nothing can be learned
        """
        model = self._get_in_force(company, day)
        if model and model.date > day - relativedelta(months=PAST_REFIT_MONTHS):
            return model
        return self._fit(company, day) or model

    def _get_parameters(self):
        """Return the fitted parameters, in days."""
        return mbgcnbd.Parameters(self.r, self.alpha, self.a, self.b, self.k)

    def _get_stack(self):
        """Return the second step."""
        return stack.Stack(**{name: tuple(values) for name, values in self.stack.items()})

    # ------------------------------------------------------------------
    # Fitting
    # ------------------------------------------------------------------

    @api.model
    def _fit(self, company, day):
        """Fit the model to the customers of `company` as of `day`; return the record,
        empty where nobody has bought twice."""
        self.env["winback.fact"]._flush_documents()
        sample = self._get_sample(company, day)
        histories = self._get_histories(company, day, sample[:FIT_SAMPLE])
        try:
            fit = mbgcnbd.fit(histories, is_small=len(histories) < SMALL_SAMPLE)
        except ValueError:
            return self.browse()
        values = {
            **self._get_fit_values(company, fit, histories),
            "customer_count": self._count_customers(company, day),
            "class_means": self._get_class_means(company, day),
            **self._learn_from_past(company, day, sample, fit.parameters),
        }
        self.search(
            [
                ("company_id", "=", company.id),
                ("date", "=", day),
                ("horizon_days", "=", company.winback_horizon_days),
            ]
        ).unlink()
        return self.create({"company_id": company.id, "date": day, **values})

    @api.model
    def _get_sample(self, company, day):
        """Return customers of `company` drawn as if at random, always the same ones."""
        query = SQL(
            """
            SELECT p.commercial_partner_id FROM sale_order o
              JOIN res_partner p ON p.id = o.partner_id
             WHERE o.company_id = %s AND o.state = 'sale' AND o.date_order < %s
             GROUP BY 1 ORDER BY md5(p.commercial_partner_id::text) LIMIT %s
            """,
            company.id,
            self.env["winback.fact"]._get_day_end(company, day),
            SLICE_SAMPLE,
        )
        return self.env["res.partner"].browse(row[0] for row in self.env.execute_query(query))

    @api.model
    def _count_customers(self, company, day):
        """Return how many customers have bought from `company` by `day`."""
        query = SQL(
            """
            SELECT count(DISTINCT p.commercial_partner_id) FROM sale_order o
              JOIN res_partner p ON p.id = o.partner_id
             WHERE o.company_id = %s AND o.state = 'sale' AND o.date_order < %s
            """,
            company.id,
            self.env["winback.fact"]._get_day_end(company, day),
        )
        return self.env.execute_query(query)[0][0]

    @api.model
    def _get_histories(self, company, day, customers):
        """Return (x, tx, t, litt), as `tools.mbgcnbd` calls them, of `customers` who had
        bought by `day`."""
        purchases = self.env["winback.fact.purchases"]
        query = purchases._get_histories_query(company, day, customers)
        return [tuple(row[1:]) for row in self.env.execute_query(query)]

    @api.model
    def _get_fit_values(self, company, fit, histories):
        """Return the field values of a `fit` to `histories`."""
        found = fit.parameters
        return {
            "horizon_days": company.winback_horizon_days,
            "sample_size": fit.sample_size,
            "k": found.k,
            "r": found.r,
            "alpha": found.alpha,
            "a": found.a,
            "b": found.b,
            "log_likelihood": fit.log_likelihood,
            "gap_prior": sum(row[1] for row in histories) / sum(row[0] for row in histories),
        }

    @api.model
    def _get_class_means(self, company, day):
        """Return [mean margin, mean sales] of the last active year by value class, as
        the live status has them; nothing for a past day, which has no status."""
        if self.env["winback.fact"]._is_past(company, day):
            return {}
        query = SQL(
            """
            SELECT value_class_id::text, avg(margin_active_year)::float, avg(amount_active_year)::float
              FROM winback_status
             WHERE company_id = %s AND value_class_id IS NOT NULL AND purchase_days > 0
             GROUP BY value_class_id
            """,
            company.id,
        )
        return {row[0]: [round(row[1], 2), round(row[2], 2)] for row in self.env.execute_query(query)}

    # ------------------------------------------------------------------
    # The company's own past
    # ------------------------------------------------------------------

    @api.model
    def _learn_from_past(self, company, day, sample, start):
        """Return the values that slices of the past give: second step, bands, figures
        of the test, verdict.

        :param start: parameters from which the fits to the slices are searched
        """
        slices = [
            rows
            for moment in self._get_slice_days(company, day, sample)
            if (rows := self._get_slice(company, moment, sample, start))
        ]
        if not slices:
            return {}
        return {
            "bands": self._get_bands(slices),
            "slice_count": len(slices),
            **self._judge(slices),
        }

    @api.model
    def _get_slice_days(self, company, day, sample):
        """Return the past days to learn from, the latest first: what came in the
        horizon after each is known on `day`, and before each there is some history."""
        query = SQL(
            "SELECT min(day) FROM (%s) o WHERE sold",
            self.env["winback.fact.purchases"]._get_confirmed_query(company, day, sample),
        )
        first = self.env.execute_query(query)[0][0]
        latest = day - timedelta(days=company.winback_horizon_days)
        days = [latest - timedelta(days=SLICE_DISTANCE * i) for i in range(SLICES)]
        return [d for d in days if first and (d - first).days >= MIN_SLICE_HISTORY]

    @api.model
    def _get_slice(self, company, moment, sample, start):
        """Return what was known of each customer on the past day `moment`, and what came.

        :return: dicts with `partner_id`, `probability` (closed form), `silent` (days), `purchases`
            (purchase days), `columns` (of the second step) and `lost` (1: no purchase
            within the horizon); nothing where nobody had bought twice
        """
        histories = self._get_histories(company, moment, sample[:SLICE_FIT_SAMPLE])
        if not any(row[0] for row in histories):
            return []
        is_small = len(histories) < SMALL_SAMPLE
        fit = mbgcnbd.fit_regularity(histories, start.k, start=start, is_small=is_small)
        engine, source = self.env["winback.engine"], self.env["winback.fact.model"]
        purchases = self.env["winback.fact.purchases"]
        model = self.new(
            {"company_id": company.id, **self._get_fit_values(company, fit, histories)}
        )
        engine._gather_orders(company, moment, sample)
        engine._recreate("winback_run_base", purchases._get_query(company, moment, sample))
        query = SQL(
            """
            SELECT b.partner_id, p.p_no_purchase_raw AS probability, %(today)s - b.last_order_date AS silent,
                   b.purchase_days AS purchases, ARRAY[%(columns)s] AS columns,
                   (later.partner_id IS NULL)::integer AS lost
              FROM winback_run_base b
              JOIN (%(closed_form)s) p ON p.partner_id = b.partner_id
              LEFT JOIN (%(later)s) later ON later.partner_id = b.partner_id
             ORDER BY b.partner_id
            """,
            today=moment,
            columns=SQL(", ").join(
                source._get_stack_columns(moment, model.gap_prior, SQL("p.p_no_purchase_raw"))
            ),
            closed_form=source._get_closed_form_query(model, company, moment, minimum=1),
            later=self._get_buyers_query(company, moment, sample),
        )
        return self.env.execute_query_dict(query)

    @api.model
    def _get_buyers_query(self, company, moment, partners=None):
        """Return `partner_id` of who bought within the horizon after `moment`, as it was
        known when the horizon ended."""
        end = moment + timedelta(days=company.winback_horizon_days)
        return SQL(
            "SELECT DISTINCT partner_id FROM (%s) o WHERE sold AND day > %s",
            self.env["winback.fact.purchases"]._get_confirmed_query(company, end, partners),
            moment,
        )

    @api.model
    def _get_bands(self, slices):
        """Return how many of those silent for as long did not order, over all slices,
        for one-time buyers and for the others; bands with too few customers are left
        to the next longer one."""
        bands = []
        for single in (True, False):
            customers = [c for rows in slices for c in rows if (c["purchases"] == 1) == single]
            shorter = 0
            for days in BANDS:
                lost = [c["lost"] for c in customers if shorter <= c["silent"] < days]
                if len(lost) >= MIN_OUTCOMES:
                    bands.append({"single": single, "days": days, "share": round(fmean(lost), 2)})
                    shorter = days
        return bands

    @api.model
    def _judge(self, slices):
        """Return second step, figures and verdict.

        The second step foretells each half of the customers by what the other half
        taught; kept, it learns from all.
        """
        tested = self._get_testable(c for rows in slices for c in rows)
        result = self._get_figures(tested)
        if not result:
            return {}
        share = self._get_best_share(slices)
        if share:
            result = self._get_figures(tested, share)
            result["stack"] = vars(
                stack.blend(self._train(c for rows in slices for c in rows), share)
            )
        result["tested_count"] = len({c["partner_id"] for c in tested})
        result["speaks"] = result["auc_early"] - result["auc_early_rule"] >= MIN_LEAD
        return result

    @api.model
    def _get_best_share(self, slices):
        """Return by how much the second step shall count (see `SHARES`) to foretell the
        latest slice best, by Brier's score; None where the closed form does so alone."""
        latest = self._get_testable(slices[0])
        if not self._has_outcomes(latest) or not self._cross_fit(slices):
            return None
        scores = {share: get_brier(self._get_tally(latest, share)) for share in SHARES}
        best = min(scores, key=scores.get)
        return best if scores[best] < get_brier(self._get_tally(latest, "probability")) else None

    @api.model
    def _get_testable(self, rows):
        """Return the customers who get a probability: three purchase days or more."""
        return [c for c in rows if c["purchases"] >= 3]

    @api.model
    def _cross_fit(self, slices):
        """Set what the second step says, by each of the `SHARES`, for all customers:
        learned from the half of the customers to which they do not belong.

        :return: False where one of the halves teaches nothing
        """
        customers = [c for rows in slices for c in rows]
        for half in (0, 1):
            trained = self._train(c for c in customers if c["partner_id"] % 2 != half)
            if not trained:
                return False
            blends = {share: stack.blend(trained, share) for share in SHARES}
            for customer in (c for c in customers if c["partner_id"] % 2 == half):
                for share, blended in blends.items():
                    customer[share] = stack.predict(blended, customer["columns"])
        return True

    @api.model
    def _train(self, customers):
        """Return the second step learned from `customers`; None where they teach
        nothing."""
        customers = list(customers)
        if not self._has_outcomes(customers):
            return None
        return stack.train([c["columns"] for c in customers], [c["lost"] for c in customers])

    @api.model
    def _has_outcomes(self, customers):
        """Tell whether enough of `customers` stayed away, and came back, for a figure
        that is more than chance."""
        lost = sum(c["lost"] for c in customers)
        return min(lost, len(customers) - lost) >= MIN_OUTCOMES

    @api.model
    def _get_figures(self, customers, key="probability"):
        """Return how well `customers` were foretold, also the early ones among them, who
        had not been silent for long; None where they are too few.

        :param key: `probability`, the closed form's, or a share of the second step
        """
        early = [c for c in customers if c["silent"] < EARLY_DAYS]
        if not self._has_outcomes(early):
            return None
        foretold = self._get_tally(customers, key)
        return {
            "auc": get_auc(foretold),
            "auc_rule": get_auc(self._get_tally(customers, "silent")),
            "auc_early": get_auc(self._get_tally(early, key)),
            "auc_early_rule": get_auc(self._get_tally(early, "silent")),
            "brier": get_brier(foretold),
            "calibration_error": get_calibration_error(foretold),
        }

    @api.model
    def _get_tally(self, customers, key):
        """Return the tally, as `tools.backtest` calls it, of the values `key`."""
        return [(c[key], c["lost"], 1 - c["lost"]) for c in customers]

    # ------------------------------------------------------------------
    # Scheduled action
    # ------------------------------------------------------------------

    @api.model
    def _is_due(self, company):
        """Tell whether `company` has no fit of the last month."""
        today = company._winback_today()
        model = self._get_in_force(company, today)
        return not model or model.date <= today - relativedelta(months=REFIT_MONTHS)

    @api.model
    def _cron_fit(self):
        """Fit the model for each company that is due, one after the other, and bring
        its customers up to date with it."""
        companies = self.env["res.company"].search([("active", "=", True)]).filtered(self._is_due)
        progress = self.env["ir.cron"]
        progress._commit_progress(remaining=len(companies))
        for company in companies:
            model = self.with_company(company)._fit(company, company._winback_today())
            _logger.info("Win-back model of %s: %s", company.name, model.read() or "nothing to learn from")
            if model:
                self.env["winback.engine"].with_company(company)._run(company)
            if not progress._commit_progress(1):
                break

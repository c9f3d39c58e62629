from datetime import timedelta
from random import Random

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import SQL

from ..tools import mbgcnbd, stack
from .common import WinbackCase


@tagged("post_install", "-at_install")
class TestModel(WinbackCase):
    """Fitting, judging and using the probability model."""

    thresholds = {**WinbackCase.thresholds, "B1": 50}
    weights = {**WinbackCase.weights, "B1": 100}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partners = cls.env["res.partner"].create(
            [{"name": f"Customer {n}", "is_company": True} for n in range(160)]
        )
        cls._copy_orders(cls._draw_purchases(Random(11)))
        cls.model = cls.env["winback.model"]
        cls.fitted = cls.model._fit(cls.company, cls.today)

    @classmethod
    def _draw_purchases(cls, rng):
        """Return (partner, days ago): each buys at its own pace for two years, until
        some stop for good."""
        rows = []
        for partner in cls.partners:
            pace, days_ago = 7 * 12 ** rng.random(), rng.uniform(400, 730)
            while days_ago >= 0:
                rows.append((partner.id, int(days_ago)))
                if rng.random() < 0.06:
                    break
                days_ago -= rng.gammavariate(3, pace / 3)
        return rows

    @classmethod
    def _copy_orders(cls, rows):
        """Insert one confirmed order for each (partner id, days ago) by SQL."""
        pattern = cls._create_order(cls._create_customer("Pattern"), 0, amount=100, margin=30)
        names = cls.env.execute_query(
            SQL(
                """SELECT attname FROM pg_attribute WHERE attrelid = 'sale_order'::regclass
                      AND attnum > 0 AND NOT attisdropped
                      AND attname NOT IN ('id', 'partner_id', 'date_order', 'create_date')"""
            )
        )
        columns = SQL(", ").join(SQL.identifier(name) for (name,) in names)
        cls.env.cr.execute(
            SQL(
                """INSERT INTO sale_order (partner_id, date_order, create_date, %(columns)s)
                   SELECT n.partner_id, n.moment, n.moment, %(columns)s FROM sale_order,
                          unnest(%(partners)s, %(moments)s::timestamp[]) n (partner_id, moment)
                    WHERE sale_order.id = %(pattern)s""",
                columns=columns,
                partners=[row[0] for row in rows],
                moments=[cls._noon(row[1]) for row in rows],
                pattern=pattern.id,
            )
        )
        cls._set_columns(pattern, state="cancel")
        cls.env.invalidate_all()

    def _fit(self, days_ago=0):
        return self.model._fit(self.company, self._day(days_ago))

    # ------------------------------------------------------------------
    # Fitting
    # ------------------------------------------------------------------

    def test_fit_learns_that_purchases_are_regular(self):
        fitted = self.fitted
        self.assertGreaterEqual(fitted.k, 2)
        self.assertEqual(fitted.sample_size, 160)
        self.assertEqual(fitted.customer_count, 160)
        self.assertEqual(fitted.date, self.today)
        self.assertEqual(fitted.horizon_days, 90)
        self.assertLess(fitted.log_likelihood, 0)

    def test_fit_is_what_the_tool_finds(self):
        fitted = self.fitted
        query = self.env["winback.fact.purchases"]._get_histories_query(self.company, self.today)
        rows = [tuple(row[1:]) for row in self.env.execute_query(query)]
        expected = mbgcnbd.fit(sorted(rows)).log_likelihood
        self.assertAlmostEqual(fitted.log_likelihood, expected, 1)

    def test_fit_tests_itself_on_the_past(self):
        fitted = self.fitted
        self.assertEqual(fitted.slice_count, 6)
        self.assertGreater(fitted.tested_count, 50)
        self.assertGreater(fitted.auc_early, fitted.auc_early_rule)
        self.assertTrue(fitted.speaks)
        self.assertIn("The model speaks", fitted.verdict)

    def test_fit_without_repeat_buyers_is_none(self):
        other = self._create_company("One-Time Company")
        partner = self._create_customer()
        self._create_order(partner, 10, company=other)
        self.assertFalse(self.model._fit(other, self.today))

    def test_fit_of_few_customers_does_not_speak(self):
        """One customer with three orders has a probability; nothing can be tested."""
        other = self._create_company("Tiny Company")
        partner = self._create_customer()
        self._create_orders(partner, [80, 50, 20], company=other)
        fitted = self.model._fit(other, self.today)
        self.assertFalse(fitted.speaks)
        self.assertIn("too little history", fitted.verdict)
        self._run(company=other)
        status = self._get_status(partner, other)
        self.assertEqual(status.probability_source, "model")
        self.assertGreater(status.p_no_purchase, 0)

    def test_fit_of_a_past_day_ignores_what_came_later(self):
        before = self._fit(200).read()[0]
        rows = [(partner.id, days) for partner in self.partners[:50] for days in (199, 150, 20)]
        self._copy_orders(rows)
        after = self._fit(200).read()[0]
        for name in ("r", "alpha", "a", "b", "k", "auc_early", "bands", "brier", "stack"):
            with self.subTest(field=name):
                self.assertEqual(before[name], after[name])

    def test_fit_of_a_past_day_is_in_force_from_then_on(self):
        old, new = self._fit(100), self._fit(10)
        in_force = [self.model._get_in_force(self.company, self._day(d)) for d in (101, 100, 11, 10)]
        self.assertEqual(in_force, [self.model, old, old, new])
        self.assertEqual(self.model._get_in_force(self.company, self.today), self.fitted)

    def test_fit_for_another_horizon_is_not_in_force(self):
        self.company.winback_horizon_days = 60
        self.assertFalse(self.model._get_in_force(self.company, self.today))

    def test_fit_of_the_same_day_replaces_the_former(self):
        fitted = self._fit()
        self.assertEqual(self.model.search([("company_id", "=", self.company.id)]), fitted)
        self.assertNotEqual(fitted, self.fitted)

    def test_bands_rise_with_the_silence(self):
        bands = [band for band in self.fitted.bands if not band["single"]]
        self.assertGreater(len(bands), 2)
        self.assertLess(bands[0]["share"], bands[-1]["share"])

    # ------------------------------------------------------------------
    # Scheduled action and settings
    # ------------------------------------------------------------------

    def test_cron_fits_once_a_month(self):
        self.fitted.unlink()
        cron = self.env.ref("winback_lost_customers.ir_cron_winback_model")
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
            fitted = self.model.search([("company_id", "=", self.company.id)])
            self.assertEqual(len(fitted), 1)
            cron.method_direct_trigger()
        self.assertEqual(self.model.search([("company_id", "=", self.company.id)]), fitted)
        domain = [("probability_source", "in", ("model", "stack"))]
        self.assertTrue(self.env["winback.status"].search(domain))

    def test_another_horizon_has_the_model_fitted_again(self):
        cron = self.env.ref("winback_lost_customers.ir_cron_winback_model")
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])
        self.company.winback_horizon_days = 60
        found = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])
        self.assertEqual(len(found - triggers), 1)

    def test_settings_fit_and_tell_the_verdict(self):
        self.fitted.unlink()
        settings = self.env["res.config.settings"].with_company(self.company).create({})
        self.assertIn("has not been fitted yet", settings.winback_model_verdict)
        settings.action_winback_fit()
        settings = self.env["res.config.settings"].with_company(self.company).create({})
        self.assertIn("The model speaks", settings.winback_model_verdict)

    def test_settings_fit_without_repeat_buyers_says_so(self):
        other = self._create_company("Empty Company")
        settings = self.env["res.config.settings"].with_company(other).create({})
        with self.assertRaises(UserError):
            settings.action_winback_fit()

    # ------------------------------------------------------------------
    # What the run makes of it
    # ------------------------------------------------------------------

    def _get_scored(self, **domain):
        self._run()
        return self.env["winback.status"].search(
            [
                ("company_id", "=", self.company.id),
                *((name, "=", value) for name, value in domain.items()),
            ]
        )

    def test_expected_loss_is_probability_times_own_pace(self):
        fitted = self.fitted
        fitted.class_means = {}
        status = self._get_scored(state="active")[:1]
        expected = status.p_no_purchase * status.amount_active_year * 90 / 365
        self.assertAlmostEqual(status.expected_sales_loss, expected, 2)
        expected = status.p_no_purchase * status.margin_active_year * 90 / 365
        self.assertAlmostEqual(status.expected_loss, expected, 2)

    def test_expected_loss_is_shrunk_towards_the_class(self):
        fitted = self.fitted
        status = self._get_scored(state="active")[:1]
        fitted.class_means = {str(status.value_class_id.id): [500, 9000]}
        self._run()
        count = status.purchase_days
        year = (count * status.amount_active_year + 2 * 9000) / (count + 2)
        self.assertAlmostEqual(
            status.expected_sales_loss, status.p_no_purchase * year * 90 / 365, 2
        )

    def test_expected_loss_of_single_buyers_comes_from_the_band(self):
        statuses = self._get_scored(purchase_days=1, probability_source="band")
        self.assertTrue(statuses)
        for status in statuses:
            self.assertEqual(status.p_no_purchase, 0)
            self.assertAlmostEqual(
                status.expected_sales_loss,
                status.band_share * self._shrink(status) * 90 / 365,
                2,
            )

    def _shrink(self, status):
        model = self.model._get_in_force(self.company, self.today)
        means = (model.class_means or {}).get(str(status.value_class_id.id))
        if not means:
            return status.amount_active_year
        count = status.purchase_days
        return (count * status.amount_active_year + 2 * means[1]) / (count + 2)

    def test_without_a_fit_nothing_is_expected(self):
        self.fitted.unlink()
        status = self._get_scored()[:1]
        self.assertFalse(status.probability_source)
        self.assertEqual(status.expected_sales_loss, 0)

    def test_unusual_silence_holds_from_the_first_day_that_it_is(self):
        fitted = self.fitted
        fitted.stack = False
        self._run()
        evidence = self.env["winback.status.sign"].search(
            [("sign_id", "=", self.signs["B1"].id), ("status_id.state", "=", "at_risk")]
        )
        self.assertTrue(evidence)
        for line in evidence:
            status = line.status_id
            with self.subTest(customer=status.partner_id.name):
                first = status.first_order_date
                x, tx = status.purchase_days - 1, (status.last_order_date - first).days
                lost = (status.lost_date - status.last_order_date).days
                chances = [
                    mbgcnbd.get_p_silence(
                        fitted._get_parameters(), x, tx, (day - first).days, lost
                    )
                    for day in (line.since - timedelta(days=1), line.since, self.today)
                ]
                self.assertLess(chances[0], 0.495, "rounds to less than 50 %")
                self.assertGreaterEqual(chances[1], 0.495)
                self.assertIn(f"about {5 * round(20 * chances[2])} last until", line.explanation)
                self.assertIn(status.last_order_id.name, line.explanation)

    def test_next_order_is_expected_only_of_who_is_likely_to_come(self):
        statuses = self._get_scored().filtered("probability_source")
        kept = statuses.filtered("expected_order_date")
        self.assertTrue(kept)
        for status in statuses.filtered(lambda s: s.probability_source != "band"):
            with self.subTest(customer=status.partner_id.name, chance=status.p_silence):
                self.assertEqual(bool(status.expected_order_date), status.p_silence < 0.5)
        self.assertEqual({day.weekday() for day in kept.mapped("expected_order_date")}, {0})

    def test_longer_silence_is_never_likelier_than_a_shorter_one(self):
        correction = stack.Stack((0,) * 10, (1,) * 10, (-0.5, 0.4, *(0.0,) * 9))
        self.fitted.stack = vars(correction)
        self._run()
        statuses = self.env["winback.status"].search(
            [("company_id", "=", self.company.id), ("probability_source", "=", "stack")]
        )
        self.assertTrue(statuses)
        for status in statuses:
            with self.subTest(customer=status.partner_id.name):
                if (status.lost_date - self.today).days >= 90:
                    self.assertLessEqual(status.p_silence, status.p_no_purchase)
                else:
                    self.assertGreaterEqual(status.p_silence, status.p_no_purchase)

    def test_unusual_silence_is_quiet_while_the_rule_is_better(self):
        self.fitted.speaks = False
        self._run()
        domain = [("sign_id", "=", self.signs["B1"].id)]
        self.assertFalse(self.env["winback.status.sign"].search(domain))

    def test_rounded_figures_are_not_rewritten(self):
        self._run()
        written = self._run()["written"]["winback.status"]
        self.assertEqual(written, {"updated": 0, "inserted": 0, "removed": 0})

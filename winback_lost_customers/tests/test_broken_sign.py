from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from .common import WinbackCase

ENGINE_LOG = "odoo.addons.winback_lost_customers.models.winback_engine"


@tagged("post_install", "-at_install")
class TestBrokenSign(WinbackCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = cls._create_customer()
        cls._create_orders(cls.customer, [150, 120])

    def setUp(self):
        super().setUp()
        mute = mute_logger(ENGINE_LOG, "odoo.sql_db")
        mute.__enter__()
        self.addCleanup(mute.__exit__, None, None, None)

    def _break(self, detector="winback.sign.no_inquiry"):
        """Let the statement of the detector fail; return the function that mends it."""
        model = type(self.env[detector])
        original = model._get_condition

        def _get_condition(self, sign, company, today):
            return SQL("f.no_such_column > 1")

        model._get_condition = _get_condition
        self.addCleanup(setattr, model, "_get_condition", original)
        return lambda: setattr(model, "_get_condition", original)

    def _get_codes(self):
        return set(self._get_status(self.customer).evidence_ids.sign_id.mapped("code"))

    def test_broken_sign_does_not_stop_the_others(self):
        self._break()
        report = self._run()
        self.assertEqual(set(report["errors"]), {self.signs["S1"]})
        self.assertEqual(self._get_codes(), {"S6"})
        self.assertEqual(self._get_status(self.customer).state, "at_risk")

    def test_broken_sign_shows_its_error(self):
        self._break()
        self._run()
        sign = self.signs["S1"]
        self.assertIn("no_such_column", sign.error)
        self.assertTrue(sign.error_date)
        self.assertEqual(sign.error_company_id, self.company)
        self.assertFalse(self.signs["S6"].error)

    def test_broken_sign_keeps_its_evidence_and_score(self):
        self._run()
        self.assertEqual(self._get_codes(), {"S1", "S6"})
        since = self._get_evidence(self.customer, "S1").since
        self._break()
        self._run()
        self.assertEqual(self._get_codes(), {"S1", "S6"})
        self.assertEqual(self._get_status(self.customer).score, 85)
        self.assertEqual(self._get_evidence(self.customer, "S1").since, since)

    def test_broken_sign_gives_no_evidence_for_the_past(self):
        self._run()
        self._break()
        self.engine._run_as_of(self.company, self._day(10))
        self.env.cr.execute(SQL("SELECT sign_id FROM winback_run_sign"))
        signs = {sign_id for (sign_id,) in self.env.cr.fetchall()}
        self.assertEqual(signs, {self.signs["S6"].id})

    def test_error_clears_when_mended(self):
        mend = self._break()
        self._run()
        mend()
        report = self._run()
        sign = self.signs["S1"]
        self.assertEqual(report["errors"], {})
        self.assertFalse(sign.error or sign.error_date or sign.error_company_id)

    def test_error_clears_when_switched_off(self):
        self._break()
        self._run()
        self.signs["S1"].active = False
        self._run()
        self.assertFalse(self.signs["S1"].error)

    def test_error_of_another_company_stays(self):
        other = self._create_company("Other Company")
        self._break()
        self._run()
        self._run(company=other)
        self.assertTrue(self.signs["S1"].error)

    def test_broken_python_is_skipped_too(self):
        def _get_figures(self, sign, company, today):
            return {"last": sign.no_such_field}

        self.patch(type(self.env["winback.sign.no_inquiry"]), "_get_figures", _get_figures)
        report = self._run()
        self.assertIn("no_such_field", report["errors"][self.signs["S1"]])
        self.assertEqual(self._get_codes(), {"S6"})

    def test_sign_that_fails_in_any_way_is_skipped(self):
        model = type(self.env["winback.sign.no_inquiry"])
        for error in (ZeroDivisionError, IndexError, NotImplementedError, UserError):
            broken = patch.object(model, "_get_condition", side_effect=error("broken"))
            with self.subTest(error=error.__name__), broken:
                self.assertEqual(set(self._run()["errors"]), {self.signs["S1"]})
                self.assertEqual(self._get_codes(), {"S6"})

    def test_missing_detector_is_named(self):
        self._set_columns(self.signs["S1"], detector="winback.sign.uninstalled")
        report = self._run()
        self.assertIn("winback.sign.uninstalled", report["errors"][self.signs["S1"]])
        self.assertEqual(self._get_codes(), {"S6"})

    def test_evidence_of_missing_detector_shows_its_name(self):
        self._run()
        evidence = self._get_status(self.customer).evidence_ids.filtered(
            lambda line: line.sign_id == self.signs["S1"]
        )
        self._set_columns(self.signs["S1"], detector="winback.sign.uninstalled")
        self.assertEqual(evidence.explanation, "No inquiry")

    def test_scheduled_action_fails_naming_the_sign(self):
        self._break()
        self.env["res.company"].search(
            [("id", "!=", self.company.id)]
        ).winback_run_date = self.today
        self.patch(type(self.env["ir.cron"]), "_commit_progress", lambda *a, **kw: 1)
        with self.assertRaisesRegex(UserError, r"S1 \(Win-Back Test Company\)"):
            self.engine._cron_run()
        self.assertEqual(self._get_codes(), {"S6"})
        self.assertEqual(self.company.winback_run_date, self.today)

from odoo.tests import tagged
from odoo.tools import SQL

from .common import WinbackCase


@tagged("post_install", "-at_install")
class TestSignContract(WinbackCase):
    """What every detector and every record of a sign must keep; a new one is tested
    on the day it appears."""

    def _get_detectors(self):
        names = self.env.registry["winback.detector"]._inherit_children
        return [self.env[name] for name in sorted(names)]

    def _get_signs(self):
        return self.env["winback.sign"].with_context(active_test=False).search([])

    def test_detectors_are_found(self):
        names = {detector._name for detector in self._get_detectors()}
        self.assertLessEqual(
            {
                "winback.sign.no_inquiry",
                "winback.sign.fruitless_inquiries",
                "winback.sign.volume_drop",
                "winback.sign.overdue_order",
            },
            names,
        )

    def test_detectors_explain_themselves(self):
        for detector in self._get_detectors():
            documented = [c for c in type(detector).mro() if "__doc__" in vars(c) and c.__doc__]
            for heading in ("What it sees:", "Why it matters:", "When it is wrong:"):
                with self.subTest(detector=detector._name, heading=heading):
                    self.assertIn(heading, documented[0].__doc__)

    def test_detectors_read_columns_that_exist(self):
        known = self.env["winback.fact"]._get_all_columns()
        for detector in self._get_detectors():
            with self.subTest(detector=detector._name):
                self.assertTrue(detector._fact_columns)
                self.assertLessEqual(set(detector._fact_columns), set(known))

    def test_detectors_have_a_sensible_threshold(self):
        units = dict(self.env["winback.sign"]._fields["threshold_unit"].selection)
        for detector in self._get_detectors():
            with self.subTest(detector=detector._name):
                low, high = detector._threshold_range
                self.assertGreater(low, 0)
                self.assertLess(low, high)
                self.assertIn(detector._threshold_unit, units)

    def test_detectors_declare_kinds_that_are_known(self):
        kinds = {"days", "date", "count", "amount", "percent", "text", "word", "record"}
        for detector in self._get_detectors():
            with self.subTest(detector=detector._name):
                self.assertLessEqual(set(detector._figure_kinds.values()), kinds)

    def test_every_detector_has_a_delivered_sign(self):
        used = set(self.shared_signs.mapped("detector"))
        for detector in self._get_detectors():
            with self.subTest(detector=detector._name):
                self.assertIn(detector._name, used)

    def test_statements_run_on_an_empty_fact_table(self):
        nobody = self.env["res.partner"]
        self.engine._gather_facts(self.company, self.today, nobody)
        self.engine._recreate("winback_run_sign", self.engine._get_signs_table_query())
        for sign in self._get_signs():
            with self.subTest(sign=sign.code, company=sign.company_id.name):
                self.engine._evaluate_sign(sign, self.company, self.today, self._get_signs())
        self.assertEqual(self._read_table("winback_run_sign"), {})

    def test_statements_read_only_declared_columns(self):
        """Each runs on a table that has nothing but the columns declared."""
        types = self.env["winback.fact"]._get_all_columns()
        self.engine._recreate("winback_run_sign", self.engine._get_signs_table_query())
        for sign in self._get_signs():
            detector = sign._get_detector()
            columns = SQL(", ").join(
                SQL("NULL::%s AS %s", SQL(types[name]), SQL.identifier(name))
                for name in detector._fact_columns
            )
            query = SQL("SELECT NULL::integer AS partner_id, %s WHERE FALSE", columns)
            self.engine._recreate("winback_run_fact", query)
            with self.subTest(sign=sign.code):
                self.engine._evaluate_sign(sign, self.company, self.today, self._get_signs())

    def test_figures_are_those_declared(self):
        for sign in self._get_signs():
            detector = sign._get_detector()
            figures = detector._get_figures(sign, self.company, self.today)
            with self.subTest(sign=sign.code):
                self.assertEqual(set(figures), set(detector._figure_kinds))

    def test_explanations_use_known_placeholders(self):
        for sign in self._get_signs():
            with self.subTest(sign=sign.code):
                sign._check_texts(sign._get_detector())

    def test_explanations_show_figures(self):
        for sign in self._get_signs():
            with self.subTest(sign=sign.code):
                self.assertIn("{", sign.explanation)

    def test_signs_say_what_they_see(self):
        for sign in self.shared_signs:
            with self.subTest(sign=sign.code):
                self.assertTrue(sign.description)

    def test_days_need_a_reference_date(self):
        """Only signs with a reference date know the figure `days`."""
        for sign in self._get_signs():
            detector = sign._get_detector()
            if "{days}" in (sign.explanation or "") and "days" not in detector._figure_kinds:
                with self.subTest(sign=sign.code):
                    self.assertTrue(
                        detector._get_reference_date(sign, self.company, self.today)
                    )

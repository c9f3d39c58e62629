from psycopg2.errors import CheckViolation, UniqueViolation

from odoo.exceptions import ValidationError
from odoo.tools import mute_logger

from .common import WinbackCase


class TestSignConfig(WinbackCase):
    def _assert_refused(self, sign, values, text):
        """Writing `values` is refused with an error that says `text`."""
        with self.assertRaisesRegex(ValidationError, text), self.env.cr.savepoint():
            sign.write(values)

    # numbers

    def test_threshold_must_make_sense(self):
        for code, threshold, limit in (
            ("S1", 0, 3650),
            ("S1", -90, 3650),
            ("S2", 0, 50),
            ("S4", 0, 100),
            ("S4", 101, 100),
            ("S6", 3651, 3650),
        ):
            with self.subTest(code=code, threshold=threshold):
                self._assert_refused(
                    self.signs[code],
                    {"threshold": threshold},
                    f"Sign {code}: the threshold must lie between 1 and {limit}, "
                    f"not {threshold}",
                )

    def test_threshold_at_its_limits_is_accepted(self):
        for code, thresholds in (("S1", (1, 3650)), ("S2", (1, 50)), ("S4", (1, 100))):
            for threshold in thresholds:
                with self.subTest(code=code, threshold=threshold):
                    self.signs[code].threshold = threshold
                    self.assertEqual(self.signs[code].threshold, threshold)

    def test_threshold_unit_is_the_detectors(self):
        self.assertEqual(
            [self.signs[code].threshold_unit for code in ("S1", "S2", "S4", "S6")],
            ["days", "count", "percent", "days"],
        )

    def test_weight_lies_between_zero_and_one_hundred(self):
        for weight in (-1, 101):
            with (
                self.subTest(weight=weight),
                mute_logger("odoo.sql_db"),
                self.assertRaises(CheckViolation),
                self.env.cr.savepoint(),
            ):
                self.signs["S1"].weight = weight
                self.signs["S1"].flush_recordset()

    def test_weights_cannot_all_be_zero(self):
        first, *others = self.signs.values()
        for sign in others:
            sign.weight = 0
        self._assert_refused(first, {"weight": 0}, "weigh nothing")
        self._assert_refused(first, {"active": False}, "weigh nothing")

    def test_last_sign_with_points_cannot_be_deleted(self):
        for code in ("S1", "S2", "S4"):
            self.signs[code].weight = 0
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            self.signs["S6"].unlink()

    def test_shared_weights_are_checked_for_every_company(self):
        """Another company uses the shared signs only; they must not all be zero."""
        self.shared_signs.active = True
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            self.shared_signs.weight = 0

    def test_all_signs_may_be_switched_off(self):
        for sign in self.signs.values():
            sign.active = False
        self.assertFalse(self.env["winback.sign"]._get_signs_in_force(self.company))

    # detectors and words

    def test_unknown_detector_is_refused(self):
        for detector in ("winback.sign.unknown", "res.partner", "winback.detector"):
            with self.subTest(detector=detector):
                self._assert_refused(
                    self.signs["S1"],
                    {"detector": detector},
                    f"no detector called “{detector}” is installed",
                )

    def test_detector_of_missing_figures_is_refused(self):
        detector = type(self.env["winback.sign.no_inquiry"])
        self.patch(detector, "_fact_columns", ("last_inquiry_date", "moon_phase"))
        self._assert_refused(self.signs["S1"], {"threshold": 30}, "moon_phase")

    def test_unknown_placeholder_is_refused(self):
        for name in ("explanation", "explanation_fallback"):
            with self.subTest(name=name):
                self._assert_refused(
                    self.signs["S1"], {name: "Silent for {dayz} days"}, "{dayz}"
                )

    def test_unknown_placeholder_names_the_known_ones(self):
        self._assert_refused(
            self.signs["S1"],
            {"explanation": "{dayz}"},
            "Known here: days, last_inquiry, last_inquiry_date",
        )

    def test_unreadable_explanation_is_refused(self):
        for text in ("{days", "days}", "{}", "{days!r}", "{days:>10}", "{days.real}"):
            with self.subTest(text=text):
                self._assert_refused(self.signs["S1"], {"explanation": text}, "explanation")

    def test_explanation_without_figures_is_accepted(self):
        self.signs["S1"].explanation = "Silent {{for long}}"
        self.assertEqual(self.signs["S1"].explanation, "Silent {{for long}}")

    def test_unknown_placeholder_in_another_language_is_refused(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        french = self.signs["S1"].with_context(lang="fr_FR")
        self._assert_refused(french, {"explanation": "Depuis {jours} jours"}, "{jours}")

    def test_unknown_placeholder_in_the_translation_dialog_is_refused(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        with self.assertRaisesRegex(ValidationError, "{jours}"), self.env.cr.savepoint():
            self.signs["S1"].update_field_translations(
                "explanation", {"fr_FR": "Depuis {jours} jours"}
            )

    # companies

    def test_code_is_unique_in_a_company(self):
        sign = self.signs["S1"]
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(UniqueViolation) as error,
            self.env.cr.savepoint(),
        ):
            sign.copy()
        self.assertIn(
            "There is already a sign with this code for the same company.",
            str(self.env["winback.sign"]._sql_error_to_message(error.exception)),
        )

    def test_code_is_unique_among_the_shared(self):
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(UniqueViolation),
            self.env.cr.savepoint(),
        ):
            self.shared_signs[0].copy()

    def test_companys_own_sign_replaces_the_shared_one(self):
        shared = self.shared_signs.filtered(lambda sign: sign.code == "S1")
        shared.active = True
        in_force = self.env["winback.sign"]._get_signs_in_force(self.company)
        self.assertIn(self.signs["S1"], in_force)
        self.assertNotIn(shared, in_force)

    def test_own_sign_means_nothing_to_other_companies(self):
        other = self._create_company("Other Company")
        shared = self.shared_signs.filtered(lambda sign: sign.code == "S1")
        shared.active = True
        in_force = self.env["winback.sign"]._get_signs_in_force(other)
        self.assertEqual(in_force, shared)

    def test_own_sign_switched_off_is_off_for_its_company_only(self):
        other = self._create_company("Other Company")
        shared = self.shared_signs.filtered(lambda sign: sign.code == "S1")
        shared.active = True
        self.signs["S1"].active = False
        in_force = self.env["winback.sign"]._get_signs_in_force
        self.assertNotIn("S1", in_force(self.company).mapped("code"))
        self.assertIn("S1", in_force(other).mapped("code"))

    def test_own_threshold_decides(self):
        self.signs["S1"].threshold = 30
        customer = self._create_customer()
        self._create_order(customer, 40)
        self.assertTrue(self._get_evidence(customer, "S1"))
        self.signs["S1"].threshold = 41
        self.assertFalse(self._get_evidence(customer, "S1"))

    def test_sign_switched_off_leaves_no_evidence(self):
        customer = self._create_customer()
        self._create_order(customer, 95)
        self.assertTrue(self._get_evidence(customer, "S1"))
        self.signs["S1"].active = False
        self.assertFalse(self._get_evidence(customer, "S1"))

    def test_adjust_for_company_copies_once(self):
        other = self._create_company("Other Company")
        shared = self.shared_signs.filtered(lambda sign: sign.code == "S1")
        shared.active = True
        action = shared.with_company(other).action_adjust_for_company()
        own = self.env["winback.sign"].browse(action["res_id"])
        self.assertEqual((own.company_id, own.code, own.name), (other, "S1", shared.name))
        self.assertEqual(own.threshold, shared.threshold)
        self.assertEqual(self.env["winback.sign"]._get_signs_in_force(other), own)
        again = shared.with_company(other).action_adjust_for_company()
        self.assertEqual(again["res_id"], own.id)

    def test_adjust_for_company_finds_the_switched_off_one(self):
        shared = self.shared_signs.filtered(lambda sign: sign.code == "S1")
        self.signs["S1"].active = False
        action = shared.action_adjust_for_company()
        self.assertEqual(action["res_id"], self.signs["S1"].id)

    # settings

    def test_settings_must_make_sense(self):
        for name, value in (
            ("winback_recent_days", 0),
            ("winback_recent_days", 366),
            ("winback_one_off_days", 0),
            ("winback_lost_min_days", -1),
            ("winback_lost_gap_factor", 0.5),
            ("winback_lost_max_days", 179),
            ("winback_watch_days", 0),
            ("winback_risk_score", 0),
            ("winback_risk_score", 101),
            ("winback_min_potential", -1),
        ):
            with (
                self.subTest(name=name, value=value),
                self.assertRaisesRegex(ValidationError, "must lie between"),
                self.env.cr.savepoint(),
            ):
                self.company[name] = value

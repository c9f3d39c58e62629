from datetime import date

from odoo.tests import BaseCase, tagged

from ..tools.backtest import (
    get_auc,
    get_best_days,
    get_brier,
    get_calibration_error,
    get_curve,
    get_cutoffs,
    get_grade,
    get_lead_days,
    get_matching_threshold,
    get_mean,
    get_outcome,
    get_reliability,
)

# (value, lost, kept): 4 lost, 6 kept
TALLY = [(10, 0, 3), (20, 1, 2), (30, 1, 1), (40, 2, 0)]


@tagged("post_install", "-at_install")
class TestBacktestTools(BaseCase):
    """The figures of the back-test on examples small enough to calculate by hand."""

    def test_auc_counts_pairs_and_half_of_ties(self):
        # of 4 x 6 pairs: at 20, 3 below and 2 beside; at 30, 5 and 1; at 40, 6 twice
        won = (3 + 2 / 2) + (5 + 1 / 2) + 2 * 6
        self.assertAlmostEqual(get_auc(TALLY), won / 24)

    def test_auc_does_not_depend_on_the_order_of_rows(self):
        self.assertEqual(get_auc(TALLY[::-1]), get_auc(TALLY))

    def test_auc_of_equal_values_is_chance(self):
        self.assertEqual(get_auc([(5, 3, 7)]), 0.5)

    def test_auc_perfect_and_reversed(self):
        self.assertEqual(get_auc([(1, 0, 2), (2, 2, 0)]), 1)
        self.assertEqual(get_auc([(1, 2, 0), (2, 0, 2)]), 0)

    def test_auc_without_losses_or_without_returns_is_unknown(self):
        for tally in ([], [(1, 0, 5)], [(1, 5, 0)]):
            self.assertIsNone(get_auc(tally))

    def test_auc_equals_the_count_of_all_pairs(self):
        tally = [(v % 7, v % 3, v % 5) for v in range(1, 40)]
        lost = [v for v, count, _kept in tally for _one in range(count)]
        kept = [v for v, _lost, count in tally for _one in range(count)]
        won = sum((a > b) + (a == b) / 2 for a in lost for b in kept)
        self.assertAlmostEqual(get_auc(tally), won / len(lost) / len(kept))

    def test_outcome_at_a_threshold_includes_the_threshold(self):
        outcome = get_outcome(TALLY, 20)
        self.assertEqual((outcome.flagged, outcome.rightly, outcome.missed), (7, 4, 0))
        self.assertEqual(outcome.wrongly, 3)
        self.assertAlmostEqual(outcome.precision, 4 / 7)
        self.assertEqual(outcome.recall, 1)
        outcome = get_outcome(TALLY, 20.5)
        self.assertEqual((outcome.flagged, outcome.rightly, outcome.missed), (4, 3, 1))

    def test_outcome_of_nothing_has_no_shares(self):
        outcome = get_outcome([], 1)
        self.assertIsNone(outcome.precision)
        self.assertIsNone(outcome.recall)

    def test_curve_tells_flagged_rightly_and_missed(self):
        self.assertEqual(
            get_curve(TALLY, [0, 30, 41]), [[0, 10, 4, 0], [30, 4, 3, 1], [41, 0, 0, 4]]
        )

    def test_brier_is_the_mean_square_of_the_error(self):
        # .8: 1 lost, 1 kept; .1: 2 kept
        tally = [(0.8, 1, 1), (0.1, 0, 2)]
        self.assertAlmostEqual(get_brier(tally), (0.04 + 0.64 + 2 * 0.01) / 4)
        self.assertIsNone(get_brier([]))

    def test_reliability_has_mean_said_and_share_lost_by_bin(self):
        tally = [(0.82, 3, 1), (0.88, 1, 1), (0.3, 1, 3), (1.0, 2, 0)]
        rows = get_reliability(tally)
        self.assertEqual([row[:3] for row in rows], [[0.3, 0.4, 4], [0.8, 0.9, 6], [0.9, 1.0, 2]])
        self.assertAlmostEqual(rows[1][3], (4 * 0.82 + 2 * 0.88) / 6)
        self.assertAlmostEqual(rows[1][4], 4 / 6)

    def test_calibration_error_weighs_bins_by_their_customers(self):
        tally = [(0.85, 4, 4), (0.25, 1, 1)]
        self.assertAlmostEqual(get_calibration_error(tally), (8 * 0.35 + 2 * 0.25) / 10)
        self.assertAlmostEqual(get_calibration_error([(0.75, 3, 1)]), 0)
        self.assertIsNone(get_calibration_error([]))

    def test_matching_threshold_has_at_most_as_many_false_alarms(self):
        self.assertEqual(get_matching_threshold(TALLY, 0), 40)
        self.assertEqual(get_matching_threshold(TALLY, 1), 30)
        self.assertEqual(get_matching_threshold(TALLY, 2), 30)
        self.assertEqual(get_matching_threshold(TALLY, 3), 20)
        self.assertEqual(get_matching_threshold(TALLY, 99), 10)
        self.assertIsNone(get_matching_threshold([(1, 5, 2)], 1))

    def test_best_days_separate_best(self):
        # from 46 on: 3 of 4 lost and 1 of 6 kept (.58); from 30 on: 4 of 4 and 3 of 6 (.50);
        # from 61 on: 2 of 4 and 1 of 6 (.33)
        tally = [(5, 0, 3), (45, 1, 2), (60, 1, 0), (100, 2, 1)]
        # flagged from 46 to 60 are the same; the smallest number is the answer
        self.assertEqual(get_best_days(tally), 46)

    def test_best_days_lie_between_30_and_365(self):
        self.assertEqual(get_best_days([(3, 0, 5), (10, 5, 0)]), 30)
        self.assertEqual(get_best_days([(300, 0, 5), (900, 5, 0)]), 301)
        self.assertEqual(get_best_days([(366, 0, 5), (900, 5, 0)]), 30)

    def test_best_days_need_losses_and_returns(self):
        for tally in ([], [(40, 3, 0)], [(40, 0, 3)]):
            self.assertIsNone(get_best_days(tally))

    def test_lead_compares_silences_that_both_flagged(self):
        own = {"a": date(2026, 1, 31), "b": date(2026, 3, 31), "c": date(2026, 1, 31)}
        rule = {"a": date(2026, 2, 28), "b": date(2026, 2, 28), "d": date(2026, 1, 31)}
        days, silences = get_lead_days(own, rule)
        self.assertEqual((days, silences), ((28 - 31) / 2, 2))
        self.assertEqual(get_lead_days(own, {}), (None, 0))

    def test_grades_at_their_limits(self):
        grades = {0.05: "A", 0.0499: "B", 0.02: "B", 0.0199: "C", 0: "C", -0.005: "C", -0.006: "D"}
        for advantage, grade in grades.items():
            with self.subTest(advantage=advantage):
                self.assertEqual(get_grade(advantage, 50, 50), grade)
        self.assertEqual(get_grade(0.75 - 0.70, 50, 50), "A")

    def test_grade_needs_enough_customers(self):
        self.assertEqual(get_grade(0.1, 10, 10), "A")
        for advantage, lost, kept in ((0.1, 9, 99), (0.1, 99, 9), (0.1, 0, 0), (None, 99, 99)):
            self.assertIsNone(get_grade(advantage, lost, kept))

    def test_cutoffs_leave_the_horizon(self):
        days = get_cutoffs(date(2026, 1, 1), date(2026, 12, 31), 30, date(2026, 4, 29))
        self.assertEqual(days, [date(2026, 1, 31), date(2026, 2, 28)])
        days = get_cutoffs(date(2026, 1, 31), date(2026, 3, 30), 30, date(2026, 4, 30))
        self.assertEqual(days, [date(2026, 1, 31), date(2026, 2, 28)])
        # the horizon ends today: its last day is over when the day is
        days = get_cutoffs(date(2026, 3, 1), date(2026, 12, 31), 30, date(2026, 4, 30))
        self.assertEqual(days, [date(2026, 3, 31)])
        self.assertEqual(get_cutoffs(date(2026, 4, 1), date(2026, 5, 1), 30, date(2026, 4, 30)), [])
        self.assertEqual(
            get_cutoffs(date(2023, 12, 5), date(2024, 2, 29), 7, date(2026, 1, 1)),
            [date(2023, 12, 31), date(2024, 1, 31), date(2024, 2, 29)],
        )

    def test_mean_leaves_out_what_is_unknown(self):
        self.assertEqual(get_mean([1, None, 3]), 2)
        self.assertIsNone(get_mean([None]))

from importlib.util import module_from_spec, spec_from_file_location

from odoo.tests import tagged
from odoo.tools.misc import file_path

from .common import WinbackCase

MIGRATION = "winback_lost_customers/migrations/19.0.1.3.0/post-weights.py"


@tagged("post_install", "-at_install")
class TestPoints(WinbackCase):
    """Signs give more points the surer they are, and none where another judges better."""

    thresholds = {**WinbackCase.thresholds, "B1": 5}
    weights = {**WinbackCase.weights, "B1": 100}

    def _create_model(self, **values):
        return self.env["winback.model"].create(
            {
                "company_id": self.company.id, "date": self.today, "horizon_days": 90, "r": 0.8,
                "alpha": 60, "a": 0.6, "b": 2.5, "k": 1, "gap_prior": 41.5, "speaks": True, **values,
            }
        )  # fmt: skip

    def _create_bought(self, *days):
        customer = self._create_customer()
        self._create_orders(customer, days)
        return customer

    def _get_points(self, customer):
        """Return {code: points} of the evidence that the last run left."""
        return {e.sign_id.code: e.weight for e in self._get_status(customer).evidence_ids}

    def test_overdue_order_gives_half_at_first_and_all_at_the_loss(self):
        """Overdue from the 91st day, lost on the 180th."""
        first, middle, last = (self._create_bought(days + 30, days) for days in (91, 136, 180))
        self._run()
        points = [self._get_points(customer)["S6"] for customer in (first, middle, last)]
        self.assertEqual(points, [50, 75, 100])

    def test_points_move_in_steps(self):
        """So most nights rewrite no row."""
        customers = [self._create_bought(days + 30, days) for days in range(91, 181)]
        self._run()
        points = [self._get_points(customer)["S6"] for customer in customers]
        self.assertEqual(points, sorted(points))
        self.assertEqual(set(points), set(range(50, 101, 5)))

    def test_slight_signs_are_left_out_of_lists(self):
        """Below a fifth of the sign's points, and not exactly at it."""
        customer = self._create_bought(120, 91)
        self._run()
        evidence = self._get_status(customer).evidence_ids.filtered(lambda e: e.sign_id.code == "S6")
        for weight, slight, color in ((0, True, 0), (19, True, 0), (20, False, 0), (50, False, 3)):
            with self.subTest(weight=weight):
                self._set_columns(evidence, weight=weight)
                self.assertEqual(evidence.is_slight, slight)
                self.assertEqual(bool(evidence.color), bool(color))

    def test_unusual_silence_gives_the_probability_that_its_words_name(self):
        self._create_model()
        customer = self._create_bought(90, 80, 70, 60, 50)
        evidence = self._get_evidence(customer, "B1")
        chance = 100 * self._get_status(customer).p_silence
        self.assertEqual(evidence.weight, 5 * round(chance / 5))
        self.assertTrue(0 < evidence.weight < 100, evidence.weight)
        self.assertIn(f"about {evidence.weight} last until", evidence.explanation)
        self.signs["B1"].weight = 40
        self.assertEqual(self._get_evidence(customer, "B1").weight, round(0.4 * 5 * round(chance / 5)))

    def test_signs_of_silence_give_no_points_where_the_model_judges(self):
        self._create_model()
        known, unknown = self._create_bought(160, 140, 120), self._create_bought(140, 120)
        self._run()
        self.assertGreater(self._get_points(known).pop("B1"), 0)
        self.assertEqual((self._get_points(known)["S1"], self._get_points(known)["S6"]), (0, 0))
        self.assertEqual(self._get_points(unknown), {"S1": 20, "S6": 65}, "too few purchases")

    def test_score_is_the_sum_of_the_points_shown(self):
        self._create_model()
        customers = [self._create_bought(days + 40, days + 20, days) for days in (5, 60, 95, 120)]
        self._run()
        for customer in customers:
            points = self._get_points(customer)
            self.assertEqual(self._get_status(customer).score, min(100, sum(points.values())), points)

    def test_no_points_are_explained(self):
        self._create_model()
        customer = self._create_bought(160, 140, 120)
        self.assertIn("No points: the same silence is judged by “Unusual silence”",
                      self._get_evidence(customer, "S6").explanation)  # fmt: skip

    def test_nobody_is_superseded_while_the_model_is_silent(self):
        self._create_model(speaks=False)
        customer = self._create_bought(160, 140, 120)
        evidence = self._get_evidence(customer, "S6")
        self.assertEqual(evidence.weight, 65)
        self.assertNotIn("No points", evidence.explanation)

    def test_nobody_is_superseded_by_a_sign_without_points(self):
        self._create_model()
        self.signs["B1"].weight = 0
        customer = self._create_bought(160, 140, 120)
        self.assertEqual(self._get_evidence(customer, "S6").weight, 65)

    def test_migration_changes_the_delivered_numbers_only(self):
        self.signs["S4"].weight = 50
        self.signs["S6"].weight = 30
        self.signs["B1"].write({"weight": 80, "threshold": 50})
        own = self.signs["S4"].copy({"code": "S4X", "weight": 35})
        self._migrate()
        weights = [self.signs[code].weight for code in ("S4", "S6", "B1")]
        self.assertEqual((weights, own.weight), ([10, 60, 100], 35))
        self.assertEqual(self.signs["B1"].threshold, 5)

    def test_migration_lets_all_customers_be_evaluated_soon(self):
        self._run()
        self._migrate()
        self.assertFalse(self.company.winback_run_date)

    def _migrate(self):
        spec = spec_from_file_location("post_weights", file_path(MIGRATION))
        migration = module_from_spec(spec)
        spec.loader.exec_module(migration)
        self.env.flush_all()
        migration.migrate(self.env.cr, "19.0.1.1.0")
        self.env.flush_all()
        self.env.invalidate_all()

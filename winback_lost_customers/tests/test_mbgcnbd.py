import csv
import gzip
from datetime import date
from math import log

from odoo.tests import BaseCase
from odoo.tools import file_open

from ..tools.mbgcnbd import (
    Parameters,
    fit,
    fit_regularity,
    get_expected_purchase,
    get_expected_purchases,
    get_p_alive,
    get_p_no_purchase,
    get_p_silence,
    get_silence,
    in_unit,
)

WEEK = 7  # days

# k, x, tx -> P(alive), P(no purchase in 90), P(silence reaches 180), at t = 365 with
# r = .8, alpha = 60, a = .6, b = 2.5: the table of the project's models.md
PUBLISHED = {
    (1, 0, 0): (0.465286, 0.933725, None),
    (1, 1, 200): (0.706626, 0.793451, 0.957231),
    (1, 5, 300): (0.826786, 0.444588, 0.379356),
    (1, 5, 360): (0.921078, 0.381244, 0.203567),
    (1, 20, 300): (0.542857, 0.467133, 0.460870),
    (2, 1, 200): (0.754619, 0.749306, 0.949318),
    (2, 5, 300): (0.846618, 0.323862, 0.263958),
    (2, 20, 300): (0.237175, 0.762997, 0.762853),
    (2, 20, 360): (0.971627, 0.030584, 0.028380),
}


def read_customers(path, end):
    """Return (x, tx, t, litt) in weeks of each customer's purchases until `end`."""
    days = {}
    with file_open(path, "rb") as file, gzip.open(file, "rt") as lines:
        for row in csv.DictReader(lines):
            day = date.fromisoformat(row["date"])
            if row["cancelled"] == "0" and day <= end:
                days.setdefault(row["customer_id"], set()).add(day)
    return [get_row(sorted(purchases), end) for purchases in days.values()]


def get_row(days, end):
    """Return (x, tx, t, litt) in weeks of one customer's purchase `days`."""
    gaps = [(b - a).days / WEEK for a, b in zip(days, days[1:], strict=False)]
    lasted = (days[-1] - days[0]).days / WEEK
    return len(gaps), lasted, (end - days[0]).days / WEEK, sum(map(log, gaps))


class TestMbgCnbd(BaseCase):
    def test_probabilities_are_the_published_ones(self):
        for (k, x, tx), (alive, no_purchase, silence) in PUBLISHED.items():
            parameters = Parameters(0.8, 60, 0.6, 2.5, k)
            with self.subTest(k=k, x=x, tx=tx):
                self.assertAlmostEqual(get_p_alive(parameters, x, tx, 365), alive, 6)
                found = get_p_no_purchase(parameters, x, tx, 365, 90)
                self.assertAlmostEqual(found, no_purchase, 6)
                if silence:
                    found = get_p_silence(parameters, x, tx, 365, 180)
                    self.assertAlmostEqual(found, silence, 6)

    def test_bgnbd_is_the_published_one(self):
        parameters = Parameters(0.2426, 4.4136, 0.7929, 2.4258, is_modified=False)
        self.assertAlmostEqual(get_p_alive(parameters, 2, 30.43, 38.86), 0.7266, 4)
        self.assertAlmostEqual(get_p_alive(parameters, 1, 15, 38.86), 0.5305, 4)
        expected = get_expected_purchases(parameters, 2, 30.43, 38.86, 39)
        self.assertAlmostEqual(expected, 1.226, 3)

    def test_expected_purchases_are_known_for_bgnbd_only(self):
        with self.assertRaises(ValueError):
            get_expected_purchases(Parameters(0.8, 60, 0.6, 2.5), 1, 10, 20, 30)

    def test_silence_already_reached_is_certain(self):
        parameters = Parameters(0.8, 60, 0.6, 2.5)
        self.assertEqual(get_p_silence(parameters, 5, 100, 280, 180), 1)
        self.assertLess(get_p_silence(parameters, 5, 100, 279, 180), 1)

    def test_probability_of_no_purchase_grows_with_silence_and_falls_with_horizon(self):
        parameters = Parameters(1.3, 20, 0.4, 0.8, 2)
        silent = [get_p_no_purchase(parameters, 8, 200, t, 90) for t in range(200, 900, 50)]
        self.assertEqual(silent, sorted(silent))
        ahead = [get_p_no_purchase(parameters, 8, 200, 260, h) for h in range(0, 400, 40)]
        self.assertEqual(ahead, sorted(ahead, reverse=True))
        self.assertEqual(ahead[0], 1)

    def test_extremes_stay_probabilities(self):
        parameters = Parameters(0.5, 0.01, 0.001, 50, 6)
        for x, tx, t in ((0, 0, 0), (0, 0, 36500), (5000, 30, 36500), (1, 1, 1)):
            with self.subTest(x=x, tx=tx, t=t):
                for found in (
                    get_p_alive(parameters, x, tx, t),
                    get_p_no_purchase(parameters, x, tx, t, 90),
                    get_p_silence(parameters, x, tx, t, 180),
                ):
                    self.assertTrue(0 <= found <= 1)

    def test_expected_purchase_halves_the_silence(self):
        parameters = Parameters(1.3, 20, 0.4, 0.8, 2)
        days = get_expected_purchase(parameters, 8, 200, 210)
        now = get_silence(parameters, 8, 200, 210)
        self.assertGreater(get_silence(parameters, 8, 200, 210 + days - 1), now / 2)
        self.assertLessEqual(get_silence(parameters, 8, 200, 210 + days), now / 2)

    def test_expected_purchase_beyond_the_limit_is_unknown(self):
        slow = Parameters(0.01, 60, 0.6, 2.5)
        self.assertIsNone(get_expected_purchase(slow, 0, 0, 365))

    def test_unit_of_time_does_not_matter(self):
        weeks = Parameters(1.3, 2.8, 0.4, 0.8, 2)
        days = in_unit(weeks, WEEK)
        self.assertAlmostEqual(
            get_p_no_purchase(weeks, 8, 30, 35, 13),
            get_p_no_purchase(days, 8, 210, 245, 91),
            9,
        )


class TestMbgCnbdFit(BaseCase):
    """Fader and Hardie's 1/10 sample of CDNOW, calibrated to 1997-09-30, in weeks."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        path = "winback_lost_customers/tests/data/cdnow_sample.csv.gz"
        cls.rows = read_customers(path, date(1997, 9, 30))

    def _assert_parameters(self, found, **expected):
        for name, value in expected.items():
            self.assertAlmostEqual(getattr(found.parameters, name), value, delta=0.001)

    def test_sample_is_the_published_one(self):
        self.assertEqual(len(self.rows), 2357)
        self.assertEqual(sum(row[0] for row in self.rows), 2457)

    def test_fit_of_bgnbd_is_the_published_one(self):
        found = fit_regularity(self.rows, 1, is_modified=False)
        self._assert_parameters(found, r=0.2426, alpha=4.4136, a=0.7929, b=2.4258)
        self.assertAlmostEqual(found.log_likelihood, -9582.43, delta=0.01)

    def test_fit_of_mbgnbd_is_the_published_one(self):
        found = fit_regularity(self.rows, 1)
        self._assert_parameters(found, r=0.5248, alpha=6.1831, a=0.8914, b=1.6140)
        self.assertAlmostEqual(found.log_likelihood, -9582.14, delta=0.01)
        self.assertEqual(found.sample_size, 2357)

    def test_fit_stops_where_the_likelihood_drops(self):
        self.assertEqual(fit(self.rows[::4]).parameters.k, 1)

    def test_fit_without_a_second_purchase_says_so(self):
        with self.assertRaises(ValueError):
            fit([(0, 0, 10, 0), (0, 0, 20, 0)])

import math
import random
from statistics import fmean, variance

from odoo.tests import BaseCase

from ..tools import calculator, uplift

SIZE = 2000  # customers of a simulated campaign
RUNS = 1000


class TestIntervals(BaseCase):
    def test_newcombe_gives_the_published_intervals(self):
        # Newcombe (1998), table II, method 10
        for counts, low, high in (
            ((56, 70, 48, 80), 0.0524, 0.3339),
            ((9, 10, 3, 10), 0.1705, 0.8090),
            ((10, 10, 0, 20), 0.6791, 1.0),
            ((10, 10, 0, 10), 0.6075, 1.0),
        ):
            with self.subTest(counts=counts):
                interval = uplift.newcombe_interval(*counts)
                self.assertAlmostEqual(interval.low, low, places=4)
                self.assertAlmostEqual(interval.high, high, places=4)

    def test_newcombe_knows_nothing_about_an_empty_group(self):
        self.assertIsNone(uplift.newcombe_interval(0, 0, 3, 10))
        self.assertIsNone(uplift.newcombe_interval(3, 10, 0, 0))

    def test_newcombe_is_unsure_where_nobody_returned(self):
        interval = uplift.newcombe_interval(0, 10, 0, 10)
        self.assertEqual(interval.estimate, 0)
        self.assertLess(interval.low, -0.2)
        self.assertGreater(interval.high, 0.2)

    def test_t_quantiles_are_the_published_ones(self):
        for freedom, value in (
            (1, 12.7062),
            (2, 4.3027),
            (3, 3.1824),
            (5, 2.5706),
            (10, 2.2281),
            (30, 2.0423),
            (120, 1.9799),
            (1e6, 1.9600),
        ):
            with self.subTest(freedom=freedom):
                self.assertAlmostEqual(uplift.t_quantile(0.975, freedom), value, places=4)
        self.assertAlmostEqual(uplift.t_quantile(0.005, 5), -4.0321, places=4)
        self.assertAlmostEqual(uplift.t_quantile(0.9995, 4), 8.6103, places=4)

    def test_t_quantile_inverts_the_distribution_between_whole_degrees(self):
        for freedom in (1.5, 2.7, 17.32, 250.01):
            value = uplift.t_quantile(0.9, freedom)
            self.assertAlmostEqual(uplift.t_cdf(value, freedom), 0.9, places=9)

    def test_welch_gives_a_known_interval(self):
        # Welch's own degrees of freedom here are 27.88, so t is 2.0488
        a = [27.5, 21.0, 19.0, 23.6, 17.0, 17.9, 16.9, 20.1, 21.9, 22.6, 23.1, 19.6, 19.0, 21.7, 21.4]
        b = [27.1, 22.0, 20.8, 23.4, 23.4, 23.5, 25.8, 22.0, 24.8, 20.2, 21.9, 22.1, 22.9, 30.8, 24.3]
        interval = uplift.welch_interval(fmean(a), variance(a), 15, fmean(b), variance(b), 15)
        self.assertAlmostEqual(interval.estimate, fmean(a) - fmean(b))
        spread = (variance(a) / 15 + variance(b) / 15) ** 0.5
        self.assertAlmostEqual((interval.high - interval.low) / 2 / spread, 2.0488, places=3)

    def test_welch_says_nothing_without_scatter_or_with_single_values(self):
        self.assertIsNone(uplift.welch_interval(1, 0, 10, 1, 0, 10))
        self.assertIsNone(uplift.welch_interval(1, 2, 1, 1, 2, 10))


class TestSizes(BaseCase):
    def test_sizes_needed_are_those_of_the_method_paper(self):
        for rates, share, size in (
            ((0.10, 0.20), 0.5, 398),
            ((0.10, 0.20), 0.9, 1182),
            ((0.05, 0.08), 0.5, 2118),
            ((0.05, 0.08), 0.9, 6240),
        ):
            with self.subTest(rates=rates, share=share):
                self.assertEqual(uplift.required_size(*rates, share), size)

    def test_no_effect_needs_no_size(self):
        self.assertIsNone(uplift.required_size(0.1, 0.1))
        self.assertIsNone(uplift.required_size(0.1, 0.2, treated_share=1))

    def test_detectable_rate_is_the_other_side_of_the_size_needed(self):
        self.assertAlmostEqual(uplift.detectable_rate(0.1, 199, 199), 0.2, places=3)
        self.assertAlmostEqual(uplift.detectable_rate(0.05, 5616, 624), 0.08, places=3)

    def test_too_few_customers_show_no_effect_at_all(self):
        self.assertIsNone(uplift.detectable_rate(0.5, 2, 2))
        self.assertIsNone(uplift.detectable_rate(0.1, 10, 0))
        self.assertIsNone(uplift.detectable_rate(1, 10, 10))

    def test_split_is_the_smallest_control_group_that_is_enough(self):
        self.assertEqual(uplift.propose_split(1182, 0.1, 0.2), (0.1, True))
        self.assertEqual(uplift.propose_split(1181, 0.1, 0.2), (0.15, True))
        self.assertEqual(uplift.propose_split(398, 0.1, 0.2), (0.5, True))
        self.assertEqual(uplift.propose_split(397, 0.1, 0.2), (0.5, False))


class TestDraw(BaseCase):
    def test_draw_is_repeated_by_its_seed_and_by_no_other(self):
        strata = {1: list(range(100)), 2: list(range(100, 160))}
        drawn = uplift.draw_control(strata, 0.3, 7)
        shuffled = {2: list(range(159, 99, -1)), 1: list(range(99, -1, -1))}
        self.assertEqual(drawn, uplift.draw_control(shuffled, 0.3, 7))
        self.assertNotEqual(drawn, uplift.draw_control(strata, 0.3, 8))

    def test_each_stratum_gives_its_share(self):
        strata = {1: range(100), 2: range(100, 160), 3: range(160, 163)}
        drawn = uplift.draw_control(strata, 0.3, 7)
        counts = [len(drawn & set(ids)) for ids in strata.values()]
        self.assertEqual(counts, [30, 18, 1])

    def test_small_strata_are_not_all_rounded_down(self):
        drawn = uplift.draw_control({key: [2 * key, 2 * key + 1] for key in range(10)}, 0.2, 1)
        self.assertEqual(len(drawn), 4)

    def test_each_group_gets_somebody(self):
        self.assertEqual(len(uplift.draw_control({0: [1, 2]}, 0.1, 1)), 1)
        self.assertEqual(len(uplift.draw_control({0: [1, 2]}, 0.9, 1)), 1)
        self.assertEqual(uplift.draw_control({0: [1]}, 0.5, 1), set())
        self.assertEqual(uplift.draw_control({0: [1, 2, 3]}, 0, 1), set())
        self.assertEqual(uplift.draw_control({}, 0.5, 1), set())


class TestCalculator(BaseCase):
    plan = calculator.Plan(
        size=100, rate_control=0.1, rate_treated=0.2, value=300, contact_cost=5, offer_cost=50
    )

    def test_profit_is_the_margin_of_extra_returns_less_all_costs(self):
        self.assertAlmostEqual(calculator.get_extra_returns(self.plan), 10)
        self.assertAlmostEqual(calculator.get_cost(self.plan), 100 * 5 + 20 * 50)
        self.assertAlmostEqual(calculator.get_profit(self.plan), 10 * 300 - 1500)
        self.assertAlmostEqual(calculator.get_cost_per_return(self.plan), 150)
        self.assertIsNone(calculator.get_cost_per_return(self.plan._replace(rate_treated=0.1)))
        self.assertAlmostEqual(calculator.get_liability(self.plan), 5000)

    def test_nothing_is_won_or_lost_at_the_break_even_rate(self):
        rate = calculator.get_break_even_rate(self.plan)
        self.assertAlmostEqual(calculator.get_profit(self.plan._replace(rate_treated=rate)), 0)

    def test_no_rate_pays_for_an_offer_dearer_than_a_return(self):
        self.assertIsNone(calculator.get_break_even_rate(self.plan._replace(offer_cost=300)))
        self.assertIsNone(calculator.get_break_even_rate(self.plan._replace(contact_cost=400)))

    def test_nothing_is_won_or_lost_when_the_ceiling_is_spent(self):
        self.assertAlmostEqual(calculator.get_budget_ceiling(self.plan), 3000)
        ceiling = calculator.get_contact_ceiling(self.plan)
        self.assertAlmostEqual(calculator.get_profit(self.plan._replace(contact_cost=ceiling)), 0)

    def test_there_is_no_budget_for_what_drives_customers_away(self):
        worse = self.plan._replace(rate_treated=0.05)
        self.assertEqual(calculator.get_budget_ceiling(worse), 0)
        self.assertEqual(calculator.get_contact_ceiling(worse), 0)
        self.assertEqual(calculator.get_contact_ceiling(self.plan._replace(size=0)), 0)


class TestSimulation(BaseCase):
    """Campaigns of 2,000 customers whose true effect is known, many times over."""

    def _simulate(self, seed, rate_control, rate_treated, control_share):
        """Yield the intervals of returns and of margin of each simulated campaign."""
        generator = random.Random(seed)
        control = round(SIZE * control_share)
        for _run in range(RUNS):
            counts, moments = [], []
            for size, rate in ((SIZE - control, rate_treated), (control, rate_control)):
                hits = sum(generator.random() < rate for _customer in range(size))
                margins = [generator.lognormvariate(5, 0.8) for _customer in range(hits)]
                counts += [hits, size]
                moments += self._get_moments(margins, size)
            yield uplift.newcombe_interval(*counts), uplift.welch_interval(*moments)

    def _get_moments(self, margins, size):
        """Return mean, variance and size of an arm whose other customers brought nothing."""
        mean = sum(margins) / size
        squares = sum((margin - mean) ** 2 for margin in margins) + (size - len(margins)) * mean**2
        return mean, squares / (size - 1), size

    def test_true_effect_is_inside_95_times_in_100(self):
        mean = math.exp(5 + 0.8**2 / 2)  # what a return brings
        for seed, control, treated, share in ((1, 0.1, 0.15, 0.5), (2, 0.05, 0.08, 0.25)):
            with self.subTest(control=control, treated=treated, share=share):
                returns = margins = 0
                for of_returns, of_margin in self._simulate(seed, control, treated, share):
                    returns += of_returns.low <= treated - control <= of_returns.high
                    margins += of_margin.low <= (treated - control) * mean <= of_margin.high
                self.assertTrue(0.93 <= returns / RUNS <= 0.97, returns / RUNS)
                self.assertTrue(0.93 <= margins / RUNS <= 0.97, margins / RUNS)

    def test_effect_is_seen_where_there_is_none_at_most_6_times_in_100(self):
        returns = margins = 0
        for of_returns, of_margin in self._simulate(3, 0.1, 0.1, 0.5):
            returns += not of_returns.low <= 0 <= of_returns.high
            margins += not of_margin.low <= 0 <= of_margin.high
        self.assertLessEqual(returns / RUNS, 0.06)
        self.assertLessEqual(margins / RUNS, 0.06)

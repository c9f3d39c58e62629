import random

from odoo.tests import BaseCase, tagged

from ..tools.nps import get_category, get_nps


@tagged("post_install", "-at_install")
class TestNps(BaseCase):
    def test_nps_categories_change_between_six_seven_and_eight_nine(self):
        names = [get_category(score) for score in range(11)]
        self.assertEqual(names, ["detractor"] * 7 + ["passive"] * 2 + ["promoter"] * 2)

    def test_nps_is_share_of_promoters_less_share_of_detractors(self):
        self.assertAlmostEqual(get_nps(6, 2, 2).score, 40)

    def test_nps_of_no_answers_is_none(self):
        self.assertIsNone(get_nps(0, 0, 0))

    def test_nps_of_few_alike_answers_is_not_certain(self):
        nps = get_nps(10, 0, 0)
        self.assertEqual((nps.score, nps.high), (100, 100))
        self.assertLess(nps.low, 80)

    def test_nps_is_surer_with_more_answers(self):
        few, many = get_nps(5, 3, 2), get_nps(500, 300, 200)
        self.assertLess(many.high - many.low, (few.high - few.low) / 5)

    def test_nps_lies_within_its_interval(self):
        rng = random.Random(1)
        for _number in range(500):
            counts = [rng.choice((0, 1, rng.randint(0, 5000))) for _category in range(3)]
            nps = get_nps(*counts)
            if nps:
                self.assertTrue(-100 <= nps.low <= nps.score <= nps.high <= 100, counts)

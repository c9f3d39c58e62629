from decimal import Decimal
from random import Random

from odoo.tests import TransactionCase
from odoo.tools import SQL

from ..tools.ranking import get_ranking_query


class TestRanking(TransactionCase):
    """A few values ranked among very many, against the plain definition."""

    def _rank(self, own, others, replaced=()):
        """Return {value: (better, total)} as the statement says it."""

        def _values(numbers):
            return SQL("SELECT unnest(%s::numeric[]) AS value", list(numbers))

        changes = SQL("SELECT value, -value AS change FROM (%s) r", _values(replaced))
        query = get_ranking_query(_values(own), _values([*others, *replaced]), changes)
        rows = self.env.execute_query(SQL("SELECT value, better, total FROM (%s) r", query))
        return {value: (better, total) for value, better, total in rows}

    def _get_expected(self, own, others):
        everybody = [value for value in (*own, *others) if value > 0]
        return {
            value: (sum(v for v in everybody if v > value), sum(everybody))
            for value in own
            if value > 0
        }

    def test_ranking_on_random_values(self):
        for seed in range(50):
            random = Random(seed)
            own, others, replaced = (
                [Decimal(random.randint(-20, 60)) / 4 for _ in range(random.randint(0, most))]
                for most in (12, 60, 12)
            )
            with self.subTest(seed=seed):
                self.assertEqual(self._rank(own, others, replaced), self._get_expected(own, others))

    def test_ranking_of_nobody(self):
        self.assertEqual(self._rank([], [1, 2]), {})
        self.assertEqual(self._rank([0, -1], [1, 2]), {})

    def test_ranking_without_others(self):
        self.assertEqual(self._rank([3, 3, 1], []), {3: (0, 7), 1: (6, 7)})

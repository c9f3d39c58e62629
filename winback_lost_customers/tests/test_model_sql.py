from datetime import timedelta
from math import log
from random import Random

from odoo.tests import BaseCase, tagged
from odoo.tools import SQL

from ..tools import mbgcnbd, stack
from .common import WinbackCase

COLUMNS = (
    "partner_id purchase_days first_order_date last_order_date gap_max amount_total "
    "amount_90 days_90 days_180 gap_recent"
).split()
TYPES = "integer integer date date integer numeric numeric integer integer float8".split()
EXTREMES = [  # purchase days, days from first to last, silent days
    (3, 0, 0),
    (3, 2, 0),
    (3, 2, 3649),
    (4000, 4000, 0),
    (4000, 4000, 3000),
    (1000, 1000, 1),
    (3, 7000, 1),
]
STACK = stack.Stack(
    means=(0.1, 3.0, 1.5, 0.2, 5.5, -0.3, 0.1, 0.4, 0.9, 0.05),
    scales=(1.2, 1.1, 0.9, 1.0, 0.8, 0.7, 0.3, 1.0, 1.1, 0.4),
    weights=(0.3, 0.9, 0.2, -0.4, 0.3, -0.1, -0.6, 0.2, -0.3, -0.2, 0.4),
)


@tagged("post_install", "-at_install")
class TestModelSql(WinbackCase):
    """The model in SQL says what the model in Python says."""

    def _create_model(self, k=1, **values):
        return self.env["winback.model"].create(
            {
                "company_id": self.company.id,
                "date": self.today,
                "horizon_days": 90,
                "r": 0.8,
                "alpha": 60,
                "a": 0.6,
                "b": 2.5,
                "k": k,
                "gap_prior": 41.5,
                **values,
            }
        )

    def _draw(self, count=300):
        """Return random customers and the extremes, as tuples of COLUMNS."""
        rng = Random(7)
        shapes = [
            (rng.randint(1, 60), rng.randint(1, 2000), rng.choice((0, rng.randint(0, 900))))
            for _customer in range(count)
        ]
        return [
            self._draw_customer(rng, number, *shape)
            for number, shape in enumerate(EXTREMES + shapes, 1)
        ]

    def _draw_customer(self, rng, number, purchase_days, tx, silent):
        last = self.today - timedelta(days=silent)
        first = last - timedelta(days=tx if purchase_days > 1 else 0)
        return (
            number,
            purchase_days,
            first,
            last,
            rng.randint(0, 500),
            round(rng.uniform(-50, 90000), 2),
            round(rng.uniform(-50, 9000), 2),
            rng.randint(0, 20),
            rng.randint(0, 40),
            rng.choice((None, rng.uniform(1, 300))) if purchase_days > 1 and tx else None,
        )

    def _score(self, model, rows):
        """Return what the SQL says of each of `rows`, by the number of the customer."""
        values = SQL(", ").join(SQL("(%s)", SQL(", ").join(SQL("%s", v) for v in row)) for row in rows)
        casts = SQL(", ").join(
            SQL("%s::%s AS %s", SQL.identifier(name), SQL(sql_type), SQL.identifier(name))
            for name, sql_type in zip(COLUMNS, TYPES, strict=True)
        )
        names = SQL(", ").join(SQL.identifier(name) for name in COLUMNS)
        query = SQL("SELECT %s FROM (VALUES %s) v (%s)", casts, values, names)
        self.engine._recreate("winback_run_base", query)
        source = self.env["winback.fact.model"]
        self.engine._recreate("winback_fact_model", source._get_query(self.company, self.today))
        return self._read_table("winback_fact_model")

    def _get_history(self, row):
        purchase_days, first, last = row[1:4]
        return purchase_days - 1, (last - first).days, (self.today - first).days

    def test_closed_form_sql_equals_python(self):
        for k in (1, 2, 3, 7, 12):
            model = self._create_model(k, date=self.today - timedelta(days=12 - k))
            parameters = model._get_parameters()
            rows = self._draw()
            scored = self._score(model, rows)
            for row in rows:
                if row[1] < 3:
                    continue
                x, tx, t = self._get_history(row)
                lost = min(730, max(180, -(-3 * row[4] // 2)))
                found = scored[row[0]]
                with self.subTest(k=k, row=row):
                    no_purchase = mbgcnbd.get_p_no_purchase(parameters, x, tx, t, 90)
                    self.assertAlmostEqual(found["p_no_purchase_raw"], no_purchase, 9)
                    self.assertEqual(found["p_no_purchase"], found["p_no_purchase_raw"])
                    silence = mbgcnbd.get_p_silence(parameters, x, tx, t, lost)
                    self.assertAlmostEqual(found["p_silence"], silence, 9)
                    days = mbgcnbd.get_expected_purchase(parameters, x, tx, t)
                    expected = days and self.today + timedelta(days=days)
                    self.assertEqual(found["expected_date"], expected)

    def test_published_values_in_sql(self):
        """The table of `models.md`: r=.8, alpha=60, a=.6, b=2.5, t=365."""
        table = [
            (1, 5, 300, 0.444588, 0.379356),
            (1, 5, 360, 0.381244, 0.203567),
            (1, 20, 300, 0.467133, 0.460870),
            (2, 5, 300, 0.323862, 0.263958),
            (2, 20, 300, 0.762997, 0.762853),
            (2, 20, 360, 0.030584, 0.028380),
        ]
        first = self.today - timedelta(days=365)
        for k, x, tx, no_purchase, silence in table:
            self.env["winback.model"].search([("company_id", "=", self.company.id)]).unlink()
            model = self._create_model(k)
            last = first + timedelta(days=tx)
            row = (1, x + 1, first, last, 0, 100, 10, 1, 1, None)
            found = self._score(model, [row])[1]
            with self.subTest(k=k, x=x, tx=tx):
                self.assertAlmostEqual(found["p_no_purchase"], no_purchase, 6)
                self.assertAlmostEqual(found["p_silence"], silence, 6)

    def test_two_purchase_days_have_no_probability(self):
        model = self._create_model()
        row = (1, 2, self._day(100), self._day(50), 50, 100, 10, 1, 1, 50.0)
        found = self._score(model, [row])[1]
        self.assertIsNone(found["p_no_purchase"])
        self.assertIsNone(found["p_silence"])
        self.assertIsNone(found["probability_source"])

    def test_stack_sql_equals_python(self):
        model = self._create_model(2, stack=vars(STACK))
        rows = self._draw()
        scored = self._score(model, rows)
        for row in rows:
            if row[1] < 3:
                continue
            with self.subTest(row=row):
                found = scored[row[0]]
                columns = self._get_columns(row, found["p_no_purchase_raw"])
                self.assertAlmostEqual(found["p_no_purchase"], stack.predict(STACK, columns), 9)
                self.assertEqual(found["probability_source"], "stack")

    def _get_columns(self, row, probability):
        """Return the ten columns as `models.md` defines them; one is added to days, so
        that today's buyers have a logarithm."""
        _id, purchases, _first, _last, _max, total, recent, n90, n180, gap_recent = row
        x, tx, t = self._get_history(row)
        recency = t - tx + 1
        total, recent = max(total, 0), max(recent, 0)
        value = total / purchases
        shrunk = (tx + 2 * 41.5) / (x + 2)
        volume = (recent + 0.1 * value + 0.01) / (total / max(t, 90) * 90 + 0.1 * value + 0.01)
        return (
            stack.get_logit(probability),
            log(recency),
            log(purchases),
            log(recency / shrunk),
            log(t + 1),
            log(volume),
            float(purchases == 1),
            log(n90 + 0.5),
            log(n180 + 0.5),
            log(gap_recent / (tx / x)) if gap_recent and tx else 0.0,
        )

    def test_bands_tell_who_stayed_away(self):
        bands = [
            {"single": True, "days": 60, "share": 0.5},
            {"single": True, "days": 100000, "share": 0.9},
            {"single": False, "days": 60, "share": 0.2},
        ]
        model = self._create_model(bands=bands)
        scored = self._score(
            model,
            [
                (1, 1, self._day(59), self._day(59), None, 100, 10, 1, 1, None),
                (2, 1, self._day(60), self._day(60), None, 100, 10, 1, 1, None),
                (3, 2, self._day(90), self._day(59), 31, 100, 10, 1, 1, None),
                (4, 2, self._day(90), self._day(60), 31, 100, 10, 1, 1, None),
            ],
        )
        shares = {number: row["band_share"] for number, row in scored.items()}
        self.assertEqual(shares, {1: 0.5, 2: 0.9, 3: 0.2, 4: None})
        self.assertEqual(scored[1]["probability_source"], "band")
        self.assertIsNone(scored[4]["probability_source"])


@tagged("post_install", "-at_install")
class TestStack(BaseCase):
    """The second step in Python."""

    def _draw(self, count=2000):
        rng = Random(3)
        rows = [(rng.gauss(0, 2), rng.gauss(5, 3)) for _row in range(count)]
        logits = [0.5 + 1.2 * a - 0.4 * b for a, b in rows]
        return rows, [int(rng.random() < stack.get_probability(logit)) for logit in logits]

    def test_train_finds_the_weights(self):
        found = stack.train(*self._draw())
        slopes = [w / s for w, s in zip(found.weights[1:], found.scales, strict=True)]
        self.assertAlmostEqual(slopes[0], 1.2, 1)
        self.assertAlmostEqual(slopes[1], -0.4, 1)

    def test_train_foretells_the_mean(self):
        rows, outcomes = self._draw()
        found = stack.train(rows, outcomes)
        foretold = sum(stack.predict(found, row) for row in rows)
        self.assertAlmostEqual(foretold, sum(outcomes), 3)

    def test_train_survives_a_constant_column(self):
        rows, outcomes = self._draw()
        found = stack.train([(*row, 1.0) for row in rows], outcomes)
        self.assertAlmostEqual(found.weights[-1], 0)

    def test_train_needs_both_outcomes(self):
        with self.assertRaises(ValueError):
            stack.train([(1.0,), (2.0,)], [1, 1])

    def test_blend_of_nothing_is_the_closed_form(self):
        found = stack.blend(stack.train(*self._draw()), 0)
        self.assertAlmostEqual(stack.predict(found, (stack.get_logit(0.3), 7)), 0.3)

    def test_blend_halves_the_way(self):
        found = stack.train(*self._draw())
        row = (stack.get_logit(0.3), 7)
        middle = stack.get_logit(stack.predict(stack.blend(found, 0.5), row))
        ends = stack.get_logit(stack.predict(found, row)) + stack.get_logit(0.3)
        self.assertAlmostEqual(middle, ends / 2)

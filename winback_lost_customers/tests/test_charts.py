from lxml import etree, html

from odoo.tests import BaseCase, tagged

from ..tools import charts

SVG = "{http://www.w3.org/2000/svg}"


@tagged("post_install", "-at_install")
class TestCharts(BaseCase):
    """The drawings can be read by a machine, and show what they are given."""

    def _parse(self, drawing):
        return etree.fromstring(str(drawing))

    def _get_texts(self, drawing):
        return [node.text for node in self._parse(drawing).iter(f"{SVG}text")]

    def _draw_lines(self, lost=(3, None, 8), marks=()):
        return charts.line_chart(
            "months", "By month", "Lost: 3, 8", ["Jan", "Feb", "Mar"],
            [charts.Series("Lost", list(lost), charts.LOST)], marks, shaded=1,
        )  # fmt: skip

    def test_ticks_are_round_and_reach_the_highest_value(self):
        self.assertEqual(charts.get_ticks(0), [0, 1])
        self.assertEqual(charts.get_ticks(3), [0, 1, 2, 3])
        self.assertEqual(charts.get_ticks(8), [0, 2, 4, 6, 8])
        self.assertEqual(charts.get_ticks(9), [0, 5, 10])
        for highest in range(1, 3000, 7):
            ticks = charts.get_ticks(highest)
            self.assertGreaterEqual(ticks[-1], highest)
            self.assertLessEqual(len(ticks), 6)
            self.assertTrue(all(isinstance(tick, int) for tick in ticks))

    def test_every_drawing_has_title_and_description(self):
        drawings = [
            self._draw_lines(),
            charts.bar_chart("bars", "Bars", "A: 1", [charts.Bar("A", 1, "one")]),
            charts.churn_scale("churn", "Churn", "12 %", 12, "12 %", ("normal", "alarm")),
            charts.interval_bar("effect", "Effect", "between", 60, 40, 80),
        ]
        for drawing in drawings:
            root = self._parse(drawing)
            self.assertEqual(root.get("role"), "img")
            ids = {node.get("id") for node in root if node.get("id")}
            self.assertEqual(set(root.get("aria-labelledby").split()), ids)
            self.assertTrue(all(node.text for node in root if node.get("id")))

    def test_texts_are_escaped(self):
        bars = [charts.Bar("<script>alert(1)</script>", 1, "a & b")]
        drawing = charts.bar_chart("bars", "<b>", "&", bars)
        self.assertNotIn("<script>", drawing)
        self.assertIn("a & b", self._get_texts(drawing))

    def test_a_pdf_printer_reads_it_as_html_without_loss(self):
        tree = html.fragment_fromstring(str(self._draw_lines()))
        again = html.tostring(tree).decode()
        for tag in ("circle", "line", "text", "title", "desc", "polyline"):
            self.assertEqual(again.count(f"<{tag}"), str(self._draw_lines()).count(f"<{tag}"), tag)

    def test_unknown_months_are_not_drawn(self):
        legend = 1
        circles = list(self._parse(self._draw_lines()).iter(f"{SVG}circle"))
        self.assertEqual(len(circles), 2 + legend)
        heights = [float(circle.get("cy")) for circle in circles[:2]]
        self.assertGreater(heights[0], heights[1], "8 lies above 3")

    def test_marks_lie_where_it_happened_and_never_on_each_other(self):
        marks = [charts.Mark(0.5, "1"), charts.Mark(0.55, "2"), charts.Mark(2.5, "3")]
        root = self._parse(self._draw_lines(marks=marks))
        places = [
            (float(node.get("cx")), float(node.get("cy")))
            for node in root.iter(f"{SVG}circle") if node.get("r") == "8"
        ]  # fmt: skip
        self.assertEqual(len(places), 3)
        self.assertNotEqual(places[0][1], places[1][1])
        self.assertAlmostEqual(places[2][0] - places[0][0], 2 * (charts.WIDTH - 42) / 3, 0)

    def test_bars_are_as_long_as_their_values(self):
        bars = [charts.Bar("A", 100, "100"), charts.Bar("B", 25, "25"), charts.Bar("C", 0, "0")]
        widths = [float(r.get("width")) for r in self._parse(charts.bar_chart("b", "t", "d", bars)).iter(f"{SVG}rect")]
        self.assertAlmostEqual(widths[0], 4 * widths[1], 0)
        self.assertEqual(widths[2], 1)

    def test_long_labels_are_shortened(self):
        self.assertEqual(len(charts.shorten("x" * 100)), charts.LABEL_LETTERS)
        self.assertEqual(charts.shorten("short"), "short")

    def test_scale_grows_with_the_churn(self):
        for rate, end in ((0, "30 %"), (30, "30 %"), (64, "70 %"), (100, "100 %")):
            self.assertIn(end, self._get_texts(charts.churn_scale("c", "t", "d", rate, "x", ("n", "a"))))

"""Charts that print: small SVG drawings for reports. Pure Python.

Everything is drawn by attributes, without styles or scripts, so that browsers and PDF
printers of any age show the same. A drawing has a title and a description for who cannot
see it; series differ by shape and dash, too, for who prints without colours.
"""

from math import ceil, floor, log10
from typing import NamedTuple
from xml.etree import ElementTree

from markupsafe import Markup

from .churn import ALARM_FROM, NORMAL_FROM, NORMAL_TO

WIDTH = 680
LOST, WON, PLAIN = "#a4262c", "#1b6e5a", "#5b6470"
INK, GRID, SHADE = "#333333", "#d5d8dc", "#f0f1f3"
NORMAL_BAND, ALARM_BAND = "#d7ebe3", "#f4d6d7"
LABEL_LETTERS = 34  # as many fit left of the bars
MARK_GAP = 18  # closer marks are numbered one above the other


class Series(NamedTuple):
    """One line of a chart; None where a value is not known."""

    label: str
    values: list
    color: str
    is_dashed: bool = False


class Bar(NamedTuple):
    """One bar; `text` is the figure written beside it."""

    label: str
    value: float
    text: str
    color: str = PLAIN


class Mark(NamedTuple):
    """Something that happened at `place`, in units of the labels, from the left edge."""

    place: float
    text: str


class Drawing:
    """An SVG image under construction.

    :param str key: tells its parts from those of other drawings on the page
    """

    def __init__(self, key, title, description, height):
        names = f"{key}_title {key}_desc"
        self.root = ElementTree.Element(
            "svg",
            {
                "xmlns": "http://www.w3.org/2000/svg",
                "viewBox": f"0 0 {WIDTH} {height}",
                "width": str(WIDTH),
                "height": str(height),
                "role": "img",
                "aria-labelledby": names,
                "font-size": "11",
                "fill": INK,
            },
        )
        self.add("title", title, id=f"{key}_title")
        self.add("desc", description, id=f"{key}_desc")

    def add(self, tag, text=None, **attributes):
        """Add a shape or text; numbers are rounded, `_` in names of attributes is `-`."""
        values = {
            name.replace("_", "-"): f"{value:.1f}" if isinstance(value, float) else str(value)
            for name, value in attributes.items()
        }
        ElementTree.SubElement(self.root, tag, values).text = text

    def line(self, x1, y1, x2, y2, color=GRID, **attributes):
        """Add a straight line."""
        self.add("line", x1=x1, y1=y1, x2=x2, y2=y2, stroke=color, **attributes)

    def render(self):
        """Return the image, ready for a page."""
        text = ElementTree.tostring(self.root, encoding="unicode", short_empty_elements=False)
        return Markup(text)  # noqa: S704 ElementTree has escaped all texts


def get_ticks(highest):
    """Return round numbers from 0 to `highest` or a bit more, at most six, without
    fractions."""
    rough = max(highest, 1) / 4
    unit = 10 ** floor(log10(rough))
    step = max(1, next(ceil(times * unit) for times in (1, 2, 5, 10) if times * unit >= rough))
    return [step * number for number in range(ceil(max(highest, 1) / step) + 1)]


def shorten(label):
    """Return what fits beside a bar."""
    return label if len(label) <= LABEL_LETTERS else label[: LABEL_LETTERS - 1] + "…"


# ----------------------------------------------------------------------
# Lines by month
# ----------------------------------------------------------------------


def line_chart(key, title, description, labels, series, marks=(), shaded=0):
    """Return lines over `labels`, and numbered marks; the figures stand in a table below.

    :param shaded: so many labels at the end are what the page is about
    """
    left, right, top, bottom, height = 34, WIDTH - 8, 58, 210, 236
    drawing = Drawing(key, title, description, height)
    step = (right - left) / max(len(labels), 1)
    ticks = get_ticks(max((v for s in series for v in s.values if v is not None), default=0))

    def place(value):
        return bottom - (bottom - top) * value / ticks[-1]

    if shaded:
        drawing.add("rect", x=right - shaded * step, y=top, width=shaded * step, height=bottom - top, fill=SHADE)
    for tick in ticks:
        drawing.line(left, place(tick), right, place(tick))
        drawing.add("text", str(tick), x=left - 6, y=place(tick) + 4, text_anchor="end")
    for number, label in enumerate(labels):
        drawing.add("text", label, x=left + (number + 0.5) * step, y=bottom + 18, text_anchor="middle", font_size=10)
    _draw_marks(drawing, marks, left, step, bottom)
    for one in series:
        _draw_line(
            drawing, one,
            [(left + (i + 0.5) * step, place(v)) for i, v in enumerate(one.values) if v is not None],
        )  # fmt: skip
    _draw_legend(drawing, series, left)
    return drawing.render()


def _draw_line(drawing, series, points):
    """Draw one line with its points."""
    dash = {"stroke_dasharray": "6 3"} if series.is_dashed else {}
    coordinates = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    drawing.add("polyline", points=coordinates, fill="none", stroke=series.color, stroke_width=2, **dash)
    for x, y in points:
        _draw_point(drawing, series, x, y)


def _draw_point(drawing, series, x, y):
    """Draw a dot, or a square on a dashed line."""
    if series.is_dashed:
        drawing.add("rect", x=x - 3.5, y=y - 3.5, width=7, height=7, fill=series.color)
    else:
        drawing.add("circle", cx=x, cy=y, r=4, fill=series.color)


def _draw_marks(drawing, marks, left, step, bottom):
    """Draw a numbered flag for each mark; those close to each other one above the other."""
    before, level = None, 0
    for mark in marks:
        x = left + mark.place * step
        level = (level + 1) % 2 if before is not None and x - before < MARK_GAP else 0
        y = 46 - 17 * level
        drawing.line(x, y + 8, x, bottom, color=INK, stroke_dasharray="2 2")
        drawing.add("circle", cx=x, cy=y, r=8, fill="#ffffff", stroke=INK)
        drawing.add("text", mark.text, x=x, y=y + 4, text_anchor="middle", font_size=10)
        before = x


def _draw_legend(drawing, series, left):
    """Draw which line is which, on top."""
    for number, one in enumerate(series):
        x = left + 170 * number
        dash = {"stroke_dasharray": "6 3"} if one.is_dashed else {}
        drawing.line(x, 9, x + 28, 9, color=one.color, stroke_width=2, **dash)
        _draw_point(drawing, one, x + 14, 9)
        drawing.add("text", one.label, x=x + 34, y=13)


# ----------------------------------------------------------------------
# Bars
# ----------------------------------------------------------------------


def bar_chart(key, title, description, bars):
    """Return horizontal bars, each with its label and figure."""
    left, right, pace = 216, WIDTH - 120, 22
    drawing = Drawing(key, title, description, pace * len(bars) + 4)
    highest = max((bar.value for bar in bars), default=0) or 1
    for number, bar in enumerate(bars):
        y = 2 + number * pace
        width = (right - left) * max(bar.value, 0) / highest
        drawing.add("text", shorten(bar.label), x=left - 8, y=y + 14, text_anchor="end")
        drawing.add("rect", x=left, y=y + 3, width=max(width, 1.0), height=pace - 6, fill=bar.color)
        drawing.add("text", bar.text, x=left + width + 6, y=y + 14)
    return drawing.render()


# ----------------------------------------------------------------------
# Where a figure lies on a scale
# ----------------------------------------------------------------------


def churn_scale(key, title, description, rate, text, band_labels):
    """Return the scale of yearly churn with its bands normal and alarm, and `rate` on it.

    :param band_labels: what the two bands are called
    """
    left, right, top, bottom = 8, WIDTH - 8, 24, 44
    drawing = Drawing(key, title, description, 64)
    end = max(30, ceil(rate / 10) * 10)

    def place(value):
        return left + (right - left) * value / end

    drawing.add("rect", x=left, y=top, width=right - left, height=bottom - top, fill=SHADE)
    for start, stop, color, label in (
        (NORMAL_FROM, NORMAL_TO, NORMAL_BAND, band_labels[0]),
        (ALARM_FROM, end, ALARM_BAND, band_labels[1]),
    ):
        drawing.add("rect", x=place(start), y=top, width=place(stop) - place(start), height=bottom - top, fill=color)
        drawing.add("text", label, x=(place(start) + place(stop)) / 2, y=top + 14, text_anchor="middle")
    for tick in (0, NORMAL_FROM, NORMAL_TO, ALARM_FROM, end):
        anchor = {0: "start", end: "end"}.get(tick, "middle")
        drawing.add("text", f"{tick} %", x=place(tick), y=bottom + 15, text_anchor=anchor)
    x = place(rate)
    drawing.line(x, top - 4, x, bottom + 3, color=INK, stroke_width=3)
    anchor = "start" if x < 60 else "end" if x > WIDTH - 60 else "middle"
    drawing.add("text", text, x=x, y=top - 9, text_anchor=anchor, font_weight="bold", font_size=13)
    return drawing.render()


def interval_bar(key, title, description, estimate, low, high):
    """Return an interval around zero; all in percent of the width, zero in the middle."""
    drawing = Drawing(key, title, description, 34)

    def place(percent):
        return 8 + (WIDTH - 16) * percent / 100

    color = WON if low > 50 else LOST if high < 50 else PLAIN
    drawing.line(8, 10, WIDTH - 8, 10)
    drawing.line(place(50), 1, place(50), 19, color=INK)
    drawing.add("text", "0", x=place(50), y=31, text_anchor="middle")
    drawing.add("rect", x=place(low), y=6, width=max(place(high) - place(low), 1.0), height=8, fill=color)
    drawing.add("circle", cx=place(estimate), cy=10, r=5, fill="#ffffff", stroke=INK, stroke_width=2)
    return drawing.render()

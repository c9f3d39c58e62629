from datetime import date, datetime

from odoo.tests import BaseCase

from ..tools.dates import end_of_day, get_zone, month_ends


class TestDates(BaseCase):
    def test_get_zone_knows_names(self):
        self.assertEqual(get_zone("Europe/Sofia").key, "Europe/Sofia")

    def test_get_zone_is_utc_without_name(self):
        self.assertEqual(get_zone("").key, "UTC")
        self.assertEqual(get_zone(None).key, "UTC")

    def test_get_zone_is_utc_for_nonsense(self):
        for name in ("Mars/Olympus", "../etc/passwd", "\0"):
            with self.subTest(name=name):
                self.assertEqual(get_zone(name).key, "UTC")

    def test_end_of_day_is_the_next_midnight(self):
        self.assertEqual(end_of_day(date(2026, 2, 28), "UTC"), datetime(2026, 3, 1))

    def test_end_of_day_is_naive(self):
        self.assertIsNone(end_of_day(date(2026, 1, 1), "Europe/Sofia").tzinfo)

    def test_end_of_day_east_comes_before_utc_midnight(self):
        self.assertEqual(
            end_of_day(date(2026, 1, 15), "Europe/Sofia"), datetime(2026, 1, 15, 22)
        )

    def test_end_of_day_west_comes_after_utc_midnight(self):
        self.assertEqual(
            end_of_day(date(2026, 1, 15), "America/New_York"), datetime(2026, 1, 16, 5)
        )

    def test_end_of_day_knows_the_short_day(self):
        """On 29 March 2026 the clocks of Sofia go forward: 23 hours."""
        start = end_of_day(date(2026, 3, 28), "Europe/Sofia")
        self.assertEqual(
            (end_of_day(date(2026, 3, 29), "Europe/Sofia") - start).total_seconds(),
            23 * 3600,
        )

    def test_end_of_day_knows_the_long_day(self):
        """On 25 October 2026 the clocks of Sofia go back: 25 hours."""
        start = end_of_day(date(2026, 10, 24), "Europe/Sofia")
        self.assertEqual(
            (end_of_day(date(2026, 10, 25), "Europe/Sofia") - start).total_seconds(),
            25 * 3600,
        )

    def test_month_ends_are_the_oldest_first(self):
        self.assertEqual(
            month_ends(date(2024, 4, 10), 3),
            [date(2024, 1, 31), date(2024, 2, 29), date(2024, 3, 31)],
        )

    def test_month_ends_on_a_month_end_leave_it_out(self):
        self.assertEqual(month_ends(date(2026, 3, 31), 1), [date(2026, 2, 28)])

    def test_month_ends_on_the_first_of_a_month(self):
        self.assertEqual(month_ends(date(2026, 1, 1), 1), [date(2025, 12, 31)])

    def test_month_ends_cross_the_years(self):
        ends = month_ends(date(2026, 6, 15), 24)
        self.assertEqual(len(ends), 24)
        self.assertEqual((ends[0], ends[-1]), (date(2024, 6, 30), date(2026, 5, 31)))

    def test_month_ends_of_zero_months_are_none(self):
        self.assertEqual(month_ends(date(2026, 6, 15), 0), [])

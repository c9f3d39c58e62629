from ast import literal_eval
from datetime import date, datetime, timedelta

from dateutil.relativedelta import relativedelta

from odoo.tests import freeze_time, tagged

from .common_figures import FiguresCase
from .common_quarter import REPORT, QuarterMixin

LOST = ("lost", "lost_again")
QUARTER = relativedelta(months=3)


@freeze_time("2026-06-15 12:00:00")
@tagged("post_install", "-at_install")
class TestQuarterFigures(QuarterMixin, FiguresCase):
    """Paper and screens agree, and both with the orders in plain Python."""

    @classmethod
    def _tell_more(cls):
        cls._tell("Lost last quarter", range(280, 700, 50), 150)
        cls._tell("Returned last quarter", [100, 600, 640, 700], 250, cls.boris)
        cls._tell("Bought on the eve", [30, 76, 106], 170)
        cls._tell("Lost a year ago", range(580, 900, 50), 330)

    def _get_overview(self, start, end, **filters):
        return self._read_as(None, "winback.overview").get_figures(
            {"period": "custom", "date_from": start, "date_to": end, **filters}
        )

    def _assert_counts(self, row, start, end, user=None):
        for key, kinds in (("lost", LOST), ("won_back", ("returned",))):
            happened = self._get_changes(kinds, start, end, user)
            self.assertEqual(row[key]["count"], len(happened), (key, start))
            amounts = [story.get_active_year(day) for story, day in happened]
            self.assertAlmostEqual(row[key]["amount"], sum(amounts), 2)

    def test_three_quarters_agree_with_the_orders(self):
        rows = self._get()["compared"]
        starts = [date(2026, 4, 1), date(2026, 1, 1), date(2025, 4, 1)]
        self.assertEqual([row["label"] for row in rows], ["Q2 2026", "Q1 2026", "Q2 2025"])
        for row, start in zip(rows, starts, strict=True):
            end = min(start + QUARTER - timedelta(days=1), self.today)
            self._assert_counts(row, start, end)
            then, lost = self._get_cohort(end - relativedelta(years=1), end)
            self.assertAlmostEqual(row["churn"], 100 * len(lost) / len(then))
        self.assertTrue(rows[0]["lost"]["count"] and rows[0]["won_back"]["count"] and rows[0]["churn"])
        self.assertTrue(rows[1]["lost"]["count"] and rows[1]["won_back"]["count"] and rows[1]["churn"])
        self.assertTrue(rows[2]["lost"]["count"] and rows[2]["churn"])

    def test_churn_before_the_history_is_not_told(self):
        self.assertIsNone(self._get(date(2026, 1, 1))["compared"][2]["churn"], "of 31 March 2025")

    def test_overview_tells_the_same(self):
        figures = self._get()
        screen = self._get_overview(date(2026, 4, 1), self.today)
        quarter = [row for row in screen["losses"] if row["key"] == "quarter"][0]
        for key in ("lost", "won_back"):
            for name in ("count", "amount"):
                self.assertEqual(figures["compared"][0][key][name], quarter[key][name])
        for name in ("churn", "at_stake", "reasons"):
            self.assertEqual(figures[name], screen[name])
        self.assertTrue(figures["at_stake"]["count"])

    def test_past_quarter_ends_on_its_last_day(self):
        figures = self._get(date(2026, 1, 1))
        span = figures["spans"][0]
        self.assertEqual((span.scope.date_to, span.is_running), (date(2026, 3, 31), False))
        screen = self._get_overview(date(2026, 1, 1), date(2026, 3, 31))
        self.assertEqual(figures["churn"], screen["churn"])
        self.assertEqual(figures["compared"][0]["lost"]["count"], screen["losses"][-1]["lost"]["count"])
        self.assertTrue(self._get()["spans"][0].is_running)

    def test_parts_add_up_and_are_what_the_filter_tells(self):
        silver = self.env.ref("winback_lost_customers.winback_value_class_silver")
        self._set_columns(self._get_status(self.stories["Lost this month"].about["partner"]), value_class_id=silver.id)
        self._set_columns(self._get_status(self.stories["Silent"].about["partner"]), value_class_id=None)
        figures = self._get()
        for name in ("classes", "users"):
            rows = figures[name]
            self.assertGreater(len(rows), 1)
            self.assertEqual(sum(row["customers"] for row in rows), figures["churn"]["customers"])
            self.assertEqual(sum(row["gone"] for row in rows), figures["churn"]["lost"])
            self.assertEqual(sum(row["at_risk"] for row in rows), figures["at_stake"]["count"])
            self.assertAlmostEqual(sum(row["stake"] for row in rows), figures["at_stake"]["sales"], 2)
            for key in ("lost", "won_back"):
                for figure in ("count", "amount"):
                    total = sum(row[key][figure] for row in rows)
                    self.assertAlmostEqual(total, figures["compared"][0][key][figure], 2)
        for user in (self.anna, self.boris):
            [row] = [row for row in figures["users"] if row["record"].id == user.id]
            screen = self._get_overview(date(2026, 4, 1), self.today, user_id=user.id)
            self._assert_counts(row, date(2026, 4, 1), self.today, user)
            self.assertEqual((row["customers"], row["gone"]), (screen["churn"]["customers"], screen["churn"]["lost"]))
            self.assertEqual(row["rate"], screen["churn"]["rate"])
            self.assertEqual(row["at_risk"], screen["at_stake"]["count"])

    def test_loss_calculator_tells_the_same(self):
        found = self._get()["calculator"]
        screen = self._read_as(None, "winback.loss.calculator").create(
            {"date_from": date(2026, 4, 1), "date_to": self.today}
        )
        names = ("customers", "lost_rate", "average_sales", "missed_sales", "profit_rate", "profit_lost")
        self.assertEqual([line[2] for line in found["lines"]], [screen[f"found_{name}"] for name in names])
        self.assertTrue(all(line[2] for line in found["lines"]))
        self.assertTrue(found["has_history"])

    def test_months_agree_with_the_orders(self):
        months = self._get()["months"]
        self.assertEqual(months["months"][0], date(2025, 4, 1))
        self.assertEqual(months["months"][-1], date(2026, 6, 1))
        for key, kinds in (("lost", LOST), ("won_back", ("returned",))):
            expected = [
                len(self._get_changes(kinds, month, month + relativedelta(months=1, days=-1)))
                for month in months["months"]
            ]
            self.assertEqual(months[key], expected)
            self.assertTrue(any(expected))

    def test_months_before_the_history_are_not_told(self):
        lost = self._get(date(2024, 7, 1))["months"]["lost"]
        self.assertEqual(lost[:12], [None] * 12)
        self.assertEqual(len(lost), 15)
        self.assertNotIn(None, lost[12:])
        compared = self._get(date(2024, 4, 1))["compared"]
        self.assertEqual([row["lost"] for row in compared], [None] * 3)

    def test_largest_come_first_each_with_why(self):
        price = self.env.ref("winback_lost_customers.winback_reason_price")
        partner = self.stories["Lost this quarter"].about["partner"]
        case = self.env["winback.case"]._open(self.company, partner, user=self.boss)
        case._set_reason(price, competitor="Cheap Ltd")
        returned = self.stories["Returned this month"].about["partner"]
        won = self.env["winback.case"]._open(self.company, returned, user=self.boss)
        won._win(self._get_status(returned).last_order_id)
        largest = self._get()["largest"]
        for key, kinds in (("lost", LOST), ("won_back", ("returned",))):
            happened = self._get_changes(kinds, date(2026, 4, 1), self.today)
            expected = sorted((round(story.get_active_year(day), 2) for story, day in happened), reverse=True)
            self.assertEqual([row["change"].amount_active_year for row in largest[key]], expected[:8])
        rows = {row["change"].partner_id.name: row for rows in largest.values() for row in rows}
        told = rows["Lost this quarter"]
        self.assertEqual((told["reason"], told["competitor"], told["case"]), (price, "Cheap Ltd", case))
        self.assertEqual(rows["Returned this month"]["case"], won)
        self.assertFalse(rows["Returned this quarter"]["case"], "came back by itself")
        self.assertFalse(rows["Lost this month"]["reason"])
        text = self._get_text(self._print())
        self.assertIn("Price (went to Cheap Ltd)", text)
        self.assertIn("by itself, no case", text)

    def test_own_changes_are_marked_on_the_curve(self):
        change = self.env["winback.own.change"].create({"name": "All prices up", "date": date(2026, 4, 16)})
        other = self._create_company("Other Test Company")
        self.env["winback.own.change"].create(
            [
                {"name": "Elsewhere", "date": date(2026, 4, 16), "company_id": other.id},
                {"name": "Long ago", "date": date(2025, 3, 31)},
            ]
        )
        months = self._get()["months"]
        self.assertEqual(months["changes"], change)
        place = self.env[f"report.{REPORT}"]._get_place(months["months"], change.date)
        self.assertEqual(place, 12.5, "the middle of the thirteenth month")
        page = self._print()
        marks = page.xpath("//svg[contains(@aria-labelledby, '_months_')]//circle[@r='8']")
        self.assertEqual(len(marks), 1)
        self.assertIn("All prices up", self._get_text(page))
        around = self._get_changes(LOST, date(2026, 1, 16), date(2026, 4, 15))
        self.assertEqual(change.lost_before, len({story.about["name"] for story, _day in around}))

    def test_complaints_and_their_answer_times(self):
        received = datetime(2026, 5, 4, 8)
        for severity, hours in (("serious", 2), ("serious", 4), ("small", 8), ("small", None)):
            complaint = self._create_complaint(severity=severity)
            self._set_columns(complaint, date_received=received)
            if hours:
                answered = {"date_answered": datetime(2026, 5, 5, 8), "in_time": 100 * (hours < 3)}
                self._set_columns(complaint, answer_hours=hours, **answered)
        self._set_columns(self._create_complaint(name="none"), date_received=received, state="cancelled")
        self._set_columns(self._create_complaint(name="before"), date_received=datetime(2026, 3, 31, 8))
        now, before, year_ago = self._get()["complaints"]
        self.assertEqual(now["serious"], {"received": 2, "answered": 2, "hours": 3, "in_time": 50})
        self.assertEqual(now["small"], {"received": 2, "answered": 1, "hours": 8, "in_time": 0})
        self.assertEqual((now["total"]["received"], now["total"]["answered"]), (4, 3))
        self.assertAlmostEqual(now["total"]["hours"], 14 / 3)
        self.assertAlmostEqual(now["total"]["in_time"], 100 / 3)
        self.assertEqual((before["total"]["received"], before["total"]["hours"]), (1, None))
        self.assertEqual(year_ago["total"]["received"], 0)
        self.assertEqual(self._get()["complaints_open"], 5)
        # the screen of answer times, limited to the quarter
        action = self.env.ref("winback_lost_customers.winback_complaint_action_report")
        domain = [
            *literal_eval(action.domain), ("company_id", "=", self.company.id), ("date_received", ">=", "2026-04-01"),
        ]  # fmt: skip
        complaints = self._read_as(None, "winback.complaint")
        [screen] = complaints._read_group(domain, [], ["__count", "answer_hours:avg", "in_time:avg"])
        self.assertEqual(screen, tuple(now["total"][name] for name in ("answered", "hours", "in_time")))

    def test_cases_and_offers_are_those_of_the_reports(self):
        call, offer = self._close_cases()
        self.env.flush_all()
        figures = self._get()
        now, before, _year_ago = figures["cases"]
        self.assertEqual((now["closed"], now["won"], now["rate"]), (2, 1, 50))
        self.assertEqual((round(now["low"]), round(now["high"])), (9, 91), "Wilson's interval of 1 in 2")
        self.assertEqual((before["closed"], before["rate"]), (0, None))
        reports = self._read_as(None, "winback.case.report")
        names = ("revenue", "margin", "cost", "profit")
        [sums] = reports._read_group([("company_id", "=", self.company.id)], [], [f"{name}:sum" for name in names])
        self.assertEqual([now[name] for name in names], list(sums))
        self.assertTrue(now["revenue"] and now["margin"])
        self.assertEqual([(row["record"].id, row["closed"]) for row in figures["channels"]], [(call.id, 2)])
        [row] = [row for row in figures["offers"] if row["record"].id == offer.id]
        self.assertEqual((row["granted"], row["returned"], row["revenue"]), (1, 1, 700))
        self.assertIn("50 % (9 to 91)", self._get_text(self._print()))

    def test_campaigns_measured_in_the_quarter(self):
        segment = self.env["winback.segment"].create({"name": "Lost"})
        campaigns = self.env["winback.campaign"].create(
            [{"name": f"Letter {n}", "segment_id": segment.id} for n in range(4)]
        )
        for campaign, state, start, end in zip(
            campaigns,
            ("done", "running", "done", "draft"),
            (date(2026, 1, 1), date(2026, 6, 1), date(2025, 11, 1), None),
            (date(2026, 4, 1), date(2026, 9, 1), date(2026, 3, 31), None),
            strict=True,
        ):
            self._set_columns(campaign, state=state, date_start=start, date_end=end)
        self.assertEqual(self._get()["campaigns"], campaigns[:2])
        self.assertIn("Letter 1", self._get_text(self._print()))

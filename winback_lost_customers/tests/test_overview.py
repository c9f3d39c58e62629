from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from ..models.winback_figures import CUSTOMER_STATES
from ..tools.churn import get_band, get_half_life
from .common_complaint import ComplaintCase
from .common_figures import FiguresCase, month_start


@freeze_time("2026-06-15 12:00:00")
class OverviewCase(FiguresCase):
    def _get(self, user=None, **filters):
        return self._as(user or self.boss, "winback.overview").get_figures(filters)

    def _assert_opens(self, count, target, user=None):
        """The records behind a figure are as many as it says, and some."""
        records = self._as(user or self.boss, target["model"])
        if target.get("archived"):
            records = records.with_context(active_test=False)
        self.assertEqual(records.search_count(target["domain"]), count, target)


@freeze_time("2026-06-15 12:00:00")
@tagged("post_install", "-at_install")
class TestOverviewFigures(OverviewCase):
    """The figures are those which the orders give in plain Python, and none is zero."""

    def _get_spans(self):
        return {
            "month": month_start(self.today),
            "quarter": month_start(self.today, 2),
            "period": month_start(self.today, 11),
        }

    def _assert_losses(self, figures, user=None):
        for row in figures["losses"]:
            start = self._get_spans()[row["key"]]
            for key, kinds in (("lost", ("lost", "lost_again")), ("won_back", ("returned",))):
                happened = self._get_changes(kinds, start, self.today, user)
                amounts = [story.get_active_year(day) for story, day in happened]
                with self.subTest(span=row["key"], kind=key):
                    self.assertEqual(row[key]["count"], len(happened))
                    self.assertAlmostEqual(row[key]["amount"], sum(amounts), 2)

    def test_lost_and_won_back_agree_with_the_orders(self):
        figures = self._get()
        self.assertEqual([row["key"] for row in figures["losses"]], ["month", "quarter", "period"])
        self._assert_losses(figures)
        for row in figures["losses"]:
            self.assertTrue(row["lost"]["count"] and row["won_back"]["count"], row)

    def test_salesperson_as_a_filter_counts_that_ones_customers(self):
        figures = self._get(user_id=self.boris.id)
        self._assert_losses(figures, self.boris)
        self.assertTrue(figures["losses"][1]["lost"]["count"])
        then, lost = self._get_cohort(self.today - relativedelta(years=1), self.today, self.boris)
        self.assertEqual((figures["churn"]["customers"], figures["churn"]["lost"]), (len(then), len(lost)))
        self.assertEqual(figures["at_stake"]["count"], 2, "silent; inquires in vain")

    def test_team_as_a_filter(self):
        everybody = self._get()["at_stake"]["count"]
        self.assertEqual(self._get(team_id=self.team.id)["at_stake"]["count"], everybody)
        other = self._create_team("Other", self.leader)
        self.assertEqual(self._get(team_id=other.id)["at_stake"]["count"], 0)

    def test_churn_agrees_with_the_orders(self):
        churn = self._get()["churn"]
        then, lost = self._get_cohort(self.today - relativedelta(years=1), self.today)
        self.assertTrue(then and lost)
        self.assertEqual((churn["customers"], churn["lost"]), (len(then), len(lost)))
        self.assertAlmostEqual(churn["rate"], 100 * len(lost) / len(then))
        self.assertEqual(churn["band"], "alarm")
        self.assertIn(f"{len(lost)} of the {len(then)} customers", churn["sentences"][0])
        self.assertIn("An alarm", churn["sentences"][1])
        self._assert_opens(len(then), churn["open_customers"])
        self._assert_opens(len(lost), churn["open_lost"])

    def test_flow_agrees_with_the_orders(self):
        flow = self._get()["flow"]
        self.assertEqual(flow["months"], [month_start(self.today, n) for n in range(11, -1, -1)])
        expected = {
            key: [
                len(self._get_changes((key,), month, month + relativedelta(months=1, days=-1)))
                for month in flow["months"]
            ]
            for key in ("returned", "lost", "lost_again")
        }
        firsts = [story.days[0].replace(day=1) for story in self._get_stories()]
        expected["new"] = [firsts.count(month) for month in flow["months"]]
        counts = {series["key"]: series["counts"] for series in flow["series"]}
        self.assertEqual(counts, expected)
        self.assertTrue(all(sum(numbers) for numbers in counts.values()), counts)

    def test_at_stake_agrees_with_the_rows(self):
        risky = [story.about["partner"].id for story in self._get_stories() if story.is_silent(self.today)]
        risky += [self.stories[name].about["partner"].id for name in ("Buys less", "Inquires in vain")]
        rows = self.env["winback.status"].search([("partner_id", "in", risky)])
        for number, row in enumerate(rows, 1):
            self._set_columns(row, expected_sales_loss=100 * number, expected_loss=10 * number)
        silver = self.env.ref("winback_lost_customers.winback_value_class_silver")
        self._set_columns(rows[0], value_class_id=silver.id)
        self._set_columns(rows[1], value_class_id=None)
        stake = self._get()["at_stake"]
        total = sum(range(1, len(rows) + 1))
        self.assertEqual(stake["count"], len(risky))
        self.assertEqual((stake["sales"], stake["margin"]), (100 * total, 10 * total))
        self.assertAlmostEqual(
            stake["year"],
            sum(s.get_active_year(self.today) for s in self._get_stories() if s.about["partner"].id in risky),
        )
        self.assertEqual([row["name"] for row in stake["classes"]], ["Gold", "Silver", "No class"])
        self.assertEqual([row["sales"] for row in stake["classes"][1:]], [100, 200])
        for key in ("count", "sales", "margin", "year"):
            self.assertAlmostEqual(sum(row[key] for row in stake["classes"]), stake[key])

    def test_sudden_stops_and_slow_drifts_are_apart(self):
        patterns = {pattern["key"]: pattern for pattern in self._get()["patterns"]}
        names = {key: {c["name"] for c in pattern["customers"]} for key, pattern in patterns.items()}
        silent = {s.about["name"] for s in self._get_stories() if s.is_silent(self.today)}
        self.assertEqual(names, {"sudden": silent, "drift": {"Buys less"}, "other": {"Inquires in vain"}})
        self.assertEqual(sum(p["count"] for p in patterns.values()), self._get()["at_stake"]["count"])

    def test_reasons_are_ranked_by_money(self):
        price, range_ = (self.env.ref(f"winback_lost_customers.winback_reason_{name}") for name in ("price", "range"))
        cases = self.env["winback.case"]
        noted = {"Lost this month": price, "Lost this quarter": range_, "Lost in the year": price}
        for name, reason in noted.items():
            cases |= cases._open(self.company, self.stories[name].about["partner"], user=self.boss)
            cases[-1]._set_reason(reason)
        cases[-1]._close("later", retry_date=self.today + timedelta(days=90))
        order = self._create_order(cases[0].partner_id, 0)
        cases[0]._win(order)
        reasons = self._get()["reasons"]
        amounts = {name: self.stories[name].get_active_year(self.today) for name in noted}
        expected = [
            (price.name, 2, amounts["Lost this month"] + amounts["Lost in the year"], 50),
            (range_.name, 1, amounts["Lost this quarter"], None),
        ]
        rows = [(r["name"], r["customers"], r["amount"], r["won_rate"]) for r in reasons["rows"]]
        self.assertEqual(rows, sorted(expected, key=lambda row: -row[2]))
        # lost long ago and lost again; the others have a reason
        lost = [s for s in self._get_stories() if len(s.days) > 1 and not s.is_customer(self.today)]
        self.assertEqual(reasons["lost"], len(lost))
        self.assertEqual(reasons["unknown"], len(lost) - len(noted))
        self._assert_opens(reasons["unknown"], reasons["open_unknown"])

    def test_bubbles_show_who_has_a_probability(self):
        self.assertEqual(self._get()["bubbles"]["points"], [])
        modelled = self._get_status(self.stories["Silent"].about["partner"])
        banded = self._get_status(self.stories["Silent, too"].about["partner"])
        self._set_columns(modelled, probability_source="model", p_no_purchase=0.7, expected_sales_loss=50)
        self._set_columns(banded, probability_source="band", band_share=0.4, expected_sales_loss=90)
        points = self._get()["bubbles"]["points"]
        self.assertEqual([(p["name"], p["loss"]) for p in points], [("Silent, too", 90), ("Silent", 50)])
        self.assertEqual([round(p["risk"]) for p in points], [40, 70])
        year = self.stories["Silent"].get_active_year(self.today, 1)
        self.assertAlmostEqual(points[1]["value"], year, 2)

    def test_every_figure_opens_as_many_records_as_it_says(self):
        figures = self._get(period="two_years")
        counted = [part for part in self._walk(figures) if {"count", "open"} <= part.keys()]
        self.assertGreater(len(counted), 10)
        for part in counted:
            self._assert_opens(part["count"], part["open"])
        for series in figures["flow"]["series"]:
            for count, target in zip(series["counts"], series["opens"], strict=True):
                self._assert_opens(count, target)

    def test_period_limits_what_happened(self):
        custom = {"period": "custom", "date_from": "2026-04-01", "date_to": "2026-04-30"}
        row = self._get(**custom)["losses"][-1]
        self.assertEqual((row["key"], row["lost"]["count"]), ("period", 1), "lost on 16 April")
        self.assertEqual(self._get(period="quarter")["losses"][-1]["key"], "quarter")

    def test_number_of_queries_does_not_grow_with_the_customers(self):
        self._count_queries()  # fills the caches of rights and rules
        before = self._count_queries()
        for number in range(20):
            self._create_orders(self._create_customer(f"More {number}"), [120, 150, 180, 210 + number])
        self._run()
        self.assertLessEqual(self._count_queries(), before)

    def _count_queries(self):
        overview = self._as(self.boss, "winback.overview")
        before = self.env.cr.sql_log_count
        overview.get_figures({})
        return self.env.cr.sql_log_count - before


@freeze_time("2026-06-15 12:00:00")
@tagged("post_install", "-at_install")
class TestOverviewRights(OverviewCase):
    def test_salesperson_sees_own_customers_and_no_margin(self):
        figures = self._get(self.boris)
        self.assertEqual(figures["at_stake"]["count"], 2)
        self.assertIsNone(figures["at_stake"]["margin"])
        self.assertFalse(figures["scope"]["sees_margin"])
        self.assertEqual(figures["bubbles"]["value"], "sales")
        lost = self._get_changes(("lost", "lost_again"), month_start(self.today, 11), self.today, self.boris)
        self.assertEqual(figures["losses"][-1]["lost"]["count"], len(lost))
        self.assertEqual([option["name"] for option in figures["options"]["users"]], [self.boris.name])

    def test_filter_shows_nothing_of_a_colleague(self):
        figures = self._get(self.boris, user_id=self.anna.id)
        self.assertFalse(figures["readiness"]["has_customers"])
        self.assertTrue(figures["readiness"]["is_filtered"])
        self.assertEqual(figures["losses"][-1]["lost"]["count"], 0)
        self.assertEqual(figures["churn"]["customers"], 0)

    def test_leader_sees_the_team(self):
        self.assertEqual(self._get(self.leader)["at_stake"]["count"], self._get()["at_stake"]["count"])

    def test_who_is_not_in_sales_sees_nothing(self):
        clerk = self._create_user("wbc_clerk", "base.group_user")
        with self.assertRaises(AccessError):
            self._get(clerk)

    def test_company_of_others_is_refused(self):
        other = self._create_company("Not Mine")
        with self.assertRaises(AccessError):
            self._get(company_id=other.id)

    def test_companies_are_never_mixed(self):
        other = self._create_company("Other Test Company")
        self.boss.company_ids |= other
        customer = self._create_customer("Elsewhere")
        self._create_orders(customer, [120, 150, 180, 210], company=other)
        self._create_sign("S6", company=other)
        self._run(company=other)
        both = self._get()
        self.assertEqual(both["at_stake"]["count"], 4)
        self.assertEqual(len(both["options"]["companies"]), 3, "each, and all of them")
        self.assertEqual(self._get(company_id=other.id)["at_stake"]["count"], 1)

    def test_calls_are_the_reader_s_own_cases(self):
        case = self.env["winback.case"]._open(
            self.company, self.stories["Lost this month"].about["partner"], user=self.boss
        )
        calls = self._get()["calls"]
        self.assertEqual((calls["kind"], calls["count"]), ("cases", 1))
        self.assertEqual([row["id"] for row in calls["rows"]], case.ids)
        self.assertEqual(calls["rows"][0]["why"], case.opening_why.partition("\n")[0])
        self.assertFalse(calls["rows"][0]["is_late"])
        self._set_columns(case, date_next=self._day(1))
        self.assertTrue(self._get()["calls"]["rows"][0]["is_late"])
        self.assertEqual(self._get(self.boris)["calls"]["kind"], "customers")

    def test_margin_setting_opens_the_margin(self):
        self.boris.group_ids |= self.env.ref("winback_lost_customers.group_winback_margin")
        self.assertIsNotNone(self._get(self.boris)["at_stake"]["margin"])

    def test_senseless_periods_are_refused(self):
        for filters in (
            {"period": "century"},
            {"period": "custom"},
            {"period": "custom", "date_from": "soon", "date_to": "later"},
            {"period": "custom", "date_from": "2026-05-01", "date_to": "2026-04-01"},
            {"period": "custom", "date_from": "2027-05-01", "date_to": "2027-06-01"},
            {"period": "custom", "date_from": "1999-01-01", "date_to": "2026-04-01"},
        ):
            with self.subTest(**filters), self.assertRaises(UserError):
                self._get(**filters)


@freeze_time("2026-06-15 12:00:00")
@tagged("post_install", "-at_install")
class TestOverviewBeginning(ComplaintCase):
    """What the screen shows before there is anything to show."""

    def _get(self, **filters):
        self.env.invalidate_all()
        overview = self.env["winback.overview"].with_user(self.boss)
        return overview.with_context(allowed_company_ids=self.company.ids).get_figures(filters)

    def test_company_without_orders(self):
        figures = self._get()
        self.assertFalse(figures["readiness"]["has_customers"])
        self.assertFalse(figures["readiness"]["is_filtered"])
        self.assertIsNone(figures["churn"]["rate"])
        self.assertEqual(figures["calls"]["rows"], [])

    def test_history_is_not_rebuilt_yet(self):
        self._create_orders(self.customer, [500, 470, 440])
        self._run()
        figures = self._get()
        self.assertTrue(figures["readiness"]["has_customers"])
        self.assertEqual(figures["readiness"]["history"], [0, 24])
        self.assertIsNone(figures["churn"]["rate"])
        self.assertIn("being rebuilt", figures["churn"]["sentences"][0])

    def _rebuild(self):
        self._run()
        for day in self.env["winback.history"]._get_missing_month_ends(self.company):
            self.env["winback.history"]._reconstruct(self.company, day)

    def test_churn_before_the_history_is_not_told(self):
        self._create_orders(self.customer, [900, 870, 840, 10])
        self._rebuild()
        churn = self._get(period="custom", date_from="2025-01-01", date_to="2025-01-31")["churn"]
        self.assertIsNone(churn["rate"])
        self.assertIn("The history begins on 06/30/2024", churn["sentences"][0])

    def test_company_younger_than_a_year_has_no_churn(self):
        self._create_orders(self.customer, [100, 70, 10])
        self._rebuild()
        churn = self._get()["churn"]
        self.assertIsNone(churn["rate"])
        self.assertIn("too early", churn["sentences"][0])


@freeze_time("2026-06-15 12:00:00")
@tagged("post_install", "-at_install")
class TestCustomerOn(FiguresCase):
    def test_customers_of_a_past_day_are_those_of_a_run_of_that_day(self):
        for day in self.env["winback.history"]._get_missing_month_ends(self.company) or [
            month_start(self.today, number) - timedelta(days=1) for number in range(0, 24, 3)
        ]:
            found = self.env["winback.status"].search([("customer_on", "=", day)]).partner_id
            self.engine._run_as_of(self.company, day)
            states = {id_: row["state"] for id_, row in self._read_table("winback_run_status").items()}
            expected = {id_ for id_, state in states.items() if state in CUSTOMER_STATES}
            self.assertEqual(set(found.ids), expected, day)
            self.assertTrue(expected)

    def _search(self, *domain):
        return self.env["winback.status"].search([("company_id", "=", self.company.id), *domain])

    def test_customers_of_today_are_the_present_ones(self):
        now = self._search(("state", "in", CUSTOMER_STATES))
        self.assertTrue(now)
        self.assertEqual(self._search(("customer_on", "=", self.today)), now)

    def test_several_days_and_the_opposite(self):
        old, new = self._day(500), self._day(30)
        on_old, on_new = (self._search(("customer_on", "=", day)) for day in (old, new))
        self.assertTrue(on_old - on_new and on_new - on_old)
        self.assertEqual(self._search(("customer_on", "in", [old, new])), on_old | on_new)
        self.assertEqual(self._search(("customer_on", "!=", old)), self._search() - on_old)


@tagged("post_install", "-at_install")
class TestChurnBands(ComplaintCase):
    def test_bands_begin_and_end_where_the_literature_says(self):
        bands = {None: None, 0: "low", 4.9: "low", 5: "normal", 10: "normal", 10.1: "high", 19.9: "high", 20: "alarm"}
        self.assertEqual({rate: get_band(rate) for rate in bands}, bands)

    def test_half_life(self):
        self.assertIsNone(get_half_life(None))
        self.assertIsNone(get_half_life(0))
        self.assertAlmostEqual(get_half_life(50), 1)
        self.assertAlmostEqual(0.8 ** get_half_life(20), 0.5)
        self.assertEqual(get_half_life(100), 0)

from dateutil.relativedelta import relativedelta

from odoo.exceptions import AccessError
from odoo.tests import freeze_time, tagged

from .common_companies import DOLLAR, CompaniesCase
from .common_figures import month_start

LOST = ("lost", "lost_again")


@freeze_time("2026-06-15 12:00:00")
@tagged("post_install", "-at_install")
class TestOverviewCompanies(CompaniesCase):
    """The figures of two companies, added up, against the orders in plain Python."""

    def _get(self, user=None, **filters):
        return self._as(user or self.boss, "winback.overview").get_figures({"company_id": "all", **filters})

    def _get_happened(self, kinds, start, end):
        """Return (story, day, what its money is in euros) of what happened in both."""
        return [
            (story, day, rate)
            for story, rate in self._get_all_stories()
            for day, kind in story.get_changes(self.today)
            if kind in kinds and start <= day <= end
        ]

    # ------------------------------------------------------------------
    # Sums
    # ------------------------------------------------------------------

    def test_lost_and_won_back_are_added_up_in_one_currency(self):
        row = self._get()["losses"][-1]
        start = month_start(self.today, 11)
        for key, kinds in (("lost", LOST), ("won_back", ("returned",))):
            happened = self._get_happened(kinds, start, self.today)
            self.assertEqual({rate for _story, _day, rate in happened}, {1, DOLLAR}, "of both companies")
            self.assertEqual(row[key]["count"], len(happened))
            expected = sum(story.get_active_year(day) * rate for story, day, rate in happened)
            self.assertAlmostEqual(row[key]["amount"], expected, 2)

    def test_customer_of_both_companies_counts_in_each(self):
        month = self._get()["losses"][0]["lost"]
        happened = self._get_happened(LOST, month_start(self.today), self.today)
        names = [story.about["name"] for story, _day, _rate in happened]
        self.assertEqual(names.count("Lost this month"), 2)
        self.assertEqual(month["count"], len(names))

    def test_churn_is_that_of_all_customers(self):
        churn = self._get()["churn"]
        start = self.today - relativedelta(years=1)
        then = [story for story, _rate in self._get_all_stories() if story.is_customer(start)]
        lost = {id(story) for story, day, _rate in self._get_happened(LOST, start, self.today) if day > start}
        self.assertEqual((churn["customers"], churn["lost"]), (len(then), sum(id(s) in lost for s in then)))
        self.assertAlmostEqual(churn["rate"], 100 * churn["lost"] / churn["customers"])

    def test_churn_is_not_told_before_the_history_of_each_is_there(self):
        self.american.write({"winback_history_date": False, "winback_history_start": False})
        figures = self._get()
        self.assertIsNone(figures["churn"]["rate"])
        self.assertEqual(figures["readiness"]["history"], [24, 48])

    def test_flow_is_added_up(self):
        counts = {series["key"]: series["counts"] for series in self._get()["flow"]["series"]}
        for key in ("lost", "returned", "lost_again"):
            happened = self._get_happened((key,), month_start(self.today, 11), self.today)
            self.assertEqual(sum(counts[key]), len(happened), key)
        firsts = [story.days[0] for story, _rate in self._get_all_stories()]
        self.assertEqual(sum(counts["new"]), sum(day >= month_start(self.today, 11) for day in firsts))

    def _set_losses(self, losses):
        """Write expected losses by the name of the customer, in its company's currency."""
        rows = self.env["winback.status"]
        for name, loss in losses.items():
            american = name in self.american_stories and name.endswith("America")
            row = self._get_american(name) if american else self._get_status(self.stories[name].about["partner"])
            self._set_columns(row, expected_sales_loss=loss, expected_loss=loss / 10, probability_source="model",
                              p_no_purchase=0.5)  # fmt: skip
            rows |= row
        return rows

    def test_at_stake_is_converted(self):
        self._set_losses({"Silent": 100, "Silent, too": 70, "Silent in America": 110})
        stake = self._get()["at_stake"]
        self.assertEqual(stake["count"], 5)
        self.assertAlmostEqual(stake["sales"], 170 + 110 * DOLLAR, 2)
        self.assertAlmostEqual(stake["margin"], 17 + 11 * DOLLAR, 2)
        self.assertAlmostEqual(sum(row["sales"] for row in stake["classes"]), stake["sales"], 2)

    def test_classes_of_the_same_name_are_one(self):
        rows = self._set_losses({"Silent": 100, "Silent, too": 70, "Silent in America": 110})
        gold = self.env.ref("winback_lost_customers.winback_value_class_gold")
        own = gold.copy({"company_id": self.american.id, "margin_share_to": 50})
        own.name = gold.name
        for row in self.env["winback.status"].search([("state", "=", "at_risk")]):
            own_class = own if row.company_id == self.american else gold
            self._set_columns(row, value_class_id=own_class.id if row in rows else None)
        best = self._get()["at_stake"]["classes"][0]
        self.assertEqual((best["name"], best["count"]), ("Gold", 3))
        self.assertAlmostEqual(best["sales"], 170 + 110 * DOLLAR, 2)
        self.assertEqual(set(self._as(self.boss, "winback.status").search(best["open"]["domain"]).ids), set(rows.ids))

    def test_patterns_are_rounded_parts_of_the_whole(self):
        self._set_losses({"Silent": 100, "Silent, too": 70, "Silent in America": 110})
        figures = self._get()
        for key in ("count", "sales", "margin"):
            parts = sum(pattern[key] for pattern in figures["patterns"])
            self.assertAlmostEqual(parts, figures["at_stake"][key], 2)

    def test_reasons_are_ranked_by_converted_money(self):
        price, range_ = (self.env.ref(f"winback_lost_customers.winback_reason_{name}") for name in ("price", "range"))
        partner = self.stories["Lost in the year"].about["partner"]
        american = self.american_stories["Lost in America"].about["partner"]
        cases = self.env["winback.case"]
        here = cases._open(self.company, partner, user=self.boss)
        there = cases.with_company(self.american)._open(self.american, american, user=self.boss)
        for case, amount in ((here, 1000), (there, 1100)):
            self._set_columns(case, opening_amount=amount)
        here._set_reason(price)
        there._set_reason(range_)
        rows = self._get()["reasons"]["rows"]
        self.assertEqual([(row["name"], row["won_rate"]) for row in rows], [(price.name, None), (range_.name, None)])
        self.assertEqual(rows[0]["amount"], 1000)
        self.assertAlmostEqual(rows[1]["amount"], 1100 * DOLLAR, 2)
        there._set_reason(price)
        there._close("gone")
        self.env.flush_all()
        [row] = self._get()["reasons"]["rows"]
        self.assertEqual((row["customers"], row["won_rate"]), (2, 0))
        self.assertAlmostEqual(row["amount"], 1000 + 1100 * DOLLAR, 2)

    # ------------------------------------------------------------------
    # Rankings
    # ------------------------------------------------------------------

    def test_rankings_are_by_converted_money(self):
        # more dollars than euros, and worth less
        self._set_losses({"Silent": 100, "Silent, too": 85, "Silent in America": 110})
        expected = [
            ("Silent – Win-Back Test Company", 100),
            ("Silent in America – American Test Company", round(110 * DOLLAR, 2)),
            ("Silent, too – Win-Back Test Company", 85),
        ]
        figures = self._get()
        self.assertEqual([(p["name"], p["loss"]) for p in figures["bubbles"]["points"]], expected)
        sudden = figures["patterns"][0]["customers"]
        self.assertEqual([(c["name"], c["sales"]) for c in sudden], expected)
        self.assertEqual([(r["name"], r["amount"]) for r in figures["calls"]["rows"]][:3], expected)
        value = self._get_american("Silent in America").margin_active_year
        self.assertAlmostEqual(figures["bubbles"]["points"][1]["value"], value * DOLLAR, 2)

    def test_first_of_all_are_taken_not_of_one_company(self):
        self._set_losses({"Silent": 100, "Silent, too": 85, "Silent in America": 110})
        overview = self._as(self.boss, "winback.overview")
        scope = overview._get_scope({"company_id": "all"})
        first = overview._get_largest(scope, scope.get_domain(), ["partner_id"], 2)
        self.assertEqual([status.partner_id.name for status, _loss in first], ["Silent", "Silent in America"])

    # ------------------------------------------------------------------
    # Rates
    # ------------------------------------------------------------------

    def test_rate_shown_is_the_rate_used(self):
        self._set_losses({"Silent in America": 1_000_000})
        figures = self._get()
        [shown] = figures["consolidation"]["rates"]
        self.assertEqual(shown["currency"], "USD")
        self.assertAlmostEqual(shown["rate"], DOLLAR)
        self.assertEqual(shown["sentence"], "1 USD = 0.83333 EUR (rate of 06/01/2026)")
        self.assertAlmostEqual(figures["at_stake"]["sales"], 1_000_000 * shown["rate"], 2)
        odoo = self.env["res.currency"]._get_conversion_rate(
            self.american.currency_id, self.company.currency_id, self.company, self.today
        )
        self.assertEqual(shown["rate"], odoo)
        self.assertFalse(figures["consolidation"]["warnings"])
        self.assertEqual(figures["scope"]["currency_id"], self.company.currency_id.id)

    def test_rate_of_today_holds_for_the_past_too(self):
        start, end = month_start(self.today, 8), month_start(self.today, 5) - relativedelta(days=1)
        row = self._get(period="custom", date_from=str(start), date_to=str(end))["losses"][-1]["lost"]
        happened = self._get_happened(LOST, start, end)
        self.assertTrue(happened)
        self.assertAlmostEqual(row["amount"], sum(s.get_active_year(day) * rate for s, day, rate in happened), 2)

    def test_missing_rate_is_said(self):
        sterling = self.env.ref("base.GBP")
        sterling.active = True
        sterling.rate_ids.unlink()
        british = self._create_company("British Test Company", currency_id=sterling.id)
        self.boss.company_ids |= british
        consolidation = self._get()["consolidation"]
        shown = {rate["currency"]: rate for rate in consolidation["rates"]}
        self.assertAlmostEqual(shown["GBP"]["rate"], 0.9, msg="Odoo takes 1 for it")
        self.assertIn("no rate entered", shown["GBP"]["sentence"])
        [warning] = consolidation["warnings"]
        self.assertIn("No exchange rate of GBP", warning)

    def test_currency_in_which_rates_are_told_needs_none(self):
        first = self.env["res.company"].search([("parent_id", "=", False)], order="id", limit=1)
        self._set_columns(first, currency_id=self.american.currency_id.id)
        self.american.currency_id.rate_ids.unlink()
        consolidation = self._get()["consolidation"]
        self.assertEqual([rate["currency"] for rate in consolidation["rates"]], ["USD"])
        self.assertFalse(consolidation["warnings"])

    def test_customer_of_two_companies_counts_in_each_also_with_one_currency(self):
        price = self.env.ref("winback_lost_customers.winback_reason_price")
        partner = self.stories["Lost this month"].about["partner"]
        self._set_columns(self.american, currency_id=self.company.currency_id.id)
        for company in self.company | self.american:
            case = self.env["winback.case"].with_company(company)._open(company, partner, user=self.boss)
            case._set_reason(price)
        figures = self._get()
        self.assertFalse(figures["consolidation"]["rates"])
        [row] = figures["reasons"]["rows"]
        self.assertEqual((row["name"], row["customers"]), (price.name, 2))

    def test_rate_that_begins_later_has_its_day_shown(self):
        self.env["res.currency.rate"].search(
            [("currency_id", "=", self.american.currency_id.id), ("name", "<=", self.today)]
        ).unlink()
        consolidation = self._get()["consolidation"]
        self.assertEqual(consolidation["rates"][0]["sentence"], "1 USD = 0.45000 EUR (rate of 07/01/2026)")
        self.assertFalse(consolidation["warnings"])

    def test_companies_of_one_currency_need_no_rate(self):
        other = self._create_company("Other Test Company")
        self.boss.company_ids = self.company | other
        figures = self._get()
        self.assertEqual(figures["consolidation"]["rates"], [])
        self.assertNotIn("converted", " ".join(figures["consolidation"]["sentences"]))
        self.assertEqual(figures["at_stake"]["count"], 4)

    def test_different_horizons_are_said(self):
        self.assertEqual(self._get()["scope"]["horizon_days"], 90)
        self.american.winback_horizon_days = 60
        figures = self._get()
        self.assertEqual(figures["scope"]["horizon_days"], "60–90")
        self.assertIn("American Test Company for 60 days", figures["consolidation"]["sentences"][-1])

    # ------------------------------------------------------------------
    # Choosing and opening
    # ------------------------------------------------------------------

    def test_every_figure_opens_as_many_records_as_it_says(self):
        figures = self._get(period="two_years")
        counted = [part for part in self._walk(figures) if {"count", "open"} <= part.keys()]
        self.assertGreater(len(counted), 10)
        targets = [(part["count"], part["open"]) for part in counted]
        for series in figures["flow"]["series"]:
            targets += zip(series["counts"], series["opens"], strict=True)
        churn = figures["churn"]
        targets += [(churn["customers"], churn["open_customers"]), (churn["lost"], churn["open_lost"])]
        for count, target in targets:
            records = self._as(self.boss, target["model"])
            if target.get("archived"):
                records = records.with_context(active_test=False)
            self.assertEqual(records.search_count(target["domain"]), count, target)

    def test_one_company_stays_as_it_is(self):
        self._set_losses({"Silent in America": 110})
        american = self._get(company_id=self.american.id)
        self.assertIsNone(american["consolidation"])
        self.assertEqual((american["at_stake"]["count"], american["at_stake"]["sales"]), (1, 110))
        self.assertEqual(american["scope"]["currency_id"], self.american.currency_id.id)
        self.assertEqual(american["calls"]["rows"][0]["name"], "Silent in America")
        self.assertEqual(american["scope"]["company_id"], self.american.id)

    def test_all_companies_are_to_choose_for_who_has_several(self):
        options = self._get()["options"]["companies"]
        self.assertEqual(options[0], {"id": "all", "name": "All my companies"})
        self.assertEqual(len(options), 3)
        alone = self._get(self.leader)
        self.assertEqual([option["id"] for option in alone["options"]["companies"]], self.company.ids)
        self.assertIsNone(alone["consolidation"])
        self.assertEqual(alone["scope"]["company_id"], self.company.id)
        self.assertEqual(alone["at_stake"]["count"], 4, "nothing of the other company")

    def test_company_that_is_switched_off_is_left_out(self):
        overview = self.env["winback.overview"].with_user(self.boss)
        figures = overview.with_context(allowed_company_ids=self.american.ids).get_figures({"company_id": "all"})
        self.assertEqual(figures["at_stake"]["count"], 1)
        self.assertIsNone(figures["consolidation"])

    def test_company_of_others_is_refused(self):
        overview = self.env["winback.overview"].with_user(self.leader)
        both = (self.company | self.american).ids
        with self.assertRaises(AccessError):
            overview.with_context(allowed_company_ids=both).get_figures({"company_id": "all"})

    def test_salesperson_sees_own_customers_of_all_companies(self):
        self.boris.company_ids |= self.american
        self._set_columns(self._get_american("Silent in America"), user_id=self.boris.id)
        figures = self._get(self.boris)
        self.assertEqual(figures["at_stake"]["count"], 3)
        self.assertIsNone(figures["at_stake"]["margin"])

    def test_first_look_is_of_one_company(self):
        self.assertTrue(self._get(company_id=self.company.id)["scope"]["first_look"])
        self.assertFalse(self._get()["scope"]["first_look"])

    # ------------------------------------------------------------------
    # Own changes
    # ------------------------------------------------------------------

    def test_own_changes_stand_in_their_month(self):
        changes = self.env["winback.own.change"].create(
            [
                {"name": "Prices raised", "date": "2026-02-10", "company_id": self.company.id},
                {"name": "Range cut", "date": "2026-04-30", "kind": "range", "company_id": self.american.id},
                {"name": "Too early", "date": "2025-06-30", "company_id": self.company.id},
                {"name": "Still to come", "date": "2026-06-16", "company_id": self.company.id},
            ]
        )
        figures = self._get()
        shown = [(c["id"], c["name"], c["kind"]) for c in figures["own_changes"]]
        self.assertEqual(
            shown,
            [
                (changes[0].id, "Prices raised – Win-Back Test Company", "Price Raised"),
                (changes[1].id, "Range cut – American Test Company", "Range Cut"),
            ],
        )
        for change in figures["own_changes"]:
            self.assertEqual(figures["flow"]["months"][change["month"]], change["date"].replace(day=1))
        own = self._get(company_id=self.company.id, period="custom", date_from="2025-06-20", date_to="2026-03-10")
        self.assertEqual([c["name"] for c in own["own_changes"]], ["Too early", "Prices raised"])
        self.assertEqual([c["month"] for c in own["own_changes"]], [0, 8])
        self.assertEqual(len(self._get(self.leader)["own_changes"]), 1, "salespeople see those of their company")

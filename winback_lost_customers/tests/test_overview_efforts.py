from datetime import date, timedelta

from odoo.tests import freeze_time, tagged

from .common_figures import FiguresCase


@freeze_time("2026-06-15 12:00:00")
@tagged("post_install", "-at_install")
class TestOverviewEfforts(FiguresCase):
    """What was done in the period, and what it brought, as the cases and orders tell."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.segment = cls.env["winback.segment"].create({"name": "Lost"})

    def _get(self, user=None, **filters):
        overview = self._as(user or self.boss, "winback.overview")
        return overview.get_figures({"period": "quarter", **filters})["efforts"]

    def _count(self, efforts):
        names = ("opened", "in_work", "closed", "won", "granted", "used")
        return {name: efforts[name]["count"] for name in names}

    def _open_case(self, name, user=None):
        partner = self.stories[name].about["partner"]
        return self.env["winback.case"]._open(self.company, partner, user=user or self.boss)

    def _start_campaign(self, name, start, end, state="running"):
        campaign = self.env["winback.campaign"].create({"name": name, "segment_id": self.segment.id})
        self._set_columns(campaign, state=state, date_start=start, date_end=end)
        return campaign

    def test_nothing_was_done(self):
        efforts = self._get()
        self.assertEqual(set(self._count(efforts).values()), {0})
        self.assertEqual((efforts["result"]["rate"], efforts["campaigns"]), (None, []))

    def test_cases_and_offers_agree_with_what_was_done(self):
        self._close_cases()
        self._open_case("Lost in the year")
        self._set_columns(self._open_case("Lost long ago"), date_open=date(2026, 3, 31))
        self._open_case("Silent")._close("dismissed")
        self.env["winback.grant"].search([("company_id", "=", self.company.id)], limit=1).state = "used"
        closed = self.env["winback.case"].search([("company_id", "=", self.company.id), ("state", "=", "won")])
        contact = closed.activity_schedule("mail.mail_activity_data_call")
        self._set_columns(contact, active=False, date_done=self.today, winback_outcome="reached")
        self.env.flush_all()
        efforts = self._get()
        expected = {"opened": 3, "in_work": 2, "closed": 2, "won": 1, "granted": 1, "used": 1}
        self.assertEqual(self._count(efforts), expected)
        result = efforts["result"]
        self.assertEqual((result["rate"], round(result["low"]), round(result["high"])), (50, 9, 91))
        partner = self.stories["Returned this month"].about["partner"]
        won = self.env["winback.case"].search([("partner_id", "=", partner.id), ("state", "=", "won")])
        since = [
            order
            for order in self.env["sale.order"].search([("partner_id", "=", partner.id), ("state", "=", "sale")])
            if order.date_order >= won.won_order_id.date_order
        ]
        self.assertEqual(result["revenue"], sum(order.amount_untaxed for order in since))
        self.assertEqual(result["margin"], sum(order.margin for order in since))
        self.assertTrue(result["revenue"] and result["margin"])
        call = self.env.ref("winback_lost_customers.winback_channel_call")
        self.assertEqual((result["contacts"], result["cost"]), (1, call.cost_per_contact))
        self.assertAlmostEqual(result["profit"], result["margin"] - call.cost_per_contact)
        for name in expected:
            target = efforts[name]["open"]
            records = self._as(self.boss, target["model"])
            self.assertEqual(records.search_count(target["domain"]), expected[name], name)

    def test_period_limits_what_was_done(self):
        self._close_cases()
        before = {"period": "custom", "date_from": "2026-01-01", "date_to": "2026-03-31"}
        self.assertEqual(set(self._count(self._get(**before)).values()), {0})

    def test_salesperson_of_the_filter_is_who_did_the_work(self):
        self._open_case("Lost this quarter", self.anna)
        self.assertEqual(self.stories["Lost this quarter"].about["user"], self.boris)
        self.assertEqual(self._get(user_id=self.anna.id)["opened"]["count"], 1)
        self.assertEqual(self._get(user_id=self.boris.id)["opened"]["count"], 0)
        self.assertIsNone(self._get(user_id=self.anna.id)["campaigns"])

    def test_salesperson_sees_own_work_without_cost_and_campaigns(self):
        self._close_cases()
        efforts = self._get(self.boris)
        self.assertEqual(set(self._count(efforts).values()), {0})
        self._open_case("Lost in the year", self.boris)
        efforts = self._get(self.boris)
        self.assertEqual((efforts["opened"]["count"], efforts["in_work"]["count"]), (1, 1))
        self.assertIsNone(efforts["result"]["cost"])
        self.assertIsNone(efforts["campaigns"])

    def test_latest_campaigns_are_told_in_words(self):
        quarter = date(2026, 4, 1)
        for number in range(5):
            self._start_campaign(f"Letter {number}", quarter + timedelta(days=number), date(2026, 9, 1))
        self._start_campaign("Before", date(2026, 1, 1), date(2026, 3, 31), "done")
        self._start_campaign("Planned", None, None, "draft")
        told = self._get()["campaigns"]
        self.assertEqual([row["name"] for row in told], ["Letter 4", "Letter 3", "Letter 2"])
        self.assertIn("cannot be told", told[0]["sentence"])
        self.assertFalse(told[0]["is_worse"])

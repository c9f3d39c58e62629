import random

from odoo.tests import Form, freeze_time
from odoo.tools import SQL

from ..tools.uplift import newcombe_interval
from .common import WinbackCase
from .common_campaign import WinbackCampaignCase

START = 90  # days ago


@freeze_time("2026-06-15 12:00:00")
class TestCampaignResult(WinbackCampaignCase):
    customers_count = 20

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reason = cls.env["winback.reason"].create({"name": "Price"})
        cls.env["winback.case"].create(
            [
                {
                    "partner_id": partner.id,
                    "state": "later",
                    "reason_id": cls.reason.id,
                    "date_open": cls._day(START + 30),
                }
                for partner in cls.customers[:5]
            ]
        )
        with freeze_time(cls._noon(START)):
            cls.campaign = cls._start_campaign(offer_id=cls.offer.id, measure_days=60)
        cls.treated = cls._get_arm(cls.campaign, "treatment")
        cls.control = cls._get_arm(cls.campaign, "control")

    def _get_result(self, days_ago=0):
        return self.campaign._get_result(self._day(days_ago))

    def _get_arm_figures(self, arm="treatment", days_ago=0):
        return next(a for a in self._get_result(days_ago)["arms"] if a["arm"] == arm)

    def _order(self, member, days_ago, **values):
        return self._create_order(member.partner_id, days_ago, **values)

    def _log_call(self, member, days_ago, outcome="reached", xmlid="mail.mail_activity_data_call"):
        activity = self.env["mail.activity"].create(
            {
                "res_model_id": self.env["ir.model"]._get_id("winback.case"),
                "res_id": member.case_id.id,
                "activity_type_id": self.env.ref(xmlid).id,
                "user_id": self.env.uid,
                "winback_outcome": outcome,
            }
        )
        self._set_columns(activity, active=False, date_done=self._day(days_ago))

    # ------------------------------------------------------------------
    # Returns, revenue, margin, cost
    # ------------------------------------------------------------------

    def test_confirmed_order_within_the_time_is_a_return(self):
        self._order(self.treated[0], START - 10, amount=500)
        self._order(self.treated[0], START - 20, amount=250)
        self._order(self.treated[1], START)  # on the very day
        self._order(self.treated[2], START - 61, amount=9000)  # when it was over
        self._order(self.treated[3], START - 5, state="draft", amount=9000)
        figures = self._get_arm_figures()
        self.assertEqual(figures["returned"], 2)
        self.assertEqual(figures["revenue"], self.company.currency_id.format(850))
        self.assertEqual(figures["margin"], self.company.currency_id.format(255))

    def test_returned_goods_lower_the_revenue_and_are_no_return(self):
        self._order(self.treated[0], START - 10, amount=-100)
        figures = self._get_arm_figures()
        self.assertEqual(figures["returned"], 0)
        self.assertEqual(figures["revenue"], self.company.currency_id.format(-100))

    def test_revenue_is_in_the_currency_of_the_company(self):
        self._order(self.treated[0], START - 10, amount=500, rate=2)
        revenue = self._get_arm_figures()["revenue"]
        self.assertEqual(revenue, self.company.currency_id.format(250))

    def test_result_as_of_a_past_day_knows_nothing_later(self):
        self._order(self.treated[0], START - 10)
        self._order(self.treated[1], START - 30)
        self.assertEqual(self._get_arm_figures(days_ago=START - 9)["returned"], 0)
        self.assertEqual(self._get_arm_figures(days_ago=START - 10)["returned"], 1)
        self.assertEqual(self._get_arm_figures(days_ago=START - 31)["returned"], 2)
        self.assertIn("Measured until", " ".join(self._get_result(START - 9)["sentences"]))

    def test_orders_of_contacts_count_for_the_organisation(self):
        contact = self._create_customer(
            "Contact", is_company=False, parent_id=self.treated[0].partner_id.id
        )
        self._create_order(contact, START - 10)
        self.assertEqual(self._get_arm_figures()["returned"], 1)

    def test_contacts_cost_what_their_channel_costs(self):
        meeting = self._create_channel("meeting", cost=40)
        meeting.activity_type_id = self.env.ref("mail.mail_activity_data_meeting")
        self._log_call(self.treated[0], START - 1)
        self._log_call(self.treated[0], START - 2, outcome=False, xmlid="mail.mail_activity_data_meeting")
        self._log_call(self.treated[1], START - 3, outcome="not_reached")
        self._log_call(self.treated[1], START - 3, outcome=False, xmlid="mail.mail_activity_data_todo")
        figures = self._get_arm_figures()
        self.assertEqual(figures["contacted"], 2)
        self.assertEqual(figures["cost"], self.company.currency_id.format(4 + 40 + 4))

    def test_offers_cost_when_they_are_used(self):
        self.used_costs[self.treated[0].grant_id] = 15
        self.addCleanup(self.used_costs.clear)
        self.assertEqual(self._get_arm_figures()["cost"], self.company.currency_id.format(15))

    def test_answers_count_in_both_groups(self):
        self._create_lead(self.treated[0].partner_id, START - 3)
        self._create_lead(self.control[0].partner_id, START - 3)
        self.assertEqual(self._get_arm_figures()["answered"], 1)
        self.assertEqual(self._get_arm_figures("control")["answered"], 1)

    def test_members_show_what_came_of_them(self):
        self._order(self.treated[0], START - 10, amount=500)
        member = self.treated[0]
        member.invalidate_recordset()
        self.assertEqual(member.return_date, self._day(START - 10))
        self.assertEqual((member.revenue, member.margin), (500, 150))

    # ------------------------------------------------------------------
    # Words
    # ------------------------------------------------------------------

    def _sell_to(self, members):
        for member in members:
            self._order(member, START - 10)

    def test_effect_that_shows_is_told_with_its_interval(self):
        self._sell_to(self.treated)
        result = self._get_result()
        self.assertIn("brings back 100.0 in 100", result["sentences"][0])
        self.assertFalse(result["is_worse"])
        self.assertGreater(result["returns"]["low"], 50)

    def test_nothing_is_concluded_from_little(self):
        self._sell_to(self.treated[:1])
        result = self._get_result()
        self.assertIn("Nothing can be concluded yet", result["sentences"][0])
        self.assertLess(result["returns"]["low"], 50)
        self.assertGreater(result["returns"]["high"], 50)

    def test_treated_who_do_worse_are_a_warning(self):
        self._sell_to(self.control[:2])
        result = self._get_result()
        self.assertTrue(result["is_worse"])
        self.assertIn("Warning", result["sentences"][0])
        self.assertIn("Nothing can be concluded yet", result["sentences"][1])
        self._sell_to(self.control)
        self.assertIn("drives away 100.0 in 100", self._get_result()["sentences"][1])

    def test_interval_is_newcombes(self):
        self._sell_to(self.treated[:4] | self.control[:1])
        interval = newcombe_interval(4, 10, 1, 10)
        text = self._get_result()["returns"]["text"]
        self.assertEqual(
            text, f"+30.0, between {100 * interval.low:+.1f} and {100 * interval.high:+.1f}"
        )

    def test_profit_is_told_after_costs(self):
        for number, member in enumerate(self.treated[:6]):
            self._order(member, START - 10, amount=1000 + number)
        self._log_call(self.treated[0], START - 1)
        sentence = next(s for s in self._get_result()["sentences"] if s.startswith("Margin"))
        self.assertIn(self.company.currency_id.format(4), sentence)
        # a tenth of the margins each, times ten treated
        self.assertIn(self.company.currency_id.format(0.3 * 6015 - 4), sentence)

    def test_result_is_broken_down(self):
        self._sell_to(self.treated)
        result = self._get_result()
        breakdowns = {breakdown["name"]: breakdown["lines"] for breakdown in result["breakdowns"]}
        by_reason = {line["label"]: line for line in breakdowns["reason_id"]}
        self.assertEqual(set(by_reason), {"Price", "None"})
        line = by_reason["Price"]
        self.assertEqual(line["treatment_customers"] + line["control_customers"], 5)
        self.assertEqual(line["treatment_returned"], line["treatment_customers"])
        self.assertEqual([line["label"] for line in breakdowns["channel_id"]], ["call"])

    def test_discount_on_an_order_is_not_taken_off_its_margin_twice(self):
        for number, member in enumerate(self.treated[:6]):
            self._order(member, START - 10, amount=1000 + number)
        grant = self.treated[0].grant_id
        self.offer.other_cost = 7
        self._set_columns(grant, state="used", cost=107, date_used=self._day(START - 10))
        self.used_costs[grant] = 107
        self.addCleanup(self.used_costs.clear)
        sentence = next(s for s in self._get_result()["sentences"] if s.startswith("Margin"))
        self.assertIn(self.company.currency_id.format(0.3 * 6015 - 7), sentence)
        self.assertEqual(self._get_arm_figures()["cost"], self.company.currency_id.format(107))

    def _get_offer_lines(self, days_ago=0):
        return {line["label"]: line for line in self._get_result(days_ago)["offers"]}

    def test_offers_are_compared(self):
        self._sell_to(self.treated[:3])
        other = self.env["winback.offer"].create({"name": "News", "kind": "news"})
        late, withdrawn = self.treated[0], self.treated[1]
        for member, days, state in ((late, 20, "used"), (withdrawn, 20, "withdrawn")):
            self.env["winback.grant"].create(
                {
                    "partner_id": member.partner_id.id,
                    "company_id": self.company.id,
                    "offer_id": other.id,
                    "date": self._day(START - days),
                    "state": state,
                    "cost": 5,
                }
            )
        lines = self._get_offer_lines()
        self.assertEqual(list(lines), ["A gift", "News"])
        gift, news = lines.values()
        self.assertEqual((gift["granted"], gift["used"], gift["returned"]), (10, 0, 3))
        self.assertEqual(gift["revenue"], self.company.currency_id.format(300))
        self.assertEqual((news["granted"], news["used"], news["customers"]), (1, 1, 1))
        self.assertEqual(news["cost"], self.company.currency_id.format(5))
        self.assertEqual(list(self._get_offer_lines(START - 10)), ["A gift"])

    def test_treated_without_an_offer_have_a_line_of_their_own(self):
        self.treated.grant_id[:4].state = "withdrawn"
        line = self._get_offer_lines()["None"]
        self.assertEqual((line["customers"], line["granted"]), (4, 0))

    def test_offers_outside_the_time_of_the_campaign_do_not_count(self):
        grants = self.treated.grant_id
        self._set_columns(grants[0], date=self._day(START + 1))
        self._set_columns(grants[1], date=self._day(START - 61))
        self._set_columns(grants[2], date=self._day(START - 60))
        self.assertEqual(self._get_offer_lines()["A gift"]["granted"], 8)

    def test_form_shows_the_result(self):
        self._sell_to(self.treated[:2])
        with Form(self.campaign) as form:
            self.assertEqual(form.result["arms"][0]["returned"], 2)

    # ------------------------------------------------------------------
    # Second lifetime
    # ------------------------------------------------------------------

    def _get_second_lifetime(self, today):
        rows = self.campaign._get_second_lifetime(today)
        return {row["days"]: row for row in rows if row["arm"] == "treatment"}

    def test_second_lifetime_tells_who_stayed(self):
        staying, once = self.treated[:2]
        self._order(staying, START - 10, amount=100)
        self._order(staying, START - 40, amount=100)
        self._order(once, START - 10, amount=100)
        day = self._day(START - 10 - 90)
        row = self._get_second_lifetime(day)[90]
        self.assertEqual((row["customers"], row["staying"], row["left_again"]), (2, 1, 0))
        self.assertEqual(row["revenue"], self.company.currency_id.format(300))
        self.assertFalse(self._get_second_lifetime(self._day(START - 10 - 89)))

    def test_second_lifetime_tells_who_left_again_and_for_the_same_reason(self):
        member = self.treated.filtered("reason_id")[:1]
        self._order(member, START - 10)
        day = self._day(START - 10 - 365)
        self.env["winback.transition"].create(
            {
                "partner_id": member.partner_id.id,
                "company_id": self.company.id,
                "date": self._day(START - 10 - 200),
                "kind": "state",
                "to_state": "lost",
            }
        )
        rows = self._get_second_lifetime(day)
        self.assertEqual([rows[days]["left_again"] for days in (90, 180, 365)], [0, 0, 1])
        self.assertEqual(rows[365]["same_reason"], 0)
        self.env["winback.case"].create(
            {
                "partner_id": member.partner_id.id,
                "state": "gone",
                "date_open": self._day(START - 10 - 201),
                "customer_reason_id": member.reason_id.id,
            }
        )
        self.env.flush_all()
        self.assertEqual(self._get_second_lifetime(day)[365]["same_reason"], 1)


@freeze_time("2026-06-15 12:00:00")
class TestCampaignOfThousands(WinbackCase):
    """One campaign of 2,000 customers through real rows, its true effect known."""

    def test_true_effect_is_found_in_the_database(self):
        generator = random.Random(19)
        partners = self.env["res.partner"].create(
            [{"name": f"C{number}", "is_company": True} for number in range(2000)]
        )
        campaign = self.env["winback.campaign"].create(
            {"name": "Two thousand", "expected_control": 0.1, "expected_treated": 0.2}
        )
        ids = partners.ids
        generator.shuffle(ids)
        self._insert_members(campaign, ids)
        campaign.invalidate_recordset()
        rates = {number: 0.2 if number in set(ids[:1000]) else 0.1 for number in ids}
        self._insert_orders([p for p in ids if generator.random() < rates[p]])
        rows = campaign._get_outcomes(self.today).values()
        counts = []
        for arm in ("treatment", "control"):
            arm_rows = [row for row in rows if row["arm"] == arm]
            counts += [sum(bool(row["return_date"]) for row in arm_rows), len(arm_rows)]
        interval = newcombe_interval(*counts)
        self.assertEqual((counts[1], counts[3]), (1000, 1000))
        self.assertTrue(interval.low <= 0.1 <= interval.high, interval)
        self.assertGreater(interval.low, 0)

    def _insert_members(self, campaign, ids):
        """Write a campaign that has begun, half of it treated."""
        self._set_columns(
            campaign, state="running", date_start=self._day(60), date_end=self._day(0)
        )
        self.env.cr.execute(
            SQL(
                """INSERT INTO winback_campaign_member
                          (campaign_id, company_id, partner_id, arm, work_state)
                   SELECT %s, %s, partner_id, CASE WHEN n <= 1000 THEN 'treatment' ELSE 'control' END,
                          'none'
                     FROM unnest(%s) WITH ORDINALITY AS drawn(partner_id, n)""",
                campaign.id,
                self.company.id,
                ids,
            )
        )

    def _insert_orders(self, ids):
        """Let each of the customers order once."""
        order = self._create_order(self.env["res.partner"].browse(ids[0]), 30)
        columns = [
            name
            for name, field in order._fields.items()
            if field.store and field.column_type and name not in ("id", "partner_id", "name", "access_token")
        ]
        names = SQL(", ").join(SQL.identifier(name) for name in columns)
        self.env.cr.execute(
            SQL(
                """INSERT INTO sale_order (partner_id, name, %s)
                   SELECT customer, 'S' || customer, %s
                     FROM sale_order, unnest(%s) customer WHERE sale_order.id = %s""",
                names,
                names,
                ids[1:],
                order.id,
            )
        )

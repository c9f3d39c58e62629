from datetime import timedelta

from odoo.exceptions import UserError
from odoo.tests import Form, freeze_time

from .common_campaign import WinbackCampaignCase


@freeze_time("2026-06-15 12:00:00")
class TestCauseFixed(WinbackCampaignCase):
    customers_count = 5

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reason, cls.other = cls.env["winback.reason"].create([{"name": "Range"}, {"name": "X"}])
        cls.lost_for_it = cls.customers[:4]
        cls.env["winback.case"].create(
            [
                {"partner_id": p.id, "state": "gone", "reason_id": reason.id}
                for reason, partners in ((cls.reason, cls.lost_for_it), (cls.other, cls.customers[4:]))
                for p in partners
            ]
        )

    def _open_wizard(self, **values):
        action = self.reason.action_cause_fixed()
        wizard = self.env[action["res_model"]].browse(action["res_id"])
        wizard.write({"channel_id": self.call.id, "text": "Large sizes again", **values})
        return wizard

    def _get_relaunched(self):
        return self.env["winback.case"].search(
            [("source", "=", "relaunch"), ("company_id", "=", self.company.id)]
        )

    def test_everybody_lost_for_it_gets_a_case(self):
        action = self._open_wizard().action_relaunch()
        cases = self._get_relaunched()
        self.assertEqual(cases.partner_id, self.lost_for_it)
        self.assertEqual(cases.reason_id, self.reason)
        self.assertEqual(set(action["domain"][0][2]), set(cases.ids))
        self.assertEqual(self.reason.cause_fixed_text, "Large sizes again")
        self.assertEqual(self.reason.cause_fixed_date, self.today)

    def test_who_buys_again_is_not_bothered(self):
        self._create_orders(self.lost_for_it[0], [1, 2, 3])
        self._run()
        self._open_wizard().action_relaunch()
        self.assertEqual(self._get_relaunched().partner_id, self.lost_for_it[1:])

    def test_held_out_and_protected_customers_are_left_out_and_counted(self):
        campaign = self._start_campaign()
        control = self._get_arm(campaign, "control").partner_id
        again = self.today + timedelta(days=90)
        campaign.member_ids.case_id._close("later", retry_date=again)
        self.blocked["call"] = {partner: "opted_out" for partner in self.customers}
        self.addCleanup(self.blocked.clear)
        wizard = self._open_wizard()
        self.assertEqual((wizard.customer_count, wizard.ready_count), (4, 0))
        held_out = len(control & self.lost_for_it)
        self.assertIn(f"In the control group of another campaign: {held_out}", wizard.left_out_text)
        with self.assertRaisesRegex(UserError, "Nobody can be approached"):
            wizard.action_relaunch()
        self.assertFalse(self.reason.cause_fixed_date)

    def test_news_is_needed(self):
        with self.assertRaises(UserError):
            self._open_wizard(text=" ").action_relaunch()
        self.assertFalse(self._get_relaunched())

    def test_relaunch_by_a_campaign_is_measured(self):
        action = self._open_wizard(approach="campaign").action_relaunch()
        campaign = self.env["winback.campaign"].browse(action["res_id"])
        self.assertEqual(campaign.segment_id._get_statuses().partner_id, self.lost_for_it)
        campaign.action_start()
        self.assertEqual((campaign.treated_count, campaign.control_count), (2, 2))
        self.assertFalse(self._get_relaunched())

    def test_calculator_takes_size_and_value_from_a_segment(self):
        with Form(self.env["winback.calculator"]) as form:
            form.segment_id = self.segment
            form.channel_id = self.call
            form.offer_cost = 5
            self.assertEqual(form.size, 5)
            self.assertEqual(form.contact_cost, 4)
            self.assertAlmostEqual(form.value, 270 * 90 / 365, places=2)
            self.assertAlmostEqual(form.profit, 0.5 * form.value - 5 * (4 + 0.2 * 5), places=2)
            form.offer_cost = 500
            self.assertFalse(form.has_break_even)

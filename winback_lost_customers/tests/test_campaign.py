from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import freeze_time, new_test_user
from odoo.tools import mute_logger

from ..models import winback_campaign
from .common_campaign import WinbackCampaignCase


@freeze_time("2026-06-15 12:00:00")
class TestCampaign(WinbackCampaignCase):
    # ------------------------------------------------------------------
    # Who takes part
    # ------------------------------------------------------------------

    def test_start_draws_halves_and_works_the_treated(self):
        campaign = self._start_campaign(offer_id=self.offer.id)
        self.assertEqual(campaign.state, "running")
        self.assertEqual(campaign.date_start, self.today)
        treated = self._get_arm(campaign, "treatment")
        self.assertEqual((len(treated), campaign.control_count), (4, 4))
        self.assertEqual(treated.case_id.partner_id, treated.partner_id)
        self.assertEqual(set(treated.case_id.mapped("source")), {"campaign"})
        self.assertEqual(len(treated.grant_id), 4)
        self.assertEqual(set(treated.mapped("work_state")), {"done"})

    def test_control_group_is_left_alone_and_known_to_others(self):
        campaign = self._start_campaign()
        control = self._get_arm(campaign, "control")
        self.assertFalse(control.case_id)
        held_out = self.env["winback.campaign"]._get_held_out_partners(self.company)
        self.assertEqual(held_out, control.partner_id)
        campaign.action_finish()
        self.assertFalse(self.env["winback.campaign"]._get_held_out_partners(self.company))

    def test_control_group_cannot_get_a_case_in_the_database(self):
        campaign = self._start_campaign()
        control = self._get_arm(campaign, "control")[0]
        case = self._get_arm(campaign, "treatment")[0].case_id
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            control.case_id = case
            control.flush_recordset()

    def test_draw_is_within_classes_and_repeated_by_its_seed(self):
        gold, copper = self.env["winback.value.class"].create(
            [
                {"name": "G", "margin_share_to": 50, "company_id": self.company.id},
                {"name": "C", "margin_share_to": 100, "company_id": self.company.id},
            ]
        )
        self._run()
        campaign = self._start_campaign(holdout_percent=25)
        control = self._get_arm(campaign, "control")
        self.assertEqual(len(control), 2)
        for value_class in (gold, copper):
            members = campaign.member_ids.filtered(lambda m, c=value_class: m.value_class_id == c)
            if len(members) >= 4:
                self.assertIn(value_class, control.value_class_id)
        self.assertEqual(campaign._draw_again(), set(control.partner_id.ids))

    def test_draw_is_never_changed(self):
        campaign = self._start_campaign()
        member = campaign.member_ids[0]
        with self.assertRaises(UserError):
            member.arm = "left_out"
        with self.assertRaises(UserError):
            member.unlink()
        with self.assertRaises(UserError):
            campaign.holdout_percent = 10
        with self.assertRaises(UserError):
            campaign.unlink()

    def test_who_must_not_be_approached_is_left_out_and_why(self):
        excluded, in_case, ordering, opted_out = self.customers[:4]
        self.env["winback.exclusion"].create({"partner_id": excluded.id, "reason": "let_go"})
        self.env["winback.case"].create({"partner_id": in_case.id})
        self._create_order(ordering, 0)
        self._run()
        self._get_status(ordering)
        self.segment.domain = "[]"
        self.blocked["call"] = {opted_out: "opted_out"}
        self.addCleanup(self.blocked.clear)
        campaign = self._start_campaign()
        left_out = self._get_arm(campaign, "left_out")
        self.assertEqual(
            {member.partner_id: member.left_out_reason for member in left_out},
            {
                excluded: "excluded",
                in_case: "open_case",
                ordering: "bought",
                opted_out: "opted_out",
            },
        )
        labels = {member.left_out_reason: member.left_out_label for member in left_out}
        self.assertEqual(labels["opted_out"], "Opted out")
        self.assertEqual(labels["open_case"], "Has an open case")

    def test_customers_of_a_running_campaign_are_not_for_another(self):
        first = self._start_campaign()
        with self.assertRaisesRegex(UserError, "Nobody is left"):
            self._start_campaign()
        preview = self.env["winback.campaign.preview"].create(
            {"campaign_id": self._create_campaign().id}
        )
        labels = set(preview.line_ids.mapped("label"))
        self.assertEqual(
            labels, {"Has an open case", "In the control group of another campaign"}
        )
        self.assertEqual(first.state, "running")

    def test_each_customer_is_approached_by_the_first_channel_open(self):
        self.call.sequence, self.mail.sequence = 1, 2
        self.blocked["call"] = dict.fromkeys(self.customers[:4], "opted_out")
        self.addCleanup(self.blocked.clear)
        campaign = self._start_campaign(channel_ids=[Command.set((self.mail | self.call).ids)])
        by_mail = campaign.member_ids.filtered(lambda m: m.channel_id == self.mail)
        self.assertEqual(by_mail.partner_id, self.customers[:4])

    def test_budget_leaves_the_least_valuable_out(self):
        campaign = self._start_campaign(budget=12)  # three calls; four are left alone
        left_out = self._get_arm(campaign, "left_out")
        self.assertEqual(left_out.partner_id, self.customers[0])
        self.assertEqual(set(left_out.mapped("left_out_reason")), {"budget"})
        self.assertEqual(campaign.treated_count, 3)

    def test_budget_counts_offers_as_if_everybody_used_them(self):
        campaign = self._create_campaign(budget=28, offer_id=self.offer.id)
        self.assertEqual(campaign.offer_cost, 10)
        campaign.action_start()
        self.assertEqual(campaign.treated_count, 2)

    # ------------------------------------------------------------------
    # Start
    # ------------------------------------------------------------------

    def test_second_click_changes_nothing(self):
        campaign = self._start_campaign(offer_id=self.offer.id)
        members, seed = campaign.member_ids, campaign.seed
        cases = self.env["winback.case"].search_count([("company_id", "=", self.company.id)])
        campaign.action_start()
        self.assertEqual(campaign.member_ids, members)
        self.assertEqual(campaign.seed, seed)
        self.assertEqual(
            self.env["winback.case"].search_count([("company_id", "=", self.company.id)]), cases
        )

    def test_campaign_that_is_over_does_not_start_again(self):
        campaign = self._start_campaign()
        campaign.action_cancel()
        with self.assertRaisesRegex(UserError, "is over"):
            campaign.action_start()

    def test_nothing_starts_without_control_group_or_reason(self):
        campaign = self._create_campaign(holdout_percent=0)
        with self.assertRaisesRegex(UserError, "control group"):
            campaign.action_start()
        self.assertEqual(campaign.state, "draft")
        self.assertFalse(campaign.member_ids)

    def test_waiving_needs_a_manager_and_a_reason_that_stays(self):
        campaign = self._create_campaign()
        waiver = self.env["winback.campaign.waive"].create(
            {"campaign_id": campaign.id, "reason": " "}
        )
        with self.assertRaises(UserError):
            waiver.action_waive()
        waiver.reason = "Eight customers only"
        user = new_test_user(
            self.env,
            "waiving_salesman",
            groups="sales_team.group_sale_salesman",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        with self.assertRaises(AccessError):
            waiver.with_user(user).sudo().with_user(user).action_waive()
        waiver.action_waive()
        campaign.action_start()
        self.assertEqual(campaign.control_count, 0)
        self.assertEqual(campaign.treated_count, 8)
        self.assertEqual(campaign.waive_reason, "Eight customers only")
        self.assertEqual(campaign.waive_user_id, self.env.user)
        with self.assertRaises(UserError):
            campaign.waive_reason = "Something else"
        self.assertIn("Eight customers only", campaign.result_summary)

    def test_large_campaign_is_worked_in_the_background(self):
        cron = self.env.ref("winback_lost_customers.ir_cron_winback_campaign")
        with (
            patch.object(winback_campaign, "SMALL", 0),
            patch("odoo.addons.winback_lost_customers.models.winback_campaign_work.BATCH", 3),
        ):
            campaign = self._start_campaign(offer_id=self.offer.id)
            self.assertEqual(campaign.todo_count, 4)
            with self.enter_registry_test_mode():
                cron.method_direct_trigger()
        campaign.invalidate_recordset()
        self.assertEqual(campaign.todo_count, 0)
        treated = self._get_arm(campaign, "treatment")
        self.assertEqual(len(treated.case_id), 4)
        self.assertEqual(len(treated.grant_id), 4)

    def test_cron_ends_a_campaign_whose_time_is_over(self):
        campaign = self._start_campaign(measure_days=60)
        cron = self.env.ref("winback_lost_customers.ir_cron_winback_campaign")
        with freeze_time("2026-08-14 12:00:00"), self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.assertEqual(campaign.state, "running")
        with freeze_time("2026-08-15 12:00:00"), self.enter_registry_test_mode():
            cron.method_direct_trigger()
        campaign.invalidate_recordset()
        self.assertEqual(campaign.state, "done")
        self.assertEqual(str(campaign.date_end), "2026-08-14")

    def test_owner_is_whom_the_rule_says(self):
        user = new_test_user(
            self.env,
            "campaign_owner",
            groups="sales_team.group_sale_salesman",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        with self.assertRaises(ValidationError):
            self._create_campaign(owner_rule="user")
        campaign = self._start_campaign(owner_rule="user", user_id=user.id)
        self.assertEqual(self._get_arm(campaign, "treatment").case_id.user_id, user)

    # ------------------------------------------------------------------
    # Preview
    # ------------------------------------------------------------------

    def test_preview_tells_who_cost_and_power_and_writes_nothing(self):
        campaign = self._create_campaign(offer_id=self.offer.id)
        preview = self.env["winback.campaign.preview"].create({"campaign_id": campaign.id})
        self.assertEqual(preview.status_ids.partner_id, self.customers)
        self.assertEqual((preview.treated, preview.control), (4, 4))
        self.assertAlmostEqual(preview.cost, 4 * (4 + 0.2 * 10))
        self.assertAlmostEqual(preview.liability, 40)
        # margin of the last active year: 30 % of three orders of 100 to 800, a quarter of it
        self.assertAlmostEqual(preview.value, 405 * 90 / 365, places=2)
        rate = (4 + 0.1 * preview.value) / (preview.value - 10)
        self.assertAlmostEqual(preview.break_even, rate, places=4)
        self.assertIn("at least 94.9 in 100", preview.power_text)
        self.assertIn("no effect could be told from chance", campaign._get_power_text(1, 1))
        self.assertIn("too few", preview.split_text)
        self.assertEqual(campaign.state, "draft")
        self.assertFalse(campaign.member_ids)

    def test_preview_offers_the_split_that_is_enough(self):
        campaign = self._create_campaign(holdout_percent=20)
        preview = self.env["winback.campaign.preview"].create({"campaign_id": campaign.id})
        self.assertEqual(preview.proposed_percent, 50)
        preview.action_use_split()
        self.assertEqual(campaign.holdout_percent, 50)
        self.assertIn("is enough", campaign._get_split_text(1182))
        self.assertIn("at least 20.0 in 100", campaign._get_power_text(199, 199))

    def test_preview_needs_a_segment_and_a_channel(self):
        campaign = self._create_campaign(channel_ids=False)
        with self.assertRaises(UserError):
            campaign.action_preview()

    # ------------------------------------------------------------------
    # Mailing and stopping
    # ------------------------------------------------------------------

    def test_mailing_is_a_draft_for_the_treated_only(self):
        campaign = self._start_campaign(channel_ids=[Command.set(self.mail.ids)])
        mailing = campaign.mailing_id
        treated = self._get_arm(campaign, "treatment").partner_id
        self.assertEqual(mailing.state, "draft")
        self.assertEqual(mailing.campaign_id, campaign.utm_campaign_id)
        self.assertEqual(set(mailing._get_recipients()), set(treated.ids))
        self.assertFalse(self.env["mailing.trace"].search([("mass_mailing_id", "=", mailing.id)]))

    def test_mailing_never_reaches_the_control_group(self):
        campaign = self._start_campaign(channel_ids=[Command.set(self.mail.ids)])
        campaign.mailing_id.mailing_domain = repr([("id", "in", self.customers.ids)])
        treated = self._get_arm(campaign, "treatment").partner_id
        self.assertEqual(set(campaign.mailing_id._get_recipients()), set(treated.ids))

    def test_who_orders_or_answers_gets_no_mail(self):
        campaign = self._start_campaign(channel_ids=[Command.set(self.mail.ids)])
        ordered, answered = self._get_arm(campaign, "treatment")[:2]
        self._create_order(ordered.partner_id, 0)
        self._create_lead(answered.partner_id, 0)
        left = set(campaign.mailing_id._get_recipients())
        self.assertEqual(len(left), 2)
        self._run()  # the run finds it, and takes them from the draft
        self.assertEqual(ordered.stop_reason, "ordered")
        self.assertEqual(answered.stop_reason, "answered")
        self.assertNotIn(str(ordered.partner_id.id), campaign.mailing_id.mailing_domain)
        self.assertEqual(set(campaign.mailing_id._get_recipients()), left)

    def test_run_of_a_past_day_stops_nobody(self):
        campaign = self._start_campaign()
        self._create_order(self._get_arm(campaign, "treatment")[0].partner_id, 0)
        self._run(today=self._day(1))
        self.assertFalse(any(campaign.member_ids.mapped("stop_reason")))

    def test_who_was_heard_of_before_the_start_has_not_answered(self):
        self._create_lead(self.customers[0], 3)
        self._run()
        campaign = self._start_campaign(holdout_percent=0, waive_reason="test")
        self._run()
        self.assertFalse(any(campaign.member_ids.mapped("stop_reason")))

    def test_who_ordered_before_being_worked_gets_nothing(self):
        with patch.object(winback_campaign, "SMALL", 0):
            campaign = self._start_campaign(offer_id=self.offer.id)
        member = self._get_arm(campaign, "treatment")[0]
        self._create_order(member.partner_id, 0)
        campaign._work(campaign._get_todo(), self.today)
        self.assertEqual(member.work_state, "skipped")
        self.assertFalse(member.case_id)
        self.assertFalse(member.grant_id)

    def test_mail_only_campaign_floods_nobody_with_cases(self):
        campaign = self._start_campaign(
            channel_ids=[Command.set(self.mail.ids)], opens_mail_cases=False
        )
        self.assertFalse(campaign.member_ids.case_id)
        self.assertEqual(len(campaign.mailing_id._get_recipients()), 4)

    def test_cancelled_campaign_drops_the_mailing_nobody_sent(self):
        campaign = self._start_campaign(channel_ids=[Command.set(self.mail.ids)])
        mailing = campaign.mailing_id
        campaign.action_cancel()
        self.assertFalse(mailing.exists())
        self.assertEqual(campaign.state, "cancelled")

    # ------------------------------------------------------------------
    # Rights
    # ------------------------------------------------------------------

    def test_salespeople_see_no_campaign(self):
        campaign = self._start_campaign()
        user = new_test_user(
            self.env,
            "no_campaigns",
            groups="sales_team.group_sale_salesman_all_leads",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        with self.assertRaises(AccessError):
            campaign.with_user(user).read(["name"])
        held_out = self.env["winback.campaign"].with_user(user)._get_held_out_partners(self.company)
        self.assertEqual(len(held_out), 4)

    def test_manager_runs_a_campaign_without_other_rights(self):
        user = new_test_user(
            self.env,
            "campaign_manager",
            groups="sales_team.group_sale_manager",
            company_id=self.company.id,
            company_ids=[Command.set(self.company.ids)],
        )
        campaign = self._create_campaign(
            channel_ids=[Command.set(self.mail.ids)], offer_id=self.offer.id
        ).with_user(user)
        self.env.invalidate_all()
        campaign.action_preview()
        campaign.action_start()
        self.assertTrue(campaign.result["sentences"])
        self.assertEqual(campaign.treated_count, 4)
        campaign.action_finish()
        self.assertEqual(campaign.state, "done")

    def test_other_companies_see_nothing_of_it(self):
        campaign = self._start_campaign()
        other = self._create_company("Other")
        self.assertFalse(self.env["winback.campaign"]._get_held_out_partners(other))
        user = new_test_user(
            self.env,
            "other_manager",
            groups="sales_team.group_sale_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        campaigns = self.env["winback.campaign"].with_user(user)
        campaigns = campaigns.with_context(allowed_company_ids=other.ids)
        self.assertFalse(campaigns.search([("id", "=", campaign.id)]))

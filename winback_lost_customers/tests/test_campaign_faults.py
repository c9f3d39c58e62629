from unittest.mock import patch

from odoo.exceptions import LockError, UserError
from odoo.tests import freeze_time

from ..models import winback_campaign
from .common_campaign import WinbackCampaignCase


@freeze_time("2026-06-15 12:00:00")
class TestCampaignFaults(WinbackCampaignCase):
    """What goes wrong in the middle of a campaign: nothing is lost, nothing done twice."""

    def _begin_campaign(self, **values):
        """Start a campaign whose customers are worked later."""
        with patch.object(winback_campaign, "SMALL", 0):
            return self._start_campaign(offer_id=self.offer.id, **values)

    def _work(self, campaign):
        campaign._work(campaign._get_todo(), self.today)

    def _let_fail(self, partners):
        """Let the offers of these `partners` fail, and of nobody else."""
        type(self).failing = partners
        self.addCleanup(setattr, type(self), "failing", partners.browse())

    def test_one_customer_that_fails_does_not_stop_the_others(self):
        campaign = self._begin_campaign()
        first, *others = self._get_arm(campaign, "treatment")
        self._let_fail(first.partner_id)
        self._work(campaign)
        self.assertEqual(first.work_state, "failed")
        self.assertIn("no such offer", first.error)
        self.assertFalse(first.case_id)
        self.assertEqual({member.work_state for member in others}, {"done"})
        self.assertEqual(campaign.failed_count, 1)

    def test_failed_customer_is_tried_again_by_a_click(self):
        campaign = self._begin_campaign()
        member = self._get_arm(campaign, "treatment")[0]
        self._let_fail(member.partner_id)
        self._work(campaign)
        self._let_fail(self.env["res.partner"])
        done = self.env["winback.grant"].search_count([("company_id", "=", self.company.id)])
        campaign.action_retry()
        self.assertEqual(member.work_state, "done")
        self.assertFalse(member.error)
        grants = self.env["winback.grant"].search_count([("company_id", "=", self.company.id)])
        self.assertEqual(grants, done + 1)

    def test_working_again_does_nothing_twice(self):
        campaign = self._begin_campaign()
        members = campaign._get_todo()
        campaign._work(members, self.today)
        campaign._work(members, self.today)
        for member in members:
            self.assertEqual(
                self.env["winback.case"].search_count([("partner_id", "=", member.partner_id.id)]), 1
            )
            self.assertEqual(
                self.env["winback.grant"].search_count([("partner_id", "=", member.partner_id.id)]), 1
            )

    def test_mailing_is_prepared_once(self):
        campaign = self._start_campaign(channel_ids=self.mail.ids)
        mailing = campaign.mailing_id
        campaign.sudo()._complete_work()
        self.assertEqual(campaign.mailing_id, mailing)
        self.assertEqual(
            self.env["mailing.mailing"].search_count(
                [("campaign_id", "=", campaign.utm_campaign_id.id)]
            ),
            1,
        )

    def test_archived_customer_is_not_approached(self):
        campaign = self._begin_campaign()
        member = self._get_arm(campaign, "treatment")[0]
        member.partner_id.active = False
        self._work(campaign)
        self.assertEqual((member.work_state, member.stop_reason), ("skipped", "archived"))
        self.assertEqual(member.arm, "treatment")

    def test_customer_moved_to_another_company_is_not_approached(self):
        campaign = self._begin_campaign()
        member = self._get_arm(campaign, "treatment")[0]
        self._set_columns(member.partner_id, company_id=self._create_company("Other").id)
        self._work(campaign)
        self.assertEqual((member.work_state, member.stop_reason), ("skipped", "moved"))

    def _merge(self, source, target):
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((source | target).ids, target)
        self.env.invalidate_all()

    def test_customers_merged_across_the_groups_count_in_neither(self):
        campaign = self._begin_campaign()
        treated = self._get_arm(campaign, "treatment").partner_id
        control = self._get_arm(campaign, "control").partner_id
        drawn = campaign._draw_again()
        self._merge(treated[0], control[0])
        member = campaign.member_ids.filtered(lambda m: m.partner_id == control[0])
        self.assertEqual((member.arm, member.stop_reason), ("control", "merged"))
        arms = {a["arm"]: a["customers"] for a in campaign._get_result(self.today)["arms"]}
        self.assertEqual(arms, {"treatment": 3, "control": 3})
        self.assertTrue(drawn)

    def test_customers_merged_within_a_group_count_once(self):
        campaign = self._begin_campaign()
        treated = self._get_arm(campaign, "treatment").partner_id
        self._merge(treated[0], treated[1])
        self._work(campaign)
        member = campaign.member_ids.filtered(lambda m: m.partner_id == treated[1])
        self.assertEqual((member.arm, member.work_state), ("treatment", "done"))
        self.assertFalse(member.stop_reason)
        self.assertEqual(campaign.treated_count, 3)

    def test_who_is_merged_with_a_stranger_stays_in_its_group(self):
        campaign = self._begin_campaign()
        treated = self._get_arm(campaign, "treatment").partner_id[0]
        stranger = self._create_customer("Stranger")
        self._merge(treated, stranger)
        self._work(campaign)
        member = campaign.member_ids.filtered(lambda m: m.partner_id == stranger)
        self.assertEqual(member.work_state, "done")
        self.assertEqual(member.drawn_partner_id, treated.id)

    def test_start_while_somebody_else_starts_says_so(self):
        campaign = self._create_campaign()
        locked = patch.object(type(campaign), "lock_for_update", side_effect=LockError("locked"))
        with locked, self.assertRaisesRegex(UserError, "at this moment"):
            campaign.action_start()
        self.assertEqual(campaign.state, "draft")

    def test_start_that_fails_leaves_no_trace(self):
        campaign = self._create_campaign()
        failing = patch.object(type(campaign), "_work_or_trigger", side_effect=UserError("failed"))
        with failing, self.assertRaises(UserError), self.env.cr.savepoint():
            campaign.action_start()
        campaign.invalidate_recordset()
        self.assertEqual(campaign.state, "draft")
        self.assertFalse(campaign.member_ids)
        self.assertFalse(campaign.seed)

    def test_mailing_deleted_by_somebody_is_no_loss(self):
        campaign = self._start_campaign(channel_ids=self.mail.ids)
        campaign.mailing_id.unlink()
        self._create_order(self._get_arm(campaign, "treatment")[0].partner_id, 0)
        self._run()
        campaign.action_finish()
        self.assertEqual(campaign.state, "done")

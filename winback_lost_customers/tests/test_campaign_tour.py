from unittest import SkipTest

from odoo.tests import HttpCase, tagged

from ..demo.winback_demo import MARKER, MODULE

PATIENCE = 240  # seconds: a long tour on a busy machine


@tagged("post_install", "-at_install")
class TestCampaignTour(HttpCase):
    """The manager of the demo company previews, starts and approves a campaign, and reads
    what another one brought."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if not cls.env.ref(f"{MODULE}.{MARKER}", raise_if_not_found=False):
            raise SkipTest("the demo is not installed")  # tests/test_demo.py runs it where it is
        cls.company = cls.env.ref("base.main_company")
        cls.campaign = cls._get_campaign("We would like you back")
        cls.finished = cls._get_campaign("Letter: our new collection")

    @classmethod
    def _get_campaign(cls, name):
        return cls.env["winback.campaign"].search(
            [("name", "=", name), ("company_id", "=", cls.company.id)]
        )

    def test_manager_starts_a_campaign_on_the_demo_data_and_reads_a_result(self):
        self.assertEqual((self.campaign.state, self.finished.state), ("draft", "done"))
        self.start_tour(
            "/odoo/winback-campaigns", "winback_campaign_tour", login="manager", timeout=PATIENCE
        )
        self.assertEqual(self.campaign.state, "running")
        self.assertTrue(self.campaign.treated_count and self.campaign.control_count)
        self.assertFalse(self.campaign.todo_count or self.campaign.failed_count)
        mailing = self.campaign.mailing_id
        self.assertEqual(mailing.state, "in_queue")
        treated = self.campaign.member_ids.filtered(lambda member: member.arm == "treatment")
        control = self.campaign.member_ids.filtered(lambda member: member.arm == "control")
        self.assertEqual(set(mailing._get_recipients()), set(treated.partner_id.ids))
        self.assertEqual(len(treated.grant_id), len(treated))
        grants = self.env["winback.grant"].search([("partner_id", "in", control.partner_id.ids)])
        self.assertNotIn(self.campaign.offer_id, grants.offer_id)

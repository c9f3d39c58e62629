from unittest.mock import patch

from odoo.addons.mail.tests.common import MockEmail
from odoo.exceptions import UserError
from odoo.tests import freeze_time, tagged
from odoo.tools import mute_logger

from ..models import winback_campaign
from .common_campaign import WinbackCampaignCase


@freeze_time("2026-06-15 12:00:00")
@tagged("post_install", "-at_install")
class TestCampaignMailServer(MockEmail, WinbackCampaignCase):
    def setUp(self):
        super().setUp()
        self.campaign = self._start_campaign(channel_ids=self.mail.ids)
        self.mailing = self.campaign.mailing_id
        self.treated = self._get_arm(self.campaign, "treatment")

    def _send_in_vain(self):
        server = type(self.env["ir.mail_server"])
        with (
            patch.object(server, "_connect__", side_effect=OSError("connection refused")),
            mute_logger("odoo.addons.mail.models.mail_mail"),
        ):
            self.mailing.action_send_mail()

    def _send_again(self):
        self.mailing.action_retry_failed()
        with self.mock_mail_gateway():
            self.mailing.action_send_mail()

    def _get_traces(self):
        return self.env["mailing.trace"].search([("mass_mailing_id", "=", self.mailing.id)])

    def _count_contacted(self):
        self.env.flush_all()
        arms = self.campaign._get_result(self.today)["arms"]
        return {arm["arm"]: arm["contacted"] for arm in arms}

    def test_mails_that_the_server_refused_are_no_contacts(self):
        self._send_in_vain()
        traces = self._get_traces()
        self.assertEqual(set(traces.mapped("res_id")), set(self.treated.partner_id.ids))
        self.assertEqual(set(traces.mapped("trace_status")), {"error"})
        self.assertEqual(self._count_contacted(), {"treatment": 0, "control": 0})

    def test_second_try_reaches_everybody_once(self):
        self._send_in_vain()
        self._send_again()
        traces = self._get_traces()
        self.assertEqual(sorted(traces.mapped("res_id")), sorted(self.treated.partner_id.ids))
        self.assertEqual(set(traces.mapped("trace_status")), {"sent"})
        self.assertEqual(self._count_contacted(), {"treatment": len(self.treated), "control": 0})

    def test_second_try_leaves_out_who_has_ordered_since(self):
        self._send_in_vain()
        ordered = self.treated[0].partner_id
        self._create_order(ordered)
        self._run()
        self._send_again()
        self.assertEqual(
            set(self._get_traces().mapped("res_id")), set(self.treated.partner_id.ids) - {ordered.id}
        )


@freeze_time("2026-06-15 12:00:00")
@tagged("post_install", "-at_install")
class TestCampaignOfferGone(WinbackCampaignCase):
    """With the real offers: what happens when somebody takes the offer away."""

    @classmethod
    def _replace_doors(cls):
        outreach_class = type(cls.env["winback.outreach"])
        grant = outreach_class._grant
        result = super()._replace_doors()
        cls.startClassPatcher(patch.object(outreach_class, "_grant", grant))
        return result

    def setUp(self):
        super().setUp()
        self.news = self.env["winback.offer"].create({"name": "Our news", "kind": "news"})
        with patch.object(winback_campaign, "SMALL", 0):
            self.campaign = self._start_campaign(offer_id=self.news.id)
        self.members = self.campaign._get_todo()
        self.campaign._work(self.members[:1], self.today)

    def _count_grants(self):
        return self.env["winback.grant"].search_count([("offer_id", "=", self.news.id)])

    def test_offer_of_a_campaign_is_not_deleted(self):
        with self.assertRaisesRegex(UserError, "archive it instead"):
            self.news.unlink()
        self.assertEqual(self.campaign.offer_id, self.news)

    def test_offer_archived_in_the_middle_stops_nobody_else_and_is_made_once(self):
        self.news.active = False
        self.campaign._work(self.members[1:], self.today)
        self.assertEqual(self.members[0].work_state, "done")
        self.assertEqual(set(self.members[1:].mapped("work_state")), {"failed"})
        self.assertIn("“Our news” is archived", self.members[1].error)
        self.assertEqual(self._count_grants(), 1)
        self.assertFalse(self.members[1:].case_id, "no case without the offer it promises")
        self.news.active = True
        self.campaign.action_retry()
        self.campaign.action_retry()
        self.assertEqual(set(self.members.mapped("work_state")), {"done"})
        self.assertEqual(self._count_grants(), len(self.members))

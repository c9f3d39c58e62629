from unittest.mock import patch

from odoo import Command

from .common import WinbackCase


class WinbackCampaignCase(WinbackCase):
    """Lost customers, a segment, channels and an offer; what other parts do for
    campaigns (contact policy, cases, offers, rates) is replaced by something simple."""

    customers_count = 8

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._replace_doors()
        # the delivered channels have costs of their own for calls and meetings
        cls.env["winback.channel"].search([("company_id", "=", False)]).activity_type_id = False
        cls.customers = cls._create_lost_customers(cls.customers_count)
        cls._run()
        cls.segment = cls.env["winback.segment"].create({"name": "Lost"})
        cls.call = cls._create_channel("call", cost=4)
        cls.mail = cls._create_channel("email", cost=1)
        cls.offer = cls.env["winback.offer"].create({"name": "A gift", "kind": "gift"})

    @classmethod
    def _replace_doors(cls):
        cls.blocked = {}  # {channel kind: {partner: reason}}
        cls.failing = cls.env["res.partner"]  # whose offers fail
        cls.used_costs = {}  # {grant: cost}

        def get_blocked(outreach, company, partners, today, channel):
            return {
                partner: reason
                for partner, reason in cls.blocked.get(channel.kind, {}).items()
                if partner in partners
            }

        def open_cases(outreach, company, partners, source, user=None, **values):
            cases = outreach.env["winback.case"]
            domain = [("partner_id", "in", partners.ids), ("company_id", "=", company.id)]
            open_cases = cases.search([*domain, ("state", "in", ("new", "reason"))])
            return open_cases | cases.create(
                [
                    {
                        "partner_id": partner.id,
                        "company_id": company.id,
                        "source": source,
                        "user_id": user and user.id,
                        **values,
                    }
                    for partner in partners - open_cases.partner_id
                ]
            )

        def grant(outreach, offer, partner, company, case, campaign, today):
            if partner in cls.failing:
                raise ValueError("no such offer")
            return outreach.env["winback.grant"].create(
                {
                    "partner_id": partner.id,
                    "company_id": company.id,
                    "case_id": case.id,
                    "offer_id": offer.id,
                    "date": today,
                }
            )

        doors = {
            "_get_blocked": get_blocked,
            "_get_policy_labels": lambda outreach: {"opted_out": "Opted out"},
            "_open_cases": open_cases,
            "_grant": grant,
            "_get_offer_cost": lambda outreach, offer, case: 10,
            "_get_used_costs": lambda outreach, grants: dict(cls.used_costs),
            "_get_expected_rates": lambda outreach, company: (0.1, 0.2),
        }
        outreach_class = type(cls.env["winback.outreach"])
        for name, door in doors.items():
            cls.startClassPatcher(patch.object(outreach_class, name, door))

    @classmethod
    def _create_lost_customers(cls, count, **values):
        partners = cls.env["res.partner"]
        for number in range(count):
            partner = cls._create_customer(
                f"Lost {number}", email=f"lost{number}@example.com", **values
            )
            cls._create_orders(partner, [400, 430, 460], amount=100 * (number + 1))
            partners |= partner
        return partners

    @classmethod
    def _create_channel(cls, kind, cost):
        return cls.env["winback.channel"].create(
            {"name": kind, "kind": kind, "cost_per_contact": cost}
        )

    @classmethod
    def _create_campaign(cls, **values):
        return cls.env["winback.campaign"].create(
            {
                "name": "Call the lost",
                "segment_id": cls.segment.id,
                "channel_ids": [Command.set(cls.call.ids)],
                **values,
            }
        )

    @classmethod
    def _start_campaign(cls, **values):
        campaign = cls._create_campaign(**values)
        campaign.action_start()
        return campaign

    @classmethod
    def _get_arm(cls, campaign, arm):
        return campaign.member_ids.filtered(lambda member: member.arm == arm)

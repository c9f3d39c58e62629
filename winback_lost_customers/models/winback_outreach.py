from typing import NamedTuple

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL


class Verdict(NamedTuple):
    """How a customer would be reached, or why it is left alone (a code)."""

    channel: object
    reason: str | bool


class WinbackOutreach(models.AbstractModel):
    """Whom campaigns and relaunches may approach, and the doors to those who do it.

    All that they need of cases, offers and the contact policy goes through here, so that
    each has one place.
    """

    _name = "winback.outreach"
    _description = "Win-Back Outreach"

    # ------------------------------------------------------------------
    # Screening
    # ------------------------------------------------------------------

    @api.model
    def _screen(self, company, statuses, channels, today):
        """Tell for each customer how it would be reached, or why it is left out.

        Questions are asked for all customers at once; the first reason counts.

        :param statuses: customers, as `winback.status` of `company`
        :param channels: the first by which a customer may be reached is taken
        :return: {status: Verdict}
        """
        partners = statuses.partner_id
        reasons = self._get_reasons_to_leave_out(company, partners, today)
        channel_of, blocked = self._choose_channels(
            company, partners.filtered(lambda p: p.id not in reasons), channels, today
        )
        verdicts = {}
        for status in statuses:
            partner = status.partner_id
            reason = self._get_status_reason(status, today) or reasons.get(partner.id)
            if not reason and partner not in channel_of:
                reason = blocked.get(partner, "no_channel")
            channel = channel_of.get(partner, channels[:0])
            verdicts[status] = Verdict(channels[:0] if reason else channel, reason or False)
        return verdicts

    @api.model
    def _get_status_reason(self, status, today):
        """Return why a customer's own row forbids it."""
        if status.state == "excluded":
            return "excluded"
        if status.last_order_date and status.last_order_date >= today:
            return "bought"
        return False

    @api.model
    def _get_reasons_to_leave_out(self, company, partners, today):
        """Return {partner id: reason} of those whom something else keeps."""
        reasons = {}
        groups = {
            "in_campaign": self._get_campaign_partners(company),
            "open_case": self._get_case_partners(company, partners),
            "held_out": self.env["winback.campaign"]._get_held_out_partners(company),
            "excluded": self._get_excluded_partners(company, partners, today),
        }
        for reason, kept in groups.items():  # the last one counts
            reasons.update(dict.fromkeys(kept.ids, reason))
        return reasons

    @api.model
    def _get_campaign_partners(self, company):
        """Return whom running campaigns treat: two at once could not be told apart."""
        # sudo: a relaunch need not see campaigns
        members = self.env["winback.campaign.member"].sudo().search(
            Domain("arm", "=", "treatment")
            & Domain("campaign_id.state", "=", "running")
            & Domain("campaign_id.company_id", "=", company.id)
        )
        return members.partner_id.sudo(self.env.su)

    @api.model
    def _get_case_partners(self, company, partners):
        """Return those of `partners` on whom somebody is working already."""
        # sudo: also colleagues' cases count
        cases = self.env["winback.case"].sudo().search(
            Domain("company_id", "=", company.id)
            & Domain("partner_id", "in", partners.ids)
            & Domain("state", "in", ("new", "reason", "prepared", "contact"))
        )
        return cases.partner_id.sudo(self.env.su)

    @api.model
    def _get_excluded_partners(self, company, partners, today):
        """Return those of `partners` who are excluded by decision."""
        # sudo: only managers see decisions, and they bind everybody
        exclusions = self.env["winback.exclusion"].sudo().search(
            Domain("company_id", "=", company.id)
            & Domain("partner_id", "in", partners.ids)
            & Domain("date", "<=", today)
        )
        return exclusions.partner_id.sudo(self.env.su)

    @api.model
    def _choose_channels(self, company, partners, channels, today):
        """Return {partner: first channel by which it may be reached} and {partner: why
        not by the first channel} of the others."""
        channel_of, first_reasons, left = {}, {}, partners
        for channel in channels:
            blocked = self._get_blocked(company, left, today, channel)
            for partner in left:
                if partner in blocked:
                    first_reasons.setdefault(partner, blocked[partner])
                else:
                    channel_of[partner] = channel
            left = left.filtered(lambda partner: partner not in channel_of)
        return channel_of, first_reasons

    @api.model
    def _get_left_out_labels(self):
        """Return what the reasons for leaving a customer out are called."""
        return {
            **self._get_policy_labels(),
            "excluded": self.env._("Excluded by decision"),
            "bought": self.env._("Bought today"),
            "open_case": self.env._("Has an open case"),
            "held_out": self.env._("In the control group of another campaign"),
            "in_campaign": self.env._("Being treated by another campaign"),
            "no_channel": self.env._("Cannot be reached by any of the channels"),
            "budget": self.env._("Beyond the budget"),
        }

    # ------------------------------------------------------------------
    # Doors to the other parts
    # ------------------------------------------------------------------

    @api.model
    def _get_blocked(self, company, partners, today, channel):
        """Return {partner: reason code} of whom the contact policy protects."""
        return self.env["winback.contact.policy"]._get_blocked(
            company, partners, today, channel=channel
        )

    @api.model
    def _get_policy_labels(self):
        """Return what the contact policy calls its reasons."""
        return dict(self.env["winback.contact.policy"]._get_reason_labels())

    @api.model
    def _open_cases(self, company, partners, source, user=None, **values):
        """Return the cases now open for `partners`."""
        return self.env["winback.case"]._open(
            company, partners, source=source, user=user or None, **values
        )

    @api.model
    def _grant(self, offer, partner, company, case, campaign, today):
        """Return the grant of `offer` to one customer."""
        return offer._grant(partner, company, case=case, campaign=campaign, today=today)

    @api.model
    def _get_offer_cost(self, offer, case):
        """Return what `offer` is expected to cost when the customer of `case` uses it."""
        return offer._get_cost(case)

    @api.model
    def _get_used_costs(self, grants):
        """Return {grant: what it really cost} of those that were used."""
        return {grant: grant.cost for grant in grants if grant.state == "used"}

    @api.model
    def _get_outside_costs(self, grants):
        """Return {grant: what it cost beyond what its order shows} of those that were used:
        the margin of an order has a discount or gift that stands on it taken off already."""
        self.env["winback.grant"].flush_model(["state", "kind", "cost", "offer_id"])
        self.env["winback.offer"].flush_model(["other_cost"])
        rows = self.env.execute_query(
            SQL(
                """SELECT g.id, %s FROM winback_grant g JOIN winback_offer offer ON offer.id = g.offer_id
                    WHERE g.state = 'used' AND g.id = ANY(%s)""",
                self._get_outside_cost_sql(),
                list(grants.ids),
            )
        )
        return {grants.browse(grant_id): cost for grant_id, cost in rows}

    @api.model
    def _get_outside_cost_sql(self):
        """Return the SQL of `_get_outside_costs` for grant `g` of `offer`."""
        return SQL(
            """CASE WHEN g.kind IN %s THEN LEAST(COALESCE(g.cost, 0), COALESCE(offer.other_cost, 0))
                    ELSE COALESCE(g.cost, 0) END""",
            tuple(self.env["winback.offer"]._get_claimed_kinds()),
        )

    @api.model
    def _get_expected_rates(self, company):
        """Return (rate if left alone, rate if treated) of a customer of no special class
        or reason."""
        rates = self.env["winback.rate"]
        rate = rates._get_rate(
            company, self.env["winback.value.class"], self.env["winback.reason"]
        )
        return rate.untreated, rate.treated

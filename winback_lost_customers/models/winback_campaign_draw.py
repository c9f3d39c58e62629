import secrets
from typing import NamedTuple

from odoo import models
from odoo.exceptions import UserError

from ..tools import calculator
from ..tools.uplift import detectable_rate, draw_control, propose_split


class Screening(NamedTuple):
    """Who would take part, by which channel, and why the others would not."""

    channel_of: dict  # {status: channel}, the most valuable customer first
    left_out: dict  # {status: reason code}


class WinbackCampaign(models.Model):
    """Who takes part, drawn once and for all."""

    _inherit = "winback.campaign"

    def _screen(self, today):
        """Return the `Screening` of the segment's customers as of `today`."""
        statuses = self.segment_id._get_statuses()
        verdicts = self.env["winback.outreach"]._screen(
            self.company_id, statuses, self.channel_ids.sorted(), today
        )
        channel_of = {s: verdict.channel for s, verdict in verdicts.items() if not verdict.reason}
        left_out = {s: verdict.reason for s, verdict in verdicts.items() if verdict.reason}
        for status in self._get_beyond_budget(channel_of):
            del channel_of[status]
            left_out[status] = "budget"
        return Screening(channel_of, left_out)

    def _get_unit_cost(self, channel):
        """Return what treating one customer by `channel` costs at most."""
        return self.contacts_planned * channel.cost_per_contact + self.offer_cost

    def _get_beyond_budget(self, channel_of):
        """Return the customers, the least valuable ones, whom the budget does not cover.

        The dearest of those who stay are reckoned as the treated, as the draw does not
        look at costs: so no draw can exceed the budget.
        """
        if not self.budget:
            return []
        statuses = list(channel_of)
        low, high = 0, len(statuses)
        while low < high:
            middle = (low + high + 1) // 2
            if self._get_highest_cost([channel_of[s] for s in statuses[:middle]]) <= self.budget:
                low = middle
            else:
                high = middle - 1
        return statuses[low:]

    def _get_highest_cost(self, channels):
        """Return the cost of the dearest draw among customers with these `channels`."""
        costs = sorted((self._get_unit_cost(channel) for channel in channels), reverse=True)
        control = len(draw_control({0: range(len(costs))}, self._get_share(), 0))
        return sum(costs[: len(costs) - control])

    def _get_share(self):
        """Return the share of the control group."""
        return 0 if self.waive_reason else self.holdout_percent / 100

    def _draw(self, today):
        """Draw the control group and write all members, in this transaction."""
        screening = self._screen(today)
        if not screening.channel_of:
            raise UserError(
                self.env._("Nobody is left to approach. The preview says why each customer falls out.")
            )
        seed = secrets.randbelow(2**31)
        # before the state changes: from then on these are fixed
        self.write({"seed": seed, "date_start": today})
        self.date_end = self._get_measured_until()
        control = draw_control(self._get_strata(screening.channel_of), self._get_share(), seed)
        vals_list = [
            self._prepare_member_values(
                status,
                arm="control" if status.partner_id.id in control else "treatment",
                channel_id=channel.id,
            )
            for status, channel in screening.channel_of.items()
        ]
        vals_list += [
            self._prepare_member_values(status, arm="left_out", left_out_reason=reason)
            for status, reason in screening.left_out.items()
        ]
        self._add_reasons(vals_list)
        # sudo: nobody writes members by hand
        self.env["winback.campaign.member"].sudo().create(vals_list)

    def _get_strata(self, statuses):
        """Return the customers' ids by value class."""
        strata = {}
        for status in statuses:
            strata.setdefault(status.value_class_id.id or 0, []).append(status.partner_id.id)
        return strata

    def _prepare_member_values(self, status, **values):
        """Return the values of a member with what was known of it when it was drawn."""
        return {
            "campaign_id": self.id,
            "partner_id": status.partner_id.id,
            "drawn_partner_id": status.partner_id.id,
            "value_class_id": status.value_class_id.id,
            "heard_before": status.last_inquiry_date,
            "work_state": "todo" if values["arm"] == "treatment" else "none",
            **values,
        }

    def _add_reasons(self, vals_list):
        """Add the reason of loss that the customer's latest case tells."""
        # sudo: also of cases of others
        cases = self.env["winback.case"].sudo().search(
            [
                ("company_id", "=", self.company_id.id),
                ("partner_id", "in", [vals["partner_id"] for vals in vals_list]),
                "|",
                ("reason_id", "!=", False),
                ("customer_reason_id", "!=", False),
            ],
            order="id",
        )
        reasons = {c.partner_id.id: (c.customer_reason_id or c.reason_id).id for c in cases}
        for vals in vals_list:
            vals["reason_id"] = reasons.get(vals["partner_id"])

    def _draw_again(self):
        """Return the ids of the customers whom the seed draws for the control group; who
        was merged since counts as it was."""
        strata = {}
        for member in self.member_ids.filtered(lambda member: member.arm != "left_out"):
            strata.setdefault(member.value_class_id.id or 0, []).append(member.drawn_partner_id)
        return draw_control(strata, self._get_share(), self.seed)

    # ------------------------------------------------------------------
    # What can be said before the start
    # ------------------------------------------------------------------

    def _get_plan(self, channel_of):
        """Return the calculator's plan for customers with these channels."""
        size = len(channel_of)
        control = len(draw_control({0: range(size)}, self._get_share(), 0))
        contacts = sum(channel.cost_per_contact for channel in channel_of.values())
        return calculator.Plan(
            size=size - control,
            rate_control=self.expected_control,
            rate_treated=self.expected_treated,
            value=self._get_value(list(channel_of)),
            contact_cost=self.contacts_planned * contacts / size if size else 0,
            offer_cost=self.offer_cost,
        )

    def _get_value(self, statuses):
        """Return the margin that a return brings within the horizon, on average."""
        # sudo: an average tells no customer's margin
        margins = [max(status.sudo().margin_active_year, 0) for status in statuses]
        year = sum(margins) / len(margins) if margins else 0
        return year * self.company_id.winback_horizon_days / 365

    def _get_split(self, size):
        """Return the split proposed for `size` customers."""
        return propose_split(size, self.expected_control, self.expected_treated)

    def _get_power_text(self, treated, control):
        """Return in words what effect groups of these sizes could show."""
        if not control or not treated:
            return self.env._("Without a control group no effect can be shown, whatever happens.")
        rate = detectable_rate(self.expected_control, treated, control)
        if rate is None:
            return self.env._(
                "With %(treated)s treated and %(control)s left alone no effect could be told "
                "from chance.",
                treated=treated,
                control=control,
            )
        return self.env._(
            "With %(treated)s treated and %(control)s left alone, an effect will probably show "
            "(8 times in 10) if at least %(rate)s in 100 of the treated return instead of "
            "%(base)s.",
            treated=treated,
            control=control,
            rate=round(100 * rate, 1),
            base=round(100 * self.expected_control, 1),
        )

    def _get_split_text(self, size):
        """Return in words which split would show the effect that is expected."""
        split = self._get_split(size)
        if split.is_enough:
            return self.env._(
                "A control group of %(share)s %% is enough to show the effect that you expect.",
                share=round(100 * split.control_share),
            )
        return self.env._(
            "%(size)s customers are too few to show the effect that you expect, with any split; "
            "halves come closest.",
            size=size,
        )

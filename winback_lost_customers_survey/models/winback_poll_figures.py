from odoo import api, fields, models

from ..tools.nps import MIN_ANSWERS, get_nps


class WinbackPoll(models.Model):
    """How many are asked and answer, what they say, and what the gifts cost."""

    _inherit = "winback.poll"

    prepared_count = fields.Integer(compute="_compute_counts", string="To Be Asked")
    deferred_count = fields.Integer(compute="_compute_counts", string="Waiting")
    excluded_count = fields.Integer(compute="_compute_counts", string="Not Asked")
    asked_count = fields.Integer(compute="_compute_counts", string="Asked")
    answered_count = fields.Integer(compute="_compute_counts", string="Answered")
    open_count = fields.Integer(compute="_compute_counts", string="May Still Answer")
    response_rate = fields.Float(compute="_compute_counts", string="Response Rate (%)", digits=(5, 1))
    nps_text = fields.Char(
        compute="_compute_nps_text",
        string="NPS",
        help="Share of promoters (9-10) less share of detractors (0-6), with the range in "
        "which it lies with 95 % certainty. Hidden below ten answers.",
    )

    gift_count = fields.Integer(compute="_compute_gifts", string="Gifts")
    gift_cost = fields.Monetary(
        compute="_compute_gift_cost", string="Cost of a Gift", help="If it is used on an order of usual size."
    )
    liability = fields.Monetary(
        compute="_compute_gifts",
        string="Open Liability",
        help="What gifts may still cost: those that were given and not used, and those of everybody "
        "who is asked and may still answer.",
    )

    def _compute_counts(self):
        groups = self.env["winback.poll.invitation"]._read_group(
            [("poll_id", "in", self.ids)], ["poll_id", "state"], ["__count"]
        )
        counts = {(poll, state): count for poll, state, count in groups}
        for poll in self:
            def count(*states, poll=poll):
                return sum(counts.get((poll, state), 0) for state in states)

            poll.prepared_count = count("prepared")
            poll.deferred_count = count("deferred")
            poll.excluded_count = count("excluded")
            poll.answered_count = count("answered")
            poll.open_count = count("sent", "reminded")
            poll.asked_count = count("sent", "reminded", "answered", "expired")
            asked = poll.asked_count
            poll.response_rate = 100 * poll.answered_count / asked if asked else 0

    def _compute_nps_text(self):
        groups = self.env["winback.poll.answer"]._read_group(
            [("poll_id", "in", self.ids), ("category", "!=", False)],
            ["poll_id", "category"],
            ["__count"],
        )
        counts = {(poll, category): count for poll, category, count in groups}
        for poll in self:
            numbers = [counts.get((poll, c), 0) for c in ("promoter", "passive", "detractor")]
            poll.nps_text = self._format_nps(*numbers)

    def _compute_gift_cost(self):
        for poll in self:
            # sudo: what products cost, and sales, are told as one figure only
            poll.gift_cost = poll.sudo()._get_gift_cost() if poll.offer_id else 0

    def _compute_gifts(self):
        groups = self.env["winback.poll.gift"]._read_group(
            [("poll_id", "in", self.ids)], ["poll_id"], ["__count", "liability:sum"]
        )
        given = {poll: (count, liability) for poll, count, liability in groups}
        for poll in self:
            poll.gift_count, liability = given.get(poll, (0, 0))
            waiting = poll.prepared_count + poll.deferred_count + poll.open_count
            poll.liability = liability + waiting * poll.gift_cost

    @api.model
    def _format_nps(self, promoters, passives, detractors):
        """Return the NPS of so many answers in words, with its interval."""
        if promoters + passives + detractors < MIN_ANSWERS:
            return self.env._("fewer than %s answers", MIN_ANSWERS)
        nps = get_nps(promoters, passives, detractors)
        return self.env._(
            "%(score)s (%(low)s to %(high)s)",
            score=f"{round(nps.score):+d}",
            low=f"{round(nps.low):+d}",
            high=f"{round(nps.high):+d}",
        )

    def _get_gift_cost(self):
        """Return what one gift is expected to cost, in the company's currency."""
        amount = self.env["winback.status"]._read_group(
            [("company_id", "=", self.company_id.id), ("order_count", ">", 0)],
            [],
            ["amount_total:sum", "order_count:sum"],
        )[0]
        usual = amount[0] / amount[1] if amount[1] else 0
        offer = self.gift_offer_id or self.offer_id
        if offer.kind == "credit":
            usual = max(usual, offer.amount)  # all of it may be claimed
        return offer.with_company(self.company_id)._get_expected_cost(usual)

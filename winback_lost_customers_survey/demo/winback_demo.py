"""A year of polls of the demo company: who was asked follows from its documents, by the same statements as in real
life; what they answered is drawn, and nobody is mailed.

Sales have been getting better since spring, deliveries got worse in autumn: the reports have something to show.
"""

import logging
import random
from datetime import datetime, time, timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.addons.winback_lost_customers.demo.winback_demo import MARKER, MODULE

from ..tools.nps import get_category

_logger = logging.getLogger(__name__)

SEED = 20263
MONTHS = 12
RESPONSE = 0.45
REACTIONS = 4  # bad answers of the running poll that somebody reacts to
UNHAPPY = ("at_risk", "lost", "gone")
WORDS = {
    "promoter": (
        "Always on time, and the engraving is perfect.", "You answer the phone. Keep it like this!",
        "The hampers were the talk of the office.", "Nina found just the right thing for us.",
    ),
    "passive": ("Good, but the web catalogue is hard to search.", "Prices went up without a word.", "", ""),
    "detractor": (
        "Third late delivery in a row.", "Nobody called back.",
        "The logo was printed crooked, and we had to wait for new ones.",
        "Another supplier offers the same for less.", "",
    ),
}  # fmt: skip
CORRECTIONS = (
    ("Deliveries were late", "A second carrier for orders before Christmas", "delivery", "doing"),
    ("Prices went up without notice", "Every change is announced 30 days ahead", "sales", "done"),
    ("The catalogue is hard to search", "New search in the catalogue", "products", "planned"),
)


class WinbackDemo(models.AbstractModel):
    _inherit = "winback.demo"

    @api.model
    def _install_polls(self):
        """Create the polls, and evaluate the customers again."""
        if self._create_polls():
            company = self.env.ref("base.main_company")
            self.env["winback.engine"].with_company(company)._run(company)

    @api.model
    def _create_polls(self, today=None):
        """Create a year of polls, once.

        :param today: the day of the demo; the day of installation by default
        :return: the polls, oldest first
        """
        self = self._get_quiet().with_context(mail_activity_quick_update=True)
        polls = self.env["winback.poll"]
        company = self.env.company
        has_demo = self.env.ref(f"{MODULE}.{MARKER}", raise_if_not_found=False)
        if not has_demo or polls.search_count([("company_id", "=", company.id)], limit=1):
            return polls
        today = today or company._winback_today()
        rng = random.Random(SEED)
        for back in reversed(range(MONTHS)):
            first = today.replace(day=1) - relativedelta(months=back)
            polls |= self._create_poll(rng, first, today)
        self._create_corrections(polls[-1:], today)
        _logger.info("Win-Back demo: %s polls created", len(polls))
        return polls

    def _create_poll(self, rng, first, today):
        """Create the poll that was sent in the month of the day `first`, with its answers."""
        poll = self.env["winback.poll"].create({"month": first - relativedelta(months=1)})
        if first == today.replace(day=1):  # there is always a running one to look at
            poll.date_deadline = max(poll.date_deadline, today + timedelta(days=7))
        asked_on = min(poll.date_first + timedelta(days=1), today)
        poll._prepare(asked_on)
        poll._fix_gift()
        asked = poll.invitation_ids.filtered(lambda invitation: invitation.state == "prepared")
        moment = datetime.combine(asked_on, time(9))
        asked.write({"state": "reminded", "date_sent": moment, "date_reminded": moment + timedelta(days=5)})
        poll.write({"state": "running", "date_started": moment, "date_previewed": moment})
        statuses = self._get_statuses_of(asked.partner_id)
        for invitation in asked:
            if rng.random() < RESPONSE:
                self._answer(rng, invitation, statuses.get(invitation.partner_id), today)
        poll._close_if_over(today)
        if poll.state == "running":
            self._open_sheets(poll)
            bad = poll.invitation_ids.answer_ids.filtered(lambda answer: answer.category == "detractor")
            bad[:REACTIONS]._react()
        return poll

    def _open_sheets(self, poll):
        """Let who has not answered yet still do so: their links work."""
        waiting = poll.invitation_ids.filtered(lambda invitation: invitation.state == "reminded")
        sheets = self.env["survey.user_input"].create([poll._prepare_sheet_values(i) for i in waiting])
        for invitation, sheet in zip(waiting, sheets, strict=True):
            invitation.user_input_id = sheet

    def _get_statuses_of(self, partners):
        """Return {customer: its win-back row}."""
        statuses = self.env["winback.status"].search(
            [("company_id", "=", self.env.company.id), ("partner_id", "in", partners.ids)])
        return {status.partner_id: status for status in statuses}

    # === Answers === #

    def _answer(self, rng, invitation, status, today):
        """Draw what the customer answers, and give it its gift."""
        poll = invitation.poll_id
        day = min(invitation.date_sent.date() + timedelta(days=rng.randint(0, 9)), poll.date_deadline, today)
        is_unhappy = status and status.state in UNHAPPY
        nps = self._draw_score(rng, 6.2 if is_unhappy else 8.3)
        category = get_category(nps)
        scores = {
            role: self._draw_score(rng, self._get_mean(role, nps, day))
            for role in invitation._get_asked_about() if role
        }
        answer = self.env["winback.poll.answer"].create({
            "name": f"{poll.name}: {nps}", "poll_id": poll.id, "invitation_id": invitation.id,
            "company_id": invitation.company_id.id, "partner_id": invitation.partner_id.id,
            "contact_id": invitation.contact_id.id, "user_id": invitation.user_id.id,
            "team_id": invitation.team_id.id, "value_class_id": invitation.value_class_id.id, "date": day,
            "nps": nps, "category": category, "is_rated": bool(scores), "lowest_score": min(scores.values(), default=0),
            "score_ids": [
                fields.Command.create({"department": role, "score": score}) for role, score in scores.items()],
            "text": rng.choice(WORDS[category]), "may_quote": rng.random() < 0.4,
            "is_referral": category == "promoter" and rng.random() < 0.3,
        })
        invitation.write({"state": "answered", "date_answered": datetime.combine(day, time(14))})
        self._give(rng, invitation, answer, today)

    def _draw_score(self, rng, mean):
        """Return a score from 0 to 10 around `mean`."""
        return max(0, min(10, round(rng.gauss(mean, 1.9))))

    def _get_mean(self, role, nps, day):
        """Return what a department gets on average from somebody who gave `nps`."""
        trend = {"sales": 1.0 if day.month in range(4, 10) else 0.2, "delivery": -1.5 if day.month >= 9 else 0.3}
        return 0.7 * nps + 2.5 + trend.get(role, 0)

    def _give(self, rng, invitation, answer, today):
        """Write the gift into the ledger; only those that still hold are real codes."""
        given = datetime.combine(answer.date, time(14))
        invitation._promise_gift()
        gift = invitation.gift_ids
        gift.write({"date_promised": given, "date_issued": given, "date_delivered": given})
        if invitation.poll_id.date_deadline >= today:
            grant = invitation.poll_id.gift_offer_id.with_context(winback_promised=True)._grant(
                invitation.partner_id, invitation.company_id, today=answer.date)
            gift.write({"grant_id": grant.id, "state": "delivered"})
        elif rng.random() < 0.4:
            gift.write({"state": "redeemed", "cost": round(gift.expected_cost * rng.uniform(0.3, 1), 2)})
        else:
            gift.state = "expired"

    def _create_corrections(self, poll, today):
        """Create the plan of what is changed because of the answers."""
        users = self._get_users()
        for number, (said, changed, department, state) in enumerate(CORRECTIONS):
            self.env["winback.poll.correction"].create({
                "complaint_text": said, "name": changed, "department": department, "state": state,
                "poll_id": poll.id, "user_id": users["manager"], "date_planned": today + timedelta(days=30 * number),
                "date_done": state == "done" and today - timedelta(days=10),
            })

from odoo import api, fields, models
from odoo.addons.winback_lost_customers.tools.dates import get_zone
from odoo.fields import Domain

from ..tools.nps import HIGHEST, LOWEST, get_category
from .survey_question import MAX_TEXT, RATED

BATCH = 100
# invitations that were answered, and nobody noted it
MISSED = [
    ("user_input_id.state", "=", "done"),
    ("user_input_id.test_entry", "!=", True),
    ("state", "in", ("sent", "reminded", "expired", "excluded")),
]


class WinbackPollInvitation(models.Model):
    """From the lines of the survey to the answer that is kept."""

    _inherit = "winback.poll.invitation"

    answer_ids = fields.One2many("winback.poll.answer", "invitation_id", string="Answers")

    def _record_answer(self):
        """Keep what the customer answered, once; the customer is the one who was asked, also
        where the contact has moved to another organisation since."""
        self.ensure_one()
        if self.answer_ids:
            return
        lines = self._get_lines()
        answer = self.env["winback.poll.answer"].create(self._prepare_answer_values(lines))
        self.write({"state": "answered", "date_answered": self.user_input_id.end_datetime})
        answer.flush_recordset()

    def _get_lines(self):
        """Return {role: lines of the answer sheet that say something}."""
        lines = self.user_input_id.user_input_line_ids.filtered(lambda line: not line.skipped)
        return lines.grouped(lambda line: line.question_id.winback_role)

    def _prepare_answer_values(self, lines):
        """Return the values of the answer."""
        scores = self._get_scores(lines)
        nps = scores.pop("nps", None)
        closing = lines.get("closing", self.env["survey.user_input.line"])
        meanings = set(closing.suggested_answer_id.mapped("winback_meaning"))
        return {
            "name": f"{self.poll_id.name}: {nps}" if nps is not None else self.poll_id.name,
            "invitation_id": self.id,
            "poll_id": self.poll_id.id,
            "user_input_id": self.user_input_id.id,
            "company_id": self.company_id.id,
            "partner_id": self.partner_id.id,
            "contact_id": self.contact_id.id,
            "user_id": self.user_id.id,
            "team_id": self.team_id.id,
            "value_class_id": self.value_class_id.id,
            "case_id": self.case_id.id,
            "date": self._get_answer_day(),
            "nps": nps or 0,
            "category": nps is not None and get_category(nps),
            "is_rated": bool(scores),
            "lowest_score": min(scores.values(), default=0),
            "score_ids": [
                fields.Command.create({"department": role, "score": score}) for role, score in scores.items()
            ],
            "text": self._get_text(lines, "text", "comeback"),
            "may_quote": "quote" in meanings,
            "is_referral": "referral" in meanings,
            "referral_text": self._get_text(lines, "closing")[:200],
            **self._prepare_exit_values(lines),
        }

    def _prepare_exit_values(self, lines):
        """Return what the answer to an exit poll adds."""
        reasons = lines.get("reason", self.env["survey.user_input.line"])
        return {
            "reason_id": reasons.suggested_answer_id.winback_reason_id[:1].id,
            "competitor": self._get_text(lines, "competitor")[:200],
        }

    @api.model
    def _get_scores(self, lines):
        """Return {role: score} of what was rated within the scale."""
        scores = {}
        for role in ("nps", *RATED):
            line = lines.get(role)
            if line and line[0].answer_type == "scale" and LOWEST <= line[0].value_scale <= HIGHEST:
                scores[role] = line[0].value_scale
        return scores

    @api.model
    def _get_text(self, lines, *roles):
        """Return what was written, cut where it is too long to read."""
        texts = [
            line.value_text_box or line.value_char_box
            for role in roles
            for line in lines.get(role, ())
            if line.value_text_box or line.value_char_box
        ]
        return "\n".join(texts)[:MAX_TEXT]

    def _get_answer_day(self):
        """Return the company's day on which the answer was sent."""
        moment = self.user_input_id.end_datetime or fields.Datetime.now()
        local = self.with_context(tz=get_zone(self.company_id._winback_tz()).key)
        return fields.Datetime.context_timestamp(local, moment).date()


class WinbackPoll(models.Model):
    """Answers whose noting failed at first."""

    _inherit = "winback.poll"

    def _get_steps(self):
        """Override of `winback.poll` to do first what an answer could not do by itself."""
        return [self._note_missed_answers, *super()._get_steps()]

    @api.model
    def _start_due(self):
        """Override of `winback.poll` to look after answers of closed polls, too."""
        polls = super()._start_due()
        missed = self.env["winback.poll.invitation"].search(
            [*MISSED, ("poll_id.state", "=", "done")]
        )
        return polls | missed.poll_id

    def _work_through(self, today):
        """Override of `winback.poll` to note what is missing of a closed poll, and no more."""
        if self.state == "running":
            return super()._work_through(today)
        self._note_missed_answers(today)
        return bool(self.env["ir.cron"]._commit_progress(1))

    def _note_missed_answers(self, today):
        """Note the answers that were sent and could not be noted then, and have somebody
        react where that failed."""
        missed = self.env["winback.poll.invitation"].search(
            [*MISSED, ("poll_id", "=", self.id)], limit=BATCH
        )
        missed |= self.env["winback.poll.answer"].search(self._get_unheard_domain(), limit=BATCH).invitation_id
        for invitation in missed.try_lock_for_update():
            invitation.with_context(lang=None, tracking_disable=True)._note_answer_or_log()
        return 0

    def _get_unheard_domain(self):
        """Return the domain of bad answers to this poll to which nobody was asked to react."""
        angry = Domain("is_rated", "=", True) & Domain(
            "lowest_score", "<=", self.company_id.winback_poll_angry_score
        )
        return (
            Domain("poll_id", "=", self.id)
            & Domain("needs_reaction", "=", False)
            & (Domain("category", "=", "detractor") | angry)
        )

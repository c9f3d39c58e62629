from odoo import api, fields, models

from .survey_question import RATED

MAX_RATED = 3  # with the recommendation and the free text: five questions at most


class SurveySurvey(models.Model):
    _inherit = "survey.survey"

    winback_is_poll = fields.Boolean(
        string="Win-Back Poll",
        compute="_compute_winback_is_poll",
        store=True,
        help="Some of its questions mean something for win-back: sales managers may choose it for polls.",
    )

    @api.depends("question_and_page_ids.winback_role")
    def _compute_winback_is_poll(self):
        for survey in self:
            survey.winback_is_poll = any(survey.question_and_page_ids.mapped("winback_role"))

    def _winback_get_questions(self, asked):
        """Return the questions for a customer who got what is `asked` about.

        :param asked: roles of the departments concerned, see `RATED`
        """
        self.ensure_one()
        chosen = [role for role in RATED if role in asked][:MAX_RATED]
        return self.question_ids.filtered(
            lambda question: question.winback_role not in RATED or question.winback_role in chosen
        )

from odoo import models

from .survey_question import RATED

MAX_RATED = 3  # with the recommendation and the free text: five questions at most


class SurveySurvey(models.Model):
    _inherit = "survey.survey"

    def _winback_get_questions(self, asked):
        """Return the questions for a customer who got what is `asked` about.

        :param asked: roles of the departments concerned, see `RATED`
        """
        self.ensure_one()
        chosen = [role for role in RATED if role in asked][:MAX_RATED]
        return self.question_ids.filtered(
            lambda question: question.winback_role not in RATED or question.winback_role in chosen
        )

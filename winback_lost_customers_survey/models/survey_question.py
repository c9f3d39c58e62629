from odoo import api, fields, models

MAX_TEXT = 10_000  # characters of one answer; enough for everybody, and no attack
# what is rated from 0 to 10, in the order of their weight: nobody is asked about all of them
RATED = ("products", "delivery", "service", "sales")


class SurveyQuestion(models.Model):
    """What a question means for a win-back poll, however it is worded or moved."""

    _inherit = "survey.question"

    winback_role = fields.Selection(
        [
            ("nps", "Would Recommend Us (0-10)"),
            ("products", "Products"),
            ("sales", "Sales"),
            ("delivery", "Delivery"),
            ("service", "Service"),
            ("text", "In the Customer's Words"),
            ("closing", "May Be Quoted, Recommends Us"),
            ("reason", "Why the Customer Left"),
            ("competitor", "Where the Customer Went"),
            ("comeback", "What Would Bring the Customer Back"),
        ],
        string="Meaning for Win-Back",
        help="A poll about products, delivery, service or sales asks a customer only about "
        "what it got. Empty: everybody is asked, and the answer stays in the survey.",
    )

    @api.onchange("question_type")
    def _onchange_question_type_winback(self):
        """A question of another kind cannot mean the same."""
        if self.question_type != "scale" and self.winback_role in ("nps", *RATED):
            self.winback_role = False

    def validate_question(self, answer, comment=None):
        """Override of `survey` to refuse what Odoo would accept: texts without end, and
        a character that PostgreSQL cannot store."""
        for text in (answer, comment):
            if isinstance(text, str) and ("\x00" in text or len(text) > MAX_TEXT):
                return {
                    self.id: self.env._(
                        "This answer is too long: at most %s characters, please.", MAX_TEXT
                    )
                }
        return super().validate_question(answer, comment)

    def _validate_scale(self, answer):
        """Override of `survey` to refuse values outside of the scale."""
        errors = super()._validate_scale(answer)
        if errors or not answer:
            return errors
        if not str(answer).isascii() or not str(answer).isdigit():
            return {self.id: self.env._("This is not a number.")}
        if not self.scale_min <= int(answer) <= self.scale_max:
            return {
                self.id: self.env._(
                    "Please choose a number from %(low)s to %(high)s.",
                    low=self.scale_min,
                    high=self.scale_max,
                )
            }
        return errors


class SurveyQuestionAnswer(models.Model):
    """What choosing an answer means for a win-back poll."""

    _inherit = "survey.question.answer"

    winback_meaning = fields.Selection(
        [("quote", "May Be Quoted Without Name"), ("referral", "Recommends Us")],
        string="Meaning for Win-Back",
    )
    winback_reason_id = fields.Many2one(
        "winback.reason",
        string="Reason of Loss",
        ondelete="set null",
        index="btree_not_null",
        help="What this answer of an exit poll means in our own list of reasons.",
    )

from odoo import api, fields, models

from ..tools.nps import HIGHEST, LOWEST

CATEGORIES = [("promoter", "Promoter (9-10)"), ("passive", "Passive (7-8)"), ("detractor", "Detractor (0-6)")]


class WinbackPollAnswer(models.Model):
    """What a customer answered in a poll: the history of its loyalty.

    Kept apart from the survey, so that nothing is lost when questions are edited or
    deleted later. Written by the system only.
    """

    _name = "winback.poll.answer"
    _description = "Win-Back Poll Answer"
    _inherit = ["mail.thread", "mail.activity.mixin", "winback.refresh.mixin"]
    _order = "date desc, id desc"
    # who reads an answer may talk about it with colleagues
    _mail_post_access = "read"

    # what the facts on polls and on dissatisfaction read
    _winback_refresh_fields = frozenset({"nps", "category", "lowest_score", "is_rated", "date", "name"})

    name = fields.Char(readonly=True, required=True)
    poll_id = fields.Many2one("winback.poll", readonly=True, index="btree_not_null", ondelete="restrict")
    kind = fields.Selection(related="poll_id.kind", store=True)
    # empty once two invitations of merged customers were one too many
    invitation_id = fields.Many2one("winback.poll.invitation", readonly=True, ondelete="set null")
    user_input_id = fields.Many2one(
        "survey.user_input", string="Answer Sheet", readonly=True, index="btree_not_null", ondelete="set null"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, readonly=True, index=True, ondelete="cascade"
    )
    contact_id = fields.Many2one("res.partner", readonly=True, index="btree_not_null", ondelete="set null")
    date = fields.Date(required=True, readonly=True, index=True)
    user_id = fields.Many2one("res.users", string="Salesperson", readonly=True)
    team_id = fields.Many2one("crm.team", string="Sales Team", readonly=True)
    value_class_id = fields.Many2one("winback.value.class", string="Class", readonly=True, ondelete="set null")

    nps = fields.Integer(string="Would Recommend (0-10)", readonly=True, aggregator="avg")
    # empty: the question was not answered, which 0 cannot say
    category = fields.Selection(CATEGORIES, readonly=True, index=True)
    score_ids = fields.One2many("winback.poll.score", "answer_id", string="Departments", readonly=True)
    lowest_score = fields.Integer(readonly=True, aggregator="min", help="Of the departments rated.")
    is_rated = fields.Boolean(readonly=True, help="At least one department was rated.")
    text = fields.Text(string="In the Customer's Words", readonly=True)
    may_quote = fields.Boolean(string="May Be Quoted", readonly=True, help="Without the customer's name.")
    is_referral = fields.Boolean(string="Recommends Us", readonly=True)
    referral_text = fields.Char(string="Whom Else We May Help", readonly=True)

    # exit polls
    case_id = fields.Many2one("winback.case", readonly=True, index="btree_not_null", ondelete="set null")
    reason_id = fields.Many2one("winback.reason", string="Reason of Loss", readonly=True, ondelete="restrict")
    competitor = fields.Char(readonly=True)

    _invitation_uniq = models.Constraint("UNIQUE(invitation_id)", "An invitation is answered once.")
    _nps_range = models.Constraint(
        f"CHECK(nps BETWEEN {LOWEST} AND {HIGHEST})", "A recommendation lies between 0 and 10."
    )
    _customer_idx = models.Index("(company_id, partner_id, date)")

    def _is_dissatisfied(self):
        """Tell whether somebody must react: a detractor, or an angry word about a department."""
        self.ensure_one()
        # sudo: the setting is not for every user to read
        angry = self.is_rated and self.lowest_score <= self.company_id.sudo().winback_poll_angry_score
        return self.category == "detractor" or angry


class WinbackPollScore(models.Model):
    """What a customer gave one department."""

    _name = "winback.poll.score"
    _description = "Win-Back Poll Score of a Department"
    _order = "answer_id desc, id"
    _rec_name = "department"

    answer_id = fields.Many2one(
        "winback.poll.answer", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="answer_id.company_id", store=True)
    department = fields.Selection(selection="_get_departments", required=True, readonly=True)
    score = fields.Integer(readonly=True, aggregator="avg")

    _answer_department_uniq = models.Constraint(
        "UNIQUE(answer_id, department)", "A department has one score in an answer."
    )
    _score_range = models.Constraint(
        f"CHECK(score BETWEEN {LOWEST} AND {HIGHEST})", "A score lies between 0 and 10."
    )

    @api.model
    def _get_departments(self):
        """Return what is rated, as pairs for a selection."""
        return [
            ("products", self.env._("Products")),
            ("sales", self.env._("Sales")),
            ("delivery", self.env._("Delivery")),
            ("service", self.env._("Service")),
        ]

from odoo import api, fields, models

DEFAULT_SURVEY = "winback_lost_customers_survey.survey_monthly"
DEFAULT_EXIT_SURVEY = "winback_lost_customers_survey.survey_exit"
DEFAULT_OFFER = "winback_lost_customers_survey.winback_offer_poll"


class ResCompany(models.Model):
    """How a company asks its customers."""

    _inherit = "res.company"

    winback_poll_active = fields.Boolean(
        string="Ask Customers Every Month",
        help="Off: polls are sent only when somebody starts them.",
    )
    winback_poll_since = fields.Date(readonly=True, help="No poll of an earlier window starts by itself.")
    winback_poll_survey_id = fields.Many2one(
        "survey.survey", string="Monthly Survey", ondelete="set null",
        help="Empty: the one that comes with this app.",
    )  # fmt: skip
    winback_exit_survey_id = fields.Many2one(
        "survey.survey", string="Exit Survey", ondelete="set null",
        help="Empty: the one that comes with this app.",
    )  # fmt: skip
    winback_poll_offer_id = fields.Many2one(
        "winback.offer", string="Gift", ondelete="set null",
        domain="[('company_id', 'in', [False, id]), ('kind', 'in', ('discount', 'gift', 'credit', 'service'))]",
        help="Everyone who answers gets it. Empty: the one that comes with this app.",
    )  # fmt: skip
    winback_poll_budget = fields.Monetary(
        string="Budget per Poll",
        help="Covers the gifts if everybody answers; who is beyond it is not asked. Zero: no limit.",
    )
    winback_poll_first_day = fields.Integer(string="Sent From Day", default=1)
    winback_poll_last_day = fields.Integer(string="Sent Until Day", default=5)
    winback_poll_deadline_day = fields.Integer(
        string="Answers Until Day",
        default=20,
        help="Of the month in which the poll is sent. Later answers are refused.",
    )
    winback_poll_reminder_days = fields.Integer(
        string="Reminder After (days)", default=5, help="One reminder. Zero: none."
    )
    winback_poll_cooldown_days = fields.Integer(
        string="Not Asked Again Within (days)",
        default=25,
        help="Who was asked more recently is asked later, not left out.",
    )
    winback_poll_angry_score = fields.Integer(
        string="Angry up to",
        default=4,
        help="A department's score from 0 to 10 that somebody must react to.",
    )

    def _get_winback_limits(self):
        """Override of `winback_lost_customers` to limit the numbers for polls."""
        return [
            *super()._get_winback_limits(),
            ("winback_poll_budget", 0, 10**9),
            ("winback_poll_first_day", 1, 20),
            ("winback_poll_last_day", self.winback_poll_first_day, 25),
            ("winback_poll_deadline_day", self.winback_poll_last_day + 1, 28),
            ("winback_poll_reminder_days", 0, 20),
            ("winback_poll_cooldown_days", 0, 365),
            ("winback_poll_angry_score", 0, 9),
        ]

    @api.constrains(
        "winback_poll_budget",
        "winback_poll_first_day",
        "winback_poll_last_day",
        "winback_poll_deadline_day",
        "winback_poll_reminder_days",
        "winback_poll_cooldown_days",
        "winback_poll_angry_score",
    )
    def _check_winback_poll_numbers(self):
        self._check_winback_numbers()

    @api.model_create_multi
    def create(self, vals_list):
        """Note since when a company asks its customers."""
        companies = super().create(vals_list)
        companies.filtered("winback_poll_active")._date_winback_polls()
        return companies

    def write(self, vals):
        """Note since when a company asks its customers."""
        starting = self.filtered(lambda c: vals.get("winback_poll_active") and not c.winback_poll_active)
        result = super().write(vals)
        starting._date_winback_polls()
        return result

    def _date_winback_polls(self):
        """Let the first poll be that of the next window whose last day has not passed."""
        for company in self:
            company.winback_poll_since = company._winback_today()

    def _winback_get_poll_part(self, name, xmlid):
        """Return what the company chose as `name`, else what comes with this app."""
        chosen = self[name]
        if chosen:
            return chosen
        return self.env.ref(xmlid, raise_if_not_found=False) or chosen


class ResConfigSettings(models.TransientModel):
    """How a company asks its customers, in the settings."""

    _inherit = "res.config.settings"

    winback_poll_active = fields.Boolean(related="company_id.winback_poll_active", readonly=False)
    winback_poll_survey_id = fields.Many2one(related="company_id.winback_poll_survey_id", readonly=False)
    winback_exit_survey_id = fields.Many2one(related="company_id.winback_exit_survey_id", readonly=False)
    winback_poll_offer_id = fields.Many2one(
        related="company_id.winback_poll_offer_id",
        readonly=False,
        domain="[('company_id', 'in', [False, company_id]),"
        " ('kind', 'in', ('discount', 'gift', 'credit', 'service'))]",
    )
    winback_poll_budget = fields.Monetary(
        related="company_id.winback_poll_budget", readonly=False, currency_field="winback_currency_id"
    )
    winback_poll_first_day = fields.Integer(related="company_id.winback_poll_first_day", readonly=False)
    winback_poll_last_day = fields.Integer(related="company_id.winback_poll_last_day", readonly=False)
    winback_poll_deadline_day = fields.Integer(related="company_id.winback_poll_deadline_day", readonly=False)
    winback_poll_reminder_days = fields.Integer(related="company_id.winback_poll_reminder_days", readonly=False)
    winback_poll_cooldown_days = fields.Integer(related="company_id.winback_poll_cooldown_days", readonly=False)
    winback_poll_angry_score = fields.Integer(related="company_id.winback_poll_angry_score", readonly=False)

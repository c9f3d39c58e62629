from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models

CONGRATULATE = "winback_lost_customers.mail_act_congratulate"
BATCH_SIZE = 100


class WinbackOccasion(models.Model):
    """A day on which a customer, or somebody there, is congratulated.

    Entered by hand or imported; the person who looks after the customer gets an activity
    some days ahead, once for each time the day comes round.
    """

    _name = "winback.occasion"
    _description = "Win-Back Occasion"
    _inherit = ["winback.customer.mixin"]
    _order = "next_date, id"

    name = fields.Char(string="Occasion", required=True)
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer or Person",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env.company,
    )
    kind = fields.Selection(
        [
            ("birthday", "Birthday"),
            ("anniversary", "Anniversary"),
            ("news", "News of the Customer"),
            ("other", "Other"),
        ],
        required=True,
        default="anniversary",
    )
    date = fields.Date(required=True, help="The first time, such as the day of the foundation.")
    is_yearly = fields.Boolean(string="Every Year", default=True)
    days_ahead = fields.Integer(
        string="Remind Days Ahead", default=3, help="So many days before, the activity appears."
    )
    user_id = fields.Many2one(
        "res.users",
        string="Who Congratulates",
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        help="Empty: whoever looks after the customer.",
    )
    next_date = fields.Date(
        string="Next Time", compute="_compute_next_date", store=True, index=True
    )
    reminded_date = fields.Date(
        string="Reminded Of", readonly=True, copy=False, help="The occurrence last reminded of."
    )
    note = fields.Text(help="What to say, what to bring.")

    _check_days_ahead = models.Constraint(
        "CHECK(days_ahead BETWEEN 0 AND 60)", "Remind between 0 and 60 days ahead."
    )

    @api.depends("date", "is_yearly", "reminded_date", "company_id")
    def _compute_next_date(self):
        """The occurrence to remind of next: after the last one reminded of, and not past."""
        for occasion in self:
            occasion.next_date = occasion.date and occasion._get_next_date(
                occasion.company_id._winback_today()
            )

    def _get_next_date(self, today):
        """Return the first occurrence on `today` or later that nobody was reminded of;
        empty when there is none any more."""
        self.ensure_one()
        earliest = today
        if self.reminded_date and self.reminded_date >= today:
            earliest = self.reminded_date + timedelta(days=1)
        if not self.is_yearly:
            return self.date >= earliest and self.date
        years = max(0, earliest.year - self.date.year)
        day = self.date + relativedelta(years=years)  # 29 February falls on the 28th
        return day if day >= earliest else self.date + relativedelta(years=years + 1)

    # ------------------------------------------------------------------
    # Reminding
    # ------------------------------------------------------------------

    @api.model
    def _cron_remind(self):
        """Raise the activities that are due, batch by batch, each once.

        A reminded occasion moves to its next time in the same transaction, so that a
        crash neither loses nor doubles an activity.
        """
        progress = self.env["ir.cron"]
        for company in self.env["res.company"].search([("active", "=", True)]):
            today = company._winback_today()
            self._forget_past(company, today)
            while due := self._get_due(company, today, BATCH_SIZE):
                due._remind(today)
                if not progress._commit_progress(len(due)):
                    return

    @api.model
    def _forget_past(self, company, today):
        """Let occasions that passed while nobody was reminding move on."""
        past = self.search([("company_id", "=", company.id), ("next_date", "<", today)])
        past._compute_next_date()

    @api.model
    def _get_due(self, company, today, limit):
        """Return the occasions of `company` whose reminder is due on `today`.

        :param int limit: how many at most
        """
        soon = self.search(
            [
                ("company_id", "=", company.id),
                ("next_date", ">=", today),
                ("next_date", "<=", today + timedelta(days=60)),
                ("partner_id.active", "=", True),
            ]
        )
        return soon.filtered(lambda o: o.next_date - timedelta(days=o.days_ahead) <= today)[:limit]

    def _remind(self, today):
        """Give those who congratulate their activity, and note it."""
        for occasion in self:
            occasion.partner_id.activity_schedule(
                CONGRATULATE,
                date_deadline=max(occasion.next_date, today),
                summary=occasion.name,
                note=occasion.note,
                user_id=occasion._get_user().id,
            )
            occasion.reminded_date = occasion.next_date

    def _get_user(self):
        """Return who congratulates: as entered, else the salesperson of the contact or its
        organisation, else the company's superior, else who entered the occasion."""
        self.ensure_one()
        partner = self.partner_id
        candidates = (
            self.user_id
            | partner.user_id
            | partner.commercial_partner_id.user_id
            | self.company_id.winback_superior_id
            | self.create_uid
        )
        return candidates.filtered(lambda user: user.active and not user.share)[:1]

from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.date_utils import start_of

SPOT_CHECK = "winback_lost_customers.mail_act_spot_check"
LAST_DAY = 25  # of the month, until which the customers are asked
KEY_STATES = ("active", "at_risk", "won_back")


class WinbackSpotCheck(models.Model):
    """The head of sales asks a key account, drawn at random, how we are doing.

    Drawn once a month for each company: those of the best class who were not asked for
    longest come first, by chance among equals. The draw depends on the month only, so
    that a second run of the day draws nobody else.
    """

    _name = "winback.spot.check"
    _description = "Spot Check of a Key Account"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "month desc, state, id"
    _rec_name = "partner_id"

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        ondelete="cascade",
        default=lambda self: self.env.company,
    )
    month = fields.Date(
        required=True,
        readonly=True,
        default=lambda self: start_of(self.env.company._winback_today(), "month"),
        help="The first day of the month of the check.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Who Asks",
        index=True,
        tracking=True,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
    )
    salesperson_id = fields.Many2one(related="partner_id.user_id", string="Salesperson")
    state = fields.Selection(
        [("open", "To Do"), ("done", "Done"), ("skipped", "Not Reached")],
        required=True,
        default="open",
        tracking=True,
        copy=False,
        group_expand=True,
    )
    date_done = fields.Date(string="Asked On", readonly=True, copy=False)
    contact_id = fields.Many2one(
        "res.partner",
        string="Spoken With",
        domain="[('commercial_partner_id', '=', partner_id)]",
        ondelete="set null",
    )
    promises_kept = fields.Selection(
        [("yes", "Yes"), ("partly", "Partly"), ("no", "No")], string="Do We Keep Our Promises?"
    )
    well_looked_after = fields.Selection(
        [("yes", "Yes"), ("partly", "Partly"), ("no", "No")], string="Well Looked After?"
    )
    buys_elsewhere = fields.Selection(
        [("no", "No"), ("partly", "Partly"), ("yes", "Mostly")], string="Buys the Same Elsewhere?"
    )
    note = fields.Text(string="What They Said")
    is_alarming = fields.Boolean(
        string="Alarming",
        compute="_compute_is_alarming",
        store=True,
        help="An answer says that something is wrong.",
    )

    # a constraint and not an index: merging contacts copes with constraints only
    _month_uniq = models.Constraint(
        "UNIQUE(partner_id, company_id, month)", "This customer is checked once a month."
    )

    @api.depends("promises_kept", "well_looked_after", "buys_elsewhere")
    def _compute_is_alarming(self):
        for check in self:
            check.is_alarming = (
                "no" in (check.promises_kept, check.well_looked_after)
                or check.buys_elsewhere == "yes"
            )

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_done(self):
        """Note that the customer was asked."""
        self._finish("done")

    def action_skip(self):
        """Note that nobody could be asked."""
        self._finish("skipped")

    def _finish(self, state):
        """Close the open checks and their activities."""
        for check in self.filtered(lambda check: check.state == "open"):
            check.write({"state": state, "date_done": check.company_id._winback_today()})
            check.activity_feedback([SPOT_CHECK])

    def action_complain(self):
        """Enter what the customer was unhappy about as a complaint."""
        self.ensure_one()
        return self.env["winback.complaint"]._get_action(
            self.env._("New Complaint"),
            [],
            {
                "default_name": self.env._("Spot check of %s", self.partner_id.display_name),
                "default_partner_id": (self.contact_id or self.partner_id).id,
                "default_company_id": self.company_id.id,
                "default_description": self.note,
                "default_source": "other",
            },
            new=True,
        )

    # ------------------------------------------------------------------
    # Drawing
    # ------------------------------------------------------------------

    @api.model
    def _cron_draw(self):
        """Draw this month's checks of each company that has none yet."""
        companies = self.env["res.company"].search([("winback_spot_checks", ">", 0)])
        progress = self.env["ir.cron"]
        progress._commit_progress(remaining=len(companies))
        for company in companies:
            self._draw(company, company._winback_today())
            if not progress._commit_progress(1):
                break

    @api.model
    def _draw(self, company, today):
        """Draw the checks of the month of `today`, unless it has some; return them."""
        month = start_of(today, "month")
        if self.search_count([("company_id", "=", company.id), ("month", "=", month)], limit=1):
            return self.browse()
        query = self._get_draw_query(company, month)
        partner_ids = [partner_id for (partner_id,) in self.env.execute_query(query)]
        checks = self.create(
            [
                {
                    "partner_id": partner_id,
                    "company_id": company.id,
                    "month": month,
                    "user_id": company.winback_superior_id.id,
                }
                for partner_id in partner_ids
            ]
        )
        checks._ask()
        return checks

    def _ask(self):
        """Give whoever asks the activity; where the settings name nobody, the checks wait
        in the managers' list."""
        for check in self.filtered("user_id"):
            check.activity_schedule(
                SPOT_CHECK,
                date_deadline=check.month.replace(day=LAST_DAY),
                summary=self.env._("Ask %s how we are doing", check.partner_id.display_name),
                user_id=check.user_id.id,
            )

    def write(self, vals):
        """Hand the activity over with the check."""
        handed = self.filtered(lambda c: c.state == "open") if "user_id" in vals else self.browse()
        result = super().write(vals)
        if handed:
            handed.activity_unlink([SPOT_CHECK])
            handed._ask()
        return result

    @api.model
    def _get_draw_query(self, company, month):
        """Return the customers to check in `month`: of the best class that has any,
        those not asked for longest first, by chance among equals."""
        best = self.env["winback.value.class"]._get_classes(company)[:1]
        self.env["winback.status"].flush_model()
        self.flush_model()
        return SQL(
            """
            SELECT s.partner_id
              FROM winback_status s
              JOIN res_partner p ON p.id = s.partner_id AND p.active
              LEFT JOIN (SELECT partner_id, max(month) AS month FROM winback_spot_check
                          WHERE company_id = %(company)s GROUP BY partner_id) asked
                   ON asked.partner_id = s.partner_id
             WHERE s.company_id = %(company)s AND s.active AND s.state IN %(states)s
               AND s.value_class_id = %(best)s
             ORDER BY asked.month NULLS FIRST, md5(s.partner_id || %(month)s::date::text)
             LIMIT %(limit)s
            """,
            company=company.id,
            states=KEY_STATES,
            best=best.id or None,
            month=month,
            limit=company.winback_spot_checks,
        )

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import LockError, UserError, ValidationError
from odoo.fields import Domain

CRON = "winback_lost_customers.ir_cron_winback_campaign"
SMALL = 50  # treated customers that are worked while the user waits
# what says whom a campaign is for and how it is measured; fixed once it has begun
FIXED = (
    "company_id",
    "segment_id",
    "channel_ids",
    "offer_id",
    "holdout_percent",
    "seed",
    "date_start",
    "measure_days",
    "waive_reason",
    "waive_user_id",
)


class WinbackCampaign(models.Model):
    """A method applied to a segment, measured against a group that is left alone.

    How it works. Starting draws the control group at random within value classes and
    writes all members, in one transaction, before anything is sent; what was drawn is
    never changed. The scheduled action then works the treated in small batches, each
    committed with its marks, so that neither a crash nor a second start does anything
    twice. Mails are only prepared, for a person to approve. The result compares both
    arms, whoever was really reached: that is what keeps the comparison honest.
    """

    _name = "winback.campaign"
    _description = "Win-Back Campaign"
    _inherit = ["mail.thread", "winback.money.mixin"]
    _order = "date_start desc, id desc"
    _check_company_auto = True

    name = fields.Char(required=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    state = fields.Selection(
        [("draft", "Draft"), ("running", "Running"), ("done", "Finished"), ("cancelled", "Cancelled")],
        required=True,
        default="draft",
        copy=False,
        readonly=True,
        tracking=True,
        group_expand=True,
    )
    utm_campaign_id = fields.Many2one(
        "utm.campaign",
        string="Marketing Campaign",
        copy=False,
        readonly=True,
        ondelete="restrict",
        help="Under this one Odoo counts clicks, quotations and invoices of the mails.",
    )

    # to whom and how
    segment_id = fields.Many2one(
        "winback.segment", ondelete="restrict", check_company=True, tracking=True
    )
    method_id = fields.Many2one("winback.method", ondelete="restrict", check_company=True)
    channel_ids = fields.Many2many(
        "winback.channel",
        string="Channels",
        check_company=True,
        help="Each customer is approached by the first of these by which it may be reached.",
    )
    offer_id = fields.Many2one(
        "winback.offer", ondelete="restrict", check_company=True, tracking=True
    )
    owner_rule = fields.Selection(
        [("rules", "By the Rules of Assignment"), ("user", "One Person")],
        string="Cases Go To",
        required=True,
        default="rules",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Person",
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
    )
    opens_mail_cases = fields.Boolean(
        string="Cases Also for Mails",
        default=True,
        help="Off: who is approached by mail gets no case, so that nobody is flooded.",
    )

    # what it may cost, and what is expected of it
    budget = fields.Monetary(
        tracking=True,
        help="Covers the contacts and all offers, as if everybody used them. The least "
        "valuable customers beyond it are left out. Zero: no limit.",
    )
    contacts_planned = fields.Integer(
        string="Contacts per Customer", default=1, required=True
    )
    offer_cost = fields.Monetary(
        compute="_compute_offer_cost",
        store=True,
        readonly=False,
        help="What one offer costs when it is used. Proposed from the offer.",
    )
    expected_control = fields.Float(
        string="Expected to Return If Left Alone",
        default=lambda self: self._get_default_rates()[0],
        digits=(3, 3),
    )
    expected_treated = fields.Float(
        string="Expected to Return If Treated",
        default=lambda self: self._get_default_rates()[1],
        digits=(3, 3),
    )

    # how it is measured
    measure_days = fields.Integer(
        string="Measured For (days)",
        default=90,
        required=True,
        help="From the start. Mail needs 60 days at least to show what it does.",
    )
    holdout_percent = fields.Integer(
        string="Control Group (%)",
        default=50,
        tracking=True,
        help="So many in 100 are left alone, drawn at random within their value class. "
        "The preview proposes how many are needed.",
    )
    waive_reason = fields.Char(
        string="Why No Control Group", readonly=True, copy=False, tracking=True
    )
    waive_user_id = fields.Many2one("res.users", string="Waived By", readonly=True, copy=False)
    seed = fields.Integer(readonly=True, copy=False, help="With it the draw can be repeated.")
    date_start = fields.Date(string="Begun On", readonly=True, copy=False, tracking=True)
    date_end = fields.Date(readonly=True, copy=False, string="Measured Until")

    member_ids = fields.One2many(
        "winback.campaign.member", "campaign_id", string="Customers", copy=False
    )
    treated_count = fields.Integer(compute="_compute_counts", string="Treated")
    control_count = fields.Integer(compute="_compute_counts", string="Control Group")
    left_out_count = fields.Integer(compute="_compute_counts", string="Left Out")
    todo_count = fields.Integer(compute="_compute_counts", string="To Be Worked")
    failed_count = fields.Integer(compute="_compute_counts", string="Failed")
    mailing_id = fields.Many2one(
        "mailing.mailing", readonly=True, copy=False, ondelete="set null",
    )
    # also for managers who may not mail: they see that somebody else must approve it
    mailing_state = fields.Selection(related="mailing_id.state", string="Mailing Status")

    _holdout_range = models.Constraint(
        "CHECK (holdout_percent BETWEEN 0 AND 90)",
        "The control group can take up to 90 of 100 customers.",
    )
    _rates_range = models.Constraint(
        "CHECK (expected_control BETWEEN 0 AND 1 AND expected_treated BETWEEN 0 AND 1)",
        "An expected share of returns must lie between 0 and 100 %.",
    )
    _days_range = models.Constraint(
        "CHECK (measure_days BETWEEN 7 AND 730)",
        "A campaign is measured for 7 to 730 days.",
    )
    _positive = models.Constraint(
        "CHECK (contacts_planned BETWEEN 1 AND 100 AND COALESCE(budget, 0) >= 0 "
        "AND COALESCE(offer_cost, 0) >= 0)",
        "Contacts, budget and costs cannot be negative; at least one contact is needed.",
    )

    # ------------------------------------------------------------------
    # Defaults, computed fields, checks
    # ------------------------------------------------------------------

    @api.model
    def _get_default_rates(self):
        """Return what is known about customers who are left alone, and treated."""
        return self.env["winback.outreach"]._get_expected_rates(self.env.company)

    @api.depends("offer_id", "segment_id", "company_id")
    def _compute_offer_cost(self):
        for campaign in self:
            campaign.offer_cost = campaign._get_typical_offer_cost()

    def _get_typical_offer_cost(self):
        """Return the expected cost of the offer for a customer from the middle of the
        segment."""
        if not self.offer_id or not self.segment_id:
            return 0
        statuses = self.segment_id._get_statuses().sorted("amount_active_year")
        typical = statuses[len(statuses) // 2 : len(statuses) // 2 + 1]
        if not typical:
            return 0
        case = self.env["winback.case"].new(
            {
                "partner_id": typical.partner_id.id,
                "company_id": self.company_id.id,
                "offer_id": self.offer_id.id,
                "opening_class_id": typical.value_class_id.id,
                "opening_amount": typical.amount_active_year,
                # sudo: a cost is worked out of it, which the campaign's manager may know
                "opening_margin": typical.sudo().margin_active_year,
            }
        )
        return self.env["winback.outreach"]._get_offer_cost(self.offer_id, case)

    @api.depends("member_ids.arm", "member_ids.work_state")
    def _compute_counts(self):
        groups = self.env["winback.campaign.member"]._read_group(
            [("campaign_id", "in", self.ids)],
            ["campaign_id", "arm", "work_state"],
            ["__count"],
        )
        for campaign in self:
            mine = [group[1:] for group in groups if group[0] == campaign]
            count = {
                arm: sum(number for a, _work, number in mine if a == arm)
                for arm in ("treatment", "control", "left_out")
            }
            works = {work: number for a, work, number in mine if a == "treatment"}
            campaign.treated_count = count["treatment"]
            campaign.control_count = count["control"]
            campaign.left_out_count = count["left_out"]
            campaign.todo_count = works.get("todo", 0)
            campaign.failed_count = works.get("failed", 0)

    @api.onchange("method_id")
    def _onchange_method_id(self):
        if self.method_id.channel_id:
            self.channel_ids = self.method_id.channel_id
        if self.method_id.offer_id:
            self.offer_id = self.method_id.offer_id

    @api.constrains("owner_rule", "user_id")
    def _check_user_id(self):
        for campaign in self:
            if campaign.owner_rule == "user" and not campaign.user_id:
                raise ValidationError(self.env._("Say who gets the cases of the campaign."))

    # ------------------------------------------------------------------
    # Records
    # ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Give each campaign its marketing campaign, to which Odoo counts clicks, and
        quotations."""
        campaigns = super().create(vals_list)
        utm_campaigns = self.env["utm.campaign"].create(
            [{"title": campaign.name, "user_id": self.env.uid} for campaign in campaigns]
        )
        for campaign, utm_campaign in zip(campaigns, utm_campaigns, strict=True):
            campaign.utm_campaign_id = utm_campaign
        return campaigns

    def write(self, vals):
        """Let nobody change whom a campaign is for and how it is measured once it has
        begun: the comparison would be worth nothing."""
        fixed = set(vals) & set(FIXED)
        if fixed and any(campaign.state != "draft" for campaign in self):
            raise UserError(
                self.env._(
                    "A campaign that has begun keeps its customers, control group, channels "
                    "and offer. Duplicate it to try something else."
                )
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_begun(self):
        if self.filtered("date_start"):
            raise UserError(
                self.env._("A campaign that has begun is kept with its result. Cancel it instead.")
            )

    def copy_data(self, default=None):
        """Say in the name that it is a copy."""
        vals_list = super().copy_data(default)
        if "name" in (default or {}):
            return vals_list
        return [
            {**vals, "name": self.env._("%s (copy)", campaign.name)}
            for campaign, vals in zip(self, vals_list, strict=True)
        ]

    @api.model
    def _get_held_out_partners(self, company):
        """Return the customers whom running campaigns of `company` leave alone: no work
        list, other campaign, relaunch or gift of persuasion may touch them."""
        # sudo: whoever fills a list must not need to see campaigns
        members = self.env["winback.campaign.member"].sudo().search(
            Domain("arm", "=", "control")
            & Domain("campaign_id.state", "=", "running")
            & Domain("campaign_id.company_id", "=", company.id)
        )
        return members.partner_id.sudo(self.env.su)

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_preview(self):
        """Show whom the campaign would reach, what it costs and what it could show."""
        self.ensure_one()
        preview = self.env["winback.campaign.preview"].create({"campaign_id": self.id})
        return preview._get_action()

    def action_start(self):
        """Draw the control group and begin; a second click changes nothing."""
        self.ensure_one()
        self._lock()
        if self.state == "running":
            return
        if self.state != "draft":
            raise UserError(self.env._("This campaign is over. Duplicate it to repeat it."))
        today = self.company_id._winback_today()
        self._check_ready()
        self._draw(today)
        self.state = "running"
        self._work_or_trigger(today)

    def _lock(self):
        """Let one user at a time start or end the campaign.

        :raise UserError: when somebody else does at this moment
        """
        self.check_access("write")
        try:
            self.lock_for_update(allow_referencing=True)
        except LockError as error:
            raise UserError(
                self.env._("“%s” is being started or worked at this moment.", self.name)
            ) from error
        self.invalidate_recordset(["state"])

    def _check_ready_to_preview(self):
        """Refuse to look for customers without knowing which."""
        if not self.segment_id or not self.channel_ids:
            raise UserError(self.env._("Choose a segment and at least one channel first."))

    def _check_ready(self):
        """Refuse to start what cannot be measured or reach anybody."""
        self._check_ready_to_preview()
        if not self.holdout_percent and not self.waive_reason:
            raise UserError(
                self.env._(
                    "Without a control group nobody can tell what the campaign brought. Choose "
                    "its size, or let a manager waive it and say why."
                )
            )

    def _work_or_trigger(self, today):
        """Work a small campaign at once, a large one in the background."""
        if self.todo_count <= SMALL:
            # sudo: cases, grants and mailings are made for others
            campaign = self.sudo()
            campaign._work(campaign._get_todo(), today)
            campaign._complete_work()
        else:
            # sudo: a sales manager may not touch scheduled actions
            self.env.ref(CRON).sudo()._trigger()

    def action_finish(self):
        """End the campaign: its control group is free again, its result stays."""
        for campaign in self:
            campaign._lock()
            if campaign.state != "running":
                raise UserError(self.env._("Only a running campaign can be finished."))
            campaign._finish(campaign.company_id._winback_today())

    def _finish(self, today):
        """Close the campaign as of `today`."""
        self.write({"state": "done", "date_end": min(self.date_end, today)})
        self._drop_unsent_mailing()

    def action_cancel(self):
        """Stop the campaign: nobody else is approached. Cases that are open stay with
        their owners, and offers that were made are kept."""
        for campaign in self:
            campaign._lock()
            if campaign.state not in ("draft", "running"):
                raise UserError(self.env._("This campaign is over already."))
            campaign.state = "cancelled"
            if campaign.date_end:
                campaign.date_end = min(campaign.date_end, campaign.company_id._winback_today())
            campaign._drop_unsent_mailing()

    def action_retry(self):
        """Work those customers again for whom something failed."""
        self.ensure_one()
        self._lock()
        failed = self.member_ids.filtered(lambda member: member.work_state == "failed")
        # sudo: nobody writes members by hand
        failed.sudo().write({"work_state": "todo", "error": False})
        self._work_or_trigger(self.company_id._winback_today())

    def action_waive(self):
        """Ask why the campaign should have no control group."""
        self.ensure_one()
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "winback_lost_customers.winback_campaign_waive_action"
            ),
            "context": {"default_campaign_id": self.id},
        }

    def action_open_members(self):
        """Open the customers of the campaign, one arm where the context says which."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "winback_lost_customers.winback_campaign_member_action"
        )
        arm = self.env.context.get("winback_arm")
        action["domain"] = [("campaign_id", "=", self.id)]
        action["context"] = {f"search_default_{arm}": 1} if arm else {}
        return action

    def action_open_mailing(self):
        """Open the mailing that waits for approval, or was sent."""
        self.ensure_one()
        return self.mailing_id._get_records_action()

    def _get_measured_until(self):
        """Return the last day of the measurement."""
        return self.date_start + timedelta(days=self.measure_days)

from odoo import api, fields, models
from odoo.fields import Domain

OPEN_STATES = ("new", "reason", "prepared", "contact")


class WinbackCase(models.Model):
    """One attempt to win one customer back: who, why, how, until when, and what came of it.

    A customer has at most one open case in a company. What was known when the case was
    opened is frozen on it (`opening_...`), to learn from later.
    """

    _name = "winback.case"
    _description = "Win-Back Case"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "expected_profit desc, id desc"

    name = fields.Char(compute="_compute_name", store=True)
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        index=True,
        ondelete="restrict",
        help="The organisation, never one of its contacts.",
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    status_id = fields.Many2one(
        "winback.status", compute="_compute_status_id", string="Win-Back Page"
    )
    active = fields.Boolean(default=True)
    user_id = fields.Many2one(
        "res.users",
        string="Owner",
        index=True,
        tracking=True,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
    )
    team_id = fields.Many2one("crm.team", string="Sales Team", index=True)
    lost_by_user_id = fields.Many2one(
        "res.users",
        string="Salesperson Before",
        readonly=True,
        help="Who made the last confirmed order. Never the owner of the case.",
    )
    state = fields.Selection(
        [
            ("new", "New"),
            ("reason", "Reason Known"),
            ("prepared", "Prepared"),
            ("contact", "In Contact"),
            ("won", "Won Back"),
            ("later", "Not Now"),
            ("gone", "Gone"),
            ("dismissed", "Dismissed"),
        ],
        required=True,
        default="new",
        tracking=True,
        copy=False,
        group_expand=True,
        index=True,
    )
    source = fields.Selection(
        [
            ("manual", "By Hand"),
            ("work_list", "Daily Work List"),
            ("campaign", "Campaign"),
            ("relaunch", "Cause Fixed"),
        ],
        required=True,
        default="manual",
        readonly=True,
    )
    date_open = fields.Date(
        string="Opened On",
        required=True,
        readonly=True,
        default=lambda self: self.env.company._winback_today(),
    )
    date_next = fields.Date(string="Next Step Until", help="No case without a date.")
    date_closed = fields.Date(string="Closed On", readonly=True, copy=False)
    retry_date = fields.Date(string="Try Again On", copy=False)

    # why
    reason_id = fields.Many2one(
        "winback.reason",
        string="Reason (We Think)",
        ondelete="restrict",
        tracking=True,
        help="As those say who worked with the customer.",
    )
    customer_reason_id = fields.Many2one(
        "winback.reason",
        string="Reason (Customer Says)",
        ondelete="restrict",
        tracking=True,
    )
    competitor = fields.Char(help="To whom the customer went.")
    competitor_hook = fields.Char(string="What Hooked Them")

    # how
    method_id = fields.Many2one("winback.method", ondelete="restrict")
    channel_id = fields.Many2one("winback.channel", ondelete="restrict")
    offer_id = fields.Many2one("winback.offer", ondelete="restrict")
    grant_ids = fields.One2many("winback.grant", "case_id", string="Offers Granted")
    expected_profit = fields.Monetary(
        string="Expected Profit",
        readonly=True,
        copy=False,
        groups="winback_lost_customers.group_winback_margin",
        help="What trying is expected to bring beyond not trying, after its cost.",
    )

    # frozen when the case is opened
    opening_state = fields.Selection(
        selection=lambda self: self.env["winback.status"]._get_states(), readonly=True
    )
    opening_score = fields.Integer(readonly=True)
    opening_class_id = fields.Many2one("winback.value.class", string="Class", readonly=True)
    opening_sign_ids = fields.Many2many("winback.sign", string="Signs", readonly=True)
    opening_summary = fields.Text(string="Why", readonly=True)
    opening_amount = fields.Monetary(string="At Stake per Year", readonly=True)
    opening_margin = fields.Monetary(
        string="Margin at Stake per Year",
        readonly=True,
        groups="winback_lost_customers.group_winback_margin",
    )
    opening_p_no_purchase = fields.Float(readonly=True, digits=(3, 2))

    # what came of it
    won_order_id = fields.Many2one("sale.order", string="Order Won", readonly=True, copy=False)

    _open_uniq = models.UniqueIndex(
        "(partner_id, company_id) WHERE state IN ('new', 'reason', 'prepared', 'contact')",
        "This customer has an open case already.",
    )

    @api.depends("partner_id")
    def _compute_name(self):
        for case in self:
            # sudo: the name of the case is for everybody who sees the case
            case.name = case.partner_id.sudo().display_name

    @api.depends("partner_id", "company_id")
    def _compute_status_id(self):
        statuses = self.env["winback.status"].with_context(active_test=False).search(
            Domain("partner_id", "in", self.partner_id.ids)
            & Domain("company_id", "in", self.company_id.ids)
        )
        by_customer = {(s.partner_id, s.company_id): s for s in statuses}
        for case in self:
            case.status_id = by_customer.get((case.partner_id, case.company_id))

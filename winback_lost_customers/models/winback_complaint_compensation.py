from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import SQL


class WinbackComplaint(models.Model):
    """The compensation: a percentage of the problem order, issued once.

    It is counted from the order that went wrong, never from the customer's next one,
    which may be ten times larger.
    """

    _inherit = "winback.complaint"

    currency_id = fields.Many2one(
        "res.currency", compute="_compute_compensation_amount", store=True
    )
    order_amount = fields.Monetary(
        string="Amount of the Order",
        compute="_compute_compensation_amount",
        store=True,
        help="Of the problem order, taxes included.",
    )
    compensation_percent = fields.Float(
        string="Compensation (%)",
        tracking=True,
        copy=False,
        help="Percentage of the problem order, up to the maximum in the settings.",
    )
    compensation_amount = fields.Monetary(
        string="Compensation",
        compute="_compute_compensation_amount",
        store=True,
        help="In the currency of the problem order, taxes included.",
    )
    compensation_kind = fields.Selection(
        [
            ("none", "None"),
            ("ewallet", "Credit to the eWallet"),
            ("code", "Personal code"),
        ],
        required=True,
        default="none",
        tracking=True,
        copy=False,
    )
    compensation_card_id = fields.Many2one(
        "loyalty.card",
        string="Issued On",
        readonly=True,
        copy=False,
        ondelete="restrict",
        index="btree_not_null",
        help="The customer's eWallet, or the code.",
    )
    compensation_date = fields.Datetime(string="Compensated On", readonly=True, copy=False)
    compensation_user_id = fields.Many2one(
        "res.users", string="Compensated By", readonly=True, copy=False
    )

    @api.depends(
        "compensation_percent", "order_id.amount_total", "order_id.currency_id", "company_id"
    )
    def _compute_compensation_amount(self):
        """Take the percentage of the order; what has been issued stays."""
        for complaint in self:
            # sudo: the owner may not see the order, but must know the amount
            order = complaint.order_id.sudo()
            complaint.order_amount = order.amount_total
            if complaint.compensation_card_id:
                complaint.currency_id = complaint.currency_id
                complaint.compensation_amount = complaint.compensation_amount
                continue
            # sudo: the currency of a company, whoever asks
            currency = order.currency_id or complaint.company_id.sudo().currency_id
            complaint.currency_id = currency
            complaint.compensation_amount = currency.round(
                order.amount_total * complaint.compensation_percent / 100
            )

    @api.constrains("compensation_percent", "company_id")
    def _check_compensation_percent(self):
        for complaint in self:
            highest = complaint._get_highest_percent()
            if not 0 <= complaint.compensation_percent <= highest:
                raise ValidationError(
                    self.env._(
                        "A compensation lies between 0 and %(highest)s %% of the problem "
                        "order, not at %(percent)s %%.",
                        highest=highest,
                        percent=complaint.compensation_percent,
                    )
                )

    def _get_highest_percent(self):
        """Return the highest percentage that the company grants."""
        self.ensure_one()
        # sudo: settings of the company are not for every salesperson to read
        return self.company_id.sudo().winback_compensation_max_percent

    @api.model
    def _get_system_fields(self):
        """Override of `winback_lost_customers` to protect what was issued."""
        return super()._get_system_fields() | {
            "compensation_amount",
            "compensation_card_id",
            "compensation_date",
            "compensation_user_id",
        }

    def write(self, vals):
        """Refuse to change what a compensation was issued for."""
        fixed = {"compensation_percent", "compensation_kind", "order_id", "company_id"}
        if fixed & vals.keys() and self.filtered("compensation_card_id"):
            raise UserError(
                self.env._("The compensation has been issued: order and amount are fixed.")
            )
        return super().write(vals)

    # ------------------------------------------------------------------
    # Issuing
    # ------------------------------------------------------------------

    def action_issue_compensation(self):
        """Credit the compensation to the eWallet, or make a code of it: exactly once.

        The row is locked first: of two who click at once, one gets the lock and the
        other an error. The database refuses a second entry for one complaint, too.
        """
        self.ensure_one()
        self._check_may_issue()
        self.lock_for_update()
        self.invalidate_recordset(["compensation_card_id"])
        self._check_can_issue()
        # sudo: salespeople, and leaders among them, do not create loyalty programs and
        # cards; whether this user may issue has just been checked
        complaint = self.sudo()
        card = complaint._issue_card()
        complaint.write(
            {
                "compensation_card_id": card.id,
                "compensation_date": fields.Datetime.now(),
                "compensation_user_id": self.env.uid,
            }
        )
        complaint._log_compensation(card)

    def _check_may_issue(self):
        """Let managers, and the leader of the complaint's team, issue; others propose."""
        self.check_access("write")
        user = self.env.user
        # sudo: only compared with the user
        leader = self.sudo().team_id.user_id
        if not (self.env.su or user.has_group("sales_team.group_sale_manager") or user == leader):
            raise AccessError(
                self.env._(
                    "Only a sales manager or the leader of the sales team issues a "
                    "compensation; the percentage that you entered is your proposal."
                )
            )

    def _check_can_issue(self):
        """Refuse what cannot be compensated, or has been already."""
        if self.compensation_card_id:
            raise UserError(self.env._("The compensation has already been issued."))
        if self.state == "cancelled":
            raise UserError(self.env._("This is not a complaint: there is nothing to compensate."))
        if self.compensation_kind == "none":
            raise UserError(self.env._("Choose between the eWallet and a code."))
        # sudo: the leader of the team need not see the order
        if self.sudo().order_id.state not in ("sale", "cancel"):
            raise UserError(
                self.env._("Choose the confirmed order that went wrong: it decides the amount.")
            )
        if self.currency_id.compare_amounts(self.compensation_amount, 0) <= 0:
            raise UserError(self.env._("There is no amount to compensate."))
        self._check_compensation_percent()

    def _issue_card(self):
        """Return the eWallet or code that now carries the compensation."""
        kind = self.compensation_kind
        program = self.env["loyalty.program"]._get_winback_compensation(self.company_id, kind)
        amount = self.currency_id._convert(
            self.compensation_amount, program.currency_id, self.company_id, self._get_today()
        )
        # a code counts in the smallest coins, see `_get_winback_compensation`
        points = amount if kind == "ewallet" else round(amount / program.currency_id.rounding)
        if not points:
            raise UserError(self.env._("There is no amount to compensate."))
        card = self._get_ewallet(program) if kind == "ewallet" else self._create_card(program)
        card.points += points
        self.env["loyalty.history"].create(
            {
                "card_id": card.id,
                "description": self.env._("Compensation for %s", self.order_id.name),
                "issued": points,
                "order_model": "sale.order",
                "order_id": self.order_id.id,
                "winback_complaint_id": self.id,
            }
        )
        return card

    def _get_today(self):
        """Return the company's date of today."""
        return self.company_id._winback_today()

    def _get_ewallet(self, program):
        """Return the customer's eWallet of the company, creating it if needed."""
        card = self.env["loyalty.card"].search(
            [
                ("program_id", "=", program.id),
                ("partner_id", "=", self.commercial_partner_id.id),
            ],
            order="id",
            limit=1,
        )
        return card or self._create_card(program)

    def _create_card(self, program):
        """Create an empty card of `program` for the customer's organisation.

        The program's row is touched, so that of two transactions that would create the
        same eWallet the second one is repeated, and finds the first one's.
        """
        self.env.execute_query(
            SQL(
                "UPDATE loyalty_program SET write_date = write_date WHERE id = %s RETURNING id",
                program.id,
            )
        )
        days = self.company_id.winback_compensation_days
        expires = program.program_type == "coupons" and days
        return (
            self.env["loyalty.card"]
            .with_context(loyalty_no_mail=True)  # we tell the customer ourselves
            .create(
                {
                    "program_id": program.id,
                    "partner_id": self.commercial_partner_id.id,
                    "points": 0,
                    "expiration_date": expires and self._get_today() + timedelta(days=days),
                }
            )
        )

    def _log_compensation(self, card):
        """Note in the thread what was issued, by whom; the customer is not mailed."""
        self.message_post(
            body=self.env._(
                "Compensation of %(amount)s issued (%(percent)s %% of %(order)s): %(card)s",
                amount=self.currency_id.format(self.compensation_amount),
                percent=self.compensation_percent,
                order=self.order_id.name,
                card=card.display_name,
            ),
            author_id=self.env.user.partner_id.id,
        )

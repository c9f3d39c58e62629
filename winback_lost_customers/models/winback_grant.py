import logging

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .winback_offer import PROMISE_KINDS

_logger = logging.getLogger(__name__)


class WinbackGrant(models.Model):
    """One offer made to one customer: what it is, until when, and whether it was used.

    Written by the system only: made by `winback.offer._grant`, used when an order is
    confirmed, given back when that order is cancelled, expired by a scheduled action.
    """

    _name = "winback.grant"
    _description = "Win-Back Offer Granted"
    _inherit = ["winback.money.mixin"]
    _order = "date desc, id desc"
    _rec_name = "offer_id"

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one("res.company", required=True, ondelete="cascade")
    currency_id = fields.Many2one(related="company_id.currency_id")
    case_id = fields.Many2one("winback.case", index="btree_not_null", ondelete="restrict")
    campaign_id = fields.Many2one(
        "winback.campaign", index="btree_not_null", ondelete="set null", readonly=True
    )
    offer_id = fields.Many2one("winback.offer", required=True, ondelete="restrict", index=True)
    kind = fields.Selection(related="offer_id.kind", store=True)
    date = fields.Date(string="Granted On", required=True, readonly=True)
    date_expire = fields.Date(string="Valid Until", readonly=True, index=True)
    user_id = fields.Many2one("res.users", string="Granted By", readonly=True)
    state = fields.Selection(
        [
            ("proposed", "Proposed"),
            ("granted", "Granted"),
            ("used", "Used"),
            ("expired", "Expired"),
            ("withdrawn", "Withdrawn"),
        ],
        required=True,
        default="granted",
        readonly=True,
        index=True,
    )

    # what it is made of
    card_id = fields.Many2one(
        "loyalty.card",
        string="Code or Card",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        groups="sales_team.group_sale_salesman",
    )
    code = fields.Char(
        compute="_compute_code",
        help="Works for this customer and its contacts only, once.",
    )
    quotation_id = fields.Many2one(
        "sale.order", readonly=True, index="btree_not_null", ondelete="set null"
    )

    is_running = fields.Boolean(
        readonly=True,
        help="Holds for a term, whether used or not, and is put back when the term is over.",
    )

    # what came of it
    order_id = fields.Many2one(
        "sale.order", string="Used On", readonly=True, index="btree_not_null", ondelete="set null"
    )
    date_used = fields.Date(string="Date of Use", readonly=True)
    cost = fields.Monetary(readonly=True, help="What it really cost, so far.")

    # of two who grant the same offer at once, one gets it
    _open_uniq = models.UniqueIndex(
        "(offer_id, partner_id, company_id) WHERE state = 'granted'",
        "This customer has this offer already and has not used it yet.",
    )

    @api.depends("card_id")
    def _compute_code(self):
        for grant in self:
            # sudo: a salesperson may tell the customer the code of an own case
            card = grant.sudo().card_id
            grant.code = card.code if card.program_type in ("coupons", "gift_card") else False

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def action_withdraw(self):
        """Take the offer back, as long as it has not been used."""
        self._check_may_change()
        # sudo: nobody writes grants; whether this user may has just been checked
        self.sudo()._withdraw()

    def action_mark_given(self):
        """Note that what was promised was given: a gift in person, a letter, a plan kept."""
        self._check_may_change()
        for grant in self:
            if grant.kind not in PROMISE_KINDS or grant.state != "granted":
                raise UserError(
                    self.env._(
                        "“%s” is not something that is given by hand, or is no longer open.",
                        grant.offer_id.display_name,
                    )
                )
            # sudo: as above
            grant.sudo().write(
                {
                    "state": "used",
                    "date_used": grant.company_id._winback_today(),
                    "cost": grant.offer_id.with_company(grant.company_id)._get_expected_cost(0),
                }
            )

    def _check_may_change(self):
        """Let managers decide about grants, and whoever may change the case, or looks after
        the customer where there is none."""
        self.check_access("read")
        if self.env.su or self.env.user.has_group("sales_team.group_sale_manager"):
            return
        if not all(grant._is_own() for grant in self):
            raise AccessError(
                self.env._(
                    "Only a sales manager changes an offer that belongs to no case and no "
                    "customer of yours."
                )
            )

    def _is_own(self):
        """Tell whether the grant belongs to the user's work."""
        if self.case_id:
            return self.case_id.has_access("write")
        # sudo: only compared
        return self.sudo().partner_id.user_id == self.env.user

    # ------------------------------------------------------------------
    # Its life
    # ------------------------------------------------------------------

    def _withdraw(self):
        """Take back what was granted and not used; codes and prices stop working at once."""
        if used := self.filtered(lambda grant: grant.state == "used" and not grant.is_running):
            raise UserError(
                self.env._(
                    "“%(offer)s” of %(customer)s has been used already and cannot be withdrawn.",
                    offer=used[0].offer_id.display_name,
                    customer=used[0].partner_id.display_name,
                )
            )
        open_grants = self.filtered(lambda grant: grant.state in ("proposed", "granted"))
        (self.filtered("is_running") | open_grants)._lock()
        open_grants.card_id.action_archive()
        open_grants.write({"state": "withdrawn"})
        self._end()

    def _end(self):
        """Put back what was changed for the customer, because the offer is over. Extend
        this for a kind that changes more than it leaves behind as a document."""

    def _lock(self):
        """Lock the rows, with a message that people understand when somebody else has them."""
        if len(self.try_lock_for_update(allow_referencing=True)) != len(self):
            raise UserError(
                self.env._("Somebody else is using this offer at this moment. Please try again.")
            )
        self.invalidate_recordset(["state", "order_id"])

    def _is_over(self, today):
        """Tell whether the last day of the offer has passed."""
        self.ensure_one()
        return bool(self.date_expire and self.date_expire < today)

    def _get_open_state(self, today):
        """Return the state of an offer that is not used on an order (any more)."""
        return "expired" if self._is_over(today) else "granted"

    @api.model
    def _cron_expire(self):
        """Expire what was not used in time."""
        progress = self.env["ir.cron"]
        due = self._get_due()
        progress._commit_progress(remaining=len(due))
        for grant in due:
            grant._expire_or_log()
            if not progress._commit_progress(1):
                break

    @api.model
    def _get_due(self):
        """Return the grants of all companies whose day has come."""
        due = self.browse()
        for company in self.env["res.company"].search([("active", "=", True)]):
            today = company._winback_today()
            due |= self.search(
                [
                    ("company_id", "=", company.id),
                    ("date_expire", "<", today),
                    "|",
                    ("state", "in", ("proposed", "granted")),
                    ("is_running", "=", True),
                ]
            )
        return due

    def _expire_or_log(self):
        """Do what is due; one that fails is logged and tried again tomorrow."""
        try:
            with self.env.cr.savepoint():
                self._expire(self.company_id._winback_today())
        except Exception:  # pylint: disable=broad-except
            _logger.exception("Win-back grant %s could not be expired", self.id)

    def _expire(self, today):
        """Expire those whose last day has passed on `today`."""
        over = self.filtered(
            lambda grant: (grant.state in ("proposed", "granted") or grant.is_running)
            and grant._is_over(today)
        )
        over.filtered(lambda grant: grant.state != "used").state = "expired"
        over._end()

    # ------------------------------------------------------------------
    # Why it does not work
    # ------------------------------------------------------------------

    def _get_refusal(self, order, today):
        """Return why the offer cannot be used on `order`, or False."""
        self.ensure_one()
        if self.state == "withdrawn":
            return self.env._("“%s” has been withdrawn.", self.offer_id.name)
        if self._is_single() and self.state == "used" and self._is_used_up(order):
            return self.env._(
                "“%(offer)s” has been used already, on %(order)s.",
                offer=self.offer_id.name,
                order=self.order_id.name,
            )
        if self.state == "expired" or self._is_over(today):
            return self.env._(
                "“%(offer)s” expired on %(date)s.",
                offer=self.offer_id.name,
                date=fields.Date.to_string(self.date_expire),
            )
        if self.offer_id.date_from and today < self.offer_id.date_from:
            return self.env._(
                "“%(offer)s” is valid from %(date)s on.",
                offer=self.offer_id.name,
                date=fields.Date.to_string(self.offer_id.date_from),
            )
        return False

    def _is_single(self):
        """Tell whether one order only may use it."""
        return self.offer_id.is_claimed or self.kind == "payment_term"

    def _is_used_up(self, order):
        """Tell whether another order than `order` used it; an eWallet or gift card pays
        until it is empty, which `sale_loyalty` watches."""
        return self.order_id != order and not self.offer_id._is_money()

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import is_html_empty


class WinbackPollGift(models.Model):
    """The ledger of gifts: one line for each answered invitation, from the promise on.

    Written by the system only. What a gift is made of, and whether it was used, is told by
    its grant; what it will cost is reckoned until then.
    """

    _name = "winback.poll.gift"
    _description = "Win-Back Gift for an Answer"
    _order = "date_promised desc, id desc"
    _rec_name = "partner_id"

    # empty only after customers were merged, see `winback.poll.answer`
    invitation_id = fields.Many2one("winback.poll.invitation", readonly=True, ondelete="set null")
    poll_id = fields.Many2one("winback.poll", required=True, readonly=True, index=True, ondelete="restrict")
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    currency_id = fields.Many2one(related="company_id.currency_id")
    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, readonly=True, index=True, ondelete="cascade"
    )
    contact_id = fields.Many2one("res.partner", readonly=True, ondelete="set null")
    lang = fields.Char(string="Language", readonly=True)
    user_id = fields.Many2one("res.users", string="Salesperson", readonly=True)
    team_id = fields.Many2one("crm.team", string="Sales Team", readonly=True)
    grant_id = fields.Many2one(
        "winback.grant", string="Offer Granted", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    code = fields.Char(compute="_compute_code", compute_sudo=True)
    state = fields.Selection(
        [
            ("promised", "Promised"),
            ("issued", "Issued"),
            ("delivered", "Delivered"),
            ("redeemed", "Redeemed"),
            ("expired", "Expired"),
        ],
        required=True,
        default="promised",
        readonly=True,
        index=True,
    )
    expected_cost = fields.Monetary(readonly=True, help="If it is used on an order of usual size.")
    cost = fields.Monetary(readonly=True, help="What it really cost, so far.")
    liability = fields.Monetary(
        compute="_compute_liability", store=True, help="What may still be claimed."
    )
    date_promised = fields.Datetime(readonly=True, required=True)
    date_issued = fields.Datetime(readonly=True)
    date_delivered = fields.Datetime(readonly=True)
    date_expire = fields.Date(related="grant_id.date_expire", string="Valid Until")
    attempts = fields.Integer(readonly=True, help="How often issuing or sending failed.")
    error = fields.Text(readonly=True, string="Last Error")
    mail_id = fields.Many2one("mail.mail", readonly=True, index="btree_not_null", ondelete="set null")

    _invitation_uniq = models.Constraint("UNIQUE(invitation_id)", "An answer earns one gift.")
    _todo_idx = models.Index("(company_id, state) WHERE state IN ('promised', 'issued')")

    @api.depends("grant_id")
    def _compute_code(self):
        for gift in self:
            gift.code = gift.grant_id.code

    @api.depends("state", "expected_cost", "cost")
    def _compute_liability(self):
        """Reckon what is not used yet; money that was used in part may be used further.

        That the last day passes touches nothing: `_close_over` calls this then.
        """
        for gift in self:
            gift.liability = 0
            if gift.state in ("promised", "issued", "delivered"):
                gift.liability = gift.expected_cost
            elif gift.state == "redeemed" and gift.grant_id.offer_id._is_money() and not gift._is_over():
                gift.liability = max(gift.expected_cost - gift.cost, 0)

    def action_retry(self):
        """Issue and send again now what failed."""
        if not self.env.user.has_group("sales_team.group_sale_manager"):
            raise AccessError(self.env._("Only a sales manager gives gifts by hand."))
        self.check_access("read")
        # sudo: gifts are the system's; whether the user may has just been checked
        self.sudo()._give_or_log()

    def _get_text(self):
        """Return what the customer gets, how and until when it is used, as HTML in the
        language of the context."""
        self.ensure_one()
        offer = self.poll_id.gift_offer_id or self.poll_id.offer_id
        return self.env["ir.qweb"]._render(
            "winback_lost_customers_survey.gift_text",
            {"gift": self, "offer": offer, "has_text": not is_html_empty(offer.description)},
        )

    def _get_valid_until(self):
        """Return the last day on which the gift can be used, or False; for mail templates."""
        self.ensure_one()
        return self.date_expire

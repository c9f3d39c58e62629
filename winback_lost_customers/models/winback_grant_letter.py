from odoo import api, fields, models
from odoo.tools import is_html_empty
from odoo.tools.misc import format_amount, format_date

from .winback_offer import PROMISE_KINDS


class WinbackGrant(models.Model):
    """What the customer is told of an offer: on paper and by mail, from one text."""

    _inherit = "winback.grant"

    letter = fields.Html(
        compute="_compute_letter",
        sanitize=False,
        help="The offer with its code, its conditions and its last day.",
    )

    contact_id = fields.Many2one(
        "res.partner",
        compute="_compute_contact_id",
        string="Goes To",
        help="The first contact person with an e-mail address, else the customer.",
    )
    sender_id = fields.Many2one("res.users", compute="_compute_sender_id", string="Signed By")

    @api.depends("partner_id")
    def _compute_contact_id(self):
        for grant in self:
            people = grant.partner_id.child_ids.filtered(lambda p: p.type == "contact" and p.email)
            grant.contact_id = people.sorted("id")[:1] or grant.partner_id

    @api.depends("case_id.user_id", "user_id")
    def _compute_sender_id(self):
        for grant in self:
            # sudo: the owner of the case may be a colleague
            grant.sender_id = grant.sudo().case_id.user_id or grant.user_id

    @api.depends("offer_id", "partner_id", "date_expire", "card_id", "pricelist_id", "date")
    @api.depends_context("lang")
    def _compute_letter(self):
        qweb = self.env["ir.qweb"]
        for grant in self:
            grant.letter = qweb._render(
                "winback_lost_customers.winback_grant_letter_body", grant._get_letter_values()
            )

    def _get_letter_values(self):
        """Return what the text of the letter is made of."""
        self.ensure_one()
        # sudo: products, price lists and orders of colleagues are for the letter only
        grant = self.sudo()
        benefits = grant._get_benefits() if grant.kind == "letter" else None
        return {
            "grant": grant,
            "has_text": not is_html_empty(grant.offer_id.description),
            "product": grant.kind in ("gift", "service", "thanks") and grant.offer_id.product_id,
            "conditions": grant._get_condition_words(),
            "prices": grant.pricelist_id.item_ids.filtered("product_id"),
            "benefits": benefits,
            "has_benefits": benefits and self.env["winback.benefits"]._has_benefits(benefits),
            "terms": grant.payment_term_id.name if grant.kind == "payment_term" else False,
        }

    def _get_benefits(self):
        """Return what the customer enjoyed in the period before the grant that ended with
        its last order, see `winback.benefits`."""
        self.ensure_one()
        benefits = self.env["winback.benefits"]
        last_day = benefits._get_last_day(self.partner_id, self.company_id, self.date)
        return benefits._get_benefits(
            self.partner_id, self.company_id, last_day, self.offer_id.benefit_days
        )

    def _get_condition_words(self):
        """Return in words in which situation the offer is valid, one per condition."""
        self.ensure_one()
        offer, words = self.offer_id, []
        minimum = self.minimum_amount if self.kind == "price_lock" else offer.minimum_amount
        if minimum and self.kind == "price_lock":
            amount = format_amount(self.env, minimum, self.currency_id)
            words.append(self.env._("If at least %s (untaxed) are bought until then.", amount))
        elif minimum and offer.is_claimed:
            amount = format_amount(self.env, minimum, self.currency_id)
            words.append(self.env._("For an order of at least %s (untaxed).", amount))
        if offer.is_claimed and offer.condition_product_ids:
            names = ", ".join(offer.condition_product_ids.mapped("display_name"))
            words.append(self.env._("Together with: %s.", names))
        if offer.is_claimed and offer.condition_category_id:
            words.append(self.env._("Together with: %s.", offer.condition_category_id.name))
        if self.date_expire and self.kind not in PROMISE_KINDS:
            words.append(self.env._("Valid until %s.", format_date(self.env, self.date_expire)))
        if self.code:
            words.append(
                self.env._("For %s only, and once.", self.partner_id.commercial_partner_id.name)
            )
        return words

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------

    def action_print(self):
        """Print the letters, in the language of each customer."""
        self.check_access("read")
        return self.env.ref("winback_lost_customers.winback_grant_report").report_action(self)

    def action_send(self):
        """Open a mail to the customer, to be read and sent by a person.

        It is written on the case, else on the customer, where it counts as a contact.
        """
        self.ensure_one()
        self._check_may_change()
        document = self.case_id or self.partner_id
        template = self.env.ref("winback_lost_customers.winback_grant_mail")
        rendered = {
            name: template._render_field(name, self.ids, compute_lang=True)[self.id]
            for name in ("subject", "body_html")
        }
        return {
            "type": "ir.actions.act_window",
            "res_model": "mail.compose.message",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_model": document._name,
                "default_res_ids": document.ids,
                "default_composition_mode": "comment",
                "default_subject": rendered["subject"],
                "default_body": rendered["body_html"],
                "default_partner_ids": self.contact_id.ids,
            },
        }

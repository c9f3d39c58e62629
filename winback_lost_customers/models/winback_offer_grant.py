from datetime import timedelta

from odoo import api, models
from odoo.exceptions import UserError


class WinbackOffer(models.Model):
    """Making the offer to customers."""

    _inherit = "winback.offer"

    @api.private
    def _grant(self, partners, company, case=None, campaign=None, today=None):
        """Make the offer to customers and return the grants.

        Whether the user may do so is for the caller to check: the grants, and what they
        are made of, are written with all rights.

        :param res.partner partners: contacts count for their organisation
        :param winback.case case: the cases to which the grants belong, if any
        """
        self.ensure_one()
        partners = partners.commercial_partner_id
        today = today or company._winback_today()
        # sudo: salespeople create neither programs nor price lists; see above
        offer = self.sudo().with_company(company)
        offer._check_can_grant(partners.sudo(), company, today)
        cases = {c.partner_id.id: c.id for c in case or ()}
        grants = self.env["winback.grant"].sudo().create(
            [
                {
                    **offer._prepare_grant_values(company, today),
                    "partner_id": partner.id,
                    "case_id": cases.get(partner.id),
                    "campaign_id": campaign.id if campaign else False,
                }
                for partner in partners
            ]
        )
        grants.with_company(company)._issue()
        return grants.sudo(self.env.su)

    def _prepare_grant_values(self, company, today):
        """Return the values that all grants of the offer made `today` share."""
        return {
            "offer_id": self.id,
            "company_id": company.id,
            "date": today,
            "date_expire": self._get_last_day(today),
            "user_id": self.env.uid,
        }

    def _get_last_day(self, today):
        """Return the last day of what is granted `today`."""
        last = today + timedelta(days=self.valid_days)
        return min(last, self.date_to) if self.date_to else last

    def _check_can_grant(self, partners, company, today):
        """Refuse what cannot be granted, before anything is written."""
        self._check_active()
        if self.missing:
            raise UserError(
                self.env._(
                    "“%(offer)s” cannot be granted yet. Still missing: %(missing)s.",
                    offer=self.name,
                    missing=self.missing,
                )
            )
        if self.company_id and self.company_id != company:
            raise UserError(self.env._("“%s” is an offer of another company.", self.name))
        if self.date_to and self.date_to < today:
            raise UserError(self.env._("“%s” is over and no longer granted.", self.name))
        self._check_held_out(partners, company)
        self._check_not_open(partners, company)
        self._check_not_running(partners, company)

    def _check_active(self):
        """Refuse to grant what is archived."""
        if not self.active:
            raise UserError(self.env._("“%s” is archived and no longer granted.", self.name))

    def _check_held_out(self, partners, company):
        """Leave the control groups of running campaigns alone; what was promised to make
        good is kept all the same."""
        if self.kind in ("plan", "compensation"):
            return
        held_out = self.env["winback.campaign"]._get_held_out_partners(company) & partners
        if held_out:
            raise UserError(
                self.env._(
                    "%s is in the control group of a running campaign, which is left alone to "
                    "see what the campaign brings.",
                    held_out[0].display_name,
                )
            )

    def _check_not_open(self, partners, company):
        """Refuse a second open grant of the same offer."""
        found = self.env["winback.grant"].search(
            [
                ("partner_id", "in", partners.ids),
                ("company_id", "=", company.id),
                ("offer_id", "=", self.id),
                ("state", "=", "granted"),
            ],
            limit=1,
        )
        if found:
            raise UserError(
                self.env._(
                    "%(customer)s has “%(offer)s” already, until %(date)s.",
                    customer=found.partner_id.display_name,
                    offer=found.offer_id.name,
                    date=found.date_expire,
                )
            )


class WinbackGrant(models.Model):
    """What a grant is made of."""

    _inherit = "winback.grant"

    def _issue(self):
        """Issue what was granted: all grants are of one offer and company."""
        kind = self[:1].kind
        if self.offer_id.is_claimed:
            self._issue_cards()
        elif kind == "set":
            self._issue_quotations()
        elif kind == "price_lock":
            self._issue_pricelists()
        elif kind == "payment_term":
            self._issue_payment_terms()
        elif kind == "compensation":
            self._issue_compensations()

    def _issue_cards(self):
        """Issue a personal code of one point, good for one order, to each customer; or an
        eWallet or gift card of its own with the amount, so that its use and end are known."""
        offer, company = self.offer_id, self.company_id
        program = self.env["loyalty.program"]._get_winback_program(offer, company)
        cards = (
            self.env["loyalty.card"]
            # we tell the customer ourselves
            .with_context(loyalty_no_mail=True, tracking_disable=True)
            .create(
                [
                    {
                        "program_id": program.id,
                        "partner_id": grant.partner_id.id,
                        "points": offer.amount if offer._is_money() else 1,
                        "expiration_date": grant.date_expire,
                    }
                    for grant in self
                ]
            )
        )
        for grant, card in zip(self, cards, strict=True):
            grant.card_id = card

    def _issue_quotations(self):
        """Make each customer a quotation of what it used to buy."""
        for grant in self:
            grant.quotation_id = self.env["sale.order"]._create_winback_set(
                grant.partner_id, grant.company_id, grant.date, grant.case_id
            )

from datetime import timedelta

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import date_utils

from .winback_offer import LOYALTY_KINDS

# of these a customer can have one at a time: the price list and the terms are one field
EXCLUSIVE_KINDS = ("price_lock", "payment_term")


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
        due = self._get_period_end(today) if self.kind == "thanks" else False
        last_day = self.env["winback.grant"]._get_last_day(self, due or today)
        return {
            "offer_id": self.id,
            "company_id": company.id,
            "date": today,
            "date_expire": last_day,
            "date_due": due,
            "user_id": self.env.uid,
            "minimum_amount": self.minimum_amount,
        }

    def _get_period_end(self, today):
        """Return the last day of the month, quarter or half-year in which `today` lies."""
        if self.period == "half":
            return today.replace(month=6, day=30) if today.month <= 6 else today.replace(month=12, day=31)
        return date_utils.end_of(today, self.period)

    def _check_can_grant(self, partners, company, today):
        """Refuse what cannot be granted, before anything is written."""
        if not self.active:
            raise UserError(self.env._("“%s” is archived and no longer granted.", self.name))
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

    def _check_held_out(self, partners, company):
        """Leave the control groups of running campaigns alone; who was wronged is made
        good all the same."""
        if self.kind in ("compensation", "plan"):
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
        """Refuse a second open grant of the same offer, or of what a customer has once."""
        kinds = [self.kind] if self.kind in EXCLUSIVE_KINDS else []
        found = self.env["winback.grant"].search(
            [
                ("partner_id", "in", partners.ids),
                ("company_id", "=", company.id),
                "|",
                "&",
                ("offer_id", "=", self.id),
                ("state", "=", "granted"),
                "&",
                ("kind", "in", kinds),
                ("is_running", "=", True),
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
        kind = self.kind if self else False
        if kind in LOYALTY_KINDS:
            self._issue_cards()
        elif kind == "price_lock":
            self._issue_pricelists()
        elif kind == "payment_term":
            self._issue_payment_terms()
        elif kind == "set":
            self._issue_quotations()
        elif kind == "compensation":
            self._issue_complaints()

    def _issue_cards(self):
        """Issue a personal card to each customer; a code is one point, an eWallet money.

        A card of its own in the eWallet program, too: it expires, what was credited for
        complaints does not.
        """
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
                        "points": offer.amount if offer._is_ewallet() else 1,
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

    def _issue_complaints(self):
        """Enter a complaint for each customer; the compensation is issued there, as a
        percentage of the order that went wrong."""
        for grant in self:
            case = grant.case_id
            grant.complaint_id = self.env["winback.complaint"].create(
                {
                    "name": self.env._("Compensation offered: %s", grant.offer_id.name),
                    "partner_id": grant.partner_id.id,
                    "company_id": grant.company_id.id,
                    "user_id": case.user_id.id or self.env.uid,
                    "compensation_kind": "code",
                    "compensation_percent": grant.company_id.winback_compensation_max_percent,
                }
            )

    def _announce_thanks(self):
        """Raise the activity to bring the gift, where enough was bought in the period."""
        for grant in self.filtered(lambda g: g.kind == "thanks" and not g.is_announced):
            grant.is_announced = True
            bought = grant._get_amount_bought(grant._get_period_start(), grant.date_due)
            if grant.currency_id.compare_amounts(bought, grant.minimum_amount) < 0:
                grant.state = "expired"
                continue
            record = grant.case_id or grant.partner_id
            record.activity_schedule(
                "mail.mail_activity_data_meeting",
                date_deadline=grant.date_due + timedelta(days=7),
                summary=self.env._("Bring the thank-you gift: %s", grant.offer_id.name),
                user_id=(grant.case_id.user_id or grant.partner_id.user_id or grant.user_id).id,
            )

    def _get_period_start(self):
        """Return the first day of the period at whose end the gift is due."""
        months = {"month": 1, "quarter": 3, "half": 6}[self.offer_id.period]
        return date_utils.subtract(self.date_due + timedelta(days=1), months=months)

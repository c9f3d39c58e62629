import logging
from datetime import datetime, time, timedelta

import pytz
from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

MONTHS = {"month": 1, "quarter": 3, "half": 6}
PROPOSE_DAYS = 14  # after the end of a period: later, thanks come too late
DESERVING_STATES = ("active", "won_back", "at_risk", "new")


class WinbackOffer(models.Model):
    _inherit = "winback.offer"

    def _get_ended_period(self, today):
        """Return first and last day of the period that ended last before `today`."""
        self.ensure_one()
        months = MONTHS[self.period]
        first = today.replace(day=1, month=(today.month - 1) // months * months + 1)
        return first - relativedelta(months=months), first - timedelta(days=1)

    def _get_deserving(self, company, first, last):
        """Return the customers of `company` who bought the minimum between two days of its
        calendar, the best one first."""
        zone = pytz.timezone(company._winback_tz())
        start, end = (
            zone.localize(datetime.combine(day, time.min)).astimezone(pytz.utc).replace(tzinfo=None)
            for day in (first, last + timedelta(days=1))
        )
        for model in ("sale.order", "res.partner", "winback.status"):
            self.env[model].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT s.partner_id
                  FROM sale_order o
                  JOIN res_partner p ON p.id = o.partner_id
                  JOIN winback_status s ON s.partner_id = p.commercial_partner_id
                       AND s.company_id = o.company_id AND s.state = ANY(%(states)s)
                 WHERE o.company_id = %(company)s AND o.state = 'sale'
                   AND o.date_order >= %(start)s AND o.date_order < %(end)s
                 GROUP BY s.partner_id
                HAVING sum(o.amount_untaxed / COALESCE(NULLIF(o.currency_rate, 0), 1)) >= %(minimum)s
                 ORDER BY sum(o.amount_untaxed / COALESCE(NULLIF(o.currency_rate, 0), 1)) DESC,
                       s.partner_id
                """,
                states=list(DESERVING_STATES),
                company=company.id,
                start=start,
                end=end,
                minimum=self.minimum_amount,
            )
        )
        return self.env["res.partner"].browse([row[0] for row in rows])


class WinbackGrant(models.Model):
    """Thank-you gifts at the end of a period: proposed by themselves, given by people."""

    _inherit = "winback.grant"

    period_end = fields.Date(readonly=True, help="Thanks for the period until this day.")

    # a constraint, which merging contacts can handle, and no index: gifts without a period
    # are as many as one likes
    _period_uniq = models.Constraint(
        "UNIQUE(offer_id, partner_id, company_id, period_end)",
        "The gift for this period has been proposed already.",
    )

    def _get_days(self):
        """Override of `winback_lost_customers`: thanks are for what was bought in their
        period."""
        if self.period_end and self.offer_id.period:
            return self.offer_id._get_ended_period(self.period_end + timedelta(days=1))
        return super()._get_days()

    @api.model
    def _cron_propose_thanks(self):
        """Propose the gifts of the period that has just ended, in every company."""
        progress = self.env["ir.cron"]
        companies = self.env["res.company"].search([("active", "=", True)])
        progress._commit_progress(remaining=len(companies))
        for company in companies:
            try:
                with self.env.cr.savepoint():
                    self._propose_thanks(company, company._winback_today())
            except Exception:  # pylint: disable=broad-except
                # the other companies' gifts must not wait for this one; tried again tomorrow
                _logger.exception("Thank-you gifts of %s could not be proposed", company.name)
            if not progress._commit_progress(1):
                break

    @api.model
    def _propose_thanks(self, company, today):
        """Propose each thank-you gift of `company` to those who deserve it and return the
        grants; nobody gets it before somebody approves it."""
        offers = self.env["winback.offer"].with_company(company).search(
            Domain("kind", "=", "thanks")
            & Domain("period", "!=", False)
            & Domain("minimum_amount", ">", 0)
            & Domain("company_id", "in", [False, company.id])
        )
        held_out = self.env["winback.campaign"]._get_held_out_partners(company)
        grants = self.browse()
        for offer in offers:
            first, last = offer._get_ended_period(today)
            if today > last + timedelta(days=PROPOSE_DAYS):
                continue
            deserving = offer._get_deserving(company, first, last) - held_out
            known = self._get_thanked(offer, company, last)
            grants |= self.create(
                [
                    {
                        **offer._prepare_grant_values(company, today),
                        "partner_id": partner.id,
                        "state": "proposed",
                        "period_end": last,
                        "minimum_amount": offer.minimum_amount,
                        "user_id": False,
                    }
                    for partner in deserving - known
                ]
            )
        return grants

    @api.model
    def _get_thanked(self, offer, company, period_end):
        """Return who has the gift of the period already, or an open one of the same offer."""
        return self.search(
            Domain("offer_id", "=", offer.id)
            & Domain("company_id", "=", company.id)
            & (Domain("period_end", "=", period_end) | Domain("state", "in", ("proposed", "granted")))
        ).partner_id

    def action_approve(self):
        """Make what was proposed an offer to the customer."""
        self._check_may_change()
        for grant in self:
            if grant.state != "proposed":
                raise UserError(
                    self.env._("“%s” is not waiting for approval.", grant.offer_id.display_name)
                )
            # sudo: nobody writes grants; whether this user may has just been checked
            grant = grant.sudo()
            company = grant.company_id
            today = company._winback_today()
            offer = grant.offer_id.with_company(company)
            offer._check_can_grant(grant.partner_id, company, today)
            grant.write({**offer._prepare_grant_values(company, today), "state": "granted"})

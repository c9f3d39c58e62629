from collections import Counter
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools.value import get_posterior_rate

# where nobody has entered anything: treated, untreated, customers that this weighs
GENERAL_PRIOR = (0.2, 0.1, 20)
# what the measuring statement reads
FLUSHED_MODELS = (
    "winback.case", "winback.campaign", "winback.campaign.member", "winback.status",
    "sale.order", "res.partner",
)  # fmt: skip

# what the tactics by reason let expect: the easiest is who was merely neglected, the
# hardest who was let down; nothing brings back whose need is gone
REASON_PRIORS = {
    "reorganised": (0.15, 0.05),
    "liquidated": (0.04, 0.02),
    "one_time": (0.02, 0.02),
    "key_person": (0.2, 0.08),
    "intermediary": (0.02, 0.02),
    "moved": (0.04, 0.02),
    "neglect": (0.35, 0.1),
    "price": (0.25, 0.1),
    "range": (0.2, 0.08),
    "service": (0.2, 0.06),
    "delivery": (0.12, 0.05),
    "quality": (0.15, 0.05),
    "rules": (0.25, 0.08),
    "clash": (0.25, 0.06),
    "comp_price": (0.2, 0.08),
    "comp_terms": (0.2, 0.08),
    "comp_persistent": (0.25, 0.08),
    "comp_nicer": (0.2, 0.06),
}


class Rate(NamedTuple):
    """Shares of customers who order within the horizon."""

    treated: float
    untreated: float
    # both arms have seen at least as many customers as the assumption weighs
    is_measured: bool


class Prior(NamedTuple):
    """What is believed before anything is measured."""

    treated: float
    untreated: float
    strength: int


class WinbackRate(models.Model):
    """How many customers return if treated and if left alone, assumed and measured.

    A record is an assumption for a class and a reason (either may be empty: for all). It
    weighs as much as `strength` customers, and gives way to what is measured: cases and
    campaigns say how many return if treated, the control groups of campaigns how many
    return by themselves. A customer counts when the horizon of the settings has passed
    since the start, so that quick successes do not count before slow failures. Cases
    that were dismissed have not been tried.

    A class and a reason without a record of their own start from the record that comes
    closest (reason, class, general), moved by all others whom that one describes; then
    what was measured for just this class and reason moves it further.
    """

    _name = "winback.rate"
    _description = "Win-Back Return Rate"
    _order = "reason_id, value_class_id, id"

    value_class_id = fields.Many2one(
        "winback.value.class", string="Class", ondelete="cascade", help="Empty: every class."
    )
    reason_id = fields.Many2one(
        "winback.reason", ondelete="cascade", help="Empty: every reason."
    )
    company_id = fields.Many2one(
        "res.company",
        index=True,
        ondelete="cascade",
        help="Empty: for every company without an assumption of its own.",
    )
    treated = fields.Float(
        string="Return if Treated (assumed)",
        digits=(4, 3),
        required=True,
        default=GENERAL_PRIOR[0],
        help="Share of customers who order within the horizon when we contact them.",
    )
    untreated = fields.Float(
        string="Return by Themselves (assumed)",
        digits=(4, 3),
        required=True,
        default=GENERAL_PRIOR[1],
        help="Share of customers who order within the horizon when we leave them alone.",
    )
    strength = fields.Integer(
        string="Weighs as Much as (customers)",
        required=True,
        default=GENERAL_PRIOR[2],
        help="The more, the longer the assumption stands against what is measured.",
    )
    treated_now = fields.Float(
        string="Return if Treated", digits=(4, 3), compute="_compute_rates"
    )
    untreated_now = fields.Float(
        string="Return by Themselves", digits=(4, 3), compute="_compute_rates"
    )
    treated_count = fields.Integer(string="Treated", compute="_compute_rates")
    untreated_count = fields.Integer(string="Left Alone", compute="_compute_rates")
    is_measured = fields.Boolean(
        string="Measured",
        compute="_compute_rates",
        help="At least as many customers were seen, treated and left alone, as the "
        "assumption weighs.",
    )

    _key_uniq = models.UniqueIndex(
        "(COALESCE(value_class_id, 0), COALESCE(reason_id, 0), COALESCE(company_id, 0))",
        "There is already an assumption for this class, reason and company.",
    )

    @api.constrains("treated", "untreated", "strength")
    def _check_rates(self):
        for rate in self:
            if not 0 <= rate.untreated <= 1 or not 0 <= rate.treated <= 1:
                raise ValidationError(self.env._("A share lies between 0 and 100 %."))
            if not 1 <= rate.strength <= 10000:
                raise ValidationError(
                    self.env._("An assumption weighs as much as 1 to 10,000 customers.")
                )

    @api.depends("value_class_id", "reason_id")
    def _compute_display_name(self):
        for rate in self:
            names = [rate.value_class_id.name, rate.reason_id.name]
            rate.display_name = ", ".join(filter(None, names)) or self.env._("General")

    @api.depends("treated", "untreated", "strength", "value_class_id", "reason_id", "company_id")
    @api.depends_context("company")
    def _compute_rates(self):
        """Show what the assumption has become in its company, else in the current one."""
        for company, rates in self.grouped(lambda r: r.company_id or self.env.company).items():
            seen = self._get_observations(company, company._winback_today())
            for rate in rates:
                counts = self._count(seen, rate.value_class_id.id, rate.reason_id.id)
                now = self._move(rate._get_prior(), counts)
                rate.treated_now, rate.untreated_now, rate.is_measured = now
                rate.treated_count = counts["treated"]
                rate.untreated_count = counts["untreated"]

    def _get_prior(self):
        """Return what the record assumes."""
        return Prior(self.treated, self.untreated, self.strength)

    @api.model
    def _create_reason_priors(self):
        """Create the assumptions for the delivered reasons that have none; called when the
        add-on is installed."""
        reasons = self.env["winback.reason"].with_context(active_test=False).search(
            Domain("code", "in", list(REASON_PRIORS))
        )
        known = self.search(Domain("reason_id", "in", reasons.ids)).reason_id
        return self.create(
            [
                dict(
                    zip(("treated", "untreated"), REASON_PRIORS[reason.code], strict=True),
                    reason_id=reason.id,
                )
                for reason in reasons - known
            ]
        )

    # ------------------------------------------------------------------
    # Rates
    # ------------------------------------------------------------------

    @api.model
    def _get_rate(self, company, value_class, reason, today=None):
        """Return the `Rate` of customers of `value_class` who left for `reason`; either
        may be empty."""
        return self._get_rates(company, today)[value_class.id or False, reason.id or False]

    @api.model
    def _get_rates(self, company, today=None):
        """Return {(id of class or False, id of reason or False): Rate}, complete for all
        classes and reasons that there are.

        :param date today: customers whose horizon has passed by then have been measured
        """
        priors = self._get_priors(company)
        seen = self._get_observations(company, today or company._winback_today())
        # sudo: rates count for every case, whatever its owner may read
        unfiltered = self.sudo().with_context(active_test=False)
        classes = unfiltered.env["winback.value.class"].search(
            [("company_id", "in", [False, company.id])]
        )
        reasons = unfiltered.env["winback.reason"].search(Domain.TRUE)
        return {
            (class_id, reason_id): self._get_cell(priors, seen, class_id, reason_id)
            for class_id in (False, *classes.ids)
            for reason_id in (False, *reasons.ids)
        }

    @api.model
    def _get_priors(self, company):
        """Return {(class id, reason id): Prior}; the company's own ones go before."""
        # sudo: see `_get_rates`
        rates = self.sudo().search(Domain("company_id", "in", [False, company.id]))
        priors = {(False, False): Prior(*GENERAL_PRIOR)}
        for rate in rates.sorted(lambda r: bool(r.company_id)):
            priors[rate.value_class_id.id, rate.reason_id.id] = rate._get_prior()
        return priors

    @api.model
    def _get_cell(self, priors, seen, class_id, reason_id):
        """Return the `Rate` of one class and reason; see the class for how."""
        own = self._count(seen, class_id, reason_id)
        for key in ((class_id, reason_id), (False, reason_id), (class_id, False), (False, False)):
            if key in priors:
                break
        prior = priors[key]
        if key != (class_id, reason_id):
            others = self._count(seen, *key)
            others.subtract(own)  # what was measured here counts once
            general = self._move(prior, others)
            prior = Prior(general.treated, general.untreated, prior.strength)
        return self._move(prior, own)

    @api.model
    def _count(self, seen, class_id, reason_id):
        """Return how many were seen of a class and a reason (False: of all), as a counter
        of treated, treated_returned, untreated, untreated_returned."""
        total = Counter()
        for (seen_class, seen_reason), counts in seen.items():
            if class_id in (False, seen_class) and reason_id in (False, seen_reason):
                total.update(counts)
        return total

    @api.model
    def _move(self, prior, counts):
        """Return the `Rate` that follows from a `prior` and what was counted."""
        return Rate(
            *(
                get_posterior_rate(
                    getattr(prior, arm), prior.strength, counts[f"{arm}_returned"], counts[arm]
                )
                for arm in ("treated", "untreated")
            ),
            min(counts["treated"], counts["untreated"]) >= prior.strength,
        )

    # ------------------------------------------------------------------
    # Measuring
    # ------------------------------------------------------------------

    @api.model
    def _get_observations(self, company, today):
        """Return {(class id or False, reason id or False): counts} of the customers whose
        horizon has passed by `today`."""
        for model in FLUSHED_MODELS:
            self.env[model].flush_model()
        rows = self.env.execute_query_dict(self._get_observations_query(company, today))
        seen = {}
        for row in rows:
            key = row["value_class_id"] or False, row["reason_id"] or False
            arm = "treated" if row["is_treated"] else "untreated"
            counts = seen.setdefault(key, Counter())
            counts[arm] += row["tried"]
            counts[f"{arm}_returned"] += row["returned"]
        return seen

    @api.model
    def _get_observations_query(self, company, today):
        """Return how many customers were tried and returned, by class, reason and arm."""
        horizon = company.winback_horizon_days
        return SQL(
            """
            SELECT value_class_id, reason_id, is_treated, count(*) AS tried,
                   count(*) FILTER (WHERE EXISTS (
                       SELECT FROM sale_order o JOIN res_partner p ON p.id = o.partner_id
                        WHERE p.commercial_partner_id = start.partner_id
                          AND o.company_id = %(company)s AND o.state = 'sale'
                          AND %(day)s BETWEEN start.day AND start.day + %(horizon)s
                   )) AS returned
              FROM (%(starts)s) start
             WHERE start.day + %(horizon)s < %(today)s
             GROUP BY value_class_id, reason_id, is_treated
            """,
            company=company.id,
            day=self.env["winback.fact"]._get_day(SQL("o.date_order"), company),
            horizon=horizon,
            starts=SQL(" UNION ALL ").join(self._get_starts_queries(company)),
            today=today,
        )

    @api.model
    def _get_starts_queries(self, company):
        """Return statements of `partner_id`, `value_class_id`, `reason_id`, `is_treated`
        and the `day` of the start. Extend this to let other trials count.

        A treated customer of a campaign counts by its case, where it has one.
        """
        return [
            SQL(
                """
                SELECT partner_id, opening_class_id AS value_class_id,
                       COALESCE(customer_reason_id, reason_id) AS reason_id,
                       TRUE AS is_treated, date_open AS day
                  FROM winback_case WHERE company_id = %s AND state != 'dismissed'
                """,
                company.id,
            ),
            SQL(
                """
                SELECT m.partner_id, s.value_class_id, c.reason_id,
                       m.arm = 'treatment', k.date_start
                  FROM winback_campaign_member m
                  JOIN winback_campaign k ON k.id = m.campaign_id
                  LEFT JOIN winback_status s ON s.partner_id = m.partner_id
                       AND s.company_id = k.company_id
                  LEFT JOIN LATERAL (
                       SELECT COALESCE(x.customer_reason_id, x.reason_id) AS reason_id
                         FROM winback_case x
                        WHERE x.partner_id = m.partner_id AND x.company_id = k.company_id
                          AND x.date_open <= k.date_start
                        ORDER BY x.date_open DESC, x.id DESC LIMIT 1) c ON TRUE
                 WHERE k.company_id = %s AND k.state IN ('running', 'done')
                   AND (m.arm = 'control' OR m.arm = 'treatment' AND m.case_id IS NULL)
                """,
                company.id,
            ),
        ]

from dataclasses import dataclass

from odoo import api, fields, models
from odoo.tools import SQL, format_amount

MONTHS = 12


@dataclass(frozen=True)
class Acquisition:
    """What campaigns cost, and whom they brought."""

    campaigns: int = 0
    cost: float = 0.0  # in the company's currency
    customers: int = 0

    @property
    def per_customer(self):
        """Cost of one new customer, None where nobody came."""
        return self.cost / self.customers if self.customers else None


class ResCompany(models.Model):
    """What a new customer costs: entered, or measured from campaigns."""

    _inherit = "res.company"

    winback_new_customer_source = fields.Selection(
        [("entered", "Entered"), ("measured", "Measured from campaigns")],
        string="Cost of a New Customer Is",
        default="entered",
        required=True,
    )

    def _get_winback_new_customer_cost(self):
        """Return what a new customer costs the company, in its currency."""
        self.ensure_one()
        return self._get_winback_new_customer_costs()[self]

    def _get_winback_new_customer_costs(self):
        """Return {company: what a new customer costs it, in its currency}: what was
        entered, or what was measured where the company chose so and there is something to
        measure."""
        measuring = self.filtered(lambda company: company.winback_new_customer_source == "measured")
        found = measuring._measure_winback_acquisition()
        return {
            company: company.winback_new_customer_cost
            if company not in found or found[company].per_customer is None
            else found[company].per_customer
            for company in self
        }

    def _measure_winback_acquisition(self, today=None):
        """Return {company: `Acquisition`} from the campaigns with a cost that were set up, or
        brought somebody, in the last twelve months.

        Cost and customers of a campaign are those of all its time, so that both belong
        together. Campaigns that win customers back are no advertising for new ones.
        """
        if not self:
            return {}
        rows = self.env.execute_query(self._get_winback_acquisition_query(today))
        return {
            self.browse(company): Acquisition(campaigns=number, cost=float(cost), customers=int(customers))
            for company, number, cost, customers in rows
        }

    def _get_winback_acquisition_query(self, today=None):
        """Return the statement of `_measure_winback_acquisition`: `company_id`, `campaigns`,
        `cost`, `customers`.

        :param date today: what came later is left out; the company's today if not given
        """
        company = self.env.company
        today = today or company._winback_today()
        end = self.env["winback.fact"]._get_day_end(company, today)
        # sudo: figures of the company, whoever asks; no campaign or order is shown
        campaigns = self.env["utm.campaign"].sudo()
        campaigns._flush_winback_documents()
        return SQL(
            """
            SELECT c.company_id, count(*) AS campaigns, sum(c.winback_cost) AS cost,
                   COALESCE(sum(brought.number), 0) AS customers
              FROM utm_campaign c
              LEFT JOIN (SELECT campaign_id, company_id, count(*) AS number, max(date_order) AS last
                           FROM (%(firsts)s) f GROUP BY campaign_id, company_id) brought
                ON brought.campaign_id = c.id AND brought.company_id = c.company_id
             WHERE c.company_id = ANY(%(companies)s) AND c.winback_cost > 0
               AND c.create_date < %(end)s
               AND GREATEST(c.create_date, brought.last) >= %(since)s
               AND NOT EXISTS (SELECT FROM winback_campaign w WHERE w.utm_campaign_id = c.id)
             GROUP BY c.company_id
            """,
            firsts=campaigns._get_winback_first_orders_query(
                SQL(
                    "o.date_order < %s AND o.campaign_id IN (SELECT id FROM utm_campaign WHERE winback_cost > 0)",
                    end,
                )
            ),
            companies=list(self.ids),
            since=fields.Date.subtract(today, months=MONTHS),
            end=end,
        )

    @api.model
    def _get_winback_new_customer_cost_sql(self, column):
        """Return the SQL of what a new customer costs the company in `column`. What is
        measured is read by the statement, and only if it shows the cost."""
        # sudo: of every company, whichever the user may see
        companies = self.sudo().with_context(active_test=False).search([("active", "in", (True, False))])
        cases = [SQL("WHEN %s THEN %s", company.id, company._get_winback_own_cost_sql()) for company in companies]
        return SQL("(CASE %s %s ELSE 0 END)::numeric", column, SQL(" ").join(cases))

    def _get_winback_own_cost_sql(self):
        """Return the SQL of what a new customer costs this company."""
        entered = SQL("%s::numeric", self.winback_new_customer_cost)
        if self.winback_new_customer_source != "measured":
            return entered
        return SQL(
            "COALESCE((SELECT a.cost / NULLIF(a.customers, 0) FROM (%s) a), %s)",
            self._get_winback_acquisition_query(),
            entered,
        )


class ResConfigSettings(models.TransientModel):
    """What a new customer costs, in the settings."""

    _inherit = "res.config.settings"

    winback_new_customer_source = fields.Selection(
        related="company_id.winback_new_customer_source", readonly=False
    )
    winback_new_customer_measured = fields.Char(compute="_compute_winback_new_customer_measured")

    @api.depends("company_id")
    def _compute_winback_new_customer_measured(self):
        for settings in self:
            company = settings.company_id._origin
            found = company._measure_winback_acquisition()
            settings.winback_new_customer_measured = self._describe_acquisition(
                found.get(company, Acquisition()), company.currency_id
            )

    @api.model
    def _describe_acquisition(self, found, currency):
        """Return in words what was measured, and from what."""
        if not found.campaigns:
            return self.env._(
                "No campaign of the last 12 months has a cost yet: only what is entered can count."
            )
        total = format_amount(self.env, found.cost, currency)
        if not found.customers:
            return self.env._(
                "%(campaigns)s campaigns of the last 12 months cost %(total)s and have brought no new customer "
                "yet: only what is entered can count.",
                campaigns=found.campaigns,
                total=total,
            )
        return self.env._(
            "Measured: %(cost)s. %(campaigns)s campaigns of the last 12 months cost %(total)s and brought "
            "%(customers)s new customers.",
            cost=format_amount(self.env, found.per_customer, currency),
            campaigns=found.campaigns,
            total=total,
            customers=found.customers,
        )

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL, date_utils
from odoo.tools.misc import format_date

from .winback_figures import CUSTOMER_STATES, LOST_STATES

LARGEST = 10
LOOK_BACK_YEARS = 2
MANAGER_GROUP = "sales_team.group_sale_manager"


class ResCompany(models.Model):
    """Whether the first look was put away."""

    _inherit = "res.company"

    winback_first_look_done = fields.Boolean(
        string="First Look Put Away", readonly=True, copy=False
    )


class WinbackFirstLook(models.AbstractModel):
    """What the company's own orders say right after the installation, before anything is
    configured: how many customers were lost in two years, who, how much, when.

    It reads the rows that the installation has filled, not the history, which is still
    being rebuilt then.
    """

    _name = "winback.first.look"
    _description = "Win-Back First Look"

    @api.model
    def get_answers(self, company_id):
        """Return what the orders say.

        :return: dict with `lost`, `returned` (each `count`, `amount` per year, `open`),
            `quarters` (label, count, amount, open; the last eight), `largest` (customers),
            `people` (whose customers were lost), `churn`, `is_admin`
        :raise AccessError: for who manages no sales, or works for other companies
        """
        self._check_manager(company_id)
        company = self.env["res.company"].browse(company_id)
        look = self.with_company(company)
        since = company._winback_today() - relativedelta(years=LOOK_BACK_YEARS)
        domain = look._get_lost_domain(company, since)
        return {
            "since": since,
            "lost": look._sum_up(domain, self.env._("Lost in Two Years")),
            "returned": look._sum_up(
                Domain("company_id", "=", company.id) & Domain("returned_date", ">", since),
                self.env._("Came Back"),
            ),
            "quarters": look._get_quarters(company, domain),
            "largest": look._get_largest(domain),
            "people": look._get_people(domain),
            "churn": look._get_churn(company),
            "is_admin": self.env.user.has_group("base.group_system"),
        }

    @api.model
    def _check_manager(self, company_id):
        """Refuse who may not see all customers of the company."""
        self.env["winback.status"].check_access("read")
        if not self.env.user.has_group(MANAGER_GROUP) or company_id not in self.env.companies.ids:
            raise AccessError(self.env._("Only sales administrators of the company see this."))

    @api.model
    def _get_lost_domain(self, company, since):
        """Return the domain of the customers who were lost by their silence after `since`,
        and are so still."""
        return (
            Domain("company_id", "=", company.id)
            & Domain("state", "in", LOST_STATES)
            & Domain("lost_date", ">", since)
            & Domain("lost_date", "<=", company._winback_today())
        )

    @api.model
    def _sum_up(self, domain, name):
        """Return number and yearly sales of the customers in `domain`."""
        [(count, amount)] = self.env["winback.status"]._read_group(
            domain, [], ["__count", "amount_active_year:sum"]
        )
        return {"count": count, "amount": amount or 0, "open": self._open(domain, name)}

    @api.model
    def _open(self, domain, name):
        """Return what the client needs to open these customers."""
        return {"model": "winback.status", "domain": list(domain), "name": name}

    @api.model
    def _get_quarters(self, company, domain):
        """Return when they were lost, quarter by quarter, without gaps."""
        groups = self.env["winback.status"]._read_group(
            domain, ["lost_date:quarter"], ["__count", "amount_active_year:sum"]
        )
        found = {start: (count, amount) for start, count, amount in groups}
        last = date_utils.start_of(company._winback_today(), "quarter")
        quarters = [last - relativedelta(months=3 * number) for number in range(4 * LOOK_BACK_YEARS, -1, -1)]
        return [
            {
                "label": format_date(self.env, start, date_format="QQQ y"),
                "count": found.get(start, (0, 0))[0],
                "amount": found.get(start, (0, 0))[1] or 0,
                "open": self._open(
                    domain
                    & Domain("lost_date", ">=", start)
                    & Domain("lost_date", "<", start + relativedelta(months=3)),
                    self.env._("Lost"),
                ),
            }
            for start in quarters
        ]

    @api.model
    def _get_largest(self, domain):
        """Return those who bought most, with the day and their salesperson."""
        statuses = self.env["winback.status"].search(
            domain, order="amount_active_year desc, id", limit=LARGEST
        )
        return [
            {
                "id": status.id,
                "name": status.partner_id.display_name,
                "amount": status.amount_active_year,
                "date": status.lost_date,
                "user": status.user_id.name or "",
            }
            for status in statuses
        ]

    @api.model
    def _get_people(self, domain):
        """Return whose customers they were, most money first."""
        groups = self.env["winback.status"]._read_group(
            domain, ["user_id"], ["__count", "amount_active_year:sum"]
        )
        rows = [
            {
                "id": user.id or 0,
                "name": user.name or self.env._("Nobody"),
                "count": count,
                "amount": amount or 0,
                "open": self._open(domain & Domain("user_id", "=", user.id or False), self.env._("Lost")),
            }
            for user, count, amount in groups
        ]
        return sorted(rows, key=lambda row: (-row["amount"], row["name"]))

    # ------------------------------------------------------------------
    # Yearly churn, also before the history is there
    # ------------------------------------------------------------------

    @api.model
    def _get_churn(self, company):
        """Return how many were customers a year ago, and how many of them were lost since.

        :return: dict with `customers`, `lost` and `rate` (percent, None without customers)
        """
        end = company._winback_today()
        start = end - relativedelta(years=1)
        begin = self.env["winback.history"]._get_begin(company)
        if begin and begin <= start:
            own = Domain("company_id", "=", company.id)
            customers, lost = self.env["winback.figures"]._count_cohort(own, own, start, end)
        else:
            customers, lost = self._count_cohort_anew(company, start)
        return {
            "customers": customers,
            "lost": lost,
            "rate": 100 * lost / customers if customers else None,
        }

    @api.model
    def _count_cohort_anew(self, company, start):
        """Return the same as `winback.figures._count_cohort` before the history is rebuilt:
        the engine looks once at the documents as of `start`.

        Who was a customer then and is lost now, or has come back since, was lost in between.
        """
        # sudo: the engine reads all documents; managers, who alone get here, may see them
        self.env["winback.engine"].sudo()._run_as_of(company.sudo(), start)
        query = SQL("SELECT partner_id FROM winback_run_status WHERE state IN %s", CUSTOMER_STATES)
        partners = [partner_id for (partner_id,) in self.env.execute_query(query)]
        cohort = Domain("company_id", "=", company.id) & Domain("partner_id", "in", partners)
        gone = Domain("state", "in", LOST_STATES) | Domain("returned_date", ">", start)
        statuses = self.env["winback.status"].with_context(active_test=False)
        return statuses.search_count(cohort), statuses.search_count(cohort & gone)

    # ------------------------------------------------------------------
    # Putting it away
    # ------------------------------------------------------------------

    @api.model
    def put_away(self, company_id):
        """Show the overview alone from now on, to everybody in the company."""
        self._check_manager(company_id)
        # sudo: who manages sales need not be able to write companies
        self.env["res.company"].browse(company_id).sudo().winback_first_look_done = True


class WinbackOverview(models.AbstractModel):
    """The first look, on top of the overview until it is put away."""

    _inherit = "winback.overview"

    @api.model
    def _prepare_scope(self, scope):
        """Override of `winback.overview` to tell whether the first look is to be shown."""
        return {
            **super()._prepare_scope(scope),
            "first_look": self.env.user.has_group(MANAGER_GROUP)
            and not scope.is_consolidated
            and not scope.company.winback_first_look_done,
        }

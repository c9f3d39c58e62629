from dataclasses import dataclass, field
from datetime import date

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import date_utils

MARGIN_GROUP = "winback_lost_customers.group_winback_margin"
ALL_COMPANIES = "all"  # instead of the id of one
MAX_MONTHS = 60  # of a period of one's own: as many columns fit on the screen
DEFAULT_PERIOD = "year"
PERIOD_MONTHS = {"half_year": 6, "year": 12, "two_years": 24}


@dataclass(frozen=True)
class Scope:
    """What the reader asked for: of which companies, which customers, which time."""

    company: models.BaseModel  # whose today, settings and currency hold
    companies: models.BaseModel  # whose customers are counted
    today: date
    period: str
    date_from: date
    date_to: date
    team_id: int
    user_id: int
    sees_margin: bool
    # {currency: what one unit is in the company's}; empty where there is nothing to convert
    rates: dict = field(default_factory=dict)
    # what one section has read and another needs, too; a changed scope begins anew
    read: dict = field(default_factory=dict, init=False, compare=False)

    @property
    def is_consolidated(self):
        """Tell whether the figures of several companies are added up."""
        return len(self.companies) > 1

    def get_company_domain(self):
        """Return the domain of the records of the companies."""
        if self.is_consolidated:
            return Domain("company_id", "in", self.companies.ids)
        return Domain("company_id", "=", self.companies.id)

    def get_domain(self, prefix=""):
        """Return the domain of the customers, for a model that reaches their status by
        `prefix` ("" for the status itself)."""
        domain = self.get_company_domain()
        for name, value in (("team_id", self.team_id), ("user_id", self.user_id)):
            if value:
                domain &= Domain(prefix + name, "=", value)
        return domain


class WinbackOverview(models.AbstractModel):
    """All figures of the first screen, by one call.

    How it works. `get_figures` checks that the reader may see customers at all, reads the
    filters into a `Scope` and asks each section of `_get_sections` for its part. Sections
    read `winback.status`, `winback.transition` and the reports through the ORM with the
    reader's own rights: record rules and margins hold as in every list. No section reads
    orders, so the number of these does not matter.

    A figure comes with `open`: the model and domain of the records behind it. Money is in
    the company's currency. How the figures of several companies become one is in
    `winback_overview_companies`.
    """

    _name = "winback.overview"
    _description = "Win-Back Overview"

    @api.model
    @api.readonly
    def get_figures(self, filters=None):
        """Return what the screen shows.

        :param dict filters: `period` (a key of `_get_periods`), `date_from` and `date_to`
            (for "custom"), `company_id` (or "all": those that the reader has switched on),
            `team_id`, `user_id`; each may be missing
        :return: dict with `scope`, `options` of the filters, and one entry for each section
        :raise AccessError: for who is not in sales, or asks for a company of others
        :raise UserError: for a period that makes no sense
        """
        self.env["winback.status"].check_access("read")
        scope = self._get_scope(filters or {})
        # sections ask for the company's today, rates and settings
        overview = self.with_company(scope.company)
        return {
            "scope": overview._prepare_scope(scope),
            "options": overview._get_options(scope),
            **{name: section(scope) for name, section in overview._get_sections().items()},
        }

    @api.model
    def _get_sections(self):
        """Return {name: method that takes the scope and returns plain data}. Extend it to
        put more figures on the screen."""
        return {"readiness": self._get_readiness}

    # ------------------------------------------------------------------
    # Filters
    # ------------------------------------------------------------------

    @api.model
    def _get_scope(self, filters):
        """Return the filters as a scope, checked."""
        company, companies = self._get_scope_companies(filters)
        today = company._winback_today()
        period = filters.get("period") or DEFAULT_PERIOD
        date_from, date_to = self._get_period_dates(period, today, filters)
        return Scope(
            company=company,
            companies=companies,
            today=today,
            period=period,
            date_from=date_from,
            date_to=date_to,
            team_id=int(filters.get("team_id") or 0),
            user_id=int(filters.get("user_id") or 0),
            sees_margin=self.env.user.has_group(MARGIN_GROUP),
            rates=self._get_rates(company, companies, today),
        )

    @api.model
    def _get_scope_companies(self, filters):
        """Return the company whose settings and currency hold, and those that are counted.

        :raise AccessError: for a company in which the reader does not work at present
        """
        if filters.get("company_id") == ALL_COMPANIES:
            return self.env.company, self.env.companies
        company = self.env["res.company"].browse(filters.get("company_id") or self.env.company.id)
        if company not in self.env.companies:
            raise AccessError(self.env._("You do not work for this company."))
        return company, company

    @api.model
    def _get_periods(self):
        """Return the periods to choose from, as pairs."""
        return [
            ("quarter", self.env._("This quarter")),
            ("half_year", self.env._("Last 6 months")),
            ("year", self.env._("Last 12 months")),
            ("two_years", self.env._("Last 24 months")),
            ("custom", self.env._("From … to …")),
        ]

    @api.model
    def _get_period_dates(self, period, today, filters):
        """Return the first and last day of `period`. Months are whole, the present one
        until `today`."""
        if period == "quarter":
            return date_utils.start_of(today, "quarter"), today
        if period in PERIOD_MONTHS:
            return (today - relativedelta(months=PERIOD_MONTHS[period] - 1)).replace(day=1), today
        if period != "custom":
            raise UserError(self.env._("There is no period “%s”.", period))
        return self._get_custom_dates(today, filters)

    @api.model
    def _get_custom_dates(self, today, filters):
        """Return the dates that were entered, the future cut off.

        :raise UserError: when they are no dates, in the wrong order, or too far apart
        """
        try:
            date_from = fields.Date.to_date(filters.get("date_from"))
            date_to = fields.Date.to_date(filters.get("date_to"))
        except ValueError:
            date_from = date_to = None
        if not date_from or not date_to:
            raise UserError(self.env._("Say from which day to which."))
        date_to = min(date_to, today)
        if date_from > date_to:
            raise UserError(self.env._("The period must begin before it ends, and not in the future."))
        if date_from < date_to - relativedelta(months=MAX_MONTHS):
            raise UserError(self.env._("Choose at most %s months.", MAX_MONTHS))
        return date_from, date_to

    @api.model
    def _prepare_scope(self, scope):
        """Return the scope as plain data."""
        return {
            "company_id": ALL_COMPANIES if scope.is_consolidated else scope.company.id,
            "company_name": ", ".join(scope.companies.mapped("name")),
            "currency_id": scope.company.currency_id.id,
            "period": scope.period,
            "period_label": dict(self._get_periods())[scope.period],
            "date_from": scope.date_from,
            "date_to": scope.date_to,
            "today": scope.today,
            "team_id": scope.team_id,
            "user_id": scope.user_id,
            "sees_margin": scope.sees_margin,
            "horizon_days": self._get_horizon(scope),
            "is_manager": self.env.user.has_group("sales_team.group_sale_manager"),
        }

    @api.model
    def _get_options(self, scope):
        """Return what can be chosen in each filter: only teams and people who have
        customers that the reader sees."""
        groups = self.env["winback.status"]._read_group(
            scope.get_company_domain(), ["team_id", "user_id"], []
        )
        teams = {team for team, _user in groups if team}
        users = {user for _team, user in groups if user}
        return {
            "periods": [{"id": key, "name": label} for key, label in self._get_periods()],
            "companies": self._get_company_options(),
            "teams": self._prepare_options(teams),
            "users": self._prepare_options(users),
        }

    @api.model
    def _get_company_options(self):
        """Return the companies that the reader has switched on, and all of them together."""
        options = self._prepare_options(self.env.companies)
        if len(options) > 1:
            options.insert(0, {"id": ALL_COMPANIES, "name": self.env._("All my companies")})
        return options

    @api.model
    def _prepare_options(self, records):
        """Return the options for `records`, by name."""
        options = [{"id": record.id, "name": record.display_name} for record in records]
        return sorted(options, key=lambda option: option["name"])

    # ------------------------------------------------------------------
    # Helpers of the sections
    # ------------------------------------------------------------------

    @api.model
    def _open(self, model, domain, name, **more):
        """Return what the client needs to open the records behind a figure."""
        return {"model": model, "domain": list(domain), "name": name, **more}

    @api.model
    def _get_readiness(self, scope):
        """Return whether there is anything to show yet: customers, history, model.

        :return: dict with `has_customers` (that the reader sees), `is_filtered`, and
            `history`, a pair (months rebuilt, months in all), None when complete
        """
        steps = [self.env["winback.history"]._get_progress(company) for company in scope.companies]
        done, total = map(sum, zip(*steps, strict=True))
        return {
            "has_customers": bool(
                self.env["winback.status"].search_count(
                    scope.get_domain() & Domain("state", "not in", ("prospect", "excluded")), limit=1
                )
            ),
            "is_filtered": bool(scope.team_id or scope.user_id),
            "history": [done, total] if done < total else None,
        }

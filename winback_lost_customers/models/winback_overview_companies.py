from math import floor, log10

from odoo import api, models
from odoo.fields import Domain
from odoo.tools.misc import format_date, formatLang

RATE_FIGURES = 5  # that many figures of a rate are shown, at least two after the point
RANKED_BY = "expected_sales_loss"


class WinbackOverview(models.AbstractModel):
    """How the figures of several companies become one.

    How it works. Numbers are added up. Money is converted to the currency of the present
    company at Odoo's rate of today, whatever time it speaks of: so a change between two
    periods is one of the business, and not of the exchange rate. A sum is read for each
    company and converted afterwards; of a ranking the first of each currency are read,
    converted and ranked anew. One company alone is read as if there were no others.

    The rates are read once into the scope: those that are shown are those that were used.
    """

    _inherit = "winback.overview"

    @api.model
    def _get_sections(self):
        """Override of `winback.overview` to tell how the companies were added up."""
        return {"consolidation": self._get_consolidation, **super()._get_sections()}

    # ------------------------------------------------------------------
    # Rates
    # ------------------------------------------------------------------

    @api.model
    def _get_rates(self, company, companies, day):
        """Return {currency: what one unit of it is in that of `company`} for all of
        `companies`, none where all have the same."""
        currencies = companies.currency_id | company.currency_id
        if len(currencies) == 1:
            return {}
        return self.env["winback.money.mixin"]._get_factors(currencies, company, day)

    @api.model
    def _convert(self, scope, amount, record):
        """Return `amount` of a `record` of one of the companies in the scope's currency."""
        if not scope.rates:
            return amount
        return scope.company.currency_id.round(amount * scope.rates[record.company_id.currency_id])

    # ------------------------------------------------------------------
    # Sums
    # ------------------------------------------------------------------

    @api.model
    def _read_sums(self, scope, model, domain, groupby, aggregates):
        """Return the rows of `_read_group`, in which money is in the scope's currency.

        :param aggregates: sums and counts: of nothing else the parts can be added up. Who is
            a customer of two companies counts in each of them
        """
        records = self.env[model]
        if not scope.is_consolidated:
            return records._read_group(domain, groupby, aggregates)
        number = len(groupby)
        merged = {} if groupby else {(): [0] * len(aggregates)}
        for row in records._read_group(domain, [*groupby, "company_id"], aggregates):
            rate = scope.rates.get(row[number].currency_id, 1)
            sums = merged.setdefault(row[:number], [0] * len(aggregates))
            for place, (aggregate, value) in enumerate(zip(aggregates, row[number + 1 :], strict=True)):
                sums[place] += (value or 0) * (rate if self._is_money(records, aggregate) else 1)
        return [(*key, *sums) for key, sums in merged.items()]

    @api.model
    def _is_money(self, records, aggregate):
        """Tell whether `aggregate` is a sum of money."""
        name, _colon, function = aggregate.partition(":")
        return function == "sum" and records._fields[name].type == "monetary"

    # ------------------------------------------------------------------
    # Rankings
    # ------------------------------------------------------------------

    @api.model
    def _get_largest(self, scope, domain, names, limit):
        """Return pairs of the `limit` statuses with the largest expected loss, and this loss
        in the scope's currency; with their fields `names`."""
        names = [*names, RANKED_BY, "company_id"]
        domains = [domain]
        if scope.rates:
            domains = [
                domain & Domain("company_id", "in", alike.ids)
                for alike in scope.companies.grouped("currency_id").values()
            ]
        found = [
            (status, self._convert(scope, status[RANKED_BY], status))
            for part in domains
            for status in self.env["winback.status"].search_fetch(part, names, limit=limit)
        ]
        # one currency comes in the right order already
        return sorted(found, key=lambda pair: -pair[1])[:limit] if len(domains) > 1 else found

    @api.model
    def _get_name(self, scope, status):
        """Return what the customer is called, who may be one of several companies."""
        return self._add_company(scope, status.partner_id.display_name, status)

    @api.model
    def _add_company(self, scope, name, record):
        """Return `name`, with the company where several are shown."""
        if not scope.is_consolidated:
            return name
        return self.env._("%(name)s – %(company)s", name=name, company=record.company_id.name)

    # ------------------------------------------------------------------
    # What the screen says of it
    # ------------------------------------------------------------------

    @api.model
    def _get_consolidation(self, scope):
        """Return how the companies were added up; None for one company.

        :return: dict with `sentences`; `rates`, dicts of `currency` (its name), `rate` and
            `sentence`; `warnings` about currencies of which no rate is known
        """
        if not scope.is_consolidated:
            return None
        entered = self._get_rate_days(scope)
        foreign = {c: rate for c, rate in scope.rates.items() if c != scope.company.currency_id}
        return {
            "sentences": self._get_consolidation_sentences(scope),
            "rates": [
                {
                    "currency": currency.name,
                    "rate": rate,
                    "sentence": self._get_rate_sentence(scope, currency, rate, entered.get(currency)),
                }
                for currency, rate in foreign.items()
            ],
            "warnings": [
                self.env._(
                    "No exchange rate of %(currency)s is entered: Odoo takes 1 for it, and the sums "
                    "are wrong by that. Ask who keeps the currencies to enter it.",
                    currency=currency.name,
                )
                for currency in self._get_unknown_currencies(foreign, entered)
            ],
        }

    @api.model
    def _get_unknown_currencies(self, currencies, entered):
        """Return those of `currencies` that lack a rate. The first company's currency needs
        none: it is the one in which the rates of all others are told."""
        # sudo: the reader need not work for the first company
        first = self.env["res.company"].sudo().search([("parent_id", "=", False)], order="id", limit=1)
        return [
            currency for currency in currencies if currency not in entered and currency != first.currency_id
        ]

    @api.model
    def _get_horizon(self, scope):
        """Return for how many days losses are expected: a number, or from the shortest to
        the longest of the companies in words."""
        days = sorted(set(scope.companies.mapped("winback_horizon_days")))
        return days[0] if len(days) == 1 else f"{days[0]}–{days[-1]}"

    @api.model
    def _get_rate_days(self, scope):
        """Return {currency: day since when its rate holds}: none of a currency without one.

        A rate that was only entered for later is taken by Odoo for the time before, too.
        """
        if not scope.rates:
            return {}
        known = Domain("currency_id", "in", [currency.id for currency in scope.rates]) & Domain(
            "company_id", "in", (False, scope.company.root_id.id)
        )
        rates = self.env["res.currency.rate"]
        later = dict(rates._read_group(known, ["currency_id"], ["name:min"]))
        until = known & Domain("name", "<=", scope.today)
        return {**later, **dict(rates._read_group(until, ["currency_id"], ["name:max"]))}

    @api.model
    def _get_rate_sentence(self, scope, currency, rate, day):
        """Return the rate in words: 1 USD = 0.92 EUR, and since when it holds."""
        digits = max(2, RATE_FIGURES - 1 - floor(log10(rate))) if rate else 2
        values = {
            "currency": currency.name,
            "rate": formatLang(self.env, rate, digits=digits),
            "own": scope.company.currency_id.name,
        }
        if not day:
            return self.env._("1 %(currency)s = %(rate)s %(own)s (no rate entered)", **values)
        return self.env._(
            "1 %(currency)s = %(rate)s %(own)s (rate of %(day)s)",
            day=format_date(self.env, day),
            **values,
        )

    @api.model
    def _get_consolidation_sentences(self, scope):
        """Return what was added up, and which of the companies' settings hold."""
        sentences = [
            self.env._("The figures of %s are added up.", ", ".join(scope.companies.mapped("name"))),
            self.env._("Who is a customer of several companies counts in each of them."),
        ]
        if scope.rates:
            sentences.append(
                self.env._(
                    "Money is converted to %(currency)s at the rates of today, %(day)s, for past "
                    "periods, too.",
                    currency=scope.company.currency_id.name,
                    day=format_date(self.env, scope.today),
                )
            )
        if len(set(scope.companies.mapped("winback_horizon_days"))) > 1:
            sentences.append(
                self.env._(
                    "The companies expect losses for different times: %s.",
                    ", ".join(
                        self.env._(
                            "%(company)s for %(days)s days",
                            company=company.name,
                            days=company.winback_horizon_days,
                        )
                        for company in scope.companies
                    ),
                )
            )
        return sentences

from odoo import api, models
from odoo.tools import SQL


class WinbackMoneyMixin(models.AbstractModel):
    """A record with money of one of several companies, whose currencies may differ.

    Where a group of pivot, graph or list has more than one currency, Odoo's screens show
    `field:sum_currency` instead of the field's own aggregate, as money of the present
    company. The ORM's answer to that is amiss in three ways, so it is given here: it is a
    sum for fields that show a mean, too; it is in the currency whose rate is 1, whatever
    the company's; and it takes a rate that was entered for later where there is one.
    """

    _name = "winback.money.mixin"
    _description = "Win-Back Record With Money"

    @api.model
    def _get_factors(self, currencies, company, day):
        """Return {currency: what one unit of it is in that of `company`} at Odoo's rate of
        `day`: as `res.currency._get_conversion_rate` does, for all at once."""
        own = company.currency_id
        converted = currencies.with_company(company).with_context(to_currency=own.id, date=str(day))
        return {
            currency: rate.inverse_rate if currency != own else 1.0
            for currency, rate in zip(currencies, converted, strict=True)
        }

    @api.model
    def _read_group_select(self, aggregate_spec, query):
        """Override of the ORM: money of several currencies is converted to the company's
        at the rate of today, and a mean stays a mean."""
        name, _colon, function = aggregate_spec.partition(":")
        if function != "sum_currency" or self._fields[name].type != "monetary":
            return super()._read_group_select(aggregate_spec, query)
        return SQL(
            "%s(%s * %s)",
            SQL("AVG") if self._fields[name].aggregator == "avg" else SQL("SUM"),
            self._field_to_sql(self._table, name, query),
            self._get_factor_sql(self._fields[name].get_currency_field(self), query),
        )

    @api.model
    def _get_factor_sql(self, currency_field, query):
        """Return the SQL of what one unit of a row's currency is in the company's."""
        company = self.env.company
        # companies' currencies are active ones
        currencies = self.env["res.currency"].search([("active", "=", True)]) | company.currency_id
        factors = self._get_factors(currencies, company, company._winback_today())
        return SQL(
            "CASE %s %s ELSE 1 END",
            self._field_to_sql(self._table, currency_field, query),
            SQL(" ").join(SQL("WHEN %s THEN %s", c.id, factor) for c, factor in factors.items()),
        )

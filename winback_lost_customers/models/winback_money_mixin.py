from odoo import api, fields, models
from odoo.tools import SQL


class WinbackMoneyMixin(models.AbstractModel):
    """A record with money of one of several companies, whose currencies may differ.

    Where a group of pivot, graph or list has more than one currency, Odoo's screens show
    `field:sum_currency` instead of the field's own aggregate, as money of the present
    company. Two things are amiss with it, and are put right here: it is a sum for fields
    that show a mean, too; and it is in the currency whose rate is 1, whatever the company's.
    """

    _name = "winback.money.mixin"
    _description = "Win-Back Record With Money"

    @api.model
    def _read_group_select(self, aggregate_spec, query):
        """Override of the ORM: converted money is in the company's currency, and a mean
        stays a mean."""
        name, _colon, function = aggregate_spec.partition(":")
        converted = super()._read_group_select(aggregate_spec, query)
        if function != "sum_currency":
            return converted
        if self._fields[name].aggregator == "avg":
            amount = self._field_to_sql(self._table, name, query)
            converted = SQL("%s / NULLIF(COUNT(%s), 0)", converted, amount)
        return SQL("%s * %s", converted, self._get_own_rate())

    @api.model
    def _get_own_rate(self):
        """Return the rate of the present company's currency, as of today."""
        currency = self.env.company.currency_id
        return currency._get_rates(self.env.company, fields.Date.context_today(self))[currency.id]

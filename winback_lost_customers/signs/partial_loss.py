from odoo import api, models
from odoo.tools import SQL


class WinbackSignPartialLoss(models.AbstractModel):
    """B7: still a customer, but no longer for a category or product.

    What it sees: a category or product that the customer used to buy regularly and
    has not bought for the threshold's days and for 1.5 times its longest gap in it,
    not even in the season of the year in which it bought it a year ago, while it
    bought other things at least twice since and is not overdue itself.
    Why it matters: part of the need has moved to somebody else, who will now offer
    the rest too; total sales often show it only months later.
    When it is wrong: the customer buys the same under a product that was filed in
    another category, or has enough in stock; a product redone under a new name.
    """

    _name = "winback.sign.partial_loss"
    _inherit = ["winback.detector"]
    _description = "Win-Back Sign: Stopped Buying a Category"

    _threshold_range = (30, 730)
    _fact_columns = ("stopped_items", "last_order_date", "gap_max")
    _figure_kinds = {
        "item": "record",
        "last_order": "text",
        "last_date": "date",
        "gap_mean": "days",
        "amount": "amount",
        "count": "count",
    }

    @api.model
    def _get_reference_date(self, sign, company, today):
        """Override of `winback.detector`: the silence in the thing begins with its
        last purchase."""
        return self._get_detail(sign, today, "last_day", "date")

    @api.model
    def _get_condition(self, sign, company, today):
        """Override of `winback.detector`: something is missing, and the customer is
        not merely silent as a whole."""
        return SQL(
            "f.stopped_items IS NOT NULL "
            "AND %s - f.last_order_date <= GREATEST(%s, COALESCE(f.gap_max, 0)) "
            "AND %s IS NOT NULL",
            today,
            int(sign.threshold),
            self._get_reference_date(sign, company, today),
        )

    @api.model
    def _get_since(self, sign, company, today):
        """Override of `winback.detector`: when it was both too long and in season."""
        return SQL(
            "GREATEST(%s, %s + %s)",
            self._get_detail(sign, today, "holds_from", "date"),
            self._get_reference_date(sign, company, today),
            int(sign.threshold),
        )

    @api.model
    def _get_due_date(self, sign, company, today):
        """Override of `winback.detector`: it speaks of customers who still buy, so
        silence rather ends it."""
        return None

    @api.model
    def _get_detail(self, sign, today, key, sql_type):
        """Return the SQL of a detail of the most valuable thing stopped."""
        return SQL(
            "(SELECT (item->>%s)::%s %s ORDER BY n LIMIT 1)",
            key,
            SQL(sql_type),
            self._get_items(sign, today),
        )

    @api.model
    def _get_items(self, sign, today):
        """Return the SQL clauses FROM and WHERE of the things that have been missing
        for the threshold's days."""
        return SQL(
            "FROM jsonb_array_elements(f.stopped_items) WITH ORDINALITY stopped(item, n) "
            "WHERE (item->>'last_day')::date <= %s - %s",
            today,
            int(sign.threshold),
        )

    @api.model
    def _get_figures(self, sign, company, today):
        """Override of `winback.detector`: what is missing, since when, how much."""
        items = self._get_items(sign, today)
        return {
            "item": SQL(
                "(SELECT jsonb_build_array(item->'model', item->'id') %s ORDER BY n LIMIT 1)",
                items,
            ),
            "last_order": SQL(
                "(SELECT name FROM sale_order WHERE id = "
                "(SELECT (item->'orders'->>0)::integer %s ORDER BY n LIMIT 1))",
                items,
            ),
            "last_date": self._get_reference_date(sign, company, today),
            "gap_mean": self._get_detail(sign, today, "gap_mean", "integer"),
            "amount": self._get_detail(sign, today, "amount", "numeric"),
            "count": SQL("(SELECT count(*) %s)", items),
        }

    @api.model
    def _get_documents(self, sign, company, today):
        """Override of `winback.detector`: the latest orders that had it."""
        return SQL(
            """(SELECT jsonb_agg(jsonb_build_array('sale.order', id) ORDER BY nr)
                  FROM jsonb_array_elements(
                           (SELECT item->'orders' %s ORDER BY n LIMIT 1)
                       ) WITH ORDINALITY document(id, nr))""",
            self._get_items(sign, today),
        )

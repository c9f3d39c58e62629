import ast
import json

from odoo.tests import TransactionCase


class FavouritesCase(TransactionCase):
    """Open the favourites of an add-on as pivot, graph and list do it."""

    def _get_favourites(self, module):
        """Return the favourites that `module` brings."""
        data = self.env["ir.model.data"].search([("module", "=", module), ("model", "=", "ir.filters")])
        return self.env["ir.filters"].browse(data.mapped("res_id"))

    def _check(self, favourites):
        """Open each favourite; none may raise, or be for one user only."""
        for favourite in favourites:
            with self.subTest(favourite=favourite.name):
                self.assertFalse(favourite.user_ids, "for everybody")
                window = self.env["ir.actions.act_window"].browse(favourite.action_id.id)
                self.assertEqual(window.res_model, favourite.model_id)
                self._open(favourite, window)

    def _open(self, favourite, window):
        """Read what the screens read of the favourite."""
        records = self.env[favourite.model_id]
        domain = favourite._get_eval_domain()
        context = ast.literal_eval(favourite.context)
        records.search(domain, order=", ".join(json.loads(favourite.sort)) or None, limit=5)
        rows, columns = (context.get(f"pivot_{side}_groupby", []) for side in ("row", "column"))
        for groupby, measures in (
            (context["group_by"], ["__count"]),
            ([*rows, *columns], context.get("pivot_measures", [])),
            (context.get("graph_groupbys", []), [context.get("graph_measure", "__count")]),
        ):
            specs = [spec for name in measures for spec in self._get_specs(records, name)]
            for group in records.formatted_read_group(domain, groupby, specs):
                self.assertTrue(group.keys() >= set(specs))
        views = window.view_mode.split(",")
        self.assertTrue("pivot" in views or not rows, "it tells what a pivot shows, and there is one")
        self.assertTrue("graph" in views or "graph_measure" not in context)

    def _get_specs(self, records, name):
        """Return what is asked for to show a measure, money of several currencies, too."""
        if name == "__count":
            return [name]
        field = records._fields[name]
        self.assertTrue(field.aggregator, name)
        currency = field.get_currency_field(records) if field.type == "monetary" else None
        more = [f"{name}:sum_currency", f"{currency}:array_agg_distinct"] if currency else []
        return [f"{name}:{field.aggregator}", *more]

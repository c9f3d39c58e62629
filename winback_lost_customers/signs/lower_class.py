from odoo import api, models
from odoo.tools import SQL

# A small company's customers change places by chance: only who brings a tenth less
# margin itself went down, and only who varies by a quarter more became irregular.
MARGIN_LEFT = 0.9
VARIATION_MORE = 1.25


class WinbackSignLowerClass(models.AbstractModel):
    """S8: migrated to a lower class in the ABC-XYZ analysis.

    What it sees: the class by margin (A, B, C) or by evenness of demand (X, Y, Z) of
    the last twelve complete months is lower by the threshold's steps than that of the
    twelve months before the recent period. A step in margin counts when the customer's
    own margin fell by a tenth; a step in evenness when its monthly sales vary by a
    quarter more, without growing and without a better class by margin.
    Why it matters: a customer rarely leaves in one day; it buys less and less evenly
    first, as others get its orders.
    When it is wrong: one unusually large project a year ago leaves the twelve months;
    prices of a good customer were lowered on purpose.

    The explanation tells sales and not margins, which not everybody may see.
    """

    _name = "winback.sign.lower_class"
    _inherit = ["winback.detector"]
    _description = "Win-Back Sign: Lower Class in ABC-XYZ"

    _threshold_range = (1, 4)
    _threshold_unit = "steps"
    _fact_columns = (
        "abc_xyz",
        "abc_xyz_before",
        "demand_amount",
        "demand_amount_before",
        "demand_margin",
        "demand_margin_before",
        "demand_variation",
        "demand_variation_before",
    )
    _figure_kinds = {
        "class_now": "text",
        "class_before": "text",
        "amount_now": "amount",
        "amount_before": "amount",
        "variation_now": "percent",
        "variation_before": "percent",
    }

    @api.model
    def _get_value(self, sign, company, today):
        """Override of `winback.detector`: the steps down, of both letters together."""
        return SQL(
            """(CASE WHEN f.demand_margin <= f.demand_margin_before * %(left)s
                     THEN GREATEST(0, %(abc)s) ELSE 0 END
              + CASE WHEN %(abc)s >= 0 AND f.demand_amount <= f.demand_amount_before
                      AND COALESCE(f.demand_variation
                                   >= f.demand_variation_before * %(more)s, TRUE)
                      AND length(f.abc_xyz) = 2 AND length(f.abc_xyz_before) = 2
                     THEN GREATEST(0, %(xyz)s) ELSE 0 END)""",
            left=MARGIN_LEFT,
            more=VARIATION_MORE,
            abc=self._get_steps(1),
            xyz=self._get_steps(2),
        )

    @api.model
    def _get_steps(self, letter):
        """Return the SQL of the steps down of the first or second `letter`."""
        return SQL(
            "(ascii(substr(f.abc_xyz, %s, 1)) - ascii(substr(f.abc_xyz_before, %s, 1)))",
            letter,
            letter,
        )

    @api.model
    def _get_figures(self, sign, company, today):
        """Override of `winback.detector`: both classes, with what they are made of."""
        return {
            "class_now": SQL("f.abc_xyz"),
            "class_before": SQL("f.abc_xyz_before"),
            "amount_now": SQL("f.demand_amount"),
            "amount_before": SQL("f.demand_amount_before"),
            "variation_now": SQL("f.demand_variation"),
            "variation_before": SQL("f.demand_variation_before"),
        }

    @api.model
    def _get_documents(self, sign, company, today):
        """Override of `winback.detector`: the orders of both periods."""
        fact = self.env["winback.fact"]
        periods = self.env["winback.fact.demand"]._get_periods(company, today)
        return SQL(
            """(SELECT COALESCE(jsonb_agg(jsonb_build_array('sale.order', o.id)
                                          ORDER BY o.date_order DESC, o.id), '[]')
                  FROM sale_order o
                 WHERE o.partner_id IN (SELECT id FROM res_partner
                                         WHERE commercial_partner_id = f.partner_id)
                   AND o.state = 'sale' AND o.company_id = %s
                   AND %s >= %s AND %s < %s)""",
            company.id,
            fact._get_day(SQL("o.date_order"), company),
            periods["_before"][0],
            fact._get_day(SQL("o.date_order"), company),
            periods[""][1],
        )

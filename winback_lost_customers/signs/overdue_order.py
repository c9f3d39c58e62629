from odoo import api, models
from odoo.tools import SQL


class WinbackSignOverdueOrder(models.AbstractModel):
    """S6: the time since the last purchase exceeds the deal cycle.

    What it sees: silent for longer than the threshold's days and for longer than
    the customer ever was between two purchases.
    It gives half of its points on the first such day and all of them on the day on which
    the customer counts as lost; none where the probability model judges the silence.
    Why it matters: whoever orders every month and has not for four has most likely
    ordered somewhere else.
    When it is wrong: holidays and seasons; a customer with few orders has no rhythm
    yet, so only the threshold speaks.
    """

    _name = "winback.sign.overdue_order"
    _inherit = ["winback.detector"]
    _description = "Win-Back Sign: Overdue Order"

    _superseded_by = "winback.sign.unusual_silence"
    _fact_columns = ("last_order_date", "last_order_id", "gap_mean", "gap_max")
    _figure_kinds = {
        "last_order": "text",
        "last_order_date": "date",
        "gap_mean": "days",
        "gap_max": "days",
    }

    @api.model
    def _get_reference_date(self, sign, company, today):
        """Override of `winback.detector`: the silence begins with the last order."""
        return SQL("f.last_order_date")

    @api.model
    def _get_condition(self, sign, company, today):
        """Override of `winback.detector`: longer than the cycle, not as long as."""
        value = self._get_value(sign, company, today)
        return SQL("%s > %s", value, self._get_cycle(sign))

    @api.model
    def _get_since(self, sign, company, today):
        """Override of `winback.detector`: the first day beyond the cycle."""
        return SQL("f.last_order_date + %s + 1", self._get_cycle(sign))

    @api.model
    def _get_cycle(self, sign):
        """Return the SQL of the days that a silence of this customer may last."""
        return SQL("GREATEST(%s, COALESCE(f.gap_max, 0))", int(sign.threshold))

    @api.model
    def _get_points_share(self, sign, company, today):
        """Override of `winback.detector`: half on the first day beyond the cycle, all on
        the day of the loss."""
        return SQL(
            "LEAST(100, COALESCE(50 + 50.0 * (%s - (%s)) / NULLIF(%s, 0), 100))",
            today,
            self._get_since(sign, company, today),
            self._get_span(sign, company),
        )

    @api.model
    def _get_points_share_date(self, sign, company, today, share):
        """Override of `winback.detector`: `_get_points_share` solved for the day."""
        return SQL(
            "%s + GREATEST(0, ceil((%s - 50) / 50.0 * %s))::integer",
            self._get_since(sign, company, today),
            share,
            self._get_span(sign, company),
        )

    @api.model
    def _get_span(self, sign, company):
        """Return the SQL of the days from the first one beyond the cycle to the loss."""
        lost_days = self.env["winback.engine"]._get_lost_days_sql(SQL("f.gap_max"), company)
        return SQL("GREATEST(0, %s - %s - 1)", lost_days, self._get_cycle(sign))

    @api.model
    def _get_figures(self, sign, company, today):
        """Override of `winback.detector`: the last order and the usual rhythm."""
        return {
            "last_order": SQL("(SELECT name FROM sale_order WHERE id = f.last_order_id)"),
            "last_order_date": SQL("f.last_order_date"),
            "gap_mean": SQL("f.gap_mean"),
            "gap_max": SQL("f.gap_max"),
        }

    @api.model
    def _get_documents(self, sign, company, today):
        """Override of `winback.detector`: the last order."""
        return SQL("jsonb_build_array(jsonb_build_array('sale.order', f.last_order_id))")

from odoo import api, models
from odoo.tools import SQL

SEARCH_STEPS = tuple(2**power for power in reversed(range(12)))  # days, eleven years in all


class WinbackSignUnusualSilence(models.AbstractModel):
    """B1: this silence is unusual for this customer.

    What it sees: the probability model, which has learned from all customers how
    evenly they buy and how soon they stop, says that so many of a hundred silences
    like the present one, of a customer with this rhythm, last until the customer
    counts as lost. It gives as large a part of its points.
    Why it matters: a weekly buyer silent for a month is in more danger than a yearly
    one silent for a quarter; no fixed number of days sees the first in time without
    raising a false alarm over the second.
    When it is wrong: holidays and seasons look like silences; customers with fewer
    than three purchases have no rhythm and get no probability. It speaks only while
    the model foretells the company's own past better than a plain count of days.
    """

    _name = "winback.sign.unusual_silence"
    _inherit = ["winback.detector"]
    _description = "Win-Back Sign: Unusual Silence"

    _threshold_range = (1, 99)
    _threshold_unit = "percent"
    _fact_columns = (
        "p_silence",
        "purchase_days",
        "first_order_date",
        "last_order_date",
        "last_order_id",
        "gap_mean",
        "gap_max",
    )
    _figure_kinds = {
        "chance": "count",
        "last_order": "text",
        "last_order_date": "date",
        "gap_mean": "days",
    }

    @api.model
    def _get_reference_date(self, sign, company, today):
        """Override of `winback.detector`: the silence begins with the last order."""
        return SQL("f.last_order_date")

    @api.model
    def _get_value(self, sign, company, today):
        """Override of `winback.detector`: the probability in whole percent, as it is shown."""
        return SQL("round(100 * f.p_silence)")

    @api.model
    def _get_condition(self, sign, company, today):
        """Override of `winback.detector`: only while the model speaks."""
        if not self._get_speaking_model(company, today):
            return SQL("FALSE")
        return SQL("%s >= %s", self._get_value(sign, company, today), sign.threshold)

    @api.model
    def _get_spoken_of(self, sign, company, today):
        """Override of `winback.detector`: who has a probability, while the model speaks."""
        if not self._get_speaking_model(company, today):
            return None
        return SQL("f.p_silence IS NOT NULL")

    @api.model
    def _get_speaking_model(self, company, today):
        """Return the fit in force if it beats the plain count of days, else nothing."""
        return self.env["winback.model"]._get_in_force(company, today).filtered("speaks")

    @api.model
    def _get_points_share(self, sign, company, today):
        """Override of `winback.detector`: as many as losses in a hundred silences."""
        return SQL("100 * f.p_silence")

    @api.model
    def _get_points_share_date(self, sign, company, today, share):
        """Override of `winback.detector`: the day is found where the probability is."""
        chance = SQL("(GREATEST(%s, %s)::double precision / 100)", share, sign.threshold - 0.5)
        return self._get_reached_sql(chance, company, today)

    @api.model
    def _get_since(self, sign, company, today):
        """Override of `winback.detector`: the first day on which the probability rounds
        to the threshold."""
        chance = SQL("%s::double precision", (sign.threshold - 0.5) / 100)
        return self._get_reached_sql(chance, company, today)

    @api.model
    def _get_reached_sql(self, chance, company, today):
        """Return the SQL of the first day on which the probability has reached `chance`;
        None while no model speaks.

        The probability (g(lost) + D) / (g(t) + D) grows with every silent day, so the
        day is found where g(t) falls to (g(lost) + D) / chance - D. Where only the
        second step of the model has lifted it so far, that is today.
        """
        model = self._get_speaking_model(company, today)
        if not model:
            return None
        source = self.env["winback.fact.model"]
        lost_days = self.env["winback.engine"]._get_lost_days_sql(SQL("f.gap_max"), company)
        level = SQL(
            "(%s + drop_out) / %s - drop_out",
            source._get_silence_sql(model, SQL("(tx + lost)")),
            chance,
        )
        last_day = source._get_last_day_query(
            model, SQL("tx"), SQL("level"), SEARCH_STEPS, SQL("-1")
        )
        return SQL(
            """CASE WHEN f.p_silence IS NOT NULL THEN LEAST(f.last_order_date + 1 + (
                   SELECT (SELECT day FROM (%(last_day)s) d)
                     FROM (SELECT c.*, %(level)s AS level FROM (%(history)s) c OFFSET 0) c),
                   CASE WHEN f.p_silence >= %(chance)s THEN %(today)s::date END) END""",
            chance=chance,
            today=today,
            last_day=last_day,
            level=level,
            history=source._get_history_query(model, today, lost_days),
        )

    @api.model
    def _get_figures(self, sign, company, today):
        """Override of `winback.detector`: the probability, the rhythm, the last order."""
        return {
            "chance": SQL("%s::integer", self._round_share(self._get_points_share(sign, company, today))),
            "last_order": SQL("(SELECT name FROM sale_order WHERE id = f.last_order_id)"),
            "last_order_date": SQL("f.last_order_date"),
            "gap_mean": SQL("f.gap_mean"),
        }

    @api.model
    def _get_documents(self, sign, company, today):
        """Override of `winback.detector`: the last order."""
        return SQL("jsonb_build_array(jsonb_build_array('sale.order', f.last_order_id))")

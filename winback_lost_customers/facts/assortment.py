from datetime import timedelta

from odoo import api, models
from odoo.tools import SQL

YEAR = 365  # days
LOOK_BACK = 3 * YEAR  # lines before are not read
FORGOTTEN = 2 * YEAR  # what was stopped before is what the customer is like now
MIN_DAYS = 4  # bought on fewer days, a thing was no habit
MIN_SPREAD = 180  # days from first to last purchase; less is a project
MIN_SILENCE = 30  # shorter silences are not looked at, whatever the threshold
GAP_FACTOR = 1.5  # times the longest gap in the thing itself
SEASON_SLACK = 30  # a season may begin so many days earlier or later
PROOF = 20  # latest orders that are kept as proof


class WinbackFactAssortment(models.AbstractModel):
    """Which categories and products a still active customer stopped buying.

    A thing (a product category or a product) counts as stopped when it was bought
    regularly (`MIN_DAYS` days spread over `MIN_SPREAD`), the silence in it exceeds 1.5
    times its own longest gap, the customer bought anything on two days since, and the
    season speaks for it: where the thing was bought a year earlier already, the
    customer must have bought it again then after the same day of the year. A product
    counts only if its category is not stopped as a whole, and no other product of the
    category took its place. What we no longer sell was not stopped by the customer.

    `stopped_items` is a list, the most valuable first, of `model`, `id`, `last_day`,
    `holds_from` (the day on which all of that was true), `gap_mean`, `amount` (of the
    365 days up to its last day) and `orders` (the latest that had it, newest first).

    Unknowable of a past day: the category that a product had, what a line was before
    it was changed, and what we sold; there, also things since archived count.
    """

    _name = "winback.fact.assortment"
    _inherit = ["winback.fact"]
    _description = "Win-Back Facts: Categories and Products Stopped"

    _fact_sequence = 30
    _fact_is_derived = True
    _fact_columns = {"stopped_items": "jsonb"}

    @api.model
    def _get_query(self, company, today, partners=None):
        """Override of `winback.fact`: orders of who is active -> lines -> things ->
        candidates by simple figures -> rhythm of these few -> customers.

        Nothing but the lines of the candidates is joined after the first step, and
        figures of neighbours come from windows: the planner knows nothing about the
        size of its own intermediate results and would loop over them.
        """
        return SQL(
            """
            WITH line AS MATERIALIZED (%(lines)s),
                 item AS (%(items)s),
                 candidate AS MATERIALIZED (%(candidates)s),
                 item_order AS (%(item_orders)s),
                 stopped AS (%(rhythm)s)
            %(customers)s
            """,
            lines=self._get_lines_query(today),
            items=self._get_items_query(),
            candidates=self._get_candidates_query(today),
            item_orders=self._get_item_orders_query(),
            rhythm=self._get_rhythm_query(company, today),
            customers=self._get_customers_query(company, today),
        )

    @api.model
    def _get_active_orders_query(self, today):
        """Return the confirmed orders of customers who bought within a year and often
        enough to have stopped something.

        One comparison for all conditions: of three, which the planner takes for
        independent, it would expect next to nobody.
        """
        return SQL(
            """
            SELECT o.id, o.partner_id, o.currency_rate, o.day
              FROM winback_run_order o
              JOIN winback_run_base b ON b.partner_id = o.partner_id
             WHERE o.is_purchase AND o.day >= %(start)s
               AND LEAST(b.purchase_days - %(min_days)s, b.last_order_date - %(active)s,
                         b.last_order_date - b.first_order_date - %(spread)s) >= 0
            """,
            start=today - timedelta(days=LOOK_BACK),
            min_days=MIN_DAYS + 2,
            active=today - timedelta(days=YEAR - 1),
            spread=MIN_SPREAD,
        )

    @api.model
    def _get_timed_orders_query(self, today):
        """Return these orders with the second purchase day after each, `after_day`;
        infinity where there were fewer."""
        later = SQL(
            "OVER (PARTITION BY partner_id ORDER BY day "
            "RANGE BETWEEN INTERVAL '1 day' FOLLOWING AND UNBOUNDED FOLLOWING)"
        )
        return SQL(
            """
            SELECT n.*, COALESCE(first_value(next_day) %(later)s, 'infinity') AS after_day
              FROM (SELECT a.*, first_value(day) %(later)s AS next_day
                      FROM (%(orders)s) a) n
            """,
            later=later,
            orders=self._get_active_orders_query(today),
        )

    @api.model
    def _get_lines_query(self, today):
        """Return what was bought: no notes, down payments, discounts or returns."""
        return SQL(
            """
            SELECT o.partner_id, o.id AS order_id, o.day, o.after_day,
                   t.id AS template_id, COALESCE(t.categ_id, 0) AS categ_id,
                   l.price_subtotal / COALESCE(NULLIF(o.currency_rate, 0), 1) AS amount
              FROM (%s) o
              JOIN sale_order_line l ON l.order_id = o.id
              JOIN product_product v ON v.id = l.product_id
              JOIN product_template t ON t.id = v.product_tmpl_id
             WHERE l.display_type IS NULL AND l.is_downpayment IS NOT TRUE
               AND l.product_uom_qty > 0 AND l.price_subtotal >= 0
            """,
            self._get_timed_orders_query(today),
        )

    @api.model
    def _get_items_query(self):
        """Return the things that each customer bought: categories and, with a
        `template_id`, products; 0 where it is none. `newest_day`: when the newest of
        its products of the category was bought for the first time."""
        return SQL(
            """
            SELECT i.*, max(first_day) OVER (PARTITION BY partner_id, categ_id)
                   AS newest_day
              FROM (SELECT partner_id, categ_id, COALESCE(template_id, 0) AS template_id,
                           min(day) AS first_day, max(day) AS last_day,
                           max(after_day) AS after_day, count(*) AS lines
                      FROM line
                     GROUP BY GROUPING SETS ((partner_id, categ_id),
                                             (partner_id, categ_id, template_id))) i
            """
        )

    @api.model
    def _get_candidates_query(self, today):
        """Return the things that simple figures do not rule out: bought regularly,
        not of late, and followed by two days of purchases of anything."""
        return SQL(
            """
            SELECT * FROM item
             WHERE lines >= %(min_days)s AND last_day - first_day >= %(spread)s
               AND last_day <= %(silent)s AND last_day >= %(forgotten)s
               AND isfinite(after_day) AND (categ_id > 0 OR template_id > 0)
            """,
            min_days=MIN_DAYS,
            spread=MIN_SPREAD,
            silent=today - timedelta(days=MIN_SILENCE),
            forgotten=today - timedelta(days=FORGOTTEN),
        )

    @api.model
    def _get_item_orders_query(self):
        """Return the orders that had a candidate, with the days since the one before."""
        return SQL(
            """
            SELECT d.*, day - lag(day) OVER (
                       PARTITION BY partner_id, categ_id, template_id ORDER BY day) AS gap
              FROM (SELECT c.partner_id, c.categ_id, c.template_id, c.first_day,
                           c.last_day, c.after_day, c.newest_day, l.day, l.order_id,
                           sum(l.amount) AS amount
                      FROM candidate c
                      JOIN line l ON l.partner_id = c.partner_id
                           AND l.categ_id = c.categ_id
                           AND c.template_id IN (0, l.template_id)
                     GROUP BY c.partner_id, c.categ_id, c.template_id, c.first_day,
                              c.last_day, c.after_day, c.newest_day, l.day, l.order_id) d
            """
        )

    @api.model
    def _get_rhythm_query(self, company, today):
        """Return the candidates whose silence is too long for them, and in season.

        `season_day`: a year after the first purchase that followed, a year earlier,
        the same day as the silence; where the thing was not bought a year earlier,
        there is no season to wait for. A second order of a day has no gap.
        """
        return SQL(
            """
            SELECT r.*, bool_or(template_id = 0) OVER (
                       PARTITION BY partner_id, categ_id) AS is_whole
              FROM (SELECT partner_id, categ_id, template_id, last_day, newest_day,
                           round(avg(NULLIF(gap, 0)))::integer AS gap_mean,
                           round(sum(amount) FILTER (WHERE day > last_day - %(year)s),
                                 %(digits)s) AS amount,
                           GREATEST(%(rhythm_day)s, %(season_day)s, after_day) AS holds_from,
                           to_jsonb((array_agg(order_id ORDER BY day DESC, order_id DESC)
                                    )[1:%(proof)s]) AS orders
                      FROM item_order
                     GROUP BY partner_id, categ_id, template_id, first_day, last_day,
                              after_day, newest_day
                    HAVING count(DISTINCT day) >= %(min_days)s) r
             WHERE holds_from <= %(today)s
            """,
            year=YEAR,
            digits=company.currency_id.decimal_places,
            rhythm_day=SQL("last_day + floor(%s * max(gap))::integer + 1", GAP_FACTOR),
            season_day=SQL(
                "CASE WHEN first_day <= last_day - %(ago)s "
                "THEN min(day) FILTER (WHERE day > last_day - %(ago)s) + %(year)s END",
                ago=YEAR - SEASON_SLACK,
                year=YEAR,
            ),
            proof=PROOF,
            min_days=MIN_DAYS,
            today=today,
        )

    @api.model
    def _get_customers_query(self, company, today):
        """Return the declared column: the things stopped, for each customer."""
        return SQL(
            """
            SELECT s.partner_id,
                   jsonb_agg(jsonb_build_object(
                       'model', CASE WHEN s.template_id = 0 THEN 'product.category'
                                     ELSE 'product.template' END,
                       'id', COALESCE(NULLIF(s.template_id, 0), s.categ_id),
                       'last_day', s.last_day, 'holds_from', s.holds_from,
                       'gap_mean', s.gap_mean, 'amount', s.amount, 'orders', s.orders
                   ) ORDER BY s.amount DESC, s.categ_id, s.template_id) AS stopped_items
              FROM stopped s
             WHERE %s AND (s.template_id = 0
                           OR NOT s.is_whole AND s.newest_day <= s.last_day - s.gap_mean)
             GROUP BY s.partner_id
            """,
            self._get_offered_condition(company, today),
        )

    @api.model
    def _get_offered_condition(self, company, today):
        """Return the condition that we still sell the thing `s`; of a past day it is
        not known."""
        if self._is_past(company, today):
            return SQL("TRUE")
        return SQL(
            """CASE WHEN s.template_id > 0
                    THEN s.template_id IN (SELECT id FROM product_template
                                            WHERE active AND sale_ok)
                    ELSE s.categ_id IN (SELECT categ_id FROM product_template
                                         WHERE active AND sale_ok) END"""
        )

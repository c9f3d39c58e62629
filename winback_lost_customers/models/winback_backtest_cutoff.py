from datetime import timedelta

from odoo import fields, models
from odoo.tools import SQL

# customers whose last day of purchase is their only one have no habit to break
MIN_PURCHASE_DAYS = 2
# states of customers who are still there: to be told that the others are lost is no news
LIVING_STATES = ("new", "active", "at_risk", "won_back")


class WinbackBacktestCutoff(models.Model):
    """One month-end of a back-test: what was said on that day, and how it came.

    What was said comes from a run of the engine as of the day, which sees no later
    document. What came is known from the orders dated within the horizon after it, as
    they stood when the horizon ended: an order cancelled only later was a purchase.
    """

    _name = "winback.backtest.cutoff"
    _description = "Win-Back Back-Test: Month-End"
    _order = "date, id"
    _rec_name = "date"

    backtest_id = fields.Many2one(
        "winback.backtest", required=True, index=True, ondelete="cascade", readonly=True
    )
    company_id = fields.Many2one(related="backtest_id.company_id")
    date = fields.Date(string="Month-End", required=True, readonly=True)
    is_done = fields.Boolean(readonly=True)
    customers = fields.Integer(
        readonly=True,
        help="Customers with at least three days of purchase by then: those of whom the "
        "areas under the curve speak.",
    )
    lost = fields.Integer(readonly=True, help="Of them, those who bought nothing in the horizon.")
    figures = fields.Json(
        readonly=True, help="{source: {figure: value}}; the figures of the back-test are their means."
    )
    auc_model = fields.Float(
        string="Probability", compute="_compute_auc", digits=(5, 3), aggregator="avg"
    )
    auc_raw = fields.Float(
        string="Closed Form", compute="_compute_auc", digits=(5, 3), aggregator="avg"
    )
    auc_score = fields.Float(string="Score", compute="_compute_auc", digits=(5, 3), aggregator="avg")
    auc_recency = fields.Float(
        string="Days of Silence", compute="_compute_auc", digits=(5, 3), aggregator="avg"
    )

    def _compute_auc(self):
        for cutoff in self:
            figures = cutoff.figures or {}
            for source in ("model", "raw", "score", "recency"):
                cutoff[f"auc_{source}"] = figures.get(source, {}).get("auc") or 0

    # ------------------------------------------------------------------
    # Notes
    # ------------------------------------------------------------------

    def _observe(self):
        """Run as of the month-end and note what was said and what came."""
        self.ensure_one()
        company = self.backtest_id.company_id
        self.env["winback.model"]._ensure_fitted(company, self.date)
        report = self.env["winback.engine"]._run_as_of(company, self.date)
        if report["errors"]:
            raise ValueError(
                ", ".join(f"{sign.code}: {text}" for sign, text in report["errors"].items())
            )
        self._delete_notes()
        self.env.cr.execute(self._get_notes_query(company))
        self.is_done = True
        self.env["winback.backtest.customer"].invalidate_model(flush=False)

    def _delete_notes(self):
        """Delete what an interrupted attempt may have noted."""
        self.env.cr.execute(
            SQL("DELETE FROM winback_backtest_customer WHERE cutoff_id = %s", self.id)
        )

    def _get_notes_query(self, company):
        """Return the statement that notes one row for each customer that counts.

        A sign whose points grow has flagged a customer from half of them on; one that
        another judges better is still tested by itself.
        """
        return SQL(
            """
            INSERT INTO winback_backtest_customer
                   (backtest_id, cutoff_id, company_id, partner_id, last_order_id,
                    last_order_date, silent_days, purchase_days, amount_active_year,
                    level, p_model, p_raw, sign_ids, is_living, is_lost)
            SELECT %(backtest)s, %(cutoff)s, %(company)s, r.partner_id, r.last_order_id,
                   r.last_order_date, %(day)s - r.last_order_date, r.purchase_days,
                   r.amount_active_year,
                   CASE WHEN r.is_critical THEN 100 ELSE r.score END,
                   r.p_no_purchase, r.p_no_purchase_raw, COALESCE(sign.ids, '[]'),
                   r.state IN %(living)s, bought.partner_id IS NULL
              FROM winback_run_status r
              LEFT JOIN (%(bought)s) bought ON bought.partner_id = r.partner_id
              LEFT JOIN (SELECT e.partner_id, jsonb_agg(e.sign_id) AS ids
                           FROM winback_run_sign e JOIN winback_sign g ON g.id = e.sign_id
                          WHERE 2 * e.weight >= g.weight OR e.counted_by_id IS NOT NULL
                          GROUP BY e.partner_id
                        ) sign ON sign.partner_id = r.partner_id
             WHERE r.purchase_days >= %(least)s
               AND r.state NOT IN ('excluded', 'prospect')
               AND (r.state != 'gone' OR r.closed_date IS NULL)
            """,
            backtest=self.backtest_id.id,
            cutoff=self.id,
            company=company.id,
            day=self.date,
            living=LIVING_STATES,
            bought=self._get_bought_query(company),
            least=MIN_PURCHASE_DAYS,
        )

    def _get_bought_query(self, company):
        """Return who bought in the horizon after the month-end, as it stood when the
        horizon ended. A return of goods, an order below zero, is no purchase."""
        horizon_end = self.date + timedelta(days=self.backtest_id.horizon_days)
        return SQL(
            "SELECT DISTINCT o.partner_id FROM (%s) o WHERE o.sold AND o.day > %s",
            self.env["winback.fact.purchases"]._get_confirmed_query(company, horizon_end, None),
            self.date,
        )

from odoo import api, fields, models
from odoo.tools import SQL

from .winback_figures import CUSTOMER_STATES, LOST_STATES

YEAR = 365  # days: of the last active year


class WinbackProductLoss(models.Model):
    """Products and categories that the lost had bought, beside those who stayed.

    A bestseller is bought by most of the lost, as by everybody. What tells something is the
    lift: the share of its buyers among the lost, divided by that among those who stayed.
    Both count what was bought in the customer's own last active year, so that a long
    history does not look like loyalty to everything.

    The rows are prepared each night by one statement, as the lines of all orders have to be
    read for it.
    """

    _name = "winback.product.loss"
    _description = "Win-Back Products of the Lost"
    _inherit = ["winback.money.mixin", "winback.prepared.mixin"]
    _order = "lift desc, lost_count desc, id"

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    date = fields.Date(string="As Of", required=True, readonly=True)
    kind = fields.Selection(
        [("product", "Product"), ("category", "Category")], required=True, readonly=True
    )
    product_tmpl_id = fields.Many2one(
        "product.template", string="Product", readonly=True, ondelete="cascade"
    )
    categ_id = fields.Many2one(
        "product.category", string="Category", readonly=True, ondelete="cascade"
    )
    lost_count = fields.Integer(string="Lost Buyers", readonly=True)
    stayed_count = fields.Integer(string="Buyers Who Stayed", readonly=True)
    buyer_count = fields.Integer(string="Buyers", readonly=True)
    lost_share = fields.Float(
        string="Of the Lost (%)",
        readonly=True,
        digits=(16, 1),
        aggregator=None,
        help="Share of the lost who had bought it.",
    )
    stayed_share = fields.Float(
        string="Of Those Who Stayed (%)",
        readonly=True,
        digits=(16, 1),
        aggregator=None,
        help="Share of those who stayed that bought it.",
    )
    lift = fields.Float(
        readonly=True,
        digits=(16, 2),
        aggregator="max",
        help="Above 1: bought by the lost more often than by those who stayed. Half a customer "
        "is added on each side, so that nothing is divided by zero; of few buyers it says little.",
    )
    amount = fields.Monetary(
        string="Sales per Year Lost",
        readonly=True,
        help="What the lost had bought of it in their last active year.",
    )

    @api.depends("product_tmpl_id", "categ_id")
    def _compute_display_name(self):
        for row in self:
            row.display_name = row.product_tmpl_id.display_name or row.categ_id.display_name

    # ------------------------------------------------------------------
    # Preparation
    # ------------------------------------------------------------------

    @api.model
    def _refresh(self, company):
        """Override of `winback.prepared.mixin` to write the rows anew; return how many."""
        self.env["winback.fact"]._flush_documents()
        self.env.cr.execute(SQL("DELETE FROM winback_product_loss WHERE company_id = %s", company.id))
        self.env.cr.execute(self._get_insert_query(company))
        rows = self.env.cr.rowcount
        self.invalidate_model(flush=False)
        return rows

    @api.model
    def _get_insert_query(self, company):
        """Return the statement: customers, lost or not -> what each bought -> things."""
        return SQL(
            """
            WITH customer AS MATERIALIZED (%(customers)s),
                 bought AS MATERIALIZED (%(bought)s),
                 total AS (SELECT count(*) FILTER (WHERE is_lost) AS lost,
                                  count(*) FILTER (WHERE NOT is_lost) AS stayed FROM customer)
            INSERT INTO winback_product_loss
                   (company_id, date, kind, product_tmpl_id, categ_id, lost_count, stayed_count,
                    buyer_count, lost_share, stayed_share, lift, amount,
                    create_uid, write_uid, create_date, write_date)
            SELECT %(company)s, %(today)s, thing.kind, thing.template_id, thing.categ_id, thing.lost,
                   thing.stayed, thing.lost + thing.stayed,
                   COALESCE(100.0 * thing.lost / NULLIF(total.lost, 0), 0),
                   COALESCE(100.0 * thing.stayed / NULLIF(total.stayed, 0), 0),
                   round(((thing.lost + 0.5) / (total.lost + 1))
                         / ((thing.stayed + 0.5) / (total.stayed + 1)), 2),
                   round(thing.amount, %(digits)s), %(uid)s, %(uid)s, %(now)s, %(now)s
              FROM (%(things)s) thing CROSS JOIN total
            """,
            customers=self._get_customers_query(company),
            bought=self._get_bought_query(company),
            things=self._get_things_query(),
            company=company.id,
            today=company._winback_today(),
            digits=company.currency_id.decimal_places,
            uid=self.env.uid,
            now=self.env.cr.now(),
        )

    @api.model
    def _get_customers_query(self, company):
        """Return those who are lost and those who stayed; who bought once is neither."""
        return SQL(
            """
            SELECT s.partner_id, s.last_order_date, s.state IN %(lost)s AS is_lost
              FROM winback_status s
             WHERE s.company_id = %(company)s AND s.active AND s.state IN %(both)s
            """,
            company=company.id,
            lost=LOST_STATES,
            both=LOST_STATES + CUSTOMER_STATES,
        )

    @api.model
    def _get_bought_query(self, company):
        """Return what each customer bought in its last active year: no notes, down payments,
        discounts or returns."""
        facts = self.env["winback.fact"]
        return SQL(
            """
            SELECT c.partner_id, c.is_lost, t.id AS template_id, t.categ_id, sum(%(amount)s) AS amount
              FROM customer c
              JOIN res_partner p ON p.commercial_partner_id = c.partner_id
              JOIN sale_order o ON o.partner_id = p.id AND o.company_id = %(company)s AND o.state = 'sale'
                   AND %(day)s > c.last_order_date - %(year)s
              JOIN sale_order_line l ON l.order_id = o.id
              JOIN product_product v ON v.id = l.product_id
              JOIN product_template t ON t.id = v.product_tmpl_id
             WHERE l.display_type IS NULL AND l.is_downpayment IS NOT TRUE
               AND l.product_uom_qty > 0 AND l.price_subtotal >= 0
             GROUP BY c.partner_id, c.is_lost, t.id, t.categ_id
            """,
            amount=facts._get_company_amount(SQL("l.price_subtotal")),
            day=facts._get_day(SQL("o.date_order"), company),
            company=company.id,
            year=YEAR,
        )

    @api.model
    def _get_things_query(self):
        """Return kind, product, category, how many of the lost and of the others bought it,
        and for how much the lost did; a customer counts once for a category."""
        return SQL(
            """
            SELECT 'product' AS kind, template_id, categ_id,
                   count(*) FILTER (WHERE is_lost) AS lost,
                   count(*) FILTER (WHERE NOT is_lost) AS stayed,
                   COALESCE(sum(amount) FILTER (WHERE is_lost), 0) AS amount
              FROM bought GROUP BY template_id, categ_id
             UNION ALL
            SELECT 'category', NULL, categ_id,
                   count(DISTINCT partner_id) FILTER (WHERE is_lost),
                   count(DISTINCT partner_id) FILTER (WHERE NOT is_lost),
                   COALESCE(sum(amount) FILTER (WHERE is_lost), 0)
              FROM bought WHERE categ_id IS NOT NULL GROUP BY categ_id
            """
        )

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_open_lost(self):
        """Open the lost customers who had bought it in their last active year."""
        self.ensure_one()
        self.check_access("read")
        query = SQL(
            "WITH customer AS (%s), bought AS (%s) SELECT DISTINCT partner_id FROM bought WHERE is_lost AND %s",
            self._get_customers_query(self.company_id),
            self._get_bought_query(self.company_id),
            SQL("template_id = %s", self.product_tmpl_id.id)
            if self.kind == "product"
            else SQL("categ_id = %s", self.categ_id.id),
        )
        partners = [partner_id for (partner_id,) in self.env.execute_query(query)]
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Lost: had bought %s", self.display_name),
            "res_model": "winback.status",
            "view_mode": "list,kanban,form",
            "domain": [
                ("company_id", "=", self.company_id.id),
                ("partner_id", "in", partners),
                ("state", "in", LOST_STATES),
            ],
            "context": {"create": False},
        }

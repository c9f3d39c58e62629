from ast import literal_eval

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

# attribute of the segment -> path from a customer's status
ATTRIBUTES = {
    "industry_ids": "partner_id.industry_id",
    "country_ids": "partner_id.country_id",
    "region_ids": "partner_id.state_id",
    "value_class_ids": "value_class_id",
    "sign_ids": "evidence_ids.sign_id",
}


class WinbackSegment(models.Model):
    """A group of customers with something in common, found anew each time it is asked.

    A condition on the win-back status, narrowed by what most segments are made of.
    Different attributes must all fit; of one attribute, any value.
    """

    _name = "winback.segment"
    _description = "Win-Back Segment"
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, ondelete="cascade", default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    domain = fields.Char(
        string="Condition",
        required=True,
        default="[('state', '=', 'lost')]",
        help="Only customers whose win-back status fits.",
    )
    industry_ids = fields.Many2many("res.partner.industry", string="Industries")
    country_ids = fields.Many2many("res.country", string="Countries")
    region_ids = fields.Many2many("res.country.state", string="Regions")
    value_class_ids = fields.Many2many("winback.value.class", string="Classes")
    sign_ids = fields.Many2many("winback.sign", string="Signs")
    reason_ids = fields.Many2many(
        "winback.reason",
        string="Reasons of Loss",
        help="As the customer's latest case says: what we think, or what the customer said.",
    )
    product_ids = fields.Many2many(
        "product.product",
        string="Products Lost",
        help="Bought one of these, but not since the days after which a customer counts as lost "
        "at the earliest.",
    )
    category_ids = fields.Many2many(
        "product.category", string="Categories Lost", help="As the products; with sub-categories."
    )
    customer_count = fields.Integer(compute="_compute_figures", string="Customers")
    amount_at_stake = fields.Monetary(
        compute="_compute_figures",
        string="At Stake per Year",
        help="Untaxed sales of the customers' last active years.",
    )

    @api.depends("domain", "company_id", "reason_ids", "product_ids", "category_ids", *ATTRIBUTES)
    def _compute_figures(self):
        for segment in self:
            try:
                domain = segment._get_domain()
            except ValidationError:  # while it is being typed
                segment.customer_count, segment.amount_at_stake = 0, 0
                continue
            figures = self.env["winback.status"]._read_group(
                domain, aggregates=["__count", "amount_active_year:sum"]
            )
            segment.customer_count, segment.amount_at_stake = figures[0]

    @api.constrains("domain")
    def _check_domain(self):
        for segment in self:
            segment._get_condition()

    def _get_condition(self):
        """Return the condition that was entered, as a checked domain.

        :raise ValidationError: when it is none
        """
        self.ensure_one()
        try:
            condition = Domain(literal_eval(self.domain or "[]"))
            condition.validate(self.env["winback.status"])
        except (ValueError, SyntaxError, TypeError, KeyError) as error:
            raise ValidationError(
                self.env._(
                    "The condition of segment “%(segment)s” cannot be understood: %(error)s",
                    segment=self.name or "",
                    error=error,
                )
            ) from error
        return condition

    def _get_domain(self):
        """Return the domain of `winback.status` that finds the customers."""
        domain = self._get_condition() & Domain("company_id", "=", self.company_id.id)
        for name, path in ATTRIBUTES.items():
            if self[name]:
                domain &= Domain(path, "in", self[name].ids)
        if self.reason_ids:
            domain &= self._get_partner_domain(
                self._get_reason_query(self.company_id, self.reason_ids)
            )
        if self.product_ids or self.category_ids:
            domain &= self._get_partner_domain(self._get_products_lost_query())
        return domain

    def _get_statuses(self):
        """Return the status of each customer of the segment, the most valuable first."""
        self.ensure_one()
        return self.env["winback.status"].search(self._get_domain())

    @api.model
    def _get_partner_domain(self, query):
        """Return the domain of the statuses whose customer the statement `query` selects."""
        return Domain.custom(
            to_sql=lambda model, alias, _query: SQL(
                "%s IN (%s)", SQL.identifier(alias, "partner_id"), query
            )
        )

    @api.model
    def _get_reason_query(self, company, reasons):
        """Return the customers whose latest case with a reason has one of `reasons`."""
        self.env["winback.case"].flush_model(
            ["partner_id", "company_id", "reason_id", "customer_reason_id"]
        )
        return SQL(
            """
            SELECT partner_id
              FROM (SELECT DISTINCT ON (partner_id) partner_id, reason_id, customer_reason_id
                      FROM winback_case
                     WHERE company_id = %s
                       AND COALESCE(reason_id, customer_reason_id) IS NOT NULL
                     ORDER BY partner_id, id DESC) latest
             WHERE reason_id = ANY(%s) OR customer_reason_id = ANY(%s)
            """,
            company.id,
            reasons.ids,
            reasons.ids,
        )

    def _get_products_lost_query(self):
        """Return the customers who bought the products and no longer do."""
        company = self.company_id
        self.env["sale.order.line"].flush_model(["product_id", "order_id"])
        self.env["sale.order"].flush_model(["partner_id", "company_id", "state", "date_order"])
        return SQL(
            """
            SELECT p.commercial_partner_id
              FROM sale_order_line l
              JOIN sale_order o ON o.id = l.order_id
              JOIN res_partner p ON p.id = o.partner_id
             WHERE o.company_id = %(company)s AND o.state = 'sale' AND l.product_id = ANY(%(products)s)
               AND l.product_uom_qty > 0
             GROUP BY p.commercial_partner_id
            HAVING max(%(day)s) <= %(limit)s
            """,
            company=company.id,
            products=self._get_products().ids,
            day=self.env["winback.fact"]._get_day(SQL("o.date_order"), company),
            limit=fields.Date.subtract(
                company._winback_today(), days=company.winback_lost_min_days
            ),
        )

    def _get_products(self):
        """Return the products named, and those of the categories, archived ones too."""
        products = self.env["product.product"].with_context(active_test=False)
        if not self.category_ids:
            return self.product_ids
        return self.product_ids | products.search([("categ_id", "child_of", self.category_ids.ids)])

    def action_open_customers(self):
        """Open the customers of the segment."""
        self.ensure_one()
        return self._get_customers_action(self._get_statuses(), self.name)

    @api.model
    def _get_customers_action(self, statuses, name):
        """Return the action that lists the customers `statuses`."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "winback_lost_customers.winback_status_action"
        )
        action.update(
            {"domain": [("id", "in", statuses.ids)], "context": {}, "target": "current", "name": name}
        )
        return action

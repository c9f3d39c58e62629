from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ..tools.ranking import get_ranking_query


class WinbackValueClass(models.Model):
    """Gold, silver, copper: how much of the company's margin a customer brings.

    Customers are sorted by the margin of their last active year; a class takes
    those with whom the running share of all margin stays below its limit. A
    company with classes of its own uses these; the others use the shared ones.
    """

    _name = "winback.value.class"
    _description = "Win-Back Value Class"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    color = fields.Integer()
    company_id = fields.Many2one(
        "res.company",
        index=True,
        help="Empty: for every company without classes of its own.",
    )
    margin_share_to = fields.Float(
        string="Up to Share of Margin (%)",
        required=True,
        default=100,
        digits=(5, 2),
        help="Best customers first, those that together bring up to this share of the "
        "company's margin belong to this class or a better one. The last class takes "
        "everybody else.",
    )
    description = fields.Char(translate=True)
    customer_count = fields.Integer(compute="_compute_customer_count", string="Customers")

    _share_uniq = models.UniqueIndex(
        "(margin_share_to, COALESCE(company_id, 0))",
        "Two value classes of a company cannot end at the same share of margin.",
    )

    @api.constrains("margin_share_to")
    def _check_margin_share_to(self):
        for value_class in self:
            if not 0 < value_class.margin_share_to <= 100:
                raise ValidationError(
                    self.env._(
                        "Class %s: the share of margin must be above 0 and at most 100 %%.",
                        value_class.name,
                    )
                )

    @api.depends_context("allowed_company_ids")
    def _compute_customer_count(self):
        counts = dict(
            self.env["winback.status"]._read_group(
                [("value_class_id", "in", self.ids)], ["value_class_id"], ["__count"]
            )
        )
        for value_class in self:
            value_class.customer_count = counts.get(value_class, 0)

    @api.model
    def _get_classes(self, company):
        """Return the classes of `company`, best first: its own, else the shared."""
        own = self.search([("company_id", "=", company.id)], order="margin_share_to")
        return own or self.search([("company_id", "=", False)], order="margin_share_to")

    @api.model
    def _get_query(self, company, partners):
        """Return `partner_id`, `value_class_id` of the customers in `judged`.

        Who brings the same is in the same class. In a run limited to `partners` the
        others take part with their stored margin, so that a customer gets the class that
        a full run would give.
        """
        return SQL(
            """
            SELECT partner_id, COALESCE(class_override_id, %(class)s) AS value_class_id
              FROM (%(ranked)s) ranked
            """,
            **{"class": self._get_class_sql(company)},
            ranked=self._get_all_ranked_query()
            if partners is None
            else self._get_some_ranked_query(company, partners),
        )

    @api.model
    def _get_run_query(self):
        """Return customers of the run that count for the classes, with what they
        `brought`."""
        return SQL(
            """
            SELECT partner_id, class_override_id,
                   GREATEST(margin_active_year, 0) AS brought
              FROM judged WHERE state NOT IN ('prospect', 'excluded')
            """
        )

    @api.model
    def _get_all_ranked_query(self):
        """Return all customers with what those who bring more bring in all (`better`),
        and the `total`; by `rank`, so that one sort serves both windows."""
        return SQL(
            """
            SELECT *, sum(brought) OVER () AS total,
                   sum(brought) OVER (ORDER BY rank)
                   - sum(brought) OVER (PARTITION BY rank) AS better
              FROM (SELECT *, -brought AS rank FROM (%s) run) ranked
            """,
            self._get_run_query(),
        )

    @api.model
    def _get_some_ranked_query(self, company, partners):
        """Return the same for some customers, ranked among all."""
        stored = SQL(
            """SELECT partner_id, margin_active_year AS value FROM winback_status
                WHERE company_id = %s AND state NOT IN ('prospect', 'excluded')
                  AND margin_active_year > 0""",
            company.id,
        )
        replaced = SQL(
            "SELECT value, -value AS change FROM (%s) s WHERE partner_id = ANY(%s)",
            stored,
            list(partners.ids),
        )
        return SQL(
            """
            SELECT run.*, ranking.total, ranking.better
              FROM (%s) run LEFT JOIN (%s) ranking ON ranking.value = run.brought
            """,
            self._get_run_query(),
            get_ranking_query(
                SQL("SELECT brought AS value FROM (%s) r", self._get_run_query()),
                stored,
                replaced,
            ),
        )

    @api.model
    def _get_class_sql(self, company):
        """Return the SQL of a ranked customer's class; who brings nothing is in the
        last one."""
        classes = self._get_classes(company)
        if not classes:
            return SQL("NULL::integer")
        cases = [
            SQL("WHEN brought > 0 AND better < total * %s / 100 THEN %s", c.margin_share_to, c.id)
            for c in classes[:-1]
        ]
        if not cases:
            return SQL("%s", classes.id)
        return SQL("CASE %s ELSE %s END", SQL(" ").join(cases), classes[-1].id)

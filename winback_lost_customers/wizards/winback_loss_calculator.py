from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL, format_amount
from odoo.tools.misc import formatLang

from ..tools import losses

SCOPE = ("company_id", "date_from", "date_to", "team_id", "user_id", "value_class_id")
ORDER_COLUMNS = (
    "partner_id", "company_id", "state", "date_order", "amount_untaxed", "margin", "currency_rate",
)  # fmt: skip
INPUTS = ("customers", "lost_rate", "average_sales", "profit_rate")


class WinbackLossCalculator(models.TransientModel):
    """What did lost customers cost us? Found in the documents, and changed to play a case
    through.

    The lines are those of the classical sheet: customers at the start, % lost, average
    sales per customer, missed sales, profit, profit lost. Sales are untaxed confirmed
    orders of the period, in the company's currency at the order's rate; profit is their
    margin. Teams, salespeople and classes are those of the customers now.
    """

    _name = "winback.loss.calculator"
    _description = "Win-Back Loss Calculator"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    date_from = fields.Date(string="From", required=True, default=lambda self: self._default_date_from())
    date_to = fields.Date(
        string="To", required=True, default=lambda self: self.env.company._winback_today()
    )
    team_id = fields.Many2one("crm.team", string="Sales Team")
    user_id = fields.Many2one("res.users", string="Salesperson", domain=[("share", "=", False)])
    value_class_id = fields.Many2one("winback.value.class", string="Class")

    # found in the documents
    found_customers = fields.Integer(compute="_compute_found")
    found_lost = fields.Integer(compute="_compute_found", string="Lost")
    found_lost_rate = fields.Float(compute="_compute_found")
    found_buyers = fields.Integer(compute="_compute_found", string="Customers Who Bought")
    found_sales = fields.Monetary(compute="_compute_found", string="Sales")
    found_profit = fields.Monetary(compute="_compute_found", string="Profit")
    found_average_sales = fields.Monetary(compute="_compute_found")
    found_profit_rate = fields.Float(compute="_compute_found")
    found_missed_sales = fields.Monetary(compute="_compute_found")
    found_profit_lost = fields.Monetary(compute="_compute_found")
    has_history = fields.Boolean(compute="_compute_has_history")

    # the case that is played through
    customers = fields.Integer(
        compute="_compute_customers", store=True, readonly=False, string="Customers at the Start"
    )
    lost_rate = fields.Float(compute="_compute_lost_rate", store=True, readonly=False, string="Lost (%)")
    average_sales = fields.Monetary(
        compute="_compute_average_sales", store=True, readonly=False, string="Average Sales per Customer"
    )
    profit_rate = fields.Float(
        compute="_compute_profit_rate", store=True, readonly=False, string="Profit (% of Sales)"
    )
    lost_customers = fields.Float(compute="_compute_results", digits=(16, 1))
    missed_sales = fields.Monetary(compute="_compute_results")
    profit_lost = fields.Monetary(compute="_compute_results")
    missed_formula = fields.Char(compute="_compute_formulas")
    profit_formula = fields.Char(compute="_compute_formulas")
    average_formula = fields.Char(compute="_compute_formulas")
    rate_formula = fields.Char(compute="_compute_formulas")
    profit_rate_formula = fields.Char(compute="_compute_formulas")

    _inputs_range = models.Constraint(
        "CHECK (customers >= 0 AND lost_rate BETWEEN 0 AND 100)",
        "Customers cannot be negative, and between 0 and 100 % of them can be lost.",
    )

    @api.model
    def _default_date_from(self):
        """Return the first day of the last twelve months, the present one included."""
        return (self.env.company._winback_today() - relativedelta(months=11)).replace(day=1)

    @api.constrains("date_from", "date_to")
    def _check_dates(self):
        for sheet in self:
            if sheet.date_from > sheet.date_to:
                raise ValidationError(self.env._("The period must begin before it ends."))

    @api.depends("date_from", "date_to")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for sheet in self:
            sheet.display_name = self.env._("Loss Calculator")

    # ------------------------------------------------------------------
    # Found in the documents
    # ------------------------------------------------------------------

    @api.depends("company_id", "date_from")
    def _compute_has_history(self):
        """Tell whether it is known who was a customer at the start."""
        for sheet in self:
            begin = self.env["winback.history"]._get_begin(sheet.company_id)
            sheet.has_history = bool(begin and sheet.date_from and sheet._get_start() >= begin)

    @api.depends(*SCOPE)
    def _compute_found(self):
        for sheet in self:
            customers, lost = sheet._count_customers() if sheet.date_from and sheet.date_to else (0, 0)
            buyers, sales, profit = sheet._sum_sales() if sheet.date_from and sheet.date_to else (0, 0, 0)
            sheet.found_customers = customers
            sheet.found_lost = lost
            sheet.found_buyers = buyers
            sheet.found_sales = sales
            sheet.found_profit = profit
            sheet.found_lost_rate = losses.get_share(lost, customers)
            sheet.found_average_sales = sales / buyers if buyers else 0
            sheet.found_profit_rate = losses.get_share(profit, sales)
            found = losses.Losses(*(sheet[f"found_{name}"] for name in INPUTS))
            sheet.found_missed_sales = losses.get_missed_sales(found)
            sheet.found_profit_lost = losses.get_profit_lost(found)

    def _get_start(self):
        """Return the day at whose end the customers at the start are counted."""
        return self.date_from - timedelta(days=1)

    def _get_domain(self, prefix=""):
        """Return the domain of the customers, for a model that reaches their status by
        `prefix`."""
        domain = Domain("company_id", "=", self.company_id.id)
        for name in ("team_id", "user_id", "value_class_id"):
            if self[name]:
                domain &= Domain(prefix + name, "in", self[name].ids)
        return domain

    def _count_customers(self):
        """Return how many customers there were at the start, and how many of them were
        lost in the period."""
        return self.env["winback.figures"]._count_cohort(
            self._get_domain(), self._get_domain("status_id."), self._get_start(), self.date_to
        )

    def _sum_sales(self):
        """Return how many customers bought in the period, for how much, and with which
        margin."""
        facts = self.env["winback.fact"]
        # only what the statement reads: a sheet is being computed, and must not be flushed
        self.env["sale.order"].flush_model(ORDER_COLUMNS)
        self.env["res.partner"].flush_model(["commercial_partner_id"])
        # whose orders count is decided by the rights on the customers
        customers = self.env["winback.status"].with_context(active_test=False)._search(
            self._get_domain() & Domain("state", "not in", ("excluded", "prospect"))
        )
        day_before, day_last = (
            facts._get_day_end(self.company_id, day) for day in (self._get_start(), self.date_to)
        )
        [(buyers, sales, profit)] = self.env.execute_query(
            SQL(
                """
                SELECT count(DISTINCT p.commercial_partner_id) FILTER (WHERE o.amount_untaxed >= 0),
                       sum(%(amount)s), sum(%(margin)s)
                  FROM sale_order o JOIN res_partner p ON p.id = o.partner_id
                 WHERE o.company_id = %(company)s AND o.state = 'sale'
                   AND o.date_order >= %(start)s AND o.date_order < %(end)s
                   AND p.commercial_partner_id IN (%(customers)s)
                """,
                amount=facts._get_company_amount(SQL("o.amount_untaxed")),
                margin=facts._get_company_amount(SQL("o.margin")),
                company=self.company_id.id,
                start=day_before,
                end=day_last,
                customers=customers.select("winback_status.partner_id"),
            )
        )
        return buyers, sales or 0, profit or 0

    # ------------------------------------------------------------------
    # The case
    # ------------------------------------------------------------------

    # each by its own method: one of them may be given, and the others not

    @api.depends(*SCOPE)
    def _compute_customers(self):
        for sheet in self:
            sheet.customers = sheet.found_customers

    @api.depends(*SCOPE)
    def _compute_lost_rate(self):
        for sheet in self:
            sheet.lost_rate = sheet.found_lost_rate

    @api.depends(*SCOPE)
    def _compute_average_sales(self):
        for sheet in self:
            sheet.average_sales = sheet.found_average_sales

    @api.depends(*SCOPE)
    def _compute_profit_rate(self):
        for sheet in self:
            sheet.profit_rate = sheet.found_profit_rate

    @api.depends(*INPUTS)
    def _compute_results(self):
        for sheet in self:
            case = losses.Losses(*(sheet[name] for name in INPUTS))
            sheet.lost_customers = losses.get_lost_customers(case)
            sheet.missed_sales = losses.get_missed_sales(case)
            sheet.profit_lost = losses.get_profit_lost(case)

    @api.depends(*SCOPE, *INPUTS)
    @api.depends_context("lang")
    def _compute_formulas(self):
        for sheet in self:
            money, number = sheet._format_money, sheet._format_number
            sheet.rate_formula = self.env._(
                "%(lost)s lost / %(customers)s at the start",
                lost=sheet.found_lost,
                customers=sheet.found_customers,
            )
            sheet.average_formula = self.env._(
                "%(sales)s sales / %(buyers)s customers who bought",
                sales=money(sheet.found_sales),
                buyers=sheet.found_buyers,
            )
            sheet.profit_rate_formula = self.env._(
                "%(profit)s margin / %(sales)s sales",
                profit=money(sheet.found_profit),
                sales=money(sheet.found_sales),
            )
            sheet.missed_formula = (
                f"{sheet.customers} × {number(sheet.lost_rate)} % × {money(sheet.average_sales)}"
            )
            sheet.profit_formula = f"{money(sheet.missed_sales)} × {number(sheet.profit_rate)} %"

    def _format_money(self, amount):
        """Return an amount as text."""
        return format_amount(self.env, amount, self.currency_id)

    def _format_number(self, number):
        """Return a number with one decimal as text."""
        return formatLang(self.env, number, digits=1)

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_reset(self):
        """Take the figures of the documents again."""
        self.ensure_one()
        self.write({name: self[f"found_{name}"] for name in INPUTS})

    def action_open_lost(self):
        """Open by which changes the customers were lost."""
        self.ensure_one()
        _then, lost = self._get_cohort_domains()
        return self._open("winback.transition", lost, self.env._("Lost in the Period"), "list,pivot,graph")

    def action_open_customers(self):
        """Open who was a customer at the start."""
        self.ensure_one()
        then, _lost = self._get_cohort_domains()
        return self._open(
            "winback.status", then, self.env._("Customers at the Start"), "list,kanban,form,pivot,graph"
        )

    def _get_cohort_domains(self):
        """Return who was a customer at the start, and by which changes they were lost."""
        return self.env["winback.figures"]._get_cohort_domains(
            self._get_domain(), self._get_domain("status_id."), self._get_start(), self.date_to
        )

    def _open(self, model, domain, name, view_mode):
        """Return the action that opens records; archived contacts count, too."""
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "view_mode": view_mode,
            "domain": list(domain),
            "context": {"create": False, "active_test": False},
        }

    def action_print(self):
        """Print the sheet; it is shown as a page where no PDF can be made."""
        return self.env.ref("winback_lost_customers.winback_loss_calculator_report").report_action(self)

    def action_export(self):
        """Download the sheet with its formulas, to go on with in a spreadsheet."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self._name}/{self.id}/spreadsheet/loss-calculator.xlsx?download=true",
            "target": "self",
        }

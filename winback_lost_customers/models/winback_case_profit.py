from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools.value import expected_incremental_profit, get_own_rates
from .winback_case import OPEN_STATES

WEEK = timedelta(days=7)


class WinbackCase(models.Model):
    """What an open case is expected to bring beyond not trying, after its cost."""

    _inherit = "winback.case"

    expected_profit = fields.Monetary(compute="_compute_profit", store=True)
    is_late = fields.Boolean(compute="_compute_is_late")

    @api.depends(
        "partner_id", "company_id", "state", "reason_id", "customer_reason_id", "offer_id",
        "channel_id.cost_per_contact",
    )  # fmt: skip
    def _compute_profit(self):
        """Reckon what open cases are expected to bring; a closed one keeps what was
        expected of it.

        The rates are those of class and reason, the margin that of the work list; a
        channel that is not chosen yet counts as the fittest one, an offer as none. Rates
        and margins move without anybody touching the case: once a day this is called for
        all open cases, and writes what differs.
        """
        # sudo: who works on a case need not see margins and rates
        cases = self.sudo().filtered(lambda case: case.state in OPEN_STATES and case.company_id)
        for case in self.sudo() - cases:
            case.expected_profit = case.expected_profit
        for company, of_company in cases.grouped("company_id").items():
            of_company._compute_profit_in(company, company._winback_today())

    @api.depends("date_next", "state")
    def _compute_is_late(self):
        for case in self:
            today = (case.company_id or self.env.company)._winback_today()
            is_open = case.state in OPEN_STATES
            case.is_late = is_open and bool(case.date_next) and case.date_next < today

    @api.model
    def _order_field_to_sql(self, alias, field_name, direction, nulls, query):
        """Override of the ORM to let those sort cases by profit who may not see it: the
        best cases come first for everybody, and the figure stays hidden."""
        # sudo: for the order only
        cases = self.sudo() if field_name == "expected_profit" else self
        return super(WinbackCase, cases)._order_field_to_sql(
            alias, field_name, direction, nulls, query
        )

    def _compute_profit_in(self, company, today):
        """Write the expected profit of cases of one company."""
        figures = self._get_figures(company, today)
        rates = self.env["winback.rate"]._get_rates(company, today)
        costs = self.env["winback.channel"]._get_contact_costs(company)
        for case in self:
            row = figures.get(case.partner_id.id)
            profit = case._get_profit(row, rates, costs) if row else 0
            if company.currency_id.compare_amounts(case.expected_profit, profit):
                case.expected_profit = profit

    def _get_profit(self, row, rates, costs):
        """Return what the case is expected to bring.

        :param dict row: figures of the customer
        :param dict rates: as returned by `winback.rate._get_rates`
        :param dict costs: cost of a contact by class
        """
        self.ensure_one()
        class_id = row["value_class_id"] or False
        reason = self.customer_reason_id or self.reason_id
        rate = rates[class_id, reason.id or False]
        treated, untreated = get_own_rates(rate.treated, rate.untreated, row["p_none"])
        contact_cost = costs.get(class_id, costs[False])
        if self.channel_id:
            contact_cost = self.channel_id.cost_per_contact
        # whoever returns uses the offer, also those who would have returned without it
        offer_cost = treated * self.offer_id._get_cost(self) if self.offer_id else 0
        return expected_incremental_profit(
            treated, untreated, float(row["margin_horizon"]), contact_cost, offer_cost
        )

    def _get_figures(self, company, today):
        """Return {partner id: figures} of the customers of these cases."""
        work_list = self.env["winback.work.list"]
        work_list._flush()
        query = work_list._get_figures_query(company, today, self.partner_id)
        rows = self.env.execute_query_dict(SQL("SELECT * FROM (%s) figures", query))
        return {row["partner_id"]: row for row in rows}

    def action_put_off(self):
        """Put the next step off by a week, and the contacts planned for before."""
        for case in self:
            today = case.company_id._winback_today()
            day = max(case.date_next or today, today) + WEEK
            case.date_next = day
            # sudo: they were planned for the case, whoever makes them
            contacts = case.sudo().activity_ids._winback_get_contacts()
            contacts.filtered(lambda contact, day=day: contact.date_deadline < day).date_deadline = day

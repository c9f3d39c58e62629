from datetime import timedelta
from typing import NamedTuple

from odoo import api, fields, models
from odoo.tools import SQL

from ..tools import calculator
from ..tools.value import expected_incremental_profit, get_own_rates
from .winback_case import OPEN_STATES

WEEK = timedelta(days=7)


class Reckoner(NamedTuple):
    """What the outlooks of the cases of one company are reckoned from."""

    # {partner id: row of figures}
    figures: dict
    # as returned by `winback.rate._get_rates`
    rates: dict
    # {class id or False: cost of one contact by the fittest channel}
    costs: dict


class Outlook(NamedTuple):
    """What trying is expected to bring."""

    # share that orders if treated so
    rate: float
    # share that must order so that nothing is lost; 0: not known, or none would do
    break_even: float
    # contact, and the offer with the chance that it is used
    cost: float
    # expected incremental profit: against not trying, after cost
    profit: float


class WinbackCase(models.Model):
    """What an open case is expected to bring beyond not trying, after its cost."""

    _inherit = "winback.case"

    expected_profit = fields.Monetary(compute="_compute_profit", store=True)
    is_late = fields.Boolean(compute="_compute_is_late")

    @api.depends(
        "partner_id", "company_id", "state", "reason_id", "customer_reason_id", "offer_id",
        "channel_id.cost_per_contact", "channel_id.effect",
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
        reckoner = self._get_reckoner(company, today)
        for case in self:
            profit = case._get_outlook(reckoner, case.channel_id, case.offer_id).profit
            if company.currency_id.compare_amounts(case.expected_profit, profit):
                case.expected_profit = profit

    def _get_reckoner(self, company, today):
        """Return what is needed to reckon with these cases of one `company`, read once."""
        return Reckoner(
            self._get_figures(company, today),
            self.env["winback.rate"]._get_rates(company, today),
            self.env["winback.channel"]._get_contact_costs(company),
        )

    def _get_outlook(self, reckoner, channel, offer):
        """Return the `Outlook` of trying by `channel` with `offer`; either may be empty:
        the cost of the fittest channel counts then, and no offer.

        Amounts are in the currency of the company. Of a customer who has never been
        evaluated nothing is expected.
        """
        self.ensure_one()
        row = reckoner.figures.get(self.partner_id.id)
        if not row:
            return Outlook(0, 0, 0, 0)
        class_id = row["value_class_id"] or False
        rate = reckoner.rates[class_id, self._get_reason().id or False]
        treated, untreated = get_own_rates(rate.treated, rate.untreated, row["p_none"])
        contact_cost = reckoner.costs.get(class_id, reckoner.costs[False])
        if channel:
            contact_cost = channel.cost_per_contact
            treated = min(untreated + channel.effect * (treated - untreated), 1)
        offer_cost = offer._get_cost(self) if offer else 0
        margin = float(row["margin_horizon"])
        plan = calculator.Plan(1, untreated, treated, margin, contact_cost, offer_cost)
        # whoever returns uses the offer, also those who would have returned without it
        expected_cost = treated * offer_cost
        return Outlook(
            treated,
            calculator.get_break_even_rate(plan) or 0,
            contact_cost + expected_cost,
            expected_incremental_profit(treated, untreated, margin, contact_cost, expected_cost),
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

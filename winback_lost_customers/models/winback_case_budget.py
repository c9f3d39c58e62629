from odoo import api, models
from odoo.fields import Domain

from .winback_case import OPEN_STATES


class WinbackCase(models.Model):
    """Who gets how many new cases a day from the work list."""

    _inherit = "winback.case"

    @api.model
    def _get_open_of(self, company):
        """Return the open cases of `company`."""
        return self.search(
            Domain("company_id", "=", company.id) & Domain("state", "in", OPEN_STATES)
        )

    @api.model
    def _choose_for_today(self, company, customers):
        """Return those of `customers`, in their order, whose cases somebody may take today:
        as the assignment will decide when they are opened."""
        cases = self.with_context(winback_case_budget=company.winback_case_budget)
        people = cases._get_people(company)
        managers_own = None
        chosen = customers.browse()
        for customer, values in cases._yield_opening_values(company, customers):
            if not any(person["load"] < person["most"] for person in people):
                break
            draft = cases.new(values)
            if managers_own is None:  # the same for all cases of a company
                managers_own = draft._get_managements_own()
            if draft._take_place(people, managers_own):
                chosen += customer
        return chosen

    @api.model
    def _yield_opening_values(self, company, customers, batch=100):
        """Yield each of `customers` with the values that its case would get, read a batch
        at a time: most days only the first few are needed."""
        for start in range(0, len(customers), batch):
            some = customers[start : start + batch]
            yield from zip(some, self._prepare_opening_values(company, some), strict=True)

    def _take_place(self, people, managers_own):
        """Count the case as load of the one who will get it; tell whether there is one."""
        self.ensure_one()
        wanted, _because = self._get_wanted_seniority(managers_own)
        person = self._choose(people, wanted)
        if person:
            person["load"] += 1
        return bool(person)

    @api.model
    def _get_people(self, company):
        """Override of `winback_case_assignment` to note how many cases everybody may have
        at the `most` while today's work lists are filled."""
        people = super()._get_people(company)
        budget = self.env.context.get("winback_case_budget")
        if budget is None:
            return people
        today = self._get_new_counts(company, company._winback_today())
        for person in people:
            left = max(0, budget - today.get(person["user"], 0))
            person["most"] = person["load"] + left
        return people

    def _get_hindrance(self, person):
        """Override of `winback_case_assignment` to respect the budget of the day."""
        hindrance = super()._get_hindrance(person)
        if not hindrance and person["load"] >= person.get("most", person["load"] + 1):
            return self.env._(
                "%(name)s has got the %(budget)s new cases of the day",
                name=person["user"].name,
                budget=self.env.context.get("winback_case_budget"),
            )
        return hindrance

    @api.model
    def _get_new_counts(self, company, today):
        """Return {user: cases that the work list has given it today}; who has closed one
        already gets no other for it."""
        groups = self.sudo()._read_group(  # sudo: counted, not shown
            Domain("company_id", "=", company.id)
            & Domain("source", "=", "work_list")
            & Domain("date_open", "=", today),
            ["user_id"],
            ["__count"],
        )
        return dict(groups)

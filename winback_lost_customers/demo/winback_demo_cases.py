"""Third part of the demo: cases in every stage, some of them won, and what belongs to looking after customers."""

from datetime import timedelta

from odoo import Command, api, models
from odoo.tools import SQL

from .winback_demo import MODULE

# Story behind a customer's silence: reason of its case
REASONS = {
    "price": "price", "competitor": "comp_price", "late": "delivery", "quality": "quality", "neglect": "neglect",
    "range": "range", "key_left": "key_person", "budget": "one_time", "reorganised": "reorganised",
}
# How far the cases have come, the most valuable customers first; then it begins again
STAGES = ("contact", "prepared", "reason", "new", "contact", "later", "reason", "new", "gone")
CASES = 20
WON_CASES = 8
OPENED_BEFORE = 25  # days before the return the won cases were opened
SENIORITY = {"leader": "management", "sales1": "senior", "sales3": "senior"}


class WinbackDemo(models.AbstractModel):
    _inherit = "winback.demo"

    @api.model
    def _evaluate(self, plan, today=None):
        """Override of `winback_lost_customers` to open cases on what the evaluation found."""
        result = super()._evaluate(plan, today)
        today = today or self.env.company._winback_today()
        self._prepare_people()
        self._create_won_cases(plan)
        self._create_open_cases(plan)
        self._create_care(today)
        return result

    def _prepare_people(self):
        """Say who is senior, and who is told where a team has no leader."""
        users = self._get_users()
        for key, seniority in SENIORITY.items():
            members = self.env["crm.team.member"].search([("user_id", "=", users[key])])
            members.winback_seniority = seniority
        self.env.company.winback_superior_id = users["manager"]

    # === Cases === #

    def _get_statuses(self, plan, states, limit):
        """Return the demo customers in one of `states`, those with most at stake first."""
        return self.env["winback.status"].search(
            [("company_id", "=", self.env.company.id), ("state", "in", states),
             ("partner_id", "in", [customer["id"] for customer in plan])],
            order="expected_sales_loss desc, amount_active_year desc, id", limit=limit)

    def _get_reason(self, plan, case):
        """Return the reason that the customer's story tells, else that nobody looked after it."""
        stories = {customer["id"]: customer["story"] for customer in plan}
        code = REASONS.get(stories.get(case.partner_id.id), "neglect")
        return self.env.ref(f"{MODULE}.winback_reason_{code}")

    def _create_open_cases(self, plan):
        """Open cases of customers lost or at risk, and bring each as far as its stage says."""
        statuses = self._get_statuses(plan, ("lost", "at_risk"), CASES)
        cases = self.env["winback.case"]._open(self.env.company, statuses.partner_id)
        by_customer = {case.partner_id: case for case in cases}
        for number, status in enumerate(statuses):
            case = by_customer[status.partner_id]
            getattr(self, f"_bring_to_{STAGES[number % len(STAGES)]}")(plan, case)

    def _bring_to_new(self, plan, case):
        """Leave the case as it was opened."""

    def _bring_to_reason(self, plan, case):
        """Note why the customer left; half of the checklist is ready."""
        reason = self._get_reason(plan, case)
        lost_to = {"competitor": "GiftWorks", "competitor_hook": "12 % lower prices"} if (
            reason.group == "competitor") else {}
        case._set_reason(reason, **lost_to)
        case.check_ids[:2].is_done = True

    def _bring_to_prepared(self, plan, case):
        """Get everything ready for the first call."""
        self._bring_to_reason(plan, case)
        case.check_ids.is_done = True

    def _bring_to_contact(self, plan, case):
        """Make the first call: the customer says why it left, and we promise something."""
        self._bring_to_prepared(plan, case)
        case._log_contact("reached", note="They would talk to us again if the next delivery date holds.")
        case.customer_reason_id = self._get_reason(plan, case)
        case.negotiation_ids = [
            Command.create({"kind": "customer_claim", "name": "The last delivery cost them half a day"}),
            Command.create({
                "kind": "our_promise", "name": "Send a fixed date for the next delivery", "user_id": case.user_id.id,
                "date_due": self.env.company._winback_today() + timedelta(days=3)}),
        ] if case.user_id else []
        if case.offer_id.is_complete and case.offer_id.kind != "set":  # a quotation would be an inquiry
            case.offer_id._grant(case.partner_id, case.company_id, case=case)

    def _bring_to_later(self, plan, case):
        """Close the case politely, with a date to try again."""
        self._bring_to_contact(plan, case)
        case._close("later", retry_date=self.env.company._winback_today() + timedelta(days=180))

    def _bring_to_gone(self, plan, case):
        """Close the case for good."""
        self._bring_to_reason(plan, case)
        case._close("gone")

    def _create_won_cases(self, plan):
        """Tell of customers who came back after a case had been opened for them."""
        statuses = self._get_statuses(plan, ("won_back",), WON_CASES)
        cases = self.env["winback.case"]._open(self.env.company, statuses.partner_id)
        for case in cases:
            case._set_reason(self._get_reason(plan, case))
            case.check_ids.is_done = True
            case._log_contact("agreed", note="They will order again.")
        self._backdate_cases(cases)
        self.env["winback.case"]._follow_orders(self.env.company, cases.partner_id)
        self._close_on_return(cases)
        self._tell_of_codes(cases[::2])

    def _tell_of_codes(self, cases):
        """Let these customers have come back with a personal code that they got at the first call."""
        offer = self.env.ref(f"{MODULE}.winback_offer_discount")
        for case in cases:
            order = case.won_order_id
            offer._grant(case.partner_id, case.company_id, case=case).write({
                "date": case.date_open + timedelta(days=7), "state": "used", "order_id": order.id,
                "date_used": order.date_order.date(), "cost": order.amount_untaxed * offer.percent / 100})

    def _backdate_cases(self, cases):
        """Let the cases have been opened some weeks before the customers came back."""
        cases.flush_recordset()
        self.env.cr.execute(SQL(
            """UPDATE winback_case AS c
                  SET date_open = s.returned_date - %(days)s, date_state = s.returned_date - %(days)s,
                      opened_at = s.returned_date - %(days)s, last_contact_date = s.returned_date - 10,
                      opening_state = 'lost'
                 FROM winback_status AS s
                WHERE s.partner_id = c.partner_id AND s.company_id = c.company_id AND c.id = ANY(%(ids)s)""",
            days=OPENED_BEFORE, ids=list(cases.ids)))
        self.env.cr.execute(SQL(
            """UPDATE mail_activity AS a SET date_done = c.date_open + 7, date_deadline = c.date_open + 7
                 FROM winback_case AS c
                WHERE a.res_model = 'winback.case' AND a.res_id = c.id AND NOT a.active AND c.id = ANY(%s)""",
            list(cases.ids)))
        cases.invalidate_recordset()

    def _close_on_return(self, cases):
        """Let the won cases have been closed on the day of the order."""
        cases.flush_recordset()
        self.env.cr.execute(SQL(
            """UPDATE winback_case AS c SET date_closed = o.date_order::date, date_state = o.date_order::date
                 FROM sale_order AS o WHERE o.id = c.won_order_id AND c.id = ANY(%s)""", list(cases.ids)))
        cases.invalidate_recordset()

    # === Looking after customers === #

    def _create_care(self, today):
        """Note own changes and occasions, and draw this month's spot checks."""
        company = self.env.company
        self.env["winback.own.change"].create([
            {"name": "Prices of drinkware raised by 8 %", "kind": "price", "date": today - timedelta(days=210)},
            {"name": "New carrier for parcels", "kind": "supplier", "date": today - timedelta(days=120)},
            {"name": "Minimum order of 50 pieces", "kind": "rules", "date": today - timedelta(days=75)},
        ])
        largest = self.env["winback.status"].search(
            [("company_id", "=", company.id), ("state", "=", "active")],
            order="amount_active_year desc, id", limit=4).partner_id
        self.env["winback.occasion"].create([{
            "name": "Company anniversary", "partner_id": partner.id, "kind": "anniversary",
            "date": today.replace(year=today.year - 20, day=1) + timedelta(days=9 + 11 * number)}
            for number, partner in enumerate(largest)])
        self.env["winback.spot.check"]._draw(company, today)

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from .winback_case import OPEN_STATES, PROMISE_TYPE, REASON_TYPE

# days in which a colleague says why the customer left
REASON_DAYS = 2


class WinbackCase(models.Model):
    """How cases are opened: always by `_open`, whoever wants them; and what was known then."""

    _inherit = "winback.case"

    opening_evidence = fields.Json(readonly=True)
    opening_why = fields.Text(compute="_compute_opening_why", string="Why")

    @api.depends("opening_evidence", "opening_summary")
    @api.depends_context("lang")
    def _compute_opening_why(self):
        """What the signs said when the case was opened, in the reader's language; of cases
        from before this was kept, in that of whoever opened them."""
        evidence = self.env["winback.status.sign"]
        # archived ones, too: what they said then stands
        known = self.env["winback.sign"].with_context(active_test=False).search([("id", "!=", False)])
        signs = {sign.id: sign for sign in known}
        for case in self:
            lines = evidence._explain_frozen(case.opening_evidence or [], case.currency_id, signs)
            case.opening_why = "\n".join(filter(None, lines)) or case.opening_summary

    @api.model
    def _open(self, company, partners, source="manual", user=None, **values):
        """Open a case for each of the customers that has none open yet.

        What is known of a customer is frozen on its case, the owner is found by the
        rules of the company, and whoever worked with the customer is asked why it left.

        :param company: the company that wants the customers back
        :param partners: customers; a contact stands for its organisation
        :param str source: who wanted it, a value of `source`
        :param user: the owner of all cases, save of those customers whom this very
            user lost
        :param values: further values of each case
        :return: the cases now open for the customers
        :raise UserError: when a customer is of another company, or `user` does not work
            in this one
        """
        # sudo: a case belongs to its owner, who need not be the one who opens it
        cases = self.sudo().with_company(company)
        customers = partners.sudo().commercial_partner_id
        cases._refuse_foreign(customers, company)
        cases._check_user(company, user)
        open_cases = cases._get_open_cases(company, customers)
        new = customers - open_cases.partner_id
        if new:
            vals_list = cases._prepare_opening_values(company, new)
            opened = cases.create([{**vals, "source": source, **values} for vals in vals_list])
            opened._start(user)
            open_cases |= opened
        return open_cases.sudo(self.env.su).with_company(self.env.company)

    @api.model
    def _check_user(self, company, user):
        """Refuse an owner who does not work in the company."""
        if user and not self._keep_eligible_in(company, user.sudo()):  # sudo: compared only
            raise UserError(
                self.env._(
                    "%(user)s does not work in %(company)s and cannot own its cases.",
                    user=user.sudo().name,
                    company=company.sudo().name,
                )
            )

    @api.model
    def _get_open_cases(self, company, customers):
        """Return the open cases of `customers` in `company`."""
        return self.search(
            Domain("partner_id", "in", customers.ids)
            & Domain("company_id", "=", company.id)
            & Domain("state", "in", OPEN_STATES)
        )

    @api.model
    def _prepare_opening_values(self, company, customers):
        """Return the values of a new case for each of `customers`."""
        statuses = self.env["winback.status"].with_context(active_test=False).search(
            Domain("partner_id", "in", customers.ids) & Domain("company_id", "=", company.id)
        )
        by_customer = {status.partner_id: status for status in statuses}
        previous = self._get_previous_cases(company, customers)
        today = company._winback_today()
        return [
            {
                "partner_id": customer.id,
                "company_id": company.id,
                "date_open": today,
                "date_state": today,
                "date_next": self._get_next_date(company),
                "previous_case_id": previous.get(customer),
                **self._prepare_frozen_values(by_customer.get(customer)),
            }
            for customer in customers
        ]

    @api.model
    def _prepare_frozen_values(self, status):
        """Return what is known of the customer with this `status`, if it has one."""
        if not status:
            return {}
        # the salesperson of the last confirmed order is who lost the customer
        order = status.last_order_id
        return {
            "lost_by_user_id": order.user_id.id,
            "team_id": (status.team_id or order.team_id).id,
            "opening_state": status.state,
            "opening_score": status.score,
            "opening_class_id": status.value_class_id.id,
            "opening_sign_ids": status.evidence_ids.sign_id.ids,
            "opening_summary": status.sign_summary,
            "opening_evidence": status._get_telling_evidence()._freeze(),
            "opening_amount": status.amount_active_year,
            "opening_margin": status.margin_active_year,
            "opening_p_no_purchase": status.p_no_purchase,
        }

    @api.model
    def _get_previous_cases(self, company, customers):
        """Return {customer: id of its latest closed case in `company`}."""
        groups = self._read_group(
            Domain("partner_id", "in", customers.ids)
            & Domain("company_id", "=", company.id)
            & Domain("state", "in", ("won", "later", "gone")),
            ["partner_id"],
            ["id:max"],
        )
        return dict(groups)

    def _get_next_date(self, company=None):
        """Return the day until which a new case wants its first step."""
        # sudo: settings of the company
        company = (company or self.company_id).sudo()
        return company._winback_today() + timedelta(days=company.winback_case_first_days)

    def _start(self, user=None):
        """Give the cases just opened an owner, a method, a checklist and a question."""
        self._assign(user)
        for case in self:
            case.handover_note = case._render_handover_note()
            case._fill_checklist()
            case._follow_preparation()
        self._propose_method()
        for case in self:
            case._ask_reason()

    def _ask_reason(self):
        """Ask who worked with the customer why it left, once."""
        self.ensure_one()
        user = self._get_witness()
        if not user or self._get_reason() or self.activity_search([REASON_TYPE]):
            return
        self._schedule(
            REASON_TYPE,
            user,
            self.company_id._winback_today() + timedelta(days=REASON_DAYS),
            lambda env: env._("Why did %s leave?", self.name),
        )

    def _get_witness(self):
        """Return who can say best why the customer left."""
        self.ensure_one()
        users = (
            self.lost_by_user_id | self.partner_id.user_id | self.team_id.user_id | self.user_id
        )
        return self._keep_eligible(users)[:1]

    def _keep_eligible(self, users):
        """Return those of `users` who work in the company of the case."""
        return self._keep_eligible_in(self.company_id, users)

    @api.model
    def _keep_eligible_in(self, company, users):
        """Return those of `users` who work in `company`."""
        return users.filtered(
            lambda user: user.active and not user.share and company in user.company_ids
        )

    # ------------------------------------------------------------------
    # Activities
    # ------------------------------------------------------------------

    def _schedule(self, xmlid, user, day, get_summary, note=False):
        """Give `user` an activity in the user's own language.

        Whoever cannot see the case does not follow it either: the activity itself
        says what is asked.

        :param get_summary: function of an environment that returns the summary
        """
        self.ensure_one()
        # sudo: colleagues are asked whatever the rights of who moves the case
        case = self.sudo().with_context(lang=user.sudo().lang or self.env.lang)
        followed = user.sudo().partner_id in case.message_partner_ids
        activity = case.activity_schedule(
            xmlid, date_deadline=day, user_id=user.id, summary=get_summary(case.env), note=note
        )
        if not followed and not case.with_user(user).has_access("read"):
            # sudo: a colleague's contact may be hidden
            case.message_unsubscribe(user.sudo().partner_id.ids)
        return activity

    def _finish_activities(self, xmlids):
        """Mark the activities of these types as done, whoever's they are."""
        # sudo: what is settled is settled for everybody
        self.sudo().activity_feedback(xmlids)

    def _drop_activities(self):
        """Remove everything that is still planned; a promise stands until it is settled."""
        promise = self.env.ref(PROMISE_TYPE)
        # sudo: see `_finish_activities`
        planned = self.sudo().activity_ids.filtered(lambda a: a.activity_type_id != promise)
        planned.with_context(winback_closing=True).unlink()

    def _hand_over_activities(self):
        """Give what was planned for the owner before to the new one."""
        personal = self.env.ref(REASON_TYPE) | self.env.ref(PROMISE_TYPE)
        for case in self.filtered("user_id"):
            # sudo: activities belong to who has them
            planned = case.sudo().activity_ids.filtered(
                lambda a: a.activity_type_id not in personal
            )
            owner = case.user_id
            planned.filtered(lambda a, owner=owner: a.user_id != owner).user_id = owner

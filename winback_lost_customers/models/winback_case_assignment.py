from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from .winback_case import OPEN_STATES

SENIORITY = [("junior", "Junior"), ("senior", "Senior"), ("management", "Management")]
RANKS = [level for level, _label in SENIORITY]


class CrmTeamMember(models.Model):
    """Who may be given which cases."""

    _inherit = "crm.team.member"

    winback_seniority = fields.Selection(
        SENIORITY,
        string="Win-Back Seniority",
        default="junior",
        required=True,
        help="Which customers to win back are given to this person.",
    )
    winback_away_until = fields.Date(
        string="Away Until", help="No new cases until after this day."
    )


class WinbackValueClass(models.Model):
    """Who wins back the customers of a class."""

    _inherit = "winback.value.class"

    case_seniority = fields.Selection(
        SENIORITY,
        string="Cases Go To",
        help="Empty: senior people for the first class, anybody for the others.",
    )


class WinbackCase(models.Model):
    """Who gets a case, and why: never the one who lost the customer."""

    _inherit = "winback.case"

    handover_note = fields.Html(
        readonly=True,
        copy=False,
        help="What the owner has to know, written from the history when the case was opened.",
    )

    def _assign(self, user=None):
        """Give each case an owner by the rules, and say why in its thread.

        :param user: who is to get them; not the cases of customers whom this user lost
        """
        for company, cases in self.grouped("company_id").items():
            people = self._get_people(company)
            managers_own = cases._get_managements_own()
            for case in cases:
                case._assign_one(people, managers_own, user)

    def _assign_one(self, people, managers_own, user):
        """Give the case an owner, and count it as that one's load."""
        self.ensure_one()
        if user and user != self.lost_by_user_id:
            self.user_id = user
            return
        wanted, because = self._get_wanted_seniority(managers_own)
        chosen = self._choose(people, wanted)
        if chosen:
            chosen["load"] += 1
            self.user_id = chosen["user"]
            self.team_id = self.team_id or chosen["team"]
        # sudo: the note is the server's, whoever opened the case
        self.sudo().message_post(body=self._explain_choice(people, chosen, wanted, because))

    @api.model
    def _get_people(self, company):
        """Return who may own cases of `company`, each as a dict with `user`, `team`,
        `seniority`, `load` (open cases) and `away` (a date).

        Leaders of teams and the superior named in the settings count as management.
        """
        # sudo: teams and settings are not for every salesperson to read
        teams = self.env["crm.team"].sudo().search([("company_id", "in", [False, company.id])])
        people = {}
        for member in teams.crm_team_member_ids:
            self._add_person(people, company, member.user_id, member.crm_team_id,
                             member.winback_seniority, member.winback_away_until)  # fmt: skip
        for team in teams:
            self._add_person(people, company, team.user_id, team, "management")
        self._add_person(
            # sudo: the setting is not for every user to read
            people, company, company.sudo().winback_superior_id, teams.browse(), "management"
        )
        loads = self._get_loads(company, people)
        for user, person in people.items():
            person["load"] = loads.get(user, 0)
        return list(people.values())

    @api.model
    def _add_person(self, people, company, user, team, seniority, away=False):
        """Add `user` to `people`; of two ranks the higher one counts."""
        if not user.active or user.share or company not in user.company_ids:
            return
        person = people.setdefault(
            user, {"user": user, "team": team, "seniority": seniority, "away": away}
        )
        if RANKS.index(seniority) > RANKS.index(person["seniority"]):
            person["seniority"] = seniority

    @api.model
    def _get_loads(self, company, users):
        """Return {user: number of open cases}."""
        groups = self.sudo()._read_group(  # sudo: a load is counted, not shown
            Domain("company_id", "=", company.id)
            & Domain("state", "in", OPEN_STATES)
            & Domain("user_id", "in", [user.id for user in users]),
            ["user_id"],
            ["__count"],
        )
        return dict(groups)

    def _get_managements_own(self):
        """Return the customers so large that the management wins them back itself."""
        company = self.company_id
        rank = company.sudo().winback_management_margin_rank  # sudo: a setting
        if not rank:
            return self.env["res.partner"]
        # sudo: margins are compared, not shown
        largest = self.env["winback.status"].sudo().search(
            Domain("company_id", "=", company.id) & Domain("margin_active_year", ">", 0),
            order="margin_active_year desc, id",
            limit=rank,
        )
        return largest.partner_id

    def _get_wanted_seniority(self, managers_own):
        """Return the seniority that the customer asks for, and why in words."""
        self.ensure_one()
        if self.partner_id in managers_own:
            return "management", self.env._("one of the largest customers")
        value_class = self.opening_class_id
        first = value_class.search([("company_id", "in", [False, self.company_id.id])], limit=1)
        default = "senior" if value_class and value_class == first else "junior"
        wanted = value_class.case_seniority or default
        if value_class:
            return wanted, self.env._("class %s", value_class.name)
        return wanted, self.env._("no class yet")

    def _choose(self, people, wanted):
        """Return the best of `people` for the case, None when nobody may have it."""
        self.ensure_one()
        free = [person for person in people if not self._get_hindrance(person)]
        return min(free, key=lambda person: self._get_distance(person, wanted), default=None)

    def _get_distance(self, person, wanted):
        """Return how badly a person fits, for comparing: too junior is worst, then too
        senior, then another team, then who does not know the customer, then the load."""
        above = RANKS.index(person["seniority"]) - RANKS.index(wanted)
        return (
            above < 0,
            abs(above),
            bool(self.team_id) and person["team"] != self.team_id,
            person["user"] != self.partner_id.user_id,
            person["load"],
            person["user"].id,
        )

    def _get_hindrance(self, person):
        """Return in words why a person cannot have the case, empty if nothing speaks
        against it."""
        self.ensure_one()
        company = self.company_id.sudo()  # sudo: settings
        name = person["user"].name
        if person["user"] == self.lost_by_user_id:
            return self.env._("not %s, who made the last order", name)
        if person["away"] and person["away"] >= company._winback_today():
            return self.env._("%(name)s is away until %(day)s", name=name, day=person["away"])
        if person["load"] >= company.winback_case_load:
            return self.env._("%(name)s has %(load)s open cases", name=name, load=person["load"])
        return ""

    def _explain_choice(self, people, chosen, wanted, because):
        """Return the line that says why this person has got the case."""
        self.ensure_one()
        labels = dict(self._fields_seniority())
        reasons = [self.env._("%(level)s wanted: %(because)s", level=labels[wanted], because=because)]
        if chosen:
            reasons.append(
                self.env._(
                    "%(level)s, open cases with this one: %(load)s",
                    level=labels[chosen["seniority"]],
                    load=chosen["load"],
                )
            )
        reasons += [
            words for person in people if person is not chosen and (words := self._get_hindrance(person))
        ]
        if chosen:
            return self.env._(
                "Given to %(name)s (%(reasons)s).",
                name=chosen["user"].name,
                reasons="; ".join(reasons),
            )
        return self.env._("Nobody may take this case: %s.", "; ".join(reasons))

    @api.model
    def _fields_seniority(self):
        """Return the seniorities with their labels in the user's language."""
        field = self.env["crm.team.member"]._fields["winback_seniority"]
        return field._description_selection(self.env)

    def action_assign(self):
        """Find an owner by the rules again."""
        self._check_leads()
        for case in self:
            case._take()
            case.sudo()._assign()  # sudo: checked above

    # ------------------------------------------------------------------
    # Handover
    # ------------------------------------------------------------------

    def _render_handover_note(self):
        """Return what the owner has to know of the customer, from its history."""
        self.ensure_one()
        # sudo: the owner is told the history of a customer who was a colleague's
        case = self.sudo()
        return self.env["ir.qweb"]._render(
            "winback_lost_customers.winback_case_handover_note",
            {"case": case, **case._get_history()},
        )

    def _get_history(self):
        """Return orders, products, complaints and messages of the customer for the note."""
        self.ensure_one()
        company = Domain("company_id", "=", self.company_id.id)
        customer = Domain("partner_id.commercial_partner_id", "=", self.partner_id.id)
        orders = self.env["sale.order"].search(
            company & customer & Domain("state", "=", "sale"), order="date_order desc", limit=5
        )
        return {
            "orders": orders,
            "products": self._get_favourites(),
            "quotations": self.env["sale.order"].search(
                company & customer & Domain("state", "in", ("draft", "sent"))
            ),
            "leads": self.env["crm.lead"].search(
                customer & Domain("company_id", "in", [False, self.company_id.id])
                & Domain("won_status", "=", "pending")
            ),
            "complaints": self.env["winback.complaint"].search(
                company & Domain("commercial_partner_id", "=", self.partner_id.id), limit=5
            ),
            "contacts": self.partner_id.child_ids.filtered(lambda p: p.type == "contact"),
            "before": self.search(
                company
                & Domain("partner_id", "=", self.partner_id.id)
                & Domain("id", "!=", self.id)
                & Domain("date_closed", "!=", False)
            ),
        }

    def _get_favourites(self, limit=5):
        """Return (product, quantity) of what the customer bought most, by amount."""
        self.ensure_one()
        lines = self.env["sale.order.line"].sudo()._read_group(  # sudo: see the note
            Domain("order_id.partner_id.commercial_partner_id", "=", self.partner_id.id)
            & Domain("company_id", "=", self.company_id.id)
            & Domain("state", "=", "sale")
            & Domain("product_id", "!=", False)
            & Domain("price_subtotal", ">", 0),
            ["product_id"],
            ["product_uom_qty:sum"],
            order="price_subtotal:sum desc",
            limit=limit,
        )
        return lines

    # ------------------------------------------------------------------
    # Change of account manager
    # ------------------------------------------------------------------

    def _check_leads(self):
        """Refuse what only managers and the leader of the team may decide."""
        self.check_access("write")
        if self.env.su or self.env.user.has_group("sales_team.group_sale_salesman_all_leads"):
            return
        for case in self:
            if case.team_id.sudo().user_id != self.env.user:  # sudo: compared only
                raise AccessError(
                    self.env._("The leader of the sales team or a manager decides this.")
                )

    def action_change_account_manager(self):
        """Make the owner the customer's salesperson: its contacts, open quotations and
        opportunities, and what is planned there go along."""
        self._check_leads()
        for case in self:
            if not case.user_id:
                raise UserError(self.env._("The case of %s has no owner yet.", case.name))
            # sudo: the documents of the salesperson before are a colleague's
            case.sudo()._change_account_manager(case.user_id)

    def _change_account_manager(self, user):
        """Hand the customer over to `user`, with what is open."""
        self.ensure_one()
        partners = self.env["res.partner"].with_context(active_test=False).search(
            [("commercial_partner_id", "=", self.partner_id.id)]
        )
        before = self.partner_id.user_id | self.lost_by_user_id
        moved = partners.filtered(lambda p: p == self.partner_id or p.user_id in before)
        quotations, leads = self._get_open_documents(partners, user)
        others = before | quotations.user_id | leads.user_id
        activities = self.env["mail.activity"].search(
            self._get_activities_domain(partners, quotations, leads)
            & Domain("user_id", "in", (others - user).ids)
        )
        moved.user_id = user
        quotations.user_id = user
        leads.user_id = user
        activities.user_id = user
        self._tell_change(before - user, user, quotations, leads, activities)

    def _get_open_documents(self, partners, user):
        """Return open quotations and opportunities of `partners` that others have."""
        others = Domain("partner_id", "in", partners.ids) & Domain("user_id", "!=", user.id)
        quotations = self.env["sale.order"].search(
            others
            & Domain("company_id", "=", self.company_id.id)
            & Domain("state", "in", ("draft", "sent"))
        )
        leads = self.env["crm.lead"].search(
            others
            & Domain("company_id", "in", [False, self.company_id.id])
            & Domain("won_status", "=", "pending")
        )
        return quotations, leads

    @api.model
    def _get_activities_domain(self, *documents):
        """Return the domain of what is planned on `documents`."""
        return Domain.OR(
            Domain("res_model", "=", records._name) & Domain("res_id", "in", records.ids)
            for records in documents
        )

    def _tell_change(self, before, user, quotations, leads, activities):
        """Note the change of account manager on the case and on the customer."""
        body = self.env._(
            "Account manager: %(before)s → %(after)s. Handed over: %(quotations)s quotations, "
            "%(leads)s opportunities, %(activities)s activities.",
            before=", ".join(before.mapped("name")) or self.env._("nobody"),
            after=user.name,
            quotations=len(quotations),
            leads=len(leads),
            activities=len(activities),
        )
        self.message_post(body=body)
        self.partner_id.message_post(body=body)

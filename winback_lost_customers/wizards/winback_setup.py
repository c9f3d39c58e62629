from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, format_amount

STEPS = ("customers", "cycle", "classes", "work")
# silences to compare with the one chosen, in days
COMPARED_DAYS = (90, 180, 365)
BOUGHT_STATES = ("new", "active", "at_risk", "won_back", "lost", "gone", "one_off")
CUSTOMER_FIELDS = ("winback_population", "winback_min_potential")
CYCLE_FIELDS = ("winback_lost_min_days", "winback_lost_gap_factor", "winback_lost_max_days")
WORK_FIELDS = ("winback_case_budget", "winback_management_margin_rank")


class WinbackSetup(models.TransientModel):
    """The settings that matter, in four steps, each explained by figures of this database.

    All have sensible values already: whoever skips this misses nothing. Only what differs
    is written, and the customers are evaluated anew where that changes them.
    """

    _name = "winback.setup"
    _description = "Win-Back Guided Set-Up"

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    step = fields.Selection(
        [
            ("customers", "Who Is a Customer"),
            ("cycle", "When One Is Lost"),
            ("classes", "Classes"),
            ("work", "Who Gets What"),
        ],
        required=True,
        default=STEPS[0],
    )

    winback_population = fields.Selection(
        selection=lambda self: self.env["res.company"]._fields["winback_population"]._description_selection(self.env),
        string="Who Is a Customer",
        required=True,
        default=lambda self: self.env.company.winback_population,
    )
    winback_min_potential = fields.Monetary(
        string="Minimum Potential per Year",
        default=lambda self: self.env.company.winback_min_potential,
    )
    winback_lost_min_days = fields.Integer(
        string="Lost After at Least (days)",
        default=lambda self: self.env.company.winback_lost_min_days,
    )
    winback_lost_gap_factor = fields.Float(
        string="Times the Longest Gap",
        default=lambda self: self.env.company.winback_lost_gap_factor,
    )
    winback_lost_max_days = fields.Integer(
        string="Lost After at Most (days)",
        default=lambda self: self.env.company.winback_lost_max_days,
    )
    winback_case_budget = fields.Integer(
        string="New Cases per Person and Day",
        default=lambda self: self.env.company.winback_case_budget,
    )
    winback_management_margin_rank = fields.Integer(
        string="Customers for the Management",
        default=lambda self: self.env.company.winback_management_margin_rank,
    )

    customers_text = fields.Text(compute="_compute_customers_text")
    potential_text = fields.Text(compute="_compute_potential_text")
    rhythm_text = fields.Text(compute="_compute_rhythm_text")
    cycle_text = fields.Text(compute="_compute_cycle_text")
    classes_text = fields.Text(compute="_compute_classes_text")
    work_text = fields.Text(compute="_compute_work_text")

    # ------------------------------------------------------------------
    # What the database says
    # ------------------------------------------------------------------

    def _get_statuses(self):
        """Return the model of the statuses; this is for administrators of the system, who
        need not be in sales."""
        return self.env["winback.status"].sudo()

    def _get_bought_domain(self):
        """Return the domain of who has bought and is not left out."""
        return Domain("company_id", "=", self.company_id.id) & Domain("state", "in", BOUGHT_STATES)

    @api.depends("company_id")
    @api.depends_context("lang")
    def _compute_customers_text(self):
        for setup in self:
            groups = setup._get_statuses()._read_group(setup._get_bought_domain(), ["state"], ["__count"])
            counts = dict(groups)
            setup.customers_text = self.env._(
                "%(bought)s organisations have bought, %(once)s of them only once. %(asked)s more "
                "got a quotation and never bought: they count only with the second choice.",
                bought=sum(counts.values()),
                once=counts.get("one_off", 0) + counts.get("new", 0),
                asked=setup._count_quoted_only(),
            )

    def _count_quoted_only(self):
        """Return how many organisations got a quotation and never bought."""
        self.env["sale.order"].flush_model(["partner_id", "company_id", "state"])
        query = SQL(
            """
            SELECT count(*) FROM (
                   SELECT p.commercial_partner_id
                     FROM sale_order o JOIN res_partner p ON p.id = o.partner_id
                    WHERE o.company_id = %s
                    GROUP BY p.commercial_partner_id
                   HAVING bool_and(o.state != 'sale')) quoted
            """,
            self.company_id.id,
        )
        return self.env.execute_query(query)[0][0]

    @api.depends("company_id", "winback_min_potential")
    @api.depends_context("lang")
    def _compute_potential_text(self):
        for setup in self:
            minimum = setup.winback_min_potential
            small = setup._get_bought_domain() & Domain("amount_active_year", "<", minimum)
            setup.potential_text = (
                self.env._(
                    "%(count)s customers bought for less than %(minimum)s in their last active "
                    "year: they would be left out, unless a higher potential is entered.",
                    count=setup._get_statuses().search_count(small),
                    minimum=format_amount(self.env, minimum, setup.currency_id),
                )
                if minimum > 0
                else self.env._("Zero leaves nobody out.")
            )

    @api.depends("company_id")
    @api.depends_context("lang")
    def _compute_rhythm_text(self):
        for setup in self:
            count, half, most = setup._get_rhythm()
            setup.rhythm_text = (
                self.env._(
                    "Found in your orders: of %(count)s customers with at least three purchases, "
                    "half order every %(half)s days or more often, and nine of ten every "
                    "%(most)s days or more often.",
                    count=count,
                    half=half,
                    most=most,
                )
                if count
                else self.env._("Nobody has bought three times yet: there is no rhythm to find.")
            )

    def _get_rhythm(self):
        """Return how many customers have a rhythm, and the usual gap that half and nine of
        ten of them do not exceed, in days."""
        self._get_statuses().flush_model(["company_id", "purchase_days", "gap_mean"])
        query = SQL(
            """
            SELECT count(*), percentile_disc(0.5) WITHIN GROUP (ORDER BY gap_mean),
                   percentile_disc(0.9) WITHIN GROUP (ORDER BY gap_mean)
              FROM winback_status
             WHERE company_id = %s AND purchase_days >= 3 AND gap_mean IS NOT NULL AND state IN %s
            """,
            self.company_id.id,
            BOUGHT_STATES,
        )
        return self.env.execute_query(query)[0]

    @api.depends("company_id", *CYCLE_FIELDS)
    @api.depends_context("lang")
    def _compute_cycle_text(self):
        for setup in self:
            days = sorted({*COMPARED_DAYS, setup.winback_lost_min_days})
            setup.cycle_text = "\n".join(
                self.env._(
                    "With at least %(days)s days: %(lost)s customers count as lost today.%(chosen)s",
                    days=minimum,
                    lost=setup._count_lost(minimum),
                    chosen=self.env._(" This is your choice.")
                    if minimum == setup.winback_lost_min_days
                    else "",
                )
                for minimum in days
            )

    def _count_lost(self, minimum):
        """Return how many customers would count as lost today, were they lost after at
        least `minimum` days."""
        self._get_statuses().flush_model(["company_id", "state", "purchase_days", "gap_max", "last_order_date"])
        query = SQL(
            """
            SELECT count(*) FROM winback_status
             WHERE company_id = %(company)s AND purchase_days >= 2 AND state IN %(states)s AND active
               AND last_order_date + LEAST(%(most)s, GREATEST(
                   %(least)s, ceil(%(factor)s * COALESCE(gap_max, 0))))::integer <= %(today)s
            """,
            company=self.company_id.id,
            states=BOUGHT_STATES,
            most=self.winback_lost_max_days,
            least=minimum,
            factor=self.winback_lost_gap_factor,
            today=self.company_id._winback_today(),
        )
        return self.env.execute_query(query)[0][0]

    @api.depends("company_id")
    @api.depends_context("lang")
    def _compute_classes_text(self):
        for setup in self:
            groups = setup._get_statuses()._read_group(
                setup._get_bought_domain() & Domain("value_class_id", "!=", False),
                ["value_class_id"],
                ["__count", "margin_active_year:sum"],
            )
            customers = sum(count for _class, count, _margin in groups) or 1
            margin = sum(margin for _class, _count, margin in groups) or 1
            lines = [
                self.env._(
                    "%(name)s: %(count)s customers, %(share)s %% of all, bring %(margin)s %% of the margin. %(hint)s.",
                    name=value_class.name,
                    count=count,
                    share=round(100 * count / customers),
                    margin=round(100 * own / margin),
                    hint=value_class.description or "",
                )
                for value_class, count, own in sorted(groups, key=lambda group: group[0].sequence)
            ]
            setup.classes_text = "\n".join(lines) or self.env._("Nobody has bought yet.")

    @api.depends("company_id", *WORK_FIELDS)
    @api.depends_context("lang")
    def _compute_work_text(self):
        for setup in self:
            risky = setup._get_statuses().search_count(
                Domain("company_id", "=", setup.company_id.id) & Domain("state", "=", "at_risk")
            )
            people = setup._count_salespeople()
            daily = setup.winback_case_budget * people
            setup.work_text = self.env._(
                "%(risky)s customers are at risk, and %(people)s people are members of your sales "
                "teams.",
                risky=risky,
                people=people,
            )
            if daily and risky:
                setup.work_text += " " + self.env._(
                    "With %(budget)s new cases each a day, all of them would be looked at after "
                    "%(days)s days.",
                    budget=setup.winback_case_budget,
                    days=-(-risky // daily),
                )

    def _count_salespeople(self):
        """Return how many people are members of the company's sales teams."""
        # sudo: teams are counted only
        members = self.env["crm.team.member"].sudo().search(
            Domain("crm_team_id.company_id", "in", [False, self.company_id.id])
        )
        return len(members.user_id.filtered(lambda user: self.company_id in user.company_ids))

    # ------------------------------------------------------------------
    # Steps
    # ------------------------------------------------------------------

    def _move(self, steps):
        """Go so many steps on, and show the page."""
        self.ensure_one()
        self.step = STEPS[STEPS.index(self.step) + steps]
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
            "name": self.env._("Set-Up"),
        }

    def action_next(self):
        """Show the next step."""
        return self._move(1)

    def action_back(self):
        """Show the step before."""
        return self._move(-1)

    def action_apply(self):
        """Write what differs; where it changes who is lost, evaluate the customers again
        and have their history rebuilt in the background."""
        self.ensure_one()
        names = CUSTOMER_FIELDS + CYCLE_FIELDS + WORK_FIELDS
        changed = {name: self[name] for name in names if self[name] != self.company_id[name]}
        self.company_id.write(changed)
        if changed.keys() & {*CUSTOMER_FIELDS, *CYCLE_FIELDS}:
            # sudo: an administrator of the system need not be in sales
            self.env["winback.engine"].sudo()._run(self.company_id)
            self.env["winback.history"].sudo()._restart(self.company_id)
        self.company_id.winback_first_look_done = True
        return {"type": "ir.actions.act_window_close"}

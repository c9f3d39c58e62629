from odoo import api, models
from odoo.tools import SQL

from .winback_case import OPEN_STATES

# whom the list looks at; who is well needs no winning back
LIST_STATES = ("at_risk", "lost", "one_off", "gone", "excluded")


class WinbackWorkList(models.AbstractModel):
    """Whom to win back first: all customers of a company ranked, and screened.

    How it works. One statement reads `winback.status` and joins what is known besides:
    the return rates of class and reason, dismissals and the last case that was closed, open
    cases, control groups, and how far the customer's signs are trusted. Each customer gets
    its expected incremental profit (`tools.value`): the share that treatment wins, times
    the margin within the horizon (as in the engine's expected loss), less the cost of a
    contact by the fittest channel. An offer is not chosen yet and costs nothing here. The
    rank is the expected profit times the trust of the signs.

    `screen_reason` says why somebody falls out, the first that holds: a decision
    (archived, excluded, given up, dismissed, put off), somebody at work (open case, control
    group), or the figures (one order, too few, margin too small, not worth the cost).
    Nobody is deleted from the list: the screen shows who was left out, and by which figure.
    """

    _name = "winback.work.list"
    _description = "Win-Back Work List"

    @api.model
    def _get_screen_reasons(self):
        """Return the reasons for which somebody falls out, as pairs for a selection, in
        the order in which they are looked at."""
        return [
            ("archived", self.env._("Archived")),
            ("excluded", self.env._("Excluded")),
            ("gone", self.env._("Given Up")),
            ("one_off", self.env._("One-Off Buyer")),
            ("open_case", self.env._("Case Open")),
            ("held_out", self.env._("Control Group")),
            ("snoozed", self.env._("Put Off")),
            ("dismissed", self.env._("Dismissed")),
            ("hopeless", self.env._("Cannot Be Won Back")),
            ("few_orders", self.env._("Too Few Orders")),
            ("small_margin", self.env._("Margin Too Small")),
            ("no_profit", self.env._("Not Worth the Cost")),
        ]

    @api.model
    def _get_screen_conditions(self, company, today):
        """Return {screen reason: SQL condition over the figures}. Extend this to screen by
        a rule of your own."""
        return {
            "archived": SQL("NOT active"),
            "excluded": SQL("state = 'excluded'"),
            "gone": SQL("state = 'gone' OR last_state = 'gone'"),
            "one_off": SQL("state = 'one_off'"),
            "open_case": SQL("open_case_id IS NOT NULL"),
            "held_out": SQL("is_held_out"),
            "snoozed": SQL("GREATEST(snooze_until, retry_date) > %s", today),
            "dismissed": SQL(
                "dismissed_date > %s AND NOT has_new_sign AND snooze_until IS NULL",
                SQL("%s::date - %s", today, company.winback_retrigger_days),
            ),
            "hopeless": SQL("is_recoverable IS FALSE"),
            "few_orders": SQL("order_count < %s", company.winback_list_min_orders),
            "small_margin": SQL(
                "COALESCE(margin_active_year, 0) < %s", company.winback_list_min_margin
            ),
            "no_profit": SQL("expected_profit <= %s", company.winback_list_min_profit),
        }

    @api.model
    def _get_query(self, company, today):
        """Return the ranking: a row for each customer of `LIST_STATES`.

        Columns: those of `_get_figures_query`, `rank_value` (the higher the sooner) and
        `screen_reason` (NULL: to be won back).
        """
        return SQL(
            """
            SELECT *, %(rank)s AS rank_value, CASE %(screens)s END AS screen_reason
              FROM (%(figures)s) figures
             WHERE state IN %(states)s
            """,
            # who costs more than it brings does not gain by being trusted less
            rank=SQL(
                "round((CASE WHEN expected_profit > 0 THEN expected_profit * trust "
                "ELSE expected_profit END)::numeric, %s)",
                company.currency_id.decimal_places,
            ),
            screens=SQL(" ").join(
                SQL("WHEN %s THEN %s", condition, code)
                for code, condition in self._get_ordered_conditions(company, today)
            ),
            figures=self._get_figures_query(company, today),
            states=LIST_STATES,
        )

    @api.model
    def _get_ordered_conditions(self, company, today):
        """Return (screen reason, condition) in the order of the reasons."""
        conditions = self._get_screen_conditions(company, today)
        return [
            (code, conditions[code])
            for code, _label in self._get_screen_reasons()
            if code in conditions
        ]

    @api.model
    def _get_ranking(self, company, today, limit=None):
        """Return the rows of those to be won back, the most promising first, as dicts."""
        self._flush()
        return self.env.execute_query_dict(
            SQL(
                """
                SELECT * FROM (%s) ranking WHERE screen_reason IS NULL
                 ORDER BY rank_value DESC, status_id %s
                """,
                self._get_query(company, today),
                SQL("LIMIT %s", limit) if limit else SQL(),
            )
        )

    @api.model
    def _flush(self):
        """Write what waits in memory of all that the ranking reads."""
        for model in (
            "winback.status", "winback.status.sign", "winback.case", "winback.dismissal",
            "winback.reason",
        ):  # fmt: skip
            self.env[model].flush_model()

    # ------------------------------------------------------------------
    # Figures
    # ------------------------------------------------------------------

    @api.model
    def _get_figures_query(self, company, today, partners=None):
        """Return what is known of each customer of `company`, whatever its state.

        :param partners: customers to limit the statement to; None for all
        """
        return SQL(
            """
            SELECT f.*, round((f.uplift * f.margin_horizon - f.contact_cost)::numeric,
                              %(digits)s) AS expected_profit,
                   f.own_untreated + f.uplift AS own_treated,
                   CASE WHEN f.margin_horizon > 0
                        THEN f.own_untreated + f.contact_cost / f.margin_horizon
                        END AS break_even
              FROM (SELECT known.*, %(uplift)s AS uplift, %(own_untreated)s AS own_untreated
                      FROM (%(known)s) known) f
            """,
            digits=company.currency_id.decimal_places,
            # as `tools.value.get_own_rates`
            uplift=SQL(
                """(treated - untreated)
                   * COALESCE(p_none / NULLIF(1 - untreated, 0), CASE WHEN untreated < 1 THEN 1 ELSE 0 END)"""
            ),
            own_untreated=SQL("COALESCE(1 - p_none, untreated)"),
            known=self._get_known_query(company, today, partners),
        )

    @api.model
    def _get_known_query(self, company, today, partners):
        """Return the customers joined with rates, cases, dismissals and signs."""
        return SQL(
            """
            SELECT s.id AS status_id, s.partner_id, s.company_id, s.user_id, s.team_id,
                   s.state, s.active, s.value_class_id, s.order_count, s.last_order_date,
                   s.margin_active_year, %(margin)s AS margin_horizon, %(chance)s AS p_none,
                   rate.treated, rate.untreated, rate.contact_cost,
                   COALESCE(signs.trust, 1) AS trust,
                   open_case.id AS open_case_id,
                   s.partner_id = ANY(%(held_out)s) AS is_held_out,
                   last.reason_id, last.state AS last_state, last.retry_date,
                   reason.is_recoverable,
                   dismissed.date AS dismissed_date, dismissed.snooze_until,
                   COALESCE(signs.since > dismissed.date, FALSE) AS has_new_sign
              FROM winback_status s
             CROSS JOIN LATERAL (SELECT s.value_class_id) class
              LEFT JOIN winback_case open_case ON open_case.partner_id = s.partner_id
                   AND open_case.company_id = s.company_id AND open_case.state IN %(open)s
              LEFT JOIN (%(last)s) last ON last.partner_id = s.partner_id
              LEFT JOIN winback_reason reason ON reason.id = last.reason_id
              LEFT JOIN (%(dismissed)s) dismissed ON dismissed.partner_id = s.partner_id
              LEFT JOIN (%(signs)s) signs ON signs.status_id = s.id
              JOIN (%(rates)s) rate
                   ON rate.value_class_id = COALESCE(s.value_class_id, 0)
                  AND rate.reason_id = COALESCE(last.reason_id, 0)
             WHERE s.company_id = %(company)s AND %(limit)s
            """,
            margin=self._get_margin_sql(company, today),
            chance=SQL(
                """CASE WHEN s.probability_source = 'band' THEN s.band_share
                        WHEN s.probability_source IS NOT NULL THEN s.p_no_purchase END"""
            ),
            held_out=self.env["winback.campaign"]._get_held_out_partners(company).ids,
            open=OPEN_STATES,
            last=self._get_last_cases_query(company),
            dismissed=self._get_dismissed_query(company),
            signs=self._get_signs_query(company),
            rates=self._get_rates_query(company, today),
            company=company.id,
            limit=self.env["winback.fact"]._limit_to(SQL("s.partner_id"), partners),
        )

    @api.model
    def _get_margin_sql(self, company, today):
        """Return the SQL of the margin that the customer would bring within the horizon,
        as the engine reckons its expected loss."""
        model = self.env["winback.model"]._get_in_force(company, today)
        return SQL(
            "COALESCE(round(GREATEST(%s, 0)::numeric * %s / 365, %s), 0)",
            self.env["winback.engine"]._get_shrunk_sql(SQL("s.margin_active_year"), model, 0),
            company.winback_horizon_days,
            company.currency_id.decimal_places,
        )

    @api.model
    def _get_rates_query(self, company, today):
        """Return rates and cost of a contact by class and reason (0: none), as a table."""
        costs = self.env["winback.channel"]._get_contact_costs(company)
        rows = [
            SQL(
                "(%s, %s, %s::double precision, %s::double precision, %s::double precision)",
                class_id or 0,
                reason_id or 0,
                rate.treated,
                rate.untreated,
                costs.get(class_id, costs[False]),
            )
            for (class_id, reason_id), rate in self.env["winback.rate"]
            ._get_rates(company, today)
            .items()
        ]
        return SQL(
            """SELECT * FROM (VALUES %s)
                 AS rate(value_class_id, reason_id, treated, untreated, contact_cost)""",
            SQL(", ").join(rows),
        )

    @api.model
    def _get_last_cases_query(self, company):
        """Return the case of each customer that was closed last: how it ended, for which
        reason the customer had left, and when to try again."""
        return SQL(
            """
            SELECT DISTINCT ON (partner_id) partner_id, state, retry_date,
                   COALESCE(customer_reason_id, reason_id) AS reason_id
              FROM winback_case
             WHERE company_id = %s AND state NOT IN %s
             ORDER BY partner_id, date_closed DESC NULLS LAST, id DESC
            """,
            company.id,
            OPEN_STATES,
        )

    @api.model
    def _get_dismissed_query(self, company):
        """Return when each customer was dismissed last and until when it is left alone."""
        return SQL(
            """
            SELECT DISTINCT ON (partner_id) partner_id, date, snooze_until
              FROM (SELECT partner_id, date, snooze_until
                      FROM winback_dismissal WHERE company_id = %(company)s
                     UNION ALL
                    SELECT c.partner_id, c.date_closed, NULL FROM winback_case c
                     WHERE c.company_id = %(company)s AND c.state = 'dismissed'
                       AND NOT EXISTS (SELECT FROM winback_dismissal d WHERE d.case_id = c.id)
                   ) dismissed
             ORDER BY partner_id, date DESC NULLS LAST, snooze_until DESC NULLS LAST
            """,
            company=company.id,
        )

    @api.model
    def _get_signs_query(self, company):
        """Return the mean trust of each customer's signs, weighted by their points, and
        the day on which the latest of them appeared."""
        trust = self.env["winback.dismissal"]._get_trust(company)
        rows = [
            SQL("(%s, %s, %s::double precision)", sign_id, class_id or 0, value)
            for (sign_id, class_id), value in trust.items()
        ] or [SQL("(0, 0, 1::double precision)")]
        return SQL(
            """
            SELECT e.status_id, max(e.since) AS since,
                   sum(e.weight * COALESCE(t.trust, 1)) / NULLIF(sum(e.weight), 0) AS trust
              FROM winback_status_sign e
              JOIN winback_status x ON x.id = e.status_id AND x.company_id = %s
              LEFT JOIN (VALUES %s) AS t(sign_id, value_class_id, trust)
                   ON t.sign_id = e.sign_id AND t.value_class_id = COALESCE(x.value_class_id, 0)
             GROUP BY e.status_id
            """,
            company.id,
            SQL(", ").join(rows),
        )

    # ------------------------------------------------------------------
    # Words
    # ------------------------------------------------------------------

    @api.model
    def _explain(self, row, company):
        """Return in words, with figures, why somebody was left out.

        :param dict row: columns of `_get_query`
        """
        money = company.currency_id.format
        explain = {
            "archived": lambda: self.env._("The contact is archived."),
            "excluded": lambda: self.env._("Somebody decided to leave this customer out."),
            "gone": lambda: self.env._("Given up for good."),
            "one_off": lambda: self.env._(
                "Bought once, on %s, and never again.", row["last_order_date"]
            ),
            "open_case": lambda: self.env._("Somebody is working on it."),
            "held_out": lambda: self.env._(
                "In the control group of a campaign: nobody may touch it."
            ),
            "snoozed": lambda: self.env._("Put off until %s.", self._get_put_off_date(row)),
            "dismissed": lambda: self.env._(
                "Dismissed on %(day)s; quiet for %(days)s days, unless a new sign appears.",
                day=row["dismissed_date"],
                days=company.winback_retrigger_days,
            ),
            "hopeless": lambda: self.env._("It left for a reason for which nobody comes back."),
            "few_orders": lambda: self.env._(
                "%(orders)s orders; at least %(minimum)s are asked for.",
                orders=row["order_count"],
                minimum=company.winback_list_min_orders,
            ),
            "small_margin": lambda: self.env._(
                "%(margin)s margin in the last active year; at least %(minimum)s is asked for.",
                margin=money(row["margin_active_year"] or 0),
                minimum=money(company.winback_list_min_margin),
            ),
            "no_profit": lambda: self._explain_no_profit(row, company),
        }
        return explain[row["screen_reason"]]() if row["screen_reason"] in explain else ""

    @api.model
    def _get_put_off_date(self, row):
        """Return the day until which a customer is left alone."""
        return max(day for day in (row["snooze_until"], row["retry_date"]) if day)

    @api.model
    def _explain_no_profit(self, row, company):
        """Return why it costs more to try than it brings."""
        money = company.currency_id.format
        return self.env._(
            "A contact costs %(cost)s and wins %(share)s %% of %(margin)s margin: %(profit)s; "
            "more than %(minimum)s is asked for.",
            cost=money(row["contact_cost"]),
            share=f"{100 * (row['own_treated'] - row['own_untreated']):.1f}",
            margin=money(row["margin_horizon"]),
            profit=money(row["expected_profit"]),
            minimum=money(company.winback_list_min_profit),
        )

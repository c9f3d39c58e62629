from statistics import fmean, variance

from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.misc import format_date

from ..tools.uplift import newcombe_interval, welch_interval
from .winback_outcome import MAILED_STATUSES

ARMS = ("treatment", "control")
# by what the result is broken down: field of the member
BREAKDOWNS = ("value_class_id", "reason_id", "channel_id")


class WinbackCampaign(models.Model):
    """What a campaign brought beyond what would have come anyway, live.

    Everybody counts in the group into which it was drawn, reached or not. Only whoever
    was merged with a customer of the other group counts in neither.
    """

    _inherit = "winback.campaign"

    result = fields.Json(compute="_compute_result", string="Result in Figures")
    result_summary = fields.Text(compute="_compute_result", string="Result")
    is_worse = fields.Boolean(compute="_compute_result", string="Treated Do Worse")

    @api.depends("state", "date_start", "date_end", "member_ids.stop_reason")
    @api.depends_context("lang")
    def _compute_result(self):
        for campaign in self:
            result = campaign.date_start and campaign._get_result(
                campaign.company_id._winback_today()
            )
            campaign.result = result or False
            campaign.result_summary = "\n".join(result["sentences"]) if result else False
            campaign.is_worse = bool(result and result["is_worse"])

    # ------------------------------------------------------------------
    # Figures
    # ------------------------------------------------------------------

    def _get_outcomes(self, today, members=None):
        """Return {member id: figures} as of `today` by one statement: `arm`, attributes,
        `return_date`, `revenue`, `margin`, `has_answered`, `contact_count` and
        `contact_cost`.

        :param members: of this campaign; all in an arm when left out
        """
        self.ensure_one()
        if not self.date_start:
            return {}
        self.env["winback.fact"]._flush_documents()
        query = self._get_outcomes_query(today, members)
        # the planner takes the parts of the statement for a few rows, and would look through
        # each of them once for every customer
        self.env.cr.execute(SQL("SET LOCAL enable_nestloop = off"))
        rows = self.env.execute_query_dict(query)
        self.env.cr.execute(SQL("SET LOCAL enable_nestloop = on"))
        return {row["id"]: row for row in rows}

    def _get_orders_query(self, today, members=None):
        """Return the orders that the statements about the members read, each under the name
        `winback_run_order`: a table as in a run could not be made where a form is opened,
        which may be on a copy of the database that can only be read.
        """
        customers = (self.member_ids if members is None else members).partner_id
        return self.env["winback.fact"]._get_run_orders_query(self.company_id, today, customers)

    def _get_outcomes_query(self, today, members):
        """Return the statement of `_get_outcomes`."""
        everybody = self.member_ids if members is None else members
        partners = everybody.partner_id
        company = self.company_id
        subjects = self._get_subjects_query(today, members)
        outcome = self.env["winback.outcome"]
        return SQL(
            """
            WITH winback_run_order AS MATERIALIZED (%(orders)s),
                 subject AS MATERIALIZED (%(subjects)s)
            SELECT s.id, s.arm, s.value_class_id, s.reason_id, s.channel_id,
                   r.return_date, r.revenue, r.margin,
                   a.id IS NOT NULL OR COALESCE(k.has_replied, FALSE) AS has_answered,
                   COALESCE(k.contact_count, 0) AS contact_count,
                   COALESCE(k.contact_cost, 0) AS contact_cost
              FROM subject s
              JOIN (%(returns)s) r ON r.id = s.id
              LEFT JOIN (%(answers)s) a ON a.id = s.id
              LEFT JOIN (%(contacts)s) k ON k.id = s.id
            """,
            orders=self._get_orders_query(today, members),
            subjects=subjects,
            returns=outcome._get_returns_query(company, SQL("TABLE subject"), today, partners),
            answers=outcome._get_answers_query(company, SQL("TABLE subject"), today, partners),
            contacts=self._get_contacts_query(today),
        )

    def _get_subjects_query(self, today, members):
        """Return the members in an arm as subjects of `winback.outcome`."""
        return SQL(
            """
            SELECT m.id, m.partner_id, m.arm, m.value_class_id, m.reason_id, m.channel_id,
                   m.case_id, m.heard_before, c.date_start,
                   LEAST(c.date_end, %(today)s) AS date_end
              FROM winback_campaign_member m
              JOIN winback_campaign c ON c.id = m.campaign_id
             WHERE m.campaign_id = %(campaign)s AND m.arm IN %(arms)s
               AND m.stop_reason IS DISTINCT FROM 'merged' AND %(limit)s
            """,
            today=today,
            campaign=self.id,
            arms=ARMS,
            limit=SQL("TRUE") if members is None else SQL("m.id = ANY(%s)", members.ids),
        )

    def _get_contacts_query(self, today):
        """Return `id`, `contact_count`, `contact_cost`, `has_replied` of the subjects: done
        activities of the case that are contacts, and mails sent."""
        return SQL(
            """
            SELECT id, count(*) AS contact_count, sum(cost) AS contact_cost,
                   bool_or(has_replied) AS has_replied
              FROM (%s UNION ALL %s) contact GROUP BY id
            """,
            self._get_activities_query(),
            self._get_traces_query(today),
        )

    def _get_activities_query(self):
        """Return the contacts that were logged on the cases, at the cost of their channel,
        or else of the member's."""
        return SQL(
            """
            SELECT s.id, COALESCE(own.cost, planned.cost_per_contact, 0) AS cost,
                   FALSE AS has_replied
              FROM subject s
              JOIN mail_activity a ON a.res_model = 'winback.case' AND a.res_id = s.case_id
               AND a.active IS FALSE AND a.date_done BETWEEN s.date_start AND s.date_end
              LEFT JOIN mail_activity_type t ON t.id = a.activity_type_id
              LEFT JOIN winback_channel planned ON planned.id = s.channel_id
              LEFT JOIN LATERAL (
                    SELECT cost_per_contact AS cost FROM winback_channel
                     WHERE activity_type_id = a.activity_type_id
                       AND (company_id IS NULL OR company_id = %s)
                     ORDER BY company_id NULLS LAST, sequence, id LIMIT 1) own ON TRUE
             WHERE a.winback_outcome IS NOT NULL OR own.cost IS NOT NULL
                OR t.category IN ('phonecall', 'meeting')
            """,
            self.company_id.id,
        )

    def _get_traces_query(self, today):
        """Return the mails that were sent to the members."""
        day_end = self.env["winback.fact"]._get_day_end(self.company_id, today)
        return SQL(
            """
            SELECT s.id, COALESCE(planned.cost_per_contact, 0) AS cost,
                   COALESCE(t.reply_datetime < %(day_end)s, FALSE) AS has_replied
              FROM subject s
              JOIN mailing_trace t ON t.model = 'res.partner' AND t.res_id = s.partner_id
               AND t.mass_mailing_id = %(mailing)s AND t.trace_status IN %(statuses)s
               AND t.sent_datetime < %(day_end)s
              LEFT JOIN winback_channel planned ON planned.id = s.channel_id
            """,
            day_end=day_end,
            mailing=self.mailing_id.id or None,
            statuses=MAILED_STATUSES,
        )

    def _get_grant_costs(self):
        """Return {member id: (what its offer cost when it was used, how much of it does not
        stand on the order, and so is not in its margin)}."""
        # sudo: the cost of offers is part of the result, whoever may see the grants
        granted = self.member_ids.sudo().filtered("grant_id")
        outreach = self.env["winback.outreach"]
        costs = outreach._get_used_costs(granted.grant_id)
        outside = outreach._get_outside_costs(granted.grant_id)
        return {
            member.id: (costs[member.grant_id], outside.get(member.grant_id, 0))
            for member in granted
            if member.grant_id in costs
        }

    # ------------------------------------------------------------------
    # Result
    # ------------------------------------------------------------------

    def _get_result(self, today):
        """Return the result as of `today`, as the page shows it."""
        rows = list(self._get_outcomes(today).values())
        costs = self._get_grant_costs()
        for row in rows:
            offer_cost, outside = costs.get(row["id"], (0, 0))
            row["cost"] = float(row["contact_cost"]) + offer_cost
            row["outside_cost"] = float(row["contact_cost"]) + outside
        by_arm = {arm: [row for row in rows if row["arm"] == arm] for arm in ARMS}
        returns = self._compare_returns(by_arm)
        margin = self._compare_margins(by_arm)
        return {
            "as_of": format_date(self.env, today),
            "arms": [self._get_arm_figures(arm, by_arm[arm]) for arm in ARMS if by_arm[arm]],
            "returns": self._get_bar(returns, 100, self._format_points),
            "margin": self._get_bar(margin, 1, self.currency_id.format),
            "is_worse": bool(returns and returns.estimate < 0),
            "sentences": self._get_sentences(by_arm, returns, margin),
            "breakdowns": [self._get_breakdown(name, rows) for name in BREAKDOWNS],
            "offers": self._get_offer_lines(today, rows),
            "second_lifetime": self._get_second_lifetime(today),
        }

    @api.model
    def _compare_returns(self, by_arm):
        """Return the interval of the effect on returns; None without a control group."""
        counts = []
        for arm in ARMS:
            counts += [sum(bool(row["return_date"]) for row in by_arm[arm]), len(by_arm[arm])]
        return newcombe_interval(*counts)

    @api.model
    def _compare_margins(self, by_arm):
        """Return the interval of the effect on the margin per customer, contacts and offers
        beyond the orders not yet paid."""
        values = []
        for arm in ARMS:
            margins = [float(row["margin"]) for row in by_arm[arm]]
            if len(margins) < 2:
                return None
            values += [fmean(margins), variance(margins), len(margins)]
        return welch_interval(*values)

    def _get_arm_figures(self, arm, rows):
        """Return what one arm shows, money ready to be read."""
        format_money = self.currency_id.format
        return {
            "arm": arm,
            "label": dict(self.member_ids._fields["arm"]._description_selection(self.env))[arm],
            "customers": len(rows),
            "contacted": sum(bool(row["contact_count"]) for row in rows),
            "answered": sum(row["has_answered"] for row in rows),
            "returned": sum(bool(row["return_date"]) for row in rows),
            "revenue": format_money(float(sum(row["revenue"] for row in rows))),
            "margin": format_money(float(sum(row["margin"] for row in rows))),
            "cost": format_money(sum(row["cost"] for row in rows)),
        }

    @api.model
    def _get_bar(self, interval, scale, format_value):
        """Return an interval as the page draws it: between what it lies on a scale around
        zero, in percent of its width, and in words."""
        if interval is None:
            return False
        reach = max(abs(interval.low), abs(interval.high)) or 1
        place = [50 + 50 * value / reach for value in interval]
        return {
            "estimate": place[0],
            "low": place[1],
            "high": place[2],
            "text": self.env._(
                "%(estimate)s, between %(low)s and %(high)s",
                **{name: format_value(scale * getattr(interval, name)) for name in interval._fields},
            ),
        }

    @api.model
    def _format_points(self, points):
        """Return percentage points with their sign."""
        return f"{points:+.1f}"

    def _get_sentences(self, by_arm, returns, margin):
        """Return the result in words, the most important first."""
        if returns is None:
            return [self._get_no_control_sentence()]
        sentences = [self._get_effect_sentence(returns)]
        if returns.estimate < 0:
            sentences.insert(
                0,
                self.env._(
                    "Warning: the treated do worse than those who were left alone. Look at what "
                    "the approach does to them before you go on."
                ),
            )
        if margin:
            sentences.append(self._get_profit_sentence(by_arm["treatment"], margin))
        if self.state == "running":
            sentences.append(
                self.env._(
                    "Measured until %s: the figures still move.",
                    format_date(self.env, self.date_end),
                )
            )
        return sentences

    def _get_no_control_sentence(self):
        """Return why nothing is said about the effect."""
        if self.waive_reason:
            return self.env._(
                "What the campaign brought cannot be told: %(user)s waived the control group "
                "(%(reason)s).",
                user=self.waive_user_id.name or "",
                reason=self.waive_reason,
            )
        return self.env._("What the campaign brought cannot be told: nobody is left to compare.")

    def _get_effect_sentence(self, interval):
        """Return the effect on returns in words; an interval, not a verdict."""
        figures = {name: abs(round(100 * getattr(interval, name), 1)) for name in interval._fields}
        if interval.low > 0:
            return self.env._(
                "The campaign brings back %(estimate)s in 100 who would not have come by "
                "themselves; with 95 %% confidence between %(low)s and %(high)s.",
                **figures,
            )
        if interval.high < 0:
            return self.env._(
                "The campaign drives away %(estimate)s in 100 who would have come by themselves; "
                "with 95 %% confidence between %(high)s and %(low)s.",
                **figures,
            )
        return self.env._(
            "Nothing can be concluded yet: in 100 customers the effect lies between %(low)s fewer "
            "and %(high)s more returns, with 95 %% confidence.",
            **figures,
        )

    def _get_profit_sentence(self, treated, interval):
        """Return what the effect on the margin is worth after all costs; a discount or gift
        has been taken off the margin of its order already."""
        cost = sum(row["outside_cost"] for row in treated)
        size = len(treated)
        return self.env._(
            "Margin beyond what would have come anyway, after %(cost)s for contacts and for what "
            "offers cost beyond the orders: %(estimate)s, with 95 %% confidence between %(low)s "
            "and %(high)s.",
            cost=self.currency_id.format(cost),
            **{
                name: self.currency_id.format(size * getattr(interval, name) - cost)
                for name in interval._fields
            },
        )

    # ------------------------------------------------------------------
    # Breakdowns
    # ------------------------------------------------------------------

    def _get_breakdown(self, name, rows):
        """Return the effect for each value of the member's field `name`."""
        groups = {}
        for row in rows:
            groups.setdefault(row[name], []).append(row)
        field = self.member_ids._fields[name]
        # sudo: names only, of whatever the customers were sorted by
        records = self.env[field.comodel_name].sudo().browse([key for key in groups if key])
        labels = {record.id: record.display_name for record in records.exists()}
        lines = [
            self._get_breakdown_line(labels.get(key) or self.env._("None"), groups[key])
            for key in sorted(groups, key=lambda key: -len(groups[key]))
        ]
        return {"title": field._description_string(self.env), "name": name, "lines": lines}

    def _get_breakdown_line(self, label, rows):
        """Return one line of a breakdown."""
        by_arm = {arm: [row for row in rows if row["arm"] == arm] for arm in ARMS}
        return {
            "label": label,
            **{
                f"{arm}_{key}": value
                for arm in ARMS
                for key, value in (
                    ("customers", len(by_arm[arm])),
                    ("returned", sum(bool(row["return_date"]) for row in by_arm[arm])),
                )
            },
            "revenue": self.currency_id.format(float(sum(r["revenue"] for r in by_arm["treatment"]))),
            "cost": self.currency_id.format(sum(r["cost"] for r in by_arm["treatment"])),
            "returns": self._get_bar(self._compare_returns(by_arm), 100, self._format_points),
        }

    def _get_second_lifetime(self, today):
        """Return how those who returned went on, by arm and days since the return."""
        subjects = self._get_subjects_query(today, None)
        outcome = self.env["winback.outcome"]
        partners = self.member_ids.partner_id
        returns = SQL(
            """
            WITH winback_run_order AS MATERIALIZED (%(orders)s)
            SELECT s.arm, s.partner_id, s.reason_id, r.return_date
              FROM (%(subjects)s) s JOIN (%(returns)s) r ON r.id = s.id
             WHERE r.return_date IS NOT NULL
            """,
            orders=self._get_orders_query(today),
            subjects=subjects,
            returns=outcome._get_returns_query(self.company_id, subjects, today, partners),
        )
        rows = outcome._get_second_lifetime(self.company_id, returns, today, partners)
        labels = dict(self.member_ids._fields["arm"]._description_selection(self.env))
        for row in rows:
            row["label"] = labels[row["arm"]]
            for name in ("revenue", "margin"):
                row[name] = self.currency_id.format(float(row[name]))
        return rows

import logging
from datetime import timedelta

from odoo import api, models
from odoo.tools import SQL

from ..tools.dates import month_ends

_logger = logging.getLogger(__name__)

MONTHS = 24


class WinbackHistory(models.AbstractModel):
    """Reconstruct the last 24 month-ends from the documents.

    How it works. For each month-end, oldest first, the engine runs as of that day;
    what differs from the state that the transitions so far tell is written as a
    transition within that month, on the exact day where the facts tell it. The last
    step joins the history to the live status. Each month is a transaction of its
    own: an interrupted reconstruction goes on with the next month.
    """

    _name = "winback.history"
    _description = "Win-Back: Reconstruction of the History"

    @api.model
    def _restart(self, companies):
        """Forget the last 24 months of `companies`, and begin again soon.

        What lies before them stays as it was recorded. What was recorded within them
        goes too: a change of the settings would not fit to it.
        """
        for company in companies:
            first = month_ends(company._winback_today(), MONTHS)[0].replace(day=1)
            self.env.cr.execute(
                SQL(
                    """DELETE FROM winback_transition WHERE company_id = %s
                          AND (date >= %s OR reconstructed)""",
                    company.id,
                    first,
                )
            )
        self.env["winback.transition"].invalidate_model(flush=False)
        companies.write({"winback_history_date": False, "winback_history_start": False})
        self.env.ref("winback_lost_customers.ir_cron_winback_history")._trigger()

    @api.model
    def _get_missing_month_ends(self, company):
        """Return the month-ends still to be reconstructed, oldest first.

        After a finished reconstruction there are none: the runs of the nights since
        have written the history themselves.
        """
        today = company._winback_today()
        wanted = month_ends(today, MONTHS)
        done = company.winback_history_date
        if not done:
            return wanted
        if self._is_joined(company):
            return []
        return [day for day in wanted if day > done]

    @api.model
    def _is_joined(self, company):
        """Tell whether the last month-end before today's month was reached once."""
        done = company.winback_history_date
        started = company.winback_history_start
        return bool(done and started and done >= started)

    @api.model
    def _get_begin(self, company):
        """Return the first day on which the history tells of every customer in which state
        it was; None while it is still being rebuilt."""
        if not self._is_joined(company):
            return None
        return month_ends(company.winback_history_start + timedelta(days=1), MONTHS)[0]

    @api.model
    def _reconstruct(self, company, day):
        """Write the transitions of the month that ends on `day`."""
        self.env["winback.engine"]._run_as_of(company, day)
        if not company.winback_history_date:
            company.winback_history_start = month_ends(company._winback_today(), 1)[0]
        self._insert_states(company, day, SQL("winback_run_status"))
        self._insert_classes(company, day)
        self._insert_letters(company, day, SQL("winback_run_status"))
        company.winback_history_date = day
        if self._is_joined(company):
            self._join_live(company)
        self.env["winback.transition"]._link_to_status(company)
        self.env["winback.transition"].invalidate_model(flush=False)

    @api.model
    def _get_known_query(self, company, column, day, kind):
        """Return `partner_id` and the `column` that the transitions tell for `day`."""
        return SQL(
            """
            SELECT DISTINCT ON (partner_id) partner_id, %s AS known
              FROM winback_transition
             WHERE company_id = %s AND kind = %s AND date <= %s
             ORDER BY partner_id, date DESC, id DESC
            """,
            SQL.identifier(column),
            company.id,
            kind,
            day,
        )

    @api.model
    def _insert_states(self, company, day, source):
        """Insert the states of `source` that differ from what is known on `day`.

        The date is the one that the facts tell, moved into the month where something
        was known of the customer before: then the month before had not seen it yet.
        """
        changes = SQL(
            """
            SELECT r.partner_id, k.known AS old, r.state AS new, r.user_id, r.team_id,
                   r.amount_active_year,
                   LEAST(%(day)s, CASE WHEN k.known IS NULL THEN r.new_since
                                       ELSE GREATEST(r.new_since, %(start)s) END) AS date
              FROM %(source)s r
              LEFT JOIN (%(known)s) k ON k.partner_id = r.partner_id
             WHERE k.known IS DISTINCT FROM r.state
            """,
            day=day,
            start=day.replace(day=1),
            source=source,
            known=self._get_known_query(company, "to_state", day, "state"),
        )
        self.env["winback.transition"]._insert_changes(company, "state", changes, True)

    @api.model
    def _insert_classes(self, company, day):
        """Insert the value classes that differ from what is known on `day`."""
        changes = SQL(
            """
            SELECT r.partner_id, %(day)s AS date, k.known AS old, r.value_class_id AS new,
                   r.user_id, r.team_id, r.amount_active_year
              FROM winback_run_status r
              LEFT JOIN (%(known)s) k ON k.partner_id = r.partner_id
             WHERE r.value_class_id IS NOT NULL
               AND k.known IS DISTINCT FROM r.value_class_id
            """,
            day=day,
            known=self._get_known_query(company, "to_class_id", day, "class"),
        )
        self.env["winback.transition"]._insert_changes(company, "class", changes, True)

    @api.model
    def _insert_letters(self, company, day, source):
        """Insert the classes in ABC-XYZ of `source` that differ from what is known on
        `day`. They are those of complete months, hence of the first of the month."""
        changes = SQL(
            """
            SELECT r.partner_id, %(first)s AS date, k.known AS old, r.abc_xyz AS new,
                   r.user_id, r.team_id, r.amount_active_year
              FROM %(source)s r
              LEFT JOIN (%(known)s) k ON k.partner_id = r.partner_id
             WHERE r.abc_xyz IS NOT NULL AND k.known IS DISTINCT FROM r.abc_xyz
            """,
            first=day.replace(day=1),
            source=source,
            known=self._get_known_query(company, "to_abc_xyz", day, "abc"),
        )
        self.env["winback.transition"]._insert_changes(company, "abc", changes, True)

    @api.model
    def _join_live(self, company):
        """Insert what changed between the last month-end and the live status, and
        let the live status know since when a state that lasts has lasted."""
        live = SQL(
            """
            (SELECT partner_id, state, abc_xyz, user_id, team_id, amount_active_year,
                    state_since AS new_since
               FROM winback_status WHERE company_id = %s)
            """,
            company.id,
        )
        self._insert_states(company, company._winback_today(), live)
        self._insert_letters(company, company._winback_today(), live)
        self.env.cr.execute(
            SQL(
                """
                UPDATE winback_status s SET state_since = k.date
                  FROM (SELECT DISTINCT ON (partner_id) partner_id, to_state, date
                          FROM winback_transition
                         WHERE company_id = %(company)s AND kind = 'state'
                         ORDER BY partner_id, date DESC, id DESC) k
                 WHERE s.company_id = %(company)s AND s.partner_id = k.partner_id
                   AND s.state = k.to_state AND s.state_since > k.date
                """,
                company=company.id,
            )
        )
        self.env["winback.status"].invalidate_model(["state_since"], flush=False)

    # ------------------------------------------------------------------
    # Scheduled action
    # ------------------------------------------------------------------

    @api.model
    def _cron_reconstruct(self):
        """Reconstruct the missing month-ends of all companies, one after the other."""
        steps = [
            (company, day)
            for company in self.env["res.company"].search([("active", "=", True)])
            for day in self._get_missing_month_ends(company)
        ]
        progress = self.env["ir.cron"]
        progress._commit_progress(remaining=len(steps))
        for company, day in steps:
            self.with_company(company)._reconstruct(company, day)
            _logger.info("Win-back history of %s: %s", company.name, day)
            if not progress._commit_progress(1):
                break

    @api.model
    def _get_progress(self, company):
        """Return (month-ends done, month-ends in all) of the reconstruction."""
        return MONTHS - len(self._get_missing_month_ends(company)), MONTHS

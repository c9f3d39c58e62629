from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .winback_case import OPEN_STATES

# cases that a sign is trusted for before anything is known of it
TRUST_STRENGTH = 10


class WinbackDismissalReason(models.Model):
    """Why a customer who was flagged is not to be won back now."""

    _name = "winback.dismissal.reason"
    _description = "Win-Back Reason of Dismissal"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(copy=False)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    is_against_sign = fields.Boolean(
        string="Signs Were Wrong",
        help="The signs that flagged the customer weigh less for its class from then on.",
    )
    snooze_days = fields.Integer(
        string="Leave Alone For (days)",
        help="Proposed when somebody is dismissed for this reason. Zero: the quiet time of "
        "the settings, which ends early when a new sign appears.",
    )

    _code_uniq = models.Constraint("UNIQUE(code)", "Two reasons cannot have the same code.")
    _snooze_days_range = models.Constraint(
        "CHECK (snooze_days BETWEEN 0 AND 3650)",
        "Customers are left alone for 0 to 3,650 days.",
    )


class WinbackDismissal(models.Model):
    """A decision not to win a customer back now, with the signs that had flagged it.

    Two things are learned from it. The customer stays out of the work lists until
    `snooze_until`, or without that date for the company's quiet time, which ends early
    when a sign appears that was not there. And where the reason says that the signs were
    wrong, they weigh less in the ranking for the customer's class: of `shown` flagged
    customers of the class and `wrong` dismissals, a sign keeps the trust
    1 - wrong / (shown + 10), and the expected profit by which customers are ranked is
    multiplied by the mean trust of the signs that hold, weighted by their points.
    """

    _name = "winback.dismissal"
    _description = "Win-Back Dismissal"
    _order = "date desc, id desc"
    _rec_name = "partner_id"

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, index=True, ondelete="cascade")
    case_id = fields.Many2one("winback.case", index="btree_not_null", ondelete="set null")
    reason_id = fields.Many2one(
        "winback.dismissal.reason", required=True, ondelete="restrict"
    )
    note = fields.Text()
    date = fields.Date(required=True)
    snooze_until = fields.Date(string="Leave Alone Until")
    user_id = fields.Many2one(
        "res.users", string="Decided By", required=True, default=lambda self: self.env.user
    )
    value_class_id = fields.Many2one("winback.value.class", string="Class", ondelete="set null")
    sign_ids = fields.Many2many("winback.sign", string="Signs")

    @api.model
    def _dismiss(self, company, partners, reason, snooze_until=False, note=False):
        """Leave `partners` alone for `reason`; what is open for them is closed.

        :return: the dismissals
        """
        customers = partners.commercial_partner_id
        cases = self.env["winback.case"].search(
            Domain("partner_id", "in", customers.ids)
            & Domain("company_id", "=", company.id)
            & Domain("state", "in", OPEN_STATES)
        )
        decision = {"reason_id": reason.id, "snooze_until": snooze_until, "note": note}
        values = self._prepare_dismissal_values(company, customers, cases)
        if cases:
            cases._close("dismissed")
        return self.create([{**vals, **decision} for vals in values])

    @api.model
    def _prepare_dismissal_values(self, company, customers, cases):
        """Return what is known of each customer at this moment, as values."""
        statuses = self.env["winback.status"].with_context(active_test=False).search(
            Domain("partner_id", "in", customers.ids) & Domain("company_id", "=", company.id)
        )
        case_of = {case.partner_id: case for case in cases}
        status_of = {status.partner_id: status for status in statuses}
        values = []
        for customer in customers:
            status = status_of.get(customer, statuses.browse())
            case = case_of.get(customer, cases.browse())
            values.append(
                {
                    "partner_id": customer.id,
                    "company_id": company.id,
                    "case_id": case.id,
                    "date": company._winback_today(),
                    "value_class_id": (case.opening_class_id or status.value_class_id).id,
                    # what flagged the customer, and what is known by now
                    "sign_ids": (case.opening_sign_ids | status.evidence_ids.sign_id).ids,
                }
            )
        return values

    # ------------------------------------------------------------------
    # Learning
    # ------------------------------------------------------------------

    @api.model
    def _get_trust(self, company):
        """Return {(id of sign, id of class or False): trust (0-1)} of signs that were
        dismissed as wrong; all others are trusted."""
        return {
            (sign_id, class_id or False): 1 - wrong / (shown + TRUST_STRENGTH)
            for sign_id, class_id, shown, wrong in self._get_sign_counts(company)
            if wrong
        }

    @api.model
    def _get_sign_counts(self, companies):
        """Return (sign id, class id, shown, wrong): how often customers of a class were
        flagged by a sign and put before somebody, and dismissed as flagged wrongly."""
        for model in ("winback.case", "winback.dismissal", "winback.dismissal.reason"):
            self.env[model].flush_model()
        return self.env.execute_query(
            SQL(
                """
                SELECT sign_id, value_class_id, sum(shown)::integer, sum(wrong)::integer
                  FROM (SELECT r.winback_sign_id AS sign_id,
                               c.opening_class_id AS value_class_id, 1 AS shown, 0 AS wrong
                          FROM winback_case c
                          JOIN %(case_signs)s r ON r.winback_case_id = c.id
                         WHERE c.company_id = ANY(%(companies)s)
                         UNION ALL
                        SELECT r.winback_sign_id, d.value_class_id,
                               CASE WHEN d.case_id IS NULL THEN 1 ELSE 0 END,
                               CASE WHEN n.is_against_sign THEN 1 ELSE 0 END
                          FROM winback_dismissal d
                          JOIN %(dismissal_signs)s r ON r.winback_dismissal_id = d.id
                          JOIN winback_dismissal_reason n ON n.id = d.reason_id
                         WHERE d.company_id = ANY(%(companies)s)) flagged
                 GROUP BY sign_id, value_class_id
                """,
                case_signs=self._get_relation("winback.case", "opening_sign_ids"),
                dismissal_signs=self._get_relation("winback.dismissal", "sign_ids"),
                companies=companies.ids,
            )
        )

    @api.model
    def _get_relation(self, model, name):
        """Return the SQL name of the table behind a many2many field."""
        return SQL.identifier(self.env[model]._fields[name].relation)


class WinbackSign(models.Model):
    """How often a sign was dismissed as wrong."""

    _inherit = "winback.sign"

    shown_count = fields.Integer(
        string="Put Before Somebody",
        compute="_compute_dismissals",
        help="Customers with this sign who became cases or were dismissed.",
    )
    dismissed_share = fields.Float(
        string="Dismissed as Wrong",
        compute="_compute_dismissals",
        help="Of the customers with this sign who became cases or were dismissed, the share "
        "for whom somebody said that the signs were wrong.",
    )

    @api.depends_context("allowed_company_ids")
    def _compute_dismissals(self):
        totals = {}
        # sudo: a share of all, whoever's customers they were
        rows = self.env["winback.dismissal"].sudo()._get_sign_counts(self.env.companies)
        for sign_id, _class_id, shown, wrong in rows:
            before = totals.get(sign_id, (0, 0))
            totals[sign_id] = before[0] + shown, before[1] + wrong
        for sign in self:
            shown, wrong = totals.get(sign._origin.id, (0, 0))
            sign.shown_count = shown
            sign.dismissed_share = wrong / shown if shown else 0

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

PERIOD_DAYS = 365


class WinbackLoyaltyReport(models.Model):
    """One row per customer: in which ways it has been loyal within a year.

    Each kind is 100 or 0, so that an average over a class is a share. Contact: it gets in
    touch with us. Feedback: it answers polls. Financial: it buys. Referral: it recommends us.
    """

    _name = "winback.loyalty.report"
    _description = "Win-Back Kinds of Loyalty"
    _inherit = ["winback.money.mixin"]
    _auto = False
    _rec_name = "partner_id"
    _order = "kinds desc, amount_year desc, id"

    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    status_id = fields.Many2one("winback.status", string="Win-Back Page", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    user_id = fields.Many2one("res.users", string="Salesperson", readonly=True)
    team_id = fields.Many2one("crm.team", string="Sales Team", readonly=True)
    value_class_id = fields.Many2one("winback.value.class", string="Class", readonly=True)
    state = fields.Selection(
        selection=lambda self: self.env["winback.status"]._get_states(), readonly=True
    )
    contact = fields.Float(string="Contact (%)", readonly=True, aggregator="avg", digits=(5, 0))
    feedback = fields.Float(string="Feedback (%)", readonly=True, aggregator="avg", digits=(5, 0))
    financial = fields.Float(string="Financial (%)", readonly=True, aggregator="avg", digits=(5, 0))
    referral = fields.Float(string="Referral (%)", readonly=True, aggregator="avg", digits=(5, 0))
    kinds = fields.Integer(string="Kinds of Loyalty", readonly=True, aggregator="avg")
    asked_count = fields.Integer(string="Asked", readonly=True)
    answered_count = fields.Integer(string="Answered", readonly=True)
    amount_year = fields.Monetary(string="Sales in 365 Days", readonly=True)
    has_exception = fields.Boolean(string="Class by Exception", readonly=True)

    @property
    def _table_query(self):
        """Return the statement behind the rows, as of today."""
        since = fields.Date.subtract(fields.Date.today(), days=PERIOD_DAYS)
        return SQL(
            """
            SELECT k.*, (k.contact + k.feedback + k.financial + k.referral)::integer / 100 AS kinds
              FROM (SELECT s.id, s.id AS status_id, s.partner_id, s.company_id, company.currency_id, s.user_id,
                           s.team_id, s.value_class_id, s.state, s.amount_year,
                           s.class_override_id IS NOT NULL AS has_exception,
                           CASE WHEN s.last_inquiry_date > %(since)s THEN 100.0 ELSE 0 END AS contact,
                           CASE WHEN answer.number > 0 THEN 100.0 ELSE 0 END AS feedback,
                           CASE WHEN s.last_order_date > %(since)s THEN 100.0 ELSE 0 END AS financial,
                           CASE WHEN answer.is_referral THEN 100.0 ELSE 0 END AS referral,
                           COALESCE(asked.number, 0) AS asked_count,
                           COALESCE(answer.number, 0) AS answered_count
                      FROM winback_status s
                      JOIN res_company company ON company.id = s.company_id
                      LEFT JOIN (SELECT company_id, partner_id, count(*) AS number,
                                        bool_or(is_referral) AS is_referral
                                   FROM winback_poll_answer WHERE date > %(since)s GROUP BY 1, 2) answer
                             ON answer.partner_id = s.partner_id AND answer.company_id = s.company_id
                      LEFT JOIN (SELECT company_id, partner_id, count(*) AS number
                                   FROM winback_poll_invitation
                                  WHERE date_sent > %(since)s AND state != 'excluded' GROUP BY 1, 2) asked
                             ON asked.partner_id = s.partner_id AND asked.company_id = s.company_id
                     WHERE s.active AND s.state IS NOT NULL) k
            """,
            since=since,
        )

    def action_keep_exception(self):
        """Let customers who recommend us or answer us keep their class, whatever they buy: who
        would be in the last one counts for the one above it."""
        for row in self:
            if not (row.referral or row.feedback):
                raise UserError(
                    self.env._("%s neither recommends us nor answers us.", row.partner_id.display_name)
                )
            row._keep_exception()
        return True

    def _keep_exception(self):
        """Write the exception on the customer's page, unless there is one."""
        self.ensure_one()
        status = self.status_id
        if status.class_override_id:
            return
        classes = self.env["winback.value.class"]._get_classes(self.company_id)
        kept = status.value_class_id if status.value_class_id in classes[:-1] else classes[-2:][:1]
        status.write(
            {
                "class_override_id": kept.id,
                "class_override_reason": "referral" if self.referral else "feedback",
            }
        )

from odoo import api, fields, models
from odoo.tools import SQL


class WinbackContactReport(models.Model):
    """One row per planned or done contact with a customer: was the plan kept?

    A contact is an activity of a type that belongs to a channel, on a case, a customer, a
    quotation or an opportunity.
    """

    _name = "winback.contact.report"
    _description = "Win-Back Contact Plan Analysis"
    _auto = False
    _order = "date_deadline desc, id desc"
    _rec_name = "partner_id"

    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    user_id = fields.Many2one("res.users", string="Whose Contact", readonly=True)
    activity_type_id = fields.Many2one("mail.activity.type", string="Type", readonly=True)
    case_id = fields.Many2one("winback.case", readonly=True)
    date_deadline = fields.Date(string="Planned For", readonly=True)
    date_done = fields.Date(string="Done On", readonly=True)
    kept = fields.Selection(
        [
            ("kept", "Done in Time"),
            ("late", "Done Late"),
            ("overdue", "Overdue"),
            ("planned", "Planned"),
        ],
        string="Plan",
        readonly=True,
    )
    kept_rate = fields.Float(
        string="Kept (%)",
        readonly=True,
        aggregator="avg",
        help="Share of contacts done in time, of those that were due.",
    )
    outcome = fields.Selection(
        selection=lambda self: self.env["mail.activity"]._fields["winback_outcome"]._description_selection(self.env),
        readonly=True,
    )

    @property
    def _table_query(self):
        """Return the statement behind the rows, as of today."""
        return SQL(
            """
            SELECT a.id, p.commercial_partner_id AS partner_id,
                   COALESCE(c.company_id, o.company_id, l.company_id, p.company_id) AS company_id,
                   a.user_id, a.activity_type_id, c.id AS case_id, a.date_deadline, a.date_done,
                   a.winback_outcome AS outcome, plan.kept,
                   CASE plan.kept WHEN 'kept' THEN 100.0 WHEN 'planned' THEN NULL ELSE 0.0 END
                       AS kept_rate
              FROM mail_activity a
              LEFT JOIN winback_case c ON a.res_model = 'winback.case' AND c.id = a.res_id
              LEFT JOIN sale_order o ON a.res_model = 'sale.order' AND o.id = a.res_id
              LEFT JOIN crm_lead l ON a.res_model = 'crm.lead' AND l.id = a.res_id
              JOIN res_partner p ON p.id = COALESCE(c.partner_id, o.partner_id, l.partner_id,
                   CASE WHEN a.res_model = 'res.partner' THEN a.res_id END)
             CROSS JOIN LATERAL (SELECT %(kept)s AS kept) plan
             WHERE a.activity_type_id IN (%(types)s)
            """,
            kept=self._get_kept_sql(),
            types=self._get_types_query(),
        )

    @api.model
    def _get_kept_sql(self):
        """Return the SQL that tells whether the plan was kept for activity `a`."""
        return SQL(
            """CASE WHEN a.date_done <= a.date_deadline THEN 'kept'
                    WHEN a.date_done IS NOT NULL THEN 'late'
                    WHEN a.date_deadline < %s THEN 'overdue' ELSE 'planned' END""",
            fields.Date.context_today(self),
        )

    @api.model
    def _get_types_query(self):
        """Return the activity types that are contacts: those of a channel, calls, meetings."""
        return SQL(
            """
            SELECT activity_type_id FROM winback_channel WHERE activity_type_id IS NOT NULL
             UNION SELECT id FROM mail_activity_type WHERE category IN ('phonecall', 'meeting')
            """
        )

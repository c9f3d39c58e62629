from odoo import api, fields, models
from odoo.tools import SQL

CALL_DAYS = 365  # a call or meeting older than this says little of the present


class WinbackCompletenessReport(models.Model):
    """One row per customer: are the data there on which detection and winning back live?

    Each figure is 100 or 0, so that an average over a salesperson's customers is a share.
    """

    _name = "winback.completeness.report"
    _description = "Win-Back Completeness of Data"
    _auto = False
    _rec_name = "partner_id"
    _order = "completeness, id"

    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    status_id = fields.Many2one("winback.status", string="Win-Back Page", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    user_id = fields.Many2one("res.users", string="Salesperson", readonly=True)
    team_id = fields.Many2one("crm.team", string="Sales Team", readonly=True)
    value_class_id = fields.Many2one("winback.value.class", string="Class", readonly=True)
    state = fields.Selection(
        selection=lambda self: self.env["winback.status"]._get_states(), readonly=True
    )
    has_person = fields.Float(
        string="Person Known (%)",
        readonly=True,
        aggregator="avg",
        help="At least one person at the customer is known and not archived.",
    )
    has_phone = fields.Float(string="Phone (%)", readonly=True, aggregator="avg")
    has_email = fields.Float(
        string="E-mail (%)", readonly=True, aggregator="avg", help="An address that does not bounce."
    )
    has_talk = fields.Float(
        string="Talk Logged (%)",
        readonly=True,
        aggregator="avg",
        help="A call or meeting was logged in the last year.",
    )
    has_reason = fields.Float(
        string="Reason Known (%)",
        readonly=True,
        aggregator="avg",
        help="Of the lost: a case says why they left.",
    )
    is_out_of_reach = fields.Float(
        string="Out of Reach (%)",
        readonly=True,
        aggregator="avg",
        help="Of the lost: neither a phone number nor a working address is left.",
    )
    completeness = fields.Float(
        string="Complete (%)",
        readonly=True,
        aggregator="avg",
        help="Mean of person, phone, e-mail and talk.",
    )

    @property
    def _table_query(self):
        """Return the statement behind the rows, as of today."""
        return SQL(
            """
            SELECT s.id, s.id AS status_id, s.partner_id, s.company_id, s.user_id, s.team_id,
                   s.value_class_id, s.state, known.person AS has_person, known.phone AS has_phone,
                   known.email AS has_email, known.talk AS has_talk,
                   CASE WHEN s.state IN ('lost', 'gone') THEN known.reason END AS has_reason,
                   CASE WHEN s.state IN ('lost', 'gone')
                        THEN 100.0 - GREATEST(known.phone, known.email) END AS is_out_of_reach,
                   (known.person + known.phone + known.email + known.talk) / 4 AS completeness
              FROM winback_status s
              LEFT JOIN (%(addresses)s) address ON address.partner_id = s.partner_id
              LEFT JOIN (%(talks)s) talk ON talk.partner_id = s.partner_id
              LEFT JOIN (%(reasons)s) reason ON reason.partner_id = s.partner_id
                   AND reason.company_id = s.company_id
             CROSS JOIN LATERAL (
                   SELECT CASE WHEN address.person THEN 100.0 ELSE 0.0 END AS person,
                          CASE WHEN address.phone THEN 100.0 ELSE 0.0 END AS phone,
                          CASE WHEN address.email THEN 100.0 ELSE 0.0 END AS email,
                          CASE WHEN talk.partner_id IS NULL THEN 0.0 ELSE 100.0 END AS talk,
                          CASE WHEN reason.partner_id IS NULL THEN 0.0 ELSE 100.0 END AS reason
                   ) known
             WHERE s.active AND s.state NOT IN ('excluded', 'prospect')
            """,
            addresses=self._get_addresses_query(),
            talks=self._get_talks_query(),
            reasons=SQL(
                """SELECT DISTINCT partner_id, company_id FROM winback_case
                    WHERE reason_id IS NOT NULL OR customer_reason_id IS NOT NULL"""
            ),
        )

    @api.model
    def _get_addresses_query(self):
        """Return by customer whether a person, a phone number and a working address are
        known, of the organisation or anybody there."""
        return SQL(
            """
            SELECT commercial_partner_id AS partner_id,
                   bool_or(active AND NOT is_company AND name IS NOT NULL
                           AND COALESCE(type, 'contact') = 'contact') AS person,
                   bool_or(active AND COALESCE(phone, '') != '') AS phone,
                   bool_or(active AND email_normalized IS NOT NULL
                           AND COALESCE(message_bounce, 0) = 0) AS email
              FROM res_partner WHERE commercial_partner_id IN (SELECT partner_id FROM winback_status)
             GROUP BY commercial_partner_id
            """
        )

    @api.model
    def _get_talks_query(self):
        """Return the customers with whom somebody talked within the last year."""
        return SQL(
            """
            SELECT DISTINCT p.commercial_partner_id AS partner_id
              FROM mail_activity a
              JOIN mail_activity_type t ON t.id = a.activity_type_id
                   AND t.category IN ('phonecall', 'meeting')
              LEFT JOIN winback_case c ON a.res_model = 'winback.case' AND c.id = a.res_id
              LEFT JOIN sale_order o ON a.res_model = 'sale.order' AND o.id = a.res_id
              LEFT JOIN crm_lead l ON a.res_model = 'crm.lead' AND l.id = a.res_id
              JOIN res_partner p ON p.id = COALESCE(c.partner_id, o.partner_id, l.partner_id,
                   CASE WHEN a.res_model = 'res.partner' THEN a.res_id END)
             WHERE a.date_done >= %s AND a.winback_outcome IS DISTINCT FROM 'not_reached'
            """,
            fields.Date.subtract(fields.Date.context_today(self), days=CALL_DAYS),
        )

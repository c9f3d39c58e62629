from odoo import api, fields, models
from odoo.addons.base.models.res_partner import _lang_get

# who has been asked and may still answer
OPEN_STATES = ("sent", "reminded")


class WinbackPollInvitation(models.Model):
    """One customer of one poll: who is asked, in which language, and how far it came; or
    why it is not asked. Written by the system only."""

    _name = "winback.poll.invitation"
    _description = "Win-Back Poll Invitation"
    _order = "poll_id desc, id"
    _rec_name = "partner_id"

    poll_id = fields.Many2one("winback.poll", required=True, readonly=True, ondelete="cascade")
    kind = fields.Selection(related="poll_id.kind")
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, readonly=True, index=True, ondelete="cascade"
    )
    contact_id = fields.Many2one(
        "res.partner", readonly=True, index="btree_not_null", ondelete="set null",
        help="Who dealt with us, as far as the documents tell.",
    )  # fmt: skip
    email = fields.Char(readonly=True)
    lang = fields.Selection(_lang_get, string="Language", readonly=True)
    access_token = fields.Char(readonly=True, required=True, copy=False, groups="base.group_system")
    state = fields.Selection(
        [
            ("deferred", "Waiting"),
            ("prepared", "To Be Asked"),
            ("sent", "Asked"),
            ("reminded", "Reminded"),
            ("answered", "Answered"),
            ("expired", "Not Answered"),
            ("excluded", "Not Asked"),
        ],
        required=True,
        readonly=True,
        group_expand=True,
    )
    reason = fields.Selection(selection="_get_reasons", string="Why Not", readonly=True)
    # roles of `survey.question`, one after the other
    is_asked_about = fields.Char(readonly=True)
    asked_about = fields.Char(
        compute="_compute_asked_about", help="Departments from which the customer got something."
    )
    document_date = fields.Date(string="Last Document", readonly=True)
    order_id = fields.Many2one(
        "sale.order", string="Order or Quotation", readonly=True, index="btree_not_null", ondelete="set null"
    )
    case_id = fields.Many2one(
        "winback.case", readonly=True, index="btree_not_null", ondelete="set null"
    )
    user_id = fields.Many2one("res.users", string="Salesperson", readonly=True)
    team_id = fields.Many2one("crm.team", string="Sales Team", readonly=True)
    value_class_id = fields.Many2one("winback.value.class", string="Class", readonly=True, ondelete="set null")

    user_input_id = fields.Many2one(
        "survey.user_input", string="Answer Sheet", readonly=True, index="btree_not_null", ondelete="set null"
    )
    # gone when it was sent
    mail_id = fields.Many2one("mail.mail", readonly=True, index="btree_not_null", ondelete="set null")
    date_sent = fields.Datetime(string="Asked On", readonly=True)
    date_reminded = fields.Datetime(string="Reminded On", readonly=True)
    date_answered = fields.Datetime(string="Answered On", readonly=True)

    _poll_partner_uniq = models.Constraint(
        "UNIQUE(poll_id, partner_id)", "A customer is asked once in a poll."
    )
    _token_uniq = models.Constraint("UNIQUE(access_token)", "Tokens are not used twice.")
    _todo_idx = models.Index("(poll_id, state)")
    _sent_idx = models.Index("(company_id, date_sent) WHERE date_sent IS NOT NULL")

    @api.depends("is_asked_about")
    @api.depends_context("lang")
    def _compute_asked_about(self):
        labels = dict(self.env["winback.poll.score"]._get_departments())
        for invitation in self:
            roles = invitation._get_asked_about()
            invitation.asked_about = ", ".join(label for role, label in labels.items() if role in roles)

    @api.model
    def _get_reasons(self):
        """Return why somebody is not asked, or not now, as pairs for a selection."""
        return [
            *self.env["winback.contact.policy"]._get_reason_labels().items(),
            ("cooldown", self.env._("Asked not long ago")),
            ("held_out", self.env._("In the control group of a campaign")),
            ("duplicate", self.env._("Same address as another customer")),
            ("budget", self.env._("Beyond the budget")),
            ("moved", self.env._("The contact belongs to another organisation now")),
            ("undeliverable", self.env._("The mail could not be delivered")),
            ("manual", self.env._("Left out by hand")),
            ("carried", self.env._("Passed on to the next poll")),
        ]

    def action_exclude(self):
        """Leave these customers out, by hand."""
        self.check_access("read")
        self.poll_id.check_access("write")
        waiting = self.filtered(lambda invitation: invitation.state in ("prepared", "deferred"))
        # sudo: invitations are the system's; whether the user may has just been checked
        waiting.sudo().write({"state": "excluded", "reason": "manual"})

    def action_include(self):
        """Ask who was left out by hand after all."""
        self.check_access("read")
        self.poll_id.check_access("write")
        left_out = self.filtered(lambda i: i.state == "excluded" and i.reason == "manual")
        # sudo: as above
        left_out.sudo().write({"state": "prepared", "reason": False})

    def _get_asked_about(self):
        """Return the roles of what the customer got."""
        self.ensure_one()
        return (self.is_asked_about or "").split(",")

    def _get_start_url(self):
        """Return the address at which the customer answers."""
        self.ensure_one()
        # sudo: a mail has the token, whoever sends it
        return f"{self.get_base_url()}{self.sudo().user_input_id.get_start_url()}"

    def _get_opt_out_url(self):
        """Return the address at which the customer wishes for no more polls."""
        self.ensure_one()
        # sudo: as above
        return f"{self.get_base_url()}/winback/poll/opt-out/{self.sudo().access_token}"

    def _opt_out(self):
        """Send this address no more mails, whoever wants to write to it."""
        self.ensure_one()
        address = self.contact_id.email_normalized or self.email
        if address:
            self.env["mail.blacklist"]._add(
                address, message=self.env._("Opted out of polls by the link in a mail.")
            )
        if self.state in ("deferred", "prepared"):
            self.write({"state": "excluded", "reason": "opted_out"})

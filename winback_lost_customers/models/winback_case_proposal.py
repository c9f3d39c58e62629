from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from .winback_case import OPEN_STATES

FIGURES = ("sequence", "channel_id", "by_reason", "sign_count", "by_class")
AMOUNTS = {"rate": 4, "break_even": 4, "cost": 2, "profit": 2}


class WinbackCaseProposal(models.Model):
    """A method that fits a case, with what it is expected to bring there.

    Reckoned when the case is opened, when its reason changes, once a day, and on demand;
    written by the system only. Which one is taken is for whoever works on the case.
    """

    _name = "winback.case.proposal"
    _description = "Win-Back Method Proposed"
    _order = "case_id, sequence, id"
    _rec_name = "method_id"

    case_id = fields.Many2one("winback.case", required=True, ondelete="cascade")
    currency_id = fields.Many2one(related="case_id.currency_id")
    sequence = fields.Integer(readonly=True)
    method_id = fields.Many2one(
        "winback.method", required=True, readonly=True, index=True, ondelete="cascade"
    )
    channel_id = fields.Many2one("winback.channel", readonly=True, ondelete="cascade")
    offer_id = fields.Many2one(related="method_id.offer_id")
    missing = fields.Char(related="method_id.offer_id.missing")
    by_reason = fields.Boolean(string="For the Reason", readonly=True)
    sign_count = fields.Integer(string="Signs", readonly=True)
    by_class = fields.Boolean(string="For the Class", readonly=True)
    fit = fields.Char(compute="_compute_fit", string="Why It Fits")
    is_chosen = fields.Boolean(compute="_compute_is_chosen")

    rate = fields.Float(
        string="Expected Return",
        digits=(5, 4),
        readonly=True,
        groups="winback_lost_customers.group_winback_margin",
        help="Share of such customers who order within the horizon if treated so.",
    )
    break_even = fields.Float(
        string="Break-Even",
        digits=(5, 4),
        readonly=True,
        groups="winback_lost_customers.group_winback_margin",
        help="Share that must order so that nothing is lost. Empty: the margin is not known, "
        "or no share would be enough.",
    )
    cost = fields.Monetary(
        string="Expected Cost",
        readonly=True,
        groups="winback_lost_customers.group_winback_margin",
        help="One contact, and the offer with the chance that it is used.",
    )
    profit = fields.Monetary(
        string="Expected Profit",
        readonly=True,
        groups="winback_lost_customers.group_winback_margin",
        help="What this method is expected to bring beyond not trying, after its cost.",
    )

    _method_uniq = models.Constraint(
        "UNIQUE(case_id, method_id)", "A method is proposed once for a case."
    )

    @api.depends("by_reason", "sign_count", "by_class")
    @api.depends_context("lang")
    def _compute_fit(self):
        for proposal in self:
            words = [
                proposal.by_reason and self.env._("the reason"),
                proposal.sign_count == 1 and self.env._("1 sign"),
                proposal.sign_count > 1 and self.env._("%s signs", proposal.sign_count),
                proposal.by_class and self.env._("the class"),
            ]
            proposal.fit = ", ".join(filter(None, words))

    @api.depends(
        "case_id.method_id", "case_id.channel_id", "case_id.offer_id", "method_id", "channel_id"
    )
    def _compute_is_chosen(self):
        for proposal in self:
            proposal.is_chosen = proposal._is_taken_by(proposal.case_id)

    def _is_taken_by(self, case):
        """Tell whether `case` works with just what is proposed here."""
        return (
            case.method_id == self.method_id
            and case.channel_id == self.channel_id
            and case.offer_id == self.offer_id
        )

    def action_choose(self):
        """Work with this method, its channel and its offer."""
        self.ensure_one()
        case = self.case_id
        case.check_access("write")
        if case.state not in OPEN_STATES:
            raise UserError(self.env._("The case of %s is closed.", case.name))
        case.write(self._prepare_case_values())

    def _prepare_case_values(self):
        """Return what a case that follows the proposal works with."""
        return {
            "method_id": self.method_id.id,
            "channel_id": self.channel_id.id,
            "offer_id": self.offer_id.id,
        }

    # ------------------------------------------------------------------
    # Reckoning
    # ------------------------------------------------------------------

    @api.model
    def _refresh(self, cases):
        """Reckon the proposals of `cases` again, and write what differs."""
        self._store(cases, self.env["winback.method"]._propose_all(cases))

    @api.model
    def _store(self, cases, proposals):
        """Bring the proposals of `cases` in line with `proposals`, as `_propose_all`
        returns them."""
        # sudo: nobody writes proposals, see the class
        known = self.sudo().search(Domain("case_id", "in", cases.ids))
        rows = {(row.case_id.id, row.method_id.id): row for row in known}
        new = []
        for case in cases:
            for sequence, proposal in enumerate(proposals[case.id], 1):
                vals = self._prepare_values(case, sequence, proposal)
                row = rows.pop((case.id, proposal.method.id), None)
                if row is None:
                    new.append(vals)
                elif changed := row._get_changes(vals):
                    row.write(changed)
        known.browse([row.id for row in rows.values()]).unlink()
        known.create(new)

    @api.model
    def _prepare_values(self, case, sequence, proposal):
        """Return the values of the row of one `Proposal`."""
        by_reason, signs, by_class = proposal.fit
        figures = proposal.outlook._asdict()
        return {
            "case_id": case.id,
            "method_id": proposal.method.id,
            "channel_id": proposal.channel.id,
            "sequence": sequence,
            "by_reason": bool(by_reason),
            "sign_count": signs,
            "by_class": bool(by_class),
            **{name: round(figures[name], digits) for name, digits in AMOUNTS.items()},
        }

    def _get_changes(self, vals):
        """Return those of `vals` that differ from what the row has."""
        self.ensure_one()
        have = {
            **{name: self[name] for name in FIGURES if name != "channel_id"},
            "channel_id": self.channel_id.id,
            **{name: round(self[name], digits) for name, digits in AMOUNTS.items()},
        }
        return {name: vals[name] for name in have if vals[name] != have[name]}


class WinbackCase(models.Model):
    """What is proposed on a case."""

    _inherit = "winback.case"

    proposal_ids = fields.One2many(
        "winback.case.proposal", "case_id", string="Methods That Fit", readonly=True
    )

    @api.onchange("method_id")
    def _onchange_method_id(self):
        """Take over channel and offer of the method that was chosen by hand."""
        if self.method_id:
            self.channel_id = self.method_id.channel_id or self.channel_id
            self.offer_id = self.method_id.offer_id

    def action_refresh_proposals(self):
        """Reckon again what each method that fits is expected to bring."""
        self.check_access("write")
        self.env["winback.case.proposal"]._refresh(self)

    def _propose_method(self):
        """Propose the methods that fit reason, signs and class best, and take the first
        one; what somebody has chosen already stays, what merely followed the proposal
        follows it again."""
        following = self.filtered(lambda case: case._follows_proposal())
        proposals = self.env["winback.method"]._propose_all(self)
        self.env["winback.case.proposal"]._store(self, proposals)
        for case in self:
            first = case.sudo().proposal_ids.sorted("sequence")[:1]  # sudo: only read
            if first and case in following:
                case.write(first._prepare_case_values())
            elif first and not case.method_id:
                case.method_id = first.method_id
                case.channel_id = case.channel_id or first.channel_id
                case.offer_id = case.offer_id or first.offer_id

    def _follows_proposal(self):
        """Tell whether the case works with just what was proposed first, and nothing was
        promised to the customer yet."""
        self.ensure_one()
        case = self.sudo()  # sudo: only read
        first = case.proposal_ids.sorted("sequence")[:1]
        return bool(first) and first._is_taken_by(case) and not case.grant_ids

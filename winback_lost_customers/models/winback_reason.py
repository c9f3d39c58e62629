from odoo import fields, models


class WinbackReason(models.Model):
    """Why a customer left, and what to do about it.

    The taxonomy is the company's to change. A reason carries the recommended tactic and
    the script of the first call; which channel and offer fit it is in `winback.method`.
    """

    _name = "winback.reason"
    _description = "Win-Back Reason of Loss"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(
        copy=False, help="Short name by which imports and other modules know the reason."
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    group = fields.Selection(
        [("nobody", "Nobody's Fault"), ("ours", "Ours"), ("competitor", "Competitors'")],
        required=True,
        default="ours",
    )
    is_recoverable = fields.Boolean(
        string="Can Be Won Back",
        default=True,
        help="Cases with any other reason are closed politely instead of being worked.",
    )
    retry_days = fields.Integer(
        string="Try Again After (days)",
        help="Proposed when a case with this reason is closed. Zero: not again.",
    )
    tactic = fields.Html(translate=True, help="What to do, for the one who works the case.")
    script = fields.Html(
        string="Call Script", translate=True, help="What to say, with answers to objections."
    )

    _code_uniq = models.Constraint("UNIQUE(code)", "Two reasons cannot have the same code.")

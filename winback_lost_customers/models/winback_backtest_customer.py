from odoo import fields, models


class WinbackBacktestCustomer(models.Model):
    """A customer at one month-end of a back-test: what was said, and how it came.

    While a back-test runs there is a row for each customer and month-end, written by one
    statement; what stays are the customers lost without warning: still there and flagged
    by nothing at the month-end, and then lost. One row for each silence, the first
    month-end of it.
    """

    _name = "winback.backtest.customer"
    _description = "Win-Back Back-Test: Customer"
    _order = "amount_active_year desc, id"
    _rec_name = "partner_id"

    backtest_id = fields.Many2one(
        "winback.backtest", required=True, ondelete="cascade", readonly=True
    )
    cutoff_id = fields.Many2one(
        "winback.backtest.cutoff", required=True, ondelete="cascade", readonly=True
    )
    date = fields.Date(related="cutoff_id.date", string="Month-End")
    company_id = fields.Many2one("res.company", required=True, ondelete="cascade", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, ondelete="cascade", readonly=True
    )
    status_id = fields.Many2one(
        "winback.status",
        ondelete="set null",
        readonly=True,
        help="Decides who may see this line: whoever may see the customer now.",
    )
    last_order_id = fields.Many2one(
        "sale.order", string="Last Order Document", ondelete="set null", readonly=True
    )
    last_order_date = fields.Date(
        string="Last Order", readonly=True, help="The last order that could be seen on the day."
    )
    silent_days = fields.Integer(string="Silent (days)", readonly=True, aggregator="avg")
    purchase_days = fields.Integer(readonly=True)
    amount_active_year = fields.Monetary(
        string="At Stake per Year",
        readonly=True,
        help="Untaxed sales of the last active year, as seen on the day.",
    )
    level = fields.Integer(
        string="Score",
        readonly=True,
        aggregator="avg",
        help="Points of the signs that held; 100 where one was critical.",
    )
    p_model = fields.Float(string="Probability", readonly=True, aggregator="avg")
    p_raw = fields.Float(string="Probability, Closed Form", readonly=True, aggregator="avg")
    sign_ids = fields.Json(readonly=True)
    is_living = fields.Boolean(readonly=True, help="Did not count as lost yet.")
    is_lost = fields.Boolean(readonly=True, help="Bought nothing in the horizon.")
    warned_date = fields.Date(
        string="First Flagged",
        readonly=True,
        help="The first later month-end of the same silence at which something was flagged; "
        "empty: never in the period of the back-test.",
    )
    current_state = fields.Selection(related="status_id.state", string="State Now")

    _note_idx = models.Index("(backtest_id, cutoff_id)")

    def action_open_customer(self):
        """Open the customer's win-back page; its contact where it has none any more."""
        self.ensure_one()
        record = self.status_id or self.partner_id
        return {
            "type": "ir.actions.act_window",
            "res_model": record._name,
            "res_id": record.id,
            "view_mode": "form",
        }

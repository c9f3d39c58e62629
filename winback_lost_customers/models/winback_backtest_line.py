from odoo import api, fields, models


class WinbackBacktestLine(models.Model):
    """How good one kind of warning was over all month-ends of a back-test.

    Flagged, rightly and missed count customers that were still there at a month-end,
    summed over the month-ends: somebody flagged at three of them counts three times. The
    areas under the curve and the errors of probabilities are means over the month-ends.
    """

    _name = "winback.backtest.line"
    _description = "Win-Back Back-Test: Warning"
    _order = "sequence, id"

    backtest_id = fields.Many2one(
        "winback.backtest", required=True, index=True, ondelete="cascade", readonly=True
    )
    company_id = fields.Many2one(related="backtest_id.company_id")
    sequence = fields.Integer(readonly=True)
    source = fields.Selection(
        [
            ("score", "Score"),
            ("model", "Probability"),
            ("raw", "Probability, closed form"),
            ("recency", "Plain rule: days of silence"),
            ("sign", "Sign"),
        ],
        required=True,
        readonly=True,
    )
    sign_id = fields.Many2one("winback.sign", ondelete="cascade", readonly=True)
    name = fields.Char(compute="_compute_name", string="Warning")
    threshold = fields.Float(
        readonly=True,
        aggregator=None,
        help="The score: as in the settings. The plain rule: the days that do best on this "
        "history. The probabilities: so that they give as many false alarms as the rule.",
    )
    threshold_text = fields.Char(compute="_compute_name", string="Flagged From")
    flagged = fields.Integer(readonly=True, help="Customers flagged, summed over the month-ends.")
    rightly = fields.Integer(readonly=True, help="Flagged, and bought nothing in the horizon.")
    missed = fields.Integer(readonly=True, help="Lost, and not flagged at the month-end.")
    precision = fields.Float(
        readonly=True, aggregator=None, help="Of 100 flagged, how many were lost."
    )
    recall = fields.Float(
        readonly=True, aggregator=None, help="Of 100 lost, how many had been flagged."
    )
    lead_days = fields.Float(
        string="Lead (days)",
        readonly=True,
        digits=(6, 1),
        aggregator=None,
        help="By how many days the first right flag came before that of the plain rule with "
        "as many false alarms, on average over the silences that both flagged rightly. "
        "Measured in month-ends. Below zero: later.",
    )
    lead_count = fields.Integer(
        string="Silences Compared", readonly=True, help="Silences that both flagged rightly."
    )
    auc = fields.Float(
        string="Ranking",
        readonly=True,
        digits=(5, 3),
        aggregator=None,
        help="Area under the ROC curve, customers with at least three days of purchase: of "
        "two customers, one lost and one not, how often the lost one ranks higher. .5 is "
        "chance, 1 is perfect.",
    )
    auc_early = fields.Float(
        string="Ranking, Early",
        readonly=True,
        digits=(5, 3),
        aggregator=None,
        help="The same among those whom the plain rule cannot see yet, because they have "
        "been silent for less than its days.",
    )
    is_probability = fields.Boolean(compute="_compute_name")
    brier = fields.Float(
        readonly=True,
        digits=(5, 3),
        aggregator=None,
        help="Mean square of what the probability was wrong by; 0 is perfect.",
    )
    ece = fields.Float(
        string="Calibration Error",
        readonly=True,
        digits=(5, 3),
        aggregator=None,
        help="By how much the probabilities differ from the shares that were really lost, on "
        "average: .05 means that “80 %” came true for 75 to 85 of 100.",
    )

    @api.depends("source", "sign_id", "threshold", "brier")
    def _compute_name(self):
        labels = dict(self._fields["source"]._description_selection(self.env))
        for line in self:
            sign = line.sign_id
            line.name = f"{sign.code} {sign.name}" if sign else labels.get(line.source, "")
            line.is_probability = line.source in ("model", "raw") and bool(line.brier)
            line.threshold_text = line._get_threshold_text()

    def _get_threshold_text(self):
        """Return the threshold with its unit."""
        if self.source == "recency":
            return self.env._("%s days", round(self.threshold))
        if self.source == "score":
            return self.env._("%s points", round(self.threshold))
        if self.source == "sign":
            return self.env._("as set")
        return f"{100 * self.threshold:.0f} %"

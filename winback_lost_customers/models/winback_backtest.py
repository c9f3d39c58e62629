import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from ..tools.backtest import get_cutoffs

_logger = logging.getLogger(__name__)

CRON = "winback_lost_customers.ir_cron_winback_backtest"
# a company with fewer customers is tested while its user waits
SMALL = 100
MAX_DEFAULT_MONTHS = 12


class WinbackBacktest(models.Model):
    """What the signs, the score and the model would have said in the past, and how much
    of it came true.

    How it works. For each month-end of the period the engine runs as of that day and
    writes nothing live; one statement notes, for each customer, what each warning said
    and whether the customer was lost: bought nothing in the horizon's days after, as the
    orders stood at the end of the horizon (`winback.backtest.cutoff`). When all
    month-ends are noted, the figures are concluded from the notes
    (`winback.backtest.figures`), and the notes are deleted except for those customers
    who were lost without warning.

    Each month-end is one step of the scheduled action, committed when done, so that a
    back-test interrupted anywhere goes on with the month-end that is next. The settings
    and signs are those of today: the question is what they would have done.
    """

    _name = "winback.backtest"
    _description = "Win-Back Back-Test"
    _inherit = ["mail.thread"]
    _order = "id desc"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    date_from = fields.Date(
        string="From",
        required=True,
        default=lambda self: self._get_default_date_from(),
        help="The first month-end on or after this day is the first one tested. What came "
        "before is the history that the model learns from.",
    )
    date_to = fields.Date(
        string="To",
        required=True,
        default=lambda self: self.env.company._winback_today(),
        help="The last month-end tested is the last one on or before this day that leaves "
        "the horizon to look at.",
    )
    horizon_days = fields.Integer(
        string="Horizon (days)",
        required=True,
        default=lambda self: self._get_default_horizon(),
        help="A customer counts as lost at a month-end if it bought nothing in so many "
        "days after it. Whether the percentages of the probability came true can be told "
        "only for the horizon of the settings.",
    )
    state = fields.Selection(
        [("draft", "Draft"), ("running", "Running"), ("done", "Done"), ("failed", "Failed")],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
    )
    progress = fields.Integer(compute="_compute_progress", string="Progress (%)")
    error = fields.Text(readonly=True, copy=False)
    cutoff_ids = fields.One2many(
        "winback.backtest.cutoff", "backtest_id", string="Month-Ends", copy=False
    )
    line_ids = fields.One2many(
        "winback.backtest.line", "backtest_id", string="Warnings", copy=False
    )
    unwarned_ids = fields.One2many(
        "winback.backtest.customer", "backtest_id", string="Lost Without Warning", copy=False
    )
    unwarned_count = fields.Integer(compute="_compute_unwarned_count")

    _horizon_range = models.Constraint(
        "CHECK (horizon_days BETWEEN 7 AND 730)",
        "The horizon must lie between 7 and 730 days.",
    )

    # ------------------------------------------------------------------
    # Defaults and computed fields
    # ------------------------------------------------------------------

    @api.model
    def _get_default_horizon(self):
        """Return the company's horizon of the probability."""
        return self.env.company.winback_horizon_days

    @api.model
    def _get_default_date_from(self):
        """Return the middle of the company's history, so that half of it is left to
        learn from; at most a year before the last day that can be tested."""
        company = self.env.company
        today = company._winback_today()
        order = self.env["sale.order"].search(
            [("company_id", "=", company.id), ("state", "=", "sale")],
            order="date_order, id",
            limit=1,
        )
        first = order.date_order.date() if order else today
        year_ago = today - timedelta(days=self._get_default_horizon() + 365)
        return max(first + (today - first - timedelta(days=1)) / 2, year_ago)

    @api.depends("date_from", "date_to", "company_id")
    def _compute_display_name(self):
        for backtest in self:
            backtest.display_name = self.env._(
                "Back-Test %(start)s – %(end)s",
                start=fields.Date.to_string(backtest.date_from) or "",
                end=fields.Date.to_string(backtest.date_to) or "",
            )

    @api.depends("cutoff_ids.is_done", "state")
    def _compute_progress(self):
        for backtest in self:
            steps = len(backtest.cutoff_ids) + 1  # the last one concludes
            done = len(backtest.cutoff_ids.filtered("is_done")) + (backtest.state == "done")
            backtest.progress = 100 * done // steps if backtest.cutoff_ids else 0

    @api.depends("unwarned_ids")
    def _compute_unwarned_count(self):
        counts = dict(
            self.env["winback.backtest.customer"]._read_group(
                [("backtest_id", "in", self.ids)], ["backtest_id"], ["__count"]
            )
        )
        for backtest in self:
            backtest.unwarned_count = counts.get(backtest, 0)

    @api.constrains("date_from", "date_to")
    def _check_dates(self):
        for backtest in self:
            if backtest.date_from > backtest.date_to:
                raise ValidationError(
                    self.env._("The period of a back-test must not end before it begins.")
                )

    # ------------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------------

    def action_run(self):
        """Begin, or begin again; a small company's back-test is done at once."""
        for backtest in self:
            backtest._begin()
            if backtest._is_small():
                while backtest.state == "running":
                    backtest._try_advance()
        if "running" in self.mapped("state"):
            # sudo: a salesperson's manager may not touch scheduled actions
            self.env.ref(CRON).sudo()._trigger()

    def action_stop(self):
        """Stop a running back-test and forget what it noted."""
        for backtest in self:
            backtest.sudo()._forget()  # sudo: nobody may write notes by hand
            backtest.write({"state": "draft", "error": False})

    def action_open_unwarned(self):
        """Open the customers that were lost without warning."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "winback_lost_customers.winback_backtest_customer_action"
        )
        action["domain"] = list(Domain("backtest_id", "=", self.id))
        return action

    # ------------------------------------------------------------------
    # Steps
    # ------------------------------------------------------------------

    def _begin(self):
        """Forget what an earlier run noted, and set up the month-ends of the period."""
        self.ensure_one()
        self.check_access("write")
        days = self._get_cutoff_days()
        if not days:
            raise UserError(
                self.env._(
                    "No month-end of this period leaves %(days)s days to look at. Choose "
                    "an earlier period or a shorter horizon.",
                    days=self.horizon_days,
                )
            )
        # sudo: month-ends and notes are written by runs, never by hand
        self.sudo()._forget()
        self.env["winback.backtest.cutoff"].sudo().create(
            [{"backtest_id": self.id, "date": day} for day in days]
        )
        self.write({"state": "running", "error": False})

    def _get_cutoff_days(self):
        """Return the month-ends of the period that leave the horizon until today."""
        return get_cutoffs(
            self.date_from, self.date_to, self.horizon_days, self.company_id._winback_today()
        )

    def _forget(self):
        """Delete the notes and figures of an earlier run."""
        self._delete_notes()
        self.cutoff_ids.unlink()
        self.line_ids.unlink()
        self.write(self._get_empty_figures())

    def _is_small(self):
        """Tell whether the user can wait for the result."""
        # sudo: how large the company is, whoever may see its customers
        customers = self.env["winback.status"].sudo().with_context(active_test=False)
        return customers.search_count([("company_id", "=", self.company_id.id)], limit=SMALL) < SMALL

    def _try_advance(self):
        """Do the next step; a back-test that fails says so and stops."""
        self.ensure_one()
        try:
            with self.env.cr.savepoint():
                # sudo: the engine reads documents of all salespeople; the result is for
                # managers, and customers in it follow the rules of the status
                self.sudo().with_company(self.company_id)._advance()
        # whatever goes wrong, it must not stop the other companies' back-tests
        except Exception as error:  # noqa: BLE001 pylint: disable=broad-except
            _logger.exception("Win-back back-test %s failed", self.id)
            self.env.invalidate_all()
            self.write({"state": "failed", "error": str(error)})

    def _advance(self):
        """Note the next month-end, or conclude when all are noted."""
        cutoff = self.cutoff_ids.filtered(lambda cutoff: not cutoff.is_done)[:1]
        if cutoff:
            cutoff._observe()
            _logger.info("Win-back back-test %s: %s", self.id, cutoff.date)
        else:
            self._conclude()
            self.state = "done"

    @api.model
    def _cron_run(self):
        """Do the steps of all running back-tests, each in a transaction of its own."""
        running = self.search([("state", "=", "running")], order="id")
        progress = self.env["ir.cron"]
        left = running.cutoff_ids.filtered(lambda cutoff: not cutoff.is_done)
        progress._commit_progress(remaining=len(left) + len(running))
        for backtest in running:
            while backtest.state == "running":
                backtest._try_advance()
                if not progress._commit_progress(1):
                    return

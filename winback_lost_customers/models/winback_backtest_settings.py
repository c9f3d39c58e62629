from odoo import fields, models
from odoo.exceptions import UserError


class WinbackBacktest(models.Model):
    """From the figures of a back-test to the settings."""

    _inherit = "winback.backtest"

    can_use_thresholds = fields.Boolean(compute="_compute_can_use_thresholds")

    def _compute_can_use_thresholds(self):
        """Only who may change settings sees the button."""
        allowed = self.env["res.company"].has_access("write")
        for backtest in self:
            backtest.can_use_thresholds = allowed and backtest.state == "done"

    def action_use_thresholds(self):
        """Write the score chosen on the slider and the days of the best plain rule into
        the settings of the company; the old ones are kept in the log."""
        self.ensure_one()
        self.check_access("write")
        self.company_id.check_access("write")
        if self.state != "done":
            raise UserError(self.env._("Only a finished back-test has thresholds to use."))
        changes = [self._use_score(), self._use_days()]
        self.message_post(body="\n".join(change for change in changes if change))
        self.company_id.winback_run_date = False
        # sudo: only who may change settings comes here; scheduled actions are the system's
        self.env.ref("winback_lost_customers.ir_cron_winback_run").sudo()._trigger()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("Written. The customers are evaluated again in the background."),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _use_score(self):
        """Write the chosen score; return what changed, for the log."""
        old = self.company_id.winback_risk_score
        self.company_id.winback_risk_score = self.chosen_score
        return self.env._("At risk from a score of %(new)s (before: %(old)s).", new=self.chosen_score, old=old)

    def _use_days(self):
        """Write the days of the best plain rule into the company's own sign S6; return
        what changed, for the log.

        Where the rule takes longer than the settings wait until a customer counts as
        lost, the sign would come too late, and stays as it is.
        """
        lost_days = self.company_id.winback_lost_min_days
        sign = self._get_overdue_sign()
        if not sign:
            return ""
        if self.plain_days >= lost_days:
            return self.env._(
                "%(sign)s stays at %(old)s days: the best plain rule, %(days)s days, would come "
                "after the %(lost)s days from which a customer counts as lost.",
                sign=sign.name,
                old=f"{sign.threshold:g}",
                days=self.plain_days,
                lost=lost_days,
            )
        old = sign.threshold
        if not sign.company_id:
            sign = sign.copy({"company_id": self.company_id.id, "name": sign.name})
        sign.threshold = self.plain_days
        return self.env._(
            "%(sign)s after %(new)s days (before: %(old)s).",
            sign=sign.name,
            new=self.plain_days,
            old=f"{old:g}",
        )

    def _get_overdue_sign(self):
        """Return the sign of the overdue order that is in force for the company."""
        signs = self.env["winback.sign"]._get_signs_in_force(self.company_id)
        return signs.filtered(lambda sign: sign.detector == "winback.sign.overdue_order")[:1]

from odoo import api, models

HORIZON = 90  # days that `p_no_purchase` looks ahead


class WinbackStatus(models.Model):
    """What the model figures mean, in words a salesperson can use."""

    _inherit = "winback.status"

    @api.depends("purchase_days", "state")
    @api.depends_context("lang")
    def _compute_outlook_summary(self):
        for status in self:
            status.outlook_summary = " ".join(status._get_outlook_sentences())

    def _get_outlook_sentences(self):
        """Return the sentences on what is to be expected of the customer."""
        if not self.purchase_days or self.state in ("excluded", "gone"):
            return []
        # TODO guard until the probability model has landed
        source = "probability_source" in self._fields and self.probability_source
        if not source:
            return [self._get_no_probability_sentence()]
        return self._get_probability_sentences(source)

    def _get_no_probability_sentence(self):
        """Return why there is no probability."""
        if self.purchase_days < 3:
            return self.env._(
                "Not enough data for a probability: fewer than three purchases. Only plain "
                "rules and events speak."
            )
        return self.env._(
            "No probability: the company's history is too short to learn from, or the model "
            "has not been fitted yet."
        )

    def _get_probability_sentences(self, source):
        """Return what the probabilities say.

        :param source: who says it: model, stack or band
        """
        silent = self.env._(
            "%(percent)s %% that no order comes in the next %(days)s days.",
            percent=round(100 * self.p_no_purchase),
            days=HORIZON,
        )
        if source == "band":
            return [
                self.env._(
                    "%(percent)s %% of the customers who were silent for as long did not order "
                    "in the next %(days)s days.",
                    percent=round(100 * self.p_no_purchase),
                    days=HORIZON,
                )
            ]
        if self.state == "lost" or not self.p_silence:
            return [silent]
        lasting = self.env._(
            "%s %% that this silence lasts until the customer counts as lost.",
            round(100 * self.p_silence),
        )
        return [silent, lasting]

from odoo import api, models


class WinbackStatus(models.Model):
    """What the model figures mean, in words a salesperson can use."""

    _inherit = "winback.status"

    @api.depends(
        "purchase_days", "state", "probability_source", "p_no_purchase", "p_silence", "band_share"
    )
    @api.depends_context("lang")
    def _compute_outlook_summary(self):
        for status in self:
            status.outlook_summary = " ".join(status._get_outlook_sentences())

    def _get_outlook_sentences(self):
        """Return the sentences on what is to be expected of the customer."""
        if not self.purchase_days or self.state in ("excluded", "gone"):
            return []
        if self.probability_source in ("model", "stack"):
            return self._get_probability_sentences()
        sentences = [self._get_no_probability_sentence()]
        if self.probability_source == "band":
            sentences.append(self._get_band_sentence())
        return sentences

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

    def _get_probability_sentences(self):
        """Return what the model says."""
        sentences = [
            self.env._(
                "%(percent)s %% that no order comes in the next %(days)s days.",
                percent=round(100 * self.p_no_purchase),
                days=self.company_id.winback_horizon_days,
            )
        ]
        if self.state != "lost":
            sentences.append(
                self.env._(
                    "%s %% that this silence lasts until the customer counts as lost.",
                    round(100 * self.p_silence),
                )
            )
        return sentences

    def _get_band_sentence(self):
        """Return what past customers in the same silence did."""
        return self.env._(
            "Of past customers who had been silent for as long, %(percent)s %% did not order "
            "within %(days)s days.",
            percent=round(100 * self.band_share),
            days=self.company_id.winback_horizon_days,
        )

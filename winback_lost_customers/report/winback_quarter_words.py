from odoo import api, models


class WinbackQuarterTemplate(models.AbstractModel):
    """What the quarterly report says in sentences; whole ones, so that they can be
    translated."""

    _inherit = "report.winback_lost_customers.report_winback_quarter"

    @api.model
    def _get_summary(self, figures):
        """Return the quarter in short."""
        stake, churn, reasons = figures["at_stake"], figures["churn"], figures["reasons"]["rows"]
        sentences = self._get_losses_sentences(figures["compared"][0])
        if churn["rate"] is not None:
            rate = self._format_percent(churn["rate"], 1)
            sentences.append(self.env._("Lost per year: %s of the customers; 5 to 10 %% are normal.", rate))
        sentences.append(
            self.env._(
                "At risk now: %(count)s customers; expected loss of sales in the next %(days)s days: %(amount)s.",
                count=stake["count"],
                days=figures["spans"][0].scope.company.winback_horizon_days,
                amount=self._format_money(stake["sales"]),
            )
        )
        if reasons:
            sentences.append(
                self.env._(
                    "The reason that costs most: %(reason)s (%(amount)s of sales per year).",
                    reason=reasons[0]["name"],
                    amount=self._format_money(reasons[0]["amount"]),
                )
            )
        return sentences

    @api.model
    def _get_losses_sentences(self, row):
        """Return what was lost and won back, nothing where it is not known."""
        if not row["lost"]:
            return []
        return [
            self.env._(
                "Lost: %(lost)s customers with %(lost_amount)s of sales per year; won back: %(won)s "
                "with %(won_amount)s.",
                lost=row["lost"]["count"],
                lost_amount=self._format_money(row["lost"]["amount"]),
                won=row["won_back"]["count"],
                won_amount=self._format_money(row["won_back"]["amount"]),
            )
        ]

    @api.model
    def _describe_effort(self, row):
        """Return by whom and by what a lost customer is, or was, won back."""
        case, is_return = row["case"], row["change"].to_state == "won_back"
        if not case:
            return self.env._("by itself, no case") if is_return else self.env._("no case")
        how = [case.user_id.name, case.offer_id.display_name]
        if not is_return:
            how.insert(0, self._get_labels(case._name, "state")[case.state])
        return ", ".join(filter(None, how)) or self.env._("a case without owner")

    @api.model
    def _describe_reason(self, row):
        """Return why a customer left, as far as anybody knows, and to whom."""
        reason = row["reason"].name or self.env._("not known")
        if not row["competitor"]:
            return reason
        return self.env._("%(reason)s (went to %(competitor)s)", reason=reason, competitor=row["competitor"])

    @api.model
    def _describe_campaign(self, campaign):
        """Return what a campaign is called, and when it was measured."""
        return self.env._(
            "%(campaign)s, measured from %(start)s to %(end)s",
            campaign=campaign.name,
            start=self._format_day(campaign.date_start),
            end=self._format_day(campaign.date_end),
        )

    @api.model
    def _get_texts(self, figures):
        """Return headings and remarks in which there are figures, by name."""
        span, reasons = figures["spans"][0], figures["reasons"]
        scope = span.scope
        return {
            "title": self.env._("Lost customers: %s", span.label),
            "period": self._get_period(span),
            "stake": self.env._("At stake now (%s)", self._format_day(scope.today)),
            "expected": self.env._("Expected loss of sales in %s days", scope.company.winback_horizon_days),
            "unknown": self.env._(
                "Reason not known: %(unknown)s of %(lost)s customers who are lost now.",
                unknown=reasons["unknown"],
                lost=reasons["lost"],
            ),
            "complaints": self.env._("Complaints open now: %s", figures["complaints_open"]),
            "complaint_effect": self.env._(
                "Complaints received from %(start)s to %(end)s, so that their %(days)s days were over on %(last)s.",
                start=self._format_day(figures["complaint_effect"]["date_from"]),
                end=self._format_day(figures["complaint_effect"]["date_to"]),
                days=figures["complaint_effect"]["days"],
                last=self._format_day(scope.date_to),
            ),
        }

    @api.model
    def _get_period(self, span):
        """Return company and dates of the quarter, and whether it goes on."""
        names = {
            "company": span.scope.company.name,
            "start": self._format_day(span.scope.date_from),
            "end": self._format_day(span.scope.date_to),
            "last": self._format_day(span.last_day),
        }
        if span.is_running:
            return self.env._(
                "%(company)s, %(start)s to %(end)s (the quarter goes on until %(last)s)", **names
            )
        return self.env._("%(company)s, %(start)s to %(end)s", **names)

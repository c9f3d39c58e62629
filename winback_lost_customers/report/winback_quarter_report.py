from calendar import monthrange

from odoo import api, models
from odoo.tools.misc import format_amount, format_date, formatLang

from ..tools import charts

REASONS_DRAWN = 8
PARTS_SHOWN = 12  # of salespeople; the others are summed up
MANY_TIMES = 5  # from there on, "so many times" is easier to read than a percentage
ADDED = ("customers", "gone", "stake", "at_risk")  # what can be summed up of them


class WinbackQuarterTemplate(models.AbstractModel):
    """The quarterly report on paper: figures of `winback.quarter`, charts, formats."""

    _name = "report.winback_lost_customers.report_winback_quarter"
    _description = "Win-Back Quarterly Report: Page"

    @api.model
    def _get_report_values(self, docids, data=None):
        """Return what the template reads.

        :raise AccessError: for who is no sales administrator, or reads the report of others
        """
        docs = self.env["winback.quarter.report"].browse(docids)
        docs.check_access("read")
        return {
            "doc_ids": docs.ids,
            "doc_model": docs._name,
            "docs": docs,
            "pages": {doc.id: self._prepare_page(doc) for doc in docs},
        }

    @api.model
    def _prepare_page(self, doc):
        """Return figures, charts and formats of one report."""
        figures = doc._get_figures()
        page = self.with_context(winback_currency_id=doc.company_id.currency_id.id)
        users = page._sum_up_rest(figures["users"])
        return {
            **figures,
            "span": figures["spans"][0],
            "sees_margin": figures["spans"][0].scope.sees_margin,
            "users": users,
            "charts": page._draw(figures, f"quarter_{doc.id}"),
            "lines": page._prepare_lines(figures["calculator"]["lines"], figures["spans"][0].scope.sees_margin),
            "groups": page._get_labels("winback.reason", "group"),
            "severities": page._get_labels("winback.complaint", "severity"),
            "is_recent": lambda change: change._is_recent(figures["spans"][0].scope.today),
            "sentences": lambda result: page._get_sentences(result, figures["spans"][0].scope),
            "interval": page._format_interval,
            "money": page._format_money,
            "percent": page._format_percent,
            "number": page._format_number,
            "change": page._format_change,
            "difference": page._format_difference,
            "effort": page._describe_effort,
            "summary": page._get_summary(figures),
            "day": page._format_day,
            "month": page._format_month,
        }

    @api.model
    def _sum_up_rest(self, rows):
        """Return the rows that fit on the page, the others in one."""
        if len(rows) <= PARTS_SHOWN:
            return rows
        shown, rest = rows[: PARTS_SHOWN - 1], rows[PARTS_SHOWN - 1 :]
        total = {name: sum(row[name] for row in rest) for name in ADDED}
        for key in ("lost", "won_back"):
            total[key] = {name: sum(row[key][name] for row in rest) for name in ("count", "amount")}
        told = any(row["rate"] is not None for row in rest)
        total["rate"] = 100 * total["gone"] / total["customers"] if told else None
        total["name"] = self.env._("%s others", len(rest))
        return [*shown, {**rest[0], **total}]

    # ------------------------------------------------------------------
    # In words
    # ------------------------------------------------------------------

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
    def _get_labels(self, model, name):
        """Return {value: label} of a selection, in the reader's language."""
        return dict(self.env[model]._fields[name]._description_selection(self.env))

    @api.model
    def _get_sentences(self, result, scope):
        """Return the result of a campaign in words; they tell of margins, too."""
        return result.get("sentences", []) if scope.sees_margin else []

    @api.model
    def _prepare_lines(self, found, sees_margin):
        """Return the lines of the loss calculator as found in the documents, as text."""
        formats = {
            "count": self._format_number,
            "rate": lambda rate: self._format_percent(rate, 1),
            "money": self._format_money,
        }
        lines = [
            {"label": label, "value": formats[kind](value), "how": how, "is_result": bool(formula)}
            for label, kind, value, _case, formula, how in found
        ]
        # the last two are about profit
        return lines if sees_margin else lines[:-2]

    # ------------------------------------------------------------------
    # Formats
    # ------------------------------------------------------------------

    @api.model
    def _format_money(self, amount):
        """Return an amount in the company's currency, in whole units; a dash for None."""
        if amount is None:
            return "–"
        currency = self.env["res.currency"].browse(self.env.context["winback_currency_id"])
        return format_amount(self.env, round(amount), currency, trailing_zeroes=not currency.decimal_places)

    @api.model
    def _format_percent(self, rate, digits=0):
        """Return a share in percent, a dash for None."""
        return "–" if rate is None else f"{self._format_number(rate, digits)}\N{NO-BREAK SPACE}%"

    @api.model
    def _format_number(self, number, digits=0):
        """Return a number, a dash for None."""
        return "–" if number is None else formatLang(self.env, number, digits=digits)

    @api.model
    def _format_interval(self, row):
        """Return a share with the interval in which it lies."""
        if row["rate"] is None:
            return "–"
        return self.env._(
            "%(rate)s (%(low)s to %(high)s)",
            rate=self._format_percent(row["rate"]),
            low=self._format_number(row["low"]),
            high=self._format_number(row["high"]),
        )

    @api.model
    def _format_change(self, now, then):
        """Return by how much `now` is more or less than `then`, in percent, with its sign;
        or how many times as much it is; a dash where there is nothing to compare."""
        if now is None or not then:
            return "–"
        if now > MANY_TIMES * then:
            return f"×\N{NO-BREAK SPACE}{self._format_number(now / then)}"
        return f"{self._format_difference(round(100 * now / then), 100)}\N{NO-BREAK SPACE}%"

    @api.model
    def _format_difference(self, now, then):
        """Return how many more or fewer `now` are than `then`, with their sign; a dash where
        there is nothing to compare."""
        if now is None or then is None:
            return "–"
        sign = "+" if now > then else "−" if now < then else "±"
        return f"{sign}{self._format_number(abs(now - then))}"

    @api.model
    def _format_day(self, day):
        """Return a date in the reader's format."""
        return format_date(self.env, day)

    @api.model
    def _format_month(self, day):
        """Return a month, as short as it fits under a chart."""
        return format_date(self.env, day, date_format="MMM yy")

    # ------------------------------------------------------------------
    # Charts
    # ------------------------------------------------------------------

    @api.model
    def _draw(self, figures, key):
        """Return the charts of a report by name; what there is nothing to draw of is left
        out."""
        return {
            "compared": self._draw_compared(figures, f"{key}_compared"),
            "churn": self._draw_churn(figures["churn"], f"{key}_churn"),
            "months": self._draw_months(figures, f"{key}_months"),
            "reasons": self._draw_reasons(figures["reasons"], f"{key}_reasons"),
            "campaigns": {
                campaign.id: self._draw_campaign(campaign, f"{key}_campaign_{campaign.id}")
                for campaign in figures["campaigns"]
            },
        }

    @api.model
    def _draw_compared(self, figures, key):
        """Return bars of the yearly sales lost and won back in the quarters compared."""
        bars = [
            charts.Bar(
                f"{label}, {row['label']}",
                row[name]["amount"],
                f"{self._format_money(row[name]['amount'])} ({row[name]['count']})",
                color,
            )
            for name, label, color in (
                ("lost", self.env._("Lost"), charts.LOST),
                ("won_back", self.env._("Won back"), charts.WON),
            )
            for row in figures["compared"]
            if row[name]
        ]
        if not any(bar.value for bar in bars):
            return None
        title = self.env._("Sales per year lost and won back (customers)")
        return charts.bar_chart(key, title, self._describe_bars(bars), bars)

    @api.model
    def _describe_bars(self, bars):
        """Return what bars show, for who cannot see them."""
        return "; ".join(f"{bar.label}: {bar.text}" for bar in bars)

    @api.model
    def _draw_churn(self, churn, key):
        """Return the yearly churn on its scale, None where it is not known."""
        if churn["rate"] is None:
            return None
        text = self._format_percent(churn["rate"], 1)
        return charts.churn_scale(
            key,
            self.env._("Lost per year: %s", text),
            " ".join(churn["sentences"]),
            churn["rate"],
            text,
            (self.env._("normal"), self.env._("alarm")),
        )

    @api.model
    def _draw_months(self, figures, key):
        """Return lost and won back by month, with our own changes as numbered marks."""
        months = figures["months"]
        if not any((*months["lost"], *months["won_back"])):
            return None
        labels = [self._format_month(month) for month in months["months"]]
        series = [
            charts.Series(self.env._("Lost"), months["lost"], charts.LOST),
            charts.Series(self.env._("Won back"), months["won_back"], charts.WON, is_dashed=True),
        ]
        marks = [
            charts.Mark(self._get_place(months["months"], change.date), str(number))
            for number, change in enumerate(months["changes"], 1)
        ]
        shaded = sum(month >= figures["spans"][0].scope.date_from for month in months["months"])
        title = self.env._("Customers lost and won back by month")
        return charts.line_chart(key, title, self._describe_months(labels, series), labels, series, marks, shaded)

    @api.model
    def _describe_months(self, labels, series):
        """Return the figures of a chart by month, for who cannot see it."""
        return "; ".join(
            f"{one.label}: "
            + ", ".join(f"{label} {self._format_number(value)}" for label, value in zip(labels, one.values))
            for one in series
        )

    @api.model
    def _get_place(self, months, day):
        """Return where `day` lies on an axis of these months, one unit each."""
        number = months.index(day.replace(day=1))
        return number + (day.day - 1) / monthrange(day.year, day.month)[1]

    @api.model
    def _draw_reasons(self, reasons, key):
        """Return the reasons by money."""
        rows = reasons["rows"][:REASONS_DRAWN]
        if not rows:
            return None
        bars = [
            charts.Bar(row["name"], row["amount"], f"{self._format_money(row['amount'])} ({row['customers']})")
            for row in rows
        ]
        title = self.env._("Sales per year by reason (customers)")
        return charts.bar_chart(key, title, self._describe_bars(bars), bars)

    @api.model
    def _draw_campaign(self, campaign, key):
        """Return the effect of a campaign on returns with its interval, None without a
        control group."""
        effect = (campaign.result or {}).get("returns")
        if not effect:
            return None
        title = self.env._("Effect of %s on returns, in percentage points", campaign.name)
        return charts.interval_bar(
            key, title, effect["text"], effect["estimate"], effect["low"], effect["high"]
        )

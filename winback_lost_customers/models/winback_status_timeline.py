from datetime import timedelta

from odoo import api, models
from odoo.tools.misc import format_amount, format_date

SHOWN_DAYS = 40  # purchase days on the timeline; what lies before is summed up


class WinbackStatus(models.Model):
    """The timeline of a customer: each purchase, the next one expected, and the days
    on which the customer will count as at risk and as lost.

    Days and amounts come from the statement of the purchase facts, so the timeline
    never disagrees with the figures beside it. All texts are in the reader's
    language; the widget only draws.
    """

    _inherit = "winback.status"

    @api.readonly
    def get_timeline(self):
        """Return what the timeline shows; see `_get_timeline`.

        :raise AccessError: for readers to whom the customer is hidden
        """
        self.ensure_one()
        self.check_access("read")
        return self._get_timeline()

    def _get_timeline(self):
        """Return the timeline as plain data.

        Orders that the reader may not read are points without name and amount.

        :return: dict with `today`; `purchases` and `returns`, lists of points (see
            `_prepare_timeline_point`), oldest first; `earlier`, what lies before them,
            or None; `gap`, the usual gap after the last purchase, or None; `markers`
            (see `_prepare_timeline_marker`) and `sentences`, the same in words
        """
        today = self.company_id._winback_today()
        rows = self._get_timeline_orders(today)
        names = self._get_readable_order_names([row["id"] for row in rows])
        bought = self._group_by_day([row for row in rows if row["sold"]])
        returned = self._group_by_day([row for row in rows if not row["sold"]])
        shown = bought[-SHOWN_DAYS:]
        if shown:
            returned = [(day, orders) for day, orders in returned if day >= shown[0][0]]
        return {
            "today": today,
            "purchases": [self._prepare_timeline_point(*point, names) for point in shown],
            "returns": [
                self._prepare_timeline_point(*point, names) for point in returned[-SHOWN_DAYS:]
            ],
            "earlier": self._prepare_timeline_earlier(bought[:-SHOWN_DAYS], names),
            "gap": self._prepare_timeline_gap(),
            "markers": self._get_timeline_markers(today),
            "sentences": self._get_timeline_sentences(today),
        }

    # ------------------------------------------------------------------
    # Purchases
    # ------------------------------------------------------------------

    def _get_timeline_orders(self, today):
        """Return `id`, `day`, `amount`, `sold` of all confirmed orders, oldest first."""
        facts = self.env["winback.fact.purchases"]
        facts._flush_documents()
        query = facts._get_confirmed_query(self.company_id, today, self.partner_id)
        self.env.cr.execute(query)
        return sorted(self.env.cr.dictfetchall(), key=lambda row: (row["day"], row["id"]))

    @api.model
    def _get_readable_order_names(self, order_ids):
        """Return {id: name} of those orders that the reader may read."""
        orders = self.env["sale.order"]
        if not order_ids or not orders.has_access("read"):
            return {}
        found = orders.search_fetch([("id", "in", order_ids)], ["name"])
        return {order.id: order.name for order in found}

    @api.model
    def _group_by_day(self, rows):
        """Return (day, rows of the day) pairs, oldest first."""
        days = {}
        for row in rows:
            days.setdefault(row["day"], []).append(row)
        return list(days.items())

    def _prepare_timeline_point(self, day, rows, names):
        """Return one day of purchases.

        :param dict names: of the orders that the reader may read
        :return: dict with `date`, `orders` [{id, name}], `hidden` (how many more there
            are), `amount` of the orders shown (None without any) and the texts `day`,
            `label` and `total`
        """
        shown = [row for row in rows if row["id"] in names]
        amount = float(sum(row["amount"] or 0 for row in shown)) if shown else None
        hidden = len(rows) - len(shown)
        labels = [names[row["id"]] for row in shown]
        if hidden:
            labels.append(self._get_hidden_text(hidden))
        return {
            "date": day,
            "orders": [{"id": row["id"], "name": names[row["id"]]} for row in shown],
            "hidden": hidden,
            "amount": amount,
            "day": self._format_day(day),
            "label": ", ".join(labels),
            "total": "" if amount is None else format_amount(self.env, amount, self.currency_id),
        }

    @api.model
    def _get_hidden_text(self, count):
        """Return what stands for orders that the reader may not read."""
        if count == 1:
            return self.env._("an order of a colleague")
        return self.env._("%s orders of colleagues", count)

    def _prepare_timeline_earlier(self, points, names):
        """Return how many purchase days lie before the timeline, and their amount
        where the reader may read all their orders; None when there are none."""
        if not points:
            return None
        rows = [row for _day, rows in points for row in rows]
        readable = all(row["id"] in names for row in rows)
        amount = float(sum(row["amount"] or 0 for row in rows)) if readable else None
        since = self._format_day(points[0][0])
        if amount is None:
            text = self.env._("%(count)s earlier purchases since %(date)s", count=len(points), date=since)
        else:
            text = self.env._(
                "%(count)s earlier purchases since %(date)s: %(amount)s",
                count=len(points),
                date=since,
                amount=format_amount(self.env, amount, self.currency_id),
            )
        return {"count": len(points), "amount": amount, "text": text}

    def _prepare_timeline_gap(self):
        """Return the usual gap after the last purchase; None without a second one."""
        if self.purchase_days < 2 or not self.last_order_date:
            return None
        return {
            "start": self.last_order_date,
            "end": self.last_order_date + timedelta(days=self.gap_mean),
            "label": self.env._("usual gap: %s days", self.gap_mean),
        }

    # ------------------------------------------------------------------
    # Days to come
    # ------------------------------------------------------------------

    def _get_timeline_markers(self, today):
        """Return the days that are marked, oldest first."""
        markers = [self._prepare_timeline_marker("today", today, self.env._("Today"))]
        markers += [
            self._prepare_timeline_marker(key, date, label)
            for key, date, label in self._get_coming_days(today)
        ]
        return sorted(markers, key=lambda marker: marker["date"])

    def _get_coming_days(self, today):
        """Return (key, date, label) of the next order expected and of the days on
        which the customer begins to count as something else."""
        days = []
        if self.state not in ("active", "new", "at_risk", "won_back", "lost"):
            return days
        if self.expected_order_date and self.state != "lost":
            label = self.env._("Next order expected, week of")
            days.append(("expected", self.expected_order_date, label))
        if self.risk_date:
            days.append(("risk", self.risk_date, self._get_risk_label(today)))
        one_off_date = self._get_one_off_date()
        if one_off_date:
            days.append(("lost", one_off_date, self.env._("One-off buyer from")))
        elif self.lost_date:
            days.append(("lost", self.lost_date, self._get_lost_label(today)))
        return days

    def _get_risk_label(self, today):
        """Return what the day of the risk is called."""
        return self.env._("At risk since") if self.risk_date <= today else self.env._("At risk from")

    def _get_lost_label(self, today):
        """Return what the day of the loss is called."""
        return self.env._("Lost since") if self.lost_date <= today else self.env._("Lost from")

    def _get_one_off_date(self):
        """Return the day from which a buyer of one day counts as one-off, if that is
        before it counts as lost."""
        if self.purchase_days != 1 or not self.last_order_date:
            return None
        date = self.last_order_date + timedelta(days=self.company_id.winback_one_off_days)
        return date if not self.lost_date or date <= self.lost_date else None

    def _prepare_timeline_marker(self, key, date, label):
        """Return a marked day.

        :param key: today, expected, risk or lost
        """
        return {"key": key, "date": date, "label": label, "day": self._format_day(date)}

    # ------------------------------------------------------------------
    # Words
    # ------------------------------------------------------------------

    @api.model
    def _format_day(self, day):
        """Return a day with the month as a word: nobody takes 3/12 for the other."""
        return format_date(self.env, day, date_format="medium")

    def _get_timeline_sentences(self, today):
        """Return the timeline in words: what was, what is, what is to come."""
        sentences = [self._get_past_sentence()]
        if self.last_order_date:
            sentences.append(self._get_silence_sentence(today))
        sentences += [f"{label} {self._format_day(date)}." for _k, date, label in self._get_coming_days(today)]
        return sentences

    def _get_past_sentence(self):
        """Return how often the customer has bought."""
        if not self.purchase_days:
            return self.env._("Has not bought yet.")
        if self.purchase_days == 1:
            return self.env._("One purchase, on %s.", self._format_day(self.first_order_date))
        return self.env._(
            "%(count)s purchases since %(date)s, usually every %(mean)s days, at the latest "
            "after %(max)s.",
            count=self.purchase_days,
            date=self._format_day(self.first_order_date),
            mean=self.gap_mean,
            max=self.gap_max,
        )

    def _get_silence_sentence(self, today):
        """Return how long the customer has been silent."""
        days = (today - self.last_order_date).days
        if not days:
            return self.env._("Bought today.")
        return self.env._(
            "Silent for %(days)s days since %(date)s.",
            days=days,
            date=self._format_day(self.last_order_date),
        )

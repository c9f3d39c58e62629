from math import ceil

from odoo import api, models
from odoo.tools import SQL
from odoo.tools.misc import format_amount

LIVING = ("new", "active", "at_risk", "won_back")  # who still buys makes what is normal
FORMER = ("lost", "gone")
MIN_CUSTOMERS = 5  # the median of fewer would tell their figures
CONSPICUOUS = 75  # percent of the class that are better off
# of a large table so many rows are looked at, unless the class has too few of them:
# medians over all of 100,000 customers would cost half a second each time
SAMPLE = 10_000
MIN_SAMPLE = 200


class WinbackStatus(models.Model):
    """How a customer compares with what is normal in its value class.

    Normal is the median of the class's customers who still buy, all of them and not
    only those whom the reader sees: a median gives nobody away. Margins take no part.
    """

    _inherit = "winback.status"

    @api.readonly
    def get_class_comparison(self):
        """Return the comparison with the class; see `_get_class_comparison`.

        :raise AccessError: for readers to whom the customer is hidden
        """
        self.ensure_one()
        self.check_access("read")
        return self._get_class_comparison()

    def _get_class_comparison(self):
        """Return the comparison as plain data, in the reader's language.

        :return: dict with `title`, `rows` and `note`; None for who is in no class.
            A row has `key`, `label`, `own`, `typical`, `standing` (where the customer
            lies among the class) and `is_bad` (among the worst quarter)
        """
        if not self.value_class_id:
            return None
        stats = self._get_class_stats()
        class_name = self.value_class_id.name
        result = {
            "title": self.env._("Compared with what is normal in class %s", class_name),
            "rows": [],
            "note": "",
        }
        if stats["customers"] < MIN_CUSTOMERS:
            result["note"] = self.env._(
                "Fewer than %(count)s customers of class %(class)s still buy: too few to tell "
                "what is normal.",
                count=MIN_CUSTOMERS,
                **{"class": class_name},
            )
            return result
        rows = [self._prepare_comparison_row(figure, stats) for figure in self._get_figures_to_compare()]
        result["rows"] = [row for row in [*rows, self._prepare_returns_row(stats)] if row]
        result["note"] = self._get_comparison_note(stats)
        return result

    # ------------------------------------------------------------------
    # Figures
    # ------------------------------------------------------------------

    @api.model
    def _get_figures_to_compare(self):
        """Return the figures: key, label, SQL over status `s`, kind, whether a higher
        one is worse, and what a higher and a lower one is called."""
        today = self.company_id._winback_today()
        longer, shorter = self.env._("longer"), self.env._("shorter")
        more, less = self.env._("more"), self.env._("less")
        return [
            {
                "key": "silent_days",
                "label": self.env._("Silent"),
                "sql": SQL("%s - s.last_order_date", today),
                "kind": "days",
                "high_is_bad": True,
                "words": (longer, shorter),
            },
            {
                "key": "gap_mean",
                "label": self.env._("Usual gap"),
                "sql": SQL("s.gap_mean"),
                "kind": "days",
                "high_is_bad": True,
                "words": (longer, shorter),
            },
            {
                "key": "orders_per_year",
                "label": self.env._("Orders a year"),
                # counted over a year at least: two orders in a first week are no rate
                "sql": SQL("s.order_count * 365.0 / GREATEST(365, %s - s.first_order_date)", today),
                "kind": "count",
                "high_is_bad": False,
                "words": (more, less),
            },
            {
                "key": "amount_active_year",
                "label": self.env._("Sales of the last active year"),
                "sql": SQL("s.amount_active_year"),
                "kind": "amount",
                "high_is_bad": False,
                "words": (more, less),
            },
        ]

    def _get_class_stats(self):
        """Return the figures of the class, of a sample where it is large."""
        self.env["winback.status"].flush_model()
        step = self._get_sample_step()
        stats = self._query_class_stats(step)
        if step > 1 and stats["customers"] < MIN_SAMPLE:
            stats = self._query_class_stats(1)
        return stats

    @api.model
    def _get_sample_step(self):
        """Return n where every n-th customer is looked at; by the table's estimated
        size, as counting would take as long as the rest."""
        query = SQL("SELECT reltuples FROM pg_class WHERE oid = 'winback_status'::regclass")
        return max(1, ceil(self.env.execute_query(query)[0][0] / SAMPLE))

    def _query_class_stats(self, step):
        """Return, in one statement, medians of the class and where the customer lies.

        :return: dict with `customers` (who still buy), `returned` and `left` (of those
            once lost, who came back and who did not), and for each figure KEY:
            KEY (its own value), KEY_median, KEY_below, KEY_above and KEY_count
        """
        figures = self._get_figures_to_compare()
        self.env.cr.execute(
            SQL(
                """
                WITH own AS MATERIALIZED (
                         SELECT %(own)s FROM winback_status s WHERE s.id = %(id)s),
                peer AS MATERIALIZED (SELECT s.state IN %(living)s AS lives, s.return_count, %(peer)s
                           FROM winback_status s
                          WHERE s.company_id = %(company)s AND s.active
                            AND s.value_class_id = %(class)s AND s.state IN %(states)s
                            AND hashint4(s.partner_id) %% %(step)s = 0)
                SELECT count(*) FILTER (WHERE lives) AS customers,
                       count(*) FILTER (WHERE return_count > 0) AS returned,
                       count(*) FILTER (WHERE return_count = 0 AND NOT lives) AS "left",
                       %(aggregates)s
                  FROM peer CROSS JOIN own
                """,
                own=self._get_figure_columns(figures, "own", SQL("TRUE")),
                peer=self._get_figure_columns(figures, "peer", SQL("s.state IN %s", LIVING)),
                id=self.id,
                company=self.company_id.id,
                living=LIVING,
                states=LIVING + FORMER,
                step=step,
                aggregates=SQL(", ").join(self._get_figure_aggregates(f["key"]) for f in figures),
                **{"class": self.value_class_id.id},
            )
        )
        return self.env.cr.dictfetchone()

    @api.model
    def _get_figure_columns(self, figures, prefix, condition):
        """Return the SQL of the columns PREFIX_KEY, filled under `condition`."""
        return SQL(", ").join(
            SQL(
                "CASE WHEN %s THEN (%s)::float END AS %s",
                condition,
                figure["sql"],
                SQL.identifier(f"{prefix}_{figure['key']}"),
            )
            for figure in figures
        )

    @api.model
    def _get_figure_aggregates(self, key):
        """Return the SQL of what is asked about one figure of the class."""
        own, peer = SQL.identifier(f"own_{key}"), SQL.identifier(f"peer_{key}")
        return SQL(
            """min(%(own)s) AS %(key)s, count(%(peer)s) AS %(count)s,
               percentile_cont(0.5) WITHIN GROUP (ORDER BY %(peer)s) AS %(median)s,
               count(*) FILTER (WHERE %(peer)s < %(own)s) AS %(below)s,
               count(*) FILTER (WHERE %(peer)s > %(own)s) AS %(above)s""",
            own=own,
            peer=peer,
            key=SQL.identifier(key),
            count=SQL.identifier(f"{key}_count"),
            median=SQL.identifier(f"{key}_median"),
            below=SQL.identifier(f"{key}_below"),
            above=SQL.identifier(f"{key}_above"),
        )

    # ------------------------------------------------------------------
    # Words
    # ------------------------------------------------------------------

    def _prepare_comparison_row(self, figure, stats):
        """Return the row of one figure; None where the customer or class has none."""
        key = figure["key"]
        own, median, count = stats[key], stats[f"{key}_median"], stats[f"{key}_count"]
        if own is None or median is None:
            return None
        below = round(100 * stats[f"{key}_below"] / count)
        above = round(100 * stats[f"{key}_above"] / count)
        return {
            "key": key,
            "label": figure["label"],
            "own": self._format_compared(figure["kind"], own),
            "typical": self._format_compared(figure["kind"], median),
            "standing": self._get_standing(figure, below, above),
            "is_bad": (below if figure["high_is_bad"] else above) >= CONSPICUOUS,
        }

    def _get_standing(self, figure, below, above):
        """Return where the customer lies: "longer than 97 % of them"."""
        if not below and not above:
            return self.env._("as usual")
        word = figure["words"][0 if below >= above else 1]
        return self.env._("%(word)s than %(percent)s %% of them", word=word, percent=max(below, above))

    def _format_compared(self, kind, value):
        """Return a figure as text."""
        if kind == "amount":
            return format_amount(self.env, value, self.currency_id)
        if kind == "days":
            return self.env._("%s days", round(value))
        return self.env["ir.qweb.field.float"].value_to_html(value, {"precision": 1})

    def _prepare_returns_row(self, stats):
        """Return how often customers of the class come back after a loss; None when
        none was ever lost."""
        lost = stats["returned"] + stats["left"]
        if not lost:
            return None
        own = self.env._("%s times", self.return_count) if self.return_count > 1 else ""
        if self.return_count == 1:
            own = self.env._("once")
        return {
            "key": "return_count",
            "label": self.env._("Came back after a loss"),
            "own": own or self.env._("never"),
            "typical": self.env._("%s %% of those once lost", round(100 * stats["returned"] / lost)),
            "standing": "",
            "is_bad": False,
        }

    def _get_comparison_note(self, stats):
        """Return the sentence that says most: the silence beside that of the class."""
        if stats["silent_days"] is None:
            return ""
        return self.env._(
            "Silent for %(own)s days; half of the customers of class %(class)s who still buy "
            "are silent for less than %(median)s.",
            own=round(stats["silent_days"]),
            median=round(stats["silent_days_median"]),
            **{"class": self.value_class_id.name},
        )

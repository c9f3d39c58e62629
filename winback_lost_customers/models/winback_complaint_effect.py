from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, models
from odoo.fields import Domain

from ..tools import complaints

PERIOD = relativedelta(years=3)  # complaints are few: a shorter time tells little


class WinbackComplaintEffect(models.AbstractModel):
    """Who orders again after a complaint: by severity and answer, beside the literature.

    Counted from the rows of `winback.complaint.report`, with the rights of the reader; a
    customer counts once for each complaint.
    """

    _name = "winback.complaint.effect"
    _description = "Win-Back: What Comes After Complaints"

    @api.model
    def _get_effect(self, company, date_from, date_to):
        """Return what came after the complaints of `company` received from `date_from` to
        `date_to`, both counted, that were followed to the end.

        :return: dict with `days` (how long customers are followed), `date_from`, `date_to`,
            `rows` (see `_get_row`), `has_any` (there is something to tell), `sentences`,
            `waiting` (how many complaints are not followed to the end yet), and `texts` by
            name
        """
        groups = self._count(company, date_from, date_to)
        severities = self._get_labels("severity")
        answers = self._get_labels("answer")
        counts = {
            (severity, answer): groups.get((severity, answer), (0, 0, 0))
            for severity in severities
            for answer in answers
        }
        rows = [
            {"severity": severities[severity], "answer": answers[answer], "key": (severity, answer),
             **self._get_row(severity, answer, followed, bought)}
            for (severity, answer), (_all, followed, bought) in counts.items()
        ]  # fmt: skip
        waiting = sum(total - followed for total, followed, _bought in counts.values())
        days = company.winback_lost_min_days
        return {
            "days": days,
            "date_from": date_from,
            "date_to": date_to,
            "rows": rows,
            "has_any": any(row["count"] for row in rows),
            "waiting": waiting,
            "sentences": [self._compare(severity, label, counts) for severity, label in severities.items()],
            "texts": self._get_texts(days, waiting),
        }

    @api.model
    def _get_effect_until(self, company, day):
        """Return the effect of the complaints of three years that were followed to the end by
        the end of `day`."""
        last = day - timedelta(days=company.winback_lost_min_days)
        return self._get_effect(company, last - PERIOD, last)

    @api.model
    def _count(self, company, date_from, date_to):
        """Return {(severity, answer): (complaints, followed to the end, ordered again)}."""
        facts = self.env["winback.fact"]
        domain = (
            Domain("company_id", "=", company.id)
            & Domain("date_received", ">=", facts._get_day_end(company, date_from - timedelta(days=1)))
            & Domain("date_received", "<", facts._get_day_end(company, date_to))
        )
        groups = self.env["winback.complaint.report"]._read_group(
            domain, ["severity", "answer"], ["__count", "followed_count:sum", "bought_count:sum"]
        )
        return {(severity, answer): counts for severity, answer, *counts in groups}

    @api.model
    def _get_labels(self, name):
        """Return {value: label} of a selection of the report, in the reader's language."""
        return dict(self.env["winback.complaint.report"]._fields[name]._description_selection(self.env))

    @api.model
    def _get_row(self, severity, answer, count, bought):
        """Return one row: `count`, `bought`, `rate` with `low` and `high` (percent, None
        without anybody), `share` (the same as text), `expected` (percent of the literature,
        None where it says nothing), and in words how both are to each other, `verdict`."""
        share = self.env["winback.efforts"]._get_share(bought, count)
        expected = complaints.EXPECTED.get((severity, answer))
        found = expected is not None and complaints.compare_with_expected(bought, count, expected)
        page = self.env["report.winback_lost_customers.report_winback_quarter"]
        return {
            "count": count,
            "bought": bought,
            **share,
            "share": page._format_interval(share),
            "expected": expected,
            "expected_text": page._format_percent(expected),
            "verdict": self._get_verdicts()[found] if found else "",
        }

    # ------------------------------------------------------------------
    # In words
    # ------------------------------------------------------------------

    @api.model
    def _get_verdicts(self):
        """Return what is said of a share beside the literature's, by the comparison."""
        return {
            "few": self.env._("too few to tell (below %s)", complaints.MIN_COUNT),
            "same": self.env._("cannot be told apart"),
            "more": self.env._("more than expected"),
            "less": self.env._("fewer than expected"),
        }

    @api.model
    def _compare(self, severity, label, counts):
        """Return a sentence: does a fast answer bring more customers back than a late one?"""
        _all, fast_count, fast = counts[severity, "fast"]
        _all, late_count, late = counts[severity, "late"]
        found = complaints.compare_groups(fast, fast_count, late, late_count)
        values = {
            "severity": label,
            "fast": fast,
            "fast_count": fast_count,
            "late": late,
            "late_count": late_count,
        }
        if found == "few":
            return self.env._(
                "%(severity)s: complaints answered in time (%(fast_count)s) and late (%(late_count)s) are too few "
                "to tell whether a fast answer helps.",
                **values,
            )
        if found == "same":
            return self.env._(
                "%(severity)s: %(fast)s of %(fast_count)s ordered again after an answer in time, %(late)s of "
                "%(late_count)s after a late one; the two cannot be told apart.",
                **values,
            )
        if found == "more":
            return self.env._(
                "%(severity)s: %(fast)s of %(fast_count)s ordered again after an answer in time, %(late)s of "
                "%(late_count)s after a late one; that is more than chance explains.",
                **values,
            )
        return self.env._(
            "%(severity)s: %(fast)s of %(fast_count)s ordered again after an answer in time, %(late)s of "
            "%(late_count)s after a late one; that is fewer, and more than chance explains.",
            **values,
        )

    @api.model
    def _get_texts(self, days, waiting):
        """Return the remarks around the table in which there are figures, by name."""
        return {
            "head": self.env._("Ordered again within %s days (between)", days),
            "source": self.env._("Literature (%s)", complaints.SOURCE),
            "waiting": waiting
            and self.env._(
                "Not counted, as their %(days)s days are not over yet, whether the customer has ordered since or "
                "not: %(count)s.",
                count=waiting,
                days=days,
            ),
        }

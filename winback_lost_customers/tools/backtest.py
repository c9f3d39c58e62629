"""How good a warning was, in figures: what the back-test says about signs, score and model.

Every figure starts from a tally: rows `(value, lost, kept)`, one for each value that a
warning can have (points of a score, a probability, days of silence), with how many of
the customers that had it bought nothing more in the horizon (`lost`) and how many
bought again (`kept`). A higher value must mean more danger. `None` is the answer where
there is nothing to divide by.
"""

from dataclasses import dataclass
from datetime import timedelta
from operator import itemgetter

from odoo.tools import groupby

BINS = 10
GRADES = (("A", 0.05), ("B", 0.02), ("C", -0.005))  # lowest advantage of each; D below
# with fewer customers, an area under the curve is a matter of luck
MIN_LOST = 10
MIN_KEPT = 10


@dataclass(frozen=True)
class Outcome:
    """What a warning did: how many it flagged, how many of them rightly, and how many
    of the lost it missed."""

    flagged: int
    rightly: int
    missed: int

    @property
    def wrongly(self):
        """The false alarms: flagged, and bought again."""
        return self.flagged - self.rightly

    @property
    def precision(self):
        """The share of the flagged that were lost."""
        return divide(self.rightly, self.flagged)

    @property
    def recall(self):
        """The share of the lost that were flagged."""
        return divide(self.rightly, self.rightly + self.missed)


def divide(part, whole):
    """Return `part / whole`, None where there is no whole."""
    return part / whole if whole else None


def get_mean(values):
    """Return the mean of the `values` that are not None; None without any."""
    known = [value for value in values if value is not None]
    return divide(sum(known), len(known))


def get_totals(tally):
    """Return (lost, kept) of all rows together."""
    return sum(lost for _v, lost, _k in tally), sum(kept for _v, _l, kept in tally)


def get_auc(tally):
    """Return the area under the ROC curve: the probability that a lost customer had a
    higher value than one who bought again; equal values count half.

    This is the rank formula: each lost customer beats those below it and half of those
    beside it.
    """
    all_lost, all_kept = get_totals(tally)
    below = beaten = 0
    for _value, rows in groupby(sorted(tally), itemgetter(0)):
        lost, kept = get_totals(rows)
        beaten += lost * (below + kept / 2)
        below += kept
    return divide(beaten, all_lost * all_kept)


def get_outcome(tally, threshold):
    """Return the `Outcome` of flagging every value of at least `threshold`."""
    all_lost, _all_kept = get_totals(tally)
    reached = [row for row in tally if row[0] >= threshold]
    rightly, wrongly = get_totals(reached)
    return Outcome(rightly + wrongly, rightly, all_lost - rightly)


def get_curve(tally, thresholds):
    """Return `[threshold, flagged, rightly, missed]` for each of the `thresholds`."""
    return [
        [threshold, outcome.flagged, outcome.rightly, outcome.missed]
        for threshold in thresholds
        for outcome in [get_outcome(tally, threshold)]
    ]


def get_brier(tally):
    """Return the Brier score of probabilities: the mean square of what they were wrong
    by. 0 is perfect; always saying one half gives .25."""
    all_lost, all_kept = get_totals(tally)
    squares = sum(lost * (1 - p) ** 2 + kept * p**2 for p, lost, kept in tally)
    return divide(squares, all_lost + all_kept)


def get_reliability(tally, bins=BINS):
    """Return `[low, high, customers, expected, lost]` for each bin that is not empty.

    The bins are equally wide; `expected` is the mean probability in the bin and `lost`
    the share that was really lost. 1 belongs to the last bin.
    """
    sums = [[0, 0.0, 0] for _bin in range(bins)]
    for p, lost, kept in tally:
        # the small number: .3 * 10 is a little below 3 in floats
        row = sums[min(bins - 1, int(p * bins + 1e-9))]
        row[0] += lost + kept
        row[1] += p * (lost + kept)
        row[2] += lost
    return [
        [index / bins, (index + 1) / bins, count, expected / count, lost / count]
        for index, (count, expected, lost) in enumerate(sums)
        if count
    ]


def get_calibration_error(tally, bins=BINS):
    """Return the expected calibration error: by how much the probabilities of a bin of
    `get_reliability` differ from what happened, weighted by its customers."""
    curve = get_reliability(tally, bins)
    count = sum(row[2] for row in curve)
    return divide(sum(row[2] * abs(row[3] - row[4]) for row in curve), count)


def get_matching_threshold(tally, wrongly):
    """Return the lowest threshold with at most so many false alarms; None where every
    threshold has more.

    So two warnings are compared at equal false alarms: where values are equal for many
    customers (a score), the nearest number from below.
    """
    best, so_far = None, 0
    for value, rows in groupby(sorted(tally, reverse=True), itemgetter(0)):
        so_far += get_totals(rows)[1]
        if so_far > wrongly:
            break
        best = value
    return best


def get_best_days(tally, low=30, high=365):
    """Return the number of days N, from `low` to `high`, at which the plain rule "silent
    for at least N days" does best on a tally of days; None without losses or without
    anybody who bought again.

    Best is the largest area under the curve of the rule, (sensitivity + specificity) / 2;
    of several the smallest N.
    """
    all_lost, all_kept = get_totals(tally)
    if not all_lost or not all_kept:
        return None
    lost_by_day, kept_by_day = _get_by_day(tally, high)
    lost = kept = best_days = 0
    best = -1.0
    for days in range(high, low - 1, -1):
        lost += lost_by_day[days]
        kept += kept_by_day[days]
        gain = lost / all_lost - kept / all_kept
        if gain >= best:
            best, best_days = gain, days
    return best_days


def _get_by_day(tally, high):
    """Return lost and kept by day of silence; `high` and later together."""
    lost_by_day, kept_by_day = [0] * (high + 1), [0] * (high + 1)
    for days, lost, kept in tally:
        lost_by_day[min(high, max(0, days))] += lost
        kept_by_day[min(high, max(0, days))] += kept
    return lost_by_day, kept_by_day


def get_lead_days(first_flags, first_by_rule):
    """Return (mean lead in days, silences) of a warning over a plain rule.

    Both are `{silence: day of the first month-end at which it was rightly flagged}`;
    only silences that both flagged count. Positive: the warning came earlier.
    """
    both = first_flags.keys() & first_by_rule.keys()
    days = [(first_by_rule[key] - first_flags[key]).days for key in both]
    return divide(sum(days), len(days)), len(days)


def get_grade(advantage, lost, kept):
    """Return A to D for the `advantage` in area under the curve over plain days of
    silence, among the customers whom the plain rule cannot see yet; None where too few
    of them were lost or bought again to say.
    """
    if advantage is None or lost < MIN_LOST or kept < MIN_KEPT:
        return None
    # two areas are numbers of many digits: .05 must be .05
    return next((grade for grade, least in GRADES if round(advantage, 6) >= least), "D")


def get_cutoffs(date_from, date_to, horizon, today):
    """Return the month-ends from `date_from` to `date_to` that leave `horizon` days to
    look at until `today`, oldest first."""
    last = min(date_to, today - timedelta(days=horizon))
    days, day = [], _get_month_end(date_from)
    while day <= last:
        days.append(day)
        day = _get_month_end(day + timedelta(days=1))
    return days


def _get_month_end(day):
    """Return the last day of the month of `day`."""
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)

"""How much a treatment brought beyond what would have come anyway, and how sure that is.

Pure Python. Proportions are compared by Newcombe's hybrid score interval (1998, method
10), which keeps what it promises in small groups and near 0 and 100 %; means by Welch's
interval, as margins of the treated scatter more than those of the others.
"""

import math
import random
from statistics import NormalDist
from typing import NamedTuple

NORMAL = NormalDist()
CONFIDENCE = 0.95
POWER = 0.8
MIN_SHARE, MAX_SHARE, SHARE_STEP = 0.1, 0.5, 0.05  # of a control group that is proposed


class Interval(NamedTuple):
    """A difference, and between what it lies with the confidence asked for."""

    estimate: float
    low: float
    high: float


class Split(NamedTuple):
    """The share of a control group, and whether the effect expected would be seen."""

    control_share: float
    is_enough: bool


# ----------------------------------------------------------------------
# Intervals
# ----------------------------------------------------------------------


def wilson_interval(hits, count, confidence=CONFIDENCE):
    """Return (low, high) of the proportion `hits` of `count` by Wilson's score."""
    z = NORMAL.inv_cdf((1 + confidence) / 2)
    share = hits / count
    centre = share + z * z / (2 * count)
    half = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    scale = 1 + z * z / count
    return max(0.0, (centre - half) / scale), min(1.0, (centre + half) / scale)


def newcombe_interval(hits_a, count_a, hits_b, count_b, confidence=CONFIDENCE):
    """Return the `Interval` of the proportion of A minus that of B; None when a group
    is empty."""
    if not count_a or not count_b:
        return None
    share_a, share_b = hits_a / count_a, hits_b / count_b
    low_a, high_a = wilson_interval(hits_a, count_a, confidence)
    low_b, high_b = wilson_interval(hits_b, count_b, confidence)
    difference = share_a - share_b
    return Interval(
        difference,
        difference - math.hypot(share_a - low_a, high_b - share_b),
        difference + math.hypot(high_a - share_a, share_b - low_b),
    )


def welch_interval(
    mean_a, variance_a, count_a, mean_b, variance_b, count_b, confidence=CONFIDENCE
):
    """Return the `Interval` of the mean of A minus that of B, from sample variances.

    None when a group has fewer than two values or nothing scatters: then the data do
    not tell how sure the difference is.
    """
    if count_a < 2 or count_b < 2:
        return None
    part_a, part_b = variance_a / count_a, variance_b / count_b
    spread = part_a + part_b
    if spread <= 0:
        return None
    freedom = spread**2 / (part_a**2 / (count_a - 1) + part_b**2 / (count_b - 1))
    half = t_quantile((1 + confidence) / 2, freedom) * math.sqrt(spread)
    difference = mean_a - mean_b
    return Interval(difference, difference - half, difference + half)


# ----------------------------------------------------------------------
# Student's t, which the standard library lacks
# ----------------------------------------------------------------------


def t_quantile(probability, freedom):
    """Return the value that Student's t with `freedom` degrees (any positive number)
    exceeds with 1 - `probability`.

    The first terms of the Cornish-Fisher expansion around the normal quantile are
    below it for the upper half; from there Newton's steps on the exact distribution,
    which is concave there, rise to it and never overshoot.
    """
    if probability < 0.5:
        return -t_quantile(1 - probability, freedom)
    z = NORMAL.inv_cdf(probability)
    t = z + (z**3 + z) / (4 * freedom) if freedom >= 3 else z
    for _step in range(100):
        step = (probability - t_cdf(t, freedom)) / _t_density(t, freedom)
        t += step
        if abs(step) <= 1e-10 * max(1.0, abs(t)):
            break
    return t


def t_cdf(t, freedom):
    """Return the probability that Student's t with `freedom` degrees stays below `t`."""
    tail = 0.5 * _incomplete_beta(freedom / 2, 0.5, freedom / (freedom + t * t))
    return 1 - tail if t >= 0 else tail


def _t_density(t, freedom):
    """Return the density of Student's t."""
    log_scale = math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2)
    log_scale -= 0.5 * math.log(freedom * math.pi)
    return math.exp(log_scale - (freedom + 1) / 2 * math.log1p(t * t / freedom))


def _incomplete_beta(a, b, x):
    """Return the regularised incomplete beta function I_x(a, b) by its continued
    fraction, on the side where that converges fast."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    log_front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    front = math.exp(log_front + a * math.log(x) + b * math.log1p(-x))
    if x < (a + 1) / (a + b + 2):
        return front / (a * _beta_fraction(a, b, x))
    return 1 - front / (b * _beta_fraction(b, a, 1 - x))


def _beta_fraction(a, b, x):
    """Return the denominator 1 + d1/(1 + d2/(1 + ...)) of the incomplete beta
    function, evaluated from its far end."""
    value = 1.0
    for k in range(200, 0, -1):
        m, is_odd = divmod(k, 2)
        if is_odd:
            term = -(a + m) * (a + b + m) / ((a + 2 * m) * (a + 2 * m + 1))
        else:
            term = m * (b - m) / ((a + 2 * m - 1) * (a + 2 * m))
        value = 1 + term * x / value
    return value


# ----------------------------------------------------------------------
# How large the groups must be
# ----------------------------------------------------------------------


def required_size(rate_control, rate_treated, treated_share=0.5, power=POWER, confidence=CONFIDENCE):
    """Return how many customers are needed in all, so that the test of two proportions
    (pooled under "no effect", as the groups are weighted) shows the effect with `power`.

    Each group is rounded up. None when there is no effect to be seen.
    """
    size = _required_exactly(rate_control, rate_treated, treated_share, power, confidence)
    if size is None:
        return None
    # a hair less: half of a number must not be rounded up for its last binary digit
    return sum(math.ceil(size * share - 1e-9) for share in (treated_share, 1 - treated_share))


def _required_exactly(rate_control, rate_treated, treated_share, power, confidence):
    """Return the size of both groups together before rounding."""
    if rate_control == rate_treated or not 0 < treated_share < 1:
        return None
    pooled = treated_share * rate_treated + (1 - treated_share) * rate_control
    weights = 1 / treated_share + 1 / (1 - treated_share)
    spread_null = pooled * (1 - pooled) * weights
    spread = rate_treated * (1 - rate_treated) / treated_share
    spread += rate_control * (1 - rate_control) / (1 - treated_share)
    z_alpha = NORMAL.inv_cdf((1 + confidence) / 2)
    reach = z_alpha * math.sqrt(spread_null) + NORMAL.inv_cdf(power) * math.sqrt(spread)
    return reach**2 / (rate_treated - rate_control) ** 2


def detectable_rate(rate_control, treated, control, power=POWER, confidence=CONFIDENCE):
    """Return the smallest rate of the treated, above that of the control group, that
    groups of these sizes would show with `power`; None when not even 100 % would be.
    """
    size = treated + control
    if not treated or not control or rate_control >= 1:
        return None
    share = treated / size
    low, high = rate_control, 1.0
    if _required_exactly(rate_control, high, share, power, confidence) > size:
        return None
    for _step in range(60):
        middle = (low + high) / 2
        needed = _required_exactly(rate_control, middle, share, power, confidence)
        if needed is None or needed > size:
            low = middle
        else:
            high = middle
    return high


def propose_split(size, rate_control, rate_treated, power=POWER):
    """Return the smallest control group, from 10 % in steps of 5, with which `size`
    customers would show the effect; where none would, the best one, halves."""
    steps = round((MAX_SHARE - MIN_SHARE) / SHARE_STEP)
    for step in range(steps + 1):
        share = round(MIN_SHARE + step * SHARE_STEP, 2)
        needed = required_size(rate_control, rate_treated, 1 - share, power)
        if needed is not None and needed <= size:
            return Split(share, True)
    return Split(MAX_SHARE, False)


# ----------------------------------------------------------------------
# Drawing
# ----------------------------------------------------------------------


def draw_control(strata, share, seed):
    """Return the ids drawn for the control group: at random within each stratum, and
    the same again for the same seed.

    The strata get their share by the largest remainder, so that small ones are not all
    rounded down. Who draws a control group at all gets at least one of each group.

    :param dict strata: {key that sorts: ids}
    """
    size = sum(len(ids) for ids in strata.values())
    wanted = min(max(round(size * share), 1), size - 1) if share > 0 and size > 1 else 0
    shares = {key: wanted * len(strata[key]) / size for key in sorted(strata)} if wanted else {}
    counts = {key: math.floor(exact) for key, exact in shares.items()}
    by_remainder = sorted(shares, key=lambda key: (counts[key] - shares[key], key))
    for key in by_remainder[: wanted - sum(counts.values())]:
        counts[key] += 1
    generator = random.Random(seed)  # noqa: S311 a draw to be repeated, not a secret
    return {
        drawn
        for key, count in counts.items()
        for drawn in generator.sample(sorted(strata[key]), count)
    }

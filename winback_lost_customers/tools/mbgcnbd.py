"""MBG/CNBD-k: is a silent customer gone, or only slow?

Purchases of a living customer come at gamma-distributed intervals of regularity k;
after each purchase (and, unlike BG/NBD, after the first one too) the customer may
drop out. Unit of time: days. For each customer

    x     purchase days - 1
    tx    days from the first to the last purchase
    t     days from the first purchase to today
    litt  sum of the logarithms of the gaps

Formulas: Platzer, Reutterer 2016 (MBG/CNBD-k); Batislam et al. 2007 (k = 1);
Fader, Hardie, Lee 2005 (BG/NBD), as written down in the project's `models.md`.
"""

from dataclasses import dataclass, replace
from functools import partial
from math import exp, inf, lgamma, log

MAX_REGULARITY = 12
MEAN_TENURE = 10  # of the scaled time in which the parameters are searched
FORECAST_STEPS = tuple(2**power for power in reversed(range(12)))  # days, eleven years in all
GAIN = 0.01  # a restart that gains less in log-likelihood ends the search
MAX_RESTARTS = 8  # where customers hardly differ, the search gains a little without end
# where few customers tell little: parameters (in time scaled to a mean tenure of 10) that
# most companies come near, and how far off them is likely, in logarithms
PRIOR = (0.0, log(MEAN_TENURE / 2), log(0.5), log(2.5))
PRIOR_SPREAD = 1.0
FAR = 8.0  # logarithms beyond which parameters say no more about the customers


@dataclass(frozen=True)
class Parameters:
    """The four parameters and the regularity `k`; `alpha` in the unit of time.

    `is_modified` tells MBG (drop-out after the first purchase, too) from BG.
    """

    r: float
    alpha: float
    a: float
    b: float
    k: int = 1
    is_modified: bool = True


@dataclass(frozen=True)
class Fit:
    """Fitted parameters with their log-likelihood and the number of customers."""

    parameters: Parameters
    log_likelihood: float
    sample_size: int


def get_shape(parameters, x):
    """Return n = r + k x, the shape of the customer's posterior pace."""
    return parameters.r + parameters.k * x


def get_silence(parameters, x, tx, s):
    """Return g(s): how much of a living customer's probability a silence from `tx`
    until `s` leaves, relative to its value at `tx`."""
    n = get_shape(parameters, x)
    alpha = parameters.alpha
    share = (s - tx) / (alpha + s)
    term, total = 1.0, 1.0
    for j in range(1, parameters.k):
        term *= (n + j - 1) / j * share
        total += term
    return exp(max(-600.0, n * log((alpha + tx) / (alpha + s)))) * total


def get_drop_out(parameters, x):
    """Return D, the weight of having dropped out after the last purchase."""
    if parameters.is_modified:
        return parameters.a / (parameters.b + x)
    return parameters.a / (parameters.b + x - 1) if x else 0.0


def get_p_alive(parameters, x, tx, t):
    """Return the probability that the customer has not dropped out at `t`."""
    silence = get_silence(parameters, x, tx, t)
    return silence / (silence + get_drop_out(parameters, x))


def get_p_no_purchase(parameters, x, tx, t, horizon):
    """Return the probability of no purchase in the next `horizon` days."""
    drop_out = get_drop_out(parameters, x)
    later = get_silence(parameters, x, tx, t + horizon)
    return (later + drop_out) / (get_silence(parameters, x, tx, t) + drop_out)


def get_p_silence(parameters, x, tx, t, days):
    """Return the probability that the present silence reaches `days`; 1 when it has."""
    if t >= tx + days:
        return 1.0
    return get_p_no_purchase(parameters, x, tx, t, tx + days - t)


def get_expected_purchase(parameters, x, tx, t):
    """Return in how many days from `t` a living customer's next purchase is more
    likely than not to have come; None where it is more than eleven years away."""
    half = get_silence(parameters, x, tx, t) / 2
    days = get_last_day(parameters, x, tx, t, half)
    return days + 1 if days < sum(FORECAST_STEPS) else None


def get_last_day(parameters, x, tx, origin, level, steps=FORECAST_STEPS):
    """Return the last day after `origin` on which the silence still leaves more than
    `level`, searched by falling powers of two from the first day on."""
    days = 0
    for step in steps:
        if get_silence(parameters, x, tx, origin + days + step) > level:
            days += step
    return days


def get_expected_purchases(parameters, x, tx, t, horizon):
    """Return the expected number of purchases in the next `horizon` (BG/NBD only).

    :raise ValueError: for another model than BG/NBD, which has no closed form here
    """
    if parameters.is_modified or parameters.k != 1:
        raise ValueError("the expectation is known for BG/NBD only")
    r, alpha, a, b = parameters.r, parameters.alpha, parameters.a, parameters.b
    ratio = (alpha + t) / (alpha + t + horizon)
    z = horizon / (alpha + t + horizon)
    series = get_hypergeometric(r + x, b + x, a + b + x - 1, z)
    expected = (a + b + x - 1) / (a - 1) * (1 - ratio ** (r + x) * series)
    return expected * get_p_alive(parameters, x, tx, t)


def get_hypergeometric(a, b, c, z):
    """Return Gauss' 2F1(a, b; c; z) for 0 <= z < 1 by its series."""
    term, total, n = 1.0, 1.0, 0
    while abs(term) > 1e-14 * abs(total):
        term *= (a + n) * (b + n) / ((c + n) * (n + 1)) * z
        total += term
        n += 1
    return total


# ----------------------------------------------------------------------
# Fitting
# ----------------------------------------------------------------------


def get_log_beta(a, b):
    """Return the logarithm of the beta function."""
    return lgamma(a) + lgamma(b) - lgamma(a + b)


def get_log_likelihood(parameters, customers):
    """Return the log-likelihood of `customers`.

    :param customers: dict of (x, tx, t, litt) -> number of customers
    """
    alpha, regular = parameters.alpha, parameters.k - 1
    by_purchases = {
        x: (get_shape(parameters, x), get_drop_out(parameters, x), get_constant(parameters, x))
        for x in {x for x, _tx, _t, _litt in customers}
    }
    total = 0.0
    for (x, tx, t, litt), count in customers.items():
        n, drop_out, constant = by_purchases[x]
        inner = log(get_silence(parameters, x, tx, t) + drop_out)
        total += count * (constant - n * log(alpha + tx) + regular * litt + inner)
    return total


def get_constant(parameters, x):
    """Return what the log-likelihood of a customer owes to its number of purchases."""
    r, a, b, k = parameters.r, parameters.a, parameters.b, parameters.k
    shift = 1 if parameters.is_modified else 0
    return (
        r * log(parameters.alpha)
        - lgamma(r)
        + lgamma(get_shape(parameters, x))
        - x * lgamma(k)
        + get_log_beta(a, b + x + shift)
        - get_log_beta(a, b)
    )


def group_customers(rows):
    """Return {(x, tx, t, litt): number} of equal `rows`: most are one-time buyers."""
    groups = {}
    for row in rows:
        groups[row] = groups.get(row, 0) + 1
    return groups


def fit(rows, is_modified=True, max_regularity=MAX_REGULARITY, is_small=False):
    """Fit the parameters to `rows` of (x, tx, t, litt), with k = 1, 2, 3... until the
    likelihood drops. Each search starts from the parameters of the one before.

    :param bool is_small: keep near to usual parameters, as few customers look all alike
        by chance, and nobody is certain to come back
    :raise ValueError: where nobody bought twice, so that no rhythm can be learned
    """
    rows = list(rows)
    if not any(x for x, _tx, _t, _litt in rows):
        raise ValueError("no customer bought twice")
    best = None
    for k in range(1, max_regularity + 1):
        start = best.parameters if best else None
        candidate = fit_regularity(rows, k, is_modified, start, is_small)
        if best and candidate.log_likelihood <= best.log_likelihood:
            return best
        best = candidate
    return best


def fit_regularity(rows, k, is_modified=True, start=None, is_small=False):
    """Fit the parameters for a given `k`.

    The time is scaled to a mean tenure of 10, and the search restarts from its
    optimum until the gain is below 0.01, as one pass stops on a ridge.
    """
    rows = list(rows)
    scale = MEAN_TENURE / max(sum(row[2] for row in rows) / len(rows), 1e-9)
    customers = group_customers(scale_row(row, scale) for row in rows)
    objective = partial(get_loss, customers, k, is_modified, is_small)
    point = [0.0, log(MEAN_TENURE / 2), 0.0, 0.0]
    if start:
        values = (start.r, start.alpha * scale, start.a, start.b)
        point = [max(-FAR, min(FAR, log(value))) for value in values]
    value = objective(point)
    for _restart in range(MAX_RESTARTS):
        point, new_value = minimize(objective, point)
        gain, value = value - new_value, new_value
        if gain < GAIN:
            break
    r, alpha, a, b = (exp(v) for v in point)
    found = Parameters(r, alpha / scale, a, b, k, is_modified)
    return Fit(found, get_log_likelihood(found, group_customers(rows)), len(rows))


def scale_row(row, scale):
    """Return (x, tx, t, litt) in another unit of time."""
    x, tx, t, litt = row
    return x, tx * scale, t * scale, litt + x * log(scale)


def get_loss(customers, k, is_modified, is_small, point):
    """Return the negative log-likelihood at the logarithms `point`, for a small sample
    with what the distance from usual parameters costs."""
    if max(map(abs, point)) > FAR:
        return inf
    try:
        values = [exp(v) for v in point]
        likelihood = get_log_likelihood(Parameters(*values, k, is_modified), customers)
    except (OverflowError, ValueError, ZeroDivisionError):
        return inf
    if likelihood != likelihood:
        return inf
    return get_prior_loss(point) - likelihood if is_small else -likelihood


def get_prior_loss(point):
    """Return the negative logarithm of the probability of the logarithms `point`."""
    return sum(((p - q) / PRIOR_SPREAD) ** 2 / 2 for p, q in zip(point, PRIOR, strict=True))


def minimize(objective, start, step=0.5, tolerance=1e-6, max_steps=2000):
    """Return (point, value) at a minimum of `objective`, by Nelder and Mead 1965."""
    simplex = [list(start)]
    for index in range(len(start)):
        corner = list(start)
        corner[index] += step
        simplex.append(corner)
    ranked = sorted((objective(point), point) for point in simplex)
    for _step in range(max_steps):
        if ranked[-1][0] - ranked[0][0] < tolerance:
            break
        ranked = sorted(get_next_simplex(objective, ranked))
    return ranked[0][1], ranked[0][0]


def get_next_simplex(objective, ranked):
    """Return the simplex `ranked` (value, point) with its worst corner improved, or
    shrunk towards the best one."""
    worst_value, worst = ranked[-1]
    others = ranked[:-1]
    centre = [sum(values) / len(others) for values in zip(*(p for _v, p in others), strict=True)]

    def try_at(factor):
        point = [c + factor * (c - w) for c, w in zip(centre, worst, strict=True)]
        return objective(point), point

    reflected = try_at(1.0)
    if reflected[0] < ranked[0][0]:
        return [*others, min(reflected, try_at(2.0))]
    if reflected[0] < others[-1][0]:
        return [*others, reflected]
    contracted = try_at(0.5 if reflected[0] < worst_value else -0.5)
    if contracted[0] < min(reflected[0], worst_value):
        return [*others, contracted]
    best = ranked[0][1]
    shrunk = [[(p + q) / 2 for p, q in zip(point, best, strict=True)] for _v, point in ranked[1:]]
    return [ranked[0], *((objective(point), point) for point in shrunk)]


def in_unit(parameters, days):
    """Return `parameters` fitted in a unit of `days` days for time in days."""
    return replace(parameters, alpha=parameters.alpha * days)

"""A logistic regression on the closed form and nine plain figures, in plain Python.

The second step of the probability model: where a company has enough history, it
corrects the closed form of `mbgcnbd` by what the customer did of late (volume, last
gaps). Ridge penalty of 1, Newton's method, standardised columns, as measured in the
project's `models.md`. The columns themselves are calculated in SQL, once for the
training and once for the scoring (`winback.fact.model`), so that both see the same.
"""

from dataclasses import dataclass, replace
from math import exp, log

PENALTY = 1.0
MAX_STEPS = 25
TOLERANCE = 1e-8
FAR = 30.0  # a logit beyond which a probability is certain for all practical purposes


@dataclass(frozen=True)
class Stack:
    """Weights of the standardised columns; `weights[0]` is the constant."""

    means: tuple
    scales: tuple
    weights: tuple


def get_probability(logit):
    """Return the probability of a `logit`, kept away from overflow."""
    return 1 / (1 + exp(-max(-FAR, min(FAR, logit))))


def get_logit(probability):
    """Return the logit of a `probability`, kept away from 0 and 1."""
    clipped = min(1 - 1e-6, max(1e-6, probability))
    return log(clipped / (1 - clipped))


def predict(stack, row):
    """Return the probability for one customer's columns `row`."""
    logit = stack.weights[0]
    columns = zip(stack.weights[1:], row, stack.means, stack.scales, strict=True)
    for weight, value, mean, scale in columns:
        logit += weight * (value - mean) / scale
    return get_probability(logit)


def blend(stack, share):
    """Return `stack` moved back towards the closed form, whose logit is the first
    column: its own logit counts by `share`, the closed form's by the rest."""
    closed_form = (stack.means[0], stack.scales[0], *(0.0 for _column in stack.means[1:]))
    weights = zip(stack.weights, closed_form, strict=True)
    return replace(stack, weights=tuple(share * w + (1 - share) * c for w, c in weights))


def train(rows, outcomes):
    """Return the stack fitted to `rows` of columns and `outcomes` (0 or 1).

    :raise ValueError: where there are no rows or all outcomes are the same
    """
    if len(set(outcomes)) < 2:
        raise ValueError("nothing to tell apart")
    means, scales = standardise(rows)
    design = [
        (1.0, *((v - m) / s for v, m, s in zip(row, means, scales, strict=True))) for row in rows
    ]
    return Stack(means, scales, tuple(find_weights(design, outcomes)))


def standardise(rows):
    """Return means and standard deviations of the columns; a constant column has 1."""
    count = len(rows)
    columns = list(zip(*rows, strict=True))
    means = tuple(sum(column) / count for column in columns)
    variances = [
        sum((value - mean) ** 2 for value in column) / count
        for column, mean in zip(columns, means, strict=True)
    ]
    return means, tuple(variance**0.5 if variance > 1e-12 else 1.0 for variance in variances)


def find_weights(design, outcomes):
    """Return the weights of the largest penalised likelihood, by Newton's method."""
    weights = [0.0] * len(design[0])
    for _step in range(MAX_STEPS):
        gradient, hessian = get_derivatives(design, outcomes, weights)
        step = solve(hessian, gradient)
        weights = [weight + change for weight, change in zip(weights, step, strict=True)]
        if max(abs(change) for change in step) < TOLERANCE:
            break
    return weights


def get_derivatives(design, outcomes, weights):
    """Return gradient and negative Hessian of the log-likelihood less its penalty; the
    constant is not penalised."""
    size = len(weights)
    gradient = [0.0] + [-PENALTY * weight for weight in weights[1:]]
    hessian = [[0.0] * size for _row in range(size)]
    for row, outcome in zip(design, outcomes, strict=True):
        probability = get_probability(sum(w * v for w, v in zip(weights, row, strict=True)))
        error, spread = outcome - probability, probability * (1 - probability)
        for i, value in enumerate(row):
            gradient[i] += error * value
            weighted, line = spread * value, hessian[i]
            for j in range(i + 1):
                line[j] += weighted * row[j]
    for i in range(size):
        hessian[i][i] += PENALTY if i else 1e-9
        for j in range(i):
            hessian[j][i] = hessian[i][j]
    return gradient, hessian


def solve(matrix, vector):
    """Return the solution of a system of linear equations, by Gauss with pivots."""
    size = len(vector)
    rows = [[*line, value] for line, value in zip(matrix, vector, strict=True)]
    for i in range(size):
        pivot = max(range(i, size), key=lambda r: abs(rows[r][i]))
        rows[i], rows[pivot] = rows[pivot], rows[i]
        for r in range(i + 1, size):
            factor = rows[r][i] / rows[i][i]
            rows[r] = [a - factor * b for a, b in zip(rows[r], rows[i], strict=True)]
    solution = [0.0] * size
    for i in reversed(range(size)):
        known = sum(rows[i][j] * solution[j] for j in range(i + 1, size))
        solution[i] = (rows[i][size] - known) / rows[i][i]
    return solution

"""The Net Promoter Score and how far it may be off, without Odoo."""

from math import sqrt
from typing import NamedTuple

LOWEST, HIGHEST = 0, 10
PROMOTER_FROM, DETRACTOR_TO = 9, 6
# fewer answers say nothing, and could be told apart by name
MIN_ANSWERS = 10
Z_95 = 1.96
# Sauro and Lewis, "Quantifying the User Experience": three answers are added before the
# interval is worked out, so that it is honest with few answers, and if all are the same
ADDED_PROMOTERS = ADDED_DETRACTORS = 0.75
ADDED = 3


class Nps(NamedTuple):
    """A score from -100 to 100, with the 95 % interval around it."""

    score: float
    low: float
    high: float


def get_category(score):
    """Return whether who gave `score` (0-10) is a promoter, passive or a detractor."""
    if score >= PROMOTER_FROM:
        return "promoter"
    return "detractor" if score <= DETRACTOR_TO else "passive"


def get_nps(promoters, passives, detractors):
    """Return the `Nps` of so many answers, None where there is none."""
    answers = promoters + passives + detractors
    if not answers:
        return None
    count = answers + ADDED
    liked = (promoters + ADDED_PROMOTERS) / count
    disliked = (detractors + ADDED_DETRACTORS) / count
    middle = liked - disliked
    margin = Z_95 * sqrt((liked + disliked - middle**2) / count)
    score = (promoters - detractors) / answers
    # the interval lies around the adjusted score, and always covers the plain one
    low, high = min(middle - margin, score), max(middle + margin, score)
    return Nps(100 * score, 100 * max(low, -1), 100 * min(high, 1))

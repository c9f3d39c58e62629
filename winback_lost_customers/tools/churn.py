"""What a yearly churn means. Pure Python.

Of the customers of a company some are lost every year, whatever it does. The trade's rule
of thumb: 5 to 10 % a year are normal, 20 % and more are an alarm.
"""

from math import log

NORMAL_FROM, NORMAL_TO, ALARM_FROM = 5, 10, 20


def get_band(rate):
    """Return the band of a yearly churn of `rate` percent: low, normal, high or alarm; None
    without a rate."""
    if rate is None:
        return None
    if rate < NORMAL_FROM:
        return "low"
    if rate <= NORMAL_TO:
        return "normal"
    return "high" if rate < ALARM_FROM else "alarm"


def get_half_life(rate):
    """Return in how many years half of the customers would be lost at `rate` percent a
    year; None where there is no rate, or nobody is lost."""
    if not rate:
        return None
    return log(0.5) / log(1 - rate / 100) if rate < 100 else 0.0

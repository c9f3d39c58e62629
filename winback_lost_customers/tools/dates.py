"""Days of a company, as limits that SQL can compare with Odoo's UTC columns."""

from datetime import datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def get_zone(name):
    """Return the time zone called `name`; UTC where it is empty or unknown."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")


def end_of_day(day, tz_name):
    """Return the first moment after `day` in zone `tz_name`, as naive UTC.

    A day is 23 or 25 hours long when the clocks change, hence no arithmetic
    with 24 hours here.
    """
    midnight = datetime.combine(day + timedelta(days=1), time.min, get_zone(tz_name))
    return midnight.astimezone(timezone.utc).replace(tzinfo=None)


def month_ends(today, count):
    """Return the last `count` month-ends before `today`, oldest first."""
    ends = []
    first_of_month = today.replace(day=1)
    for _index in range(count):
        last_day = first_of_month - timedelta(days=1)
        ends.append(last_day)
        first_of_month = last_day.replace(day=1)
    return ends[::-1]


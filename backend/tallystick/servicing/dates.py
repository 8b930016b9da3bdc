"""Business dates: local calendar dates, counted in days since 1970-01-01 as the ledger's days."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

from tallystick.loans.calendar import date_of, day_of
from tallystick.servicing.policy import ServicingPolicy

_MOST_DAYS = 3_660


def end_of(day: int, zone: tzinfo) -> int:
    """The Unix second at which a business date has ended: the next local midnight."""
    after = date_of(day + 1)
    return int(datetime(after.year, after.month, after.day, tzinfo=zone).timestamp())


def business_date(timestamp: int, zone: tzinfo) -> int:
    """The business date that runs at a Unix second."""
    return day_of(datetime.fromtimestamp(timestamp, zone).date())


def add_business_days(day: int, count: int, policy: ServicingPolicy) -> int:
    """The business day that is `count` business days after a day."""
    when = date_of(day)
    for _ in range(_MOST_DAYS):
        if count <= 0:
            break
        when += timedelta(days=1)
        count -= policy.is_business_day(when)
    return day_of(when)

"""Days, dates and due dates.

A day is the number of days since 1970-01-01 UTC; a signed date is a `yyyymmdd` integer.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

from tallystick.loans.kinds import Frequency

if TYPE_CHECKING:
    from tallystick.loans.agreement import Agreement

SECONDS_PER_DAY = 86_400
_EPOCH = date(1970, 1, 1).toordinal()
_MONTH_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_BEFORE_MONTH = tuple((153 * month + 2) // 5 - 719_468 for month in range(12))
"""Days from 1970-01-01 to the first of a month, March first, in the year 0."""
_LENGTHS = (31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 31, 0)
"""Of the months from March on; February has to be asked for."""
_MONTHS = Frequency.MONTHS  # looking a member up in its enumeration is slow


def day_of(when: date) -> int:
    """Days since 1970-01-01."""
    return when.toordinal() - _EPOCH


def date_of(day: int) -> date:
    """The date of a day number."""
    return date.fromordinal(day + _EPOCH)


def day_at(timestamp: int) -> int:
    """The UTC day of a Unix timestamp in seconds."""
    return timestamp // SECONDS_PER_DAY


def date_from_ymd(ymd: int) -> date:
    """The date written as a `yyyymmdd` integer; raises `ValueError` when there is no such date."""
    year, rest = divmod(ymd, 10_000)
    return date(year, *divmod(rest, 100))


def ymd_of(when: date) -> int:
    """A date as a `yyyymmdd` integer."""
    return when.year * 10_000 + when.month * 100 + when.day


def is_leap(year: int) -> bool:
    """Whether a year of the Gregorian calendar has 366 days."""
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def month_length(year: int, month: int) -> int:
    """Number of days of a month, 1 to 12."""
    return 29 if month == 2 and is_leap(year) else _MONTH_DAYS[month - 1]


def is_month_end(when: date) -> bool:
    """Whether a date is the last day of its month."""
    return when.day == month_length(when.year, when.month)


def month_day(year: int, month: int, months: int, anchor: int) -> date:
    """Day `anchor` of the month `months` after the given one, clamped to that month's end."""
    years, month0 = divmod(month - 1 + months, 12)
    year += years
    return date(year, month0 + 1, min(anchor, month_length(year, month0 + 1)))


def month_days(year: int, month: int, every: int, anchor: int, count: int) -> list[date]:
    """`count` dates `every` months apart from the given month on, each as `month_day` gives it."""
    common = [min(anchor, length) for length in _MONTH_DAYS]
    leap = [common[0], min(anchor, 29), *common[2:]]
    dates: list[date] = []
    index = 12 * year + month - 1
    for step in range(index, index + every * count, every):
        year, month0 = step // 12, step % 12
        dates.append(date(year, month0 + 1, (leap if is_leap(year) else common)[month0]))
    return dates


def month_index(when: date) -> int:
    """Months since March of the year 0: counted so, a leap day is the last day of its year."""
    return 12 * when.year + when.month - 3


@lru_cache(maxsize=16_384)
def day_in_month(index: int, anchor: int) -> int:
    """Day `anchor` of the month with this `month_index`, clamped to that month's end.

    In days since 1970-01-01, without making a date.
    """
    year, month = divmod(index, 12)
    length = _LENGTHS[month] or 28 + is_leap(year + 1)
    start = 365 * year + year // 4 - year // 100 + year // 400 + _BEFORE_MONTH[month]
    return start + (min(anchor, length)) - 1


def due_day(agreement: Agreement, row: int) -> int:
    """Due day of row `row`, counted from 0."""
    first = date_from_ymd(agreement.first_due_date)
    steps = row * agreement.every
    if agreement.frequency is _MONTHS:
        return day_in_month(month_index(first) + steps, agreement.due_day)
    return day_of(first) + steps * (7 if agreement.frequency is Frequency.WEEKS else 1)


def due_dates(agreement: Agreement) -> list[date]:
    """The due date of every row, as `due_day` gives it."""
    first = date_from_ymd(agreement.first_due_date)
    every, count = agreement.every, agreement.count
    if agreement.frequency is Frequency.MONTHS:
        return month_days(first.year, first.month, every, agreement.due_day, count)
    step = every * (7 if agreement.frequency is Frequency.WEEKS else 1)
    begin = first.toordinal()
    return [date.fromordinal(day) for day in range(begin, begin + step * count, step)]


def begin_day(agreement: Agreement, row: int) -> int:
    """First day of row `row`: the due day before it, the start date for row 0."""
    if row == 0:
        return day_of(date_from_ymd(agreement.start_date))
    return due_day(agreement, row - 1)


def regular_first_period(start: date, first: date, every: int, due_day: int) -> bool:
    """Whether the time to the first due date of a monthly schedule is a period of `every`."""
    months = 12 * (first.year - start.year) + first.month - start.month
    return months == every and start.day == min(due_day, month_length(start.year, start.month))


def days_30e_360(begin: date, end: date) -> int:
    """Days from `begin` to `end` by 30E/360 (every month 30 days, the 31st counts as the 30th)."""
    return (
        360 * (end.year - begin.year)
        + 30 * (end.month - begin.month)
        + min(end.day, 30)
        - min(begin.day, 30)
    )

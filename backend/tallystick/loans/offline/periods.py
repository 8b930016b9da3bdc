"""Due dates of a schedule and the length of its periods in years, as exact fractions."""

from __future__ import annotations

from datetime import date, timedelta

from tallystick.loans.calendar import is_leap, is_month_end, month_day, month_days
from tallystick.loans.kinds import Frequency
from tallystick.loans.offline.terms import DaysInMonth, DaysInYear, InterestPeriod, ScheduleInput

Years = tuple[int, int]
"""A length in years as numerator and denominator."""

_PERIODS_PER_YEAR = {Frequency.MONTHS: 12, Frequency.WEEKS: 52}
_DAYS_PER_YEAR = {DaysInYear.D360: 360, DaysInYear.D364: 364, DaysInYear.D365: 365}


def due_dates(terms: ScheduleInput) -> list[date]:
    """The due date of every repayment; months keep the first due day, clamped to month ends."""
    custom = [row.due_date for row in terms.custom_rows if row.due_date is not None]
    if custom:
        return custom
    begin, first, every = terms.disbursement_date, terms.first_repayment_date, terms.repay_every
    count = terms.number_of_repayments
    if first is None and terms.frequency is Frequency.MONTHS:
        return month_days(begin.year, begin.month + every, every, begin.day, count)
    if first is None:
        return dates_from(begin, terms.frequency, every, count + 1)[1:]
    return dates_from(first, terms.frequency, every, count)


def dates_from(first: date, frequency: Frequency, every: int, count: int) -> list[date]:
    """`count` dates from `first` on; months keep its day, clamped to month ends."""
    if frequency is Frequency.MONTHS:
        return month_days(first.year, first.month, every, first.day, count)
    step = timedelta(days=every * (7 if frequency is Frequency.WEEKS else 1))
    return [first + k * step for k in range(count)]


def period_years(terms: ScheduleInput, dues: list[date]) -> list[Years]:
    """The length of every period under the terms' day-count convention."""
    whole = _whole_period(terms)
    if whole is not None:
        lengths = [whole] * len(dues)
        if terms.first_repayment_date is not None and _counts_days(terms):
            lengths[0] = _months_30(terms.disbursement_date, dues[0], _base(terms))
        return lengths
    begins = [terms.disbursement_date, *dues[:-1]]
    if terms.frequency is Frequency.MONTHS and terms.days_in_month is DaysInMonth.THIRTY:
        return [_months_30(*period, _base(terms)) for period in zip(begins, dues, strict=True)]
    if terms.days_in_year is DaysInYear.ACTUAL:
        return [_actual_actual(*period) for period in zip(begins, dues, strict=True)]
    base = _DAYS_PER_YEAR[terms.days_in_year]
    return [((due - begin).days, base) for begin, due in zip(begins, dues, strict=True)]


def years_between(
    terms: ScheduleInput, begin: date, end: date, frequency: Frequency | None = None
) -> Years:
    """The length of one period that changed dates have made, under the terms' convention.

    Where interest goes by repayment periods, a period of other length counts in proportion.
    """
    months = (frequency or terms.frequency) is Frequency.MONTHS
    if not _counts_days(terms):
        if months:
            return _months_30(begin, end, 360)
        weeks = (frequency or terms.frequency) is Frequency.WEEKS
        return (end - begin).days, 364 if weeks else _base(terms)
    if months and terms.days_in_month is DaysInMonth.THIRTY:
        return _months_30(begin, end, _base(terms))
    if terms.days_in_year is DaysInYear.ACTUAL:
        return _actual_actual(begin, end)
    return (end - begin).days, _DAYS_PER_YEAR[terms.days_in_year]


def _counts_days(terms: ScheduleInput) -> bool:
    return terms.interest_calculation_period is InterestPeriod.DAILY


def _whole_period(terms: ScheduleInput) -> Years | None:
    """The length of a regular period where it is the same for every row, else None."""
    if terms.custom_rows and terms.custom_rows[0].due_date is not None:
        return None
    every = terms.repay_every
    base = _base(terms)
    if not _counts_days(terms):
        return every, _PERIODS_PER_YEAR.get(terms.frequency, base)
    if terms.frequency is Frequency.MONTHS and terms.days_in_month is DaysInMonth.THIRTY:
        return 30 * every, base
    return None


def _base(terms: ScheduleInput) -> int:
    """Days of a year; 365 stands for an actual year where no calendar days are counted."""
    return _DAYS_PER_YEAR.get(terms.days_in_year, 365)


def _months_30(begin: date, end: date, base: int) -> Years:
    """Whole months of 30 days, and the days left over as a share of the month they fall in.

    From a month's end to a month's end is a whole number of months.
    """
    months = 12 * (end.year - begin.year) + end.month - begin.month
    if is_month_end(begin) and is_month_end(end):
        return 30 * months, base
    reached = month_day(begin.year, begin.month, months, begin.day)
    if reached > end:
        months -= 1
        reached = month_day(begin.year, begin.month, months, begin.day)
    length = (month_day(begin.year, begin.month, months + 1, begin.day) - reached).days
    return 30 * (months * length + (end - reached).days), base * length


def _actual_actual(begin: date, end: date) -> Years:
    """Days after `begin` up to `end`, each over the length of the calendar year it lies in."""
    if begin.year == end.year:
        return (end - begin).days, 366 if is_leap(end.year) else 365
    common = leap = 0
    for year in range(begin.year, end.year + 1):
        after = max(begin, date(year - 1, 12, 31))
        days = (min(end, date(year, 12, 31)) - after).days
        if is_leap(year):
            leap += days
        else:
            common += days
    return common * 366 + leap * 365, 365 * 366

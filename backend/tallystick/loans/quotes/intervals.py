"""Intervals between dates in years, as the EU's annual percentage rate of charge counts them.

Directive (EU) 2023/2225, Annex III, part I, remark (c), as Directive 2014/17/EU, Annex I: a year
has 12 equal months, 52 weeks or 365 (366) days. What is no whole number of weeks, months or years
is a whole number of them and days; periods, then days, are counted backwards to the first drawdown,
and days are divided by the length of the year that ends with the last of them.
"""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

from tallystick.loans.calendar import month_day
from tallystick.loans.kinds import Frequency


def eu_years(start: date, end: date, frequency: Frequency) -> Fraction:
    """Years from `start` to `end`, in the loan's own periods and then days."""
    if frequency is Frequency.WEEKS:
        weeks, days = divmod((end - start).days, 7)
        return Fraction(weeks, 52) + _days(start, start + timedelta(days=days))
    per_year, step = (12, 1) if frequency is Frequency.MONTHS else (1, 12)
    periods = (12 * (end.year - start.year) + end.month - start.month) // step
    # A due date clamped to a short month is a whole number of months after the drawdown.
    if month_day(start.year, start.month, periods * step, start.day) == end:
        return Fraction(periods, per_year)
    reached = month_day(end.year, end.month, -periods * step, end.day)
    if reached < start:
        periods -= 1
        reached = month_day(end.year, end.month, -periods * step, end.day)
    return Fraction(periods, per_year) + _days(start, reached)


def _days(start: date, last: date) -> Fraction:
    year = last - month_day(last.year, last.month, -12, last.day)
    return Fraction((last - start).days, year.days)

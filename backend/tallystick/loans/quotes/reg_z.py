"""The annual percentage rate of United States credit: Regulation Z, 12 CFR 1026, Appendix J.

The actuarial method for one advance and payments at equal intervals, the first of which may be odd:
`A = sum P(k) / ((1 + f i) (1 + i)^(t + k))`, where `t` full unit-periods and a fraction `f` of one
lie before the first payment; the annual percentage rate is `i` times the unit-periods of a year.
Numbers in brackets are the appendix's paragraphs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext
from fractions import Fraction

from tallystick.loans.calendar import is_month_end, month_day
from tallystick.loans.kinds import Frequency
from tallystick.loans.quotes.rates import NoRate

_PRECISION = 34
_CLOSE = Decimal("1e-24")
_STEPS = 200


@dataclass(frozen=True, slots=True)
class UnitPeriods:
    """Unit-periods of a year; full ones and the fraction of one before the first payment."""

    per_year: Fraction
    full: int
    fraction: Fraction


def unit_periods(
    start: date, first: date, frequency: Frequency, every: int, *, single: bool
) -> UnitPeriods | None:
    """How `start` to `first` counts; `single` for a loan that is paid back at once.

    The unit-period is the interval between payments, a year at most (b)(4); for a single payment
    the term, a year at most. The appendix has no unit-period of several days; it is counted like
    several weeks here. None where payments lie more than a year apart.
    """
    days = (first - start).days
    months, odd = _months_back(start, first)
    if single and months < 12:
        per_year = Fraction(12, months) if months and not odd else Fraction(365, days)
        return UnitPeriods(per_year, 1, Fraction(0))
    months_apart = frequency is Frequency.MONTHS
    if single or (months_apart and every == 12):
        return _years(start, first, months, odd)
    span = 12 if months_apart else 52 if frequency is Frequency.WEEKS else 365
    if every > span:
        return None
    if months_apart:
        full, rest = divmod(30 * months + odd, 30 * every)
        return UnitPeriods(Fraction(12, every), full, Fraction(rest, 30 * every))
    length = every * (7 if frequency is Frequency.WEEKS else 1)
    full, rest = divmod(days, length)
    return UnitPeriods(Fraction(span, every), full, Fraction(rest, length))


def _years(start: date, first: date, months: int, odd: int) -> UnitPeriods:
    """Full years, then whole months of 12 or else days of 365 (b)(5)(v)."""
    years, rest = divmod(months, 12)
    if odd == 0:
        return UnitPeriods(Fraction(1), years, Fraction(rest, 12))
    reached = month_day(first.year, first.month, -12 * years, first.day)
    return UnitPeriods(Fraction(1), years, Fraction((reached - start).days, 365))


def _months_back(start: date, end: date) -> tuple[int, int]:
    """Full months measured back from `end`, and the days before them.

    A month runs from a date to the same one, or to a month's end where there is none (b)(3).
    """
    months = 12 * (end.year - start.year) + end.month - start.month
    if month_day(start.year, start.month, months, start.day) == end:
        return months, 0
    if is_month_end(start) and is_month_end(end):
        return months, 0
    reached = month_day(end.year, end.month, -months, end.day)
    if reached < start:
        months -= 1
        reached = month_day(end.year, end.month, -months, end.day)
    return months, (reached - start).days


def reg_z_rate(financed: int, payments: Sequence[int], periods: UnitPeriods) -> Decimal:
    """The annual percentage rate, as a fraction of one.

    Raises `NoRate` when nothing is financed or the payments never repay it.
    """
    if not 0 < financed <= sum(payments):
        raise NoRate("a rate needs money that comes and money that goes")
    with localcontext() as context:
        context.prec = _PRECISION
        fraction = Decimal(periods.fraction.numerator) / periods.fraction.denominator
        rate = _unit_rate(financed, payments, periods.full, fraction)
        return rate * periods.per_year.numerator / periods.per_year.denominator


def _unit_rate(financed: int, payments: Sequence[int], full: int, fraction: Decimal) -> Decimal:
    """The present value falls and is convex, so Newton's steps from 0 never pass the root."""
    rate = Decimal(0)
    for _ in range(_STEPS):
        growth = 1 + rate
        odd = 1 + fraction * rate
        present = 1 / (odd * growth**full)
        value, slope, periods = -Decimal(financed), Decimal(0), full
        for payment in payments:
            worth = payment * present
            value += worth
            slope -= worth * (periods / growth + fraction / odd)
            present /= growth
            periods += 1
        if slope == 0:
            break
        move = value / slope
        rate -= move
        if abs(move) < _CLOSE * max(rate, Decimal(1)):
            return rate
    raise NoRate("the payments do not settle on one rate")

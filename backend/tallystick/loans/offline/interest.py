"""Interest of every row before any of it is deferred."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from fractions import Fraction

from tallystick.loans.annuity import Rate
from tallystick.loans.offline.compounding import period_rate
from tallystick.loans.offline.periods import period_years
from tallystick.loans.offline.terms import Plan, RateType, ScheduleInput
from tallystick.loans.rounding import Divide

InterestOf = Callable[[int, int], int]
"""Interest of row k (from 0) on the balance before it."""


def period_rates(terms: ScheduleInput, dues: list[date]) -> list[Rate]:
    """Interest of every period on a balance of one, free periods not yet taken out.

    A bullet loan has one period, from its disbursement to its last due date.
    """
    lengths = period_years(terms, dues)
    if terms.amortization is Plan.BULLET:
        lengths = [total(lengths)]
    if terms.rate_type is RateType.NOMINAL:
        rise, base = terms.annual_rate.numerator, terms.annual_rate.denominator
        return [(rise * years, base * whole) for years, whole in lengths]
    return [
        period_rate(terms.annual_rate, terms.rate_type, Fraction(*years)).as_integer_ratio()
        for years in lengths
    ]


def total(rates: Sequence[Rate]) -> Rate:
    """The sum of rates or lengths, over one denominator."""
    numerator, denominator = 0, 1
    for rise, base in rates:
        if base == denominator:
            numerator += rise
        else:
            numerator, denominator = numerator * base + rise * denominator, denominator * base
    return numerator, denominator


def declining_interest(rates: list[Rate], divide: Divide) -> InterestOf:
    """Interest on the balance, rounded in every row."""

    def interest(k: int, balance: int) -> int:
        rise, base = rates[k]
        return divide(balance * rise, base)

    return interest


def flat_interest(principal: int, rates: list[Rate], free: int, divide: Divide) -> InterestOf:
    """Interest on the whole principal, the same in every row; the last one takes the residue."""
    share, whole = flat_share(principal, rates, free, divide)
    count = len(rates)
    residue = whole - share * (count - free - 1)

    def interest(k: int, _balance: int) -> int:
        if k < free:
            return 0
        return residue if k == count - 1 else share

    return interest


def flat_share(principal: int, rates: list[Rate], free: int, divide: Divide) -> tuple[int, int]:
    """Flat interest of a row, and of all rows that are not free."""
    rise, base = total(rates)
    count = len(rates)
    share = divide(principal * rise, base * count)
    whole = divide(principal * rise * (count - free), base * count)
    # A share rounded up over many rows may exceed the whole; then it is rounded down instead.
    if share * (count - free - 1) > whole:
        share = principal * rise // (base * count)
    return share, whole

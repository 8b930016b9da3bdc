"""Interest of every row before any of it is deferred."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date

from tallystick.loans.annuity import Rate
from tallystick.loans.offline.periods import period_years
from tallystick.loans.offline.terms import ScheduleInput
from tallystick.loans.rounding import Divide

InterestOf = Callable[[int, int], int]
"""Interest of row k (from 0) on the balance before it."""


def period_rates(terms: ScheduleInput, dues: list[date]) -> list[Rate]:
    """Interest of every period on a balance of one, free periods not yet taken out."""
    rise, base = terms.annual_rate.numerator, terms.annual_rate.denominator
    return [(rise * years, base * whole) for years, whole in period_years(terms, dues)]


def total_rate(rates: Sequence[Rate]) -> Rate:
    """The sum of rates, over one denominator."""
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
    rise, base = total_rate(rates)
    count = len(rates)
    share = divide(principal * rise, base * count)
    whole = divide(principal * rise * (count - free), base * count)
    # A share rounded up over many rows may exceed the whole; then it is rounded down instead.
    if share * (count - free - 1) > whole:
        share = principal * rise // (base * count)
    return share, whole

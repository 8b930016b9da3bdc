"""What a recommendation is asked for: the loan, the product's limits and the borrower's budget.

Amounts are integers in units of 10^-money_scale, percentages exact fractions of one. A month is
counted as `12 * year + month - 1`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from tallystick.loans.offline.terms import Plan, ScheduleInput

MAX_TERM = 360


@dataclass(frozen=True, slots=True)
class Product:
    """What the lender offers: `least` to `most` periods, `least_principal` or more.

    `fixed_principal` lists the shares that a balloon plan may repay a row. `may_skip_rows`: a
    seasonal plan may leave out a date whose limit does not cover the interest.
    """

    kinds: tuple[Plan, ...]
    least: int
    most: int
    grace_on_principal: tuple[int, ...]
    fixed_principal: tuple[Fraction, ...]
    may_skip_rows: bool
    least_principal: int


@dataclass(frozen=True, slots=True)
class Estimate:
    """An amount of one month, as expected and in the cautious scenario."""

    expected: int
    cautious: int


@dataclass(frozen=True, slots=True)
class BudgetMonth:
    """Income, expense and what existing debts take in one month."""

    month: int
    income: Estimate
    expense: Estimate
    debt_service: int


@dataclass(frozen=True, slots=True)
class RecommendInput:
    """A checked input. `terms` holds the loan and its conventions; its plan is still open.

    `max_share` of free income may go into debt service in the cautious scenario. The months of the
    budget follow one another; with `repeats` they start again after the last one.
    """

    terms: ScheduleInput
    product: Product
    budget: tuple[BudgetMonth, ...]
    repeats: bool
    max_share: Fraction


def month_of(when: date) -> int:
    """The month of a date, as a number."""
    return 12 * when.year + when.month - 1


def month_text(month: int) -> str:
    """A month as `YYYY-MM`."""
    year, month0 = divmod(month, 12)
    return f"{year:04d}-{month0 + 1:02d}"

"""The seasonal plan: every row repays as much as its month bears.

Interest falls with the balance alone, so the plan whose balance is never above any other plan's is
the cheapest; `docs/maths.md` proves that paying early is that plan. No search is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from tallystick.loans.annuity import Rate
from tallystick.loans.offline.interest import period_rates
from tallystick.loans.offline.periods import due_dates
from tallystick.loans.offline.terms import CustomRow, Plan, ScheduleInput
from tallystick.loans.recommend.limits import Limits
from tallystick.loans.recommend.terms import Product
from tallystick.loans.rounding import ceil_q, rhe

RateBetween = Callable[[int, int], Rate]
"""Interest on a balance of one from row i (-1: disbursement) to row k."""


@dataclass(frozen=True, slots=True)
class Repayment:
    """The principal of every row that is kept, by its place in the grid, and what stays unpaid.

    `stuck` is the first row that may not be left out although its limit is below its interest.
    """

    principal: dict[int, int]
    left: int
    stuck: int | None = None


def repay_early(
    principal: int,
    unit: int,
    limits: Sequence[int],
    floors: Sequence[int],
    rate: RateBetween,
    *,
    may_skip: bool,
) -> Repayment:
    """Repays as early as `limits` allow, in multiples of `unit` but for the last row.

    The balance after row k stays at `floors[k]` or above; the floors fall and end with 0.
    """
    rows: dict[int, int] = {}
    balance, before = principal, -1
    for k, (limit, floor) in enumerate(zip(limits, floors, strict=True)):
        rise, base = rate(before, k)
        interest = rhe(balance * rise, base)
        if interest > limit:
            if not may_skip:
                return Repayment(rows, balance, stuck=k)
            continue
        part = balance
        if floor or balance + interest > limit:
            part = min(limit - interest, balance - floor) // unit * unit
        rows[k] = part
        balance -= part
        before = k
        if balance == 0:
            break
    return Repayment(rows, balance)


def balance_floors(principal: int, unit: int, least: int, count: int) -> list[int]:
    """The least balance after every row: equal principal over the shortest term is the fastest,
    its parts rounded up to `unit`."""
    part = ceil_q(principal, least, unit)
    return [max(principal - k * part, 1) if k < least else 0 for k in range(1, count + 1)]


def seasonal_terms(
    terms: ScheduleInput, product: Product, limits: Limits
) -> tuple[ScheduleInput | None, Repayment]:
    """The cheapest seasonal plan within the limits, or None and how far the best attempt came."""
    dues = due_dates(terms)
    unit = terms.installment_multiple_of or 1
    row_limits = limits.row_limits(dues)
    floors = balance_floors(terms.principal, unit, product.least, len(dues))

    def attempt(rate: RateBetween, *, may_skip: bool) -> Repayment:
        return repay_early(terms.principal, unit, row_limits, floors, rate, may_skip=may_skip)

    grid = period_rates(terms, dues)
    found = attempt(lambda _, k: grid[k], may_skip=False)
    dated = found.stuck is not None and product.may_skip_rows
    if dated:
        found = attempt(_dated_rates(terms, dues), may_skip=True)
    if found.left:
        return None, found
    rows = tuple(
        CustomRow(dues[k] if dated else None, part, None) for k, part in found.principal.items()
    )
    plan = replace(
        terms,
        amortization=Plan.CUSTOM,
        number_of_repayments=len(rows),
        custom_rows=rows,
        first_repayment_date=None if dated else terms.first_repayment_date,
    )
    return plan, found


def _dated_rates(terms: ScheduleInput, dues: Sequence[date]) -> RateBetween:
    """Rates as the calculator counts them between stated due dates."""

    def rate(before: int, k: int) -> Rate:
        begin = terms.disbursement_date if before < 0 else dues[before]
        span = replace(
            terms,
            disbursement_date=begin,
            first_repayment_date=None,
            custom_rows=(CustomRow(dues[k], None, None),),
        )
        return period_rates(span, [dues[k]])[0]

    return rate

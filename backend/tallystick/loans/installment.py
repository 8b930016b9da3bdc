"""The installment that an agreement states, found exactly from its other terms."""

from __future__ import annotations

from datetime import date

from tallystick.loans.agreement import RATE_SCALE
from tallystick.loans.annuity import level_payment
from tallystick.loans.calendar import days_30e_360, month_length
from tallystick.loans.errors import AgreementInvalid
from tallystick.loans.kinds import Frequency
from tallystick.loans.rounding import rhe


def level_installment(
    principal: int,
    annual_rate: int,
    quantum: int,
    frequency: Frequency,
    every: int,
    count: int,
    start_date: date,
    first_due_date: date,
    due_day: int,
) -> int:
    """Total of each row of a level loan, base units, half even to the quantum, at least a quantum.

    `annual_rate` in 1e-9 per year. With a long first period and a high rate the first row's
    interest may exceed it; the schedule then repays no principal in that row.
    """
    first, regular, base = _periods(frequency, every, start_date, first_due_date, due_day)
    unit = RATE_SCALE * base
    rates = [(annual_rate * first, unit), *[(annual_rate * regular, unit)] * (count - 1)]
    return max(level_payment(principal, rates, quantum), quantum)


def equal_principal_installment(principal: int, count: int, quantum: int) -> int:
    """Principal of each row but the last, base units, so that the last row still repays something.

    Half even to the quantum; lower where that would leave nothing for the last row, and below the
    quantum only where no multiple of it fits. Raises `AgreementInvalid` when there are more rows
    than base units.
    """
    if count == 1:
        return principal
    most = (principal - 1) // (count - 1)
    if most < 1:
        raise AgreementInvalid("count", "must not exceed the principal in base units")
    rounded = quantum * rhe(principal, count * quantum)
    if 1 <= rounded <= most:
        return rounded
    return (most // quantum) * quantum or most


def _periods(
    frequency: Frequency, every: int, start: date, first_due: date, due_day: int
) -> tuple[int, int, int]:
    """Length of the first and of every other period, over a common denominator, in years."""
    if frequency is not Frequency.MONTHS:
        unit = 7 if frequency is Frequency.WEEKS else 1
        return (first_due - start).days, every * unit, 365
    months = 12 * (first_due.year - start.year) + first_due.month - start.month
    anchor = min(due_day, month_length(start.year, start.month))
    if months == every and start.day == anchor:
        return 30 * every, 30 * every, 360
    return max(days_30e_360(start, first_due), 0), 30 * every, 360

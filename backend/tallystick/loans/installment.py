"""The installment that an agreement states, found exactly from its other terms."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

from tallystick.loans.agreement import RATE_SCALE
from tallystick.loans.annuity import level_payment
from tallystick.loans.calendar import days_30e_360, month_days, regular_first_period
from tallystick.loans.errors import AgreementInvalid
from tallystick.loans.kinds import DayCount, Frequency, InterestMethod
from tallystick.loans.rounding import rhe


def usual_day_count(frequency: Frequency) -> DayCount:
    """30-day months for monthly loans, actual days over 365 for others."""
    return DayCount.THIRTY_360 if frequency is Frequency.MONTHS else DayCount.ACTUAL_365


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
    *,
    day_count: DayCount | None = None,
    interest_method: InterestMethod = InterestMethod.DECLINING,
    grace_principal: int = 0,
) -> int:
    """Total of each row of a level loan, base units, half even to the quantum, at least a quantum.

    `annual_rate` in 1e-9 per year; None counts days as usual. Rows of the grace on principal do not
    repay, so the others share it. With flat interest the installment is the mean of these. With a
    long first period and a high rate the first row's interest may exceed it; the schedule then
    repays no principal in that row.
    """
    counted = usual_day_count(frequency) if day_count is None else day_count
    days = _days(frequency, every, count, start_date, first_due_date, due_day, counted)
    days = days[grace_principal:]
    unit = RATE_SCALE * (365 if counted is DayCount.ACTUAL_365 else 360)
    if interest_method is InterestMethod.FLAT:
        total = principal * (unit + annual_rate * sum(days))
        return max(quantum * rhe(total, unit * len(days) * quantum), quantum)
    rates = {length: (annual_rate * length, unit) for length in set(days)}  # few are different
    return max(level_payment(principal, [rates[length] for length in days], quantum), quantum)


def equal_principal_installment(principal: int, count: int, quantum: int) -> int:
    """Principal of each of `count` repaying rows but the last, base units, so that the last one
    still repays something.

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


def _days(
    frequency: Frequency,
    every: int,
    count: int,
    start: date,
    first_due: date,
    due_day: int,
    day_count: DayCount,
) -> list[int]:
    """Length of each period in days of the day count's year."""
    months = frequency is Frequency.MONTHS
    if months and day_count is DayCount.THIRTY_360:
        first = max(days_30e_360(start, first_due), 0)
        if regular_first_period(start, first_due, every, due_day):
            first = 30 * every
        return [first] + [30 * every] * (count - 1)
    if months:
        dues = month_days(first_due.year, first_due.month, every, due_day, count)
    else:
        step = timedelta(days=every * (7 if frequency is Frequency.WEEKS else 1))
        dues = [first_due + row * step for row in range(count)]
    periods = pairwise([start, *dues])
    if day_count is DayCount.THIRTY_360:
        return [max(days_30e_360(begin, due), 0) for begin, due in periods]
    return [(due - begin).days for begin, due in periods]

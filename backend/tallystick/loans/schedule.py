"""The schedule that an agreement decides, row by row: `docs/ledger.md`, "Interest of a row"."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from tallystick.loans.agreement import RATE_SCALE, Agreement
from tallystick.loans.calendar import (
    begin_day,
    date_from_ymd,
    day_of,
    days_30e_360,
    due_dates,
    due_day,
    regular_first_period,
)
from tallystick.loans.kinds import Amortization, Frequency
from tallystick.loans.rounding import ceil_q, rhe, round_q

# Looking a member up in its enumeration is slow, and these are asked in every row.
_LEVEL = Amortization.LEVEL
_EQUAL_PRINCIPAL = Amortization.EQUAL_PRINCIPAL


class Row(NamedTuple):
    """One installment: `n` counts from 1, amounts in base units, `balance` is left after it."""

    n: int
    due_day: int
    due_date: date
    principal: int
    interest: int
    balance: int


def year_fraction(agreement: Agreement, row: int) -> tuple[int, int]:
    """Length of a whole row in years, as numerator and denominator."""
    if agreement.frequency is not Frequency.MONTHS:
        return due_day(agreement, row) - begin_day(agreement, row), 365
    if row > 0 or regular_first_period(agreement):
        return 30 * agreement.every, 360
    start = date_from_ymd(agreement.start_date)
    first = date_from_ymd(agreement.first_due_date)
    return max(days_30e_360(start, first), 0), 360


def row_interest(agreement: Agreement, row: int, balance: int, since: int | None = None) -> int:
    """Interest of row `row` on `balance`, counted from day `since` (None: the row's own begin)."""
    numerator, denominator = year_fraction(agreement, row)
    numerator *= balance * agreement.annual_rate
    denominator *= RATE_SCALE
    if since is not None:
        due = due_day(agreement, row)
        numerator *= due - since
        denominator *= due - begin_day(agreement, row)
    return round_q(numerator, denominator, agreement.quantum)


def row_principal(agreement: Agreement, row: int, balance: int, interest: int) -> int:
    """Principal of row `row` given the balance before it and its interest."""
    if row == agreement.count - 1:
        return balance
    if agreement.amortization is _LEVEL:
        return min(max(agreement.installment - interest, 0), balance)
    if agreement.amortization is _EQUAL_PRINCIPAL:
        return min(agreement.installment, balance)
    return 0


def accrued_interest(agreement: Agreement, row: int, balance: int, since: int, day: int) -> int:
    """Interest of row `row` from day `since` to `day`, before it is due, rounded up to the quantum.

    Never more than the row's interest; 0 when `day` does not lie after `since`.
    """
    if day <= since:
        return 0
    numerator, denominator = year_fraction(agreement, row)
    numerator *= balance * agreement.annual_rate * (day - since)
    denominator *= RATE_SCALE * (due_day(agreement, row) - begin_day(agreement, row))
    accrued = ceil_q(numerator, denominator, agreement.quantum)
    return min(accrued, row_interest(agreement, row, balance, since))


def schedule(agreement: Agreement) -> list[Row]:
    """The whole schedule as agreed. Ends early when the balance reaches 0."""
    rows: list[Row] = []
    balance, quantum = agreement.principal, agreement.quantum
    # every row after the first is as long as any other
    numerator, unit = _row_rate(agreement, 0)
    regular = _row_rate(agreement, 1) if agreement.count > 1 else (numerator, unit)
    for k, due in enumerate(due_dates(agreement)):
        interest = quantum * rhe(balance * numerator, unit)
        principal = row_principal(agreement, k, balance, interest)
        balance -= principal
        rows.append(Row(k + 1, day_of(due), due, principal, interest, balance))
        if balance == 0:
            break
        numerator, unit = regular
    return rows


def _row_rate(agreement: Agreement, row: int) -> tuple[int, int]:
    """Interest of a whole row on one base unit, in quanta."""
    numerator, denominator = year_fraction(agreement, row)
    return agreement.annual_rate * numerator, RATE_SCALE * denominator * agreement.quantum

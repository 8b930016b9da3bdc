"""What delinquency needs to know of a loan, today and at any day of its past."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import NamedTuple

from tallystick.loans.agreement import Agreement
from tallystick.loans.calendar import day_at
from tallystick.loans.debt import CLEAN, Debt
from tallystick.loans.fold import LoanState
from tallystick.loans.kinds import Source, Status
from tallystick.loans.ledger import apply_payment, open_debt, open_rows


class Exposure(NamedTuple):
    """Due day of the oldest row that owes something, and outstanding principal in base units.

    Neither depends on the day it is asked: time alone moves no due date and repays nothing.
    """

    due_day: int
    outstanding: int


def exposure(agreement: Agreement, debt: Debt) -> Exposure | None:
    """The exposure of a loan in state `debt`; None when it is closed."""
    if debt.status is not Status.ACTIVE:
        return None
    outstanding: int | None = None
    for entry in open_rows(agreement, debt):
        if outstanding is None:
            outstanding = entry.balance - (entry.principal - entry.unpaid_principal)
        if entry.unpaid:
            return Exposure(entry.due, outstanding)
    raise AssertionError("an active loan has a row that owes something")


@dataclass(frozen=True, slots=True)
class History:
    """Every exposure a loan has had; the k-th held from `days[k]`, None once it was closed."""

    days: tuple[int, ...]
    exposures: tuple[Exposure | None, ...]

    @property
    def originated(self) -> int:
        """The day of the loan's first event."""
        return self.days[0]

    def at(self, day: int) -> Exposure | None:
        """The exposure at the end of `day`; None before origination and after closing."""
        index = bisect_right(self.days, day) - 1
        return self.exposures[index] if index >= 0 else None


def history(state: LoanState) -> History:
    """The exposures of a loan, replayed from its payments."""
    agreement, debt, penalty = state.agreement, open_debt(state.agreement), CLEAN
    days = [day_at(state.originated.timestamp)]
    exposures = [exposure(agreement, debt)]
    for payment in state.payments:
        amount = None if payment.source is Source.COLLECTED else payment.split.total
        debt, penalty, _ = apply_payment(agreement, debt, penalty, payment.day, amount)
        days.append(payment.day)
        exposures.append(exposure(agreement, debt))
    return History(tuple(days), tuple(exposures))

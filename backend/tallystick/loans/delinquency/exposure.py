"""What delinquency needs to know of a loan, today and at any day of its past."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import NamedTuple

from tallystick.loans.agreement import Agreement
from tallystick.loans.calendar import day_at
from tallystick.loans.debt import State
from tallystick.loans.fold import LoanState
from tallystick.loans.ledger import open_state
from tallystick.loans.position import Position
from tallystick.loans.replay import replay


class Exposure(NamedTuple):
    """Due day of the oldest row that owes something, and outstanding principal in base units.

    Neither depends on the day it is asked: time alone moves no due date and repays nothing.
    """

    due_day: int
    outstanding: int


def exposure(agreement: Agreement, state: State) -> Exposure | None:
    """The exposure of a loan in `state`; None when it is closed.

    A loan that was written off is still owed, so it stays in.
    """
    outstanding, due_day = Position(agreement, state).standing()
    return None if due_day is None else Exposure(due_day, outstanding)


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


def history(loan: LoanState) -> History:
    """The exposures of a loan, replayed."""
    days = [day_at(loan.originated.timestamp)]
    exposures = [exposure(loan.original, open_state(loan.original))]
    for step in replay(loan):
        days.append(step.day)
        exposures.append(exposure(step.terms, step.after))
    return History(tuple(days), tuple(exposures))

"""What each row of the schedule was agreed to be, has become and has been paid."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from tallystick.loans.agreement import Agreement
from tallystick.loans.calendar import day_of, due_dates
from tallystick.loans.debt import State
from tallystick.loans.events import Accelerated, Amended
from tallystick.loans.fold import LoanState, Payment
from tallystick.loans.kinds import Source, Status
from tallystick.loans.ledger import open_rows, open_state
from tallystick.loans.position import OpenRow
from tallystick.loans.replay import Step, replay
from tallystick.loans.schedule import Row, schedule

RowStatus = Literal["paid", "paid_late", "overdue", "due", "upcoming", "not_needed"]


@dataclass(slots=True)
class RowStanding:
    """One row of a loan, base units; days since 1970-01-01.

    `interest` and `principal` are what the row asks for after prepayments. `prepaid` is principal
    paid ahead inside the row's period, beyond what the row asks for. `paid_day` is None until the
    row is complete; `needed` is False once the loan can close without it.
    """

    agreed: Row
    interest: int = 0
    principal: int = 0
    paid_interest: int = 0
    paid_principal: int = 0
    prepaid: int = 0
    paid_day: int | None = None
    needed: bool = False

    @property
    def touched(self) -> bool:
        """Whether the row asks for anything or was paid into."""
        return self.needed or self.paid_interest + self.paid_principal + self.prepaid > 0

    def ask(self, entry: OpenRow) -> None:
        """Take what the open row owes, beside interest of an earlier part of it that was paid with
        a prepayment."""
        self.interest += entry.interest
        self.principal += entry.principal

    def complete(self, entry: OpenRow, day: int) -> None:
        """The row is paid, or owes nothing and is passed over."""
        if self.paid_day is None:
            self.ask(entry)
            self.paid_day = day

    def status(self, day: int) -> RowStatus:
        """Where the row stands on `day`."""
        if self.paid_day is not None:
            return "paid_late" if self.paid_day > self.agreed.due_day else "paid"
        if not self.needed:
            return "not_needed"
        if day < self.agreed.due_day:
            return "upcoming"
        if self.interest + self.principal == self.paid_interest + self.paid_principal:
            return "paid"
        return "overdue" if day > self.agreed.due_day else "due"

    def days_late(self, day: int) -> int:
        """Days from the due date to the completing payment; to `day` while something is unpaid."""
        status = self.status(day)
        if status == "paid_late" and self.paid_day is not None:
            return self.paid_day - self.agreed.due_day
        return day - self.agreed.due_day if status == "overdue" else 0


def allocate(loan: LoanState) -> list[RowStanding]:
    """All rows of the terms in force, with every payment since they are split over them as the book
    applied it."""
    rows = rows_after(loan.original, replay(loan))
    while rows[-1].agreed.principal == 0 and not rows[-1].touched:
        rows.pop()
    return rows


def rows_after(original: Agreement, steps: Iterable[Step]) -> list[RowStanding]:
    """The rows of the terms in force after `steps`, those included that nobody will need."""
    rows, state, terms = _agreed(original), open_state(original), original
    for step in steps:
        if isinstance(step.event, Amended):
            rows = _agreed(step.terms)
        elif isinstance(step.event, Payment):
            _apply(rows, terms, step, step.event)
        elif isinstance(step.event, Accelerated):
            _call(rows, step.after)
        state, terms = step.after, step.terms
    for entry in open_rows(terms, state):
        row = rows[entry.row]
        row.needed = True
        if row.paid_day is None:  # a row that waits for the penalty is paid and open
            row.ask(entry)
    return rows


def _agreed(agreement: Agreement) -> list[RowStanding]:
    """Every row that the loan may need: where the agreed schedule ends early, a prepayment that
    lowers the installment can make it end later."""
    rows = schedule(agreement)
    for n, due in enumerate(due_dates(agreement)[len(rows) :], start=len(rows) + 1):
        rows.append(Row(n, day_of(due), due, 0, 0, 0))
    return [RowStanding(agreed) for agreed in rows]


def _call(rows: list[RowStanding], after: State) -> None:
    """Everything falls due in one row: what was paid into it belongs to it."""
    row = rows[after.debt.row]
    row.interest, row.principal = row.paid_interest, row.paid_principal


def _apply(rows: list[RowStanding], agreement: Agreement, step: Step, payment: Payment) -> None:
    interest, principal = payment.split.interest, payment.split.principal
    ahead, free = None, False
    for entry in open_rows(agreement, step.before):
        row = rows[entry.row]
        if entry.due > payment.day:
            ahead, free = row, entry.row < agreement.grace_interest
            break
        to_interest = min(interest, entry.unpaid_interest)
        to_principal = min(principal, entry.unpaid_principal)
        row.paid_interest += to_interest
        row.paid_principal += to_principal
        interest -= to_interest
        principal -= to_principal
        if to_interest + to_principal == entry.unpaid:
            row.complete(entry, payment.day)
        elif payment.source is not Source.SETTLEMENT:  # which pays principal first, of all rows
            break
    if ahead is None:
        return
    ahead.paid_interest += interest
    if principal or free:  # a row that asks for nothing yet asks for what is paid all the same
        ahead.interest = ahead.paid_interest
    if principal:
        ahead.prepaid += principal
        if step.after.debt.status is Status.CLOSED:
            ahead.paid_day = payment.day

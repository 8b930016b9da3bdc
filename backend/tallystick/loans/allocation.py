"""What each row of the schedule was agreed to be, has become and has been paid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tallystick.loans.agreement import Agreement
from tallystick.loans.debt import CLEAN, Debt
from tallystick.loans.fold import LoanState, Payment
from tallystick.loans.kinds import Source, Status
from tallystick.loans.ledger import apply_payment, open_debt, open_rows
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


def allocate(state: LoanState) -> list[RowStanding]:
    """All rows of the loan, with every payment split over them as the book applied it."""
    rows = [RowStanding(agreed) for agreed in schedule(state.agreement)]
    debt, penalty = open_debt(state.agreement), CLEAN
    for payment in state.payments:
        amount = None if payment.source is Source.COLLECTED else payment.split.total
        after, penalty, _ = apply_payment(state.agreement, debt, penalty, payment.day, amount)
        _apply(rows, state.agreement, debt, after, payment)
        debt = after
    if debt.status is Status.ACTIVE:
        for entry in open_rows(state.agreement, debt):
            row = rows[entry.row]
            # interest of an earlier part of the row, paid with a prepayment, is already in the row
            row.interest += entry.interest
            row.principal = entry.principal
            row.needed = True
    return rows


def _apply(
    rows: list[RowStanding], agreement: Agreement, debt: Debt, after: Debt, payment: Payment
) -> None:
    interest, principal = payment.split.interest, payment.split.principal
    ahead = None
    for entry in open_rows(agreement, debt):
        row = rows[entry.row]
        if entry.due > payment.day:
            ahead = row
            break
        to_interest = min(interest, entry.unpaid_interest)
        to_principal = min(principal, entry.unpaid_principal)
        row.paid_interest += to_interest
        row.paid_principal += to_principal
        interest -= to_interest
        principal -= to_principal
        if to_interest + to_principal < entry.unpaid:
            break
        row.interest += entry.interest
        row.principal = entry.principal
        row.paid_day = payment.day
    if ahead is None:
        return
    ahead.paid_interest += interest
    if principal:
        ahead.interest = ahead.paid_interest
        ahead.prepaid += principal
        if after.status is Status.CLOSED:
            ahead.paid_day = payment.day

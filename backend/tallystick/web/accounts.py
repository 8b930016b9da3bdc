"""What an account owes or is owed, added up by token."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tallystick.api.schemas.loans import Loan, LoanPage, NextDue
from tallystick.api.schemas.types import Token


@dataclass(slots=True)
class Sum:
    """Loans in one token: principal in base units, how many run and are overdue, and the earliest
    row that is to be paid."""

    token: Token
    overdue: int = 0
    outstanding: int = 0
    running: int = 0
    next_due: NextDue | None = None


@dataclass(frozen=True, slots=True)
class Side:
    """One side of an account: `name` is borrower or lender."""

    name: str
    page: LoanPage
    sums: list[Sum]


def sums(loans: Iterable[Loan]) -> list[Sum]:
    """One sum for each chain and token, in the order in which they come."""
    found: dict[tuple[int, str], Sum] = {}
    for loan in loans:
        line = found.setdefault((loan.chain_id, loan.token.address), Sum(loan.token))
        line.outstanding += int(loan.outstanding)
        line.running += loan.status != "closed"
        line.overdue += loan.days_past_due > 0
        due = loan.next_due
        if due is not None and (line.next_due is None or due.due_date < line.next_due.due_date):
            line.next_due = due
    return list(found.values())

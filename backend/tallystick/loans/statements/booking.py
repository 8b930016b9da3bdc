"""A loan as an account: every amount charged and paid, in order, with the balance after it.

The balance of a day is what the ledger says is due and outstanding that day: penalty owed, interest
of rows already due, and outstanding principal. Interest is charged on a row's due date, or, where a
payment runs ahead of it, on the day of the payment; penalties when a payment or the end of a
statement asks for them.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from tallystick.loans.calendar import day_at
from tallystick.loans.debt import CLEAN, NOTHING, Split
from tallystick.loans.fold import LoanState, Payment
from tallystick.loans.kinds import Source, Status
from tallystick.loans.ledger import apply_payment, open_debt, open_rows, owed_at

Kind = Literal["disbursement", "interest_due", "interest_to_date", "penalty", "payment"]


class Entry(NamedTuple):
    """One booking, base units: what it adds to the balance (a payment takes away).

    `item` is the row (from 1) of interest due, and the number (from 1) of a payment.
    """

    day: int
    kind: Kind
    change: Split
    balance: Split
    item: int | None = None


class Book:
    """The account of one loan, written day by day."""

    def __init__(self, state: LoanState) -> None:
        self._agreement = state.agreement
        self._debt, self._penalty = open_debt(state.agreement), CLEAN
        self._settled = day_at(state.originated.timestamp)
        self.entries: list[Entry] = []
        self.balance = NOTHING
        self._add(self._settled, "disbursement", Split(principal=state.agreement.principal))

    def settle(self, day: int) -> None:
        """Charge the interest that fell due and the penalty that arose until `day`."""
        if self._debt.status is not Status.ACTIVE:
            return
        for row in open_rows(self._agreement, self._debt):
            if row.due > day:
                break
            if row.due > self._settled and row.unpaid_interest:
                interest = Split(interest=row.unpaid_interest)
                self._add(row.due, "interest_due", interest, row.row + 1)
        owed = owed_at(self._agreement, self._debt, self._penalty, day).due.penalty
        if owed != self.balance.penalty:
            self._add(day, "penalty", Split(penalty=owed - self.balance.penalty))
        self._settled = max(self._settled, day)

    def pay(self, payment: Payment, number: int) -> None:
        """Charge what is due by the payment's day, then book the payment."""
        self.settle(payment.day)
        ahead = payment.split.interest - self.balance.interest
        if ahead > 0:
            self._add(payment.day, "interest_to_date", Split(interest=ahead))
        amount = None if payment.source is Source.COLLECTED else payment.split.total
        self._debt, self._penalty, split = apply_payment(
            self._agreement, self._debt, self._penalty, payment.day, amount
        )
        taken = Split(-split.penalty, -split.interest, -split.fee, -split.principal)
        self._add(payment.day, "payment", taken, number)

    def _add(self, day: int, kind: Kind, change: Split, item: int | None = None) -> None:
        self.balance += change
        self.entries.append(Entry(day, kind, change, self.balance, item))

"""A loan as an account: every amount charged and paid, in order, with the balance after it.

The balance of a day is what the ledger says is due and outstanding that day: penalty owed, interest
of rows already due, and outstanding principal. Interest is charged on a row's due date, or, where a
payment runs ahead of it, on the day of the payment; penalties when a payment or the end of a
statement asks for them.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from tallystick.loans.calendar import day_at
from tallystick.loans.debt import NOTHING, Split
from tallystick.loans.events import Accelerated, Amended
from tallystick.loans.fold import LoanState, Payment
from tallystick.loans.kinds import Source, Status
from tallystick.loans.ledger import open_rows, open_state, owed_at
from tallystick.loans.replay import Step

Kind = Literal[
    "opening",
    "closing",
    "disbursement",
    "interest_due",
    "interest_to_date",
    "penalty",
    "prepayment_fee",
    "payment",
    "waiver",
    "capitalisation",
    "deferral",
]


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

    def __init__(self, loan: LoanState) -> None:
        self._agreement, self._state = loan.original, open_state(loan.original)
        self._settled = day_at(loan.originated.timestamp)
        self.entries: list[Entry] = []
        self.balance = NOTHING
        self._add(self._settled, "disbursement", Split(principal=loan.original.principal))

    def settle(self, day: int) -> None:
        """Charge the interest that fell due and the penalty that arose until `day`."""
        for row in open_rows(self._agreement, self._state):
            if row.due > day:
                break
            if row.due > self._settled and row.unpaid_interest:
                interest = Split(interest=row.unpaid_interest)
                self._add(row.due, "interest_due", interest, row.row + 1)
        owed = owed_at(self._agreement, self._state, day).due.penalty
        if owed != self.balance.penalty:
            self._add(day, "penalty", Split(penalty=owed - self.balance.penalty))
        self._settled = max(self._settled, day)

    def follow(self, step: Step) -> None:
        """Charge what is due by the day of the step, then book it."""
        self.settle(step.day)
        if isinstance(step.event, Payment):
            self._pay(step.event, step.number)
        elif isinstance(step.event, Amended):
            self._amend(step.event, step.day)
        elif isinstance(step.event, Accelerated):
            self._charge_to(step.day, step.event.interest)
        self._agreement, self._state = step.terms, step.after
        if step.after.debt.status is Status.CLOSED:
            self._forgive(step.day)

    def _pay(self, payment: Payment, number: int | None) -> None:
        split = payment.split
        if payment.source is Source.SETTLEMENT:
            owed = owed_at(self._agreement, self._state, payment.day)
            self._charge_to(payment.day, owed.due.interest + owed.accrued)
        self._charge_to(payment.day, split.interest)
        if split.fee:
            self._add(payment.day, "prepayment_fee", Split(fee=split.fee))
        self._add(payment.day, "payment", _minus(split), number)

    def _amend(self, event: Amended, day: int) -> None:
        owed = owed_at(self._agreement, self._state, day)
        self._charge_to(day, owed.due.interest + owed.accrued)
        if event.waived.total:
            self._add(day, "waiver", _minus(event.waived))
        interest = self.balance.interest
        if interest and event.amendment.capitalise:
            self._add(day, "capitalisation", Split(interest=-interest, principal=interest))
        elif interest:
            self._add(day, "deferral", Split(interest=-interest))

    def _charge_to(self, day: int, interest: int) -> None:
        """Charge interest ahead of its due date, so that `interest` stands in the balance."""
        if interest > self.balance.interest:
            ahead = Split(interest=interest - self.balance.interest)
            self._add(day, "interest_to_date", ahead)

    def _forgive(self, day: int) -> None:
        if self.balance.total:
            self._add(day, "waiver", _minus(self.balance))

    def _add(self, day: int, kind: Kind, change: Split, item: int | None = None) -> None:
        self.balance += change
        self.entries.append(Entry(day, kind, change, self.balance, item))


def _minus(split: Split) -> Split:
    return Split(-split.penalty, -split.interest, -split.fee, -split.principal)

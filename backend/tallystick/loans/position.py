"""A loan in one state: what is still to be paid, and what is owed on a day: `docs/ledger.md`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from tallystick.loans.agreement import RATE_SCALE, Agreement
from tallystick.loans.debt import Carry, Debt, Owed, Penalty, Split, State
from tallystick.loans.kinds import Status
from tallystick.loans.rounding import rhe
from tallystick.loans.rows import Rows

# Looking a member up in its enumeration is slow, and these are asked in every payment.
_ACTIVE, _CLOSED, _NONE = Status.ACTIVE, Status.CLOSED, Status.NONE


class OpenRow(NamedTuple):
    """A row that is not closed: from when to when it runs, what it owes and what of it is unpaid.

    `since` is the day from which its own interest counts, `balance` the principal before it;
    `interest` includes `deferred`, that of rows before it, unless the row itself pays nothing.
    """

    row: int
    begin: int
    due: int
    since: int
    balance: int
    deferred: int
    interest: int
    principal: int
    unpaid_interest: int
    unpaid_principal: int

    @property
    def unpaid(self) -> int:
        """What is still to be paid into the row."""
        return self.unpaid_interest + self.unpaid_principal


class Position(Rows):
    """The members of `Debt`, `Penalty` and `Carry`, with what the agreement makes of them."""

    __slots__ = (
        "_open",
        "accelerated",
        "accrued_to",
        "amended",
        "assigned",
        "balance",
        "deferred",
        "installment",
        "late",
        "manual",
        "penalty_day",
        "penalty_paid",
        "points",
        "row",
        "row_paid",
        "status",
        "watch_left",
        "watch_rows",
    )

    def __init__(self, agreement: Agreement, state: State | None = None) -> None:
        """The account in `state`; without one, right after origination."""
        super().__init__(agreement)
        self._open = (-1, 0, 0)
        self.balance = agreement.principal
        self.row_paid = self.row = self.accrued_to = 0
        self.points = self.penalty_paid = self.penalty_day = 0
        self.deferred = self.installment = 0
        self.watch_left = self.watch_rows = 0
        self.status = _ACTIVE
        self.late = self.accelerated = self.manual = self.assigned = self.amended = False
        if state is not None:
            self._restore(*state)

    def _restore(self, debt: Debt, penalty: Penalty, carry: Carry) -> None:
        self.balance, self.row_paid, self.row = debt.balance, debt.row_paid, debt.row
        self.accrued_to, self.status, self.late = debt.accrued_to, debt.status, debt.late
        self.accelerated, self.manual = debt.accelerated, debt.manual
        self.assigned, self.amended = debt.assigned, debt.amended
        self.watch_left, self.watch_rows = debt.watch_left, debt.watch_rows
        self.points, self.penalty_paid = penalty.points, penalty.paid
        self.penalty_day = penalty.day
        self.deferred, self.installment = carry.deferred, carry.installment
        if self.installment:
            self._set_installment(self.installment)
        if self.accelerated:
            self._call()

    def state(self) -> State:
        """The account as values."""
        debt = Debt(
            balance=self.balance,
            row_paid=self.row_paid,
            row=self.row,
            accrued_to=self.accrued_to,
            status=self.status,
            late=self.late,
            carried=bool(self.deferred or self.installment),
            accelerated=self.accelerated,
            manual=self.manual,
            assigned=self.assigned,
            amended=self.amended,
            watch_left=self.watch_left,
            watch_rows=self.watch_rows,
        )
        penalty = Penalty(self.points, self.penalty_paid, self.penalty_day)
        return State(debt, penalty, Carry(self.deferred, self.installment))

    @property
    def is_open(self) -> bool:
        """Whether anything can still be owed."""
        return self.status is not _CLOSED and self.status is not _NONE

    def rows(self) -> Iterator[OpenRow]:
        """The rows of an open loan that are still to be paid, oldest first."""
        row, balance, paid, deferred = self.row, self.balance, self.row_paid, self.deferred
        begin, due = self._period()
        since = self._since(begin)
        while True:
            own = self.interest(row, balance, begin, due, since)
            principal = self.principal(row, balance, own)
            interest = own + deferred
            after = 0
            if row < self._interest_free:
                after, interest, covered = interest - paid, 0, 0
            elif self._principal_first:
                covered = max(0, paid - principal)
            else:
                covered = min(paid, interest)
            to_principal = 0 if row < self._interest_free else paid - covered
            yield OpenRow(
                row,
                begin,
                due,
                since,
                balance,
                deferred,
                interest,
                principal,
                interest - covered,
                principal - to_principal,
            )
            balance -= principal
            if not balance:
                return
            row, paid, deferred = row + 1, 0, after
            begin = since = due
            due = self.due(row)

    def owed(self, day: int) -> Owed:
        """What is owed on `day` (since 1970-01-01) if nothing is paid until then."""
        if not self.is_open:
            return Owed()
        interest = principal = accrued = ahead = 0
        oldest: OpenRow | None = None
        for entry in self.rows():
            if oldest is None or not oldest.unpaid:
                oldest = entry
            if entry.due > day:
                accrued, ahead = self._ahead(entry, day), entry.balance
                break
            interest += entry.unpaid_interest
            principal += entry.unpaid_principal
        assert oldest is not None  # noqa: S101 - an open loan has an open row
        fee = -(-ahead * self._fee // RATE_SCALE)
        due = Split(self._penalty(self._points_at(day)), interest, 0, principal)
        due_day = self.due(oldest.row) if self.accelerated else oldest.due
        return Owed(
            due=due,
            accrued=accrued,
            fee=fee,
            payoff=due.total + accrued + fee + ahead,
            outstanding=principal + ahead,
            days_past_due=max(0, day - due_day) if oldest.unpaid else 0,
            row=oldest.row,
            due_day=due_day,
        )

    def _ahead(self, entry: OpenRow, day: int) -> int:
        """Interest to be paid on `day` before principal of a row that is not due."""
        row, begin, due, since, balance = entry[:5]
        accrued = self.accrued(row, balance, begin, due, since, day) + entry.deferred
        return max(0, accrued - self.row_paid) if row == self.row else accrued

    def standing(self) -> tuple[int, int | None]:
        """Outstanding principal if nothing more is paid, and the due day of the oldest row that
        owes something; 0 and None when closed."""
        if self.status is _CLOSED or self.status is _NONE:
            return 0, None
        row, balance, row_paid = self.row, self.balance, self.row_paid
        begin, due = self._period()
        since = self.start + self.accrued_to if self.accrued_to else begin
        interest = self.interest(row, balance, begin, due, since)
        principal = self.principal(row, balance, interest)
        interest += self.deferred
        covered = min(row_paid, principal) if self._principal_first else row_paid - interest
        outstanding = balance - covered if covered > 0 else balance
        if interest + principal <= row_paid or row < self._interest_free:
            for entry in self.rows():
                due = entry.due
                if entry.unpaid:
                    break
        return outstanding, self.due(row) if self.accelerated else due

    def _since(self, begin: int) -> int:
        """The day from which the open row's interest counts."""
        return self.start + self.accrued_to if self.accrued_to else begin

    def _call(self) -> None:
        self.call(self.row)
        due = self.start + self.accrued_to
        self._open = self.row, due, due

    def _outstanding(self, due: int, since: int, day: int) -> int:
        balance = self.balance
        if due > day or not balance:  # into a row that is not due, only interest is paid
            return balance
        begin, _ = self._period()
        interest = self.interest(self.row, balance, begin, due, since)
        if self._principal_first:
            return balance - min(self.row_paid, self.principal(self.row, balance, interest))
        return balance - max(0, self.row_paid - interest - self.deferred)

    def _period(self) -> tuple[int, int]:
        """First and due day of the open row; kept, because dates cost more than all the rest."""
        row, begin, due = self._open
        if row != self.row:
            row = self.row
            begin, due = self.begin(row), self.due(row)
            self._open = row, begin, due
        return begin, due

    def _points(self, day: int, begin: int, due: int, since: int) -> int:
        """Base units times days that overdue rows gathered since the checkpoint."""
        row, balance, paid, deferred = self.row, self.balance, self.row_paid, self.deferred
        points = 0
        while due + self._grace < day:
            interest = self.interest(row, balance, begin, due, since)
            principal = self.principal(row, balance, interest)
            interest += deferred
            if row < self._interest_free:
                deferred = interest - paid
            else:
                from_ = due + self._grace
                days = min(day, from_ + self._cap) - max(from_, self.penalty_day)
                points += (interest + principal - paid) * max(0, days)
                deferred = 0
            balance -= principal
            if balance == 0:
                break
            row, paid = row + 1, 0
            begin = since = due
            due = self.due(row)
        return points

    def _points_at(self, day: int) -> int:
        begin, due = self._period()
        since = self._since(begin)
        return self.points + self._points(day, begin, due, since)

    def _penalty(self, points: int) -> int:
        total = rhe(points * self._penalty_rate, 365 * RATE_SCALE * self._quantum)
        return max(0, self._quantum * total - self.penalty_paid)

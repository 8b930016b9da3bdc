"""A loan on its way through its life, as plain integers changed in place: `docs/ledger.md`.

For whoever applies many events to one loan; `tallystick.loans.ledger` wraps it in values, and
`tallystick.loans.servicing` is what happens beside payments.
"""

from __future__ import annotations

from collections.abc import Sequence

from tallystick.loans.agreement import RATE_SCALE, Agreement
from tallystick.loans.debt import State
from tallystick.loans.errors import AmountZero, DayOutOfOrder, LoanNotOpen, NothingDue
from tallystick.loans.kinds import Status
from tallystick.loans.position import Position
from tallystick.loans.rounding import round_q

_ACTIVE, _CLOSED, _DEFAULTED = Status.ACTIVE, Status.CLOSED, Status.DEFAULTED

Taken = tuple[int, int, int, int, int]
"""Penalty, interest, fee and principal taken, and the principal outstanding afterwards."""


class Account(Position):
    """A position that changes.

    Every method that changes it leaves it as it was when it raises.
    """

    __slots__ = ()

    def pay(  # noqa: C901 - asked for every payment there is, and a call costs more than a branch
        self, day: int, amount: int | None, *, ahead: bool = True
    ) -> Taken:
        """Apply at most `amount` base units on `day` (since 1970-01-01); None collects what is due.

        Without `ahead`, nothing is taken that is not due. Raises `LoanNotOpen`, `AmountZero`,
        `NothingDue`, `DayOutOfOrder`.
        """
        begin, due = self._period()
        since = self.start + self.accrued_to if self.accrued_to else begin
        left = _UNLIMITED if amount is None else amount
        if self.status is not _ACTIVE or left <= 0 or day < since or day < self.penalty_day:
            self._check(day, left, since)
        watched = self.state() if self.watch_left else None
        penalised = self.late or day > due + self._grace
        points = owed = penalty = 0
        if penalised:
            points = self.points + self._points(day, begin, due, since)
            owed = self._penalty(points)
            penalty = 0 if self._penalty_last else min(left, owed)
        row, balance, row_paid, deferred, begin, due, since, left, interest, principal = (
            self._pay_due_rows(day, begin, due, since, left - penalty, owed - penalty)
        )
        if penalised and self._penalty_last:
            penalty = min(left, owed)
            left -= penalty
        fee = prepaid = 0
        if left and ahead and balance and amount is not None:  # nothing is due any more
            accrued = self.accrued(row, balance, begin, due, since, day) + deferred - row_paid
            accrued, fee, prepaid = self._ahead_of(left, accrued, balance)
            interest += accrued
            row_paid += accrued
        if not penalty + interest + principal + prepaid:
            raise NothingDue
        if row != self.row:
            self.row, self.accrued_to = row, 0
        self.balance, self.row_paid, self.deferred = balance, row_paid, deferred
        self._open = row, begin, due
        if prepaid:
            self._prepay(day, prepaid)
        if penalised:
            late = self.balance > 0 and (penalty < owed or day > due + self._grace)
            self._carry(points, self.penalty_paid + penalty, day, late=late)
        if not self.balance:
            self.close()
        if self.status is _DEFAULTED and due >= day and not (self.late or self.accelerated):
            self.status = _ACTIVE
        if watched is not None:
            self._watch(watched, day)
        return penalty, interest, fee, principal + prepaid, self._outstanding(due, since, day)

    def pay_rows(self, payments: Sequence[tuple[int, Taken | None]], at: int = 0) -> int:
        """Apply payments from index `at` on, each with its day, as long as each is the whole open
        row and nothing else, and not late: what most payments are, in a quarter of the time of
        `pay`.

        The index of the first that is something else, or not exactly what `pay` would take.
        """
        if (
            self.status is not _ACTIVE
            or self.late
            or self.row_paid
            or self.deferred
            or self.watch_left
            or self.row < self._interest_free
        ):
            return at
        begin, due = self._period()
        row, balance, grace = self.row, self.balance, self._grace
        since = self.start + self.accrued_to if self.accrued_to else begin
        first, end = at, len(payments)
        while at < end:
            day, taken = payments[at]
            if not due <= day <= due + grace:
                break
            interest = self.interest(row, balance, begin, due, since)
            principal = self.principal(row, balance, interest)
            after = balance - principal
            if taken != (0, interest, 0, principal, after) or not interest + principal:
                break
            if not after:
                self.row, self.accrued_to = row + 1, 0
                self._open = row + 1, begin, due
                self.close()
                return at + 1
            following = self.due(row + 1)
            if following <= day:
                break
            at, row, balance = at + 1, row + 1, after
            begin = since = due
            due = following
        if at > first:
            self.row, self.balance, self.accrued_to = row, balance, 0
            self._open = row, begin, due
        return at

    def _pay_due_rows(
        self, day: int, begin: int, due: int, since: int, left: int, held: int
    ) -> tuple[int, int, int, int, int, int, int, int, int, int]:
        """Pays rows due by `day` with `left`, oldest first; the one that repays everything closes
        only if `held` is left for the penalty. Changes nothing: returns row, balance, row_paid,
        deferred, begin, due, since, what is left, and interest and principal paid."""
        row, balance, row_paid, deferred = self.row, self.balance, self.row_paid, self.deferred
        interest = principal = 0
        while due <= day:
            row_interest = self.interest(row, balance, begin, due, since)
            row_principal = self.principal(row, balance, row_interest)
            row_interest += deferred
            if row < self._interest_free:
                deferred = row_interest - row_paid
            else:
                unpaid = row_interest + row_principal - row_paid
                if self._principal_first:
                    unpaid_interest = min(row_interest, unpaid)
                else:
                    unpaid_interest = row_interest - row_paid if row_paid < row_interest else 0
                if left < unpaid:
                    paid = min(left, unpaid_interest)
                    if self._principal_first:
                        paid = max(0, left - (unpaid - unpaid_interest))
                    interest += paid
                    principal += left - paid
                    row_paid += left
                    left = 0
                    break
                interest += unpaid_interest
                principal += unpaid - unpaid_interest
                left -= unpaid
                if left < held and row_principal == balance:
                    row_paid += unpaid
                    break
                balance -= row_principal
                deferred = 0
            row, row_paid = row + 1, 0
            if not balance:
                break
            begin = since = due
            due = self.due(row)
        return row, balance, row_paid, deferred, begin, due, since, left, interest, principal

    def _check(self, day: int, amount: int, since: int) -> None:
        if not self.is_open:
            raise LoanNotOpen
        if amount <= 0:
            raise AmountZero
        if day < since or day < self.penalty_day:
            raise DayOutOfOrder(day, max(since, self.penalty_day))

    def check(self, day: int, amount: int = 1) -> None:
        """Raise `LoanNotOpen`, `AmountZero` or `DayOutOfOrder` if `amount` cannot come on `day`."""
        self._check(day, amount, self._since(self._period()[0]))

    def _ahead_of(self, money: int, accrued: int, balance: int) -> tuple[int, int, int]:
        """What `money` pays of `accrued` interest, fee and `balance`, when nothing is due."""
        prepaid, fee_rate = money - accrued, self._fee
        if fee_rate:
            prepaid = prepaid * RATE_SCALE // (RATE_SCALE + fee_rate)
        if prepaid > 0:
            prepaid = min(prepaid, balance)
            return accrued, -(-prepaid * fee_rate // RATE_SCALE), prepaid
        return 0 if self._principal_first else min(money, accrued), 0, 0

    def _prepay(self, day: int, prepaid: int) -> None:
        before, self.balance = self.balance, self.balance - prepaid
        self.row_paid, self.deferred, self.accrued_to = 0, 0, day - self.start
        if self._lowers and self._installment and self.balance:
            lowered = round_q(self._installment * self.balance, before, self._quantum)
            self.installment = max(1, lowered)
            self._set_installment(self.installment)

    def _carry(self, points: int, paid: int, day: int, *, late: bool) -> None:
        self.late = late
        if not late:
            points = paid = day = 0
        self.points, self.penalty_paid, self.penalty_day = points, paid, day

    def close(self) -> None:
        """Nothing is owed any more, and nothing carried."""
        self._carry(0, 0, 0, late=False)
        self.balance = self.row_paid = self.deferred = self.installment = 0
        self.status = _CLOSED

    def fall_due(self, day: int, row: int, principal: int, interest: int) -> None:
        """Everything falls due on `day` in row `row`; the penalty runs on."""
        self._carry(self._points_at(day), self.penalty_paid, day, late=True)
        self.balance, self.deferred, self.row = principal, interest, row
        self.row_paid, self.accrued_to, self.installment = 0, day - self.start, 0
        self.accelerated = True
        self._call()

    def begin_again(self, day: int, agreement: Agreement, balance: int, deferred: int) -> None:
        """Put `agreement` in force on `day`, with a debt of `balance` and `deferred` interest."""
        manual = self.manual
        Account.__init__(self, agreement)
        self.balance, self.deferred = balance, deferred
        self.accrued_to = day - self.start
        self.manual, self.amended = manual, True

    def _watch(self, before: State, day: int) -> None:
        """Count the rows that a payment on `day` closed in the state `before`."""
        if self.accelerated:
            return
        left, punctual = self.watch_left, not before.debt.late
        closed = self.status is _CLOSED
        for entry in Position(self.agreement, before).rows():
            if entry.due > day or (entry.row >= self.row and not closed):
                break
            if not entry.unpaid:
                continue
            on_time = day <= entry.due + self._grace
            punctual = punctual and on_time
            if entry.row < self.row:
                left = left - 1 if on_time else self.watch_rows
                if not left:
                    break
        if closed and punctual:
            left = 0
        self.watch_left = left
        if not left:
            self.watch_rows = 0


_UNLIMITED = 2**128
"""More than any loan can owe."""

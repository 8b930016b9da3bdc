"""A loan on its way through its payments, as plain integers changed in place.

This is `docs/ledger.md`, "Applying a payment", for whoever applies many payments to one loan: what
follows from the agreement alone is computed once. `tallystick.loans.ledger` wraps it in values.
"""

from __future__ import annotations

from tallystick.loans.agreement import RATE_SCALE, Agreement
from tallystick.loans.calendar import date_from_ymd, day_in_month, day_of, month_index
from tallystick.loans.errors import AmountZero, DayOutOfOrder, LoanNotActive, NothingDue
from tallystick.loans.kinds import Amortization, Frequency, Status
from tallystick.loans.rounding import rhe
from tallystick.loans.schedule import year_fraction

# Looking a member up in its enumeration is slow, and these are asked in every payment.
_ACTIVE, _CLOSED = Status.ACTIVE, Status.CLOSED
_MONTHS = Frequency.MONTHS
_LEVEL, _EQUAL_PRINCIPAL = Amortization.LEVEL, Amortization.EQUAL_PRINCIPAL


class Account:
    """State of one loan. The members up to `penalty_day` are those of `Debt` and `Penalty`."""

    __slots__ = (
        "_anchor",
        "_cap",
        "_first",
        "_first_rate",
        "_grace",
        "_installment",
        "_kind",
        "_last",
        "_months",
        "_open",
        "_penalty_rate",
        "_quantum",
        "_rate",
        "_start",
        "_step",
        "_unit",
        "accrued_to",
        "balance",
        "late",
        "penalty_day",
        "penalty_paid",
        "points",
        "row",
        "row_paid",
        "status",
    )

    def __init__(self, agreement: Agreement) -> None:
        """The state right after origination."""
        self.balance = agreement.principal
        self.row_paid = self.row = self.accrued_to = 0
        self.points = self.penalty_paid = self.penalty_day = 0
        self.late = False
        self.status = _ACTIVE
        self._quantum = agreement.quantum
        self._installment = agreement.installment
        self._kind = agreement.amortization
        self._last = agreement.count - 1
        self._grace, self._cap = agreement.grace_days, agreement.penalty_cap_days
        self._penalty_rate = agreement.penalty_rate
        self._start = day_of(date_from_ymd(agreement.start_date))
        first = date_from_ymd(agreement.first_due_date)
        self._months = agreement.frequency is _MONTHS
        self._anchor = agreement.due_day
        self._step = agreement.every
        if self._months:
            self._first = month_index(first)
        else:
            self._first = day_of(first)
            self._step *= 7 if agreement.frequency is Frequency.WEEKS else 1
        self._open = (-1, 0, 0)
        # interest of a whole row on one base unit, in quanta: every row after the first is regular
        numerator, denominator = year_fraction(agreement, 0)
        self._unit = denominator * RATE_SCALE * agreement.quantum
        self._first_rate = agreement.annual_rate * numerator
        numerator, _ = year_fraction(agreement, 1)
        self._rate = agreement.annual_rate * numerator

    def pay(self, day: int, amount: int | None) -> tuple[int, int, int, int]:
        """Apply at most `amount` base units on `day` (since 1970-01-01); None collects what is due.

        Returns penalty, interest and principal taken and the principal outstanding afterwards.
        Raises, leaving everything as it was, `LoanNotActive`, `AmountZero`, `NothingDue`,
        `DayOutOfOrder`.
        """
        begin, due = self._period()
        since = self._start + self.accrued_to if self.accrued_to else begin
        self._check(day, amount, since)
        penalised = self.late or day > due + self._grace
        points = owed = 0
        if penalised:
            points = self.points + self._points(day, begin, due, since)
            owed = self._penalty(points)
        left = amount if amount is not None else _UNLIMITED
        penalty = min(left, owed)
        row, balance, row_paid, begin, due, since, left, interest, principal = self._pay_due_rows(
            day, begin, due, since, left - penalty
        )
        accrued_to = self.accrued_to if row == self.row else 0
        if amount is None:
            if penalty + interest + principal == 0:
                raise NothingDue
        elif left and balance:  # nothing is due any more
            accrued = self._accrued(row, balance, begin, due, since, day)
            accrued = min(left, max(0, accrued - row_paid))
            interest += accrued
            row_paid += accrued
            prepaid = min(left - accrued, balance)
            if prepaid:
                principal += prepaid
                balance -= prepaid
                row_paid, accrued_to = 0, day - self._start
        self.balance, self.row, self.row_paid, self.accrued_to = balance, row, row_paid, accrued_to
        self._open = row, begin, due
        if penalised:
            late = balance > 0 and (penalty < owed or day > due + self._grace)
            self._carry(late, points, self.penalty_paid + penalty, day)
        if not balance:
            self.status = _CLOSED
        return penalty, interest, principal, self._outstanding(begin, due, since, day)

    def standing(self) -> tuple[int, int | None]:
        """Outstanding principal if nothing more is paid, and the due day of the oldest row that
        owes something; 0 and None when closed."""
        if self.status is not _ACTIVE:
            return 0, None
        row, balance, row_paid = self.row, self.balance, self.row_paid
        begin, due = self._period()
        since = self._start + self.accrued_to if self.accrued_to else begin
        while True:  # a row that owes nothing is passed over on the day it would be due
            interest = self._interest(row, balance, begin, due, since)
            principal = self._principal(row, balance, interest)
            if interest + principal > row_paid:
                return balance - max(0, row_paid - interest), due
            balance -= principal
            row, row_paid = row + 1, 0
            begin = since = due
            due = self._due(row)

    def _pay_due_rows(
        self, day: int, begin: int, due: int, since: int, left: int
    ) -> tuple[int, int, int, int, int, int, int, int, int]:
        """Pays rows due by `day` with `left`, oldest first. Changes nothing: returns row, balance,
        row_paid, begin, due, since, what is left, and interest and principal paid."""
        row, balance, row_paid = self.row, self.balance, self.row_paid
        interest = principal = 0
        while due <= day:
            row_interest = self._interest(row, balance, begin, due, since)
            row_principal = self._principal(row, balance, row_interest)
            unpaid_interest = row_interest - row_paid if row_paid < row_interest else 0
            unpaid = row_interest + row_principal - row_paid
            if left < unpaid:
                interest += min(left, unpaid_interest)
                principal += max(0, left - unpaid_interest)
                row_paid += left
                left = 0
                break
            interest += unpaid_interest
            principal += unpaid - unpaid_interest
            left -= unpaid
            balance -= row_principal
            row, row_paid = row + 1, 0
            if not balance:
                break
            begin = since = due
            due = self._due(row)
        return row, balance, row_paid, begin, due, since, left, interest, principal

    def _check(self, day: int, amount: int | None, since: int) -> None:
        if self.status is not _ACTIVE:
            raise LoanNotActive
        if amount is not None and amount <= 0:
            raise AmountZero
        if day < since or day < self.penalty_day:
            raise DayOutOfOrder(day, max(since, self.penalty_day))

    def _carry(self, late: bool, points: int, paid: int, day: int) -> None:  # noqa: FBT001
        self.late = late
        if not late:
            points = paid = day = 0
        self.points, self.penalty_paid, self.penalty_day = points, paid, day

    def _outstanding(self, begin: int, due: int, since: int, day: int) -> int:
        if due > day or not self.balance:  # into a row that is not due, only interest is paid
            return self.balance
        interest = self._interest(self.row, self.balance, begin, due, since)
        return self.balance - max(0, self.row_paid - interest)

    def _due(self, row: int) -> int:
        if self._months:
            return day_in_month(self._first + row * self._step, self._anchor)
        return self._first + row * self._step

    def _period(self) -> tuple[int, int]:
        """First and due day of the open row; kept, because dates cost more than all the rest."""
        row, begin, due = self._open
        if row != self.row:
            row = self.row
            begin, due = (self._due(row - 1) if row else self._start), self._due(row)
            self._open = row, begin, due
        return begin, due

    def _interest(self, row: int, balance: int, begin: int, due: int, since: int) -> int:
        numerator = balance * (self._rate if row else self._first_rate)
        denominator = self._unit
        if since != begin:
            numerator *= due - since
            denominator *= due - begin
        return self._quantum * rhe(numerator, denominator)

    def _principal(self, row: int, balance: int, interest: int) -> int:
        if row == self._last:
            return balance
        if self._kind is _LEVEL:
            return min(max(self._installment - interest, 0), balance)
        if self._kind is _EQUAL_PRINCIPAL:
            return min(self._installment, balance)
        return 0

    def _accrued(self, row: int, balance: int, begin: int, due: int, since: int, day: int) -> int:
        if day <= since:
            return 0
        numerator = balance * (self._rate if row else self._first_rate) * (day - since)
        accrued = self._quantum * -(-numerator // (self._unit * (due - begin)))
        return min(accrued, self._interest(row, balance, begin, due, since))

    def _points(self, day: int, begin: int, due: int, since: int) -> int:
        """Base units times days that overdue rows gathered since the checkpoint."""
        row, balance, row_paid = self.row, self.balance, self.row_paid
        points = 0
        while due + self._grace < day:
            interest = self._interest(row, balance, begin, due, since)
            principal = self._principal(row, balance, interest)
            from_ = due + self._grace
            days = min(day, from_ + self._cap) - max(from_, self.penalty_day)
            points += (interest + principal - row_paid) * max(0, days)
            balance -= principal
            if balance == 0:
                break
            row, row_paid = row + 1, 0
            begin = since = due
            due = self._due(row)
        return points

    def _penalty(self, points: int) -> int:
        total = rhe(points * self._penalty_rate, 365 * RATE_SCALE * self._quantum)
        return max(0, self._quantum * total - self.penalty_paid)


_UNLIMITED = 2**128
"""More than any loan can owe."""

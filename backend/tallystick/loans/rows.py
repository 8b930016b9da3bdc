"""Rows of a schedule, as they follow from the agreement alone: `docs/ledger.md`.

What one agreement decides is computed once, for whoever asks for many rows.
"""

from __future__ import annotations

from tallystick.loans.agreement import RATE_SCALE, Agreement
from tallystick.loans.calendar import (
    date_from_ymd,
    date_of,
    day_in_month,
    day_of,
    days_30e_360,
    month_index,
    regular_first_period,
)
from tallystick.loans.kinds import (
    Amortization,
    DayCount,
    Frequency,
    InterestMethod,
    Prepayment,
    Waterfall,
)
from tallystick.loans.rounding import rhe

# Looking a member up in its enumeration is slow, and these are asked in every payment.
_MONTHS, _WEEKS = Frequency.MONTHS, Frequency.WEEKS
_LEVEL, _EQUAL_PRINCIPAL = Amortization.LEVEL, Amortization.EQUAL_PRINCIPAL
_CUSTOM = Amortization.CUSTOM
_THIRTY_360, _ACTUAL_365 = DayCount.THIRTY_360, DayCount.ACTUAL_365
_FLAT = InterestMethod.FLAT
_LOWER_INSTALLMENT = Prepayment.LOWER_INSTALLMENT
_PENALTY_LAST = Waterfall.INTEREST_PRINCIPAL_PENALTY
_PRINCIPAL_FIRST = Waterfall.PENALTY_PRINCIPAL_INTEREST


class Rows:
    """Due days, interest and principal of the rows of `agreement`, days since 1970-01-01.

    `start` is the day of its start date. Interest of a whole row on one base unit, in quanta, is
    its rate over `_unit`. An accelerated loan has a single row, see `call`.
    """

    __slots__ = (
        "_actual",
        "_anchor",
        "_begin_rate",
        "_cap",
        "_fee",
        "_first",
        "_flat",
        "_grace",
        "_grace_rows",
        "_installment",
        "_interest_free",
        "_kind",
        "_last",
        "_lowers",
        "_months",
        "_penalty_last",
        "_penalty_rate",
        "_plan",
        "_principal_first",
        "_quantum",
        "_rate",
        "_step",
        "_unit",
        "agreement",
        "start",
    )

    def __init__(self, agreement: Agreement) -> None:
        self.agreement = agreement
        self._read_dates(agreement)
        kind = agreement.amortization
        self._kind = kind
        self._plan = (agreement.principal, *agreement.plan) if kind is _CUSTOM else ()
        self._last = agreement.count - 1
        self._interest_free = agreement.grace_interest
        self._grace_rows = max(agreement.grace_principal, agreement.grace_interest)
        self._grace, self._cap = agreement.grace_days, agreement.penalty_cap_days
        self._penalty_rate = agreement.penalty_rate
        self._fee = agreement.prepayment_fee
        waterfall = agreement.waterfall
        self._penalty_last = waterfall is _PENALTY_LAST
        self._principal_first = waterfall is _PRINCIPAL_FIRST
        self._lowers = agreement.prepayment is _LOWER_INSTALLMENT
        self._installment = agreement.installment
        self._flat = agreement.principal if agreement.interest_method is _FLAT else None

    def _read_dates(self, agreement: Agreement) -> None:
        """`_rate` is None where every row after the first has its own."""
        start = date_from_ymd(agreement.start_date)
        first = date_from_ymd(agreement.first_due_date)
        self.start = day_of(start)
        self._actual = agreement.day_count is not _THIRTY_360
        year = 365 if agreement.day_count is _ACTUAL_365 else 360
        self._quantum = agreement.quantum
        self._unit = year * RATE_SCALE * agreement.quantum
        self._anchor, self._step = agreement.due_day, agreement.every
        self._months = agreement.frequency is _MONTHS
        self._rate: int | None = None
        if self._months:
            self._first = month_index(first)
            if not self._actual:
                self._rate = agreement.annual_rate * 30 * agreement.every
                if regular_first_period(start, first, agreement.every, agreement.due_day):
                    self._begin_rate = self._rate
                    return
        else:
            self._first = day_of(first)
            if agreement.frequency is _WEEKS:
                self._step *= 7
            if self._actual:
                self._rate = agreement.annual_rate * self._step
        self._begin_rate = self._rate_of(self.start, day_of(first))

    def _set_installment(self, installment: int) -> None:
        """Count on with an installment that a prepayment lowered."""
        self._installment = installment
        if self._flat is not None:
            self._flat = self.agreement.principal * installment // self.agreement.installment

    def due(self, row: int) -> int:
        """Due day of row `row`, counted from 0."""
        if self._months:
            return day_in_month(self._first + row * self._step, self._anchor)
        return self._first + row * self._step

    def begin(self, row: int) -> int:
        """First day of row `row`."""
        return self.due(row - 1) if row else self.start

    def _rate_of(self, begin: int, due: int) -> int:
        if self._actual:
            return self.agreement.annual_rate * (due - begin)
        days = days_30e_360(date_of(begin), date_of(due))
        return self.agreement.annual_rate * max(days, 0)

    def interest(self, row: int, balance: int, begin: int, due: int, since: int) -> int:
        """Interest of the row from day `since` on, base units, whenever it is paid."""
        rate = self._rate if row else self._begin_rate
        if rate is None:
            rate = self._rate_of(begin, due)
        flat = self._flat
        numerator = (balance if flat is None else flat) * rate
        denominator = self._unit
        if since != begin:
            numerator *= due - since
            denominator *= due - begin
        quanta = numerator // denominator  # half to even, as `rhe`: a call costs more than this
        twice = 2 * (numerator - quanta * denominator)
        if twice > denominator or (twice == denominator and quanta & 1):
            quanta += 1
        return self._quantum * quanta

    def accrued(self, row: int, balance: int, begin: int, due: int, since: int, day: int) -> int:
        """Interest of the row from day `since` to `day`, before it is due, rounded up."""
        if day <= since:
            return 0
        rate = self._rate if row else self._begin_rate
        if rate is None:
            rate = self._rate_of(begin, due)
        numerator = (balance if self._flat is None else self._flat) * rate * (day - since)
        accrued = self._quantum * -(-numerator // (self._unit * (due - begin)))
        return min(accrued, self.interest(row, balance, begin, due, since))

    def principal(self, row: int, balance: int, interest: int) -> int:
        """Principal of the row, given the balance before it and its own interest."""
        if row == self._last:
            return balance
        if row < self._grace_rows:
            return 0
        if self._kind is _LEVEL:
            return min(max(self._installment - interest, 0), balance)
        if self._kind is _EQUAL_PRINCIPAL:
            return min(self._installment, balance)
        return self._planned(row, balance) if self._kind is _CUSTOM else 0

    def _planned(self, row: int, balance: int) -> int:
        before, after = self._plan[row], self._plan[row + 1]
        if after >= before:
            return 0
        repaid = before - after
        return min(rhe(balance * repaid, before) if self._lowers else repaid, balance)

    def call(self, row: int) -> None:
        """Let everything fall due in row `row`, which bears no more interest and has no grace."""
        self._rate = self._begin_rate = 0
        self._last = row
        self._interest_free = self._grace_rows = self._grace = 0

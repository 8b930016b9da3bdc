"""`docs/ledger.md` once more, as slowly and plainly as possible, for comparison with the real one.

Nothing is kept but the terms and what happened: every amount is a fraction until it is rounded, and
every row is walked anew.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fractions import Fraction
from math import ceil

from tallystick.loans.agreement import Agreement
from tallystick.loans.consents import Amendment
from tallystick.loans.debt import Split
from tallystick.loans.kinds import (
    Amortization,
    DayCount,
    Frequency,
    InterestMethod,
    Prepayment,
    Status,
    Waterfall,
)

EPOCH = date(1970, 1, 1)
LEVEL, EQUAL = Amortization.LEVEL, Amortization.EQUAL_PRINCIPAL


def ymd(value: int) -> date:
    return date(value // 10_000, value // 100 % 100, value % 100)


def day_number(when: date) -> int:
    return (when - EPOCH).days


def clamped(year: int, month: int, day: int) -> date:
    """Day of a month, counted from January of `year` on past 12, or that month's end."""
    year, month = year + (month - 1) // 12, (month - 1) % 12 + 1
    while True:
        try:
            return date(year, month, day)
        except ValueError:
            day -= 1


def due_date(terms: Agreement, row: int) -> date:
    first = ymd(terms.first_due_date)
    if terms.frequency is Frequency.MONTHS:
        return clamped(first.year, first.month + row * terms.every, terms.due_day)
    return first + timedelta(row * terms.every * (7 if terms.frequency is Frequency.WEEKS else 1))


def begin_date(terms: Agreement, row: int) -> date:
    return due_date(terms, row - 1) if row else ymd(terms.start_date)


def thirty(begin: date, end: date) -> int:
    months = 12 * (end.year - begin.year) + end.month - begin.month
    return max(0, 30 * months + min(end.day, 30) - min(begin.day, 30))


def years(terms: Agreement, row: int) -> Fraction:
    begin, due = begin_date(terms, row), due_date(terms, row)
    if terms.day_count is DayCount.ACTUAL_365:
        return Fraction((due - begin).days, 365)
    if terms.day_count is DayCount.ACTUAL_360:
        return Fraction((due - begin).days, 360)
    if terms.frequency is Frequency.MONTHS:
        whole = clamped(begin.year, begin.month + terms.every, 1)
        starts = clamped(begin.year, begin.month, terms.due_day)
        if row or ((whole.year, whole.month) == (due.year, due.month) and begin == starts):
            return Fraction(30 * terms.every, 360)
    return Fraction(thirty(begin, due), 360)


def round_q(value: Fraction, quantum: int) -> int:
    return quantum * round(value / quantum)  # Python rounds half to even


def ceil_q(value: Fraction, quantum: int) -> int:
    return quantum * ceil(value / quantum)


@dataclass
class Row:
    """A row still open: what it owes, `own` of the interest being its own."""

    row: int
    begin: int
    due: int
    since: int
    balance: int
    own: int
    interest: int
    principal: int
    paid: int
    deferred: int
    free: bool

    @property
    def unpaid(self) -> int:
        return 0 if self.free else self.interest + self.principal - self.paid


@dataclass
class Loan:
    """The state as the definition names it."""

    terms: Agreement
    balance: int = 0
    row: int = 0
    row_paid: int = 0
    accrued_to: int = 0
    deferred: int = 0
    installment: int = 0
    status: Status = Status.ACTIVE
    points: int = 0
    penalty_paid: int = 0
    checkpoint: int = 0
    late: bool = False
    accelerated: bool = False
    amended: bool = False
    watch_left: int = 0
    watch_rows: int = 0
    told: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.balance = self.balance or self.terms.principal

    @property
    def start(self) -> int:
        return day_number(ymd(self.terms.start_date))

    @property
    def grace(self) -> int:
        return 0 if self.accelerated else self.terms.grace_days

    def whole_interest(self, row: int, balance: int) -> Fraction:
        terms = self.terms
        base = balance
        if terms.interest_method is InterestMethod.FLAT:
            base = terms.principal
            if self.installment:
                base = terms.principal * self.installment // terms.installment
        return base * Fraction(terms.annual_rate, 10**9) * years(terms, row)

    def principal_of(self, row: int, balance: int, own: int) -> int:
        terms = self.terms
        installment = self.installment or terms.installment
        if row == terms.count - 1:
            return balance
        if row < max(terms.grace_principal, terms.grace_interest):
            return 0
        if terms.amortization is LEVEL:
            return min(max(installment - own, 0), balance)
        if terms.amortization is EQUAL:
            return min(installment, balance)
        if terms.amortization is Amortization.CUSTOM:
            before = terms.plan[row - 1] if row else terms.principal
            planned = max(before - terms.plan[row], 0)
            if terms.prepayment is Prepayment.LOWER_INSTALLMENT:
                planned = round(Fraction(balance * planned, before)) if before else 0
            return min(planned, balance)
        return 0

    def rows(self) -> list[Row]:
        """All rows still to come, the open one first."""
        if self.accelerated:
            due = self.start + self.accrued_to
            paid = self.row_paid
            return [
                Row(self.row, due, due, due, self.balance, 0, self.deferred, self.balance, paid,
                    self.deferred, free=False)
            ]  # fmt: skip
        rows: list[Row] = []
        balance, deferred = self.balance, self.deferred
        for row in range(self.row, self.terms.count):
            first = row == self.row
            begin = day_number(begin_date(self.terms, row))
            due = day_number(due_date(self.terms, row))
            since = self.start + self.accrued_to if first and self.accrued_to else begin
            exact = self.whole_interest(row, balance) * Fraction(due - since, due - begin)
            own = round_q(exact, self.terms.quantum)
            principal = self.principal_of(row, balance, own)
            paid = self.row_paid if first else 0
            free = row < self.terms.grace_interest
            rows.append(
                Row(row, begin, due, since, balance, own, own + deferred, principal, paid,
                    deferred, free)
            )  # fmt: skip
            deferred = deferred + own - paid if free else 0
            balance -= principal
            if not balance:
                break
        return rows

    def accrued(self, row: Row, day: int) -> int:
        """Own interest of a row that is not due, accrued to `day`."""
        days = max(0, day - row.since)
        exact = self.whole_interest(row.row, row.balance) * Fraction(days, row.due - row.begin)
        return min(ceil_q(exact, self.terms.quantum), row.own)

    def all_points(self, day: int) -> int:
        total = self.points
        for row in self.rows():
            begin = row.due + self.grace
            end = min(day, begin + self.terms.penalty_cap_days)
            total += row.unpaid * max(0, end - max(begin, self.checkpoint))
        return total

    def penalty(self, day: int) -> int:
        rate = Fraction(self.terms.penalty_rate, 365 * 10**9)
        total = round_q(self.all_points(day) * rate, self.terms.quantum)
        return max(0, total - self.penalty_paid)

    def split_unpaid(self, row: Row) -> tuple[int, int]:
        """Interest and principal still unpaid of a row."""
        if row.free:
            return 0, 0
        if self.terms.waterfall is Waterfall.PENALTY_PRINCIPAL_INTEREST:
            principal = min(row.paid, row.principal)
            return row.interest - (row.paid - principal), row.principal - principal
        interest = min(row.paid, row.interest)
        return row.interest - interest, row.principal - (row.paid - interest)

    def owed(self, day: int) -> tuple[Split, int, int, int]:
        """What is due, interest accrued beside it, balance that is not due, and DPD."""
        interest = principal = 0
        oldest = 0
        for row in self.rows():
            if row.due > day:
                accrued = self.accrued(row, day) + row.deferred - row.paid
                due = Split(self.penalty(day), interest, 0, principal)
                return due, accrued, row.balance, max(0, day - oldest) if oldest else 0
            if row.unpaid and not oldest:
                oldest = row.due
                if self.accelerated:
                    oldest = day_number(due_date(self.terms, row.row))
            unpaid = self.split_unpaid(row)
            interest += unpaid[0]
            principal += unpaid[1]
        due = Split(self.penalty(day), interest, 0, principal)
        return due, 0, 0, max(0, day - oldest) if oldest else 0

    def outstanding(self, day: int) -> int:
        due, _, ahead, _ = self.owed(day)
        return due.principal + ahead

    def pay(  # noqa: C901 - in the order of the definition
        self, day: int, amount: int | None, ahead: bool = True
    ) -> Split | None:
        """None when nothing can be taken."""
        before = replace(self)
        left = 10**60 if amount is None else amount
        owed, points = self.penalty(day), self.all_points(day)
        last = self.terms.waterfall is Waterfall.INTEREST_PRINCIPAL_PENALTY
        principal_first = self.terms.waterfall is Waterfall.PENALTY_PRINCIPAL_INTEREST
        past = self.beyond_grace(day)
        penalty = interest = principal = fee = 0
        if not last:
            penalty = min(left, owed)
            left -= penalty
        for row in self.rows():
            if row.due > day or not self.balance:
                break
            left_interest, left_principal = self.split_unpaid(row)
            first, second = left_interest, left_principal
            if principal_first:
                first, second = second, first
            one = min(left, first)
            two = min(left - one, second)
            left -= one + two
            interest += two if principal_first else one
            principal += one if principal_first else two
            closing = row.principal == self.balance
            if one + two < row.unpaid or (last and closing and left < owed):
                self.row_paid += one + two
                break
            if row.unpaid and not self.accelerated:
                self.count(day <= row.due + self.grace)
            self.deferred = row.interest - row.paid if row.free else 0
            self.balance -= row.principal
            self.row, self.row_paid, self.accrued_to = self.row + 1, 0, 0
        if last:
            penalty = min(left, owed)
            left -= penalty
        due_left = self.balance and self.rows()[0].due <= day
        if amount is not None and ahead and left and self.balance and not due_left:
            row = self.rows()[0]
            need = self.accrued(row, day) + row.deferred - row.paid
            money = left - need
            x = 0
            if money > 0:
                x = min(money * 10**9 // (10**9 + self.terms.prepayment_fee), self.balance)
            if x:
                interest += need
                principal += x
                fee = ceil(Fraction(x * self.terms.prepayment_fee, 10**9))
                self.row_paid, self.deferred, self.accrued_to = 0, 0, day - self.start
                was = self.balance
                self.balance -= x
                lower = self.terms.prepayment is Prepayment.LOWER_INSTALLMENT
                if self.balance and lower and self.terms.installment:
                    old = self.installment or self.terms.installment
                    scaled = Fraction(old * self.balance, was)
                    self.installment = max(1, round_q(scaled, self.terms.quantum))
            elif not principal_first:
                interest += min(left, need)
                self.row_paid += min(left, need)
        split = Split(penalty, interest, fee, principal)
        if not split.total:
            self.__dict__.update(before.__dict__)
            return None
        self.after_payment(day, points, penalty, owed, clean_before=not (before.late or past))
        return split

    def beyond_grace(self, day: int) -> bool:
        """Whether a row is unpaid beyond its grace."""
        return any(row.unpaid and day > row.due + self.grace for row in self.rows())

    def count(self, on_time: bool) -> None:
        if self.watch_left:
            self.watch_left = self.watch_left - 1 if on_time else self.watch_rows
            if not self.watch_left:
                self.watch_rows = 0
                self.told.append("restored")

    def after_payment(
        self, day: int, points: int, penalty: int, owed: int, clean_before: bool
    ) -> None:
        if not self.balance:
            self.close()
            if self.watch_left and clean_before and not self.accelerated:
                self.watch_left = self.watch_rows = 0
                self.told.append("restored")
            return
        late = penalty < owed or self.beyond_grace(day)
        self.late = late
        self.points, self.penalty_paid, self.checkpoint = (
            (points, self.penalty_paid + penalty, day) if late else (0, 0, 0)
        )
        overdue = self.rows()[0].due < day
        if self.status is Status.DEFAULTED and not (late or overdue or self.accelerated):
            self.status = Status.ACTIVE
            self.told.append("cured")

    def close(self) -> None:
        self.balance = self.row_paid = self.deferred = self.installment = 0
        self.points = self.penalty_paid = self.checkpoint = 0
        self.late = False
        self.status = Status.CLOSED

    def default(self, day: int) -> bool:
        needed = self.terms.conditions.default_days
        if self.status is not Status.ACTIVE or not needed or self.owed(day)[3] < needed:
            return False
        self.status, self.watch_left = Status.DEFAULTED, self.watch_rows
        return True

    def accelerate(self, day: int) -> bool:
        needed = self.terms.conditions.acceleration_days
        due, accrued, ahead, overdue = self.owed(day)
        able = self.status in (Status.DEFAULTED, Status.WRITTEN_OFF) and not self.accelerated
        if not able or not needed or overdue < needed or not due.principal + ahead:
            return False
        row = next(row.row for row in self.rows() if row.unpaid)
        self.points, self.checkpoint, self.late = self.all_points(day), day, True
        self.balance, self.deferred = due.principal + ahead, due.interest + accrued
        self.row, self.row_paid, self.installment = row, 0, 0
        self.accrued_to, self.accelerated = day - self.start, True
        return True

    def write_off(self, day: int) -> bool:
        needed = self.terms.conditions.write_off_days
        if self.status is not Status.DEFAULTED or not needed or self.owed(day)[3] < needed:
            return False
        self.status = Status.WRITTEN_OFF
        return True

    def settle(self, day: int, amount: int) -> tuple[Split, Split]:
        due, accrued, _, _ = self.owed(day)
        owed = {
            "principal": self.outstanding(day),
            "interest": due.interest + accrued,
            "penalty": due.penalty,
        }
        taken = {}
        for part, most in owed.items():
            taken[part] = min(amount, most)
            amount -= taken[part]
        self.close()
        return Split(**taken), Split(**{part: owed[part] - taken[part] for part in owed})

    def amend(self, day: int, terms: Agreement, amendment: Amendment) -> Split | None:
        due, accrued, _, _ = self.owed(day)
        interest, principal = due.interest + accrued, self.outstanding(day)
        waived = Split(
            min(due.penalty, amendment.waived_penalty),
            min(interest, amendment.waived_interest),
            0,
            min(principal, amendment.waived_principal),
        )
        interest -= waived.interest
        principal -= waived.principal
        if amendment.capitalise:
            principal, interest = principal + interest, 0
        after = Loan(terms, balance=max(principal, 1))
        days = after.rows_length() + 360
        most = terms.principal * terms.annual_rate * days // (360 * 10**9)
        room = 2**96 - 1 - (terms.principal + most + 600 * terms.quantum)
        wrong = self.status is not amendment.status_before or waived.penalty < due.penalty
        if wrong or not 1 <= principal <= terms.principal or interest > room:
            return None
        after.deferred, after.accrued_to = interest, day - after.start
        after.watch_left = after.watch_rows = amendment.watch_rows
        after.amended = True
        self.__dict__.update(after.__dict__)
        return waived

    def rows_length(self) -> int:
        """Days from the start to the last due date."""
        return day_number(due_date(self.terms, self.terms.count - 1)) - self.start

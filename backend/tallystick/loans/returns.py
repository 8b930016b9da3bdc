"""What an account put into a loan and got out of it, by day and by month: `docs/maths.md`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from tallystick.loans.calendar import day_at
from tallystick.loans.debt import NOTHING, Split
from tallystick.loans.delinquency.cashflow import agreed_rows
from tallystick.loans.delinquency.exposure import exposure
from tallystick.loans.delinquency.months import month_of
from tallystick.loans.events import Assigned, EventRef
from tallystick.loans.fold import LoanState
from tallystick.loans.kinds import Status
from tallystick.loans.ledger import open_rows
from tallystick.loans.quotes.rates import NoRate, effective_rate

DAYS_OF_YEAR = 365
LEAST_DAYS = 30
"""Money that was out for less tells nothing of a year."""

Amounts = tuple[int, int, int, int]
"""Penalty, interest, fee, principal; base units."""
Owing = tuple[int, int]
"""How many claims, and their outstanding principal, base units."""


@dataclass(slots=True)
class Flows:
    """What an account has in one loan or in many of one token, base units.

    `days` is what came in less what went out, by day since 1970-01-01. `agreed`, `received` and
    `coming` are by month (see `months`): rows of the agreed schedules that fell or fall due while
    the account holds the claim, what it was paid, and what of the rows is unpaid. `outlay` is what
    it lent or paid for claims, `proceeds` what it sold claims for. `running`, `defaulted` and
    `written_off` are the claims it holds, by the due day of the oldest row that owes something.
    `moved` counts claims that changed hands for another token: what these cost or brought is not
    in the figures.
    """

    days: dict[int, int] = field(default_factory=dict)
    agreed: dict[int, Amounts] = field(default_factory=dict)
    received: dict[int, Amounts] = field(default_factory=dict)
    coming: dict[int, Amounts] = field(default_factory=dict)
    running: dict[int, Owing] = field(default_factory=dict)
    defaulted: dict[int, Owing] = field(default_factory=dict)
    written_off: dict[int, Owing] = field(default_factory=dict)
    outlay: int = 0
    proceeds: int = 0
    moved: int = 0

    def add(self, other: Flows, sign: int = 1) -> None:
        """Adds, or with -1 takes away, what is in another one."""
        for day, amount in other.days.items():
            _move(self.days, day, sign * amount)
        for mine, its in (
            (self.agreed, other.agreed),
            (self.received, other.received),
            (self.coming, other.coming),
        ):
            for month, amounts in its.items():
                _gain(mine, month, amounts, sign)
        for held, owing in (
            (self.running, other.running),
            (self.defaulted, other.defaulted),
            (self.written_off, other.written_off),
        ):
            for day, (claims, outstanding) in owing.items():
                _owe(held, day, sign * claims, sign * outstanding)
        self.outlay += sign * other.outlay
        self.proceeds += sign * other.proceeds
        self.moved += sign * other.moved

    @property
    def income(self) -> Split:
        """All that the account was paid, by component."""
        return _sum(self.received)

    @property
    def left(self) -> Split:
        """All that unpaid rows still ask for."""
        return _sum(self.coming)

    def rate(self, today: int, worth: int) -> Decimal | None:
        """Effective annual rate of the flows so far with `worth`, what is still owed, as if it
        came in on `today`; None where the flows tell none, or too little time has passed."""
        if not self.days or self.moved or today - min(self.days) < LEAST_DAYS:
            return None
        first = min(self.days)
        days = dict(self.days)
        days[today] = days.get(today, 0) + worth
        flows = [(Fraction(day - first, DAYS_OF_YEAR), amount) for day, amount in days.items()]
        try:
            return effective_rate(sorted(flows))
        except NoRate:
            return None


def flows_of(loan: LoanState, account: str) -> Flows:
    """The account's side of a loan with its payments and changes; empty if it never held it."""
    found = Flows()
    moves = [change for change in loan.changes if isinstance(change, Assigned)]
    if loan.original.lender == account:
        found.outlay += loan.original.principal
        _move(found.days, day_at(loan.originated.timestamp), -loan.original.principal)
    for move in moves:
        _trade(found, move, account, loan.original.token)
    for payment in loan.payments:
        if _holder_at(loan, moves, payment.ref) == account:
            _gain(found.received, month_of(payment.day), _parts(payment.split))
            _move(found.days, payment.day, payment.split.total)
    for row in agreed_rows(loan):
        if _holder_on(loan, moves, row.due_day) == account:
            _gain(found.agreed, month_of(row.due_day), (0, row.interest, 0, row.principal))
    if loan.holder == account:
        _add_open(found, loan)
    return found


def _add_open(found: Flows, loan: LoanState) -> None:
    owed = exposure(loan.agreement, loan.stored)
    if owed is not None:
        tables = {Status.DEFAULTED: found.defaulted, Status.WRITTEN_OFF: found.written_off}
        _owe(tables.get(loan.debt.status, found.running), owed.due_day, 1, owed.outstanding)
    if loan.debt.status is not Status.WRITTEN_OFF:
        for left in open_rows(loan.agreement, loan.stored):
            parts = (0, left.unpaid_interest, 0, left.unpaid_principal)
            _gain(found.coming, month_of(left.due), parts)


def _trade(found: Flows, move: Assigned, account: str, token: str) -> None:
    if account not in (move.from_, move.to) or move.from_ == move.to:
        return
    if move.price and move.token != token:
        found.moved += 1
        return
    gain = move.price if move.from_ == account else -move.price
    found.proceeds += max(gain, 0)
    found.outlay += max(-gain, 0)
    _move(found.days, day_at(move.ref.timestamp), gain)


def _holder_at(loan: LoanState, moves: Sequence[Assigned], ref: EventRef) -> str:
    """Whose the claim was when something happened on the chain."""
    holder, place = loan.original.lender, (ref.block_number, ref.log_index)
    for move in moves:
        if (move.ref.block_number, move.ref.log_index) < place:
            holder = move.to
    return holder


def _holder_on(loan: LoanState, moves: Sequence[Assigned], day: int) -> str:
    """Whose the claim is or was at the end of a day; the present holder's in the future."""
    holder = loan.original.lender
    for move in moves:
        if day_at(move.ref.timestamp) <= day:
            holder = move.to
    return holder


def _sum(table: dict[int, Amounts]) -> Split:
    sums = [sum(column) for column in zip(*table.values(), strict=True)]
    return Split(*sums) if sums else NOTHING


def _parts(split: Split) -> Amounts:
    return split.penalty, split.interest, split.fee, split.principal


def _move(days: dict[int, int], day: int, amount: int) -> None:
    after = days.get(day, 0) + amount
    if after:
        days[day] = after
    else:
        days.pop(day, None)


def _owe(table: dict[int, Owing], day: int, claims: int, outstanding: int) -> None:
    before = table.get(day, (0, 0))
    after = before[0] + claims, before[1] + outstanding
    if after[0]:
        table[day] = after
    else:
        table.pop(day, None)


def _gain(table: dict[int, Amounts], month: int, amounts: Amounts, sign: int = 1) -> None:
    before = table.get(month, (0, 0, 0, 0))
    penalty, interest, fee, principal = (
        one + sign * other for one, other in zip(before, amounts, strict=True)
    )
    if penalty or interest or fee or principal:
        table[month] = penalty, interest, fee, principal
    else:
        table.pop(month, None)

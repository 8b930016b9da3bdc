"""State of a loan, what it owes on a day, and how a payment changes it: `docs/ledger.md`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tallystick.loans.account import Account
from tallystick.loans.agreement import RATE_SCALE, Agreement
from tallystick.loans.calendar import begin_day, due_day
from tallystick.loans.debt import CLEAN, Debt, Owed, Penalty, Split
from tallystick.loans.kinds import Status
from tallystick.loans.rounding import round_q
from tallystick.loans.schedule import accrued_interest, row_interest, row_principal


@dataclass(frozen=True, slots=True)
class OpenRow:
    """A row that is not closed: where it stands and what of it is unpaid."""

    row: int
    due: int
    since: int
    balance: int
    interest: int
    principal: int
    unpaid_interest: int
    unpaid_principal: int

    @property
    def unpaid(self) -> int:
        return self.unpaid_interest + self.unpaid_principal


def open_debt(agreement: Agreement) -> Debt:
    """The state right after origination."""
    return Debt(agreement.principal, 0, 0, 0, Status.ACTIVE, late=False)


def owed_at(agreement: Agreement, debt: Debt, penalty: Penalty, day: int) -> Owed:
    """What the loan owes on `day` (days since 1970-01-01) if nothing is paid until then."""
    return _standing(agreement, debt, penalty, day)[0]


def apply_payment(
    agreement: Agreement, debt: Debt, penalty: Penalty, day: int, amount: int | None
) -> tuple[Debt, Penalty, Split]:
    """Apply a payment of at most `amount` base units on `day`; None collects exactly what is due.

    Order: penalty, then due rows oldest first (interest before principal), then, unless collecting,
    the open row's accrued interest and the rest as prepaid principal. Never takes more than the
    payoff; the split tells what was taken. Raises `LoanNotActive`, `AmountZero`, `NothingDue`,
    `DayOutOfOrder`.
    """
    account = account_of(agreement, debt, penalty)
    taken = account.pay(day, amount)
    return *state_of(account), Split(taken[0], taken[1], 0, taken[2])


def account_of(agreement: Agreement, debt: Debt, penalty: Penalty) -> Account:
    """The loan's account in this state."""
    account = Account(agreement)
    account.balance, account.row_paid, account.row = debt.balance, debt.row_paid, debt.row
    account.accrued_to, account.status, account.late = debt.accrued_to, debt.status, debt.late
    account.points, account.penalty_paid = penalty.points, penalty.paid
    account.penalty_day = penalty.day
    return account


def state_of(account: Account) -> tuple[Debt, Penalty]:
    """The state of an account as values."""
    debt = Debt(
        account.balance,
        account.row_paid,
        account.row,
        account.accrued_to,
        account.status,
        account.late,
    )
    if not account.late:
        return debt, CLEAN
    return debt, Penalty(account.points, account.penalty_paid, account.penalty_day)


def _standing(agreement: Agreement, debt: Debt, penalty: Penalty, day: int) -> tuple[Owed, int]:
    """What is owed, and the penalty points up to `day`."""
    if debt.status is not Status.ACTIVE:
        return Owed(), 0
    points = penalty.points
    interest = principal = accrued = ahead = 0
    oldest: OpenRow | None = None
    for entry in open_rows(agreement, debt):
        if oldest is None or (oldest.unpaid == 0 and oldest.due <= day):
            oldest = entry
        if entry.due > day:
            accrued, ahead = _accrued_unpaid(agreement, debt, entry, day), entry.balance
            break
        points += entry.unpaid * _late_days(agreement, entry.due, penalty.day, day)
        interest += entry.unpaid_interest
        principal += entry.unpaid_principal
    due = Split(_penalty_owed(agreement, points, penalty.paid), interest, 0, principal)
    owed = Owed(
        due=due,
        accrued=accrued,
        payoff=due.total + accrued + ahead,
        outstanding=principal + ahead,
        days_past_due=max(0, day - oldest.due) if oldest else 0,
        row=oldest.row if oldest else debt.row,
        due_day=oldest.due if oldest else 0,
    )
    return owed, points


def open_rows(agreement: Agreement, debt: Debt) -> Iterator[OpenRow]:
    """The rows still to be paid, oldest first, as they follow from the state of an active loan."""
    balance, paid = debt.balance, debt.row_paid
    since = begin_day(agreement, debt.row)
    shifted: int | None = None
    if debt.accrued_to:
        since = shifted = begin_day(agreement, 0) + debt.accrued_to
    for row in range(debt.row, agreement.count):
        due = due_day(agreement, row)
        interest = row_interest(agreement, row, balance, shifted)
        principal = row_principal(agreement, row, balance, interest)
        paid_interest = min(paid, interest)
        yield OpenRow(
            row=row,
            due=due,
            since=since,
            balance=balance,
            interest=interest,
            principal=principal,
            unpaid_interest=interest - paid_interest,
            unpaid_principal=principal - (paid - paid_interest),
        )
        balance -= principal
        if balance == 0:
            return
        since, shifted, paid = due, None, 0


def _late_days(agreement: Agreement, due: int, checkpoint: int, day: int) -> int:
    begin = due + agreement.grace_days
    return max(0, min(day, begin + agreement.penalty_cap_days) - max(begin, checkpoint))


def _penalty_owed(agreement: Agreement, points: int, paid: int) -> int:
    total = round_q(points * agreement.penalty_rate, 365 * RATE_SCALE, agreement.quantum)
    return max(0, total - paid)


def _accrued_unpaid(agreement: Agreement, debt: Debt, entry: OpenRow, day: int) -> int:
    accrued = accrued_interest(agreement, entry.row, entry.balance, entry.since, day)
    paid = debt.row_paid if entry.row == debt.row else 0
    return max(0, accrued - paid)

"""What happens to a loan beside its payments, in place: `docs/ledger.md`, "Default", "Amendment".

Whoever raises leaves the account as it was.
"""

from __future__ import annotations

from tallystick.loans.account import Account
from tallystick.loans.agreement import Agreement
from tallystick.loans.bounds import MAX_PRINCIPAL, most_ever_owed
from tallystick.loans.consents import Amendment
from tallystick.loans.debt import Split
from tallystick.loans.errors import (
    DebtAbove,
    NotAgreed,
    NothingDue,
    PenaltyOwed,
    StatusChanged,
    TooEarly,
)
from tallystick.loans.kinds import Status


def declare_default(account: Account, day: int) -> int:
    """The holder declares default; returns the days past due.

    Raises `LoanNotOpen`, `DayOutOfOrder`, `StatusChanged`, `NotAgreed`, `TooEarly`.
    """
    days = _past_due(account, day, account.agreement.conditions.default_days, Status.ACTIVE)
    account.status = Status.DEFAULTED
    account.watch_left = account.watch_rows
    return days


def accelerate(account: Account, day: int) -> tuple[int, int]:
    """Everything falls due; returns principal and interest.

    Raises as `declare_default`, and `NothingDue` when no principal is outstanding.
    """
    if account.accelerated:
        raise StatusChanged
    agreed = account.agreement.conditions.acceleration_days
    _past_due(account, day, agreed, Status.DEFAULTED, Status.WRITTEN_OFF)
    owed = account.owed(day)
    if not owed.outstanding:
        raise NothingDue
    account.fall_due(day, owed.row, owed.outstanding, owed.due.interest + owed.accrued)
    return account.balance, account.deferred


def write_off(account: Account, day: int) -> int:
    """The holder expects no more; returns the outstanding principal. Raises as
    `declare_default`."""
    agreed = account.agreement.conditions.write_off_days
    _past_due(account, day, agreed, Status.DEFAULTED)
    account.status = Status.WRITTEN_OFF
    return account.owed(day).outstanding


def amend(account: Account, day: int, agreement: Agreement, amendment: Amendment) -> Split:
    """Put new terms in the place of the old ones; returns what is forgiven.

    Raises `LoanNotOpen`, `DayOutOfOrder`, `StatusChanged`, `PenaltyOwed`, `DebtAbove`.
    """
    account.check(day)
    if account.status is not amendment.status_before:
        raise StatusChanged
    owed = account.owed(day)
    penalty, interest = owed.due.penalty, owed.due.interest + owed.accrued
    waived = Split(
        penalty=min(penalty, amendment.waived_penalty),
        interest=min(interest, amendment.waived_interest),
        principal=min(owed.outstanding, amendment.waived_principal),
    )
    if waived.penalty < penalty:
        raise PenaltyOwed(penalty - waived.penalty)
    interest -= waived.interest
    balance = owed.outstanding - waived.principal
    if amendment.capitalise:
        balance, interest = balance + interest, 0
    _check_debt(agreement, balance, interest)
    account.begin_again(day, agreement, balance, interest)
    account.watch_left = account.watch_rows = amendment.watch_rows
    return waived


def settle(account: Account, day: int, amount: int) -> tuple[Split, Split]:
    """Take `amount`, or everything owed without fee if that is less, and forgive the rest.

    Returns what is taken and what is forgiven. Raises `LoanNotOpen`, `DayOutOfOrder`, `AmountZero`.
    """
    account.check(day, amount)
    owed = account.owed(day)
    penalty, interest = owed.due.penalty, owed.due.interest + owed.accrued
    principal = min(owed.outstanding, amount)
    to_interest = min(interest, amount - principal)
    to_penalty = min(penalty, amount - principal - to_interest)
    account.close()
    return (
        Split(to_penalty, to_interest, 0, principal),
        Split(penalty - to_penalty, interest - to_interest, 0, owed.outstanding - principal),
    )


def _past_due(account: Account, day: int, agreed: int, *statuses: Status) -> int:
    """Days past due of a loan in one of `statuses`, if they are as many as agreed."""
    account.check(day)
    if account.status not in statuses:
        raise StatusChanged
    if not agreed:
        raise NotAgreed
    days = account.owed(day).days_past_due
    if days < agreed:
        raise TooEarly(days, agreed)
    return days


def _check_debt(agreement: Agreement, balance: int, deferred: int) -> None:
    if not 1 <= balance <= agreement.principal:
        raise DebtAbove(balance, agreement.principal)
    most = MAX_PRINCIPAL - most_ever_owed(agreement)
    if deferred > most:
        raise DebtAbove(deferred, most)

"""A loan in one state: what it owes on a day, and what its events make of it: `docs/ledger.md`.

Functions from values to new values; `tallystick.loans.account` does the same in place. Days are
counted since 1970-01-01, amounts are base units.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from tallystick.loans import servicing
from tallystick.loans.account import Account
from tallystick.loans.agreement import Agreement
from tallystick.loans.consents import Amendment
from tallystick.loans.debt import Debt, Owed, Split, State
from tallystick.loans.kinds import Status
from tallystick.loans.position import OpenRow, Position


class Applied(NamedTuple):
    """A payment: the state after it, how it was split, and the principal outstanding after it."""

    state: State
    split: Split
    outstanding: int


def open_state(agreement: Agreement) -> State:
    """The state right after origination."""
    return State(Debt(agreement.principal, 0, 0, 0, Status.ACTIVE))


def owed_at(agreement: Agreement, state: State, day: int) -> Owed:
    """What the loan owes on `day` if nothing is paid until then."""
    return Position(agreement, state).owed(day)


def open_rows(agreement: Agreement, state: State) -> Iterator[OpenRow]:
    """The rows still to be paid, oldest first; none once the loan is closed."""
    position = Position(agreement, state)
    return position.rows() if position.is_open else iter(())


def apply_payment(
    agreement: Agreement, state: State, day: int, amount: int | None, *, ahead: bool = True
) -> Applied:
    """Apply a payment of at most `amount` on `day`; None collects exactly what is due.

    Without `ahead`, as for a guarantor's and a collateral payment, nothing is taken that is not
    due. Never takes more than the payoff. Raises `LoanNotOpen`, `AmountZero`, `NothingDue`,
    `DayOutOfOrder`.
    """
    account = Account(agreement, state)
    *split, outstanding = account.pay(day, amount, ahead=ahead)
    return Applied(account.state(), Split(*split), outstanding)


def settle(agreement: Agreement, state: State, day: int, amount: int) -> tuple[State, Split, Split]:
    """Close the loan for at most `amount`: the state, what is taken and what is forgiven.

    Raises `LoanNotOpen`, `DayOutOfOrder`, `AmountZero`.
    """
    account = Account(agreement, state)
    taken, waived = servicing.settle(account, day, amount)
    return account.state(), taken, waived


def declare_default(agreement: Agreement, state: State, day: int) -> tuple[State, int]:
    """The holder declares default: the state and the days past due.

    Raises `LoanNotOpen`, `StatusChanged`, `NotAgreed`, `TooEarly`, `DayOutOfOrder`.
    """
    account = Account(agreement, state)
    days = servicing.declare_default(account, day)
    return account.state(), days


def accelerate(agreement: Agreement, state: State, day: int) -> tuple[State, int, int]:
    """Everything falls due: the state, principal and interest. Raises as `declare_default`, and
    `NothingDue` when no principal is outstanding."""
    account = Account(agreement, state)
    principal, interest = servicing.accelerate(account, day)
    return account.state(), principal, interest


def write_off(agreement: Agreement, state: State, day: int) -> tuple[State, int]:
    """The holder expects no more: the state and the outstanding principal. Raises as
    `declare_default`."""
    account = Account(agreement, state)
    outstanding = servicing.write_off(account, day)
    return account.state(), outstanding


def amend(
    before: Agreement, state: State, day: int, after: Agreement, amendment: Amendment
) -> tuple[State, Split]:
    """The debt under new terms, and what is forgiven.

    Raises `LoanNotOpen`, `StatusChanged`, `PenaltyOwed`, `DebtAbove`, `DayOutOfOrder`.
    """
    account = Account(before, state)
    waived = servicing.amend(account, day, after, amendment)
    return account.state(), waived


def set_autopay(state: State, *, on: bool) -> State:
    """The state with autopay switched on or off."""
    return state._replace(debt=replace(state.debt, manual=not on))

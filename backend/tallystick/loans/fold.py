"""From one loan's events to its state, checking the chain's arithmetic on the way."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from tallystick.loans.account import Account
from tallystick.loans.agreement import Agreement
from tallystick.loans.calendar import day_at
from tallystick.loans.debt import CLEAN, NOTHING, Debt, Penalty, Split
from tallystick.loans.errors import LedgerMismatch
from tallystick.loans.events import (
    Closed,
    CollectFailed,
    Credited,
    EventRef,
    LoanEvent,
    Originated,
    Paid,
)
from tallystick.loans.kinds import Source
from tallystick.loans.ledger import account_of, open_debt, state_of
from tallystick.loans.tally import Tally


@dataclass(frozen=True, slots=True)
class Payment:
    """One payment as applied. `outstanding` principal is after it; `row` was open before it."""

    ref: EventRef
    payer: str
    day: int
    split: Split
    outstanding: int
    source: Source
    row: int


@dataclass(frozen=True, slots=True)
class LoanState:
    """All that is known of a loan. `paid` sums every payment; `credited` is what of it could not
    reach the lender directly; `closed` is the closing event; `collect_failed` the last failure to
    collect since the last payment."""

    loan_id: bytes
    agreement: Agreement
    debt: Debt
    penalty: Penalty
    lender: str
    originated: EventRef
    payments: tuple[Payment, ...] = ()
    paid: Split = NOTHING
    credited: int = 0
    closed: EventRef | None = None
    collect_failed: CollectFailed | None = None


def fold(events: Iterable[LoanEvent]) -> LoanState:
    """The state after one loan's events, in chain order. Raises `LedgerMismatch`."""
    state: LoanState | None = None
    tally: Tally[LoanEvent] | None = None
    payments: list[Payment] = []
    for event in events:
        if isinstance(event, Originated):
            if state is not None:
                raise LedgerMismatch(event.loan_id, "origination", "unique", "a second one")
            state = _originated(event)
            tally = Tally(event.loan_id, Account(event.agreement))
            continue
        if state is None or tally is None:
            raise LedgerMismatch(event.loan_id, "first event", "Originated", type(event).__name__)
        row = tally.account.row
        _apply(tally, event)
        if isinstance(event, Paid):
            payments.append(_payment(event, row))
    if state is None or tally is None:
        raise ValueError("a loan has at least its Originated event")
    return _with(state, tally, tuple(payments))


def advance(state: LoanState | None, event: LoanEvent) -> LoanState:
    """One step of the fold; `state` is None before `Originated`. Raises `LedgerMismatch`."""
    if isinstance(event, Originated):
        if state is not None:
            raise LedgerMismatch(event.loan_id, "origination", "unique", "a second one")
        return _originated(event)
    if state is None:
        raise LedgerMismatch(event.loan_id, "first event", "Originated", type(event).__name__)
    tally: Tally[LoanEvent] = Tally(
        state.loan_id,
        account_of(state.agreement, state.debt, state.penalty),
        paid=(state.paid.penalty, state.paid.interest, state.paid.principal),
        credited=state.credited,
        closed=Closed(state.closed, state.loan_id) if state.closed else None,
        failed=state.collect_failed,
    )
    _apply(tally, event)
    payments = state.payments
    if isinstance(event, Paid):
        payments = (*payments, _payment(event, state.debt.row))
    return _with(state, tally, payments)


def _apply(tally: Tally[LoanEvent], event: LoanEvent) -> None:
    if event.loan_id != tally.loan_id:
        raise LedgerMismatch(tally.loan_id, "loan id of the event", tally.loan_id, event.loan_id)
    match event:
        case Paid():
            tally.pay(
                event.ref.timestamp,
                (event.penalty, event.interest, event.principal, event.outstanding),
                event.source is Source.COLLECTED,
            )
        case Closed():
            tally.close(event)
        case Credited():
            tally.credited += event.amount
        case CollectFailed():
            tally.failed = event


def _originated(event: Originated) -> LoanState:
    debt = open_debt(event.agreement)
    return LoanState(event.loan_id, event.agreement, debt, CLEAN, event.lender, event.ref)


def _payment(event: Paid, row: int) -> Payment:
    split = Split(event.penalty, event.interest, event.fee, event.principal)
    day = day_at(event.ref.timestamp)
    return Payment(event.ref, event.payer, day, split, event.outstanding, event.source, row)


def _with(state: LoanState, tally: Tally[LoanEvent], payments: tuple[Payment, ...]) -> LoanState:
    debt, penalty = state_of(tally.account)
    return replace(
        state,
        debt=debt,
        penalty=penalty,
        payments=payments,
        paid=Split(tally.paid[0], tally.paid[1], 0, tally.paid[2]),
        credited=tally.credited,
        closed=tally.closed.ref if tally.closed else None,
        collect_failed=tally.failed if isinstance(tally.failed, CollectFailed) else None,
    )

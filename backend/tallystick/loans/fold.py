"""From one loan's events to its state, checking the chain's arithmetic on the way."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from tallystick.loans.agreement import Agreement
from tallystick.loans.calendar import day_at
from tallystick.loans.errors import LedgerMismatch, LoanError
from tallystick.loans.events import (
    Closed,
    CollectFailed,
    Credited,
    EventRef,
    LoanEvent,
    Originated,
    Paid,
)
from tallystick.loans.kinds import Status
from tallystick.loans.ledger import (
    CLEAN,
    NOTHING,
    Debt,
    Penalty,
    Split,
    apply_payment,
    open_debt,
    owed_at,
)


@dataclass(frozen=True, slots=True)
class Payment:
    """One payment as applied. `outstanding` principal is after it; `row` was open before it."""

    ref: EventRef
    payer: str
    day: int
    split: Split
    outstanding: int
    collected: bool
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
    for event in events:
        state = advance(state, event)
    if state is None:
        raise ValueError("a loan has at least its Originated event")
    return state


def advance(state: LoanState | None, event: LoanEvent) -> LoanState:
    """One step of the fold; `state` is None before `Originated`. Raises `LedgerMismatch`."""
    if isinstance(event, Originated):
        if state is not None:
            raise LedgerMismatch(event.loan_id, "origination", "unique", "a second one")
        debt = open_debt(event.agreement)
        return LoanState(event.loan_id, event.agreement, debt, CLEAN, event.lender, event.ref)
    if state is None:
        raise LedgerMismatch(event.loan_id, "first event", "Originated", type(event).__name__)
    if event.loan_id != state.loan_id:
        raise LedgerMismatch(state.loan_id, "loan id of the event", state.loan_id, event.loan_id)
    match event:
        case Paid():
            return _paid(state, event)
        case Closed():
            if state.debt.status is not Status.CLOSED:
                raise LedgerMismatch(state.loan_id, "balance when closed", 0, state.debt.balance)
            return replace(state, closed=event.ref)
        case Credited():
            return replace(state, credited=state.credited + event.amount)
        case CollectFailed():
            return replace(state, collect_failed=event)


def _paid(state: LoanState, event: Paid) -> LoanState:
    actual = Split(event.penalty, event.interest, event.principal)
    day = day_at(event.ref.timestamp)
    amount = None if event.collected else actual.total
    try:
        debt, penalty, split = apply_payment(
            state.agreement, state.debt, state.penalty, day, amount
        )
    except LoanError as error:
        raise LedgerMismatch(state.loan_id, "payment", f"refused ({error!r})", actual) from error
    if split != actual:
        raise LedgerMismatch(state.loan_id, "split of the payment", split, actual)
    outstanding = owed_at(state.agreement, debt, penalty, day).outstanding
    if outstanding != event.outstanding:
        raise LedgerMismatch(state.loan_id, "outstanding principal", outstanding, event.outstanding)
    row = state.debt.row
    payment = Payment(event.ref, event.payer, day, split, outstanding, event.collected, row)
    return replace(
        state,
        debt=debt,
        penalty=penalty,
        payments=(*state.payments, payment),
        paid=state.paid + split,
        collect_failed=None,
    )

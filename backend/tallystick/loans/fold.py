"""From one loan's events to its state, checking the chain's arithmetic on the way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import get_args

from tallystick.loans.account import Account
from tallystick.loans.agreement import Agreement
from tallystick.loans.calendar import day_at
from tallystick.loans.debt import NOTHING, Debt, Escrow, Guarantee, Split, State
from tallystick.loans.errors import LedgerMismatch
from tallystick.loans.events import (
    Change,
    Closed,
    CollectFailed,
    Credited,
    EventRef,
    LoanEvent,
    Originated,
    Paid,
    PaidThrough,
)
from tallystick.loans.kinds import Source
from tallystick.loans.ledger import open_state
from tallystick.loans.tally import Tally

_CHANGES = get_args(Change)


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
    """All that is known of a loan.

    `original` is the agreement that the loan id commits to, `agreement` the one in force and
    `terms` its digest; `stored` is what the book stores, `holder` has the claim, `guarantees` are
    by guarantor. `paid` sums every payment; `credited` is what of it could not reach the holder
    directly; `closed` is the closing event; `collect_failed` the last failure to collect since the
    last payment. `changes` is what happened beside payments.
    """

    loan_id: bytes
    original: Agreement
    agreement: Agreement
    terms: bytes
    stored: State
    holder: str
    originated: EventRef
    guarantees: Mapping[str, Guarantee] = field(default_factory=dict)
    escrow: Escrow = Escrow()  # noqa: RUF009 - frozen
    payments: tuple[Payment, ...] = ()
    changes: tuple[Change, ...] = ()
    paid: Split = NOTHING
    credited: int = 0
    closed: EventRef | None = None
    collect_failed: CollectFailed | None = None

    @property
    def debt(self) -> Debt:
        """The stored debt."""
        return self.stored.debt


def fold(events: Iterable[LoanEvent]) -> LoanState:
    """The state after one loan's events, in chain order. Raises `LedgerMismatch`."""
    state: LoanState | None = None
    tally: Tally[LoanEvent] | None = None
    payments: list[Payment] = []
    changes: list[Change] = []
    for event in events:
        if isinstance(event, Originated):
            if state is not None:
                raise LedgerMismatch(event.loan_id, "origination", "unique", "a second one")
            state = _originated(event)
            tally = Tally(event.loan_id, Account(event.agreement), event.lender)
            continue
        if state is None or tally is None:
            raise LedgerMismatch(event.loan_id, "first event", "Originated", type(event).__name__)
        row = tally.account.row
        _apply(tally, event)
        if isinstance(event, Paid):
            payments.append(_payment(event, row))
        elif isinstance(event, _CHANGES):
            changes.append(event)
    if state is None or tally is None:
        raise ValueError("a loan has at least its Originated event")
    tally.end()
    return _with(state, tally, tuple(payments), tuple(changes))


def _apply(tally: Tally[LoanEvent], event: LoanEvent) -> None:
    if event.loan_id != tally.loan_id:
        raise LedgerMismatch(tally.loan_id, "loan id of the event", tally.loan_id, event.loan_id)
    match event:
        case Paid():
            tally.pay(
                event.ref.timestamp,
                (event.penalty, event.interest, event.fee, event.principal, event.outstanding),
                event.source,
            )
        case Closed():
            tally.close(event)
        case Credited():
            tally.credit(event.amount)
        case CollectFailed():
            tally.fail(event)
        case Originated() | PaidThrough():
            pass
        case _:
            tally.follow(event)


def _originated(event: Originated) -> LoanState:
    return LoanState(
        loan_id=event.loan_id,
        original=event.agreement,
        agreement=event.agreement,
        terms=event.loan_id,
        stored=open_state(event.agreement),
        holder=event.lender,
        originated=event.ref,
    )


def _payment(event: Paid, row: int) -> Payment:
    split = Split(event.penalty, event.interest, event.fee, event.principal)
    day = day_at(event.ref.timestamp)
    return Payment(event.ref, event.payer, day, split, event.outstanding, event.source, row)


def _with(
    state: LoanState,
    tally: Tally[LoanEvent],
    payments: tuple[Payment, ...],
    changes: tuple[Change, ...],
) -> LoanState:
    return replace(
        state,
        agreement=tally.account.agreement,
        terms=tally.terms,
        stored=tally.account.state(),
        holder=tally.holder,
        guarantees=dict(tally.guarantees),
        escrow=tally.escrow,
        payments=payments,
        changes=changes,
        paid=Split(*tally.paid),
        credited=tally.credited,
        closed=tally.closed.ref if tally.closed else None,
        collect_failed=tally.failed if isinstance(tally.failed, CollectFailed) else None,
    )

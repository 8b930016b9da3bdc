from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from tests.backend.loans.strategies import (
    BORROWER,
    LENDER,
    TOKEN,
    agreements,
    make_agreement,
    payment_steps,
)

from tallystick.loans.agreement import Agreement
from tallystick.loans.calendar import begin_day, due_day
from tallystick.loans.debt import CLEAN
from tallystick.loans.errors import LedgerMismatch, NothingDue
from tallystick.loans.events import (
    Closed,
    CollectFailed,
    Credited,
    EventRef,
    LoanEvent,
    Originated,
    Paid,
)
from tallystick.loans.fold import advance, fold
from tallystick.loans.kinds import Status
from tallystick.loans.ledger import apply_payment, open_debt, owed_at

LOAN = b"\x01" * 32


def ref(day: int, index: int = 0) -> EventRef:
    return EventRef(
        31337, "0x" + "44" * 20, day, b"\x02" * 32, day * 86_400 + 43_200, b"\x03" * 32, index
    )


def life(agreement: Agreement, steps: list[tuple[int, int]]) -> list[LoanEvent]:
    """The events that the book would emit for payments along `steps`."""
    debt, penalty = open_debt(agreement), CLEAN
    day = begin_day(agreement, 0)
    events: list[LoanEvent] = [Originated(ref(day), LOAN, BORROWER, LENDER, agreement)]
    for wait, size in steps:
        if debt.status is Status.CLOSED:
            break
        day += wait
        owed = owed_at(agreement, debt, penalty, day)
        amount = None if size == 0 else max(1, owed.payoff * size // 1000)
        try:
            debt, penalty, split = apply_payment(agreement, debt, penalty, day, amount)
        except NothingDue:
            continue
        outstanding = owed_at(agreement, debt, penalty, day).outstanding
        events.append(
            Paid(
                ref(day, len(events)),
                LOAN,
                BORROWER,
                split.penalty,
                split.interest,
                split.principal,
                outstanding,
                collected=amount is None,
            )
        )
        if debt.status is Status.CLOSED:
            events.append(Closed(ref(day, len(events)), LOAN))
    return events


@given(agreements(), payment_steps())
def test_the_fold_recomputes_every_payment(
    agreement: Agreement, steps: list[tuple[int, int]]
) -> None:
    events = life(agreement, steps)
    state = fold(events)
    paid = [event for event in events if isinstance(event, Paid)]
    assert state.paid.principal == sum(event.principal for event in paid)
    assert state.paid.total == sum(payment.split.total for payment in state.payments)
    assert len(state.payments) == len(paid)
    assert (state.closed is not None) == isinstance(events[-1], Closed)
    assert (state.debt.status is Status.CLOSED) == (state.closed is not None)
    if state.payments:
        assert state.payments[-1].outstanding == paid[-1].outstanding


def a_life() -> list[LoanEvent]:
    agreement = make_agreement()
    wait = due_day(agreement, 0) - begin_day(agreement, 0)
    return life(agreement, [(wait, 0), (10, 500)])


@pytest.mark.parametrize("field", ["penalty", "interest", "principal", "outstanding"])
def test_one_unit_off_is_a_mismatch(field: str) -> None:
    events = a_life()
    paid = events[-1]
    assert isinstance(paid, Paid)
    events[-1] = replace(paid, **{field: getattr(paid, field) + 1})
    with pytest.raises(LedgerMismatch) as caught:
        fold(events)
    assert caught.value.loan_id == LOAN


def test_collected_less_than_due_is_a_mismatch() -> None:
    events = a_life()[:2]
    paid = events[1]
    assert isinstance(paid, Paid)
    events[1] = replace(paid, principal=paid.principal - 1, outstanding=paid.outstanding + 1)
    with pytest.raises(LedgerMismatch, match="split of the payment"):
        fold(events)


def test_events_out_of_place() -> None:
    events = a_life()
    with pytest.raises(LedgerMismatch, match="origination"):
        fold([events[0], events[0]])
    with pytest.raises(LedgerMismatch, match="first event"):
        fold(events[1:])
    with pytest.raises(LedgerMismatch, match="balance when closed"):
        fold([*events, Closed(ref(30_000), LOAN)])
    with pytest.raises(LedgerMismatch, match="loan id"):
        fold([*events, Closed(ref(30_000), b"\x09" * 32)])
    closed = life(make_agreement(), [(5, 1000)])
    with pytest.raises(LedgerMismatch, match="refused"):
        fold([*closed, closed[1]])
    with pytest.raises(ValueError, match="Originated"):
        fold([])


def test_credits_and_failures_are_kept() -> None:
    events = a_life()
    failed = CollectFailed(ref(20_512), LOAN, b"\x01\x02\x03\x04")
    state = fold([events[0], failed])
    assert state.collect_failed == failed
    state = advance(state, events[1])
    assert state.collect_failed is None
    state = advance(state, Credited(ref(20_512), LOAN, TOKEN, LENDER, 7))
    assert state.credited == 7

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.backend.loans.lives import LOAN, Chronicle, chronicles, life, ref
from tests.backend.loans.strategies import LENDER, TOKEN, agreements, make_agreement, payment_steps

from tallystick.loans.agreement import Agreement
from tallystick.loans.calendar import begin_day, due_day
from tallystick.loans.debt import Split
from tallystick.loans.errors import LedgerMismatch
from tallystick.loans.events import (
    Assigned,
    AutopaySet,
    Closed,
    CollateralAdded,
    CollateralReleased,
    CollectFailed,
    Credited,
    Cured,
    LoanEvent,
    Originated,
    Paid,
    PaidThrough,
    RecourseRepaid,
    Restored,
)
from tallystick.loans.fold import fold
from tallystick.loans.kinds import Source, Status


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


@given(chronicles())
def test_the_fold_follows_every_event(loan: Chronicle) -> None:
    state = fold(loan.events)
    assert state.stored == loan.state
    assert (state.agreement, state.terms) == (loan.terms, loan.digest)
    assert (state.holder, state.escrow.amount) == (loan.holder, loan.escrow)
    recourse = [(g.drawn, g.recourse) for g in state.guarantees.values()]
    assert recourse == ([(loan.drawn, loan.recourse)] if loan.drawn else [])
    others = sum(isinstance(e, (Originated, Closed, PaidThrough)) for e in loan.events)
    assert len(state.payments) + len(state.changes) + others == len(loan.events)


@given(chronicles(), st.data())
def test_any_amount_one_off_is_a_mismatch(loan: Chronicle, data: st.DataObject) -> None:
    """Whatever the book could have reported otherwise is noticed."""
    told = [(at, name) for at, event in enumerate(loan.events) for name in numbers(event)]
    if not told:
        return
    at, name = data.draw(st.sampled_from(told))
    events = list(loan.events)
    value = getattr(events[at], name)
    if isinstance(value, Split):
        events[at] = replace(events[at], **{name: replace(value, interest=value.interest + 1)})
    else:
        events[at] = replace(events[at], **{name: value + 1})
    with pytest.raises(LedgerMismatch) as caught:
        fold(events)
    assert caught.value.loan_id == LOAN


def numbers(event: LoanEvent) -> list[str]:
    """Members that the ledger decides, and not the caller."""
    if isinstance(event, (PaidThrough, CollateralAdded, CollateralReleased, RecourseRepaid)):
        return []
    if isinstance(event, Assigned):
        return []
    if isinstance(event, Paid) and event.source is not Source.COLLECTED:
        return ["fee", "outstanding"]
    values: dict[str, Any] = {field.name: getattr(event, field.name) for field in fields(event)}
    return [
        name
        for name, value in values.items()
        if isinstance(value, Split) or (type(value) is int and name != "reason")
    ]


@given(chronicles(), st.data())
def test_an_event_left_out_is_a_mismatch_when_it_follows_from_a_payment(
    loan: Chronicle, data: st.DataObject
) -> None:
    kinds = (Closed, Cured, Restored)
    places = [at for at, event in enumerate(loan.events) if isinstance(event, kinds)]
    if not places:
        return
    at = data.draw(st.sampled_from(places))
    with pytest.raises(LedgerMismatch):
        fold([*loan.events[:at], *loan.events[at + 1 :]])


def a_life() -> list[LoanEvent]:
    agreement = make_agreement()
    wait = due_day(agreement, 0) - begin_day(agreement, 0)
    return life(agreement, [(wait, 0), (10, 500)])


@pytest.mark.parametrize("field", ["penalty", "interest", "fee", "principal", "outstanding"])
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


def test_collected_while_autopay_is_off_is_a_mismatch() -> None:
    events = a_life()[:2]
    assert fold(events).payments[0].source is Source.COLLECTED
    with pytest.raises(LedgerMismatch, match="refused"):
        fold([events[0], AutopaySet(ref(20_490), LOAN, on=False), events[1]])


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
    with pytest.raises(LedgerMismatch, match="event should be none"):
        fold([*events, Cured(ref(30_000), LOAN)])
    closed = life(make_agreement(), [(5, 1000)])
    with pytest.raises(LedgerMismatch, match="refused"):
        fold([*closed, closed[1]])
    with pytest.raises(LedgerMismatch, match="after the payment"):
        fold(closed[:-1])
    with pytest.raises(ValueError, match="Originated"):
        fold([])


def test_credits_and_failures_are_kept() -> None:
    events = a_life()
    failed = CollectFailed(ref(20_512), LOAN, b"\x01\x02\x03\x04")
    assert fold([events[0], failed]).collect_failed == failed
    state = fold([events[0], failed, events[1], Credited(ref(20_512), LOAN, TOKEN, LENDER, 7)])
    assert state.collect_failed is None
    assert state.credited == 7

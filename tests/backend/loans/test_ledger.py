from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.backend.loans.strategies import agreements, make_agreement, payment_steps

from tallystick.loans.agreement import RATE_SCALE, Agreement
from tallystick.loans.calendar import begin_day, due_day
from tallystick.loans.debt import CLEAN, PLAIN, Debt, Owed, Penalty, Split, State
from tallystick.loans.errors import AmountZero, DayOutOfOrder, LoanNotOpen, NothingDue
from tallystick.loans.kinds import Amortization, Prepayment, Status, Waterfall
from tallystick.loans.ledger import apply_payment, open_state, owed_at
from tallystick.loans.rounding import round_q
from tallystick.loans.schedule import schedule


def play(agreement: Agreement, steps: list[tuple[int, int]]) -> tuple[State, int, list[Split]]:
    """Pay along `steps`; returns the state, the last day and every split."""
    state, day = open_state(agreement), begin_day(agreement, 0)
    splits: list[Split] = []
    for wait, size in steps:
        if state.debt.status is Status.CLOSED:
            break
        day += wait
        payoff = owed_at(agreement, state, day).payoff
        amount = None if size == 0 else max(1, payoff * size // 1000)
        try:
            state, split, _ = apply_payment(agreement, state, day, amount)
        except NothingDue:
            continue
        splits.append(split)
    return state, day, splits


@given(agreements(), payment_steps())
def test_conservation(agreement: Agreement, steps: list[tuple[int, int]]) -> None:
    state, day, splits = play(agreement, steps)
    owed = owed_at(agreement, state, day)
    assert owed.outstanding + sum(split.principal for split in splits) == agreement.principal
    assert all(min(s.penalty, s.interest, s.fee, s.principal) >= 0 for s in splits)
    assert (state.debt.balance == 0) == (state.debt.status is Status.CLOSED)
    if state.debt.status is Status.CLOSED:
        assert owed == Owed()
        assert state[1:] == (CLEAN, PLAIN)
    else:
        assert owed.payoff > 0 <= owed.outstanding
        later = owed.accrued + owed.fee + owed.outstanding - owed.due.principal
        assert owed.payoff == owed.due.total + later
    assert state.debt.late == (state.penalty != CLEAN)
    assert state.debt.carried == (state.carry != PLAIN)


@given(agreements(), payment_steps(), st.integers(0, 60), st.integers(1, 10**30))
def test_a_payment_is_split_without_loss(
    agreement: Agreement, steps: list[tuple[int, int]], wait: int, amount: int
) -> None:
    state, day, _ = play(agreement, steps)
    assume(state.debt.status is Status.ACTIVE)
    owed = owed_at(agreement, state, day + wait)
    try:
        after, split, outstanding = apply_payment(agreement, state, day + wait, amount)
    except NothingDue:
        assert owed.due == Split()
        return
    assert split.total <= min(amount, owed.payoff)
    plain = not owed.fee and agreement.waterfall is not Waterfall.PENALTY_PRINCIPAL_INTEREST
    if plain or amount <= owed.due.total or amount >= owed.payoff:
        assert split.total == min(amount, owed.payoff)
    left = owed_at(agreement, after, day + wait)
    assert left.outstanding == outstanding == owed.outstanding - split.principal
    if split.total < owed.due.total:
        assert left.due.total == owed.due.total - split.total
        assert left.due.penalty == owed.due.penalty - split.penalty
    else:
        assert left.due.total == 0
        assert left.days_past_due == 0
    # what was taken, given again, is taken again: so the chain's events can be recomputed
    assert apply_payment(agreement, state, day + wait, split.total) == (after, split, outstanding)


@given(agreements(), payment_steps(), st.integers(0, 60), st.data())
def test_the_waterfall_orders_what_is_due(
    agreement: Agreement, steps: list[tuple[int, int]], wait: int, data: st.DataObject
) -> None:
    state, day, _ = play(agreement, steps)
    day = max(day, due_day(agreement, state.debt.row) if state.debt.balance else day)
    due = owed_at(agreement, state, day + wait).due
    if not due.total:
        return
    amount = data.draw(st.integers(1, due.total))
    split = apply_payment(agreement, state, day + wait, amount, ahead=False).split
    assert split.total == amount
    if agreement.waterfall is Waterfall.INTEREST_PRINCIPAL_PENALTY:
        assert split.penalty == max(0, amount - due.interest - due.principal)
    else:
        assert split.penalty == min(amount, due.penalty)


@given(agreements(), payment_steps(), st.integers(0, 60))
def test_the_payoff_closes_and_less_does_not(
    agreement: Agreement, steps: list[tuple[int, int]], wait: int
) -> None:
    state, day, _ = play(agreement, steps)
    assume(state.debt.status is Status.ACTIVE)
    owed = owed_at(agreement, state, day + wait)
    after, split, _ = apply_payment(agreement, state, day + wait, owed.payoff)
    assert after.debt.status is Status.CLOSED
    assert split == Split(
        owed.due.penalty, owed.due.interest + owed.accrued, owed.fee, owed.outstanding
    )
    if owed.payoff > 1:
        try:
            short = apply_payment(agreement, state, day + wait, owed.payoff - 1).state
        except NothingDue:
            short = state
        assert short.debt.status is Status.ACTIVE
    with pytest.raises(LoanNotOpen):
        apply_payment(agreement, after, day + wait, 1)


@given(agreements(), payment_steps(), st.integers(0, 60))
def test_collecting_takes_what_is_due_and_is_idempotent(
    agreement: Agreement, steps: list[tuple[int, int]], wait: int
) -> None:
    state, day, _ = play(agreement, steps)
    assume(state.debt.status is Status.ACTIVE)
    due = owed_at(agreement, state, day + wait).due
    if due.total == 0:
        with pytest.raises(NothingDue):
            apply_payment(agreement, state, day + wait, None)
        return
    after = apply_payment(agreement, state, day + wait, None)
    assert after.split == due
    with pytest.raises((NothingDue, LoanNotOpen)):
        apply_payment(agreement, after.state, day + wait, None)
    assert after == apply_payment(agreement, state, day + wait, due.total)


@given(
    agreements(), payment_steps(), st.lists(st.integers(1, 400), min_size=1, max_size=6), st.data()
)
def test_many_payments_of_a_day_equal_one(
    agreement: Agreement, steps: list[tuple[int, int]], shares: list[int], data: st.DataObject
) -> None:
    """Ahead of due rows too, where prepayment costs nothing and changes no installment."""
    ahead = data.draw(st.booleans())
    if ahead:
        agreement = replace(
            agreement, prepayment_fee=0, prepayment=Prepayment.SHORTER_TERM, waterfall=Waterfall(0)
        )
    state, day, _ = play(agreement, steps)
    owed = owed_at(agreement, state, day)
    most = owed.payoff if ahead else owed.due.total
    if not most:
        return
    amounts = [max(1, most * share // 1000) for share in shares]
    one = apply_payment(agreement, state, day, sum(amounts), ahead=ahead)
    total = Split()
    for amount in amounts:
        try:
            state, split, _ = apply_payment(agreement, state, day, amount, ahead=ahead)
        except (LoanNotOpen, NothingDue):
            break
        total += split
    assert (state, total) == one[:2]


@given(agreements(), st.lists(st.integers(1, 90), min_size=1, max_size=8))
def test_penalty_does_not_depend_on_the_number_of_calls(
    agreement: Agreement, waits: list[int]
) -> None:
    """Late payments of a single base unit leave the same sum of points as none at all."""
    agreement = replace(agreement, waterfall=Waterfall.PENALTY_INTEREST_PRINCIPAL)
    state, day = open_state(agreement), due_day(agreement, 0) + agreement.grace_days
    for wait in waits:
        day += wait
        if owed_at(agreement, state, day).due.penalty == 0:
            continue  # the unit would reach the overdue part and change what bears penalty
        state, split, _ = apply_payment(agreement, state, day, 1)
        assert split == Split(penalty=1)
    untouched = owed_at(agreement, open_state(agreement), day).due.penalty
    assert state.penalty.paid + owed_at(agreement, state, day).due.penalty == untouched


@given(agreements(), payment_steps(), st.integers(0, 300), st.integers(1, 60))
def test_waiting_never_lowers_what_is_due(
    agreement: Agreement, steps: list[tuple[int, int]], wait: int, more: int
) -> None:
    state, day, _ = play(agreement, steps)
    sooner = owed_at(agreement, state, day + wait)
    later = owed_at(agreement, state, day + wait + more)
    assert later.due.penalty >= sooner.due.penalty
    assert later.due.interest >= sooner.due.interest
    assert later.due.principal >= sooner.due.principal
    assert later.due.interest + later.accrued >= sooner.due.interest + sooner.accrued
    assert later.outstanding == sooner.outstanding
    assert later.days_past_due >= sooner.days_past_due


@given(agreements(max_count=30))
def test_paying_on_time_pays_the_schedule(agreement: Agreement) -> None:
    state = open_state(agreement)
    for row in schedule(agreement):
        owed = owed_at(agreement, state, row.due_day)
        assert owed.due == Split(interest=row.interest, principal=row.principal)
        assert owed.days_past_due == 0
        if owed.due.total:
            state, _, _ = apply_payment(agreement, state, row.due_day, None)
            assert state.debt.balance == row.balance
            assert state[1:] == (CLEAN, PLAIN)
    assert state.debt.status is Status.CLOSED


@given(agreements(), st.integers(0, 500))
def test_unpaid_penalty_by_its_formula(agreement: Agreement, wait: int) -> None:
    day = due_day(agreement, 0) + wait
    points = sum(
        (row.interest + row.principal)
        * max(0, min(day - row.due_day - agreement.grace_days, agreement.penalty_cap_days))
        for row in schedule(agreement)
    )
    expected = round_q(points * agreement.penalty_rate, 365 * RATE_SCALE, agreement.quantum)
    assert owed_at(agreement, open_state(agreement), day).due.penalty == expected


def test_dates_never_move() -> None:
    agreement = make_agreement()
    due = due_day(agreement, 0)
    state, _, _ = apply_payment(agreement, open_state(agreement), due - 5, 1)
    assert owed_at(agreement, state, due).due_day == due


def test_due_at_midnight_on_time_all_day_overdue_the_next() -> None:
    agreement, state = make_agreement(), open_state(make_agreement())
    due = due_day(agreement, 0)
    assert owed_at(agreement, state, due - 1).due == Split()
    assert owed_at(agreement, state, due).due.total == agreement.installment
    assert owed_at(agreement, state, due).days_past_due == 0
    assert owed_at(agreement, state, due + 1).days_past_due == 1
    assert owed_at(agreement, state, due + 3).due.penalty == 0
    # 106.62 x 1 day x 24 % / 365 = 7.01 cents
    assert owed_at(agreement, state, due + 4).due.penalty == 70_000


def test_prepayment_shortens_the_term_and_charges_to_the_day() -> None:
    agreement = make_agreement()
    day = begin_day(agreement, 0) + 14  # half of a 28-day row that bears 30/360
    state, split, _ = apply_payment(agreement, open_state(agreement), day, 606_000_000)
    assert split == Split(interest=6_000_000, principal=600_000_000)
    assert state.debt == Debt(600_000_000, 0, 0, 14, Status.ACTIVE)
    owed = owed_at(agreement, state, due_day(agreement, 0))
    assert owed.due == Split(interest=3_000_000, principal=103_620_000)


def test_interest_paid_ahead_of_its_row_counts() -> None:
    agreement = make_agreement()
    day = begin_day(agreement, 0) + 14
    state, split, _ = apply_payment(agreement, open_state(agreement), day, 6_000_000)
    assert split == Split(interest=6_000_000)
    assert state.debt.row_paid == 6_000_000
    due = owed_at(agreement, state, due_day(agreement, 0)).due
    assert due == Split(interest=6_000_000, principal=94_620_000)


def test_rows_that_owe_nothing_are_never_past_due() -> None:
    agreement = make_agreement(
        amortization=Amortization.INTEREST_ONLY, installment=0, annual_rate=0, count=3
    )
    owed = owed_at(agreement, open_state(agreement), due_day(agreement, 1) + 5)
    assert (owed.days_past_due, owed.row, owed.due.total) == (0, 2, 0)


def test_cure_forgets_the_penalty_and_a_new_delay_starts_afresh() -> None:
    agreement = make_agreement()
    late = due_day(agreement, 0) + 20
    state, _, _ = apply_payment(agreement, open_state(agreement), late, 50_000_000)
    assert state.debt.late
    assert state.penalty == Penalty(106_620_000 * 17, 1_190_000, late)
    state, _, _ = apply_payment(agreement, state, late + 5, None)
    assert (state.debt.late, state.penalty) == (False, CLEAN)
    assert owed_at(agreement, state, due_day(agreement, 1) + 3).due.penalty == 0


def test_bad_payments_are_typed() -> None:
    agreement = make_agreement()
    state, day = open_state(agreement), due_day(agreement, 0)
    with pytest.raises(AmountZero):
        apply_payment(agreement, state, day, 0)
    with pytest.raises(NothingDue):
        apply_payment(agreement, state, day - 1, None)
    moved = State(replace(state.debt, accrued_to=10))
    with pytest.raises(DayOutOfOrder):
        apply_payment(agreement, moved, begin_day(agreement, 0) + 9, 5)

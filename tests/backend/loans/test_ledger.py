from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.backend.loans.strategies import agreements, make_agreement, payment_steps

from tallystick.loans.agreement import RATE_SCALE, Agreement
from tallystick.loans.calendar import begin_day, due_day
from tallystick.loans.debt import CLEAN, Debt, Owed, Penalty, Split
from tallystick.loans.errors import AmountZero, DayOutOfOrder, LoanNotActive, NothingDue
from tallystick.loans.kinds import Amortization, Status
from tallystick.loans.ledger import apply_payment, open_debt, owed_at
from tallystick.loans.rounding import round_q
from tallystick.loans.schedule import schedule

State = tuple[Debt, Penalty]


def play(agreement: Agreement, steps: list[tuple[int, int]]) -> tuple[State, int, list[Split]]:
    """Pay along `steps`; returns the state, the last day and every split."""
    debt, penalty = open_debt(agreement), CLEAN
    day = begin_day(agreement, 0)
    splits: list[Split] = []
    for wait, size in steps:
        if debt.status is Status.CLOSED:
            break
        day += wait
        amount = (
            None
            if size == 0
            else max(1, owed_at(agreement, debt, penalty, day).payoff * size // 1000)
        )
        try:
            debt, penalty, split = apply_payment(agreement, debt, penalty, day, amount)
        except NothingDue:
            continue
        splits.append(split)
    return (debt, penalty), day, splits


@given(agreements(), payment_steps())
def test_conservation(agreement: Agreement, steps: list[tuple[int, int]]) -> None:
    (debt, penalty), day, splits = play(agreement, steps)
    owed = owed_at(agreement, debt, penalty, day)
    assert owed.outstanding + sum(split.principal for split in splits) == agreement.principal
    assert all(min(split.penalty, split.interest, split.principal) >= 0 for split in splits)
    assert (debt.balance == 0) == (debt.status is Status.CLOSED)
    if debt.status is Status.CLOSED:
        assert owed == Owed()
        assert penalty == CLEAN
    else:
        assert owed.payoff >= owed.outstanding > 0
        assert owed.payoff == owed.due.total + owed.accrued + owed.outstanding - owed.due.principal
    assert debt.late == (penalty != CLEAN)


@given(agreements(), payment_steps(), st.integers(0, 60), st.integers(1, 10**30))
def test_a_payment_is_split_without_loss(
    agreement: Agreement, steps: list[tuple[int, int]], wait: int, amount: int
) -> None:
    (debt, penalty), day, _ = play(agreement, steps)
    assume(debt.status is Status.ACTIVE)
    owed = owed_at(agreement, debt, penalty, day + wait)
    after, carried, split = apply_payment(agreement, debt, penalty, day + wait, amount)
    assert split.total == min(amount, owed.payoff)
    assert split.penalty == min(amount, owed.due.penalty)
    left = owed_at(agreement, after, carried, day + wait)
    if split.total < owed.due.total:
        assert left.due.total == owed.due.total - split.total
        assert left.due.penalty == owed.due.penalty - split.penalty
    else:
        assert left.due.total == 0
        assert left.days_past_due == 0


@given(agreements(), payment_steps(), st.integers(0, 200))
def test_paying_the_payoff_closes(
    agreement: Agreement, steps: list[tuple[int, int]], wait: int
) -> None:
    (debt, penalty), day, _ = play(agreement, steps)
    assume(debt.status is Status.ACTIVE)
    payoff = owed_at(agreement, debt, penalty, day + wait).payoff
    after, carried, split = apply_payment(agreement, debt, penalty, day + wait, payoff)
    assert (after.status, after.balance, carried) == (Status.CLOSED, 0, CLEAN)
    assert split.total == payoff
    if payoff > 1:
        short, _, _ = apply_payment(agreement, debt, penalty, day + wait, payoff - 1)
        assert short.status is Status.ACTIVE
    with pytest.raises(LoanNotActive):
        apply_payment(agreement, after, carried, day + wait, 1)


@given(agreements(), payment_steps(), st.integers(0, 60))
def test_collecting_takes_what_is_due_and_is_idempotent(
    agreement: Agreement, steps: list[tuple[int, int]], wait: int
) -> None:
    (debt, penalty), day, _ = play(agreement, steps)
    assume(debt.status is Status.ACTIVE)
    due = owed_at(agreement, debt, penalty, day + wait).due
    if due.total == 0:
        with pytest.raises(NothingDue):
            apply_payment(agreement, debt, penalty, day + wait, None)
        return
    after, carried, split = apply_payment(agreement, debt, penalty, day + wait, None)
    assert split == due
    with pytest.raises((NothingDue, LoanNotActive)):
        apply_payment(agreement, after, carried, day + wait, None)
    assert (after, carried, split) == apply_payment(agreement, debt, penalty, day + wait, due.total)


@given(agreements(), payment_steps(), st.lists(st.integers(1, 400), min_size=1, max_size=6))
def test_many_payments_of_a_day_equal_one(
    agreement: Agreement, steps: list[tuple[int, int]], shares: list[int]
) -> None:
    (debt, penalty), day, _ = play(agreement, steps)
    assume(debt.status is Status.ACTIVE)
    payoff = owed_at(agreement, debt, penalty, day).payoff
    amounts = [max(1, payoff * share // 1000) for share in shares]
    one = apply_payment(agreement, debt, penalty, day, sum(amounts))
    total = Split()
    for amount in amounts:
        if debt.status is Status.CLOSED:
            break
        debt, penalty, split = apply_payment(agreement, debt, penalty, day, amount)
        total += split
    assert (debt, penalty, total) == one


@given(agreements(), st.lists(st.integers(1, 90), min_size=1, max_size=8))
def test_penalty_does_not_depend_on_the_number_of_calls(
    agreement: Agreement, waits: list[int]
) -> None:
    """Late payments of a single base unit leave the same sum of points as none at all."""
    debt, penalty = open_debt(agreement), CLEAN
    day = due_day(agreement, 0) + agreement.grace_days
    for wait in waits:
        day += wait
        if owed_at(agreement, debt, penalty, day).due.penalty == 0:
            continue  # the unit would reach the overdue part and change what bears penalty
        debt, penalty, split = apply_payment(agreement, debt, penalty, day, 1)
        assert split == Split(penalty=1)
    untouched = owed_at(agreement, open_debt(agreement), CLEAN, day).due.penalty
    assert penalty.paid + owed_at(agreement, debt, penalty, day).due.penalty == untouched


@given(agreements(), payment_steps(), st.integers(0, 300), st.integers(1, 60))
def test_waiting_never_lowers_what_is_due(
    agreement: Agreement, steps: list[tuple[int, int]], wait: int, more: int
) -> None:
    (debt, penalty), day, _ = play(agreement, steps)
    sooner = owed_at(agreement, debt, penalty, day + wait)
    later = owed_at(agreement, debt, penalty, day + wait + more)
    assert later.due.penalty >= sooner.due.penalty
    assert later.due.interest >= sooner.due.interest
    assert later.due.principal >= sooner.due.principal
    assert later.outstanding == sooner.outstanding
    assert later.days_past_due >= sooner.days_past_due


@given(agreements(max_count=30))
def test_paying_on_time_pays_the_schedule(agreement: Agreement) -> None:
    debt, penalty = open_debt(agreement), CLEAN
    for row in schedule(agreement):
        owed = owed_at(agreement, debt, penalty, row.due_day)
        assert owed.due == Split(0, row.interest, row.principal)
        assert owed.days_past_due == 0
        if owed.due.total:
            debt, penalty, _ = apply_payment(agreement, debt, penalty, row.due_day, None)
            assert debt.balance == row.balance
            assert penalty == CLEAN
    assert debt.status is Status.CLOSED


@given(agreements(), st.integers(0, 500))
def test_unpaid_penalty_by_its_formula(agreement: Agreement, wait: int) -> None:
    day = due_day(agreement, 0) + wait
    points = sum(
        (row.interest + row.principal)
        * max(0, min(day - row.due_day - agreement.grace_days, agreement.penalty_cap_days))
        for row in schedule(agreement)
    )
    expected = round_q(points * agreement.penalty_rate, 365 * RATE_SCALE, agreement.quantum)
    assert owed_at(agreement, open_debt(agreement), CLEAN, day).due.penalty == expected


def test_dates_never_move() -> None:
    agreement = make_agreement()
    debt, _, _ = apply_payment(agreement, open_debt(agreement), CLEAN, due_day(agreement, 0) - 5, 1)
    assert owed_at(agreement, debt, CLEAN, due_day(agreement, 0)).due_day == due_day(agreement, 0)


def test_due_at_midnight_on_time_all_day_overdue_the_next() -> None:
    agreement, debt = make_agreement(), open_debt(make_agreement())
    due = due_day(agreement, 0)
    assert owed_at(agreement, debt, CLEAN, due - 1).due == Split()
    assert owed_at(agreement, debt, CLEAN, due).due.total == agreement.installment
    assert owed_at(agreement, debt, CLEAN, due).days_past_due == 0
    assert owed_at(agreement, debt, CLEAN, due + 1).days_past_due == 1
    assert owed_at(agreement, debt, CLEAN, due + 3).due.penalty == 0
    # 106.62 x 1 day x 24 % / 365 = 7.01 cents
    assert owed_at(agreement, debt, CLEAN, due + 4).due.penalty == 70_000


def test_prepayment_shortens_the_term_and_charges_to_the_day() -> None:
    agreement = make_agreement()
    day = begin_day(agreement, 0) + 14  # half of a 28-day row that bears 30/360
    debt, _, split = apply_payment(agreement, open_debt(agreement), CLEAN, day, 606_000_000)
    assert split == Split(0, 6_000_000, 600_000_000)
    assert debt == Debt(600_000_000, 0, 0, 14, Status.ACTIVE, late=False)
    owed = owed_at(agreement, debt, CLEAN, due_day(agreement, 0))
    assert owed.due == Split(0, 3_000_000, 103_620_000)


def test_interest_paid_ahead_of_its_row_counts() -> None:
    agreement = make_agreement()
    day = begin_day(agreement, 0) + 14
    debt, _, split = apply_payment(agreement, open_debt(agreement), CLEAN, day, 6_000_000)
    assert split == Split(0, 6_000_000, 0)
    assert debt.row_paid == 6_000_000
    assert owed_at(agreement, debt, CLEAN, due_day(agreement, 0)).due == Split(
        0, 6_000_000, 94_620_000
    )


def test_rows_that_owe_nothing_are_never_past_due() -> None:
    agreement = make_agreement(
        amortization=Amortization.INTEREST_ONLY, installment=0, annual_rate=0, count=3
    )
    owed = owed_at(agreement, open_debt(agreement), CLEAN, due_day(agreement, 1) + 5)
    assert (owed.days_past_due, owed.row, owed.due.total) == (0, 2, 0)


def test_cure_forgets_the_penalty_and_a_new_delay_starts_afresh() -> None:
    agreement = make_agreement()
    late = due_day(agreement, 0) + 20
    debt, penalty, _ = apply_payment(agreement, open_debt(agreement), CLEAN, late, 50_000_000)
    assert debt.late
    assert penalty.day == late
    debt, penalty, _ = apply_payment(agreement, debt, penalty, late + 5, None)
    assert (debt.late, penalty) == (False, CLEAN)
    assert owed_at(agreement, debt, penalty, due_day(agreement, 1) + 3).due.penalty == 0


def test_bad_payments_are_typed() -> None:
    agreement = make_agreement()
    debt = open_debt(agreement)
    day = due_day(agreement, 0)
    with pytest.raises(AmountZero):
        apply_payment(agreement, debt, CLEAN, day, 0)
    with pytest.raises(NothingDue):
        apply_payment(agreement, debt, CLEAN, day - 1, None)
    with pytest.raises(DayOutOfOrder):
        apply_payment(
            agreement, replace(debt, accrued_to=10), CLEAN, begin_day(agreement, 0) + 9, 5
        )

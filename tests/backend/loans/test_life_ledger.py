"""A life with the ledger's rules is the ledger's life: the same splits for any payments."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from tests.backend.loans.strategies import make_agreement

from tallystick.loans.calendar import day_of, ymd_of
from tallystick.loans.installment import (
    equal_principal_installment,
    level_installment,
    usual_day_count,
)
from tallystick.loans.kinds import Amortization, Frequency, Status
from tallystick.loans.ledger import apply_payment, open_state, owed_at
from tallystick.loans.life.parse import parse_life_input
from tallystick.loans.life.play import play
from tallystick.loans.offline.result import decimal

KINDS = {
    "equal_installments": Amortization.LEVEL,
    "equal_principal": Amortization.EQUAL_PRINCIPAL,
    "interest_only": Amortization.INTEREST_ONLY,
}


@given(
    st.sampled_from(sorted(KINDS)),
    st.sampled_from(list(Frequency)),
    st.integers(1, 3),
    st.integers(1, 14),
    st.integers(10_000, 10**9),
    st.integers(0, 6000),
    st.dates(date(2000, 1, 1), date(2080, 12, 31)),
    st.tuples(st.integers(0, 5000), st.integers(0, 20), st.integers(0, 200)),
    st.lists(st.tuples(st.integers(0, 90), st.integers(1, 400)), max_size=8),
)
def test_same_splits_as_the_ledger(
    plan: str,
    frequency: Frequency,
    every: int,
    count: int,
    principal: int,
    rate: int,
    start: date,
    penalty: tuple[int, int, int],
    steps: list[tuple[int, int]],
) -> None:
    penalty_rate, grace, cap = penalty
    data: dict[str, Any] = {
        "principal": decimal(principal, 2),
        "annual_rate_pct": decimal(rate, 2),
        "number_of_repayments": count,
        "repay_every": every,
        "frequency": frequency.label,
        "disbursement_date": start.isoformat(),
        "amortization": plan,
        "penalty": {
            "annual_rate_pct": decimal(penalty_rate, 2),
            "grace_days": grace,
            "cap_days": cap,
        },
        "events": [],
    }
    first = play(parse_life_input(data)).rows[0].due_date
    months = frequency is Frequency.MONTHS
    installment = 0
    if plan == "equal_installments":
        installment = level_installment(
            principal, rate * 100_000, 1, frequency, every, count, start, first,
            start.day if months else 0,
        )  # fmt: skip
    elif plan == "equal_principal":
        installment = equal_principal_installment(principal, count, 1)
    agreement = make_agreement(
        principal=principal,
        quantum=1,
        installment=installment,
        annual_rate=rate * 100_000,
        penalty_rate=penalty_rate * 100_000,
        grace_days=grace,
        penalty_cap_days=cap,
        amortization=KINDS[plan],
        frequency=frequency,
        day_count=usual_day_count(frequency),
        every=every,
        count=count,
        start_date=ymd_of(start),
        first_due_date=ymd_of(first),
        due_day=start.day if months else 0,
    )
    state, day = open_state(agreement), start
    splits = []
    for wait, share in steps:
        day += timedelta(days=wait)
        amount = max(1, principal * share // 1000)
        if state.debt.status is Status.CLOSED:
            break
        state, split, _ = apply_payment(agreement, state, day_of(day), amount)
        splits.append((split.penalty, split.interest, split.principal))
        data["events"].append(
            {"date": day.isoformat(), "type": "payment", "amount": decimal(amount, 2)}
        )
    result = play(parse_life_input({**data, "as_of": day.isoformat()}))
    assert splits == [
        (item.applied.penalty, item.applied.interest, item.applied.principal)
        for item in result.transactions
    ]
    owed = owed_at(agreement, state, day_of(day))
    assert result.payoff == owed.payoff
    assert result.outstanding == owed.outstanding
    assert (result.due.penalty, result.due.interest, result.due.principal) == (
        owed.due.penalty, owed.due.interest, owed.due.principal
    )  # fmt: skip
    assert result.days_past_due == owed.days_past_due

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tests.backend.loans.strategies import agreements, payment_steps
from tests.backend.loans.test_fold import life

from tallystick.loans.agreement import Agreement
from tallystick.loans.calendar import begin_day
from tallystick.loans.delinquency.days import days_past_due
from tallystick.loans.delinquency.exposure import exposure, history
from tallystick.loans.fold import fold
from tallystick.loans.kinds import Status
from tallystick.loans.ledger import owed_at


@given(agreements(), payment_steps(), st.integers(0, 2_000))
def test_the_exposure_is_the_ledgers_lateness_and_outstanding_on_every_later_day(
    agreement: Agreement, steps: list[tuple[int, int]], wait: int
) -> None:
    state = fold(life(agreement, steps))
    last = state.payments[-1].day if state.payments else begin_day(agreement, 0)
    owed = owed_at(agreement, state.debt, state.penalty, last + wait)
    found = exposure(agreement, state.debt)
    if state.debt.status is Status.CLOSED:
        assert found is None
        return
    assert found is not None
    assert found.outstanding == owed.outstanding > 0
    assert days_past_due(found.due_day, last + wait) == owed.days_past_due


@given(agreements(), payment_steps())
def test_the_history_is_the_exposure_after_each_payment(
    agreement: Agreement, steps: list[tuple[int, int]]
) -> None:
    events = life(agreement, steps)
    state = fold(events)
    past = history(state)
    assert past.originated == begin_day(agreement, 0)
    assert past.at(past.originated - 1) is None
    assert past.at(10**6) == exposure(agreement, state.debt)
    for payment in state.payments:
        held = past.at(payment.day)
        later = [p for p in state.payments if p.day == payment.day][-1]
        assert (held.outstanding if held else 0) == later.outstanding

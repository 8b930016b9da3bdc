from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from tests.backend.loans.lives import Chronicle, chronicles

from tallystick.loans.calendar import begin_day
from tallystick.loans.delinquency.days import days_past_due
from tallystick.loans.delinquency.exposure import exposure, history
from tallystick.loans.fold import LoanState, fold
from tallystick.loans.kinds import Status
from tallystick.loans.ledger import owed_at


@given(chronicles(), st.integers(0, 2_000))
def test_the_exposure_is_the_ledgers_lateness_and_outstanding_on_every_later_day(
    loan: Chronicle, wait: int
) -> None:
    owed = owed_at(loan.terms, loan.state, loan.day + wait)
    found = exposure(loan.terms, loan.state)
    if loan.state.debt.status is Status.CLOSED:
        assert found is None
        return
    assert found is not None
    assert found.outstanding == owed.outstanding
    if owed.due.interest + owed.due.principal:
        assert days_past_due(found.due_day, loan.day + wait) == owed.days_past_due
    else:  # at most the penalty is owed, or nothing is due
        assert owed.days_past_due == 0


@given(chronicles())
def test_the_history_is_the_exposure_after_each_step(loan: Chronicle) -> None:
    state = fold(loan.events)
    past = history(state)
    assert past.originated == begin_day(state.original, 0)
    assert past.at(past.originated - 1) is None
    assert past.at(10**6) == exposure(loan.terms, loan.state)
    for payment, later in pairwise(state.payments):
        held = past.at(payment.day)
        if held and later.day > payment.day and not changed(state, payment.day):
            assert held.outstanding == payment.outstanding


def changed(state: LoanState, day: int) -> bool:
    return any(change.ref.block_number == day for change in state.changes)

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from tests.backend.loans.lives import Chronicle, chronicles, life
from tests.backend.loans.strategies import make_agreement

from tallystick.loans.allocation import allocate
from tallystick.loans.calendar import begin_day
from tallystick.loans.debt import NOTHING
from tallystick.loans.events import Amended
from tallystick.loans.fold import fold
from tallystick.loans.kinds import Status
from tallystick.loans.ledger import open_rows


@given(chronicles())
def test_rows_account_for_every_unit_paid_under_the_terms_in_force(loan: Chronicle) -> None:
    state = fold(loan.events)
    amended = [change.ref for change in state.changes if isinstance(change, Amended)]
    since = amended[-1] if amended else state.originated
    paid = sum((p.split for p in state.payments if p.ref.log_index > since.log_index), NOTHING)
    rows = allocate(state)
    assert sum(row.paid_interest for row in rows) == paid.interest
    assert sum(row.paid_principal + row.prepaid for row in rows) == paid.principal


@given(chronicles())
def test_rows_still_open_ask_for_what_the_ledger_asks(loan: Chronicle) -> None:
    state = fold(loan.events)
    rows = allocate(state)
    needed = [row for row in rows if row.needed]
    if state.debt.status is Status.CLOSED:
        assert not needed
        return
    unpaid = [
        row.interest + row.principal - row.paid_interest - row.paid_principal for row in needed
    ]
    assert unpaid == [row.unpaid for row in open_rows(state.agreement, state.stored)]


def test_a_loan_without_payments_stands_as_agreed() -> None:
    agreement = make_agreement()
    rows = allocate(fold(life(agreement, [])))
    assert [(r.interest, r.principal) for r in rows] == [
        (r.agreed.interest, r.agreed.principal) for r in rows
    ]
    first_due = rows[0].agreed.due_day
    statuses = [rows[0].status(first_due + offset) for offset in (-1, 0, 1)]
    assert statuses == ["upcoming", "due", "overdue"]
    assert rows[0].days_late(first_due + 4) == 4


def test_paid_on_the_due_day_is_on_time_and_a_day_later_is_late() -> None:
    agreement = make_agreement()
    untouched = allocate(fold(life(agreement, [])))
    wait = untouched[0].agreed.due_day - begin_day(agreement, 0)
    for extra, status in ((0, "paid"), (1, "paid_late")):
        row = allocate(fold(life(agreement, [(wait + extra, 0)])))[0]
        assert (row.status(row.agreed.due_day + 90), row.days_late(0)) == (status, extra)
        assert row.paid_interest + row.paid_principal == row.interest + row.principal


def test_after_an_early_payoff_the_rest_is_not_needed() -> None:
    agreement = replace(make_agreement(), grace_days=0)
    rows = allocate(fold(life(agreement, [(10, 1000)])))
    assert rows[0].status(10**6) == "paid"
    assert rows[0].prepaid == agreement.principal
    assert {row.status(10**6) for row in rows[1:]} == {"not_needed"}

"""The ledger against its definition written down once more: random terms, random lives."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from tests.backend.loans import oracle
from tests.backend.loans.lives import Steps, amendments, secured, steps
from tests.backend.loans.strategies import agreements

from tallystick.loans import ledger
from tallystick.loans.agreement import Agreement
from tallystick.loans.debt import State
from tallystick.loans.errors import DebtAbove, LoanError, PenaltyOwed, TermsInvalid
from tallystick.loans.kinds import Status
from tallystick.loans.rows import Rows
from tallystick.loans.schedule import schedule

PAYMENTS = ("pay", "collect", "draw")
CALLS = ("default", "accelerate", "write_off", "settle", "amend")


def compare(terms: Agreement, state: State, loan: oracle.Loan, day: int) -> None:
    debt, penalty, carry = state
    names = ("balance", "row_paid", "row", "accrued_to", "status", "late", "accelerated", "amended")
    for name in (*names, "watch_left", "watch_rows"):
        assert getattr(debt, name) == getattr(loan, name)
    assert (loan.points, loan.penalty_paid, loan.checkpoint) == (
        penalty.points,
        penalty.paid,
        penalty.day,
    )
    assert (loan.deferred, loan.installment) == (carry.deferred, carry.installment)
    assert debt.carried == bool(carry.deferred or carry.installment)
    if loan.status is Status.CLOSED:
        assert ledger.owed_at(terms, state, day).payoff == 0
        return
    for later in (day, day + 17, day + 400):
        owed = ledger.owed_at(terms, state, later)
        due, accrued, ahead, overdue = loan.owed(later)
        assert owed.due == due
        assert (owed.accrued, owed.days_past_due) == (accrued, overdue)
        assert owed.outstanding == due.principal + ahead
        assert owed.fee == -(-ahead * terms.prepayment_fee // 10**9)
        assert owed.payoff == due.total + accrued + ahead + owed.fee


@given(secured(), steps(), st.data())
def test_every_life_is_that_of_the_definition(
    terms: Agreement, life: Steps, data: st.DataObject
) -> None:
    state, loan = ledger.open_state(terms), oracle.Loan(terms)
    day = Rows(terms).start
    for wait, action, size in life:
        day += wait
        if state.debt.status is Status.CLOSED:
            return
        before = state.debt
        if action == "amend":
            terms, state = amend(data, terms, state, loan, day)
        elif action in (*PAYMENTS, *CALLS):
            state = act(terms, state, loan, day, action, size)
            told, loan.told = loan.told, []
            cured = before.status is Status.DEFAULTED and state.debt.status is Status.ACTIVE
            assert ("cured" in told) == cured
            assert ("restored" in told) == (before.watch_rows != state.debt.watch_rows)
        compare(terms, state, loan, day)


def amend(
    data: st.DataObject, terms: Agreement, state: State, loan: oracle.Loan, day: int
) -> tuple[Agreement, State]:
    try:
        new, amendment = data.draw(amendments(terms, state, day))
    except TermsInvalid:
        return terms, state
    waived = loan.amend(day, new, amendment)
    try:
        after, forgiven = ledger.amend(terms, state, day, new, amendment)
    except (DebtAbove, PenaltyOwed):
        assert waived is None
        return terms, state
    assert forgiven == waived
    return new, after


def act(
    terms: Agreement, state: State, loan: oracle.Loan, day: int, action: str, size: int
) -> State:
    """One step of both; they must agree whether it can be taken at all."""
    amount = max(1, ledger.owed_at(terms, state, day).payoff * size // 1000)
    expected: Any
    try:
        if action in PAYMENTS:
            money = None if action == "collect" else amount
            expected = loan.pay(day, money, ahead=action == "pay")
            applied = ledger.apply_payment(terms, state, day, money, ahead=action == "pay")
            assert applied.split == expected
            assert applied.outstanding == (loan.outstanding(day) if loan.balance else 0)
            return applied.state
        if action == "settle":
            if size % 10:
                return state
            after, taken, waived = ledger.settle(terms, state, day, amount)
            assert (taken, waived) == loan.settle(day, amount)
            return after
        expected = getattr(loan, action)(day) or None
        if action == "default":
            return ledger.declare_default(terms, state, day)[0]
        if action == "accelerate":
            after, principal, interest = ledger.accelerate(terms, state, day)
            assert (principal, interest) == (loan.balance, loan.deferred)
            return after
        after, outstanding = ledger.write_off(terms, state, day)
    except LoanError:
        assert expected is None
        return state
    assert outstanding == loan.outstanding(day)
    return after


@given(agreements(max_count=30))
def test_the_schedule_is_that_of_the_definition(agreement: Agreement) -> None:
    rows = oracle.Loan(agreement).rows()
    expected = [(row.due, 0 if row.free else row.interest, row.principal) for row in rows]
    assert expected == [(row.due_day, row.interest, row.principal) for row in schedule(agreement)]


@given(agreements())
def test_rows_sum_to_the_principal_and_no_interest_is_lost(agreement: Agreement) -> None:
    rows, exact = schedule(agreement), oracle.Loan(agreement).rows()
    assert sum(row.principal for row in rows) == agreement.principal
    assert sum(row.interest for row in rows) == sum(row.own for row in exact)
    assert all(row.principal >= 0 <= row.balance for row in rows)
    assert rows[-1].balance == 0

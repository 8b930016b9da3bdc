"""An account changed in place says what the values say."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tests.backend.loans.lives import Chronicle, chronicles
from tests.backend.loans.strategies import agreements, make_agreement, payment_steps

from tallystick.loans.account import Account
from tallystick.loans.agreement import Agreement
from tallystick.loans.calendar import begin_day, due_day
from tallystick.loans.errors import LoanError
from tallystick.loans.kinds import Status
from tallystick.loans.ledger import open_rows, owed_at
from tallystick.loans.tally import Amounts


@given(chronicles())
def test_an_account_is_its_values(loan: Chronicle) -> None:
    assert Account(loan.terms, loan.state).state() == loan.state


@given(agreements(), payment_steps())
def test_a_payment_that_is_refused_changes_nothing(
    agreement: Agreement, steps: list[tuple[int, int]]
) -> None:
    account, day = Account(agreement), begin_day(agreement, 0)
    for wait, size in steps:
        day += wait
        before = account.state()
        payoff = owed_at(agreement, before, day).payoff
        amount = None if size == 0 else max(1, payoff * size // 1000)
        try:
            *split, outstanding = account.pay(day, amount)
        except LoanError:
            assert account.state() == before
            continue
        assert sum(split) > 0
        assert outstanding == owed_at(agreement, account.state(), day).outstanding


@given(chronicles())
def test_the_standing_is_that_of_the_oldest_row_that_owes(loan: Chronicle) -> None:
    account = Account(loan.terms, loan.state)
    debt = loan.state.debt
    if debt.status is Status.CLOSED:
        assert account.standing() == (0, None)
        return
    rows = list(open_rows(loan.terms, loan.state))
    oldest = next((row for row in rows if row.unpaid), rows[-1])
    owed = owed_at(loan.terms, loan.state, max(oldest.due, loan.day))
    assert account.standing() == (owed.outstanding, due_day(loan.terms, oldest.row))


@given(chronicles(), st.integers(0, 40), st.integers(0, 4), st.sampled_from((0, 0, 1, -1)))
def test_the_payment_of_a_row_is_a_payment(
    loan: Chronicle, late: int, member: int, more: int
) -> None:
    """What `pay_rows` does, `pay` does, collected or by hand; what it refuses changes nothing."""
    if loan.state.debt.status is Status.CLOSED:
        return
    day = max(loan.day, owed_at(loan.terms, loan.state, loan.day).due_day + late)
    general, quick = (Account(loan.terms, loan.state) for _ in range(2))
    try:
        taken = general.pay(day, None)
    except LoanError:
        taken = (0, 0, 0, 0, loan.state.debt.balance)
    told: Amounts = tuple(n + more * (at == member) for at, n in enumerate(taken))  # type: ignore[assignment]
    if quick.pay_rows([(day, told)]):
        assert told == taken
        assert quick.state() == general.state()
        assert quick.standing() == general.standing()
        by_hand = Account(loan.terms, loan.state)
        assert by_hand.pay(day, sum(taken[:4])) == taken
        assert by_hand.state() == quick.state()
    else:
        assert quick.state() == loan.state


def test_every_row_that_is_paid_in_time_is_such_a_payment() -> None:
    agreement = make_agreement()
    account, general = Account(agreement), Account(agreement)
    days = [due_day(agreement, row) for row in range(agreement.count)]
    payments: list[tuple[int, Amounts | None]] = [(day, general.pay(day, None)) for day in days]
    assert account.pay_rows(payments[:2]) == 2
    assert account.pay_rows([*payments[:4], (days[4], None), *payments[5:]], 2) == 4
    assert account.pay_rows(payments, 4) == agreement.count
    assert account.state() == general.state()

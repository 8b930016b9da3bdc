"""An account changed in place says what the values say."""

from __future__ import annotations

from hypothesis import given
from tests.backend.loans.strategies import agreements, payment_steps

from tallystick.loans.account import Account
from tallystick.loans.agreement import Agreement
from tallystick.loans.calendar import begin_day, due_day
from tallystick.loans.debt import CLEAN
from tallystick.loans.errors import LoanError
from tallystick.loans.kinds import Status
from tallystick.loans.ledger import account_of, open_debt, open_rows, owed_at, state_of


@given(agreements(), payment_steps())
def test_an_account_follows_the_values(agreement: Agreement, steps: list[tuple[int, int]]) -> None:
    account, debt, penalty = Account(agreement), open_debt(agreement), CLEAN
    day = begin_day(agreement, 0)
    for wait, size in steps:
        day += wait
        before = owed_at(agreement, debt, penalty, day)
        amount = None if size == 0 else max(1, before.payoff * size // 1000)
        try:
            *split, outstanding = account.pay(day, amount)
        except LoanError:
            assert state_of(account) == (debt, penalty)
            continue
        debt, penalty = state_of(account)
        after = owed_at(agreement, debt, penalty, day)
        assert outstanding == after.outstanding
        assert before.payoff - sum(split) == after.payoff or split[2] > before.due.principal
        if amount is None:
            assert sum(split) == before.due.total
            assert after.due.total == 0
        assert state_of(account_of(agreement, debt, penalty)) == (debt, penalty)


@given(agreements(), payment_steps())
def test_the_standing_is_that_of_the_oldest_row_that_owes(
    agreement: Agreement, steps: list[tuple[int, int]]
) -> None:
    account = Account(agreement)
    day = begin_day(agreement, 0)
    for wait, size in steps:
        day += wait
        try:
            account.pay(day, size + 1)
        except LoanError:
            continue
        debt, penalty = state_of(account)
        if debt.status is Status.CLOSED:
            assert account.standing() == (0, None)
            continue
        oldest = next(row for row in open_rows(agreement, debt) if row.unpaid)
        owed = owed_at(agreement, debt, penalty, oldest.due)
        assert account.standing() == (owed.outstanding, due_day(agreement, oldest.row))

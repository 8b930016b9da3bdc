"""What is written of a loan while only whole rows are paid is all that changes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tests.backend.loans.lives import Chronicle, chronicles

from tallystick.indexer import rows
from tallystick.loans.account import Account
from tallystick.loans.errors import LoanError
from tallystick.loans.kinds import Source, Status
from tallystick.loans.ledger import apply_payment, owed_at
from tallystick.loans.tally import Tally

DAY = 86_400


@given(chronicles(), st.lists(st.tuples(st.integers(-2, 3), st.booleans()), max_size=4))
def test_a_plain_tally_changes_in_few_columns(
    loan: Chronicle, payments: list[tuple[int, bool]]
) -> None:
    state, holder = loan.state, loan.holder
    if state.debt.status is Status.CLOSED or state.debt.manual:
        return
    tally: Tally[int] = Tally(b"\1" * 32, Account(loan.terms, state), holder)
    tally.plain = not loan.terms.conditions.guarantee_days
    at_once: Tally[int] = Tally(b"\1" * 32, Account(loan.terms, state), holder)
    before = rows.steady_values(tally), rows.mutable_values(tally, None)
    day, paid = loan.day, []
    for late, by_hand in payments:
        day = max(day, owed_at(loan.terms, state, day).due_day + late)
        due = owed_at(loan.terms, state, day).due.total if by_hand else None
        try:
            state, split, outstanding = apply_payment(loan.terms, state, day, due)
        except LoanError:
            break
        source = Source.PAID if by_hand else Source.COLLECTED
        told = (split.penalty, split.interest, split.fee, split.principal, outstanding)
        paid.append((day * DAY, told, source))
        tally.pay_all(paid[-1:])
        if not tally.plain:
            break
        after = dict(zip(rows.MUTABLE, rows.mutable_values(tally, None), strict=True))
        assert tally.account.state() == state
        assert rows.steady_values(tally) == before[0]
        assert rows.plain_values(tally) == tuple(after[name] for name in rows.PLAIN)
        for name, value in zip(rows.MUTABLE, before[1], strict=True):
            assert name in rows.PLAIN or after[name] == value
    at_once.pay_all(paid)
    assert rows.mutable_values(at_once, None) == rows.mutable_values(tally, None)
    assert rows.steady_values(at_once) == rows.steady_values(tally)

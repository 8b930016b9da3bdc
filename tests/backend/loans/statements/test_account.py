from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.backend.loans.lives import Chronicle, chronicles, life
from tests.backend.loans.strategies import make_agreement

from tallystick.loans.calendar import begin_day
from tallystick.loans.debt import NOTHING, Split
from tallystick.loans.errors import InputInvalid
from tallystick.loans.fold import LoanState, fold
from tallystick.loans.ledger import owed_at
from tallystick.loans.statements.account import account_statement
from tallystick.loans.statements.sheet import Currency, Money

TAKEN = ("payment", "waiver", "deferral")


def on_the_ledger(state: LoanState, day: int) -> Split:
    """What the ledger says is owed, for a day not before the last payment."""
    owed = owed_at(state.agreement, state.stored, day)
    return Split(owed.due.penalty, owed.due.interest, 0, owed.outstanding)


@given(chronicles(), st.integers(0, 400), st.integers(0, 400))
def test_the_closing_balance_is_what_the_ledger_says(
    loan: Chronicle, begin: int, wait: int
) -> None:
    state = fold(loan.events)
    start, last = begin_day(state.original, 0), loan.day + wait
    first = min(start - 5 + begin, last)
    statement = account_statement(state, first, last)
    assert statement.closing == on_the_ledger(state, last)
    assert sum((entry.change for entry in statement.entries), statement.opening) == (
        statement.closing
    )


@given(chronicles(), st.lists(st.integers(0, 900), min_size=1, max_size=4))
def test_statements_of_one_period_after_the_other_join(loan: Chronicle, cuts: list[int]) -> None:
    state = fold(loan.events)
    begin = begin_day(state.original, 0)
    opening, first = NOTHING, begin - 3
    for cut in sorted({begin + days for days in cuts}):
        statement = account_statement(state, first, cut)
        assert statement.opening == opening
        balance = opening
        for entry in statement.entries:
            assert first <= entry.day <= cut
            balance += entry.change
            assert entry.balance == balance
        assert balance == statement.closing
        opening, first = statement.closing, cut + 1


@given(chronicles())
def test_charges_are_positive_and_payments_are_those_of_the_loan(loan: Chronicle) -> None:
    state = fold(loan.events)
    entries = account_statement(state, begin_day(state.original, 0), loan.day).entries
    payments = [entry for entry in entries if entry.kind == "payment"]
    assert [entry.item for entry in payments] == list(range(1, len(state.payments) + 1))
    taken = sum((entry.change for entry in payments), NOTHING)
    assert taken + state.paid == NOTHING
    for entry in entries:
        change, balance = entry.change, entry.balance
        if entry.kind == "capitalisation":
            assert change.total == 0 < change.principal
        elif entry.kind in TAKEN:
            assert change.total < 0
        else:
            assert min(change.penalty, change.interest, change.fee, change.principal) >= 0
            assert change.total > 0
        assert min(balance.penalty, balance.interest, balance.principal) >= 0
    assert [entry.day for entry in entries] == sorted(entry.day for entry in entries)


def test_a_year_by_hand() -> None:
    state = fold(life(make_agreement(), [(28, 0)]))
    begin = begin_day(state.agreement, 0)
    statement = account_statement(state, begin, begin + 59)
    assert [(e.day - begin, e.kind, e.item, e.change.total) for e in statement.entries] == [
        (0, "disbursement", None, 1_200_000_000),
        (28, "interest_due", 1, 12_000_000),
        (28, "payment", 1, -106_620_000),
        (59, "interest_due", 2, 11_050_000),
    ]
    assert statement.closing == Split(0, 11_050_000, 0, 1_105_380_000)
    assert statement.to_json()["closing"] == {
        "penalty": "0",
        "interest": "11050000",
        "fee": "0",
        "principal": "1105380000",
        "total": "1116430000",
    }


def test_before_the_loan_there_is_nothing_and_a_period_runs_forward() -> None:
    state = fold(life(make_agreement(), []))
    begin = begin_day(state.agreement, 0)
    assert account_statement(state, begin - 9, begin - 1).entries == ()
    with pytest.raises(InputInvalid) as caught:
        account_statement(state, begin, begin - 1)
    assert caught.value.pointer == "/to"


def test_the_sheet_runs_from_opening_to_closing_balance() -> None:
    state = fold(life(make_agreement(), [(28, 0)]))
    begin = begin_day(state.agreement, 0)
    statement = account_statement(state, begin + 10, begin + 30)
    sheet = statement.sheet(Currency("USDT", 6))
    assert sheet.rows[0][-1] == Money(1_200_000_000)
    assert sheet.rows[-1][-1] == Money(1_105_380_000)
    assert {len(row) for row in sheet.rows} == {len(sheet.columns)}

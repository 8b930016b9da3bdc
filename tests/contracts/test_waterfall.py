"""What a payment pays first, in each agreed order, and what its event says about it."""

from __future__ import annotations

from datetime import date

import pytest
from agreements import BORROWER, CENT, DOLLAR, INSTALLMENT, plain, terms, timestamp
from support import debt_of, go_to, originate, owed_of, paid, refusal, sender

from tallystick.loans.debt import Split
from tallystick.loans.kinds import Status, Waterfall

LATE = date(2031, 3, 23)
PENALTY, INTEREST, PRINCIPAL = 1_050_000, 12 * DOLLAR, 94_620_000
"""Due on that day: 20 days of penalty on the first row."""

FIRST_SERVED = {
    Waterfall.PENALTY_INTEREST_PRINCIPAL: ("penalty", "interest", "principal"),
    Waterfall.INTEREST_PRINCIPAL_PENALTY: ("interest", "principal", "penalty"),
    Waterfall.PENALTY_PRINCIPAL_INTEREST: ("penalty", "principal", "interest"),
}


@pytest.mark.parametrize("waterfall", Waterfall)
def test_money_flows_in_the_agreed_order(book, dollar, waterfall):
    loan = plain(dollar, waterfall=waterfall)
    originate(book, loan)
    go_to(LATE)
    left = {"penalty": PENALTY, "interest": INTEREST, "principal": PRINCIPAL}
    assert owed_of(book, loan, timestamp(LATE)).due == Split(PENALTY, INTEREST, 0, PRINCIPAL)
    for amount in (500_000, 3 * DOLLAR, 40 * DOLLAR, 52 * DOLLAR, PENALTY + 100 * DOLLAR):
        before = owed_of(book, loan, timestamp(LATE))
        amount = min(amount, before.due.total)
        tx = book.pay(terms(loan), amount, {"from": sender(BORROWER)})
        rest = amount
        for component in FIRST_SERVED[waterfall]:
            part = min(rest, left[component])
            assert tx.events["Paid"][component] == part, component
            left[component] -= part
            rest -= part
        after = owed_of(book, loan, timestamp(LATE))
        assert after.due == Split(left["penalty"], left["interest"], 0, left["principal"])
        assert after.outstanding == paid(tx)[4] == 1_200 * DOLLAR - (PRINCIPAL - left["principal"])
        assert after.payoff == before.payoff - amount
    assert left == {"penalty": 0, "interest": 0, "principal": 0}
    assert not debt_of(book, loan)[0].late


def test_rows_are_paid_oldest_first_each_in_its_order(book, dollar):
    loan = plain(dollar, waterfall=Waterfall.PENALTY_PRINCIPAL_INTEREST, penalty_rate=0)
    originate(book, loan)
    rows = book.scheduleOf(terms(loan))
    go_to(date(2031, 3, 31))
    tx = book.pay(terms(loan), INSTALLMENT + 50 * DOLLAR, {"from": sender(BORROWER)})
    assert paid(tx) == (0, rows[0][1], 0, rows[0][2] + 50 * DOLLAR, rows[0][3] - 50 * DOLLAR)


def test_a_penalty_that_is_paid_last_keeps_the_loan_open(book, dollar):
    loan = plain(
        dollar,
        waterfall=Waterfall.INTEREST_PRINCIPAL_PENALTY,
        count=1,
        installment=1_212 * DOLLAR,
    )
    originate(book, loan)
    go_to(LATE)
    owed = owed_of(book, loan, timestamp(LATE))
    tx = book.pay(terms(loan), 1_212 * DOLLAR, {"from": sender(BORROWER)})
    assert paid(tx) == (0, 12 * DOLLAR, 0, 1_200 * DOLLAR, 0)
    assert "Closed" not in tx.events
    assert debt_of(book, loan)[0].status == Status.ACTIVE
    assert owed_of(book, loan, timestamp(LATE)).payoff == owed.due.penalty > 0
    tx = book.pay(terms(loan), 2**256 - 1, {"from": sender(BORROWER)})
    assert paid(tx) == (owed.due.penalty, 0, 0, 0, 0)
    assert "Closed" in tx.events
    assert debt_of(book, loan)[0].status == Status.CLOSED


def test_principal_first_takes_no_interest_ahead_that_would_count_as_principal(book, dollar):
    loan = plain(dollar, waterfall=Waterfall.PENALTY_PRINCIPAL_INTEREST)
    originate(book, loan)
    go_to(date(2031, 2, 14))
    assert owed_of(book, loan, timestamp(date(2031, 2, 14))).accrued == 6 * DOLLAR
    answer = refusal(book, "pay", terms(loan), 6 * DOLLAR, by=BORROWER)
    assert answer[0] == "NothingDue"
    tx = book.pay(terms(loan), 6 * DOLLAR + CENT, {"from": sender(BORROWER)})
    assert paid(tx) == (0, 6 * DOLLAR, 0, CENT, 1_200 * DOLLAR - CENT)

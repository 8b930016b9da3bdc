"""Default, acceleration, write-off and recovery: by the holder only, each after its days."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from agreements import (
    BORROWER,
    BUYER,
    DAY,
    DOLLAR,
    FIRST,
    INSTALLMENT,
    LENDER,
    STRANGER,
    changed,
    conditions,
    day_number,
    plain,
    strict,
    terms,
    timestamp,
)
from signing import assign_arguments, assignment_of, loan_id
from support import debt_of, go_to, originate, owed_of, paid, refusal, rpc, sender

from tallystick.loans.debt import Carry
from tallystick.loans.kinds import Status

DEFAULT, ACCELERATION, WRITE_OFF = (FIRST + timedelta(days) for days in (30, 60, 90))
"""The first day on which each is possible while nothing has been paid."""
CALLS = {"declareDefault": 30, "accelerate": 60, "writeOff": 90}


@pytest.fixture
def loan(book, dollar):
    agreement = strict(dollar)
    originate(book, agreement)
    return agreement


def call(book, method, agreement, by=LENDER):
    arguments = terms(agreement), conditions(agreement)
    return getattr(book, method)(*arguments, {"from": sender(by)})


def refused(book, method, agreement, by=LENDER):
    return refusal(book, method, terms(agreement), conditions(agreement), by=by)


@pytest.fixture
def accelerated(book, loan):
    go_to(ACCELERATION)
    call(book, "declareDefault", loan)
    call(book, "accelerate", loan)
    return loan


def status(book, loan):
    return debt_of(book, loan)[0].status


def test_each_waits_for_its_day_to_the_second(book, loan):
    """Due at T counts as paid in time through T, whoever mines the block at its end."""
    for method, days in CALLS.items():
        last = timestamp(FIRST + timedelta(days)) - 1
        rpc("evm_setNextBlockTimestamp", last)
        rpc("evm_mine")
        assert refused(book, method, loan) == ("TooEarly", days - 1, days)
        rpc("evm_setNextBlockTimestamp", last + 1)
        tx = call(book, method, loan)
        if method == "declareDefault":
            event = tx.events["Defaulted"]
            assert (str(event["loanId"]), event["daysPastDue"]) == (loan_id(book, loan), 30)
            assert status(book, loan) == Status.DEFAULTED
        elif method == "writeOff":
            # accelerated before; what is written off is the principal
            assert tx.events["WrittenOff"]["outstanding"] == 1_200 * DOLLAR
            assert status(book, loan) == Status.WRITTEN_OFF


def test_only_the_holder_of_the_claim(book, loan):
    go_to(WRITE_OFF)
    for method in CALLS:
        for other in (BORROWER, STRANGER):
            assert refused(book, method, loan, by=other) == ("NotTheHolder", LENDER.address)
    book.assign(
        *assign_arguments(book, loan, assignment_of(book, loan, BUYER)),
        {"from": sender(STRANGER)},
    )
    for method in CALLS:
        assert refused(book, method, loan) == ("NotTheHolder", BUYER.address)
    for method in CALLS:
        call(book, method, loan, by=BUYER)


def test_what_is_not_agreed_never_happens(book, dollar):
    agreement = plain(dollar)
    originate(book, agreement)
    go_to(date(2032, 12, 31))
    assert refused(book, "declareDefault", agreement) == ("NotAgreed",)
    only_default = plain(dollar, default_days=1, borrower_nonce=2, lender_nonce=2)
    go_to(date(2033, 1, 1))
    assert refused(book, "declareDefault", only_default)[0] == "LoanNotOpen"


def test_default_alone_agreed_allows_no_more(book, dollar):
    agreement = plain(dollar, default_days=1)
    originate(book, agreement)
    go_to(date(2032, 12, 31))
    call(book, "declareDefault", agreement)
    for method in ("accelerate", "writeOff"):
        assert refused(book, method, agreement) == ("NotAgreed",)


def test_conditions_are_those_that_were_signed(book, loan):
    go_to(FIRST + timedelta(2))
    easier = conditions(changed(loan, default_days=1))
    answer = refusal(book, "declareDefault", terms(loan), easier, by=LENDER)
    assert answer == ("ConditionsUnknown",)


def test_status_moves_along_its_arrows_only(book, loan):
    go_to(WRITE_OFF)
    changed_ = ("StatusChanged", loan_id(book, loan))
    for method in ("accelerate", "writeOff"):
        assert refused(book, method, loan) == changed_
    call(book, "declareDefault", loan)
    assert refused(book, "declareDefault", loan) == changed_
    call(book, "writeOff", loan)
    for method in ("declareDefault", "writeOff"):
        assert refused(book, method, loan) == changed_
    call(book, "accelerate", loan)
    for method in CALLS:
        assert refused(book, method, loan) == changed_
    book.payoff(terms(loan), 2**256 - 1, {"from": sender(BORROWER)})
    assert status(book, loan) == Status.CLOSED
    for method in CALLS:
        assert refused(book, method, loan) == ("LoanNotOpen", loan_id(book, loan))


def test_dust_neither_helps_nor_hurts(book, loan):
    """Days past due depend on the oldest row that is not fully paid, nothing else."""
    go_to(DEFAULT - timedelta(1))
    book.pay(terms(loan), 1, {"from": sender(BORROWER)})
    assert refused(book, "declareDefault", loan) == ("TooEarly", 29, 30)
    go_to(DEFAULT)
    book.pay(terms(loan), 1, {"from": sender(STRANGER)})
    call(book, "declareDefault", loan)
    # and a row that is paid starts the count from the next one
    book.pay(terms(loan), INSTALLMENT + 2 * DOLLAR, {"from": sender(BORROWER)})
    assert owed_of(book, loan, timestamp(ACCELERATION)).days_past_due == 60 - 31


def test_paying_everything_overdue_cures(book, loan):
    go_to(DEFAULT)
    call(book, "declareDefault", loan)
    due = owed_of(book, loan, timestamp(DEFAULT)).due.total
    tx = book.pay(terms(loan), due - 1, {"from": sender(BORROWER)})
    assert "Cured" not in tx.events
    assert status(book, loan) == Status.DEFAULTED
    tx = book.pay(terms(loan), 1, {"from": sender(BORROWER)})
    assert str(tx.events["Cured"]["loanId"]) == loan_id(book, loan)
    assert status(book, loan) == Status.ACTIVE
    # a new failure is a new default
    go_to(date(2031, 6, 10))
    call(book, "declareDefault", loan)


def test_a_write_off_is_not_cured(book, loan):
    go_to(WRITE_OFF)
    call(book, "declareDefault", loan)
    call(book, "writeOff", loan)
    tx = book.collect(terms(loan), {"from": sender(STRANGER)})
    assert "Cured" not in tx.events
    assert status(book, loan) == Status.WRITTEN_OFF


def test_payments_after_a_write_off_are_taken_and_close_the_loan(book, dollar, loan):
    go_to(WRITE_OFF)
    call(book, "declareDefault", loan)
    call(book, "writeOff", loan)
    owed = owed_of(book, loan, timestamp(WRITE_OFF))
    before = dollar.balanceOf(LENDER.address)
    tx = book.pay(terms(loan), 50 * DOLLAR, {"from": sender(BORROWER)})
    assert sum(paid(tx)[:4]) == 50 * DOLLAR
    tx = book.payoff(terms(loan), 2**256 - 1, {"from": sender(BORROWER)})
    assert tx.return_value == owed.payoff - 50 * DOLLAR
    assert dollar.balanceOf(LENDER.address) - before == owed.payoff
    assert "Closed" in tx.events


def test_acceleration_makes_everything_due(book, loan):
    go_to(ACCELERATION)
    call(book, "declareDefault", loan)
    before = owed_of(book, loan, timestamp(ACCELERATION))
    tx = call(book, "accelerate", loan)
    event = tx.events["Accelerated"]
    assert event["principal"] == before.outstanding == 1_200 * DOLLAR
    assert event["interest"] == before.due.interest + before.accrued
    debt, penalty, carry = debt_of(book, loan)
    assert debt.accelerated
    assert debt.late
    assert debt.accrued_to == day_number(ACCELERATION) - day_number(date(2031, 1, 31))
    assert carry == Carry(event["interest"], 0)
    assert penalty.day == day_number(ACCELERATION)
    after = owed_of(book, loan, timestamp(ACCELERATION))
    assert after.payoff == after.due.total == before.payoff
    assert after.due.penalty == before.due.penalty
    assert (after.accrued, after.fee) == (0, 0)
    # it bears no more interest, but penalty on all of it, without grace, up to the cap
    later = owed_of(book, loan, timestamp(ACCELERATION + timedelta(10)))
    assert later.due.interest == after.due.interest
    total = after.due.interest + after.due.principal
    grown = later.due.penalty - after.due.penalty
    assert abs(grown - total * 10 * 18 // 36_500) <= 10_000
    caps = [
        owed_of(book, loan, timestamp(ACCELERATION) + days * DAY).due.penalty
        for days in (365, 366, 3_000)
    ]
    assert caps[0] == caps[1] == caps[2]


def test_an_accelerated_loan_is_paid_in_parts_and_closes(book, accelerated):
    owed = owed_of(book, accelerated, timestamp(ACCELERATION))
    tx = book.pay(terms(accelerated), 500 * DOLLAR, {"from": sender(BORROWER)})
    assert paid(tx)[:3] == (owed.due.penalty, owed.due.interest, 0)
    tx = book.collect(terms(accelerated), {"from": sender(STRANGER)})
    assert tx.return_value == owed.payoff - 500 * DOLLAR
    assert "Closed" in tx.events
    assert "Cured" not in tx.events


def test_days_past_due_go_on_after_acceleration(book, accelerated):
    at = timestamp(ACCELERATION + timedelta(5))
    assert owed_of(book, accelerated, at).days_past_due == 65
    go_to(WRITE_OFF)
    call(book, "writeOff", accelerated)


def test_the_borrower_cannot_dodge_what_is_owed_by_default(book, loan):
    """Penalty and interest are settled to the day before each change of status."""
    go_to(ACCELERATION)
    before = owed_of(book, loan, timestamp(ACCELERATION))
    call(book, "declareDefault", loan)
    assert owed_of(book, loan, timestamp(ACCELERATION)) == before
    call(book, "accelerate", loan)
    after = owed_of(book, loan, timestamp(ACCELERATION))
    assert after.payoff == before.payoff
    call_time = timestamp(WRITE_OFF)
    expected = owed_of(book, loan, call_time)
    go_to(WRITE_OFF)
    call(book, "writeOff", loan)
    assert owed_of(book, loan, call_time) == expected

"""`pay`, `payoff`, `collect`, `collectMany`: what is taken, from whom, when, and in which order."""

from __future__ import annotations

from datetime import date

import pytest
from agreements import (
    BORROWER,
    DAY,
    DOLLAR,
    FIRST,
    INSTALLMENT,
    LENDER,
    STRANGER,
    day_number,
    plain,
    terms,
    timestamp,
)
from eth_utils import keccak
from signing import loan_id
from support import (
    collect_many,
    debt_of,
    go_to,
    originate,
    owed_of,
    paid,
    refusal,
    rpc,
    selector,
    sender,
)

from tallystick.loans.debt import Carry, Debt, Owed, Penalty, Split
from tallystick.loans.kinds import Prepayment, Source, Status

SECOND = date(2031, 3, 31)


@pytest.fixture
def loan(book, dollar):
    agreement = plain(dollar)
    originate(book, agreement)
    return agreement


def clean(balance, row=0, accrued_to=0, status=Status.ACTIVE):
    return Debt(balance, 0, row, accrued_to, status), Penalty(), Carry()


def test_collect_takes_the_installment_on_its_due_day_once(book, dollar, loan):
    nothing_due = ("NothingDue", loan_id(book, loan))
    rpc("evm_setNextBlockTimestamp", timestamp(FIRST) - 1)
    rpc("evm_mine")
    assert refusal(book, "collect", terms(loan), by=STRANGER) == nothing_due
    rpc("evm_setNextBlockTimestamp", timestamp(FIRST))
    before = dollar.balanceOf(LENDER.address)
    tx = book.collect(terms(loan), {"from": sender(STRANGER)})
    assert tx.return_value == INSTALLMENT
    assert paid(tx) == (0, 12 * DOLLAR, 0, 94_620_000, 1_105_380_000)
    event = tx.events["Paid"]
    assert (event["payer"], event["source"]) == (BORROWER.address, Source.COLLECTED)
    assert dollar.balanceOf(LENDER.address) - before == INSTALLMENT
    assert debt_of(book, loan) == clean(1_105_380_000, row=1)
    assert refusal(book, "collect", terms(loan), by=STRANGER) == nothing_due


def test_the_schedule_ends_at_zero_and_closes_the_loan(book, dollar, loan):
    rows = book.scheduleOf(terms(loan))
    assert len(rows) == 12
    assert sum(row[2] for row in rows) == loan.principal
    assert rows[-1][3] == 0
    for row in rows:
        rpc("evm_setNextBlockTimestamp", row[0] * DAY)
        tx = book.collect(terms(loan), {"from": sender(STRANGER)})
        assert paid(tx) == (0, row[1], 0, row[2], row[3])
    assert "Closed" in tx.events
    assert debt_of(book, loan) == clean(0, row=12, status=Status.CLOSED)
    for method, *amount in (("pay", 1), ("payoff", 1), ("collect",)):
        answer = refusal(book, method, terms(loan), *amount, by=BORROWER)
        assert answer == ("LoanNotOpen", loan_id(book, loan))
    assert owed_of(book, loan, timestamp(SECOND)) == Owed()


def test_anyone_may_pay_part_and_a_payment_of_dust_moves_no_date(book, dollar, loan):
    go_to(FIRST)
    tx = book.pay(terms(loan), 1, {"from": sender(STRANGER)})
    assert paid(tx) == (0, 1, 0, 0, 1_200 * DOLLAR)
    assert (tx.events["Paid"]["payer"], tx.events["Paid"]["source"]) == (STRANGER.address, 0)
    tx = book.pay(terms(loan), 12 * DOLLAR, {"from": sender(BORROWER)})
    assert paid(tx) == (0, 12 * DOLLAR - 1, 0, 1, 1_200 * DOLLAR - 1)
    owed = owed_of(book, loan, timestamp(FIRST))
    assert owed.due == Split(principal=94_619_999)
    assert owed.due_day == day_number(FIRST)
    go_to(date(2031, 3, 1))
    assert owed_of(book, loan, timestamp(date(2031, 3, 1))).days_past_due == 1
    tx = book.collect(terms(loan), {"from": sender(STRANGER)})
    assert paid(tx) == (0, 0, 0, 94_619_999, 1_105_380_000)


def test_a_channel_is_named_beside_the_payment(book, dollar, loan):
    go_to(FIRST)
    channel, ref = keccak(text="counter 7"), keccak(text="receipt 81")
    tx = book.payThrough(terms(loan), 20 * DOLLAR, channel, ref, {"from": sender(STRANGER)})
    assert tx.return_value == 20 * DOLLAR
    assert paid(tx) == (0, 12 * DOLLAR, 0, 8 * DOLLAR, 1_192 * DOLLAR)
    event = tx.events["PaidThrough"]
    assert (str(event["channel"]), str(event["ref"])) == (
        "0x" + channel.hex(),
        "0x" + ref.hex(),
    )
    assert (str(event["loanId"]), event["amount"]) == (loan_id(book, loan), 20 * DOLLAR)
    zero = refusal(book, "payThrough", terms(loan), 0, channel, ref, by=STRANGER)
    assert zero == ("AmountZero",)


def test_no_penalty_within_grace_then_day_by_day(book, dollar, loan):
    last_free = date(2031, 3, 3)
    assert owed_of(book, loan, timestamp(last_free, DAY - 1)).due.penalty == 0
    assert owed_of(book, loan, timestamp(FIRST, DAY - 1)).days_past_due == 0
    # 106.62 x 18 % / 365 = 0.05258 a day, to the cent
    for days, penalty in ((1, 50_000), (2, 110_000), (20, 1_050_000)):
        at = timestamp(last_free) + days * DAY
        owed = owed_of(book, loan, at)
        assert (owed.due.penalty, owed.days_past_due) == (penalty, 3 + days)
    go_to(date(2031, 3, 23))
    tx = book.collect(terms(loan), {"from": sender(STRANGER)})
    assert paid(tx) == (1_050_000, 12 * DOLLAR, 0, 94_620_000, 1_105_380_000)
    assert debt_of(book, loan) == clean(1_105_380_000, row=1)


def test_paying_dust_every_day_does_not_avoid_the_penalty(book, dollar, loan):
    total = 0
    for day in range(4, 24):
        go_to(date(2031, 3, day))
        tx = book.pay(terms(loan), 1, {"from": sender(BORROWER)})
        total += tx.events["Paid"]["penalty"]
    assert total == 20
    debt, penalty, _ = debt_of(book, loan)
    assert debt.late
    assert (penalty.paid, penalty.day) == (20, day_number(date(2031, 3, 23)))
    owed = owed_of(book, loan, timestamp(date(2031, 3, 23)))
    assert owed.due.penalty == 1_050_000 - 20
    book.collect(terms(loan), {"from": sender(STRANGER)})
    assert debt_of(book, loan) == clean(1_105_380_000, row=1)


def test_closing_does_not_dodge_the_penalty(book, dollar, loan):
    go_to(date(2031, 3, 23))
    owed = owed_of(book, loan, timestamp(date(2031, 3, 23)))
    tx = book.payoff(terms(loan), owed.payoff, {"from": sender(BORROWER)})
    assert paid(tx)[0] == owed.due.penalty == 1_050_000
    assert tx.return_value == owed.payoff
    assert "Closed" in tx.events


def test_two_missed_rows_are_collected_oldest_first(book, dollar, loan):
    go_to(SECOND)
    rows = book.scheduleOf(terms(loan))
    tx = book.pay(terms(loan), INSTALLMENT + 5 * DOLLAR, {"from": sender(BORROWER)})
    penalty, interest, _, principal, _ = paid(tx)
    assert penalty == 1_470_000  # 28 days on the first row; the second is due today
    rest = 5 * DOLLAR - penalty
    assert (interest, principal) == (rows[0][1] + rest, rows[0][2])
    tx = book.collect(terms(loan), {"from": sender(STRANGER)})
    assert paid(tx) == (0, rows[1][1] - rest, 0, rows[1][2], rows[1][3])


def test_the_penalty_stops_at_its_cap(book, dollar):
    capped = plain(dollar, penalty_cap_days=10, count=2, installment=609_030_000)
    originate(book, capped)
    late = timestamp(date(2031, 3, 13))
    most = owed_of(book, capped, late).due.penalty
    assert most == 3_000_000  # 609.03 x 18 % x 10 / 365, to the cent
    assert owed_of(book, capped, late + 5 * DAY).due.penalty == most


def test_prepayment_pays_interest_to_the_day_and_shortens_the_term(book, dollar, loan):
    go_to(date(2031, 2, 14))
    tx = book.pay(terms(loan), 606 * DOLLAR, {"from": sender(BORROWER)})
    assert paid(tx) == (0, 6 * DOLLAR, 0, 600 * DOLLAR, 600 * DOLLAR)
    assert debt_of(book, loan) == clean(600 * DOLLAR, accrued_to=14)
    go_to(FIRST)
    tx = book.collect(terms(loan), {"from": sender(STRANGER)})
    assert paid(tx)[:4] == (0, 3 * DOLLAR, 0, INSTALLMENT - 3 * DOLLAR)


def test_prepayment_lowers_the_installment_where_that_is_agreed(book, dollar):
    loan = plain(dollar, prepayment=Prepayment.LOWER_INSTALLMENT)
    originate(book, loan)
    go_to(date(2031, 2, 14))
    book.pay(terms(loan), 606 * DOLLAR, {"from": sender(BORROWER)})
    debt, _, carry = debt_of(book, loan)
    assert debt.carried
    assert carry == Carry(0, INSTALLMENT // 2)
    for month, day in ((2, 28), (3, 31)):
        go_to(date(2031, month, day))
        assert book.collect(terms(loan), {"from": sender(STRANGER)}).return_value == 53_310_000


def test_a_prepayment_costs_the_agreed_fee(book, dollar):
    loan = plain(dollar, prepayment_fee=20_000_000)  # 2 %
    originate(book, loan)
    go_to(date(2031, 2, 14))
    tx = book.pay(terms(loan), 108 * DOLLAR, {"from": sender(BORROWER)})
    assert paid(tx) == (0, 6 * DOLLAR, 2 * DOLLAR, 100 * DOLLAR, 1_100 * DOLLAR)
    owed = owed_of(book, loan, timestamp(date(2031, 2, 14)))
    assert (owed.fee, owed.payoff) == (22 * DOLLAR, 1_122 * DOLLAR)
    # what falls due bears no fee
    go_to(FIRST)
    assert paid(book.collect(terms(loan), {"from": sender(STRANGER)}))[2] == 0


def test_payoff_is_interest_to_the_day_and_the_rest(book, dollar, loan):
    go_to(date(2031, 2, 14))
    now = timestamp(date(2031, 2, 14))
    assert owed_of(book, loan, now).payoff == 1_206 * DOLLAR
    too_little = ("PayoffAbove", 1_206 * DOLLAR, 1_206 * DOLLAR - 1)
    assert refusal(book, "payoff", terms(loan), too_little[2], by=BORROWER) == too_little
    tx = book.payoff(terms(loan), 2_000 * DOLLAR, {"from": sender(BORROWER)})
    assert tx.return_value == 1_206 * DOLLAR
    assert paid(tx) == (0, 6 * DOLLAR, 0, 1_200 * DOLLAR, 0)
    assert "Closed" in tx.events


def test_more_than_owed_is_never_taken(book, dollar, loan):
    before = dollar.balanceOf(BORROWER.address)
    tx = book.pay(terms(loan), 2**256 - 1, {"from": sender(BORROWER)})
    assert tx.return_value == 1_200 * DOLLAR
    assert before - dollar.balanceOf(BORROWER.address) == 1_200 * DOLLAR
    assert "Closed" in tx.events


def test_nothing_and_unknown_are_refused(book, dollar, loan):
    assert refusal(book, "pay", terms(loan), 0, by=BORROWER) == ("AmountZero",)
    unknown = plain(dollar, annual_rate=1)
    answer = refusal(book, "pay", terms(unknown), 1, by=BORROWER)
    assert answer == ("LoanNotOpen", loan_id(book, unknown))


@pytest.mark.parametrize("lack", ["allowance", "balance"])
def test_a_borrower_without_means_stays_as_he_was(book, dollar, loan, lack):
    go_to(FIRST)
    if lack == "allowance":
        dollar.approve(book, INSTALLMENT - 1, {"from": sender(BORROWER)})
    else:
        rest = dollar.balanceOf(BORROWER.address) - INSTALLMENT + 1
        dollar.transfer(STRANGER.address, rest, {"from": sender(BORROWER)})
    before = debt_of(book, loan)
    failed = ("TokenTransferFailed", dollar.address, BORROWER.address, INSTALLMENT)
    assert refusal(book, "collect", terms(loan), by=STRANGER) == failed
    assert collect_many(book, [loan])[0] == (0,)
    assert debt_of(book, loan) == before


def test_a_batch_goes_on_past_what_fails(book, dollar, loan):
    poor = plain(dollar, borrower=STRANGER.address, lender_nonce=2)
    originate(book, poor, borrower=b"")
    unknown = plain(dollar, annual_rate=1)
    good = plain(dollar, borrower_nonce=3, lender_nonce=3)
    originate(book, good)
    manual = plain(dollar, borrower_nonce=4, lender_nonce=4)
    originate(book, manual)
    book.setAutopay(terms(manual), False, {"from": sender(BORROWER)})
    dollar.approve(book, 0, {"from": sender(STRANGER)})
    go_to(FIRST)
    taken, tx = collect_many(book, [poor, loan, unknown, loan, manual, good])
    assert taken == (0, INSTALLMENT, 0, 0, 0, INSTALLMENT)
    assert [str(e["reason"]) for e in tx.events["CollectFailed"]] == [
        selector("TokenTransferFailed", "address", "address", "uint256"),
        selector("LoanNotOpen", "bytes32"),
        selector("NothingDue", "bytes32"),
        selector("AutopayOff", "bytes32"),
    ]
    assert debt_of(book, poor) == clean(1_200 * DOLLAR)
    assert [str(e["loanId"]) for e in tx.events["Paid"]] == [
        loan_id(book, agreement) for agreement in (loan, good)
    ]


def test_a_late_loan_that_fails_in_a_batch_keeps_its_penalty(book, dollar):
    lowered = plain(dollar, prepayment=Prepayment.LOWER_INSTALLMENT)
    originate(book, lowered)
    book.pay(terms(lowered), 100 * DOLLAR, {"from": sender(BORROWER)})
    go_to(date(2031, 3, 23))
    book.pay(terms(lowered), 1, {"from": sender(BORROWER)})
    before = debt_of(book, lowered)
    assert before[0].late
    assert before[0].carried
    dollar.approve(book, 0, {"from": sender(BORROWER)})
    assert collect_many(book, [lowered])[0] == (0,)
    assert debt_of(book, lowered) == before

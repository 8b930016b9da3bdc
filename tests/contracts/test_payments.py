"""`pay`, `payoff`, `collect`, `collectMany`: what is taken, from whom, when, and in which order."""

from __future__ import annotations

from datetime import date

import pytest
from support import (
    BORROWER,
    DAY,
    DOLLAR,
    LENDER,
    STRANGER,
    collect_many,
    digest,
    go_to,
    originate,
    plain,
    refusal,
    rpc,
    selector,
    sender,
    sign,
    terms,
    timestamp,
)

FIRST = date(2031, 2, 28)
SECOND = date(2031, 3, 31)
INSTALLMENT = 106_620_000


@pytest.fixture
def loan(book, dollar):
    agreement = plain(dollar)
    originate(book, agreement)
    return agreement


def debt(book, agreement):
    state, penalty = book.debtOf("0x" + digest(book, agreement).hex())
    return tuple(state), tuple(penalty)


def paid(tx):
    event = tx.events["Paid"]
    return event["penalty"], event["interest"], event["principal"], event["outstanding"]


def test_collect_takes_the_installment_on_its_due_day_once(book, dollar, loan):
    loan_id = "0x" + digest(book, loan).hex()
    rpc("evm_setNextBlockTimestamp", timestamp(FIRST) - 1)
    rpc("evm_mine")
    assert refusal(book, "collect", terms(loan), by=STRANGER) == ("NothingDue", loan_id)
    rpc("evm_setNextBlockTimestamp", timestamp(FIRST))
    before = dollar.balanceOf(LENDER.address)
    tx = book.collect(terms(loan), {"from": sender(STRANGER)})
    assert tx.return_value == INSTALLMENT
    assert paid(tx) == (0, 12 * DOLLAR, 94_620_000, 1_105_380_000)
    assert (tx.events["Paid"]["payer"], tx.events["Paid"]["collected"]) == (BORROWER.address, True)
    assert dollar.balanceOf(LENDER.address) - before == INSTALLMENT
    assert debt(book, loan) == ((1_105_380_000, 0, 1, 0, 1, False), (0, 0, 0))
    assert refusal(book, "collect", terms(loan), by=STRANGER) == ("NothingDue", loan_id)


def test_the_schedule_ends_at_zero_and_closes_the_loan(book, dollar, loan):
    rows = book.scheduleOf(terms(loan))
    assert len(rows) == 12
    assert sum(row[2] for row in rows) == loan.principal
    assert rows[-1][3] == 0
    for row in rows:
        rpc("evm_setNextBlockTimestamp", row[0] * DAY)
        tx = book.collect(terms(loan), {"from": sender(STRANGER)})
        assert paid(tx) == (0, row[1], row[2], row[3])
    assert "Closed" in tx.events
    loan_id = "0x" + digest(book, loan).hex()
    assert debt(book, loan)[0] == (0, 0, 12, 0, 2, False)
    for method, *amount in (("pay", 1), ("payoff", 1), ("collect",)):
        answer = refusal(book, method, terms(loan), *amount, by=BORROWER)
        assert answer == ("LoanNotActive", loan_id)
    assert tuple(book.owedAt(terms(loan), timestamp(SECOND)))[1:] == (0, 0, 0, 0, 0, 0)


def test_anyone_may_pay_part_and_a_payment_of_dust_moves_no_date(book, dollar, loan):
    go_to(FIRST)
    tx = book.pay(terms(loan), 1, {"from": sender(STRANGER)})
    assert paid(tx) == (0, 1, 0, 1_200 * DOLLAR)
    assert tx.events["Paid"]["payer"] == STRANGER.address
    tx = book.pay(terms(loan), 12 * DOLLAR, {"from": sender(BORROWER)})
    assert paid(tx) == (0, 12 * DOLLAR - 1, 1, 1_200 * DOLLAR - 1)
    owed = book.owedAt(terms(loan), timestamp(FIRST))
    assert tuple(owed[0]) == (0, 0, 94_619_999)
    assert owed[6] == timestamp(FIRST) // DAY
    go_to(date(2031, 3, 1))
    assert book.owedAt(terms(loan), timestamp(date(2031, 3, 1)))[4] == 1
    tx = book.collect(terms(loan), {"from": sender(STRANGER)})
    assert paid(tx) == (0, 0, 94_619_999, 1_105_380_000)


def test_no_penalty_within_grace_then_day_by_day(book, dollar, loan):
    last_free = date(2031, 3, 3)
    assert book.owedAt(terms(loan), timestamp(last_free, DAY - 1))[0][0] == 0
    assert book.owedAt(terms(loan), timestamp(FIRST, DAY - 1))[4] == 0
    # 106.62 x 18 % / 365 = 0.05258 a day, to the cent
    for days, penalty in ((1, 50_000), (2, 110_000), (20, 1_050_000)):
        at = timestamp(last_free) + days * DAY
        owed = book.owedAt(terms(loan), at)
        assert owed[0][0] == penalty
        assert owed[4] == 3 + days
    go_to(date(2031, 3, 23))
    tx = book.collect(terms(loan), {"from": sender(STRANGER)})
    assert paid(tx) == (1_050_000, 12 * DOLLAR, 94_620_000, 1_105_380_000)
    assert debt(book, loan) == ((1_105_380_000, 0, 1, 0, 1, False), (0, 0, 0))


def test_paying_dust_every_day_does_not_avoid_the_penalty(book, dollar, loan):
    total = 0
    for day in range(4, 24):
        go_to(date(2031, 3, day))
        tx = book.pay(terms(loan), 1, {"from": sender(BORROWER)})
        total += tx.events["Paid"]["penalty"]
    assert total == 20
    (state, carried) = debt(book, loan)
    assert state[5]
    assert carried[1:] == (20, timestamp(date(2031, 3, 23)) // DAY)
    assert book.owedAt(terms(loan), timestamp(date(2031, 3, 23)))[0][0] == 1_050_000 - 20
    book.collect(terms(loan), {"from": sender(STRANGER)})
    assert debt(book, loan) == ((1_105_380_000, 0, 1, 0, 1, False), (0, 0, 0))


def test_two_missed_rows_are_collected_oldest_first(book, dollar, loan):
    go_to(SECOND)
    rows = book.scheduleOf(terms(loan))
    tx = book.pay(terms(loan), INSTALLMENT + 5 * DOLLAR, {"from": sender(BORROWER)})
    penalty, interest, principal, _ = paid(tx)
    assert penalty == 1_470_000  # 28 days on the first row; the second is due today
    rest = 5 * DOLLAR - penalty
    assert (interest, principal) == (rows[0][1] + rest, rows[0][2])
    tx = book.collect(terms(loan), {"from": sender(STRANGER)})
    assert paid(tx) == (0, rows[1][1] - rest, rows[1][2], rows[1][3])


def test_the_penalty_stops_at_its_cap(book, dollar):
    capped = plain(dollar, penalty_cap_days=10, count=2, installment=609_030_000)
    originate(book, capped)
    late = timestamp(date(2031, 3, 13))
    most = book.owedAt(terms(capped), late)[0][0]
    assert most == 3_000_000  # 609.03 x 18 % x 10 / 365, to the cent
    assert book.owedAt(terms(capped), late + 5 * DAY)[0][0] == most


def test_prepayment_pays_interest_to_the_day_and_shortens_the_term(book, dollar, loan):
    go_to(date(2031, 2, 14))
    tx = book.pay(terms(loan), 606 * DOLLAR, {"from": sender(BORROWER)})
    assert paid(tx) == (0, 6 * DOLLAR, 600 * DOLLAR, 600 * DOLLAR)
    assert debt(book, loan)[0] == (600 * DOLLAR, 0, 0, 14, 1, False)
    go_to(FIRST)
    tx = book.collect(terms(loan), {"from": sender(STRANGER)})
    assert paid(tx)[:3] == (0, 3 * DOLLAR, INSTALLMENT - 3 * DOLLAR)


def test_payoff_is_interest_to_the_day_and_the_rest(book, dollar, loan):
    go_to(date(2031, 2, 14))
    now = rpc("eth_getBlockByNumber", "latest", False)["timestamp"]
    assert book.owedAt(terms(loan), int(now, 16))[2] == 1_206 * DOLLAR
    too_little = ("PayoffAbove", 1_206 * DOLLAR, 1_206 * DOLLAR - 1)
    assert refusal(book, "payoff", terms(loan), too_little[2], by=BORROWER) == too_little
    tx = book.payoff(terms(loan), 2_000 * DOLLAR, {"from": sender(BORROWER)})
    assert tx.return_value == 1_206 * DOLLAR
    assert paid(tx) == (0, 6 * DOLLAR, 1_200 * DOLLAR, 0)
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
    assert answer == ("LoanNotActive", "0x" + digest(book, unknown).hex())


@pytest.mark.parametrize("lack", ["allowance", "balance"])
def test_a_borrower_without_means_stays_as_he_was(book, dollar, loan, lack):
    go_to(FIRST)
    if lack == "allowance":
        dollar.approve(book, INSTALLMENT - 1, {"from": sender(BORROWER)})
    else:
        rest = dollar.balanceOf(BORROWER.address) - INSTALLMENT + 1
        dollar.transfer(STRANGER.address, rest, {"from": sender(BORROWER)})
    before = debt(book, loan)
    failed = ("TokenTransferFailed", dollar.address, BORROWER.address, INSTALLMENT)
    assert refusal(book, "collect", terms(loan), by=STRANGER) == failed
    assert collect_many(book, [loan])[0] == (0,)
    assert debt(book, loan) == before


def test_a_batch_goes_on_past_what_fails(book, dollar, loan):
    poor = plain(dollar, borrower=STRANGER.address, lender=LENDER.address, lender_nonce=2)
    book.originate(
        terms(poor),
        b"",
        sign(book, poor, LENDER),
        {"from": sender(STRANGER)},
    )
    unknown = plain(dollar, annual_rate=1)
    good = plain(dollar, borrower_nonce=3, lender_nonce=3)
    originate(book, good)
    dollar.approve(book, 0, {"from": sender(STRANGER)})
    go_to(FIRST)
    taken, tx = collect_many(book, [poor, loan, unknown, loan, good])
    assert taken == (0, INSTALLMENT, 0, 0, INSTALLMENT)
    assert [str(e["reason"]) for e in tx.events["CollectFailed"]] == [
        selector("TokenTransferFailed", "address", "address", "uint256"),
        selector("LoanNotActive", "bytes32"),
        selector("NothingDue", "bytes32"),
    ]
    assert debt(book, poor)[0] == (1_200 * DOLLAR, 0, 0, 0, 1, False)
    assert [str(e["loanId"]) for e in tx.events["Paid"]] == [
        "0x" + digest(book, a).hex() for a in (loan, good)
    ]


def test_a_late_loan_that_fails_in_a_batch_keeps_its_penalty(book, dollar, loan):
    go_to(date(2031, 3, 23))
    book.pay(terms(loan), 1, {"from": sender(BORROWER)})
    before = debt(book, loan)
    assert before[0][5]
    dollar.approve(book, 0, {"from": sender(BORROWER)})
    assert collect_many(book, [loan])[0] == (0,)
    assert debt(book, loan) == before

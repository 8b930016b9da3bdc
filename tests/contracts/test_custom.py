"""Custom schedules: where their rows stand, and loans that follow them."""

from __future__ import annotations

from datetime import date

import pytest
from agreements import (
    BORROWER,
    DAY,
    DOLLAR,
    FIRST,
    STRANGER,
    changed,
    custom,
    plain,
    terms,
    timestamp,
)
from brownie import accounts
from eth_utils import keccak
from support import debt_of, go_to, originate, owed_of, paid, refusal, rpc, sender

from tallystick.loans.kinds import Amortization, Prepayment

HARVEST = tuple(dollars * DOLLAR for dollars in (1_200, 1_200, 700, 650, 650, 0))
"""Nothing while it grows, most with the harvest, the rest before the year ends."""


def stored(rows):
    return bytes.fromhex(rpc("eth_getCode", rows, "latest")[2:])


def test_rows_stand_where_their_content_says(store):
    address = store.addressOf(HARVEST)
    assert stored(address) == b""
    tx = store.store(HARVEST, {"from": accounts[0]})
    assert tx.return_value == address == tx.events["Stored"]["rows"]
    assert stored(address) == b"\0" + b"".join(balance.to_bytes(12) for balance in HARVEST)
    code = b"\x61" + (73).to_bytes(2) + bytes.fromhex("80600a3d393df3") + stored(address)
    salt = b"\0" * 32
    owner = bytes.fromhex(store.address[2:])
    assert address.lower()[2:] == keccak(b"\xff" + owner + salt + keccak(code))[12:].hex()
    # again, by somebody else: the same place, no event
    again = store.store(HARVEST, {"from": sender(STRANGER)})
    assert again.return_value == address
    assert len(again.events) == 0


def test_rows_of_every_width_and_number(store):
    for balances in ((0,), (2**96 - 1,), (2**96 - 1, 0, 1) * 200):
        rows = store.store(balances, {"from": accounts[0]}).return_value
        assert stored(rows) == b"\0" + b"".join(balance.to_bytes(12) for balance in balances)
    for count in (0, 601):
        answer = refusal(store, "store", (1,) * count, by=STRANGER)
        assert answer == ("CountInvalid", count)
        assert refusal(store, "addressOf", (1,) * count, by=STRANGER) == answer


def test_a_harvest_loan_follows_its_rows(book, dollar, store):
    loan = custom(dollar, store, HARVEST)
    rows = book.scheduleOf(terms(loan))
    assert [row[3] for row in rows] == list(HARVEST)
    assert [row[1] for row in rows] == [
        12 * DOLLAR,
        12 * DOLLAR,
        12 * DOLLAR,
        7 * DOLLAR,
        6_500_000,
        6_500_000,
    ]
    originate(book, loan)
    for row in rows:
        rpc("evm_setNextBlockTimestamp", row[0] * DAY)
        tx = book.collect(terms(loan), {"from": sender(STRANGER)})
        assert paid(tx) == (0, row[1], 0, row[2], row[3])
    assert "Closed" in tx.events


@pytest.mark.parametrize(
    ("prepayment", "third"), [(Prepayment.SHORTER_TERM, 500), (Prepayment.LOWER_INSTALLMENT, 250)]
)
def test_prepaying_a_custom_loan_shortens_or_lowers_it(book, dollar, store, prepayment, third):
    loan = custom(dollar, store, HARVEST, prepayment=prepayment)
    originate(book, loan)
    book.pay(terms(loan), 600 * DOLLAR, {"from": sender(BORROWER)})
    for day in (FIRST, date(2031, 3, 31)):
        go_to(day)
        assert paid(book.collect(terms(loan), {"from": sender(STRANGER)}))[3] == 0
    go_to(date(2031, 4, 30))
    assert paid(book.collect(terms(loan), {"from": sender(STRANGER)}))[3] == third * DOLLAR


def test_a_row_that_owes_nothing_is_passed_by(book, dollar, store):
    loan = custom(dollar, store, HARVEST, annual_rate=0)
    originate(book, loan)
    go_to(date(2031, 4, 2))
    assert owed_of(book, loan, timestamp(date(2031, 4, 2))).row == 2
    assert refusal(book, "collect", terms(loan), by=STRANGER)[0] == "NothingDue"
    go_to(date(2031, 4, 30))
    book.collect(terms(loan), {"from": sender(STRANGER)})
    assert debt_of(book, loan)[0].row == 3


def test_rows_must_be_such_a_contract_and_only_for_custom(book, dollar, store):
    loan = custom(dollar, store, HARVEST)
    elsewhere = {
        "no contract": STRANGER.address,
        "another contract": dollar.address,
        "nothing": "0x" + "00" * 20,
    }
    for rows in elsewhere.values():
        changed_ = changed(loan, rows=rows)
        assert refusal(book, "scheduleOf", terms(changed_), by=STRANGER) == (
            "AgreementInvalid",
            "rows",
        )
    for count in (5, 7):
        answer = refusal(book, "scheduleOf", terms(changed(loan, count=count)), by=STRANGER)
        assert answer == ("AgreementInvalid", "rows")
    # code of the right length that does not begin with STOP could destroy itself
    rpc("anvil_setCode", STRANGER.address, "0xff" + "00" * 72)
    answer = refusal(book, "scheduleOf", terms(changed(loan, rows=STRANGER.address)), by=BORROWER)
    assert answer == ("AgreementInvalid", "rows")
    for kind in (Amortization.LEVEL, Amortization.INTEREST_ONLY):
        level = plain(dollar, amortization=kind, rows=loan.rows)
        if kind is not Amortization.LEVEL:
            level = changed(level, installment=0)
        answer = refusal(book, "scheduleOf", terms(level), by=STRANGER)
        assert answer == ("AgreementInvalid", "rows")


def test_a_plan_that_rises_or_does_not_end_is_bounded_by_the_balance(book, dollar, store):
    """Odd plans are the parties' own affair; they never repay more than there is, nor less."""
    odd = tuple(dollars * DOLLAR for dollars in (900, 1_500, 100, 400))
    rows = book.scheduleOf(terms(custom(dollar, store, odd)))
    assert [row[2] for row in rows] == [300 * DOLLAR, 0, 900 * DOLLAR]
    assert rows[-1][3] == 0

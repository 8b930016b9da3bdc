"""Contracts beside the book, without any right in it: upkeep, auditor's lens, anchors."""

from __future__ import annotations

from dataclasses import astuple
from datetime import date
from typing import Any

import pytest
from brownie import Anchor, AwkwardToken, CollectUpkeep, LoanLens, accounts, web3
from eth_abi import decode, encode
from support import (
    BORROWER,
    DAY,
    DOLLAR,
    LENDER,
    STRANGER,
    digest,
    go_to,
    originate,
    plain,
    refusal,
    rpc,
    sender,
    terms,
    timestamp,
)

from tallystick.loans.debt import Penalty
from tallystick.loans.ledger import open_debt, owed_at

FIRST = date(2031, 2, 28)
INSTALLMENT = 106_620_000
AGREEMENTS = (
    "(address,address,address,uint96,uint96,uint96,uint64,uint64,uint16,uint16,uint8,uint8,"
    "uint16,uint16,uint32,uint32,uint8,bytes32,uint256,uint256,uint40)[]"
)


def encoded(*agreements: Any) -> bytes:
    return encode([AGREEMENTS], [[terms(agreement) for agreement in agreements]])


@pytest.fixture
def upkeep(book):
    return CollectUpkeep.deploy(book, 2, {"from": accounts[0]})


@pytest.fixture
def loans(book, dollar):
    agreements = [plain(dollar, borrower_nonce=n, lender_nonce=n) for n in (1, 2, 3)]
    for agreement in agreements:
        originate(book, agreement)
    return agreements


def check(upkeep, *agreements):
    needed, data = upkeep.checkUpkeep.call(encoded(*agreements))
    return needed, len(decode([AGREEMENTS], bytes(data))[0])


def test_upkeep_waits_for_the_due_day_and_keeps_its_bound(book, dollar, upkeep, loans):
    assert check(upkeep, *loans) == (False, 0)
    go_to(FIRST)
    assert check(upkeep, *loans) == (True, 2)
    _, data = upkeep.checkUpkeep.call(encoded(*loans))
    before = dollar.balanceOf(LENDER.address)
    upkeep.performUpkeep(data, {"from": sender(STRANGER)})
    assert dollar.balanceOf(LENDER.address) - before == 2 * INSTALLMENT
    assert check(upkeep, *loans) == (True, 1)
    answer = refusal(upkeep, "performUpkeep", encoded(*loans), by=STRANGER)
    assert answer == ("TooManyLoans", 3, 2)


def test_upkeep_leaves_out_what_would_fail(book, dollar, upkeep, loans):
    go_to(FIRST)
    dollar.approve(book, INSTALLMENT - 1, {"from": sender(BORROWER)})
    assert check(upkeep, *loans) == (False, 0)
    dollar.approve(book, INSTALLMENT, {"from": sender(BORROWER)})
    assert check(upkeep, loans[0], plain(dollar, annual_rate=1)) == (True, 1)
    rest = dollar.balanceOf(BORROWER.address) - INSTALLMENT + 1
    dollar.transfer(STRANGER.address, rest, {"from": sender(BORROWER)})
    assert check(upkeep, *loans) == (False, 0)


def test_performing_too_late_takes_nothing_twice(book, dollar, upkeep, loans):
    go_to(FIRST)
    _, data = upkeep.checkUpkeep.call(encoded(*loans))
    book.collect(terms(loans[0]), {"from": sender(STRANGER)})
    before = dollar.balanceOf(BORROWER.address)
    upkeep.performUpkeep(data, {"from": sender(STRANGER)})
    assert before - dollar.balanceOf(BORROWER.address) == INSTALLMENT


def test_upkeep_of_nothing_is_refused(book):
    constructor = CollectUpkeep.deploy.encode_input(book, 0)
    call = {"from": STRANGER.address, "data": constructor}
    answer = web3.provider.make_request("eth_call", [call, "latest"])
    assert answer["error"]["data"] == "0x" + web3.keccak(text="NoLoans()")[:4].hex()


def test_the_lens_reads_everything_at_once(book, dollar, loans):
    lens = LoanLens.deploy({"from": accounts[0]})
    at = timestamp(date(2031, 3, 20))
    readings = lens.readMany.call(book, [terms(a) for a in loans], at)
    for agreement, reading in zip(loans, readings, strict=True):
        loan_id, debt, penalty, owed, schedule, credit = reading
        assert str(loan_id) == "0x" + digest(book, agreement).hex()
        assert (tuple(debt), tuple(penalty)) == (astuple(open_debt(agreement)), (0, 0, 0))
        expected = owed_at(agreement, open_debt(agreement), Penalty(), at // DAY)
        assert tuple(tuple(v) if isinstance(v, tuple) else v for v in owed) == astuple(expected)
        assert sum(row[2] for row in schedule) == agreement.principal
        assert credit == 0


def test_the_lens_shows_what_waits_for_the_lender(book):
    token = AwkwardToken.deploy({"from": accounts[0]})
    for party in (BORROWER, LENDER):
        token.mint(party.address, 10_000 * DOLLAR, {"from": accounts[0]})
        token.approve(book, 2**256 - 1, {"from": sender(party)})
    agreement = plain(token)
    originate(book, agreement)
    token.setBlocked(LENDER.address, True, {"from": accounts[0]})
    go_to(FIRST)
    book.collect(terms(agreement), {"from": sender(STRANGER)})
    lens = LoanLens.deploy({"from": accounts[0]})
    reading = lens.read.call(book, terms(agreement), timestamp(FIRST))
    assert reading[5] == INSTALLMENT


def test_anchors_form_a_chain_of_their_keeper():
    anchor = Anchor.deploy({"from": accounts[0]})
    stream, none = b"\1" * 32, b"\0" * 32
    first, second = b"\2" * 32, b"\3" * 32
    anchor.anchor(stream, none, first, {"from": sender(LENDER)})
    tx = anchor.anchor(stream, first, second, {"from": sender(LENDER)})
    event = tx.events["Anchored"]
    assert (event["keeper"], event["sequence"]) == (LENDER.address, 2)
    assert (str(event["root"]), str(event["previous"])) == ("0x" + "03" * 32, "0x" + "02" * 32)
    head = anchor.headOf(LENDER.address, stream)
    now = int(rpc("eth_getBlockByNumber", "latest", False)["timestamp"], 16)
    assert (str(head[0]), head[1], head[2]) == ("0x" + "03" * 32, 2, now)
    assert anchor.headOf(BORROWER.address, stream)[1] == 0
    stale = refusal(anchor, "anchor", stream, first, b"\4" * 32, by=LENDER)
    assert stale == ("NotTheHead", "0x" + "03" * 32, "0x" + "02" * 32)
    assert refusal(anchor, "anchor", stream, second, none, by=LENDER) == ("RootZero",)

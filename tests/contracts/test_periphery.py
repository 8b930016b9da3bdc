"""Contracts beside the book, without any right in it: upkeep, auditor's lens, anchors."""

from __future__ import annotations

from dataclasses import astuple
from datetime import date
from typing import Any

import pytest
from agreements import (
    BORROWER,
    BUYER,
    DAY,
    FIRST,
    GUARANTOR,
    INSTALLMENT,
    LENDER,
    NONE,
    STRANGER,
    UNLIMITED,
    ZERO,
    changed,
    conditions,
    guaranteed,
    plain,
    secured,
    terms,
    timestamp,
)
from brownie import Anchor, AwkwardToken, CollectUpkeep, LoanLens, accounts, web3
from conftest import fund
from eth_abi import decode, encode
from signing import assign_arguments, assignment_of, digest, loan_id
from support import go_to, originate, refusal, rpc, sender
from typed import AGREEMENT_TUPLE

from tallystick.loans.ledger import open_state, owed_at

AGREEMENTS = AGREEMENT_TUPLE + "[]"


def encoded(*agreements: Any) -> bytes:
    return encode([AGREEMENTS], [[terms(agreement) for agreement in agreements]])


@pytest.fixture
def upkeep(book, permit2):
    return CollectUpkeep.deploy(book, permit2, 2, {"from": accounts[0]})


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


def test_upkeep_leaves_out_who_pays_by_hand(book, upkeep, loans):
    book.setAutopay(terms(loans[0]), False, {"from": sender(BORROWER)})
    go_to(FIRST)
    assert check(upkeep, loans[0]) == (False, 0)
    assert check(upkeep, *loans) == (True, 2)


def test_upkeep_counts_an_allowance_in_permit2(book, dollar, upkeep, permit2, loans):
    dollar.approve(book, 0, {"from": sender(BORROWER)})
    go_to(FIRST)
    until = timestamp(FIRST) + DAY
    permit2.approve(dollar, book, INSTALLMENT, until, {"from": sender(BORROWER)})
    assert check(upkeep, *loans) == (False, 0)
    dollar.approve(permit2, INSTALLMENT, {"from": sender(BORROWER)})
    assert check(upkeep, loans[0]) == (True, 1)
    _, data = upkeep.checkUpkeep.call(encoded(loans[0]))
    before = dollar.balanceOf(LENDER.address)
    upkeep.performUpkeep(data, {"from": sender(STRANGER)})
    assert dollar.balanceOf(LENDER.address) - before == INSTALLMENT
    dollar.approve(permit2, UNLIMITED, {"from": sender(BORROWER)})
    permit2.approve(dollar, book, 2**160 - 1, until, {"from": sender(BORROWER)})
    assert check(upkeep, loans[1]) == (True, 1)
    rpc("evm_setNextBlockTimestamp", until + 1)
    rpc("evm_mine")
    assert check(upkeep, loans[1]) == (False, 0)


def test_upkeep_of_nothing_is_refused(book, permit2):
    constructor = CollectUpkeep.deploy.encode_input(book, permit2, 0)
    call = {"from": STRANGER.address, "data": constructor}
    answer = web3.provider.make_request("eth_call", [call, "latest"])
    assert answer["error"]["data"] == "0x" + web3.keccak(text="NoLoans()")[:4].hex()


def plain_tuple(value: Any) -> Any:
    return tuple(plain_tuple(v) for v in value) if isinstance(value, tuple) else value


def test_the_lens_reads_everything_at_once(book, dollar, loans):
    lens = LoanLens.deploy({"from": accounts[0]})
    at = timestamp(date(2031, 3, 20))
    backed = guaranteed(dollar, borrower_nonce=4, lender_nonce=4)
    pledged = secured(dollar, dollar, borrower_nonce=5, lender_nonce=5)
    agreements = [*loans, backed, pledged]
    for agreement in agreements[3:]:
        originate(book, agreement)
    guarantors = [agreement.conditions.guarantor for agreement in agreements]
    batch = [terms(agreement) for agreement in agreements]
    readings = lens.readMany.call(book, batch, guarantors, at)
    for agreement, reading in zip(agreements, readings, strict=True):
        state = open_state(agreement)
        identity, in_force, debt, penalty, carry, owed, schedule, *rest = plain_tuple(reading)
        assert str(identity) == str(in_force) == "0x" + digest(book, agreement).hex()
        assert (debt, penalty, carry) == tuple(map(astuple, state))
        assert owed == astuple(owed_at(agreement, state, at // DAY))
        assert sum(row[2] for row in schedule) == agreement.principal
        escrow = agreement.conditions.collateral_token, agreement.conditions.collateral
        assert rest == [LENDER.address, (0, 0), escrow, 0]


def test_the_lens_tells_guarantee_holder_and_what_is_history(book, dollar):
    lens = LoanLens.deploy({"from": accounts[0]})
    loan = guaranteed(dollar)
    originate(book, loan)
    book.assign(
        *assign_arguments(book, loan, assignment_of(book, loan, BUYER)),
        {"from": sender(STRANGER)},
    )
    now = date(2031, 3, 20)
    go_to(now)
    arguments = terms(loan), loan.conditions.guarantor, timestamp(now)
    drawn = book.drawGuarantor(
        terms(loan), conditions(loan), {"from": sender(STRANGER)}
    ).return_value
    reading = lens.read.call(book, *arguments)
    assert reading[7] == BUYER.address
    assert tuple(reading[8]) == (drawn, drawn)
    unknown = changed(loan, annual_rate=1)
    reading = lens.read.call(book, terms(unknown), GUARANTOR.address, timestamp(now))
    assert (reading[2][4], reading[7], reading[5][3]) == (0, ZERO, 0)
    elsewhere = changed(loan, amends=bytes.fromhex(loan_id(book, loan)[2:]))
    reading = lens.read.call(book, terms(elsewhere), GUARANTOR.address, timestamp(now))
    assert (str(reading[0]), reading[7], reading[5][3]) == (loan_id(book, loan), ZERO, 0)
    assert elsewhere.amends != NONE


def test_the_lens_shows_what_waits_for_the_holder(book):
    token = fund(AwkwardToken.deploy({"from": accounts[0]}), book)
    agreement = plain(token)
    originate(book, agreement)
    token.setBlocked(LENDER.address, True, {"from": accounts[0]})
    go_to(FIRST)
    book.collect(terms(agreement), {"from": sender(STRANGER)})
    lens = LoanLens.deploy({"from": accounts[0]})
    reading = lens.read.call(book, terms(agreement), ZERO, timestamp(FIRST))
    assert reading[10] == INSTALLMENT


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

"""The repair fund beside the book: who may have it paid, and how much; sponsors and their locks."""

from __future__ import annotations

import pytest
from agreements import BORROWER, DAY, FIRST, LENDER, STRANGER, plain, terms
from brownie import FakeGate, RepairFund, accounts
from eth_abi import encode
from support import go_to, originate, refusal, sender

LIMIT = 50_000_000


@pytest.fixture
def gate():
    return FakeGate.deploy({"from": accounts[0]})


@pytest.fixture
def fund(book, dollar, gate):
    rules = (gate, b"help".ljust(32, b"\0"), LIMIT, LIMIT, 2, DAY)
    made = RepairFund.deploy(book, dollar, rules, {"from": accounts[0]})
    dollar.approve(made, 2**255, {"from": sender(LENDER)})
    return made


def part_of(fund):
    """Shares, worth and end of the lock of the sponsor, as plain numbers."""
    return tuple(int(number) for number in fund.sponsorOf(LENDER.address))


def test_a_sponsor_waits_and_takes_its_part(fund, dollar):
    fund.deposit(1_000, {"from": sender(LENDER)})
    assert part_of(fund)[:2] == (1_000, 1_000)
    assert refusal(fund, "withdraw", 1, by=LENDER)[0] == "StillLocked"
    go_to(FIRST)
    assert refusal(fund, "withdraw", 1_001, by=LENDER) == ("AmountAbove", 1_001, 1_000)
    before = dollar.balanceOf(LENDER.address)
    fund.withdraw(1_000, {"from": sender(LENDER)})
    assert dollar.balanceOf(LENDER.address) - before == 1_000
    assert part_of(fund) == (0, 0, 0)


def test_a_loan_that_nobody_repaired_is_not_helped(book, dollar, fund, gate):
    agreement = plain(dollar)
    originate(book, agreement)
    fund.deposit(LIMIT, {"from": sender(LENDER)})
    given = terms(agreement)
    assert refusal(fund, "help", given, 1, b"", by=STRANGER)[0] == "NotTheBorrower"
    go_to(FIRST)
    assert refusal(fund, "help", given, 1, b"", by=BORROWER)[0] == "NotQualified"
    gate.setAnswer(encode(["bool"], [False]), False, {"from": accounts[0]})
    assert refusal(fund, "help", given, 1, b"", by=BORROWER)[0] == "NotAdmitted"

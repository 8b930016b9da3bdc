"""One book and one dollar for every test; the chain is put back after each."""

from __future__ import annotations

from typing import Any

import pytest
from brownie import LedgerHarness, LoanBook, TestDollar, accounts
from support import BORROWER, DOLLAR, LENDER, START, STRANGER, go_to, sender

UNLIMITED = 2**256 - 1


@pytest.fixture(scope="module", autouse=True)
def calendar(module_isolation: None) -> None:
    """The chain's clock stands at the start date."""
    go_to(START)


@pytest.fixture(scope="module")
def book(calendar: None) -> Any:
    return LoanBook.deploy({"from": accounts[0]})


@pytest.fixture(scope="module")
def harness(calendar: None) -> Any:
    return LedgerHarness.deploy({"from": accounts[0]})


@pytest.fixture(scope="module")
def dollar(book: Any) -> Any:
    """A stablecoin of which everyone holds a million and lets the book take all."""
    token = TestDollar.deploy({"from": accounts[0]})
    for party in (BORROWER, LENDER, STRANGER):
        token.mint(party.address, 1_000_000 * DOLLAR, {"from": accounts[0]})
        token.approve(book, UNLIMITED, {"from": sender(party)})
    return token


@pytest.fixture(autouse=True)
def isolation(book: Any, dollar: Any, fn_isolation: None) -> None:
    """Every test starts from the same state and time."""

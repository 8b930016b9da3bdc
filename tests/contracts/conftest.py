"""One book and one dollar for every test; the chain is put back after each."""

from __future__ import annotations

from typing import Any

import pytest
from agreements import BORROWER, BUYER, DOLLAR, GUARANTOR, LENDER, START, STRANGER, UNLIMITED
from brownie import CustomRows, LedgerHarness, TestDollar, accounts
from support import deploy_book, deploy_permit2, go_to, sender


@pytest.fixture(scope="module", autouse=True)
def calendar(module_isolation: None) -> None:
    """The chain's clock stands at the start date."""
    go_to(START)


@pytest.fixture(scope="module")
def permit2(calendar: None) -> Any:
    return deploy_permit2()


@pytest.fixture(scope="module")
def book(permit2: Any) -> Any:
    return deploy_book(permit2)


@pytest.fixture(scope="module")
def harness(calendar: None) -> Any:
    return LedgerHarness.deploy({"from": accounts[0]})


@pytest.fixture(scope="module")
def store(calendar: None) -> Any:
    """Where custom schedules stand."""
    return CustomRows.deploy({"from": accounts[0]})


def fund(token: Any, book: Any) -> Any:
    """Everyone holds a million and lets the book take all."""
    for party in (BORROWER, LENDER, STRANGER, GUARANTOR, BUYER):
        token.mint(party.address, 1_000_000 * DOLLAR, {"from": accounts[0]})
        token.approve(book, UNLIMITED, {"from": sender(party)})
    return token


@pytest.fixture(scope="module")
def dollar(book: Any) -> Any:
    """A stablecoin of which everyone holds a million and lets the book take all."""
    return fund(TestDollar.deploy({"from": accounts[0]}), book)


@pytest.fixture(scope="module")
def gold(book: Any) -> Any:
    """What borrowers leave as collateral."""
    return fund(TestDollar.deploy({"from": accounts[0]}), book)


@pytest.fixture(autouse=True)
def isolation(book: Any, dollar: Any, fn_isolation: None) -> None:
    """Every test starts from the same state and time."""

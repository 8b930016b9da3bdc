"""Tokens and recipients that misbehave: nobody loses money, nobody can block a repayment."""

from __future__ import annotations

import pytest
from agreements import (
    BORROWER,
    DOLLAR,
    FIRST,
    INSTALLMENT,
    LENDER,
    STRANGER,
    UNLIMITED,
    plain,
    terms,
)
from brownie import AwkwardToken, HookedToken, MaliciousHolder, accounts
from signing import origination
from support import (
    calldata,
    collect_many,
    debt_of,
    go_to,
    originate,
    paid,
    refusal,
    selector,
    sender,
)

PLAIN, NO_RETURN, RETURNS_FALSE, FALSE_AND_MOVES, TAKES_FEE, REVERTS, BURNS_GAS, BOMB = range(8)


@pytest.fixture
def token(book):
    awkward = AwkwardToken.deploy({"from": accounts[0]})
    for party in (BORROWER, LENDER, STRANGER):
        awkward.mint(party.address, 10_000 * DOLLAR, {"from": accounts[0]})
        awkward.approve(book, UNLIMITED, {"from": sender(party)})
    return awkward


def set_mode(token, mode):
    token.setMode(mode, {"from": accounts[0]})


def block(token, account, blocked=True):
    token.setBlocked(account, blocked, {"from": accounts[0]})


@pytest.mark.parametrize("mode", [NO_RETURN, BOMB])
def test_a_token_that_returns_nothing_or_too_much_works(book, token, mode):
    set_mode(token, mode)
    agreement = plain(token)
    originate(book, agreement)
    go_to(FIRST)
    tx = book.collect(terms(agreement), {"from": sender(STRANGER)})
    assert tx.return_value == INSTALLMENT
    assert token.balanceOf(LENDER.address) == 8_800 * DOLLAR + INSTALLMENT


@pytest.mark.parametrize("mode", [RETURNS_FALSE, FALSE_AND_MOVES, REVERTS])
def test_a_token_that_fails_lends_nothing(book, token, mode):
    set_mode(token, mode)
    agreement = plain(token)
    answer = refusal(book, "originate", *origination(book, agreement), by=STRANGER)
    assert answer == ("TokenTransferFailed", token.address, LENDER.address, 1_200 * DOLLAR)


def test_a_token_with_a_fee_cannot_enter(book, token):
    set_mode(token, TAKES_FEE)
    agreement = plain(token)
    answer = refusal(book, "originate", *origination(book, agreement), by=STRANGER)
    assert answer == ("TokenTookFee", token.address, 1_200 * DOLLAR, 1_188 * DOLLAR)


@pytest.mark.parametrize("mode", [RETURNS_FALSE, REVERTS])
def test_a_token_that_fails_later_pays_nothing_off(book, token, mode):
    agreement = plain(token)
    originate(book, agreement)
    set_mode(token, mode)
    go_to(FIRST)
    before = debt_of(book, agreement)
    answer = refusal(book, "pay", terms(agreement), DOLLAR, by=BORROWER)
    assert answer == ("TokenTransferFailed", token.address, BORROWER.address, DOLLAR)
    assert collect_many(book, [agreement])[0] == (0,)
    assert debt_of(book, agreement) == before
    set_mode(token, PLAIN)
    book.collect(terms(agreement), {"from": sender(STRANGER)})


def test_a_token_that_burns_gas_stops_no_batch(book, token, dollar):
    poisoned, healthy = plain(token), plain(dollar, borrower_nonce=2, lender_nonce=2)
    originate(book, poisoned)
    originate(book, healthy)
    set_mode(token, BURNS_GAS)
    go_to(FIRST)
    taken, tx = collect_many(book, [poisoned, healthy], gas_limit=2_000_000)
    assert taken == (0, INSTALLMENT)
    assert str(tx.events["CollectFailed"]["reason"]) == selector(
        "TokenTransferFailed", "address", "address", "uint256"
    )


@pytest.mark.parametrize("way", ["pay", "collect", "collectMany", "payoff"])
def test_a_blocked_lender_cannot_block_the_borrower(book, token, way):
    agreement = plain(token)
    originate(book, agreement)
    block(token, LENDER.address)
    go_to(FIRST)
    arguments = {"pay": [INSTALLMENT], "payoff": [UNLIMITED]}.get(way, [])
    if way == "collectMany":
        (taken,), tx = collect_many(book, [agreement])
    else:
        tx = getattr(book, way)(terms(agreement), *arguments, {"from": sender(BORROWER)})
        taken = sum(paid(tx)[:4])
    assert taken >= INSTALLMENT
    assert dict(tx.events["Credited"])["amount"] == taken
    assert book.creditOf(token, LENDER.address) == token.balanceOf(book) == taken
    assert debt_of(book, agreement)[0].balance == 1_200 * DOLLAR - tx.events["Paid"]["principal"]
    assert refusal(book, "claim", token.address, LENDER.address, by=LENDER) == (
        "TokenTransferFailed",
        token.address,
        book.address,
        taken,
    )
    fresh = accounts[9].address
    tx = book.claim(token, fresh, {"from": sender(LENDER)})
    assert dict(tx.events["Claimed"]) == {
        "token": token.address,
        "account": LENDER.address,
        "to": fresh,
        "amount": taken,
    }
    assert token.balanceOf(fresh) == taken
    assert (token.balanceOf(book), book.creditOf(token, LENDER.address)) == (0, 0)


def test_credits_of_a_token_with_a_fee_never_exceed_what_the_book_holds(book, token):
    agreement = plain(token)
    originate(book, agreement)
    block(token, LENDER.address)
    set_mode(token, TAKES_FEE)
    go_to(FIRST)
    book.collect(terms(agreement), {"from": sender(STRANGER)})
    assert book.creditOf(token, LENDER.address) == token.balanceOf(book) == INSTALLMENT * 99 // 100


def test_a_credit_cannot_be_sent_to_nobody(book, token):
    for recipient in (book.address, "0x" + "00" * 20):
        answer = refusal(book, "claim", token.address, recipient, by=LENDER)
        assert answer == ("RecipientInvalid", recipient)


def test_only_the_creditor_claims(book, token):
    answer = refusal(book, "claim", token.address, STRANGER.address, by=STRANGER)
    assert answer == ("NoCredit", token.address, STRANGER.address)


def test_the_holder_is_paid_whatever_it_does_when_paid(book):
    """A holder's own hook that reverts, burns all gas or calls back stops nothing."""
    token = HookedToken.deploy({"from": accounts[0]})
    holder = MaliciousHolder.deploy({"from": accounts[0]})
    for party in (BORROWER.address, holder.address):
        token.mint(party, 10_000 * DOLLAR, {"from": accounts[0]})
    token.approve(book, UNLIMITED, {"from": sender(BORROWER)})
    approve = calldata(token, "approve", book.address, UNLIMITED)
    holder.execute(token, approve, {"from": accounts[0]})
    agreement = plain(token, lender=holder.address)
    originate(book, agreement, lender=b"\1")
    token.setHookOf(holder, holder, {"from": accounts[0]})
    holder.aim(book, calldata(book, "payoff", terms(agreement), UNLIMITED), {"from": accounts[0]})
    go_to(FIRST)
    total = 0
    for harm, credited in ((1, True), (2, True), (3, False)):
        holder.behave(harm, 0, {"from": accounts[0]})
        tx = book.pay(terms(agreement), 10 * DOLLAR, {"from": sender(BORROWER), "gas_limit": 10**7})
        assert sum(paid(tx)[:4]) == 10 * DOLLAR
        total += 10 * DOLLAR * credited
        assert book.creditOf(token, holder) == token.balanceOf(book) == total
    assert holder.entered()
    assert not holder.succeeded()
    assert str(holder.reason()) == selector("ReentrancyGuardReentrantCall")

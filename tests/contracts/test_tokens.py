"""Tokens and recipients that misbehave: nobody loses money, nobody can block a repayment."""

from __future__ import annotations

from datetime import date

import pytest
from brownie import AwkwardToken, Reenterer, accounts
from support import (
    BORROWER,
    DOLLAR,
    LENDER,
    STRANGER,
    calldata,
    collect_many,
    digest,
    go_to,
    originate,
    plain,
    refusal,
    selector,
    sender,
    sign,
    terms,
)

PLAIN, NO_RETURN, RETURNS_FALSE, FALSE_AND_MOVES, TAKES_FEE, REVERTS, BURNS_GAS, BOMB = range(8)
FIRST = date(2031, 2, 28)
INSTALLMENT = 106_620_000
UNLIMITED = 2**256 - 1


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


def debt(book, agreement):
    state, penalty = book.debtOf("0x" + digest(book, agreement).hex())
    return tuple(state), tuple(penalty)


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
    signed = sign(book, agreement, BORROWER), sign(book, agreement, LENDER)
    answer = refusal(book, "originate", terms(agreement), *signed, by=STRANGER)
    assert answer == ("TokenTransferFailed", token.address, LENDER.address, 1_200 * DOLLAR)


def test_a_token_with_a_fee_cannot_enter(book, token):
    set_mode(token, TAKES_FEE)
    agreement = plain(token)
    signed = sign(book, agreement, BORROWER), sign(book, agreement, LENDER)
    answer = refusal(book, "originate", terms(agreement), *signed, by=STRANGER)
    assert answer == ("TokenTookFee", token.address, 1_200 * DOLLAR, 1_188 * DOLLAR)


@pytest.mark.parametrize("mode", [RETURNS_FALSE, REVERTS])
def test_a_token_that_fails_later_pays_nothing_off(book, token, mode):
    agreement = plain(token)
    originate(book, agreement)
    set_mode(token, mode)
    go_to(FIRST)
    before = debt(book, agreement)
    answer = refusal(book, "pay", terms(agreement), DOLLAR, by=BORROWER)
    assert answer == ("TokenTransferFailed", token.address, BORROWER.address, DOLLAR)
    assert collect_many(book, [agreement])[0] == (0,)
    assert debt(book, agreement) == before
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
        event = tx.events["Paid"]
        taken = event["penalty"] + event["interest"] + event["principal"]
    assert taken >= INSTALLMENT
    assert dict(tx.events["Credited"])["amount"] == taken
    assert book.creditOf(token, LENDER.address) == token.balanceOf(book) == taken
    assert debt(book, agreement)[0][0] == 1_200 * DOLLAR - tx.events["Paid"]["principal"]
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


@pytest.mark.parametrize("inner", ["pay", "payoff", "collect", "collectMany", "claim", "originate"])
@pytest.mark.parametrize("outer", ["pay", "collect", "originate"])
def test_no_hook_can_reenter(book, token, outer, inner):
    agreement = plain(token)
    other = plain(token, borrower_nonce=2, lender_nonce=2)
    signed = sign(book, other, BORROWER), sign(book, other, LENDER)
    arguments = {
        "pay": (terms(agreement), 1),
        "payoff": (terms(agreement), UNLIMITED),
        "collect": (terms(agreement),),
        "collectMany": ([terms(agreement)],),
        "claim": (token.address, STRANGER.address),
        "originate": (terms(other), *signed),
    }
    hook = Reenterer.deploy({"from": accounts[0]})
    if outer != "originate":
        originate(book, agreement)
        go_to(FIRST)
    hook.aim(book, calldata(book, inner, *arguments[inner]), {"from": accounts[0]})
    token.setHook(hook, {"from": accounts[0]})
    if outer == "originate":
        originate(book, agreement)
    elif outer == "pay":
        book.pay(terms(agreement), INSTALLMENT, {"from": sender(BORROWER)})
    else:
        book.collect(terms(agreement), {"from": sender(STRANGER)})
    assert hook.called()
    assert not hook.succeeded()
    assert str(hook.reason()) == selector("ReentrancyGuardReentrantCall")

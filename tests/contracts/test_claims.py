"""Claims: who may hold one, who is paid, and what a buyer can be sure of."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

import pytest
from agreements import (
    BORROWER,
    BUYER,
    DOLLAR,
    FIRST,
    GUARANTOR,
    INSTALLMENT,
    LENDER,
    NONE,
    STRANGER,
    ZERO,
    changed,
    conditions,
    guaranteed,
    plain,
    terms,
    timestamp,
)
from brownie import AwkwardToken, accounts
from conftest import fund
from eth_abi import encode
from eth_account import Account
from eth_utils import keccak, to_checksum_address
from signing import assign_arguments, assignment_message, assignment_of, loan_id, signature
from support import debt_of, deploy_book, go_to, originate, refusal, rpc, sender
from typed import ASSIGNMENT, as_tuple, digest

from tallystick.loans.kinds import Transfer
from tallystick.proof.layout import SLOTS, Seat


@pytest.fixture
def loan(book, dollar):
    agreement = plain(dollar)
    originate(book, agreement)
    return agreement


def assign(book, loan, assignment, by=STRANGER, **given):
    arguments = assign_arguments(book, loan, assignment, **given)
    return book.assign(*arguments, {"from": sender(by)})


def refused(book, loan, assignment, by=STRANGER, **given):
    return refusal(book, "assign", *assign_arguments(book, loan, assignment, **given), by=by)


def test_the_payee_follows_at_once(book, dollar, loan):
    go_to(FIRST)
    book.pay(terms(loan), 10 * DOLLAR, {"from": sender(BORROWER)})
    assignment = assignment_of(book, loan, BUYER)
    assert str(book.assignmentDigest(as_tuple(ASSIGNMENT, assignment))) == (
        "0x" + digest(assignment_message(book, assignment)).hex()
    )
    tx = assign(book, loan, assignment)
    event = tx.events["Assigned"]
    assert (str(event["loanId"]), event["from"], event["to"], event["price"]) == (
        loan_id(book, loan),
        LENDER.address,
        BUYER.address,
        0,
    )
    assert book.holderOf(terms(loan)) == BUYER.address
    assert debt_of(book, loan)[0].assigned
    before = dollar.balanceOf(LENDER.address), dollar.balanceOf(BUYER.address)
    book.collect(terms(loan), {"from": sender(STRANGER)})
    rest = INSTALLMENT - 10 * DOLLAR
    assert dollar.balanceOf(LENDER.address) == before[0]
    assert dollar.balanceOf(BUYER.address) - before[1] == rest


def stored_holder(book, key):
    word = rpc("eth_getStorageAt", book.address, "0x" + key.hex(), "latest")
    return to_checksum_address("0x" + word[-40:])


def own_key(book, agreement):
    return keccak(bytes.fromhex(loan_id(book, agreement)[2:]) + SLOTS["_holders"].to_bytes(32))


def seat_key(lender, buyer):
    return Seat(lender.address, 1 + int(buyer.address, 16) % 127).key


def neighbour(buyer):
    """Another account whose seat would be the buyer's."""
    for number in count():
        account = Account.from_key(keccak(text=f"neighbour {number}"))
        if int(account.address, 16) % 127 == int(buyer.address, 16) % 127:
            return account
    raise AssertionError("unreachable")


def test_claims_that_one_lender_sells_share_the_seat_of_their_buyer(book, dollar, loan):
    other = plain(dollar, borrower_nonce=2, lender_nonce=2)
    originate(book, other)
    first = assign(book, loan, assignment_of(book, loan, BUYER), by=LENDER, holder=None)
    second = assign(book, other, assignment_of(book, other, BUYER), by=LENDER, holder=None)
    assert stored_holder(book, seat_key(LENDER, BUYER)) == BUYER.address
    assert first.gas_used - second.gas_used > 19_000
    # handed on by one of them, the other stays where it is
    onwards = assignment_of(book, loan, STRANGER, from_=BUYER.address)
    assign(book, loan, onwards, by=BUYER, holder=None)
    assert book.holderOf(terms(loan)) == STRANGER.address
    assert book.holderOf(terms(other)) == BUYER.address
    # and back: found in the seat again
    back = assignment_of(book, loan, BUYER, from_=STRANGER.address)
    assign(book, loan, back, by=STRANGER, holder=None)
    assert book.holderOf(terms(loan)) == BUYER.address


def test_a_seat_taken_by_another_buyer_holds_nobody_up(book, dollar, loan):
    other = plain(dollar, borrower_nonce=2, lender_nonce=2)
    originate(book, other)
    second = neighbour(BUYER)
    assign(book, loan, assignment_of(book, loan, BUYER))
    assign(book, other, assignment_of(book, other, second, nonce=701))
    assert book.holderOf(terms(loan)) == BUYER.address
    assert book.holderOf(terms(other)) == second.address
    assert stored_holder(book, own_key(book, other)) == second.address
    assert stored_holder(book, seat_key(LENDER, second)) == BUYER.address


def test_a_later_holder_fills_no_seat_of_the_lender(book, loan):
    assign(book, loan, assignment_of(book, loan, BUYER))
    assign(book, loan, assignment_of(book, loan, STRANGER, from_=BUYER.address), holder=BUYER)
    assert stored_holder(book, seat_key(LENDER, STRANGER)) == ZERO
    assert stored_holder(book, own_key(book, loan)) == STRANGER.address


def test_only_the_holder_hands_it_on(book, loan):
    assignment = assignment_of(book, loan, BUYER)
    for holder in (None, BUYER, BORROWER):
        answer = refused(book, loan, assignment, holder=holder)
        assert answer == ("SignatureInvalid", LENDER.address)
    stolen = replace(assignment, from_=STRANGER.address, to=STRANGER.address)
    answer = refused(book, loan, stolen, holder=STRANGER)
    assert answer == ("NotTheHolder", LENDER.address)
    assign(book, loan, assignment)
    back = replace(assignment, nonce=701)
    assert refused(book, loan, back) == ("NotTheHolder", BUYER.address)
    onwards = replace(assignment, from_=BUYER.address, to=LENDER.address, nonce=1)
    assign(book, loan, onwards, holder=BUYER)
    assert book.holderOf(terms(loan)) == LENDER.address


def test_a_holder_that_sends_need_not_sign_nor_use_a_nonce(book, loan):
    assignment = assignment_of(book, loan, BUYER)
    assign(book, loan, assignment, by=LENDER, holder=None)
    assert book.holderOf(terms(loan)) == BUYER.address
    assert not book.isNonceUsed(LENDER.address, assignment.nonce)


def test_a_signed_assignment_counts_once_for_this_book_this_loan_this_receiver(
    book, dollar, loan, permit2
):
    assignment = assignment_of(book, loan, BUYER)
    other_book = deploy_book(permit2)
    signed = signature(assignment_message(other_book, assignment), LENDER)
    arguments = list(assign_arguments(book, loan, assignment))
    arguments[3] = signed
    answer = refusal(book, "assign", *arguments, by=STRANGER)
    assert answer == ("SignatureInvalid", LENDER.address)
    arguments = list(assign_arguments(book, loan, replace(assignment, to=STRANGER.address)))
    arguments[3] = signature(assignment_message(book, assignment), LENDER)
    answer = refusal(book, "assign", *arguments, by=STRANGER)
    assert answer == ("SignatureInvalid", LENDER.address)
    other = plain(dollar, borrower_nonce=2, lender_nonce=2)
    originate(book, other)
    answer = refused(book, other, assignment)
    assert answer == ("LoanNotOpen", loan_id(book, loan))
    # there and back again: the old signature is used up
    assign(book, loan, assignment)
    back = replace(assignment, from_=BUYER.address, to=LENDER.address, nonce=1)
    assign(book, loan, back, holder=BUYER)
    assert refused(book, loan, assignment) == ("NonceUsed", LENDER.address, 700)


def test_it_dies_with_its_deadline_its_nonce_and_the_loan(book, loan):
    past = assignment_of(book, loan, BUYER, deadline=timestamp(FIRST))
    fresh = assignment_of(book, loan, BUYER, nonce=701)
    arguments = assign_arguments(book, loan, fresh)
    go_to(FIRST, 1)
    expired = ("AgreementExpired", timestamp(FIRST), timestamp(FIRST) + 1)
    assert refused(book, loan, past) == expired
    book.revokeNonce(700, {"from": sender(LENDER)})
    answer = refused(book, loan, assignment_of(book, loan, BUYER))
    assert answer == ("NonceUsed", LENDER.address, 700)
    book.payoff(terms(loan), 2**256 - 1, {"from": sender(BORROWER)})
    answer = refusal(book, "assign", *arguments, by=STRANGER)
    assert answer == ("LoanNotOpen", loan_id(book, loan))


@pytest.mark.parametrize("receiver", ["borrower", "guarantor", "book", "nobody"])
def test_some_can_never_hold_a_claim(book, dollar, receiver):
    agreement = guaranteed(dollar)
    originate(book, agreement)
    to = {
        "borrower": BORROWER.address,
        "guarantor": GUARANTOR.address,
        "book": book.address,
        "nobody": ZERO,
    }[receiver]
    assignment = replace(assignment_of(book, agreement, BUYER), to=to)
    assert refused(book, agreement, assignment) == ("RecipientInvalid", to)


# sale


def test_sale_against_payment_in_one_transaction(book, dollar, loan):
    assignment = assignment_of(book, loan, BUYER, price=900 * DOLLAR)
    before = dollar.balanceOf(LENDER.address), dollar.balanceOf(BUYER.address)
    tx = assign(book, loan, assignment, by=BUYER, at_least=1_200 * DOLLAR)
    assert tx.events["Assigned"]["price"] == 900 * DOLLAR
    assert dollar.balanceOf(LENDER.address) - before[0] == 900 * DOLLAR
    assert before[1] - dollar.balanceOf(BUYER.address) == 900 * DOLLAR
    assert book.holderOf(terms(loan)) == BUYER.address


def test_nobody_buys_by_another_hand(book, loan):
    """A standing allowance to the book is no order to buy."""
    assignment = assignment_of(book, loan, BUYER, price=900 * DOLLAR)
    for other in (STRANGER, LENDER):
        answer = refused(book, loan, assignment, by=other)
        assert answer[0] == "NotTheHolder"


def test_without_payment_no_claim(book, dollar, loan):
    dollar.approve(book, 900 * DOLLAR - 1, {"from": sender(BUYER)})
    assignment = assignment_of(book, loan, BUYER, price=900 * DOLLAR)
    answer = refused(book, loan, assignment, by=BUYER)
    assert answer == ("TokenTransferFailed", dollar.address, BUYER.address, 900 * DOLLAR)
    assert book.holderOf(terms(loan)) == LENDER.address


def test_a_buyer_says_how_much_must_be_left(book, dollar, loan):
    assignment = assignment_of(book, loan, BUYER, price=900 * DOLLAR)
    book.pay(terms(loan), 400 * DOLLAR, {"from": sender(BORROWER)})
    answer = refused(book, loan, assignment, by=BUYER, at_least=800 * DOLLAR + 1)
    assert answer == ("OutstandingBelow", 800 * DOLLAR, 800 * DOLLAR + 1)
    assign(book, loan, assignment, by=BUYER, at_least=800 * DOLLAR)


# the agreement's rule


def test_the_borrowers_consent_where_it_is_agreed(book, dollar):
    agreement = plain(dollar, transfer=Transfer.CONSENT)
    originate(book, agreement)
    assignment = assignment_of(book, agreement, BUYER)
    message = assignment_message(book, assignment)
    another = assignment_message(book, replace(assignment, price=1))
    for consent in (b"", signature(message, LENDER), signature(another, BORROWER)):
        answer = refused(book, agreement, assignment, consent=consent)
        assert answer == ("SignatureInvalid", BORROWER.address)
    assign(book, agreement, assignment, consent=signature(message, BORROWER))


def leaf(address):
    return keccak(keccak(encode(["address"], [address])))


def node(a, b):
    return keccak(min(a, b) + max(a, b))


def test_only_accounts_of_the_list_where_it_is_agreed(book, dollar):
    inner = node(leaf(BUYER.address), leaf(LENDER.address))
    root = node(inner, leaf(STRANGER.address))
    agreement = plain(dollar, transfer=Transfer.LISTED, transferees=root)
    originate(book, agreement)
    proofs = {
        BUYER.address: [leaf(LENDER.address), leaf(STRANGER.address)],
        STRANGER.address: [inner],
    }
    for to, proof in proofs.items():
        consent = encode(["bytes32[]"], [proof])
        assignment = replace(assignment_of(book, agreement, BUYER), to=to)
        call = assign_arguments(book, agreement, assignment, consent=consent)
        assert book.assign.call(*call, {"from": BUYER.address}) == ()
        other = replace(assignment, to=accounts[9].address)
        answer = refused(book, agreement, other, consent=consent)
        assert answer == ("TransferNotAllowed", accounts[9].address)
    assignment = assignment_of(book, agreement, BUYER)
    for proof in ([], [NONE], [root]):
        consent = encode(["bytes32[]"], [proof])
        answer = refused(book, agreement, assignment, consent=consent)
        assert answer == ("TransferNotAllowed", BUYER.address)


def test_the_rule_is_the_signed_one(book, dollar):
    agreement = plain(dollar, transfer=Transfer.CONSENT)
    originate(book, agreement)
    assignment = assignment_of(book, agreement, BUYER)
    arguments = list(assign_arguments(book, agreement, assignment))
    arguments[1] = conditions(changed(agreement, transfer=Transfer.FREE))
    answer = refusal(book, "assign", *arguments, by=STRANGER)
    assert answer == ("ConditionsUnknown",)


# a holder that does harm


def test_a_claim_sold_to_a_blocked_account_blocks_nothing(book):
    """The borrower's payments wait for the new holder; the old one keeps what it had."""
    token = fund(AwkwardToken.deploy({"from": accounts[0]}), book)
    agreement = plain(token)
    originate(book, agreement)
    token.setBlocked(LENDER.address, True, {"from": accounts[0]})
    token.setBlocked(BUYER.address, True, {"from": accounts[0]})
    go_to(FIRST)
    book.pay(terms(agreement), 30 * DOLLAR, {"from": sender(BORROWER)})
    assign(book, agreement, assignment_of(book, agreement, BUYER))
    book.pay(terms(agreement), 20 * DOLLAR, {"from": sender(BORROWER)})
    assert book.creditOf(token, LENDER.address) == 30 * DOLLAR
    assert book.creditOf(token, BUYER.address) == 20 * DOLLAR
    book.payoff(terms(agreement), 2**256 - 1, {"from": sender(BORROWER)})
    assert debt_of(book, agreement)[0].balance == 0

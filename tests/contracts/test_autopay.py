"""Autopay: at the due time, out of an allowance, a permit or Permit2, or not at all."""

from __future__ import annotations

import pytest
from agreements import (
    BORROWER,
    DAY,
    FIRST,
    INSTALLMENT,
    LENDER,
    STRANGER,
    UNLIMITED,
    plain,
    terms,
    timestamp,
)
from brownie import AwkwardToken, PermitDollar, accounts
from conftest import fund
from signing import loan_id, permit2_signature, token_permit
from support import calldata, debt_of, go_to, originate, owed_of, paid, refusal, sender

FOREVER = 2**48 - 1


@pytest.fixture(scope="module")
def token(book):
    return fund(PermitDollar.deploy({"from": accounts[0]}), book)


@pytest.fixture
def loan(book, token):
    """A loan whose borrower has not allowed the book anything yet."""
    agreement = plain(token)
    originate(book, agreement)
    token.approve(book, 0, {"from": sender(BORROWER)})
    go_to(FIRST)
    return agreement


def collect(book, loan):
    return book.collect(terms(loan), {"from": sender(STRANGER)})


def test_the_borrower_switches_it_off_and_pays_by_hand(book, dollar):
    loan = plain(dollar)
    originate(book, loan)
    tx = book.setAutopay(terms(loan), False, {"from": sender(BORROWER)})
    event = tx.events["AutopaySet"]
    assert (str(event["loanId"]), event["on"]) == (loan_id(book, loan), False)
    assert debt_of(book, loan)[0].manual
    go_to(FIRST)
    off = ("AutopayOff", loan_id(book, loan))
    assert refusal(book, "collect", terms(loan), by=LENDER) == off
    book.pay(terms(loan), 100, {"from": sender(BORROWER)})
    assert debt_of(book, loan)[0].manual
    book.setAutopay(terms(loan), True, {"from": sender(BORROWER)})
    assert paid(collect(book, loan))[1] == 12 * 10**6 - 100


def test_nobody_else_switches_it(book, dollar):
    loan = plain(dollar)
    answer = refusal(book, "setAutopay", terms(loan), False, by=BORROWER)
    assert answer == ("LoanNotOpen", loan_id(book, loan))
    originate(book, loan)
    for other in (LENDER, STRANGER):
        answer = refusal(book, "setAutopay", terms(loan), False, by=other)
        assert answer == ("NotTheBorrower", BORROWER.address)


def test_a_permit_is_an_allowance(book, token, loan):
    assert refusal(book, "collect", terms(loan), by=STRANGER)[0] == "TokenTransferFailed"
    deadline = timestamp(FIRST) + DAY
    signed = token_permit(token, BORROWER, book.address, INSTALLMENT, deadline)
    call = calldata(book, "permit", token.address, BORROWER.address, INSTALLMENT, deadline, *signed)
    book.multicall([call, calldata(book, "collect", terms(loan))], {"from": sender(STRANGER)})
    assert owed_of(book, loan, timestamp(FIRST)).due.total == 0
    assert token.allowance(BORROWER.address, book) == 0


def test_a_permit_that_somebody_carried_before_is_no_failure(book, token, loan):
    """Whoever sees a permit in the mempool can use it up; the payment behind it still works."""
    deadline = timestamp(FIRST) + DAY
    value = INSTALLMENT
    signed = token_permit(token, BORROWER, book.address, value, deadline)
    arguments = (BORROWER.address, book.address, value, deadline, *signed)
    token.permit(*arguments, {"from": sender(LENDER)})
    assert refusal(token, "permit", *arguments, by=STRANGER)[0] == "ERC2612InvalidSigner"
    call = calldata(book, "permit", token.address, BORROWER.address, value, deadline, *signed)
    book.multicall([call, calldata(book, "collect", terms(loan))], {"from": sender(STRANGER)})
    assert owed_of(book, loan, timestamp(FIRST)).due.total == 0


def test_a_permit_changes_nothing_but_its_signers_allowance(book, token, loan):
    deadline = timestamp(FIRST) + DAY
    signed = token_permit(token, STRANGER, book.address, 5, deadline)
    for owner, value in ((BORROWER, 5), (STRANGER, 6)):
        book.permit(token, owner.address, value, deadline, *signed, {"from": sender(LENDER)})
    assert token.allowance(BORROWER.address, book) == 0
    assert token.allowance(STRANGER.address, book) == UNLIMITED


# Permit2


def permit2_call(book, permit2, token, amount, expiration, nonce=0):
    details = (token.address, amount, expiration, nonce)
    deadline = timestamp(FIRST) + DAY
    signature = permit2_signature(permit2, BORROWER, details, book.address, deadline)
    details = (int(token.address, 16), amount, expiration, nonce)
    return BORROWER.address, details, deadline, signature


def test_permit2_pays_until_it_expires(book, token, permit2, loan):
    token.approve(permit2, UNLIMITED, {"from": sender(BORROWER)})
    assert refusal(book, "collect", terms(loan), by=STRANGER)[0] == "TokenTransferFailed"
    expiration = timestamp(FIRST) + 40
    call = permit2_call(book, permit2, token, 2**160 - 1, expiration)
    book.permit2(*call, {"from": sender(STRANGER)})
    allowed = permit2.allowance(BORROWER.address, token.address, book.address)
    assert tuple(allowed) == (2**160 - 1, expiration, 1)
    # carried twice, it is no failure and no second allowance
    book.permit2(*call, {"from": sender(STRANGER)})
    go_to(FIRST, 60)
    assert refusal(book, "collect", terms(loan), by=STRANGER)[0] == "TokenTransferFailed"
    fresh = permit2_call(book, permit2, token, INSTALLMENT, FOREVER, nonce=1)
    book.permit2(*fresh, {"from": sender(STRANGER)})
    tx = collect(book, loan)
    assert tx.return_value == INSTALLMENT
    assert tx.events["Paid"]["payer"] == BORROWER.address
    assert permit2.allowance(BORROWER.address, token.address, book.address)[0] == 0


def test_permit2_allows_no_other_spender_and_no_other_signer(book, token, permit2, loan):
    token.approve(permit2, UNLIMITED, {"from": sender(BORROWER)})
    owner, details, deadline, signature = permit2_call(book, permit2, token, 10**12, FOREVER)
    for altered in (
        (STRANGER.address, details, deadline, signature),
        (owner, (*details[:1], 10**13, *details[2:]), deadline, signature),
        (owner, details, deadline + 1, signature),
    ):
        book.permit2(*altered, {"from": sender(STRANGER)})
        assert permit2.allowance(altered[0], token.address, book.address)[0] == 0


def test_permit2_pays_a_manual_payment_too(book, token, permit2, loan):
    token.approve(permit2, UNLIMITED, {"from": sender(BORROWER)})
    permit2.approve(token, book, 10**9, FOREVER, {"from": sender(BORROWER)})
    tx = book.pay(terms(loan), INSTALLMENT, {"from": sender(BORROWER)})
    assert tx.return_value == INSTALLMENT


def test_permit2_to_a_holder_that_cannot_receive_is_credited(book, permit2):
    token = fund(AwkwardToken.deploy({"from": accounts[0]}), book)
    agreement = plain(token)
    originate(book, agreement)
    token.approve(book, 0, {"from": sender(BORROWER)})
    token.approve(permit2, UNLIMITED, {"from": sender(BORROWER)})
    permit2.approve(token, book, 10**12, FOREVER, {"from": sender(BORROWER)})
    token.setBlocked(LENDER.address, True, {"from": accounts[0]})
    go_to(FIRST)
    collect(book, agreement)
    assert book.creditOf(token, LENDER.address) == token.balanceOf(book) == INSTALLMENT

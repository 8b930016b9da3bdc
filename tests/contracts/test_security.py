"""Guarantors and collateral: drawn on and sold only as agreed, and never beyond the debt."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from agreements import (
    BORROWER,
    BUYER,
    DAY,
    DOLLAR,
    FIRST,
    GUARANTOR,
    LENDER,
    START,
    STRANGER,
    ZERO,
    changed,
    conditions,
    guaranteed,
    plain,
    secured,
    terms,
    timestamp,
)
from brownie import AwkwardToken, accounts
from conftest import fund
from signing import amend_arguments, amendment_of, loan_id, origination, renewed
from support import amend, debt_of, go_to, originate, owed_of, paid, refusal, rpc, sender

from tallystick.loans.kinds import Source, Status

DRAWABLE = FIRST + timedelta(10)
ACCELERATION = FIRST + timedelta(60)


def call(book, method, agreement, *rest, by=STRANGER):
    arguments = terms(agreement), conditions(agreement), *rest
    return getattr(book, method)(*arguments, {"from": sender(by)})


def refused(book, method, agreement, *rest, by=STRANGER):
    return refusal(book, method, terms(agreement), conditions(agreement), *rest, by=by)


# guarantor


@pytest.fixture
def backed(book, dollar):
    agreement = guaranteed(dollar)
    originate(book, agreement)
    return agreement


def guarantee(book, agreement, guarantor=GUARANTOR):
    return tuple(book.guaranteeOf(loan_id(book, agreement), guarantor.address))


def repay(book, agreement, amount, by=BORROWER, guarantor=GUARANTOR):
    return book.repayRecourse(terms(agreement), guarantor.address, amount, {"from": sender(by)})


def test_the_guarantor_is_drawn_on_after_its_days_for_what_is_due(book, dollar, backed):
    last = timestamp(DRAWABLE) - 1
    rpc("evm_setNextBlockTimestamp", last)
    rpc("evm_mine")
    assert refused(book, "drawGuarantor", backed) == ("TooEarly", 9, 10)
    rpc("evm_setNextBlockTimestamp", last + 1)
    due = owed_of(book, backed, timestamp(DRAWABLE)).due
    before = dollar.balanceOf(GUARANTOR.address), dollar.balanceOf(LENDER.address)
    tx = call(book, "drawGuarantor", backed)
    assert tx.return_value == due.total
    event = tx.events["Paid"]
    assert (event["payer"], event["source"]) == (GUARANTOR.address, Source.GUARANTOR)
    assert paid(tx)[:4] == (due.penalty, due.interest, 0, due.principal)
    assert tx.events["RecourseRecorded"]["recourse"] == due.total
    assert guarantee(book, backed) == (due.total, due.total)
    after = dollar.balanceOf(GUARANTOR.address), dollar.balanceOf(LENDER.address)
    assert (before[0] - after[0], after[1] - before[1]) == (due.total, due.total)
    # once a row
    assert refused(book, "drawGuarantor", backed)[0] == "TooEarly"


def test_the_guarantor_never_pays_more_than_it_guaranteed(book, backed):
    go_to(date(2031, 12, 31))
    assert call(book, "drawGuarantor", backed).return_value == 500 * DOLLAR
    assert refused(book, "drawGuarantor", backed) == ("NothingDue", loan_id(book, backed))
    # what is paid back to it is not drawn again
    repay(book, backed, 500 * DOLLAR)
    assert guarantee(book, backed) == (500 * DOLLAR, 0)
    assert refused(book, "drawGuarantor", backed) == ("NothingDue", loan_id(book, backed))


def test_recourse_goes_to_the_guarantor_and_never_beyond(book, dollar, backed):
    go_to(DRAWABLE)
    drawn = call(book, "drawGuarantor", backed).return_value
    before = dollar.balanceOf(GUARANTOR.address)
    tx = repay(book, backed, 30 * DOLLAR, by=STRANGER)
    event = tx.events["RecourseRepaid"]
    assert (event["guarantor"], event["payer"], event["amount"]) == (
        GUARANTOR.address,
        STRANGER.address,
        30 * DOLLAR,
    )
    assert guarantee(book, backed) == (drawn, drawn - 30 * DOLLAR)
    assert repay(book, backed, 2**256 - 1).return_value == drawn - 30 * DOLLAR
    assert dollar.balanceOf(GUARANTOR.address) - before == drawn
    for amount in (0, 1):
        arguments = terms(backed), GUARANTOR.address, amount
        answer = refusal(book, "repayRecourse", *arguments, by=BORROWER)
        assert answer == ("NothingDue", loan_id(book, backed))


def test_recourse_outlives_the_loan(book, backed):
    go_to(DRAWABLE)
    drawn = call(book, "drawGuarantor", backed).return_value
    book.payoff(terms(backed), 2**256 - 1, {"from": sender(BORROWER)})
    assert repay(book, backed, drawn).return_value == drawn


def test_recourse_outlives_new_terms_without_the_guarantor(book, backed):
    go_to(DRAWABLE)
    drawn = call(book, "drawGuarantor", backed).return_value
    nobody = {"guarantor": ZERO, "guaranteed": 0, "guarantee_days": 0, "guarantor_nonce": 0}
    after = renewed(book, backed, DRAWABLE, date(2031, 3, 31), due_day=31, **nobody)
    amend(book, backed, after, amendment_of(book, backed))
    assert refusal(book, "drawGuarantor", terms(after), conditions(after), by=STRANGER) == (
        "NotAgreed",
    )
    assert repay(book, after, 2**256 - 1).return_value == drawn


def test_without_a_guarantor_nobody_is_drawn_on(book, dollar):
    agreement = plain(dollar)
    originate(book, agreement)
    go_to(date(2031, 6, 1))
    assert refused(book, "drawGuarantor", agreement) == ("NotAgreed",)
    named = changed(agreement, guarantor=STRANGER.address, guaranteed=1, guarantee_days=1)
    answer = refusal(book, "drawGuarantor", terms(agreement), conditions(named), by=LENDER)
    assert answer == ("ConditionsUnknown",)


def test_a_guarantor_without_means_changes_nothing(book, dollar, backed):
    go_to(DRAWABLE)
    dollar.approve(book, 0, {"from": sender(GUARANTOR)})
    before = debt_of(book, backed), guarantee(book, backed)
    due = owed_of(book, backed, timestamp(DRAWABLE)).due.total
    answer = refused(book, "drawGuarantor", backed)
    assert answer == ("TokenTransferFailed", dollar.address, GUARANTOR.address, due)
    assert (debt_of(book, backed), guarantee(book, backed)) == before


def test_a_guarantor_that_cannot_receive_is_credited(book):
    token = fund(AwkwardToken.deploy({"from": accounts[0]}), book)
    agreement = guaranteed(token)
    originate(book, agreement)
    go_to(DRAWABLE)
    drawn = call(book, "drawGuarantor", agreement).return_value
    token.setBlocked(GUARANTOR.address, True, {"from": accounts[0]})
    repay(book, agreement, drawn)
    assert book.creditOf(token, GUARANTOR.address) == drawn


# collateral


@pytest.fixture
def pledged(book, dollar, gold):
    agreement = secured(dollar, gold)
    originate(book, agreement)
    return agreement


def escrow(book, agreement):
    return tuple(book.escrowOf(loan_id(book, agreement)))


@pytest.fixture
def for_sale(book, pledged):
    go_to(ACCELERATION)
    call(book, "declareDefault", pledged, by=LENDER)
    call(book, "accelerate", pledged, by=LENDER)
    return pledged


def test_collateral_comes_into_escrow_and_is_topped_up(book, gold, pledged):
    assert escrow(book, pledged) == (gold.address, 10 * DOLLAR)
    assert gold.balanceOf(book) == 10 * DOLLAR
    tx = call(book, "addCollateral", pledged, 5 * DOLLAR, by=STRANGER)
    event = tx.events["CollateralAdded"]
    assert (event["from"], event["token"], event["amount"]) == (
        STRANGER.address,
        gold.address,
        5 * DOLLAR,
    )
    assert escrow(book, pledged) == (gold.address, 15 * DOLLAR)
    assert refused(book, "addCollateral", pledged, 0) == ("AmountZero",)


def test_no_loan_without_its_collateral(book, dollar, gold):
    agreement = secured(dollar, gold)
    gold.approve(book, 10 * DOLLAR - 1, {"from": sender(BORROWER)})
    answer = refusal(book, "originate", *origination(book, agreement), by=STRANGER)
    assert answer == ("TokenTransferFailed", gold.address, BORROWER.address, 10 * DOLLAR)


def test_collateral_that_takes_a_fee_cannot_enter(book, dollar):
    token = fund(AwkwardToken.deploy({"from": accounts[0]}), book)
    token.setMode(4, {"from": accounts[0]})
    agreement = secured(dollar, token)
    answer = refusal(book, "originate", *origination(book, agreement), by=STRANGER)
    assert answer == ("TokenTookFee", token.address, 10 * DOLLAR, 9_900_000)


def test_only_a_loan_with_collateral_takes_any(book, dollar):
    agreement = plain(dollar)
    originate(book, agreement)
    assert refused(book, "addCollateral", agreement, 1) == ("NotAgreed",)


def test_nothing_is_sold_before_acceleration(book, pledged):
    go_to(ACCELERATION)
    for step in ("declareDefault", None):
        answer = refused(book, "buyCollateral", pledged, 1, 10**12, by=BUYER)
        assert answer == ("StatusChanged", loan_id(book, pledged))
        if step:
            call(book, step, pledged, by=LENDER)


def test_the_price_falls_by_the_second_to_its_floor(book, for_sale):
    midnight = timestamp(ACCELERATION + timedelta(1))
    prices = {0: 1_500, 5 * DAY: 900, 10 * DAY: 300, 30 * DAY: 300}
    for elapsed, price in prices.items():
        rpc("evm_setNextBlockTimestamp", midnight + elapsed)
        rpc("evm_mine")
        tenth = price * DOLLAR // 10
        answer = refused(book, "buyCollateral", for_sale, DOLLAR, tenth - 1, by=BUYER)
        assert answer == ("CostAbove", tenth, tenth - 1)
    rpc("evm_setNextBlockTimestamp", midnight + 40 * DAY)
    tx = call(book, "buyCollateral", for_sale, DOLLAR, 30 * DOLLAR, by=BUYER)
    assert tuple(tx.return_value) == (DOLLAR, 30 * DOLLAR)


def test_the_price_is_rounded_for_the_debt(book, for_sale):
    rpc("evm_setNextBlockTimestamp", timestamp(ACCELERATION + timedelta(1)) + 12_345)
    tx = call(book, "buyCollateral", for_sale, 7, 10**6, by=BUYER)
    span, left = 10 * DAY, 10 * DAY - 12_345
    price = 300 * DOLLAR + -(-1_200 * DOLLAR * left // span)
    assert tuple(tx.return_value) == (7, -(-price * 7 // (10 * DOLLAR)))


def test_a_sale_pays_the_debt_and_the_surplus_goes_back(book, dollar, gold, for_sale):
    rpc("evm_setNextBlockTimestamp", timestamp(ACCELERATION, 3600))
    before = {
        party: (dollar.balanceOf(party.address), gold.balanceOf(party.address))
        for party in (BUYER, LENDER, BORROWER)
    }
    debt = owed_of(book, for_sale, timestamp(ACCELERATION)).due.total
    tx = call(book, "buyCollateral", for_sale, 2 * DOLLAR, 300 * DOLLAR, by=BUYER)
    assert tuple(tx.return_value) == (2 * DOLLAR, 300 * DOLLAR)
    event = tx.events["Paid"]
    assert (event["payer"], event["source"]) == (BUYER.address, Source.COLLATERAL)
    sold = tx.events["CollateralSold"]
    assert (sold["buyer"], sold["amount"], sold["price"]) == (
        BUYER.address,
        2 * DOLLAR,
        300 * DOLLAR,
    )
    assert refusal(book, "releaseCollateral", terms(for_sale), by=BORROWER) == (
        "LoanStillOpen",
        loan_id(book, for_sale),
    )
    # all the rest is for sale, but no more is taken than the debt needs
    rpc("evm_setNextBlockTimestamp", timestamp(ACCELERATION, 3700))
    tx = call(book, "buyCollateral", for_sale, 100 * DOLLAR, 2**256 - 1, by=BUYER)
    bought, cost = tx.return_value
    assert cost == debt - 300 * DOLLAR
    assert bought == cost * 10 * DOLLAR // (1_500 * DOLLAR) < 8 * DOLLAR
    assert "Closed" in tx.events
    assert debt_of(book, for_sale)[0].status == Status.CLOSED
    rest = 8 * DOLLAR - bought
    tx = book.releaseCollateral(terms(for_sale), {"from": sender(STRANGER)})
    released = tx.events["CollateralReleased"]
    assert (released["to"], released["amount"]) == (BORROWER.address, rest)
    assert dollar.balanceOf(LENDER.address) - before[LENDER][0] == debt
    assert before[BUYER][0] - dollar.balanceOf(BUYER.address) == debt
    assert gold.balanceOf(BUYER.address) - before[BUYER][1] == 2 * DOLLAR + bought
    assert gold.balanceOf(BORROWER.address) - before[BORROWER][1] == rest
    assert gold.balanceOf(book) == 0
    assert refusal(book, "releaseCollateral", terms(for_sale), by=BORROWER)[0] == "NoCredit"


def test_collateral_that_does_not_cover_leaves_a_debt(book, for_sale):
    go_to(ACCELERATION + timedelta(20))
    tx = call(book, "buyCollateral", for_sale, 2**256 - 1, 2**256 - 1, by=BUYER)
    assert tuple(tx.return_value) == (10 * DOLLAR, 300 * DOLLAR)
    assert debt_of(book, for_sale)[0].status == Status.DEFAULTED
    again = refused(book, "buyCollateral", for_sale, 1, 2**256 - 1, by=BUYER)
    assert again == ("NothingDue", loan_id(book, for_sale))
    book.payoff(terms(for_sale), 2**256 - 1, {"from": sender(BORROWER)})
    assert debt_of(book, for_sale)[0].status == Status.CLOSED


def test_what_was_added_is_for_sale_at_the_same_price(book, for_sale):
    call(book, "addCollateral", for_sale, 20 * DOLLAR)
    go_to(ACCELERATION + timedelta(20))
    tx = call(book, "buyCollateral", for_sale, 25 * DOLLAR, 2**256 - 1, by=BUYER)
    assert tuple(tx.return_value) == (25 * DOLLAR, 750 * DOLLAR)


def test_the_buyer_pays_or_gets_nothing(book, dollar, gold, for_sale):
    dollar.approve(book, 100 * DOLLAR, {"from": sender(BUYER)})
    before = escrow(book, for_sale), debt_of(book, for_sale)
    answer = refused(book, "buyCollateral", for_sale, 10 * DOLLAR, 2**256 - 1, by=BUYER)
    assert answer[0] == "TokenTransferFailed"
    assert (escrow(book, for_sale), debt_of(book, for_sale)) == before


def test_the_borrower_gets_its_collateral_back_however_the_loan_closes(book, gold, pledged):
    book.payoff(terms(pledged), 2**256 - 1, {"from": sender(BORROWER)})
    before = gold.balanceOf(BORROWER.address)
    tx = book.releaseCollateral(terms(pledged), {"from": sender(STRANGER)})
    assert tx.return_value == 10 * DOLLAR
    assert gold.balanceOf(BORROWER.address) - before == 10 * DOLLAR


def test_a_borrower_that_cannot_receive_its_collateral_is_credited(book, dollar):
    token = fund(AwkwardToken.deploy({"from": accounts[0]}), book)
    agreement = secured(dollar, token)
    originate(book, agreement)
    book.payoff(terms(agreement), 2**256 - 1, {"from": sender(BORROWER)})
    token.setBlocked(BORROWER.address, True, {"from": accounts[0]})
    book.releaseCollateral(terms(agreement), {"from": sender(STRANGER)})
    assert book.creditOf(token, BORROWER.address) == token.balanceOf(book) == 10 * DOLLAR
    book.claim(token, STRANGER.address, {"from": sender(BORROWER)})


def test_collateral_in_the_loans_own_token_is_kept_apart(book, dollar):
    agreement = secured(dollar, dollar)
    originate(book, agreement)
    assert dollar.balanceOf(book) == 10 * DOLLAR
    book.payoff(terms(agreement), 2**256 - 1, {"from": sender(BORROWER)})
    assert dollar.balanceOf(book) == 10 * DOLLAR
    book.releaseCollateral(terms(agreement), {"from": sender(BORROWER)})
    assert dollar.balanceOf(book) == 0


# security and new terms


def test_new_terms_complete_the_collateral_and_never_free_it(book, gold, pledged):
    more = renewed(book, pledged, START, FIRST, due_day=31, collateral=12 * DOLLAR)
    tx = amend(book, pledged, more, amendment_of(book, pledged))
    assert tx.events["CollateralAdded"]["amount"] == 2 * DOLLAR
    assert escrow(book, more) == (gold.address, 12 * DOLLAR)
    none = {
        "collateral_token": ZERO,
        "collateral": 0,
        "collateral_price": 0,
        "collateral_floor": 0,
        "auction_days": 0,
    }
    less = renewed(book, more, START, FIRST, due_day=31, **none)
    amend(book, more, less, amendment_of(book, more))
    # it lies there still: nobody can sell it, and it goes back in the end
    assert escrow(book, less) == (gold.address, 12 * DOLLAR)
    go_to(ACCELERATION)
    call(book, "declareDefault", less, by=LENDER)
    call(book, "accelerate", less, by=LENDER)
    answer = refused(book, "buyCollateral", less, 1, 2**256 - 1, by=BUYER)
    assert answer == ("NotAgreed",)
    book.payoff(terms(less), 2**256 - 1, {"from": sender(BORROWER)})
    tx = book.releaseCollateral(terms(less), {"from": sender(STRANGER)})
    assert tx.return_value == 12 * DOLLAR


def test_new_terms_cannot_exchange_collateral_that_lies_there(book, dollar, pledged):
    other = renewed(book, pledged, START, FIRST, due_day=31, collateral_token=dollar.address)
    arguments = amend_arguments(book, pledged, other, amendment_of(book, pledged))
    answer = refusal(book, "amend", *arguments, by=STRANGER)
    assert answer == ("ConditionsInvalid", "collateralToken")

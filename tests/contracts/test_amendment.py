"""Restructuring: what both sign, what becomes of the debt, and what kills a stale proposal."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
import typed
from agreements import (
    BORROWER,
    BUYER,
    DOLLAR,
    GUARANTOR,
    LENDER,
    NONE,
    START,
    STRANGER,
    changed,
    conditions,
    day_number,
    guaranteed,
    strict,
    terms,
    timestamp,
)
from signing import (
    amend_arguments,
    amendment_message,
    amendment_of,
    assign_arguments,
    assignment_of,
    digest,
    loan_id,
    origination,
    renewed,
    settle_arguments,
    settlement_message,
    settlement_of,
    sign,
    signature,
)
from support import (
    amend,
    debt_of,
    deploy_book,
    go_to,
    originate,
    owed_of,
    paid,
    refusal,
    rpc,
    sender,
)

from tallystick.loans.debt import Carry, Debt, Penalty
from tallystick.loans.kinds import Source, Status

LATE = date(2031, 3, 23)
NEXT = date(2031, 4, 30)
PENALTY = 1_050_000
"""Owed on that day for the missed first row."""


@pytest.fixture
def loan(book, dollar):
    agreement = strict(dollar)
    originate(book, agreement)
    return agreement


@pytest.fixture
def late(book, loan):
    go_to(LATE)
    return loan


def longer(book, loan, **changes):
    """From the day on, 24 rows at half the rate for at most $1,300."""
    shape = {
        "principal": 1_300 * DOLLAR,
        "installment": 56_000_000,
        "annual_rate": 60_000_000,
        "count": 24,
        "due_day": 30,
    }
    return renewed(book, loan, LATE, NEXT, **(shape | changes))


def unpaid(book, loan):
    """Penalty, interest and principal on that day."""
    owed = owed_of(book, loan, timestamp(LATE))
    return owed.due.penalty, owed.due.interest + owed.accrued, owed.outstanding


def refused(book, *arguments, by=STRANGER):
    return refusal(book, "amend", *arguments, by=by)


def test_new_terms_take_the_place_of_the_old(book, late):
    after = longer(book, late)
    penalty, interest, principal = unpaid(book, late)
    amendment = amendment_of(book, late, waived_penalty=penalty)
    tx = amend(book, late, after, amendment)
    identity, new = loan_id(book, late), "0x" + digest(book, after).hex()
    event = tx.events["Amended"]
    assert (str(event["loanId"]), str(event["termsAfter"])) == (identity, new)
    assert tuple(event["waived"]) == (penalty, 0, 0)
    assert (event["balance"], event["deferred"]) == (principal + interest, 0)
    assert [str(v) for v in event["agreement"]] == [
        str(v) if not isinstance(v, bytes) else "0x" + v.hex() for v in terms(after)
    ]
    assert (event["amendment"]["reason"], str(event["amendment"]["planHash"])) == (
        amendment.reason,
        "0x" + amendment.plan_hash.hex(),
    )
    assert debt_of(book, late) == (
        Debt(principal + interest, 0, 0, 0, Status.ACTIVE, amended=True),
        Penalty(),
        Carry(),
    )
    assert str(book.termsOf(identity)) == str(book.loanIdOf(terms(after))) == new
    assert book.holderOf(terms(after)) == LENDER.address

    # the old terms are history
    for method, *rest in (("pay", 1), ("payoff", 1), ("collect",), ("holderOf",)):
        answer = refusal(book, method, terms(late), *rest, by=BORROWER)
        assert answer == ("TermsNotInForce", identity)
    assert owed_of(book, late, timestamp(LATE)).payoff == 0

    # the new ones are paid
    go_to(NEXT)
    owed = owed_of(book, after, timestamp(NEXT))
    assert owed.due.total == 56_000_000
    book.collect(terms(after), {"from": sender(STRANGER)})
    assert debt_of(book, after)[0].row == 1


def test_unpaid_interest_waits_without_interest_if_so_agreed(book, late):
    penalty, interest, principal = unpaid(book, late)
    after = longer(book, late)
    amendment = amendment_of(book, late, waived_penalty=penalty, capitalise=False)
    tx = amend(book, late, after, amendment)
    assert (tx.events["Amended"]["balance"], tx.events["Amended"]["deferred"]) == (
        principal,
        interest,
    )
    assert debt_of(book, late)[2] == Carry(interest, 0)
    # the first row that pays interest carries it
    go_to(NEXT)
    own = book.scheduleOf(terms(after))
    owed = owed_of(book, after, timestamp(NEXT))
    assert owed.due.interest - interest < own[0][1]
    book.collect(terms(after), {"from": sender(STRANGER)})
    assert debt_of(book, late)[2] == Carry()


@pytest.mark.parametrize("share", [1, 2, 10**30])
def test_each_component_is_waived_up_to_what_is_owed(book, late, share):
    penalty, interest, principal = unpaid(book, late)
    most = 2**96 - 1
    amendment = amendment_of(
        book,
        late,
        waived_penalty=most,
        waived_interest=min(most, interest * share // 2),
        waived_principal=500 * DOLLAR,
    )
    tx = amend(book, late, longer(book, late), amendment)
    waived = (penalty, min(interest, interest * share // 2), 500 * DOLLAR)
    assert tuple(tx.events["Amended"]["waived"]) == waived
    assert tx.events["Amended"]["balance"] == sum((interest, principal)) - sum(waived[1:])


def test_a_penalty_that_is_not_waived_is_paid_first(book, late):
    penalty, _, _ = unpaid(book, late)
    after = longer(book, late)
    amendment = amendment_of(book, late, waived_penalty=penalty - 1)
    arguments = amend_arguments(book, late, after, amendment)
    assert refused(book, *arguments) == ("PenaltyOwed", 1)
    book.pay(terms(late), 1, {"from": sender(BORROWER)})
    book.amend(*arguments, {"from": sender(STRANGER)})


def test_a_payment_in_between_spoils_nothing(book, late):
    """Signed over terms and status, not over amounts: dust cannot grief a restructuring."""
    after = longer(book, late)
    amendment = amendment_of(book, late, waived_penalty=2 * PENALTY)
    arguments = amend_arguments(book, late, after, amendment)
    book.pay(terms(late), 1, {"from": sender(STRANGER)})
    book.pay(terms(late), 20 * DOLLAR, {"from": sender(BORROWER)})
    tx = book.amend(*arguments, {"from": sender(STRANGER)})
    assert tx.events["Amended"]["waived"][0] < PENALTY


def test_the_borrower_never_owes_more_than_it_signed(book, late):
    penalty, interest, principal = unpaid(book, late)
    amendment = amendment_of(book, late, waived_penalty=penalty)
    for most, works in ((principal + interest, True), (principal + interest - 1, False)):
        after = longer(book, late, principal=most, quantum=1)
        arguments = amend_arguments(book, late, after, amendment)
        if works:
            assert book.amend.call(*arguments, {"from": STRANGER.address}) == ()
        else:
            assert refused(book, *arguments) == ("DebtAbove", principal + interest, most)
    nothing_left = replace(amendment, waived_principal=2**96 - 1, waived_interest=2**96 - 1)
    arguments = amend_arguments(book, late, longer(book, late), nothing_left)
    assert refused(book, *arguments) == ("DebtAbove", 0, 1_300 * DOLLAR)


def test_it_takes_effect_once(book, late):
    after = longer(book, late)
    amendment = amendment_of(book, late, waived_penalty=PENALTY)
    arguments = amend_arguments(book, late, after, amendment)
    book.amend(*arguments, {"from": sender(STRANGER)})
    stale = ("TermsNotInForce", loan_id(book, late))
    assert refused(book, *arguments) == stale
    # nor does it count on top of the terms that it made
    onwards = (terms(after), *arguments[1:])
    assert refused(book, *onwards) == stale
    # two proposals over the same terms: the second is dead
    assert refused(book, *amend_arguments(book, late, longer(book, late, count=30), amendment)) == (
        stale
    )


def test_a_nonce_serves_one_amendment_and_can_be_revoked(book, late):
    amendment = amendment_of(book, late, waived_penalty=PENALTY)
    after = longer(book, late)
    used = changed(after, borrower_nonce=1)
    assert refused(book, *amend_arguments(book, late, used, amendment)) == (
        "NonceUsed",
        BORROWER.address,
        1,
    )
    arguments = amend_arguments(book, late, after, amendment)
    book.revokeNonce(after.conditions.lender_nonce, {"from": sender(LENDER)})
    assert refused(book, *arguments) == ("NonceUsed", LENDER.address, 101)


def test_no_signature_counts_for_anything_else(book, late, permit2):
    after = longer(book, late)
    amendment = amendment_of(book, late, waived_penalty=PENALTY)
    other = deploy_book(permit2)
    wrong = {
        "over the terms alone": sign(book, after, BORROWER),
        "for another book": signature(amendment_message(other, after, amendment), BORROWER),
        "over another decision": signature(
            amendment_message(book, after, replace(amendment, waived_principal=1)), BORROWER
        ),
        "over other terms": signature(
            amendment_message(book, changed(after, annual_rate=1), amendment), BORROWER
        ),
        "by the lender": signature(amendment_message(book, after, amendment), LENDER),
        "": b"",
    }
    for given in wrong.values():
        answer = refused(book, *amend_arguments(book, late, after, amendment, borrower=given))
        assert answer == ("SignatureInvalid", BORROWER.address)
    # and a signed amendment opens no second loan
    signed = signature(amendment_message(book, after, amendment), BORROWER)
    answer = refusal(book, "originate", *origination(book, after, borrower=signed), by=STRANGER)
    assert answer == ("AgreementInvalid", "amends")
    fresh = changed(after, amends=NONE)
    answer = refusal(book, "originate", *origination(book, fresh, borrower=signed), by=STRANGER)
    assert answer == ("SignatureInvalid", BORROWER.address)


def test_another_status_kills_the_proposal(book, late):
    amendment = amendment_of(book, late, waived_penalty=2**96 - 1)
    later = date(2031, 3, 30)
    after = renewed(book, late, later, NEXT, principal=1_300 * DOLLAR, due_day=30)
    arguments = amend_arguments(book, late, after, amendment)
    go_to(later)
    book.declareDefault(terms(late), conditions(late), {"from": sender(LENDER)})
    assert refused(book, *arguments) == ("StatusChanged", loan_id(book, late))
    agreed = replace(amendment, status_before=Status.DEFAULTED)
    tx = amend(book, late, after, agreed)
    assert "Amended" in tx.events
    assert debt_of(book, late)[0].status == Status.ACTIVE


def test_nobody_is_exchanged_by_new_terms(book, late, gold):
    amendment = amendment_of(book, late, waived_penalty=PENALTY)
    for party in (
        {"borrower": STRANGER.address},
        {"lender": STRANGER.address},
        {"token": gold.address},
    ):
        after = longer(book, late, **party)
        assert refused(book, *amend_arguments(book, late, after, amendment)) == ("PartyChanged",)
    for amends in (NONE, b"\1" * 32):
        after = longer(book, late, amends=amends)
        answer = refused(book, *amend_arguments(book, late, after, amendment))
        assert answer == ("AgreementInvalid", "amends")


def test_the_holder_of_the_claim_signs_not_who_lent(book, late):
    book.assign(
        *assign_arguments(book, late, assignment_of(book, late, BUYER)),
        {"from": sender(STRANGER)},
    )
    amendment = amendment_of(book, late, waived_penalty=PENALTY)
    after = longer(book, late)
    assert refused(book, *amend_arguments(book, late, after, amendment)) == ("PartyChanged",)
    after = longer(book, late, lender=BUYER.address)
    signed = signature(amendment_message(book, after, amendment), BUYER)
    arguments = amend_arguments(book, late, after, amendment)
    assert refused(book, *arguments) == ("SignatureInvalid", BUYER.address)
    amend(book, late, after, amendment, lender=signed)
    debt = debt_of(book, late)[0]
    assert (debt.assigned, debt.amended) == (False, True)
    assert book.holderOf(terms(after)) == BUYER.address


def test_a_guarantor_of_new_terms_signs_them_too(book, dollar):
    loan = guaranteed(dollar)
    originate(book, loan)
    go_to(LATE)
    amendment = amendment_of(book, loan, waived_penalty=PENALTY)
    after = longer(book, loan)
    arguments = amend_arguments(book, loan, after, amendment, guarantor=b"")
    assert refused(book, *arguments) == ("SignatureInvalid", GUARANTOR.address)
    amend(book, loan, after, amendment)
    assert book.isNonceUsed(GUARANTOR.address, 101)


def test_only_an_open_loan_is_amended_within_its_time(book, loan):
    amendment = amendment_of(book, loan)
    unknown = changed(loan, annual_rate=1)
    after = renewed(book, loan, START, date(2031, 2, 28))
    answer = refused(book, *amend_arguments(book, unknown, after, amendment))
    assert answer == ("LoanNotOpen", loan_id(book, unknown))
    tomorrow = START + timedelta(days=1)
    for start, first in ((tomorrow, tomorrow + timedelta(1)), (date(2031, 1, 1), START)):
        outside = changed(renewed(book, loan, start, first), deadline=timestamp(tomorrow))
        answer = refused(book, *amend_arguments(book, loan, outside, amendment))
        days = [day_number(day) for day in (start, first, START)]
        assert answer == ("OutsideStartWindow", *days)
    expired = changed(after, deadline=timestamp(START) - 1)
    answer = refused(book, *amend_arguments(book, loan, expired, amendment))
    assert answer[0] == "AgreementExpired"
    arguments = amend_arguments(book, loan, after, amendment)
    book.payoff(terms(loan), 2**256 - 1, {"from": sender(BORROWER)})
    assert refused(book, *arguments) == ("LoanNotOpen", loan_id(book, loan))


def test_a_rate_cut_after_a_prepayment_keeps_what_was_paid(book, loan):
    """Interest is settled to the day before terms change."""
    day = date(2031, 2, 14)
    go_to(day)
    book.pay(terms(loan), 606 * DOLLAR, {"from": sender(BORROWER)})
    after = renewed(
        book,
        loan,
        START,
        date(2031, 2, 28),
        due_day=31,
        annual_rate=60_000_000,
        principal=600 * DOLLAR,
        deadline=timestamp(day, 60 * 60),
    )
    tx = amend(book, loan, after, amendment_of(book, loan))
    assert tx.events["Amended"]["balance"] == 600 * DOLLAR
    # the same day's payoff is the rest, and a fortnight later half the interest has accrued
    assert owed_of(book, after, timestamp(day)).payoff == 600 * DOLLAR
    assert owed_of(book, after, timestamp(date(2031, 2, 28))).due.interest == 1_500_000


def test_a_payment_holiday_carries_its_interest_on(book, loan):
    after = renewed(
        book, loan, START, date(2031, 2, 28), due_day=31, grace_principal=3, grace_interest=3
    )
    amend(book, loan, after, amendment_of(book, loan))
    for day in (date(2031, 3, 1), date(2031, 5, 1)):
        assert owed_of(book, after, timestamp(day)).due.total == 0
    go_to(date(2031, 5, 31))
    tx = book.collect(terms(after), {"from": sender(STRANGER)})
    assert paid(tx)[1] == 4 * 12 * DOLLAR


def test_autopay_stays_switched_as_it_is(book, late):
    book.setAutopay(terms(late), False, {"from": sender(BORROWER)})
    amend(book, late, longer(book, late), amendment_of(book, late, waived_penalty=PENALTY))
    assert debt_of(book, late)[0].manual


# the watch


@pytest.fixture
def watched(book, loan):
    """Amended on the first day, standing restored after three rows in time."""
    after = renewed(book, loan, START, date(2031, 2, 28), due_day=31)
    amend(book, loan, after, amendment_of(book, loan, watch_rows=3))
    assert watch(book, after) == (3, 3)
    return after


def watch(book, agreement):
    debt = debt_of(book, agreement)[0]
    return debt.watch_left, debt.watch_rows


def pay_on(book, agreement, day):
    rpc("evm_setNextBlockTimestamp", timestamp(day))
    return book.collect(terms(agreement), {"from": sender(STRANGER)})


def test_rows_in_time_restore_the_standing(book, watched):
    pay_on(book, watched, date(2031, 2, 28))
    assert watch(book, watched) == (2, 3)
    pay_on(book, watched, date(2031, 4, 3))  # the last day of grace
    assert watch(book, watched) == (1, 3)
    tx = pay_on(book, watched, date(2031, 4, 30))
    assert str(tx.events["Restored"]["loanId"]) == loan_id(book, watched)
    assert watch(book, watched) == (0, 0)
    assert "Restored" not in pay_on(book, watched, date(2031, 5, 31)).events


def test_a_late_row_begins_the_watch_again(book, watched):
    pay_on(book, watched, date(2031, 2, 28))
    pay_on(book, watched, date(2031, 3, 31))
    pay_on(book, watched, date(2031, 5, 4))  # a day past grace
    assert watch(book, watched) == (3, 3)


def test_a_default_begins_the_watch_again(book, watched):
    pay_on(book, watched, date(2031, 2, 28))
    go_to(date(2031, 4, 30))
    book.declareDefault(terms(watched), conditions(watched), {"from": sender(LENDER)})
    assert watch(book, watched) == (3, 3)


@pytest.mark.parametrize("day", [date(2031, 3, 3), date(2031, 3, 4)])
def test_closing_in_time_restores_and_closing_late_does_not(book, watched, day):
    go_to(day)
    tx = book.payoff(terms(watched), 2**256 - 1, {"from": sender(BORROWER)})
    assert ("Restored" in tx.events) == (day == date(2031, 3, 3))
    assert "Closed" in tx.events


# settlement at a discount


def test_a_settlement_takes_the_agreed_amount_and_forgives_the_rest(book, dollar, late):
    penalty, interest, principal = unpaid(book, late)
    settlement = settlement_of(book, late, 800 * DOLLAR)
    arguments = settle_arguments(book, late, settlement)
    digest_ = typed.digest(settlement_message(book, settlement))
    assert str(book.settlementDigest(arguments[1])) == "0x" + digest_.hex()
    before = dollar.balanceOf(STRANGER.address), dollar.balanceOf(LENDER.address)
    tx = book.settle(*arguments, {"from": sender(STRANGER)})
    assert tx.return_value == 800 * DOLLAR
    event = tx.events["Paid"]
    assert (event["payer"], event["source"]) == (STRANGER.address, Source.SETTLEMENT)
    assert sum(paid(tx)[:4]) == 800 * DOLLAR
    parts = dict(zip(("penalty", "interest", "fee", "principal"), paid(tx)[:4], strict=True))
    settled = tx.events["Settled"]
    assert settled["waivedPenalty"] + parts["penalty"] == penalty
    assert settled["waivedInterest"] + parts["interest"] == interest
    assert settled["waivedPrincipal"] + parts["principal"] == principal
    assert parts == {"penalty": 0, "interest": 0, "fee": 0, "principal": 800 * DOLLAR}
    assert (settled["reason"], "Closed" in tx.events) == (8, True)
    assert debt_of(book, late)[0].status == Status.CLOSED
    assert debt_of(book, late)[1:] == (Penalty(), Carry())
    after = dollar.balanceOf(STRANGER.address), dollar.balanceOf(LENDER.address)
    assert (before[0] - after[0], after[1] - before[1]) == (800 * DOLLAR, 800 * DOLLAR)


def test_a_settlement_never_takes_more_than_the_payoff(book, late):
    payoff = owed_of(book, late, timestamp(LATE)).payoff
    arguments = settle_arguments(book, late, settlement_of(book, late, 2**96 - 1))
    tx = book.settle(*arguments, {"from": sender(BORROWER)})
    assert tx.return_value == payoff
    assert tx.events["Settled"]["waivedPrincipal"] == 0


def test_a_settlement_needs_both_and_dies_with_its_terms_nonce_and_time(book, late):
    settlement = settlement_of(book, late, 800 * DOLLAR)
    for role, party in (("borrower", BORROWER), ("lender", LENDER)):
        arguments = settle_arguments(book, late, settlement, **{role: b""})
        answer = refusal(book, "settle", *arguments, by=STRANGER)
        assert answer == ("SignatureInvalid", party.address)
    past = replace(settlement, deadline=timestamp(LATE) - 1)
    answer = refusal(book, "settle", *settle_arguments(book, late, past), by=STRANGER)
    assert answer[0] == "AgreementExpired"
    zero = replace(settlement, amount=0)
    answer = refusal(book, "settle", *settle_arguments(book, late, zero), by=STRANGER)
    assert answer == ("AmountZero",)
    book.revokeNonce(501, {"from": sender(BORROWER)})
    revoked = settle_arguments(book, late, replace(settlement, borrower_nonce=501))
    answer = refusal(book, "settle", *revoked, by=STRANGER)
    assert answer == ("NonceUsed", BORROWER.address, 501)
    arguments = settle_arguments(book, late, settlement)
    # new terms: the offer over the old ones is dead, and cannot be used on the new ones
    after = longer(book, late)
    amend(book, late, after, amendment_of(book, late, waived_penalty=PENALTY))
    stale = ("TermsNotInForce", loan_id(book, late))
    assert refusal(book, "settle", *arguments, by=STRANGER) == stale
    assert refusal(book, "settle", terms(after), *arguments[1:], by=STRANGER) == stale
    # once only
    fresh = settle_arguments(book, after, settlement_of(book, after, DOLLAR))
    book.settle(*fresh, {"from": sender(STRANGER)})
    assert refusal(book, "settle", *fresh, by=STRANGER)[0] == "LoanNotOpen"

"""`originate`: who can record a loan, with which signatures, terms and times."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from agreements import (
    BORROWER,
    DAY,
    DOLLAR,
    GUARANTOR,
    LENDER,
    START,
    STRANGER,
    changed,
    conditions,
    guaranteed,
    plain,
    terms,
    timestamp,
)
from brownie import ContractWallet, accounts
from eth_account import Account
from signing import digest, loan_id, origination, sign
from support import calldata, debt_of, deploy_book, go_to, originate, refusal, rpc, sender
from typed import conditions_hash

from tallystick.loans.debt import Carry, Debt, Penalty
from tallystick.loans.kinds import (
    DayCount,
    Status,
)

SECP256K1_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def refused(book, agreement, by=STRANGER, **given):
    return refusal(book, "originate", *origination(book, agreement, **given), by=by)


def test_moves_the_principal_and_records_the_loan(book, dollar):
    agreement = plain(dollar)
    tx = originate(book, agreement)
    identity = loan_id(book, agreement)
    assert str(tx.return_value) == identity == str(book.loanIdOf(terms(agreement)))
    assert str(book.termsOf(identity)) == identity
    assert book.holderOf(terms(agreement)) == LENDER.address
    assert str(book.conditionsHash(conditions(agreement))) == (
        "0x" + conditions_hash(agreement.conditions).hex()
    )
    assert dollar.balanceOf(BORROWER.address) == (1_000_000 + 1_200) * DOLLAR
    assert dollar.balanceOf(LENDER.address) == (1_000_000 - 1_200) * DOLLAR
    assert debt_of(book, agreement) == (
        Debt(1_200 * DOLLAR, 0, 0, 0, Status.ACTIVE),
        Penalty(),
        Carry(),
    )
    event = tx.events["Originated"]
    assert (event["borrower"], event["lender"]) == (BORROWER.address, LENDER.address)
    assert str(event["loanId"]) == identity
    for name, tuple_ in (("agreement", terms(agreement)), ("conditions", conditions(agreement))):
        assert [str(v) for v in event[name]] == [
            str(v) if not isinstance(v, bytes) else "0x" + v.hex() for v in tuple_
        ]
    assert book.isNonceUsed(BORROWER.address, 1)
    assert book.isNonceUsed(LENDER.address, 1)
    assert not book.isNonceUsed(LENDER.address, 2)


def test_domain_is_announced(book):
    fields, name, version, chain_id, contract, salt, extensions = book.eip712Domain()
    assert (str(fields), name, version) == ("0x0f", "Tallystick", "1")
    assert (chain_id, contract) == (int(rpc("eth_chainId"), 16), book.address)
    assert int(str(salt), 16) == 0
    assert extensions == ()


ROLES = {"borrower": BORROWER, "lender": LENDER, "guarantor": GUARANTOR}


@pytest.mark.parametrize("role", ROLES)
def test_a_party_that_sends_need_not_sign(book, dollar, role):
    agreement = guaranteed(dollar)
    arguments = origination(book, agreement, **{role: b""})
    book.originate(*arguments, {"from": sender(ROLES[role])})
    assert refused(book, agreement) == ("LoanExists", loan_id(book, agreement))


@pytest.mark.parametrize("role", ROLES)
def test_a_stranger_needs_every_signature(book, dollar, role):
    agreement = guaranteed(dollar)
    answer = refused(book, agreement, **{role: b""})
    assert answer == ("SignatureInvalid", ROLES[role].address)
    # nobody signs for another
    other = GUARANTOR if role != "guarantor" else BORROWER
    answer = refused(book, agreement, **{role: sign(book, agreement, other)})
    assert answer == ("SignatureInvalid", ROLES[role].address)


def test_a_compact_signature_is_a_signature(book, dollar):
    agreement = plain(dollar)
    signature = sign(book, agreement, BORROWER)
    s_and_parity = int.from_bytes(signature[32:64]) | (signature[64] - 27) << 255
    compact = signature[:32] + s_and_parity.to_bytes(32)
    originate(book, agreement, borrower=compact)


def test_a_malleable_signature_is_refused(book, dollar):
    agreement = plain(dollar)
    signature = sign(book, agreement, BORROWER)
    flipped = (SECP256K1_ORDER - int.from_bytes(signature[32:64])).to_bytes(32)
    malleable = signature[:32] + flipped + bytes([27 + 28 - signature[64]])
    answer = refused(book, agreement, borrower=malleable)
    assert answer == ("SignatureInvalid", BORROWER.address)


@pytest.mark.parametrize("garbage", [b"\1", b"\0" * 64, b"\0" * 65, b"\xff" * 65, b"\xff" * 300])
def test_garbage_is_no_signature(book, dollar, garbage):
    answer = refused(book, plain(dollar), by=BORROWER, borrower=garbage)
    assert answer == ("SignatureInvalid", BORROWER.address)


def test_a_signature_for_another_book_or_chain_is_refused(book, dollar, permit2):
    agreement = plain(dollar)
    other = deploy_book(permit2)
    assert digest(other, agreement) != digest(book, agreement)
    answer = refused(book, agreement, borrower=sign(other, agreement, BORROWER))
    assert answer == ("SignatureInvalid", BORROWER.address)


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("principal", 1_201 * DOLLAR),
        ("annual_rate", 120_000_001),
        ("prepayment_fee", 1),
        ("first_due_date", 20310331),
        ("penalty_rate", 0),
        ("day_count", DayCount.ACTUAL_365),
        ("document_hash", b"\1" * 32),
        ("default_days", 1),
        ("borrower_nonce", 2),
    ],
)
def test_no_term_can_differ_from_what_was_signed(book, dollar, member, value):
    agreement = plain(dollar)
    given = {"borrower": sign(book, agreement, BORROWER), "lender": sign(book, agreement, LENDER)}
    answer = refused(book, changed(agreement, **{member: value}), **given)
    assert answer == ("SignatureInvalid", BORROWER.address)


def test_conditions_are_those_of_the_agreement(book, dollar):
    agreement = plain(dollar)
    _, _, signed = origination(book, agreement)
    others = conditions(changed(agreement, default_days=1))
    answer = refusal(book, "originate", terms(agreement), others, signed, by=STRANGER)
    assert answer == ("ConditionsUnknown",)


def test_contract_wallets_sign_by_erc1271(book, dollar):
    wallet = ContractWallet.deploy(LENDER.address, {"from": accounts[0]})
    dollar.mint(wallet, 2_000 * DOLLAR, {"from": accounts[0]})
    approve = calldata(dollar, "approve", book.address, 2**256 - 1)
    wallet.execute(dollar, approve, {"from": sender(LENDER)})
    agreement = plain(dollar, lender=wallet.address)
    wallet.setRefuses(True, {"from": accounts[0]})
    assert refused(book, agreement) == ("SignatureInvalid", wallet.address)
    wallet.setRefuses(False, {"from": accounts[0]})
    originate(book, agreement)
    assert dollar.balanceOf(wallet) == 800 * DOLLAR


def test_a_delegated_account_keeps_its_key(book, dollar):
    # EIP-7702: the account's code is 0xef0100 and the delegate, here one without ERC-1271
    rpc("anvil_setCode", LENDER.address, "0xef0100" + dollar.address[2:].lower())
    agreement = plain(dollar)
    originate(book, agreement)


def test_the_same_agreement_cannot_be_used_twice(book, dollar):
    agreement = plain(dollar)
    originate(book, agreement)
    assert refused(book, agreement) == ("LoanExists", loan_id(book, agreement))


@pytest.mark.parametrize(
    ("member", "owner"), [("lender_nonce", BORROWER), ("borrower_nonce", LENDER)]
)
def test_a_nonce_serves_one_agreement(book, dollar, member, owner):
    originate(book, plain(dollar))
    second = plain(dollar, **{member: 2})
    assert refused(book, second) == ("NonceUsed", owner.address, 1)


def test_a_revoked_nonce_cannot_be_used(book, dollar):
    tx = book.revokeNonce(1, {"from": sender(LENDER)})
    assert dict(tx.events["NonceRevoked"]) == {"owner": LENDER.address, "nonce": 1}
    agreement = plain(dollar)
    assert refused(book, agreement) == ("NonceUsed", LENDER.address, 1)
    assert refusal(book, "revokeNonce", 1, by=LENDER) == ("NonceUsed", LENDER.address, 1)


def test_deadline_is_the_last_second(book, dollar):
    agreement = plain(dollar)
    deadline = agreement.conditions.deadline
    go_to(START + timedelta(days=2), 1)
    assert refused(book, agreement) == ("AgreementExpired", deadline, deadline + 1)


def test_at_the_deadline_it_still_counts(book, dollar):
    agreement = plain(dollar)
    rpc("evm_setNextBlockTimestamp", agreement.conditions.deadline)
    originate(book, agreement)


@pytest.mark.parametrize(
    ("start", "first"), [(date(2031, 2, 1), date(2031, 2, 28)), (date(2030, 12, 31), START)]
)
def test_starts_within_its_window(book, dollar, start, first):
    agreement = plain(
        dollar,
        start_date=int(start.strftime("%Y%m%d")),
        first_due_date=int(first.strftime("%Y%m%d")),
        deadline=timestamp(date(2032, 1, 1)),
    )
    days = [timestamp(day) // DAY for day in (start, first, START)]
    assert refused(book, agreement) == ("OutsideStartWindow", *days)


def test_a_chain_that_changes_its_id_keeps_its_loans_and_makes_no_new_ones(book, dollar):
    agreement = plain(dollar)
    originate(book, agreement)
    identity = str(book.loanIdOf(terms(agreement)))
    second = plain(dollar, borrower_nonce=2, lender_nonce=2)
    arguments = origination(book, second)
    chain_id = int(rpc("eth_chainId"), 16)
    rpc("anvil_setChainId", 999)
    try:
        assert str(book.loanIdOf(terms(agreement))) == identity
        assert book.pay.call(terms(agreement), DOLLAR, {"from": BORROWER.address}) == DOLLAR
        answer = refusal(book, "originate", *arguments, by=STRANGER)
        assert answer == ("ChainChanged", 999)
    finally:
        rpc("anvil_setChainId", chain_id)


def test_a_bound_that_is_broken_is_named(book, dollar):
    # each bound, on both sides, in tests/invariants/Bounds.t.sol
    for agreement, error in (
        (plain(dollar, quantum=0), ("AgreementInvalid", "quantum")),
        (plain(dollar, write_off_days=1), ("ConditionsInvalid", "writeOffDays")),
    ):
        assert refused(book, agreement) == error
    assert refusal(book, "scheduleOf", terms(plain(dollar, count=601)), by=BORROWER) == (
        "AgreementInvalid",
        "count",
    )


def test_a_lender_without_money_or_allowance(book, dollar):
    agreement = plain(dollar)
    failed = ("TokenTransferFailed", dollar.address, LENDER.address, 1_200 * DOLLAR)
    dollar.approve(book, 1_200 * DOLLAR - 1, {"from": sender(LENDER)})
    assert refused(book, agreement) == failed
    dollar.approve(book, 1_200 * DOLLAR, {"from": sender(LENDER)})
    dollar.transfer(STRANGER.address, 999_000 * DOLLAR, {"from": sender(LENDER)})
    assert refused(book, agreement) == failed


def test_a_token_that_is_no_contract(book, dollar):
    nobody = Account.create().address
    agreement = plain(dollar, token=nobody)
    assert refused(book, agreement) == (
        "TokenTransferFailed",
        nobody,
        LENDER.address,
        1_200 * DOLLAR,
    )

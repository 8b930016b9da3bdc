"""`originate`: who can record a loan, with which signatures, terms and times."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from brownie import ContractWallet, LoanBook, accounts
from eth_account import Account
from support import (
    BORROWER,
    DAY,
    DOLLAR,
    LENDER,
    START,
    STRANGER,
    calldata,
    digest,
    go_to,
    originate,
    plain,
    refusal,
    rpc,
    sender,
    sign,
    terms,
    timestamp,
)

from tallystick.loans.kinds import Amortization, Frequency

SECP256K1_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def both(book, agreement):
    return sign(book, agreement, BORROWER), sign(book, agreement, LENDER)


def test_moves_the_principal_and_records_the_loan(book, dollar):
    agreement = plain(dollar)
    tx = originate(book, agreement)
    loan_id = "0x" + digest(book, agreement).hex()
    assert str(tx.return_value) == loan_id == str(book.loanIdOf(terms(agreement)))
    assert dollar.balanceOf(BORROWER.address) == (1_000_000 + 1_200) * DOLLAR
    assert dollar.balanceOf(LENDER.address) == (1_000_000 - 1_200) * DOLLAR
    debt, penalty = book.debtOf(loan_id)
    assert tuple(debt) == (1_200 * DOLLAR, 0, 0, 0, 1, False)
    assert tuple(penalty) == (0, 0, 0)
    event = tx.events["Originated"]
    assert (event["borrower"], event["lender"]) == (BORROWER.address, LENDER.address)
    assert str(event["loanId"]) == loan_id
    assert [str(v) for v in event["agreement"]] == [
        str(v) if not isinstance(v, bytes) else "0x" + v.hex() for v in terms(agreement)
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


@pytest.mark.parametrize("party", [BORROWER, LENDER])
def test_a_party_that_sends_need_not_sign(book, dollar, party):
    agreement = plain(dollar)
    signatures = [sign(book, agreement, BORROWER), sign(book, agreement, LENDER)]
    signatures[(BORROWER, LENDER).index(party)] = b""
    book.originate(terms(agreement), *signatures, {"from": sender(party)})
    assert refusal(book, "originate", terms(agreement), *both(book, agreement), by=STRANGER) == (
        "LoanExists",
        "0x" + digest(book, agreement).hex(),
    )


@pytest.mark.parametrize("missing", [0, 1])
def test_a_stranger_needs_both_signatures(book, dollar, missing):
    agreement = plain(dollar)
    signatures = list(both(book, agreement))
    signatures[missing] = b""
    signer = (BORROWER, LENDER)[missing]
    answer = refusal(book, "originate", terms(agreement), *signatures, by=STRANGER)
    assert answer == ("SignatureInvalid", signer.address)


def test_a_compact_signature_is_a_signature(book, dollar):
    agreement = plain(dollar)
    signature = sign(book, agreement, BORROWER)
    s_and_parity = int.from_bytes(signature[32:64]) | (signature[64] - 27) << 255
    compact = signature[:32] + s_and_parity.to_bytes(32)
    book.originate(
        terms(agreement), compact, sign(book, agreement, LENDER), {"from": sender(STRANGER)}
    )


def test_a_malleable_signature_is_refused(book, dollar):
    agreement = plain(dollar)
    signature = sign(book, agreement, BORROWER)
    flipped = (SECP256K1_ORDER - int.from_bytes(signature[32:64])).to_bytes(32)
    malleable = signature[:32] + flipped + bytes([27 + 28 - signature[64]])
    answer = refusal(
        book,
        "originate",
        terms(agreement),
        malleable,
        sign(book, agreement, LENDER),
        by=STRANGER,
    )
    assert answer == ("SignatureInvalid", BORROWER.address)


@pytest.mark.parametrize("garbage", [b"\1", b"\0" * 64, b"\0" * 65, b"\xff" * 65, b"\xff" * 300])
def test_garbage_is_no_signature(book, dollar, garbage):
    agreement = plain(dollar)
    answer = refusal(
        book, "originate", terms(agreement), garbage, sign(book, agreement, LENDER), by=BORROWER
    )
    assert answer == ("SignatureInvalid", BORROWER.address)


def test_parties_cannot_sign_for_each_other(book, dollar):
    agreement = plain(dollar)
    borrower, lender = both(book, agreement)
    answer = refusal(book, "originate", terms(agreement), lender, borrower, by=STRANGER)
    assert answer == ("SignatureInvalid", BORROWER.address)


def test_a_signature_for_another_book_or_chain_is_refused(book, dollar):
    agreement = plain(dollar)
    other = LoanBook.deploy({"from": accounts[0]})
    assert digest(other, agreement) != digest(book, agreement)
    answer = refusal(book, "originate", terms(agreement), *both(other, agreement), by=STRANGER)
    assert answer == ("SignatureInvalid", BORROWER.address)


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("principal", 1_201 * DOLLAR),
        ("annual_rate", 120_000_001),
        ("document_hash", b"\1" * 32),
        ("first_due_date", 20310331),
        ("penalty_rate", 0),
    ],
)
def test_no_term_can_differ_from_what_was_signed(book, dollar, member, value):
    agreement = plain(dollar)
    changed = replace(agreement, **{member: value})
    answer = refusal(book, "originate", terms(changed), *both(book, agreement), by=STRANGER)
    assert answer == ("SignatureInvalid", BORROWER.address)


def test_contract_wallets_sign_by_erc1271(book, dollar):
    wallet = ContractWallet.deploy(LENDER.address, {"from": accounts[0]})
    dollar.mint(wallet, 2_000 * DOLLAR, {"from": accounts[0]})
    approve = calldata(dollar, "approve", book.address, 2**256 - 1)
    wallet.execute(dollar, approve, {"from": sender(LENDER)})
    agreement = plain(dollar, lender=wallet.address)
    signatures = both(book, agreement)
    wallet.setRefuses(True, {"from": accounts[0]})
    answer = refusal(book, "originate", terms(agreement), *signatures, by=STRANGER)
    assert answer == ("SignatureInvalid", wallet.address)
    wallet.setRefuses(False, {"from": accounts[0]})
    book.originate(terms(agreement), *signatures, {"from": sender(STRANGER)})
    assert dollar.balanceOf(wallet) == 800 * DOLLAR


def test_a_delegated_account_keeps_its_key(book, dollar):
    # EIP-7702: the account's code is 0xef0100 and the delegate, here one without ERC-1271
    rpc("anvil_setCode", LENDER.address, "0xef0100" + dollar.address[2:].lower())
    agreement = plain(dollar)
    originate(book, agreement)


def test_the_same_agreement_cannot_be_used_twice(book, dollar):
    agreement = plain(dollar)
    originate(book, agreement)
    answer = refusal(book, "originate", terms(agreement), *both(book, agreement), by=STRANGER)
    assert answer == ("LoanExists", "0x" + digest(book, agreement).hex())


@pytest.mark.parametrize(
    ("member", "owner"), [("lender_nonce", BORROWER), ("borrower_nonce", LENDER)]
)
def test_a_nonce_serves_one_agreement(book, dollar, member, owner):
    originate(book, plain(dollar))
    second = plain(dollar, **{member: 2})
    answer = refusal(book, "originate", terms(second), *both(book, second), by=STRANGER)
    assert answer == ("NonceUsed", owner.address, 1)


def test_a_revoked_nonce_cannot_be_used(book, dollar):
    tx = book.revokeNonce(1, {"from": sender(LENDER)})
    assert dict(tx.events["NonceRevoked"]) == {"owner": LENDER.address, "nonce": 1}
    agreement = plain(dollar)
    answer = refusal(book, "originate", terms(agreement), *both(book, agreement), by=STRANGER)
    assert answer == ("NonceUsed", LENDER.address, 1)
    assert refusal(book, "revokeNonce", 1, by=LENDER) == ("NonceUsed", LENDER.address, 1)


def test_deadline_is_the_last_second(book, dollar):
    agreement = plain(dollar)
    signed = both(book, agreement)
    go_to(START + timedelta(days=2), 1)
    answer = refusal(book, "originate", terms(agreement), *signed, by=STRANGER)
    assert answer == ("AgreementExpired", agreement.deadline, agreement.deadline + 1)


def test_at_the_deadline_it_still_counts(book, dollar):
    agreement = plain(dollar)
    rpc("evm_setNextBlockTimestamp", agreement.deadline)
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
    answer = refusal(book, "originate", terms(agreement), *both(book, agreement), by=STRANGER)
    days = [timestamp(day) // DAY for day in (start, first, START)]
    assert answer == ("OutsideStartWindow", *days)


def test_a_chain_that_changes_its_id_keeps_its_loans_and_makes_no_new_ones(book, dollar):
    agreement = plain(dollar)
    originate(book, agreement)
    loan_id = str(book.loanIdOf(terms(agreement)))
    second = plain(dollar, borrower_nonce=2, lender_nonce=2)
    signed = both(book, second)
    chain_id = int(rpc("eth_chainId"), 16)
    rpc("anvil_setChainId", 999)
    try:
        assert str(book.loanIdOf(terms(agreement))) == loan_id
        assert book.pay.call(terms(agreement), DOLLAR, {"from": BORROWER.address}) == DOLLAR
        answer = refusal(book, "originate", terms(second), *signed, by=STRANGER)
        assert answer == ("ChainChanged", 999)
    finally:
        rpc("anvil_setChainId", chain_id)


ZERO = "0x" + "00" * 20


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("borrower", {"borrower": ZERO}),
        ("lender", {"lender": ZERO}),
        ("lender", {"lender": BORROWER.address}),
        ("token", {"token": ZERO}),
        ("principal", {"principal": 0}),
        ("principal", {"principal": 2**96 - 1}),
        ("quantum", {"quantum": 0}),
        ("quantum", {"quantum": 1_200 * DOLLAR + 1}),
        ("annualRate", {"annual_rate": 10**10 + 1}),
        ("penaltyRate", {"penalty_rate": 10**10 + 1}),
        ("graceDays", {"grace_days": 366}),
        ("penaltyCapDays", {"penalty_cap_days": 3651}),
        ("every", {"every": 0}),
        ("every", {"every": 121}),
        ("every", {"frequency": Frequency.WEEKS, "due_day": 0, "every": 521}),
        ("every", {"frequency": Frequency.DAYS, "due_day": 0, "every": 3651}),
        ("count", {"count": 0}),
        ("count", {"count": 601}),
        ("count", {"every": 12, "count": 60}),
        ("count", {"amortization": Amortization.BULLET, "installment": 0}),
        ("startDate", {"start_date": 20310132}),
        ("startDate", {"start_date": 19691231}),
        ("firstDueDate", {"first_due_date": 20310229}),
        ("firstDueDate", {"first_due_date": 22000101}),
        ("firstDueDate", {"first_due_date": 20310131}),
        ("dueDay", {"due_day": 0}),
        ("dueDay", {"due_day": 32}),
        ("dueDay", {"due_day": 27}),
        ("dueDay", {"frequency": Frequency.WEEKS}),
        ("installment", {"installment": 0}),
        ("installment", {"amortization": Amortization.INTEREST_ONLY}),
        ("installment", {"amortization": Amortization.EQUAL_PRINCIPAL, "installment": 0}),
        (
            "installment",
            {"amortization": Amortization.EQUAL_PRINCIPAL, "installment": 110 * DOLLAR},
        ),
    ],
)
def test_terms_outside_their_bounds(book, dollar, field, changes):
    agreement = plain(dollar, **changes)
    answer = refusal(book, "originate", terms(agreement), b"", b"", by=BORROWER)
    assert answer == ("AgreementInvalid", field)
    assert refusal(book, "scheduleOf", terms(agreement), by=BORROWER) == answer


def test_a_lender_without_money_or_allowance(book, dollar):
    agreement = plain(dollar)
    signed = both(book, agreement)
    failed = ("TokenTransferFailed", dollar.address, LENDER.address, 1_200 * DOLLAR)
    dollar.approve(book, 1_200 * DOLLAR - 1, {"from": sender(LENDER)})
    assert refusal(book, "originate", terms(agreement), *signed, by=STRANGER) == failed
    dollar.approve(book, 1_200 * DOLLAR, {"from": sender(LENDER)})
    dollar.transfer(STRANGER.address, 999_000 * DOLLAR, {"from": sender(LENDER)})
    assert refusal(book, "originate", terms(agreement), *signed, by=STRANGER) == failed


def test_a_token_that_is_no_contract(book, dollar):
    nobody = Account.create().address
    agreement = plain(dollar, token=nobody)
    answer = refusal(book, "originate", terms(agreement), *both(book, agreement), by=STRANGER)
    assert answer == ("TokenTransferFailed", nobody, LENDER.address, 1_200 * DOLLAR)

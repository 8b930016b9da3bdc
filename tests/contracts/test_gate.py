"""Gates: whose attestations admit a party, and what a gate that misbehaves can do."""

from __future__ import annotations

from datetime import timedelta

import pytest
from agreements import (
    BORROWER,
    BUYER,
    DAY,
    ISSUER,
    LENDER,
    NONE,
    START,
    STRANGER,
    ZERO,
    plain,
    terms,
    timestamp,
)
from brownie import ContractWallet, FakeGate, IssuerGate, accounts, web3
from eth_abi import encode
from eth_utils import keccak
from signing import assign_arguments, assignment_of, attestation, origination
from support import go_to, originate, refusal, rpc, sender

RESIDENT = keccak(text="adult resident")
LICENSED = keccak(text="licensed lender")
NOW = timestamp(START)
ISSUED, EXPIRES = NOW - DAY, NOW + 2 * DAY


@pytest.fixture(scope="module")
def gate(book):
    deployed = IssuerGate.deploy(LENDER.address, {"from": accounts[0]})
    deployed.setIssuer(ISSUER.address, RESIDENT, True, {"from": sender(LENDER)})
    return deployed


def admits(gate, subject, proof, kind=RESIDENT):
    return gate.admits(subject.address, kind, proof)


def valid(gate, **changes):
    given = {"subject": BORROWER, "kind": RESIDENT, "issued": ISSUED, "expires": EXPIRES}
    return attestation(gate, *(given | changes).values())


def test_an_issuers_attestation_admits_its_subject_of_its_kind_only(gate):
    proof, digest = valid(gate)
    assert admits(gate, BORROWER, proof)
    assert str(gate.digestOf(BORROWER.address, RESIDENT, ISSUED, EXPIRES, NONE)) == (
        "0x" + digest.hex()
    )
    assert not admits(gate, LENDER, proof)
    assert not admits(gate, BORROWER, proof, LICENSED)
    assert not admits(gate, BORROWER, proof[:-1] + b"\0")
    assert not admits(gate, BORROWER, valid(gate, kind=LICENSED)[0], LICENSED)


def test_it_counts_from_its_first_second_to_its_last(gate):
    for issued, expires, counts in (
        (NOW + 10, EXPIRES, (False, True)),
        (ISSUED, NOW + 9, (True, False)),
        (NOW + 9, NOW + 9, (True, False)),
    ):
        proof, _ = valid(gate, issued=issued, expires=expires)
        for at, wanted in zip((NOW + 9, NOW + 10), counts, strict=True):
            answer = gate.admits.encode_input(BORROWER.address, RESIDENT, proof)
            call = {"to": gate.address, "data": answer}
            got = web3.provider.make_request("eth_call", [call, "latest", None, {"time": hex(at)}])[
                "result"
            ]
            assert int(got, 16) == wanted


def test_an_issuer_that_is_dismissed_no_longer_counts(gate):
    proof, _ = valid(gate)
    tx = gate.setIssuer(ISSUER.address, RESIDENT, False, {"from": sender(LENDER)})
    assert tx.events["IssuerSet"]["isIssuer"] is False
    assert not gate.isIssuer(ISSUER.address, RESIDENT)
    assert not admits(gate, BORROWER, proof)


def test_issuers_revoke_one_or_all_before_a_time(gate):
    first, digest = valid(gate)
    second, _ = valid(gate, issued=NOW - 10)
    gate.revoke(digest, {"from": sender(STRANGER)})
    assert admits(gate, BORROWER, first)
    gate.revoke(digest, {"from": sender(ISSUER)})
    assert gate.isRevoked(ISSUER.address, digest)
    assert not admits(gate, BORROWER, first)
    assert admits(gate, BORROWER, second)
    gate.revokeBefore(NOW - 10, {"from": sender(ISSUER)})
    assert admits(gate, BORROWER, second)
    gate.revokeBefore(NOW - 9, {"from": sender(ISSUER)})
    assert gate.revokedBefore(ISSUER.address) == NOW - 9
    assert not admits(gate, BORROWER, second)
    # a revocation is not taken back, and nothing is revoked before it is issued
    for time in (NOW - 9, NOW + DAY):
        assert refusal(gate, "revokeBefore", time, by=ISSUER) == ("TimeInvalid", time)


def test_garbage_is_no_attestation_and_no_error(gate):
    proof, _ = valid(gate)
    for garbage in (
        b"",
        proof[:127],
        proof[:128],
        b"\xff" * 193,
        b"\1" + proof[1:],  # dirty bits beside the issuer's address
        encode(["address", "uint256", "uint256"], [ISSUER.address, 0, 2**256 - 1]) + proof[96:],
    ):
        assert not admits(gate, BORROWER, garbage)


def test_a_contract_issues_by_erc1271(gate):
    wallet = ContractWallet.deploy(ISSUER.address, {"from": accounts[0]})
    gate.setIssuer(wallet, RESIDENT, True, {"from": sender(LENDER)})
    proof, _ = valid(gate)
    assert admits(gate, BORROWER, bytes(12) + bytes.fromhex(wallet.address[2:]) + proof[32:])


def test_only_the_owner_appoints_and_hands_over_in_two_steps(gate):
    call = (BUYER.address, RESIDENT, True)
    refused = ("OwnableUnauthorizedAccount", STRANGER.address)
    assert refusal(gate, "setIssuer", *call, by=STRANGER) == refused
    assert refusal(gate, "setIssuer", ZERO, RESIDENT, True, by=LENDER) == ("IssuerZero",)
    gate.transferOwnership(STRANGER.address, {"from": sender(LENDER)})
    assert gate.owner() == LENDER.address
    gate.acceptOwnership({"from": sender(STRANGER)})
    gate.setIssuer(*call, {"from": sender(STRANGER)})
    assert gate.isIssuer(BUYER.address, RESIDENT)


# the book and its gates


def test_the_book_asks_for_each_partys_attestation(book, dollar, gate):
    gate.setIssuer(ISSUER.address, LICENSED, True, {"from": sender(LENDER)})
    agreement = plain(dollar, gate=gate.address, borrower_kind=RESIDENT, lender_kind=LICENSED)
    borrower, _ = valid(gate)
    lender, _ = valid(gate, subject=LENDER, kind=LICENSED)
    for given, missing in (
        ({"lender_attestation": lender}, BORROWER),
        ({"borrower_attestation": borrower}, LENDER),
        ({"borrower_attestation": lender, "lender_attestation": lender}, BORROWER),
    ):
        arguments = origination(book, agreement, **given)
        answer = refusal(book, "originate", *arguments, by=STRANGER)
        assert answer[:2] == ("NotAdmitted", missing.address)
    originate(book, agreement, borrower_attestation=borrower, lender_attestation=lender)


def test_a_kind_that_is_not_demanded_is_not_asked_for(book, dollar, gate):
    agreement = plain(dollar, gate=gate.address, lender_kind=RESIDENT)
    originate(book, agreement, lender_attestation=valid(gate, subject=LENDER)[0])


def test_whoever_takes_the_claim_is_asked_too_and_payments_never_are(book, dollar, gate):
    agreement = plain(dollar, gate=gate.address, lender_kind=RESIDENT)
    originate(book, agreement, lender_attestation=valid(gate, subject=LENDER)[0])
    assignment = assignment_of(book, agreement, BUYER)
    arguments = assign_arguments(book, agreement, assignment)
    answer = refusal(book, "assign", *arguments, by=STRANGER)
    assert answer[:2] == ("NotAdmitted", BUYER.address)
    proof, digest = valid(gate, subject=BUYER)
    arguments = assign_arguments(book, agreement, assignment, attestation=proof)
    book.assign(*arguments, {"from": sender(STRANGER)})
    gate.revoke(digest, {"from": sender(ISSUER)})
    go_to(START + timedelta(days=28))
    book.collect(terms(agreement), {"from": sender(STRANGER)})


@pytest.mark.parametrize(
    ("answer", "reverts"),
    [
        (encode(["bool"], [False]), False),
        (encode(["uint256"], [2]), False),
        (b"", False),
        (b"\0" * 31, False),
        (encode(["bool"], [True]), True),
    ],
)
def test_a_gate_that_does_not_say_yes_admits_nobody(book, dollar, answer, reverts):
    fake = FakeGate.deploy({"from": accounts[0]})
    agreement = plain(dollar, gate=fake.address, borrower_kind=RESIDENT)
    assert book.originate.call(*origination(book, agreement), {"from": STRANGER.address})
    fake.setAnswer(answer, reverts, {"from": accounts[0]})
    refused = refusal(book, "originate", *origination(book, agreement), by=STRANGER)
    assert refused[:2] == ("NotAdmitted", BORROWER.address)


def test_a_gate_without_code_admits_nobody(book, dollar):
    agreement = plain(dollar, gate=BUYER.address, borrower_kind=RESIDENT)
    assert rpc("eth_getCode", BUYER.address, "latest") == "0x"
    refused = refusal(book, "originate", *origination(book, agreement), by=STRANGER)
    assert refused[:2] == ("NotAdmitted", BORROWER.address)

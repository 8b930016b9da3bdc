"""The pages' audit hashes terms and recovers signers as the backend and eth_account do."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from eth_utils import keccak
from tests.backend.web.test_proof_fold import NODE, random_lives

from tallystick.chain import calls
from tallystick.chain.calls import Consents
from tallystick.chain.consents import consents_in
from tallystick.chain.typed_data import amendment_digest, digest, recover
from tallystick.chain.words import AMENDMENT, terms_words
from tallystick.loans.consents import Amendment
from tallystick.loans.events import Originated
from tallystick.loans.kinds import Status

ROOT = Path(__file__).parents[3]
STATIC = ROOT / "backend" / "tallystick" / "web" / "static"
RUNNER = Path(__file__).with_name("audit.mjs")
CHAIN, BOOK = 31337, "0x9c52B2C4A89E2BE37972d18dA937cbAd8AA8bd50"
KEY = keccak(text="somebody")
AMENDED = Amendment(b"\7" * 32, Status.DEFAULTED, 1, 2**95, 3, True, 4, 5, b"\x08" * 32)
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def answers(folder: Path, questions: list[dict[str, Any]]) -> list[Any]:
    asked = folder / "questions"
    asked.write_text("\n".join(map(json.dumps, questions)))
    done = subprocess.run(
        [NODE, RUNNER, STATIC, asked], capture_output=True, text=True, check=True, timeout=60
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def _hex(value: bytes) -> str:
    return "0x" + value.hex()


@pytest.fixture(scope="module")
def agreements() -> list[Any]:
    lives = random_lives(40)
    return [
        event.agreement for life in lives for event in life.events if isinstance(event, Originated)
    ]


def test_terms_hash_to_the_same(agreements: list[Any], tmp_path: Path) -> None:
    place = {"chain": CHAIN, "book": BOOK}
    words = [terms_words(terms) for terms in agreements]
    asked = [{"ask": "terms", "words": _hex(one), **place} for one in words]
    for terms, given, told in zip(agreements, words, answers(tmp_path, asked), strict=True):
        assert told["words"] == _hex(given)
        assert told["digest"] == _hex(digest(terms, CHAIN, BOOK))
        plan = {"plan": []} if "plan" in told["json"] else {}
        assert told["json"] == {k: v for k, v in terms.to_json().items() if k != "plan"} | plan
    asked = [
        {"ask": "amendment", "words": _hex(one + AMENDMENT.encode(AMENDED)), **place}
        for one in words
    ]
    wanted = [_hex(amendment_digest(terms, AMENDED, CHAIN, BOOK)) for terms in agreements]
    assert answers(tmp_path, asked) == wanted


def test_a_signature_counts_for_whose_key_made_it(tmp_path: Path) -> None:
    hashes = [keccak(text=f"{number}") for number in range(20)]
    signed = [bytes(Account.unsafe_sign_hash(one, KEY).signature) for one in hashes]
    r, s, v = signed[0][:32], int.from_bytes(signed[0][32:64], "big"), signed[0][64]
    odd = [
        r + (ORDER - s).to_bytes(32, "big") + bytes([55 - v]),  # the other s
        signed[0][:64] + bytes([v - 27]),
        signed[0][:64] + bytes([29]),
        signed[0][:64],
        bytes(65),
        b"\xff" * 64,
        signed[0] + b"\0",
        signed[1],
    ]
    short = [one[:32] + _compact(one[32:64], one[64]) for one in signed]
    cases = [*zip(hashes, signed, strict=True), *zip(hashes, short, strict=True)]
    cases += [(hashes[0], one) for one in odd]
    asked = [{"ask": "signer", "hash": _hex(h), "signature": _hex(sig)} for h, sig in cases]
    told = answers(tmp_path, asked)
    assert told == [recover(h, sig) for h, sig in cases]
    assert told[:40] == [Account.from_key(KEY).address] * 40
    assert told[40] is None


def _compact(s: bytes, v: int) -> bytes:
    """EIP-2098: parity in the top bit of s."""
    return bytes([s[0] | (v - 27) << 7]) + s[1:]


@pytest.mark.parametrize("kind", ["legacy", "unprotected", "list", "fee"])
def test_a_transaction_tells_its_sender(kind: str, agreements: list[Any], tmp_path: Path) -> None:
    terms = agreements[0]
    data = calls.originate_call(terms, Consents(borrower=b"\1" * 65))
    sent: dict[str, Any] = {"to": BOOK, "data": _hex(data), "nonce": 200, "gas": 90_000, "value": 0}
    match kind:
        case "legacy":
            sent |= {"gasPrice": 10**9, "chainId": CHAIN}
        case "unprotected":
            sent |= {"gasPrice": 10**9}
        case "list":
            entry = {"address": BOOK, "storageKeys": [_hex(b"\1" * 32)]}
            sent |= {"type": 1, "gasPrice": 7, "chainId": CHAIN, "accessList": [entry]}
        case _:
            fees = {"maxFeePerGas": 10**9, "maxPriorityFeePerGas": 0}
            sent |= {"type": 2, "chainId": CHAIN, **fees}
    made = Account.sign_transaction(sent, KEY)
    asked: list[dict[str, Any]] = [{"ask": "transaction", "raw": _hex(bytes(made.raw_transaction))}]
    words = _hex(terms_words(terms))
    asked += [
        {"ask": "force", "data": _hex(call), "words": words, "amends": False}
        for call in (data, calls.declare_default_call(terms), data[:-40])
    ]
    told, *force = answers(tmp_path, asked)
    assert told == {
        "hash": _hex(bytes(made.hash)),
        "from": Account.from_key(KEY).address,
        "to": BOOK.lower(),
        "data": _hex(data),
    }
    assert force == [True, False, True]


def test_consents_are_found_in_the_calldata(agreements: list[Any]) -> None:
    first = agreements[0]
    other = replace(first, principal=first.principal + 1)
    given = Consents(b"\1" * 65, b"\2" * 64, b"", b"\3", b"")
    originate = calls.originate_call(first, given)
    amend = calls.amend_call(other, first, AMENDED, given)
    inside = calls.multicall_call([calls.originate_call(other, Consents()), originate])
    for call in (originate, amend, inside):
        assert consents_in(call, first) == given
    assert consents_in(originate, other) is None
    assert consents_in(calls.declare_default_call(first), first) is None
    assert consents_in(originate[:-300], first) is None
    assert consents_in(inside[:70], first) is None

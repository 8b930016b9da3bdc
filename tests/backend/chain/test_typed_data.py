"""Typed data and signatures against eth_account's general encoder."""

from __future__ import annotations

from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import _hash_eip191_message, encode_typed_data
from eth_utils import keccak
from tests.backend.chain.samples import AGREEMENT, AMENDMENT, ASSIGNMENT, BOOK, SETTLEMENT

from tallystick.chain.typed_data import (
    amendment_digest,
    amendment_typed_data,
    assignment_digest,
    assignment_typed_data,
    digest,
    recover,
    settlement_digest,
    settlement_typed_data,
    typed_data,
)

KEY = keccak(text="ada")
ADA = Account.from_key(KEY).address
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
DIGEST = digest(AGREEMENT, 31337, BOOK)


def signed() -> tuple[int, int, int]:
    signature = Account.unsafe_sign_hash(DIGEST, KEY)
    return signature.r, signature.s, signature.v


PLACE = (31337, BOOK)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (typed_data(AGREEMENT, *PLACE), DIGEST),
        (
            amendment_typed_data(AGREEMENT, AMENDMENT, *PLACE),
            amendment_digest(AGREEMENT, AMENDMENT, *PLACE),
        ),
        (settlement_typed_data(SETTLEMENT, *PLACE), settlement_digest(SETTLEMENT, *PLACE)),
        (assignment_typed_data(ASSIGNMENT, *PLACE), assignment_digest(ASSIGNMENT, *PLACE)),
    ],
    ids=lambda value: value["primaryType"] if isinstance(value, dict) else "",
)
def test_the_digest_is_what_wallets_compute(document: dict[str, Any], expected: bytes) -> None:
    assert _hash_eip191_message(encode_typed_data(full_message=document)) == expected


def test_the_digest_commits_to_chain_and_book() -> None:
    assert digest(AGREEMENT, 1, BOOK) != DIGEST
    assert digest(AGREEMENT, 31337, AGREEMENT.token) != DIGEST


def test_a_wallets_signature_is_recovered() -> None:
    r, s, v = signed()
    full = r.to_bytes(32, "big") + s.to_bytes(32, "big") + bytes([v])
    assert recover(DIGEST, full) == ADA
    assert recover(keccak(DIGEST), full) != ADA


def test_the_compact_form_is_recovered() -> None:
    r, s, v = signed()
    compact = r.to_bytes(32, "big") + (s | (v - 27) << 255).to_bytes(32, "big")
    assert recover(DIGEST, compact) == ADA


def test_high_s_is_refused() -> None:
    r, s, v = signed()
    twin = r.to_bytes(32, "big") + (ORDER - s).to_bytes(32, "big") + bytes([55 - v])
    assert recover(DIGEST, twin) is None


@pytest.mark.parametrize(
    "signature",
    [b"", b"\x01", bytes(64), bytes(65), b"\xff" * 65, b"\x01" * 64 + b"\x1d", b"\x01" * 66],
)
def test_what_is_no_signature_is_refused(signature: bytes) -> None:
    assert recover(DIGEST, signature) is None

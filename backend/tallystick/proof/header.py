"""Block headers: the bytes whose hash is the block hash."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import rlp
from rlp.exceptions import RLPException

from tallystick.chain.hashing import keccak
from tallystick.proof.errors import ProofRefused, ProofUnavailable

_BYTES, _INTEGER = False, True
_FIELDS = (
    ("parentHash", _BYTES),
    ("sha3Uncles", _BYTES),
    ("miner", _BYTES),
    ("stateRoot", _BYTES),
    ("transactionsRoot", _BYTES),
    ("receiptsRoot", _BYTES),
    ("logsBloom", _BYTES),
    ("difficulty", _INTEGER),
    ("number", _INTEGER),
    ("gasLimit", _INTEGER),
    ("gasUsed", _INTEGER),
    ("timestamp", _INTEGER),
    ("extraData", _BYTES),
    ("mixHash", _BYTES),
    ("nonce", _BYTES),
    ("baseFeePerGas", _INTEGER),
    ("withdrawalsRoot", _BYTES),
    ("blobGasUsed", _INTEGER),
    ("excessBlobGas", _INTEGER),
    ("parentBeaconBlockRoot", _BYTES),
    ("requestsHash", _BYTES),
)
"""Members as of Prague, in order; those from `baseFeePerGas` on came one fork after the other."""

_FIRST_FORK = 15


@dataclass(frozen=True, slots=True)
class Header:
    """What a proof needs of a header. `timestamp` in Unix seconds."""

    hash: bytes
    parent: bytes
    state_root: bytes
    receipts_root: bytes
    number: int
    timestamp: int


def encode_header(block: dict[str, Any]) -> bytes:
    """RLP of the header in a node's answer. Raises ProofUnavailable when its hash differs."""
    members: list[bytes] = []
    for place, (name, integer) in enumerate(_FIELDS):
        value = block.get(name)
        if value is None:
            if place < _FIRST_FORK:
                raise ProofUnavailable(f"the node gives blocks without {name}")
            break
        raw = bytes.fromhex(value[2:].rjust(len(value[2:]) + len(value) % 2, "0"))
        members.append(raw.lstrip(b"\0") if integer else raw)
    encoded: bytes = rlp.encode(members)
    if keccak(encoded).hex() != block["hash"][2:]:
        raise ProofUnavailable(
            f"the header of block {int(block['number'], 16)} has members that are not known here"
        )
    return encoded


def decode_header(encoded: bytes) -> Header:
    """The header in its RLP. Raises ProofRefused."""
    try:
        members = rlp.decode(encoded)
    except RLPException as error:
        raise ProofRefused("a header is not RLP") from error
    if not isinstance(members, list) or len(members) < _FIRST_FORK:
        raise ProofRefused("a header has too few members")
    parent, state_root, receipts_root = members[0], members[3], members[5]
    number, timestamp = members[8], members[11]
    hashes = (parent, state_root, receipts_root)
    if not all(isinstance(value, bytes) and len(value) == 32 for value in hashes) or not all(
        isinstance(value, bytes) and len(value) <= 8 for value in (number, timestamp)
    ):
        raise ProofRefused("a header has members of the wrong size")
    return Header(
        keccak(encoded),
        parent,
        state_root,
        receipts_root,
        int.from_bytes(number, "big"),
        int.from_bytes(timestamp, "big"),
    )

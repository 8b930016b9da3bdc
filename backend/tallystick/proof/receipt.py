"""Transaction receipts as a block's receipt trie holds them (EIP-2718)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import rlp
from rlp.exceptions import RLPException
from trie import HexaryTrie

from tallystick.proof.errors import ProofRefused, ProofUnavailable


@dataclass(frozen=True, slots=True)
class ReceiptLog:
    """A log in a receipt; `topics` concatenated."""

    address: bytes
    topics: bytes
    data: bytes


def trie_key(transaction_index: int) -> bytes:
    """Key of a transaction's receipt in its block's trie."""
    encoded: bytes = rlp.encode(transaction_index)
    return encoded


def encode_receipt(receipt: dict[str, Any]) -> bytes:
    """The receipt in a node's answer as the trie holds it."""
    kind = int(receipt.get("type") or "0x0", 16)
    status = receipt.get("status")
    members: list[Any] = [
        _integer(status) if status is not None else _bytes(receipt["root"]),
        _integer(receipt["cumulativeGasUsed"]),
        _bytes(receipt["logsBloom"]),
        [
            [
                _bytes(log["address"]),
                [_bytes(topic) for topic in log["topics"]],
                _bytes(log["data"]),
            ]
            for log in receipt["logs"]
        ],
    ]
    # deposits of the OP stack
    members += [_integer(receipt[n]) for n in _DEPOSIT if kind == 0x7E and receipt.get(n)]
    encoded: bytes = rlp.encode(members)
    return bytes([kind]) + encoded if kind else encoded


_DEPOSIT = ("depositNonce", "depositReceiptVersion")


def receipt_trie(receipts: list[dict[str, Any]], root: str) -> HexaryTrie:
    """The trie of a block's receipts. Raises ProofUnavailable when its root is not `root`."""
    trie = HexaryTrie({})
    with trie.squash_changes() as batch:
        for receipt in receipts:
            index = int(receipt["transactionIndex"], 16)
            batch[trie_key(index)] = encode_receipt(receipt)
    if trie.root_hash.hex() != root[2:]:
        raise ProofUnavailable("the node's receipts do not give the receipts root of their block")
    return trie


def logs_of(encoded: bytes) -> list[ReceiptLog]:
    """The logs of a receipt. Raises ProofRefused."""
    body = encoded[1:] if encoded[:1] < b"\x80" else encoded
    try:
        members = rlp.decode(body)
        return [
            ReceiptLog(_sized(address, 20), b"".join(_sized(t, 32) for t in topics), _sized(data))
            for address, topics, data in members[3]
        ]
    except (RLPException, TypeError, ValueError, IndexError) as error:
        raise ProofRefused("a receipt cannot be read") from error


def _sized(value: Any, size: int | None = None) -> bytes:
    if not isinstance(value, bytes) or size not in (None, len(value)):
        raise ValueError(value)
    return value


def _integer(text: str) -> bytes:
    number = int(text, 16)
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text[2:])

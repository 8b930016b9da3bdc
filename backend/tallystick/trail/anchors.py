"""Roots on chain, in a stream of `contracts/periphery/Anchor.sol`.

The stream belongs to the account that writes it; every root names the one before. So whoever trusts
the chain knows every root that this keeper ever anchored, in order, and when.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tallystick.chain.hashing import keccak
from tallystick.chain.rpc import Rpc
from tallystick.db import Database
from tallystick.trail import store
from tallystick.trail.errors import TrailBroken

if TYPE_CHECKING:  # signing comes along, slow to load, and who only reads needs none
    from tallystick.chain.sender import Receipt, Sender

STREAM = keccak(text="tallystick trail")
_ANCHOR = keccak(text="anchor(bytes32,bytes32,bytes32)")[:4]
_HEAD_OF = keccak(text="headOf(address,bytes32)")[:4]
_ANCHORED = "0x" + keccak(text="Anchored(address,bytes32,uint64,bytes32,bytes32)").hex()
_RANGE = 10_000
"""Blocks asked for at once; nodes refuse much longer ranges."""


@dataclass(frozen=True, slots=True)
class Anchored:
    """A root on chain: the `sequence`-th of its stream, counted from 1."""

    sequence: int
    root: bytes
    block_number: int
    tx_hash: bytes


def anchored_roots(rpc: Rpc, contract: str, keeper: str, from_block: int = 0) -> list[Anchored]:
    """Every root that `keeper` anchored from a block on, in order. Raises RpcError."""
    head = int(rpc.call("eth_blockNumber"), 16)
    topics = [_ANCHORED, "0x" + _word(keeper).hex(), "0x" + STREAM.hex()]
    found = []
    for first in range(from_block, head + 1, _RANGE):
        wanted = {
            "address": contract,
            "topics": topics,
            "fromBlock": hex(first),
            "toBlock": hex(min(head, first + _RANGE - 1)),
        }
        for log in rpc.call("eth_getLogs", wanted):
            data = bytes.fromhex(log["data"][2:])
            found.append(
                Anchored(
                    int(log["topics"][3], 16),
                    data[:32],
                    int(log["blockNumber"], 16),
                    bytes.fromhex(log["transactionHash"][2:]),
                )
            )
    return found


def head_of(rpc: Rpc, contract: str, keeper: str) -> bytes:
    """The newest root of a stream, zeros for none. Raises RpcError."""
    call = {"to": contract, "data": "0x" + (_HEAD_OF + _word(keeper) + STREAM).hex()}
    answer = bytes.fromhex(rpc.call("eth_call", call, "latest")[2:])
    if len(answer) != 96:
        raise TrailBroken(f"there is no anchor contract at {contract}")
    return answer[:32]


def anchor(db: Database, rpc: Rpc, sender: Sender, contract: str) -> Receipt | None:
    """Anchors the newest root; None when it is anchored already or the trail is empty.

    Raises `TrailBroken` when the newest root on chain is none of this trail, which was then
    rewritten or replaced; RpcError, SendError, BookRevert.
    """
    number, root = store.last(db)
    previous = head_of(rpc, contract, sender.address)
    if any(previous) and store.number_of(db, previous) is None:
        raise TrailBroken(f"the root 0x{previous.hex()} on chain is not of this trail")
    if number == 0 or root == previous:
        return None
    return sender.send(contract, _ANCHOR + STREAM + previous + root)


def _word(address: str) -> bytes:
    return bytes.fromhex(address[2:]).rjust(32, b"\0")

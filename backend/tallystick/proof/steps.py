"""From one trusted block hash to older blocks.

Since Prague every state holds the hashes of the 8191 blocks before it, in the storage of the
history contract (EIP-2935). So one storage proof leads from a block to any of those.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from tallystick.proof.document import Step
from tallystick.proof.errors import HashUntrusted, ProofRefused
from tallystick.proof.header import Header
from tallystick.proof.witness import Witness

HISTORY = bytes.fromhex("0000F90827F1C53a10cb7A02335B175320002935")
"""Address of the history contract."""
HISTORY_WINDOW = 8191
"""Blocks before a block whose hashes its state holds."""


def history_key(number: int) -> bytes:
    """Storage key of the hash of block `number`."""
    return (number % HISTORY_WINDOW).to_bytes(32, "big")


def walk(
    witness: Witness, first: Header, steps: Iterable[Step], trusted: Collection[bytes]
) -> dict[int, Header]:
    """Every block that the steps reach from `first`, by number. Raises ProofRefused."""
    reached = {first.number: first}
    wanting: list[str] = []
    for step in steps:
        stated = bytes.fromhex(step.hash[2:])
        what = f"block {step.block}"
        if step.by == "trusted":
            if stated not in trusted:
                wanting.append(step.hash)
        elif _follows(witness, reached, step) != stated:
            raise ProofRefused(f"the hash of {what} does not follow from block {step.of}")
        header = witness.header(stated, what)
        if header.number != step.block:
            raise ProofRefused(f"the header given for {what} is that of block {header.number}")
        reached[step.block] = header
    if wanting:
        raise HashUntrusted(wanting)
    return reached


def _follows(witness: Witness, reached: dict[int, Header], step: Step) -> bytes:
    """The hash of the step's block according to the block it comes from."""
    origin = reached.get(-1 if step.of is None else step.of)
    if origin is None:
        raise ProofRefused(f"block {step.block} is said to follow from a block not reached before")
    distance = origin.number - step.block
    if step.by == "parent" and distance == 1:
        return origin.parent
    if step.by == "history" and 1 <= distance <= HISTORY_WINDOW:
        what = f"the history at block {origin.number}"
        storage_root, _ = witness.account(origin.state_root, HISTORY, what)
        return witness.word(storage_root, history_key(step.block), what).to_bytes(32, "big")
    raise ProofRefused(f"block {step.block} cannot follow from block {step.of}")

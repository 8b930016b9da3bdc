"""Checking a trail against the roots on chain, and proving one entry against such a root."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tallystick.db import Database
from tallystick.trail import store
from tallystick.trail.anchors import Anchored
from tallystick.trail.entry import Entry, Fact, link
from tallystick.trail.errors import EntryUnknown, NotAnchored, ProofInvalid


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong, in a sentence. `first` and `last` are the entries that it concerns."""

    kind: str
    first: int
    last: int
    text: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """How many entries were read, up to which they are anchored, and what was found."""

    entries: int
    anchored: int
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Proof:
    """An entry, the chain's hash before it, and the leaves after it up to an anchored root."""

    entry: Entry
    before: bytes
    leaves: tuple[bytes, ...]

    def root(self) -> bytes:
        """The root that the proof leads to."""
        chain = link(self.before, self.entry.leaf())
        for leaf in self.leaves:
            chain = link(chain, leaf)
        return chain

    def to_json(self) -> dict[str, Any]:
        """The proof as JSON; bytes as 0x hex."""
        fact = self.entry.fact
        return {
            "entry": {
                "number": self.entry.number,
                "at": self.entry.at,
                "actor": fact.actor,
                "act": fact.act,
                "object": fact.object,
                "purpose": fact.purpose,
                "salt": "0x" + self.entry.salt.hex(),
            },
            "before": "0x" + self.before.hex(),
            "leaves": ["0x" + leaf.hex() for leaf in self.leaves],
            "root": "0x" + self.root().hex(),
        }

    @classmethod
    def from_json(cls, document: Any) -> Proof:
        """Reads `to_json`. Raises `ProofInvalid`."""
        try:
            given = document["entry"]
            fact = Fact(given["actor"], given["act"], given["object"], given["purpose"])
            entry = Entry(int(given["number"]), int(given["at"]), fact, _bytes(given["salt"]))
            proof = cls(
                entry,
                _bytes(document["before"]),
                tuple(_bytes(leaf) for leaf in document["leaves"]),
            )
            stated = _bytes(document["root"])
        except (KeyError, TypeError, ValueError) as error:
            raise ProofInvalid(f"the proof cannot be read: {error!r}") from error
        if proof.root() != stated:
            raise ProofInvalid("the proof does not lead to the root that it states")
        return proof


def verify(db: Database, roots: Sequence[Anchored], after: int = 0) -> Verdict:
    """Reads the trail after an entry, by default the whole, and compares it with every root on
    chain. Raises `EntryUnknown` where there is no entry `after`."""
    findings: list[Finding] = []
    start = store.chain_at(db, after)
    if start is None:
        raise EntryUnknown(f"there is no entry {after}")
    number, chain = after, start
    for entry, stored in store.entries(db, after + 1):
        if entry.number != number + 1:
            findings.append(_missing(number + 1, entry.number - 1))
        if entry.number == number + 1 and link(chain, entry.leaf()) != stored:
            findings.append(_changed(entry.number))
        # goes on from what is stored, so that one bad row is one finding
        number, chain = entry.number, stored
    anchored = 0
    for at, root in enumerate(roots, 1):
        if root.sequence != at:
            findings.append(Finding("roots", 0, 0, f"the node does not tell of root {at}"))
            break
        end = store.number_of(db, root.root)
        if end is None or end <= anchored:
            findings.append(_unknown_root(root, anchored + 1, number))
            break
        anchored = end
    return Verdict(number, anchored, tuple(findings))


def prove(db: Database, number: int, roots: Sequence[Anchored]) -> tuple[Proof, Anchored]:
    """The proof of an entry against the first root on chain that covers it.

    Raises `EntryUnknown`, `NotAnchored`, `ProofInvalid` when the rows do not lead to that root.
    """
    before = store.chain_at(db, number - 1) if number > 0 else None
    if before is None or store.chain_at(db, number) is None:
        raise EntryUnknown(f"there is no entry {number}")
    for root in roots:
        end = store.number_of(db, root.root)
        if end is not None and end >= number:
            break
    else:
        raise NotAnchored(f"no root on chain covers entry {number} yet")
    first, *rest = [entry for entry, _ in store.entries(db, number) if entry.number <= end]
    proof = Proof(first, before, tuple(entry.leaf() for entry in rest))
    if proof.root() != root.root:
        raise ProofInvalid(f"entries {number} to {end} do not lead to the root on chain")
    return proof, root


def _missing(first: int, last: int) -> Finding:
    which = f"entry {first} is" if first == last else f"entries {first} to {last} are"
    return Finding("removed", first, last, f"{which} missing")


def _changed(number: int) -> Finding:
    text = f"entry {number} was changed, or another was put in its place"
    return Finding("changed", number, number, text)


def _unknown_root(root: Anchored, first: int, last: int) -> Finding:
    text = (
        f"root {root.sequence}, anchored in block {root.block_number}, is not of this trail: "
        f"entries from {first} on were rewritten or cut off since"
    )
    return Finding("rewritten", first, max(first, last), text)


def _bytes(text: str) -> bytes:
    value = bytes.fromhex(text.removeprefix("0x"))
    if len(value) != 32:
        raise ValueError("not 32 bytes")
    return value

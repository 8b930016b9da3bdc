"""Entries and how they are chained.

::

    leaf(n)  = SHA-256(0x00 | salt | each member after its length)
    chain(n) = SHA-256(0x01 | chain(n - 1) | leaf(n)),  chain(0) = 32 zero bytes

A salt of 32 random bytes keeps a leaf from being guessed, so leaves can be shown to anybody.
Members are random ids and words, never personal data.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from tallystick.trail.errors import TrailError

START = bytes(32)
_WORD = re.compile(r"[A-Za-z0-9_.:/-]{0,120}")


@dataclass(frozen=True, slots=True)
class Fact:
    """`actor` did `act` to `object`, for `purpose`. Ids and words only, at most 120 characters."""

    actor: str
    act: str
    object: str
    purpose: str = ""

    def __post_init__(self) -> None:
        for member in (self.actor, self.act, self.object, self.purpose):
            if not _WORD.fullmatch(member):
                raise TrailError("a member of the trail is an id or a word")


@dataclass(frozen=True, slots=True)
class Entry:
    """A fact with its number from 1 on, its Unix second and its salt."""

    number: int
    at: int
    fact: Fact
    salt: bytes

    def leaf(self) -> bytes:
        """Hash of the entry alone."""
        fact = self.fact
        members = (
            str(self.number),
            str(self.at),
            fact.actor,
            fact.act,
            fact.object,
            fact.purpose,
        )
        encoded = b"".join(len(m.encode()).to_bytes(4, "big") + m.encode() for m in members)
        return hashlib.sha256(b"\x00" + self.salt + encoded).digest()


def link(before: bytes, leaf: bytes) -> bytes:
    """The chain's hash after one more entry."""
    return hashlib.sha256(b"\x01" + before + leaf).digest()

"""The book's events as they happen, and what a reorganisation takes back.

A follower remembers which blocks it has told of. When the index no longer holds the last of them,
the newest one that it still holds is where both agree: everything above it is withdrawn, and what
the chain says now follows. So whoever applies each message in turn ends with the chain's state.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, field, replace

from tallystick.api.problems import FieldError, Problem
from tallystick.api.schemas.events import LedgerEvent, Withdrawal
from tallystick.api.snapshot import Snapshot, hex_of
from tallystick.indexer import repository
from tallystick.indexer.repository import LoanFilter

PAGE = 100
_TRAIL = 512
"""Blocks remembered; of a reorganisation of more, or while nobody listened, the index knows."""
_END = 2**32
"""Beyond every log index of a block."""
_PLACE = re.compile(r"([0-9]{1,15})-([0-9]{1,10})-([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a follower is: everything up to this log of this block was told."""

    block: int
    log: int
    hash: bytes

    def __str__(self) -> str:
        return f"{self.block}-{self.log}-{self.hash.hex()}"

    @classmethod
    def parse(cls, text: str) -> Place:
        """The place in a `Last-Event-ID`. Raises `Problem`."""
        found = _PLACE.fullmatch(text)
        if found is None:
            error = FieldError("is no id of an event", parameter="Last-Event-ID")
            raise Problem("validation_failed", "Please check: Last-Event-ID.", errors=[error])
        return cls(int(found[1]), int(found[2]), bytes.fromhex(found[3]))


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a stream, with the place after it."""

    event: str
    place: Place
    data: LedgerEvent | Withdrawal

    def encode(self) -> str:
        """As a server-sent event."""
        return f"event: {self.event}\nid: {self.place}\ndata: {self.data.model_dump_json()}\n\n"


@dataclass(slots=True, eq=False, weakref_slot=True)
class Follower:
    """One stream. `place` None starts with what happens from now on."""

    concerning: LoanFilter
    place: Place | None
    _trail: deque[tuple[int, bytes]] = field(default_factory=lambda: deque(maxlen=_TRAIL))

    def read(self, snapshot: Snapshot) -> list[Message]:
        """What is new, at most a page; none when the follower is up to date."""
        db, head = snapshot.db, snapshot.head
        if self.place is None:
            self.place = Place(head.number, _END, head.hash)
        if not self._trail:
            self._remember(snapshot)
        messages = self._withdraw(snapshot)
        concerning = replace(self.concerning, chain=snapshot.chain.key)
        events = repository.events_after(db, (self.place.block, self.place.log), PAGE, concerning)
        for event in events:
            ref = event.ref
            self.place = Place(ref.block_number, ref.log_index, ref.block_hash)
            self._trail.append((ref.block_number, ref.block_hash))
            told = LedgerEvent.of(event, snapshot.reference(ref))
            messages.append(Message(told.type, self.place, told))
        if len(events) < PAGE and self._trail[-1] != (head.number, head.hash):
            self.place = Place(head.number, _END, head.hash)
            self._trail.append((head.number, head.hash))
        return messages

    def _remember(self, snapshot: Snapshot) -> None:
        """Starts the trail with the blocks below the place, if the chain still has its block."""
        assert self.place is not None  # noqa: S101 - set by the caller
        known = repository.recent_blocks(snapshot.db, _TRAIL, self.place.block, snapshot.chain.key)
        if known and known[0] == (self.place.block, self.place.hash):
            self._trail.extend(reversed(known))
        else:
            self._trail.append((self.place.block, self.place.hash))

    def _withdraw(self, snapshot: Snapshot) -> list[Message]:
        if self._kept(snapshot, *self._trail[-1]):
            return []
        while self._trail and not self._kept(snapshot, *self._trail[-1]):
            self._trail.pop()
        if not self._trail:
            self._trail.append(self._survivor(snapshot))
        number, hash_ = self._trail[-1]
        self.place = Place(number, _END, hash_)
        told = Withdrawal(block_number=number, block_hash=hex_of(hash_), as_of=snapshot.as_of())
        return [Message("reorg", self.place, told)]

    def _survivor(self, snapshot: Snapshot) -> tuple[int, bytes]:
        """The newest block below the place that stayed; the one before the book's first if none."""
        assert self.place is not None  # noqa: S101 - set by the caller
        stayed = repository.survivor(snapshot.db, self.place.hash, snapshot.chain.key)
        if stayed is not None:
            return stayed
        books = repository.books(snapshot.db, snapshot.chain_id)
        first = min(book.from_block for book in books)
        base = repository.recent_blocks(snapshot.db, 1, first - 1, snapshot.chain.key)
        return base[0] if base else (0, b"\0" * 32)

    def _kept(self, snapshot: Snapshot, number: int, hash_: bytes) -> bool:
        known = repository.recent_blocks(snapshot.db, 1, number, snapshot.chain.key)
        return known == [(number, hash_)]

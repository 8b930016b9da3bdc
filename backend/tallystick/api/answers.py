"""Answers that were given already, as bytes, until the index changes.

Many callers ask the same between two blocks. What depends on nothing but the index and the day is
kept as it was sent, and given again while no transaction was committed to the database in between.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, TypeVar

from tallystick.db import Database

MOST_BYTES = 64 * 1024 * 1024
_DAY = 86_400
_ENTRY_BYTES = 1_000
"""What an entry takes beside its body, roughly."""

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Answer:
    """The body of a 200, with its type and its ETag."""

    body: bytes
    media_type: str
    etag: str


def steady(endpoint: Endpoint) -> Endpoint:
    """Marks an endpoint whose answer depends on its URL, the index and the day alone."""
    endpoint.steady = True  # type: ignore[attr-defined]
    return endpoint


def is_steady(endpoint: Callable[..., Any]) -> bool:
    return getattr(endpoint, "steady", False)


class AnswerCache:
    """At most `most_bytes` of answers, those unused for longest dropped first.

    For one thread, that of the event loop. `settable`: the day may change at any moment, as on a
    development chain, so nothing is kept for longer than a second. `facts` tells of what else an
    answer is made of, outside the database.
    """

    def __init__(
        self,
        db: Database,
        *,
        settable: bool,
        facts: Callable[[], Hashable] = lambda: None,
        wall: Callable[[], float] = time.time,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        self._db = db
        self._unit = 1 if settable else _DAY
        self._facts = facts
        self._wall = wall
        self._most = most_bytes
        self._kept: OrderedDict[bytes, Answer] = OrderedDict()
        self._bytes = 0
        self._version: Hashable = None

    def version(self) -> Hashable:
        """Stands for everything answers depend on; to be read before an answer is made."""
        (commits,) = self._db.execute("PRAGMA data_version").fetchone()
        return commits, int(self._wall()) // self._unit, self._facts()

    def get(self, url: bytes, version: Hashable) -> Answer | None:
        """The answer to the URL if it was made at this version."""
        if version != self._version:
            self._kept.clear()
            self._bytes, self._version = 0, version
            return None
        answer = self._kept.get(url)
        if answer is not None:
            self._kept.move_to_end(url)
        return answer

    def put(self, url: bytes, version: Hashable, answer: Answer) -> None:
        """Keeps an answer made after `version` was read; nothing if the world has moved on."""
        if version != self._version or url in self._kept:
            return
        self._kept[url] = answer
        self._bytes += _size(url, answer)
        while self._bytes > self._most:
            dropped = self._kept.popitem(last=False)
            self._bytes -= _size(*dropped)

    def close(self) -> None:
        """Closes the connection."""
        self._db.conn.close()


def _size(url: bytes, answer: Answer) -> int:
    return len(url) + len(answer.body) + _ENTRY_BYTES

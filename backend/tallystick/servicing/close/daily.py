"""One run of the close for a book: finish, put right, go on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from tallystick.servicing.close import store
from tallystick.servicing.close.restate import restate
from tallystick.servicing.close.run import Closer
from tallystick.servicing.close.store import Close


class Corrected(NamedTuple):
    """Lines of dates closed before that were written again."""

    lines: int


def close_book(
    closer: Closer, chain_id: int, book: str, first: int | None = None
) -> Iterator[Close | Corrected]:
    """Closes every date that has ended, in order, and says what was done.

    What was interrupted is finished first, and what the chain has changed is corrected before a
    further date is closed. Raises `CloseRefused`, `CloseTaken`.
    """
    last = store.closes(closer.db, chain_id, book, 1)
    if last and last[0].done_at is None:
        yield closer.finish(last[0])
    while True:
        lines = restate(closer, chain_id, book)
        if lines:
            yield Corrected(lines)
        day = closer.next_day(chain_id, book, first)
        if day is None:
            return
        begun = closer.begin(chain_id, book, day)
        if begun is not None:
            yield closer.finish(begun)

"""What servicing does by itself, over and over: the job and the command do the same."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from tallystick.config import Settings
from tallystick.indexer.repository import open_index
from tallystick.jobs.job import NotYet, Turn
from tallystick.servicing.close.daily import Corrected, close_book
from tallystick.servicing.close.run import Closer
from tallystick.servicing.close.store import Close, open_close_file
from tallystick.servicing.policy import ServicingPolicy

Done = tuple[int, str, Close | Corrected]
"""Chain id, book, and what was done."""


def close_all(settings: Settings, first: int | None = None) -> Iterator[Done]:
    """Closes every date that has ended, of every book.

    Raises DatabaseMissing, SchemaOutdated, PolicyInvalid, CloseRefused, CloseTaken.
    """
    with _closer(settings) as closer:
        for chain_id, book in closer.books():
            for done in close_book(closer, chain_id, book, first):
                yield chain_id, book, done


@contextmanager
def _closer(settings: Settings) -> Iterator[Closer]:
    policy = ServicingPolicy.read(settings.servicing_policy)
    with open_index(settings.db) as index, open_close_file(settings.servicing) as db:
        yield Closer(index, db, policy, lambda: int(time.time()))


def close(settings: Settings, _: Turn) -> str:
    """The job. What it has to do is written in its own file, so it asks for no turn of its own."""
    if not settings.db.exists():
        raise NotYet("there is no index yet")
    done = list(close_all(settings))
    closed = sum(isinstance(what, Close) for _, _, what in done)
    corrected = sum(what.lines for _, _, what in done if isinstance(what, Corrected))
    return f"{closed} dates closed, {corrected} lines corrected"

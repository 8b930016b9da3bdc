"""Writes texts behind the index: first those that were touched, then all, the oldest first.

Every loan is looked at once after a start, and once on every day of the chain, as texts end with
due days; only what is missing is made. In the order of ids the file is as small as it can be. After
each round the writer rests as long as it worked, so that answers are not kept waiting.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from tallystick.api.problems import Problem
from tallystick.api.snapshot import Snapshot, View
from tallystick.api.state import ServerState
from tallystick.api.texts.store import attach_index, missing, open_texts, put_texts, stale_rows
from tallystick.api.texts.text import write_text
from tallystick.api.tokens import UnknownTokens
from tallystick.db import Database
from tallystick.indexer import repository
from tallystick.indexer.marks import hidden_books, loan_further_on, marks_of, touched
from tallystick.indexer.repository import Cursor
from tallystick.indexer.schema import event_id

PAGE = 200
WINDOW = 2_000
"""Loans that are looked at in one statement when nothing is known to have happened to them."""
_PAUSE_SECONDS = 0.5
_AFTER_TROUBLE_SECONDS = 2.0

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class _Progress:
    """How far the writer is on one chain: ids of the last event that was seen, and of the last
    loan that was looked at in the walk through all, None after the walk; `hidden` are books that
    were left out."""

    cursor: Cursor
    seen: int
    day: int
    hidden: set[int]
    walked: int | None = 0


class Writer:
    """For one thread."""

    def __init__(self, state: ServerState) -> None:
        self._state = state
        self._db: Database = open_texts(state.settings.db)
        attach_index(self._db, state.settings.db)
        self._progress: dict[int, _Progress] = {}

    def round(self) -> bool:
        """Looks at some loans of each chain; whether there was anything to look at."""
        with self._state.snapshot() as snapshot:
            busy = [self._advance(snapshot, chain_id) for chain_id in snapshot.views]
        return any(busy)

    def _advance(self, snapshot: Snapshot, chain_id: int) -> bool:
        view = snapshot.views[chain_id]
        here = replace(
            snapshot,
            chain_id=chain_id,
            views={chain_id: View(view.chain, view.now, UnknownTokens())},
        )
        progress = self._standing(here)
        events = touched(here.db, here.chain.key, progress.seen, PAGE)
        if events:
            progress.seen = events[-1][0]
            self._write(here, sorted({loan for _, loan in events}))
        elif progress.walked is not None:
            self._walk(here, progress)
        else:
            return False
        return True

    def _write(self, here: Snapshot, rows: Sequence[int]) -> None:
        """Makes the texts that are missing of these loans."""
        wanted = missing(self._db, marks_of(here.db, rows), here.today)
        states = {
            state.loan_id: state
            for state in repository.loans_of(here.db, [mark.row for mark in wanted])
        }
        texts = [
            (mark, write_text(here, states[mark.loan_id]))
            for mark in wanted
            if mark.loan_id in states  # not of a book that still catches up
        ]
        if texts:
            put_texts(self._db, texts)

    def _walk(self, here: Snapshot, progress: _Progress) -> None:
        """Looks at the next loans of all."""
        assert progress.walked is not None  # noqa: S101 - the caller asked
        last = loan_further_on(here.db, here.chain.key, progress.walked, WINDOW)
        if last is None:
            progress.walked = None
            return
        stale = stale_rows(self._db, progress.walked, last, here.today)[:PAGE]
        self._write(here, stale)
        progress.walked = stale[-1] if len(stale) == PAGE else last

    def _standing(self, here: Snapshot) -> _Progress:
        """Where the writer is. It begins again on another day, after a reorganisation, and when a
        book has caught up."""
        chain, head, hidden = here.chain, here.head, hidden_books(here.db)
        progress = self._progress.get(chain.key)
        if progress is not None and (progress.day, progress.hidden) == (here.today, hidden):
            last = progress.cursor
            if head == last:
                return progress
            kept = repository.recent_blocks(here.db, 1, last.number, chain.key)
            if head.number >= last.number and kept == [(last.number, last.hash)]:
                progress.cursor = head
                return progress
        seen = event_id(head.number + 1, 0, chain.key) - 1
        progress = _Progress(head, seen, here.today, hidden)
        self._progress[chain.key] = progress
        return progress

    def close(self) -> None:
        """Closes the file."""
        self._db.close()


@contextmanager
def writing_texts(state: ServerState) -> Iterator[None]:
    """Writes meanwhile, in a thread of its own."""
    stop = threading.Event()
    thread = threading.Thread(target=_run, args=(state, stop), name="texts", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _run(state: ServerState, stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            _write(Writer(state), stop)
        except Exception:  # answers are made without texts, more slowly
            logger.exception("texts are not written")
            stop.wait(_AFTER_TROUBLE_SECONDS)


def _write(writer: Writer, stop: threading.Event) -> None:
    try:
        while not stop.is_set():
            begun = time.monotonic()
            try:
                busy = writer.round()
            except Problem:  # nothing is indexed yet
                busy = False
            stop.wait(time.monotonic() - begun if busy else _PAUSE_SECONDS)
    finally:
        writer.close()

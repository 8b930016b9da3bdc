"""Fetching ahead of the writer, so that the node's time and ours overlap."""

from __future__ import annotations

import threading
import time
from queue import Empty, Full, Queue

from tallystick.chain.errors import RpcRefused, RpcUnavailable
from tallystick.indexer.pace import Pace
from tallystick.indexer.source import Batch, Header, Log, Source

_WAITING = 1
"""Batches that may wait for the writer: with their size, what bounds the memory."""
_EVENTS = 24_000
"""Written together: a loan that is paid several times among them is written once."""
_SECONDS = 2.0
"""After which what was fetched is written, however little it is."""


def fetch_paced(source: Source, pace: Pace, first: int, last: int) -> Batch:
    """As many blocks from `first` on, up to `last`, as the pace says.

    What the node refuses is asked for again in smaller ranges, down to one block. Raises RpcError,
    SourceError.
    """
    while True:
        until = min(last, first + pace.blocks - 1)
        began = time.monotonic()
        try:
            batch = source.fetch(first, until)
        except (RpcRefused, RpcUnavailable):
            if not pace.failed():
                raise
        else:
            pace.succeeded(time.monotonic() - began, len(batch.headers), len(batch.logs))
            return batch


class Ahead:
    """Fetches blocks `first` to `last` in a thread of its own; `take` gives them in order."""

    def __init__(self, source: Source, pace: Pace, first: int, last: int) -> None:
        self._source = source
        self._pace = pace
        self._next = first
        self._last = last
        self._queue: Queue[Batch | Exception | None] = Queue(_WAITING)
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="fetch", daemon=True)
        self._thread.start()

    def take(self) -> Batch | None:
        """The next batch, None after the last. Raises RpcError, SourceError: nothing follows."""
        found = self._queue.get()
        if isinstance(found, Exception):
            raise found
        return found

    def close(self) -> None:
        """Ends the thread; what it fetched is dropped."""
        self._closed.set()
        while self._thread.is_alive():
            try:
                self._queue.get_nowait()  # it may wait for room
            except Empty:
                self._thread.join(0.01)

    def _run(self) -> None:
        try:
            while self._next <= self._last and not self._closed.is_set():
                self._put(self._fetch())
            self._put(None)
        except Exception as error:  # noqa: BLE001 - raised in the writer's thread
            self._put(error)
        finally:
            self._source.close()

    def _fetch(self) -> Batch:
        until = time.monotonic() + _SECONDS
        headers: list[Header] = []
        logs: list[Log] = []
        while self._next <= self._last and len(logs) < _EVENTS and time.monotonic() < until:
            batch = fetch_paced(self._source, self._pace, self._next, self._last)
            if headers and batch.headers[0].parent != headers[-1].hash:
                break  # a reorg in between: what is written first will show it
            headers += batch.headers
            logs += batch.logs
            self._next = headers[-1].number + 1
        return Batch(headers, logs)

    def _put(self, found: Batch | Exception | None) -> None:
        while not self._closed.is_set():
            try:
                self._queue.put(found, timeout=0.1)
            except Full:
                continue
            return

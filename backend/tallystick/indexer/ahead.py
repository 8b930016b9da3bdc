"""Fetching ahead of the writer, in a process of its own: parsing what the node says costs as much
as all the rest, and two processes use two cores.

The process reads what to do from its input and answers with frames: a length of 8 bytes, and that
many bytes of `marshal`, as both ends run the same Python. It ends when nobody reads any more.
"""

from __future__ import annotations

import gc
import logging
import marshal
import os
import signal
import subprocess
import sys
import threading
import time
from queue import Queue
from typing import IO, Any

from tallystick.chain.errors import RpcError, RpcRefused, RpcUnavailable
from tallystick.indexer.errors import SourceError
from tallystick.indexer.pace import Pace
from tallystick.indexer.source import Batch, Header, Log, Source, SourceSettings, as_log

_FIRST_EVENTS, _EVENTS = 3_000, 24_000
"""Written together: a loan that is paid several times among them is written once. Few at first, so
that the writer need not wait."""
_SECONDS = 2.0
"""After which what was fetched is written, however little it is."""
_PIPE_BYTES = 1 << 20
_SIZE_BYTES = 8

logger = logging.getLogger(__name__)


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
    """Fetches blocks `first` to `last` in a process of its own; `take` gives them in order."""

    def __init__(self, source: Source, pace: Pace, first: int, last: int) -> None:
        self.first = first
        self._pace = pace
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tallystick.indexer.ahead"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pipesize=_PIPE_BYTES,
        )
        assert self._process.stdin and self._process.stdout  # noqa: S101, PT018 - both are pipes
        self._frames: IO[bytes] = self._process.stdout
        # by its input, because addresses of nodes hold secrets and arguments are seen by everybody
        with self._process.stdin as orders:
            orders.write(marshal.dumps((tuple(source.settings), pace.blocks, first, last)))

    def take(self) -> Batch | None:
        """The next batch; None when nothing follows, be it the end or a problem with the node."""
        size = self._frames.read(_SIZE_BYTES)
        frame = self._frames.read(int.from_bytes(size)) if size else b""
        if len(frame) == 0:
            return None
        self._pace.blocks, headers, logs = marshal.loads(frame)  # noqa: S302 - our own process
        return Batch(list(map(Header._make, headers)), list(map(as_log, logs)))

    def close(self) -> None:
        """Ends the process; what it fetched is dropped."""
        self._process.kill()
        self._frames.close()
        self._process.wait()


def main() -> None:
    """The process."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)  # tuples without cycles
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the writer, which ends this
    settings, blocks, first, last = marshal.load(sys.stdin.buffer)  # noqa: S302 - from the writer
    source, pace = Source.of(SourceSettings(*settings)), Pace(blocks)
    frames: Queue[bytes] = Queue(1)  # one waits while the next is fetched: what bounds the memory
    threading.Thread(target=_write, args=(frames,), daemon=True).start()
    events = _FIRST_EVENTS
    while first <= last:
        headers, logs = _fetch(source, pace, first, last, events)
        if not headers:
            break
        frames.put(marshal.dumps((pace.blocks, list(map(tuple, headers)), list(map(tuple, logs)))))
        first = headers[-1].number + 1
        events = min(2 * events, _EVENTS)
    frames.put(b"")
    frames.join()


def _fetch(
    source: Source, pace: Pace, first: int, last: int, events: int
) -> tuple[list[Header], list[Log]]:
    """Blocks to be written together; fewer, or none, when the node's answers break off."""
    until = time.monotonic() + _SECONDS
    headers: list[Header] = []
    logs: list[Log] = []
    while first <= last and len(logs) < events and time.monotonic() < until:
        try:
            batch = fetch_paced(source, pace, first, last)
        except (RpcError, SourceError) as error:
            logger.warning("fetching ahead ends at block %d: %s", first, error)
            break
        if headers and batch.headers[0].parent != headers[-1].hash:
            break  # a reorg in between: what is written first will show it
        headers += batch.headers
        logs += batch.logs
        first = headers[-1].number + 1
    return headers, logs


def _write(frames: Queue[bytes]) -> None:
    output: Any = sys.stdout.buffer
    try:
        while True:
            frame = frames.get()
            output.write(len(frame).to_bytes(_SIZE_BYTES) + frame)
            output.flush()
            frames.task_done()
    except OSError:  # the writer is gone
        os._exit(0)


if __name__ == "__main__":
    main()

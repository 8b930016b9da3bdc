"""Fetching ahead of the writer, in a process of its own: parsing what the node says costs as much
as all the rest, and two processes use two cores.

The process says when it is ready, reads what to do from its input and answers with frames: a length
of 8 bytes, and that many bytes of `marshal`, as both ends run the same Python. Batches in them
follow each other. It ends when nobody reads any more.
"""

from __future__ import annotations

import contextlib
import logging
import marshal
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from queue import Queue
from typing import IO, Any

from tallystick.chain.errors import LogUndecodable, RpcError, RpcRefused, RpcUnavailable
from tallystick.indexer.errors import SourceError
from tallystick.indexer.lean import be_lean
from tallystick.indexer.pace import Pace
from tallystick.indexer.source import Batch, Header, Source, SourceSettings, as_log, told_by

_SECONDS = 2.0
"""For which batches are gathered into one transaction: a loan that is paid several times in it is
written once. Other chains of the index wait meanwhile."""
_PATIENCE = 0.1
"""Seconds to wait for one more."""
_WAITING = 2
"""Batches that wait to be read, besides the one that is fetched: what bounds the memory."""
_PIPE_BYTES = 1 << 20
_SIZE_BYTES = 8
_READY = b"ready"

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
    """Fetches blocks in a process of its own, which takes a moment to start.

    Once it is `ready`, `begin` says which, and `take` and `at_hand` give them in order.
    """

    def __init__(self, source: Source, pace: Pace) -> None:
        self.first = 0
        """The first block that it fetches; 0 as long as none was asked for."""
        self._source = source
        self._pace = pace
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tallystick.indexer.ahead"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pipesize=_PIPE_BYTES,
        )
        assert self._process.stdin and self._process.stdout  # noqa: S101, PT018 - both are pipes
        self._orders: IO[bytes] = self._process.stdin
        self._frames: IO[bytes] = self._process.stdout

    def ready(self, seconds: float = 0.0) -> bool:
        """Whether there is something to read from the process, at once or within `seconds`."""
        return bool(select.select([self._frames], [], [], max(0.0, seconds))[0])

    def begin(self, first: int, last: int) -> None:
        """Fetch blocks `first` to `last`. Only once, and when it is ready."""
        self.first = first
        self._frames.read(len(_READY))
        # by its input, because addresses of nodes hold secrets and arguments are seen by everybody
        orders: Any = tuple(self._source.settings), self._pace.blocks, first, last
        with contextlib.suppress(BrokenPipeError), self._orders as pipe:
            pipe.write(marshal.dumps(orders))

    def at_hand(self) -> Iterator[Batch]:
        """What can be taken soon enough to be written together."""
        until = time.monotonic() + _SECONDS
        while (left := until - time.monotonic()) > 0 and self.ready(min(left, _PATIENCE)):
            batch = self.take()
            if batch is None:
                return
            yield batch

    def take(self) -> Batch | None:
        """The next batch; None when nothing follows, be it the end or a problem with the node."""
        size = int.from_bytes(self._frames.read(_SIZE_BYTES))
        frame = self._frames.read(size)
        if not size or len(frame) < size:
            return None
        self._pace.blocks, batch = decode(frame)
        return batch

    def close(self) -> None:
        """Ends the process; what it fetched is dropped."""
        self._process.kill()
        with contextlib.suppress(BrokenPipeError):
            self._orders.close()
        self._frames.close()
        self._process.wait()


def encode(blocks: int, batch: Batch) -> bytes:
    """A frame: the pace, and the batch with what its logs tell, so that the writer, which has
    most to do, need not read them. Raises LogUndecodable."""
    headers, logs = (list(map(tuple, rows)) for rows in (batch.headers, batch.logs))
    return marshal.dumps((blocks, headers, logs, dict(batch.codes), told_by(batch.logs)))


def decode(frame: bytes) -> tuple[int, Batch]:
    """The inverse."""
    blocks, headers, logs, codes, told = marshal.loads(frame)  # noqa: S302 - our own
    heads = list(map(Header._make, headers))
    return blocks, Batch(heads, list(map(as_log, logs)), codes, told)


def main() -> None:
    """The process."""
    be_lean()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the writer, which ends this
    frames: Queue[bytes] = Queue(_WAITING)
    threading.Thread(target=_write, args=(frames,), daemon=True).start()
    frames.put(_READY)
    settings, blocks, first, last = marshal.load(sys.stdin.buffer)  # noqa: S302 - from the writer
    source, pace = Source.of(SourceSettings(*settings)), Pace(blocks)
    parent = None
    while first <= last:
        try:
            batch = fetch_paced(source, pace, first, last)
            frame = encode(pace.blocks, batch)
        except (RpcError, SourceError, LogUndecodable) as error:
            logger.warning("fetching ahead ends at block %d: %s", first, error)
            break
        if parent not in (None, batch.headers[0].parent):
            break  # a reorg in between: what is written first will show it
        frames.put(len(frame).to_bytes(_SIZE_BYTES) + frame)
        parent, first = batch.headers[-1].hash, batch.headers[-1].number + 1
    frames.join()


def _write(frames: Queue[bytes]) -> None:
    output: Any = sys.stdout.buffer
    try:
        while True:
            output.write(frames.get())
            output.flush()
            frames.task_done()
    except OSError:  # the writer is gone
        os._exit(0)


if __name__ == "__main__":
    main()

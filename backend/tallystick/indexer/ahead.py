"""Fetching ahead of the writer, in a process of its own: parsing what the node says costs as much
as all the rest, and two processes use two cores.

The process reads what to do from its input and answers with frames: a length of 8 bytes, and that
many bytes of `marshal`, as both ends run the same Python. Batches in them
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
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from queue import Queue
from typing import IO, Any

from tallystick.chain.errors import LogUndecodable, RpcError, RpcRefused, RpcUnavailable
from tallystick.indexer.errors import SourceError
from tallystick.indexer.lean import be_lean
from tallystick.indexer.pace import Pace
from tallystick.indexer.source import Answer, Batch, Header, Source, SourceSettings, as_log, told_by

_SECONDS = 2.0
"""For which batches are gathered into one transaction: a loan that is paid several times in it is
written once. Other chains of the index wait meanwhile."""
_PATIENCE = 0.1
"""Seconds to wait for one more."""
_WAITING = 20
"""Batches that wait to be read, besides the two that are fetched: about a megabyte each. The writer
does not read while it folds and writes loans, which takes it as long as a dozen take here."""
_PIPE_BYTES = 1 << 20
_SIZE_BYTES = 8

logger = logging.getLogger(__name__)


def fetch_paced(source: Source, pace: Pace, first: int, last: int) -> Batch:
    """As many blocks from `first` on, up to `last`, as the pace says.

    What the node refuses is asked for again in smaller ranges, down to one block. Raises RpcError,
    SourceError.
    """
    while True:
        answer = _ask_paced(source, pace, first, last)
        try:
            return source.read(answer)
        except (RpcRefused, RpcUnavailable):  # the code of custom rows, of which there are too many
            if not pace.failed():
                raise


def fetch_all(source: Source, pace: Pace, first: int, last: int) -> Iterator[Batch]:
    """All blocks from `first` to `last`, in batches as the pace says.

    While one answer is read, the node is asked for the next, as each takes about as long as the
    other. Raises RpcError, SourceError.
    """
    with ThreadPoolExecutor(1) as asking:
        asked = asking.submit(_ask_paced, source, pace, first, last)
        while True:
            answer = asked.result()
            more = answer.last < last
            if more:
                asked = asking.submit(_ask_paced, source, pace, answer.last + 1, last)
            yield source.read(answer)
            if not more:
                return


def _ask_paced(source: Source, pace: Pace, first: int, last: int) -> Answer:
    while True:
        until = min(last, first + pace.blocks - 1)
        began = time.monotonic()
        try:
            answer = source.ask(first, until)
        except (RpcRefused, RpcUnavailable):
            if not pace.failed():
                raise
        else:
            pace.succeeded(time.monotonic() - began, until - first + 1, len(answer.logs))
            return answer


class Ahead:
    """Fetches blocks `first` to `last` in a process of its own; `take` and `at_hand` give them in
    order."""

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
        orders: Any = tuple(source.settings), pace.blocks, first, last
        with contextlib.suppress(BrokenPipeError), self._process.stdin as pipe:
            pipe.write(marshal.dumps(orders))

    def at_hand(self, meanwhile: Callable[[], bool]) -> Iterator[Batch]:
        """What can be taken soon enough to be written together. While there is nothing to take,
        `meanwhile` is called as long as it says that it did something."""
        until = time.monotonic() + _SECONDS
        while (left := until - time.monotonic()) > 0:
            while not (there := self._readable(0)) and meanwhile():
                pass
            if not there and not self._readable(min(left, _PATIENCE)):
                return
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
        self._frames.close()
        self._process.wait()

    def _readable(self, seconds: float) -> bool:
        return bool(select.select([self._frames], [], [], seconds)[0])


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
    settings, blocks, first, last = marshal.load(sys.stdin.buffer)  # noqa: S302 - from the writer
    source, pace = Source.of(SourceSettings(*settings)), Pace(blocks)
    parent = None
    try:
        for batch in fetch_all(source, pace, first, last):
            if parent not in (None, batch.headers[0].parent):
                break  # a reorg in between: what is written first will show it
            frame = encode(pace.blocks, batch)
            frames.put(len(frame).to_bytes(_SIZE_BYTES) + frame)
            parent, first = batch.headers[-1].hash, batch.headers[-1].number + 1
    except (RpcError, SourceError, LogUndecodable) as error:
        logger.warning("fetching ahead ends at block %d: %s", first, error)
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

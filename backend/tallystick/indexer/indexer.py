"""Follows a chain: one step after another, each leaving the index exact at some block."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Self

from tallystick.chain.deployment import Deployment, verify
from tallystick.chain.errors import RpcError
from tallystick.chain.rpc import Rpc
from tallystick.db import open_database
from tallystick.indexer.ahead import Ahead, fetch_paced
from tallystick.indexer.errors import SourceBehind, SourceError
from tallystick.indexer.lock import WriterLock
from tallystick.indexer.pace import Pace
from tallystick.indexer.repository import Cursor
from tallystick.indexer.source import Batch, Header, Source
from tallystick.indexer.store import Store

POLL_SECONDS = 0.1
_SOURCE_RETRIES = 5
_OUTAGE_SECONDS = 5.0
"""Longest pause between attempts while the node does not answer."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Progress:
    """Where the index stands against the node.

    `head` is the last one seen, at `seen_at` (Unix seconds; None before the first answer);
    `problem` says why the index does not advance, None when all is well.
    """

    number: int
    head: int
    seen_at: float | None = None
    reorgs: int = 0
    problem: str | None = None

    @property
    def lag(self) -> int:
        """Blocks between the index and the last head seen."""
        return max(0, self.head - self.number)


class Indexer:
    """The writer of the index at `path` for one book. A context manager; `close` lets go.

    Construction takes the writer's lock, checks the node against `deployment` and opens or begins
    the index. Raises WriterBusy, DeploymentError, OtherBook, RpcError, SourceBehind.
    """

    def __init__(
        self,
        rpc: Rpc,
        deployment: Deployment,
        path: Path,
        *,
        poll_seconds: float = POLL_SECONDS,
        check_bloom: bool = True,
    ) -> None:
        # Block 0 holds no logs, and the block before the first one is where the chain of hashes
        # begins.
        self._deployment = replace(deployment, from_block=max(1, deployment.from_block))
        self._source = Source(rpc, deployment.book, check_bloom=check_bloom)
        self._poll_seconds = poll_seconds
        self._pace = Pace()
        self._ahead: Ahead | None = None
        self._lock = WriterLock(path)
        try:
            identity = verify(rpc, self._deployment)
            self._db = open_database(path, rebuildable=True)
            self._store = Store(self._db, self._deployment)
            base = self._base()
            self._cursor = self._store.open(identity, base)
            self._head = base  # the last one seen
        except BaseException:
            self.close()
            raise
        self._progress = Progress(self._cursor.number, self._cursor.number)

    @property
    def cursor(self) -> Cursor:
        """The block at which the index is exact."""
        return self._cursor

    @property
    def progress(self) -> Progress:
        """A consistent picture, also from other threads."""
        return self._progress

    def run_until_head(self, report: Callable[[Progress], None] | None = None) -> Cursor:
        """Catches up with the head as it is when reached. Raises RpcError, SourceError."""
        patience = _SOURCE_RETRIES
        while True:
            try:
                if not self.step():
                    return self._cursor
                patience = _SOURCE_RETRIES
            except SourceError:  # as a rule a reorg between two answers
                if patience == 0:
                    raise
                patience -= 1
                time.sleep(self._poll_seconds)
            if report:
                report(self._progress)

    def follow(self, stop: threading.Event) -> None:
        """Follows the head until `stop` is set.

        While the node does not answer, or contradicts itself, the index stays as it is and
        `progress.problem` says why. What no waiting can cure is raised: DeploymentError,
        LedgerMismatch, WriterOvertaken.
        """
        pauses = _pauses(self._poll_seconds)
        while not stop.is_set():
            try:
                advanced = self.step()
            except (RpcError, SourceError) as error:
                logger.warning("waiting at block %d: %s", self._cursor.number, error)
                self._progress = replace(self._progress, problem=str(error))
                stop.wait(next(pauses))
            else:
                pauses = _pauses(self._poll_seconds)
                if not advanced:
                    stop.wait(self._poll_seconds)

    def step(self) -> bool:
        """At most one exchange with the node and one transaction; False when nothing is new."""
        if self._ahead is not None:
            return self._take(self._ahead)
        head = self._source.head()
        cursor = self._cursor
        if head.number <= cursor.number:
            advanced = self._compare(head)
            self._report(head.number)
            return advanced
        self._head = head
        if head.number - cursor.number > self._pace.blocks:
            self._ahead = Ahead(self._source, self._pace, cursor.number + 1, head.number)
            return True
        self._append(fetch_paced(self._source, self._pace, cursor.number + 1, head.number))
        return True

    def close(self) -> None:
        """Lets go of node, database and lock."""
        self._stop_ahead()
        if hasattr(self, "_db"):
            self._db.close()
        self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _base(self) -> Header:
        number = self._deployment.from_block - 1
        (base,) = self._source.headers([number])
        if base is None:
            raise SourceBehind(f"the node has no block {number}, before which nothing is indexed")
        return base

    def _compare(self, head: Header) -> bool:
        """A head that is not above the cursor: the same block, a lagging node, or a reorg.

        A lower head alone proves nothing; another hash at a height we hold does.
        """
        known = self._store.hash_at(head.number)
        if known is None or known == head.hash:
            return False
        self._rewind(head)
        return True

    def _take(self, ahead: Ahead) -> bool:
        try:
            batch = ahead.take()
        except BaseException:
            self._stop_ahead()
            raise
        if batch is None:
            self._stop_ahead()
        else:
            self._append(batch)
        return True

    def _append(self, batch: Batch) -> None:
        if batch.headers[0].parent != self._cursor.hash:
            self._stop_ahead()
            self._rewind(self._source.head())
        else:
            codes = self._source.custom_rows(batch.logs)
            self._cursor = self._store.append(self._cursor, batch, self._head.number, codes)
        self._report(self._head.number)

    def _stop_ahead(self) -> None:
        ahead, self._ahead = self._ahead, None
        if ahead is not None:
            ahead.close()

    def _report(self, head: int) -> None:
        self._progress = Progress(self._cursor.number, head, time.time(), self._progress.reorgs)

    def _rewind(self, head: Header) -> None:
        verify(self._source.rpc, self._deployment)
        ancestor = self._ancestor(head)
        depth = self._cursor.number - ancestor.number
        logger.warning("reorg: %d blocks taken back, down to %d", depth, ancestor.number)
        self._cursor = self._store.rewind(self._cursor, ancestor)
        self._progress = replace(self._progress, reorgs=self._progress.reorgs + 1)

    def _ancestor(self, head: Header) -> Header:
        """The highest block that both we and the node have; the block before the first if none."""
        number, span = min(self._cursor.number, head.number), 8
        while stored := self._store.hashes_below(number, span):
            theirs = self._source.headers([block for block, _ in stored])
            for (block, known), header in zip(stored, theirs, strict=True):
                if header is None:
                    raise SourceBehind(f"the node has no block {block} below its own head")
                if header.hash == known:
                    return header
            number, span = stored[-1][0] - 1, min(2 * span, 512)
        return self._base()


def _pauses(first: float) -> Iterator[float]:
    pause = first
    while True:
        yield pause
        pause = min(2 * pause, _OUTAGE_SECONDS)

"""Follows a chain: one step after another, each leaving the index exact at some block.

Books that are added later catch up in between, a step at a time, and are then read with the others.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import Self

from tallystick.chain.deployment import Deployment, verify
from tallystick.chain.endpoints import Endpoints
from tallystick.chain.errors import RpcError, RpcRefused
from tallystick.chain.rpc import Rpc
from tallystick.db import open_database
from tallystick.indexer.additions import Additions, CatchingUp, header_before
from tallystick.indexer.ahead import Ahead, fetch_paced
from tallystick.indexer.checkpoint import Checkpoint
from tallystick.indexer.errors import FinalityBroken, SourceBehind, SourceError
from tallystick.indexer.finality import FinalityWatch
from tallystick.indexer.lock import Shared, WriterLock
from tallystick.indexer.pace import Pace
from tallystick.indexer.proven import fetch_proven
from tallystick.indexer.prover import Prover
from tallystick.indexer.reorg import common_ancestor
from tallystick.indexer.repository import Cursor
from tallystick.indexer.source import Batch, Header, Source
from tallystick.indexer.store import Store
from tallystick.loans.errors import LedgerMismatch

POLL_SECONDS = 0.1
_SOURCE_RETRIES = 5
_PROVEN_BLOCKS = 8
"""Read at once with proof; more at the head are first indexed without."""
_FAR_BLOCKS = 32
"""Behind the head, from which on a second process fetches; to start it takes a quarter second."""
_OUTAGE_SECONDS = 5.0
"""Longest pause between attempts while the node does not answer."""
DEVELOPMENT_CHAINS = frozenset({1337, 31337})
"""Their nodes call blocks final and take them back when told to."""

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
    """The writer of the index at `path` for one chain. A context manager; `close` lets go.

    Construction takes the writer's lock, checks the node against `deployment` and opens the index,
    begins it or adds that book. Raises WriterBusy, DeploymentError, OtherBook, RpcError,
    SourceBehind. Books that the index has already are followed as well, and `wanted` may name more
    of this chain at any time, which are added as soon as the node serves them.

    `shared` is for several indexers of one process, one for each chain: they hold one lock.

    `keep_final` refuses to take back what the chain called final; by default on any chain but those
    of developers. Without `check_bloom` nothing is proven, as the headers do not tell.
    """

    def __init__(
        self,
        rpc: Rpc,
        deployment: Deployment,
        path: Path,
        *,
        wanted: Callable[[], Iterable[Deployment]] = tuple,
        shared: Shared | None = None,
        poll_seconds: float = POLL_SECONDS,
        check_bloom: bool = True,
        keep_final: bool | None = None,
    ) -> None:
        # Block 0 holds no logs, and the block before the first one is where the chain of hashes
        # begins.
        self._deployment = replace(deployment, from_block=max(1, deployment.from_block))
        self._rpc = rpc
        self._check_bloom = check_bloom
        self._additions = Additions(rpc, wanted, deployment.chain_id)
        self._poll_seconds = poll_seconds
        self._pace = Pace()
        self._ahead: Ahead | None = None
        self._checkpoint = Checkpoint(path)
        self._careful = False
        self._keep_final = (
            deployment.chain_id not in DEVELOPMENT_CHAINS if keep_final is None else keep_final
        )
        if isinstance(rpc, Endpoints):
            rpc.admit = lambda node: verify(node, self._deployment)
        self._lock = None if shared else WriterLock(path)
        try:
            identity = verify(rpc, self._deployment)
            self._db = open_database(path, rebuildable=True)
            turn = shared and shared.turn
            self._store = Store(self._db, deployment.chain_id, turn)
            base = header_before(rpc, self._deployment)
            self._cursor = self._store.open(identity, self._deployment, base)
            self._head = base  # the last one seen
            self._finality = FinalityWatch(self._store)
            self._catching_up = CatchingUp(rpc, self._store, check_bloom=check_bloom)
            self._gather()
        except BaseException:
            self.close()
            raise
        self._progress = Progress(self._cursor.number, self._cursor.number)

    @property
    def cursor(self) -> Cursor:
        """The block at which the index is exact."""
        return self._cursor

    @property
    def proven(self) -> int:
        """The block up to which no log can be missing."""
        return self._prover.number

    @property
    def progress(self) -> Progress:
        """A consistent picture, also from other threads."""
        return self._progress

    @property
    def refused(self) -> Mapping[str, str]:
        """Why a book that is wanted is left out, by its address."""
        return self._additions.refused

    def run_until_head(
        self, report: Callable[[Progress], None] | None = None, *, proven: bool = False
    ) -> Cursor:
        """Catches up with the head as it is when reached, and if `proven`, proves all up to it.

        Raises RpcError, SourceError.
        """
        patience = _SOURCE_RETRIES
        while True:
            try:
                if not self.step() and not self.add() and not (proven and self.prove()):
                    return self._cursor
                patience = _SOURCE_RETRIES
            except (SourceError, RpcRefused) as error:  # as a rule a reorg between two answers
                self._source.rpc.distrust(str(error))
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
            asked = time.monotonic()
            try:
                advanced = self.step()
                if not advanced and not (advanced := self.add()):
                    self.prove()  # a little in every pause, as others share the process
            except (RpcError, SourceError) as error:
                logger.warning("waiting at block %d: %s", self._cursor.number, error)
                self._source.rpc.distrust(str(error))
                self._progress = replace(self._progress, problem=str(error))
                stop.wait(next(pauses))
            else:
                pauses = _pauses(self._poll_seconds)
                if not advanced:
                    stop.wait(max(0.0, asked + self._poll_seconds - time.monotonic()))

    def step(self) -> bool:
        """At most one exchange with the node and one transaction; False when nothing is new."""
        if self._ahead is not None:
            return self._go_on(self._ahead)
        head = self._source.head()
        cursor = self._cursor
        if head.number <= cursor.number:
            self._stop_ahead()
            advanced = self._compare(head)
            self._report(head.number)
            if not advanced:
                self._look_at_the_head(head)
            return advanced
        self._head = head
        if self._append_proven(head):
            return True
        until, alone = head.number, 2 * self._pace.blocks
        if until - cursor.number > max(_FAR_BLOCKS, alone):
            until = cursor.number + alone  # while the process starts
            self._ahead = Ahead(self._source, self._pace, until + 1, head.number)
        self._append(fetch_paced(self._source, self._pace, cursor.number + 1, until))
        return True

    def add(self) -> bool:
        """Adds books that are wanted, or goes a step on with one that catches up; False when there
        is nothing to do. Raises RpcError, SourceError.
        """
        if self._ahead is not None:
            return False
        self._additions.add_to(self._store)
        live = self._live()
        advanced = self._catching_up.step(self._cursor)
        if live != self._live():
            self._gather()
        return advanced

    def _live(self) -> dict[str, int]:
        """Ids of the books that follow the cursor, by address."""
        return {book.address: book.id for book in self._store.books if book.at is None}

    def _gather(self) -> None:
        """From now on reads the books that stand where the cursor does together."""
        self._source = Source(self._rpc, self._live(), check_bloom=self._check_bloom)
        self._prover = Prover(self._source, self._store, able=self._check_bloom)

    def prove(self) -> bool:
        """Proves some more of what was indexed without proof; False when nothing is left to prove.

        What turns out to be wrong is taken back and indexed again with proof. Raises RpcError,
        SourceError.
        """
        found = self._prover.more(self._cursor.number)
        if found is False:
            self._doubt()
        return found is not None

    def close(self) -> None:
        """Lets go of node, database and lock."""
        self._stop_ahead()
        self._checkpoint.end()
        if hasattr(self, "_db"):
            self._db.close()
        if self._lock:
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

    def _compare(self, head: Header) -> bool:
        """A head that is not above the cursor: the same block, a lagging node, or a reorg.

        A lower head alone proves nothing; another hash at a height we hold does.
        """
        known = self._store.hash_at(head.number)
        if known is None or known == head.hash:
            return False
        self._rewind(head)
        return True

    def _append_proven(self, head: Header) -> bool:
        """The next blocks with proof, if they are few or nothing else is believed; else False."""
        first = self._cursor.number + 1
        last = min(head.number, first + _PROVEN_BLOCKS - 1)
        few = last == head.number and self._prover.number == self._cursor.number
        if not self._prover.able or not (few or self._careful):
            return False
        try:
            batch = fetch_proven(self._source, first, last)
        except RpcRefused:
            return False
        self._append(batch, proven=True)
        return True

    def _doubt(self) -> None:
        """Takes back all that is not proven, to go on from there with proof of everything."""
        number, hash_ = self._prover.number, self._prover.hash
        (header,) = self._source.headers([number])
        if header is None or header.hash != hash_:
            raise SourceBehind(f"the node has no block {number} as it was proven")
        self._stop_ahead()
        logger.error("indexing again from block %d on, with proof", number + 1)
        self._cursor = self._store.rewind(self._cursor, header)
        self._prover.reload()
        self._careful = True

    def _go_on(self, ahead: Ahead) -> bool:
        next_ = self._cursor.number + 1
        if next_ < ahead.first:
            self._append(fetch_paced(self._source, self._pace, next_, ahead.first - 1))
            return True
        batch = ahead.take()
        if batch is None:  # the end, or a problem, which shows when we go on alone
            self._stop_ahead()
        else:
            self._append(batch, ahead.at_hand(self._store.fold_some))
            self._checkpoint.begin()
        return True

    def _append(
        self, batch: Batch, following: Iterable[Batch] = (), *, proven: bool = False
    ) -> None:
        """In one transaction; of `following`, which come one by one, no more than there are."""
        if batch.headers[0].parent != self._cursor.hash:
            self._stop_ahead()
            self._rewind(self._source.head())
            self._report(self._head.number)
            return
        complete = proven and self._prover.number == self._cursor.number
        try:
            self._cursor = self._store.append(
                self._cursor, chain([batch], following), self._head.number, proven=complete
            )
        except LedgerMismatch as error:
            if complete or not self._prover.able or self._careful:
                raise
            logger.warning("an event does not fit, so one may be missing: %s", error)
            self._doubt()
        if complete:
            self._prover.reload()
        self._report(self._head.number)

    def _stop_ahead(self) -> None:
        ahead, self._ahead = self._ahead, None
        if ahead is not None:
            ahead.close()

    def _report(self, head: int) -> None:
        self._progress = Progress(self._cursor.number, head, time.time(), self._progress.reorgs)

    def _rewind(self, head: Header) -> None:
        verify(self._source.rpc, self._deployment)
        top = min(self._cursor.number, head.number)
        ancestor = common_ancestor(self._source, self._store, top) or header_before(
            self._rpc, replace(self._deployment, from_block=self._store.first)
        )
        depth = self._cursor.number - ancestor.number
        logger.warning("reorg: %d blocks taken back, down to %d", depth, ancestor.number)
        final = self._store.finalized()
        if self._keep_final and final is not None and ancestor.number < final:
            raise FinalityBroken(
                f"the node's chain leaves ours at block {ancestor.number}, though block {final} "
                "was final: nothing is taken back. Check the node; if the chain was really begun "
                "anew, index it into a new database"
            )
        self._cursor = self._store.rewind(self._cursor, ancestor)
        self._prover.reload()
        self._progress = replace(self._progress, reorgs=self._progress.reorgs + 1)

    def _look_at_the_head(self, head: Header) -> None:
        if self._finality.look(self._source, head):
            self._careful = False  # what comes is proven anyway


def _pauses(first: float) -> Iterator[float]:
    pause = first
    while True:
        yield pause
        pause = min(2 * pause, _OUTAGE_SECONDS)

"""Books that join an index that is followed: found, checked, caught up, one step at a time."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import replace

from tallystick.chain.deployment import Deployment, verify
from tallystick.chain.errors import DeploymentError, LogUndecodable
from tallystick.chain.rpc import Rpc
from tallystick.indexer.ahead import fetch_paced
from tallystick.indexer.errors import OtherBook, SourceBehind, SourceInconsistent
from tallystick.indexer.pace import Pace
from tallystick.indexer.proven import fetch_proven
from tallystick.indexer.repository import Book, Cursor
from tallystick.indexer.source import Batch, Header, Source
from tallystick.indexer.store import Store
from tallystick.loans.errors import LedgerMismatch

_PROVEN_BLOCKS = 64
"""Read at once where nothing is believed."""

logger = logging.getLogger(__name__)


def header_before(rpc: Rpc, deployment: Deployment) -> Header:
    """The block before the first of a book, where its chain of hashes begins. Raises SourceBehind,
    RpcError."""
    number = deployment.from_block - 1
    (base,) = Source(rpc, {}).headers([number])
    if base is None:
        raise SourceBehind(f"the node has no block {number}, before which nothing is indexed")
    return base


class Additions:
    """Adds the books that `wanted` names to a chain's index. One that the node does not serve as
    told is left out, and said once; it is looked at again when what is wanted changes."""

    def __init__(self, rpc: Rpc, wanted: Callable[[], Iterable[Deployment]], chain_id: int) -> None:
        self._rpc = rpc
        self._wanted = wanted
        self._chain_id = chain_id
        self._seen: tuple[Deployment, ...] = ()
        self.refused: dict[str, str] = {}
        """Why a book is not added, by its address."""

    def add_to(self, store: Store) -> None:
        """Raises RpcError, SourceError."""
        wanted = tuple(self._wanted())
        if wanted == self._seen:
            return
        self.refused = {}
        for deployment in wanted:
            if deployment.chain_id == self._chain_id:
                try:
                    self._add(store, deployment)
                except (DeploymentError, OtherBook) as error:
                    self.refused[deployment.book] = str(error)
                    logger.warning("the book %s is left out: %s", deployment.book, error)
        self._seen = wanted

    def _add(self, store: Store, deployment: Deployment) -> None:
        deployment = replace(deployment, from_block=max(1, deployment.from_block))
        known = {book.address: book.from_block for book in store.books}
        if known.get(deployment.book) == deployment.from_block:
            return
        verify(self._rpc, deployment)
        base = header_before(self._rpc, deployment)
        for number, hash_ in store.hashes_below(base.number, 1):  # of the same chain as ours
            (theirs,) = Source(self._rpc, {}).headers([number])
            if theirs is None or theirs.hash != hash_:
                raise SourceInconsistent(f"the node has another block {number} than the index")
        store.add(deployment, base)
        logger.info("the book %s is added from block %d on", deployment.book, deployment.from_block)


class CatchingUp:
    """Brings books that were added, one after another, to where the chain's cursor is."""

    def __init__(self, rpc: Rpc, store: Store, *, check_bloom: bool) -> None:
        self._rpc = rpc
        self._store = store
        self._check_bloom = check_bloom
        self._pace = Pace()
        self._of = 0
        self._careful = False
        self._given_up: set[int] = set()

    def step(self, cursor: Cursor) -> bool:
        """One exchange with the node and one transaction; False when all are there.

        Raises RpcError, SourceError.
        """
        book = next((b for b in self._store.books if b.at and b.id not in self._given_up), None)
        if book is None or book.at is None:
            return False
        if book.id != self._of:
            self._of, self._pace, self._careful = book.id, Pace(), False
        if book.at == cursor[:2]:
            self._store.join(book, cursor)
            logger.info("the book %s is complete at block %d", book.address, cursor.number)
            return True
        if book.at[0] >= cursor.number:
            raise SourceInconsistent(f"book {book.address} stands on other blocks than its chain")
        source = Source(self._rpc, {book.address: book.id}, check_bloom=self._check_bloom)
        batch = self._fetch(source, book.at[0] + 1, cursor.number)
        if batch.headers[0].parent != book.at[1]:
            raise SourceInconsistent(f"block {book.at[0] + 1} does not follow what is indexed")
        try:
            self._store.catch_up(book, batch)
        except (LedgerMismatch, LogUndecodable) as error:
            self._doubt(book, error)
        return True

    def _fetch(self, source: Source, first: int, last: int) -> Batch:
        if self._careful:
            return fetch_proven(source, first, min(last, first + _PROVEN_BLOCKS - 1))
        return fetch_paced(source, self._pace, first, last)

    def _doubt(self, book: Book, error: Exception) -> None:
        """Begins again with proof, as an event may be missing; or leaves the book where it is."""
        if self._careful or not self._check_bloom:
            self._given_up.add(book.id)
            logger.error("the book %s cannot be indexed: %s", book.address, error)
            return
        logger.warning(
            "an event of %s does not fit, so one may be missing: %s", book.address, error
        )
        self._careful = True
        deployment = Deployment(book.chain_id, book.address, book.from_block)
        self._store.restart(book, header_before(self._rpc, deployment))

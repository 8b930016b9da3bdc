"""Follows every chain of a registry into one index, each in a thread of its own.

A chain whose node fails, or whose books are not as recorded, waits by itself; the others go on.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from tallystick.chain.deployment import Deployment, verify
from tallystick.chain.endpoints import Endpoints
from tallystick.chain.errors import DeploymentError, RpcError
from tallystick.chain.registry import Registry
from tallystick.chain.rpc import Rpc
from tallystick.indexer.errors import SourceError
from tallystick.indexer.indexer import POLL_SECONDS, Indexer, Progress
from tallystick.indexer.lock import Shared

_LOOK_SECONDS = 1.0
"""Between two looks at the registry."""
_PAUSE_SECONDS = 2.0
"""Before a chain is tried again whose index could not go on; longer each time."""
_LONGEST_PAUSE = 60.0

logger = logging.getLogger(__name__)


class Fleet:
    """The writers of one index. `nodes` has the URLs of each chain's nodes by its id.

    Hold `shared`, the lock of the index, as long as it follows.
    """

    def __init__(
        self,
        registry: Registry,
        nodes: Mapping[int, Sequence[str]],
        path: Path,
        shared: Shared,
        *,
        check_bloom: bool = True,
        poll_seconds: float = POLL_SECONDS,
    ) -> None:
        self._registry = registry
        self._nodes = nodes
        self._path = path
        self._shared = shared
        self._check_bloom = check_bloom
        self._poll_seconds = poll_seconds
        self._threads: dict[int, threading.Thread] = {}
        self._missing: set[int] = set()
        self.progress: dict[int, Progress] = {}
        """Where each chain stood when its indexer last ended."""

    def follow(self, stop: threading.Event) -> None:
        """Follows until `stop` is set, and takes in what is added to the registry meanwhile."""
        try:
            while not stop.is_set():
                self._registry.read()
                for chain_id in self._registry.chain_ids():
                    self._begin(chain_id, stop)
                stop.wait(_LOOK_SECONDS)
        finally:
            stop.set()
            for thread in self._threads.values():
                thread.join(timeout=10)

    def open(self, chain_id: int) -> Indexer:
        """The indexer of a chain, for which one of several books that is as recorded will do.

        Raises what `Indexer` raises.
        """
        rpc = Endpoints(self._nodes[chain_id], retries=3)
        return Indexer(
            rpc,
            self._first(rpc, self._registry.of_chain(chain_id)),
            self._path,
            wanted=lambda: self._registry.of_chain(chain_id),
            shared=self._shared,
            check_bloom=self._check_bloom,
            poll_seconds=self._poll_seconds,
        )

    def _first(self, rpc: Rpc, books: Sequence[Deployment]) -> Deployment:
        for book in books[:-1]:
            try:
                verify(rpc, book)
            except DeploymentError as error:
                logger.warning("the book %s is left out: %s", book.book, error)
            else:
                return book
        return books[-1]

    def _begin(self, chain_id: int, stop: threading.Event) -> None:
        if chain_id in self._threads:
            return
        if chain_id not in self._nodes:
            if chain_id not in self._missing:
                self._missing.add(chain_id)
                logger.warning("chain %d is not followed: no node of it is named", chain_id)
            return
        thread = threading.Thread(
            target=self._follow, args=(chain_id, stop), name=f"chain {chain_id}", daemon=True
        )
        self._threads[chain_id] = thread
        thread.start()

    def _follow(self, chain_id: int, stop: threading.Event) -> None:
        pause = _PAUSE_SECONDS
        while not stop.is_set():
            try:
                with self.open(chain_id) as indexer:
                    pause = _PAUSE_SECONDS
                    try:
                        indexer.follow(stop)
                    finally:
                        self.progress[chain_id] = indexer.progress
            except (RpcError, SourceError) as error:
                logger.warning("chain %d waits for its node: %s", chain_id, error)
            except Exception:  # the other chains go on, whatever became of this one
                logger.exception("the index of chain %d does not advance", chain_id)
            stop.wait(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

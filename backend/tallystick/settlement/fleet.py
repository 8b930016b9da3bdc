"""Keepers of every book of a registry in one process, each chain in a thread of its own.

A chain whose node fails, whose gas is too dear or whose purse is empty waits by itself; the others
go on. Books that are added to the registry are taken in while it runs.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from tallystick.chain.client import BookClient
from tallystick.chain.deployment import Deployment, verify
from tallystick.chain.errors import DeploymentError
from tallystick.chain.registry import Registry
from tallystick.chain.rpc import Rpc
from tallystick.chain.sender import Sender
from tallystick.db import Database
from tallystick.settlement.keeper import Keeper, Round
from tallystick.settlement.service import KeeperService

_LOOK_SECONDS = 1.0
_JOIN_SECONDS = 30.0

logger = logging.getLogger(__name__)


class ChainKeeper:
    """Works for every book of one chain, one after the other, with one purse."""

    def __init__(
        self,
        registry: Registry,
        chain_id: int,
        rpc: Rpc,
        sender: Sender,
        open_db: Callable[[], Database],
        batch: int,
        retry_after: Sequence[int],
    ) -> None:
        self._registry = registry
        self._chain_id = chain_id
        self._rpc = rpc
        self._sender = sender
        self._open_db = open_db
        self._db: Database | None = None
        self._batch = batch
        self._retry_after = retry_after
        self._keepers: dict[str, Keeper] = {}
        self._refused: set[str] = set()

    def run_once(self) -> Round:
        """One round for each book. Raises RpcUnavailable, SendError."""
        done = Round()
        for deployment in self._registry.of_chain(self._chain_id):
            keeper = self._keeper(deployment)
            if keeper is not None:
                done.add(keeper.run_once())
        return done

    def _keeper(self, deployment: Deployment) -> Keeper | None:
        """None for a book that is not as it was recorded."""
        found = self._keepers.get(deployment.book)
        if found is None:
            try:
                verify(self._rpc, deployment)
            except DeploymentError as error:
                if deployment.book not in self._refused:
                    logger.warning("the book %s is left out: %s", deployment.book, error)
                self._refused.add(deployment.book)
                return None
            if self._db is None:  # opened by the thread that uses it
                self._db = self._open_db()
            client = BookClient(self._rpc.urls[0], deployment.book)
            found = Keeper(
                self._db,
                self._rpc,
                client,
                self._sender,
                self._chain_id,
                self._batch,
                self._retry_after,
            )
            self._keepers[deployment.book] = found
        return found


class KeeperFleet:
    """`open_chain` makes the service of a chain by its id, None for one whose nodes are unknown."""

    def __init__(
        self, registry: Registry, open_chain: Callable[[int], KeeperService | None]
    ) -> None:
        self._registry = registry
        self._open = open_chain
        self._services: dict[int, KeeperService | None] = {}
        self._threads: dict[int, threading.Thread] = {}

    def prepare(self, chain_id: int) -> None:
        """Opens a chain at once, so that what is wrong with it is told at the start."""
        self._service(chain_id)

    def run_once(self) -> Round | None:
        """One round on every chain; None when others work on all of them.

        Raises RpcUnavailable, SendError for the first chain that fails, after the others.
        """
        done: Round | None = None
        failure: Exception | None = None
        for chain_id in self._chains():
            service = self._service(chain_id)
            if service is None:
                continue
            try:
                one = service.run_once()
            except Exception as error:  # noqa: BLE001 - told once the other chains had their turn
                failure = failure or error
            else:
                if one is not None:
                    done = done or Round()
                    done.add(one)
        if failure is not None:
            raise failure
        return done

    def follow(self, stop: threading.Event) -> None:
        """Rounds on every chain until `stop` is set."""
        try:
            while not stop.is_set():
                for chain_id in self._chains():
                    self._begin(chain_id, stop)
                stop.wait(_LOOK_SECONDS)
        finally:
            stop.set()
            for thread in self._threads.values():
                thread.join(_JOIN_SECONDS)

    def _chains(self) -> tuple[int, ...]:
        self._registry.read()
        return self._registry.chain_ids()

    def _begin(self, chain_id: int, stop: threading.Event) -> None:
        service = None if chain_id in self._threads else self._service(chain_id)
        if service is not None:
            thread = threading.Thread(
                target=service.follow, args=(stop,), name=f"keeper {chain_id}", daemon=True
            )
            self._threads[chain_id] = thread
            thread.start()

    def _service(self, chain_id: int) -> KeeperService | None:
        if chain_id not in self._services:
            self._services[chain_id] = self._open(chain_id)
            if self._services[chain_id] is None:
                logger.warning("nothing is settled on chain %d: no node is named", chain_id)
        return self._services[chain_id]


def lock_path(db: Path, chain_id: int, home: int) -> Path:
    """The lock of the keepers of a chain that work on one database."""
    name = "keeper" if chain_id == home else f"keeper-{chain_id}"
    return db.with_name(f"{db.name}.{name}.lock")

"""What one server process holds: settings, database connections, node, clock, tokens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from typing import Any
from weakref import WeakSet

import orjson
from starlette.requests import Request

from tallystick.amendments.schema import schema as amendments_schema
from tallystick.api.answers import AnswerCache
from tallystick.api.chains import ChainAccess
from tallystick.api.feed import Follower
from tallystick.api.idempotency import IdempotencyStore
from tallystick.api.problems import Problem
from tallystick.api.schema import schema as api_schema
from tallystick.api.snapshot import Snapshot, View
from tallystick.api.tokens import UnknownTokens
from tallystick.assignments.schema import schema as assignments_schema
from tallystick.chain.deployment import Deployment, load_deployment, verify
from tallystick.chain.errors import DeploymentError, RpcUnavailable
from tallystick.chain.rpc import Rpc
from tallystick.claims.schema import schema as claims_schema
from tallystick.config import Settings
from tallystick.db import Database, migrate, open_database, snapshot
from tallystick.decisions.schema import schema as decisions_schema
from tallystick.indexer import repository
from tallystick.indexer.repository import Chain, Cursor
from tallystick.indexer.schema import schema as index_schema
from tallystick.offers.schema import schema as offers_schema

_NO_TOKENS = UnknownTokens()


class ServerState:
    """Shared by all requests; safe to use from many threads."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.deployment: Deployment = load_deployment(settings.deployment)
        self.record: dict[str, Any] = orjson.loads(settings.deployment.read_bytes())
        home = self.deployment.chain_id
        self.chains = {
            chain_id: ChainAccess(chain_id, urls, self._admit if chain_id == home else _any_node)
            for chain_id, urls in settings.nodes(home).items()
        }
        """Nodes, clock and tokens of each chain whose nodes are named."""
        self.home = first = self.chains[home]
        """That of the first book's chain."""
        self.rpc, self.prompt_rpc = first.rpc, first.prompt_rpc
        self.clock, self.tokens = first.clock, first.tokens
        self._readers: SimpleQueue[Database] = SimpleQueue()
        self._writers: SimpleQueue[Database] = SimpleQueue()
        self.streams: WeakSet[Follower] = WeakSet()
        """Event streams being served; however one ends, it leaves with its last reference."""
        self.idempotency = IdempotencyStore(self.writing)
        with self.writing() as db:
            for schema in (
                index_schema,
                offers_schema,
                amendments_schema,
                assignments_schema,
                decisions_schema,
                claims_schema,
                api_schema,
            ):
                migrate(db, schema)
        self.answers = AnswerCache(
            open_database(settings.db, readonly=True),
            settable=any(one.clock.settable for one in self.chains.values()),
            facts=lambda: sum(one.tokens.known for one in self.chains.values()),
        )

    def chain(self, chain_id: int) -> ChainAccess:
        """Raises `Problem` for a chain of which this server knows no node."""
        found = self.chains.get(chain_id)
        if found is None:
            raise Problem("chain_unavailable", f"This server has no node of chain {chain_id}.")
        return found

    @contextmanager
    def snapshot(self, loan_id: bytes | None = None) -> Iterator[Snapshot]:
        """One consistent view of the index, from the first book or from that of a loan.

        Raises `Problem` while nothing is indexed.
        """
        home = self.deployment.chain_id
        with self._borrowed(self._readers, readonly=True) as idle, snapshot(idle) as db:
            views = {one.chain_id: self._view(one) for one in repository.chains(db)}
            if home not in views:
                raise Problem(
                    "index_not_ready", "No block is indexed yet.", headers={"Retry-After": "2"}
                )
            first = Snapshot(db, self.deployment.book, home, views)
            place = loan_id and repository.place_of(db, loan_id)
            yield first.at(*place) if place else first

    def _view(self, chain: Chain) -> View:
        access, head = self.chains.get(chain.chain_id), chain.cursor.timestamp
        if access is None:  # followed by another process
            return View(chain, head, _NO_TOKENS)
        return View(chain, access.clock.now(head), access.tokens)

    def view_at_hand(self, chain: Chain) -> View | None:
        """A chain of the index as of now; None when its node would have to be asked first."""
        access, head = self.chains.get(chain.chain_id), chain.cursor.timestamp
        if access is None:
            return View(chain, head, _NO_TOKENS)
        now = access.clock.at_hand(head)
        return None if now is None else View(chain, now, access.tokens)

    def cursor(self) -> Cursor | None:
        """The last indexed block of the first book's chain."""
        with self._borrowed(self._readers, readonly=True) as db:
            return repository.cursor(db, self.deployment.chain_id)

    def indexed(self) -> dict[int, int]:
        """Number of the last indexed block of each chain by its id."""
        with self._borrowed(self._readers, readonly=True) as db:
            return {one.chain_id: one.cursor.number for one in repository.chains(db)}

    @contextmanager
    def writing(self) -> Iterator[Database]:
        """A connection that may write the service's own tables."""
        with self._borrowed(self._writers, readonly=False) as db:
            yield db

    @contextmanager
    def _borrowed(self, idle: SimpleQueue[Database], *, readonly: bool) -> Iterator[Database]:
        try:
            db = idle.get_nowait()
        except Empty:
            db = open_database(self.settings.db, readonly=readonly)
        try:
            yield db
        finally:
            idle.put(db)

    def close(self) -> None:
        """Closes idle connections."""
        self.answers.close()
        for idle in (self._readers, self._writers):
            while not idle.empty():
                idle.get_nowait().conn.close()

    def _admit(self, node: Rpc) -> None:
        """Of several nodes, none of another chain or contract is asked."""
        if len(self.settings.rpc_urls) > 1:
            try:
                verify(node, self.deployment)
            except DeploymentError as error:
                raise RpcUnavailable(node.endpoint, str(error)) from error


def _any_node(_: Rpc) -> None:
    """The indexer checks the nodes of further chains against their books."""


def server_state(request: Request) -> ServerState:
    """Dependency: the process's state."""
    state: ServerState = request.app.state.server
    return state

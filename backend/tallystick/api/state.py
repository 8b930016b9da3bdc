"""What one server process holds: settings, database connections, node, clock, tokens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from typing import Any
from weakref import WeakSet

import orjson
from starlette.requests import Request

from tallystick.api.answers import AnswerCache
from tallystick.api.clock import Clock
from tallystick.api.feed import Follower
from tallystick.api.idempotency import IdempotencyStore
from tallystick.api.problems import Problem
from tallystick.api.schema import schema as api_schema
from tallystick.api.snapshot import Snapshot
from tallystick.api.tokens import Tokens
from tallystick.chain.deployment import Deployment, load_deployment, verify
from tallystick.chain.endpoints import Endpoints
from tallystick.chain.errors import DeploymentError, RpcError, RpcUnavailable
from tallystick.chain.rpc import Rpc
from tallystick.config import Settings
from tallystick.db import Database, migrate, open_database, snapshot
from tallystick.decisions.schema import schema as decisions_schema
from tallystick.indexer import repository
from tallystick.indexer.repository import Cursor
from tallystick.indexer.schema import schema as index_schema
from tallystick.offers.schema import schema as offers_schema

HEADER_ONLY = False
"""Second parameter of eth_getBlockByNumber: no transactions."""


class ServerState:
    """Shared by all requests; safe to use from many threads."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.deployment: Deployment = load_deployment(settings.deployment)
        self.record: dict[str, Any] = orjson.loads(settings.deployment.read_bytes())
        # somebody waits for the answer, so it gives up sooner than the indexer
        self.rpc = Endpoints(settings.rpc_urls, timeout=5.0, retries=1, admit=self._admit)
        # for what an answer can do without: a node that hangs must not make every page hang
        self.prompt_rpc = Endpoints(settings.rpc_urls, timeout=1.0, retries=0, admit=self._admit)
        self.clock = Clock(self.deployment.chain_id, self._pending_time)
        self.tokens = Tokens(self.prompt_rpc)
        self._readers: SimpleQueue[Database] = SimpleQueue()
        self._writers: SimpleQueue[Database] = SimpleQueue()
        self.streams: WeakSet[Follower] = WeakSet()
        """Event streams being served; however one ends, it leaves with its last reference."""
        self.idempotency = IdempotencyStore(self.writing)
        with self.writing() as db:
            for schema in (index_schema, offers_schema, decisions_schema, api_schema):
                migrate(db, schema)
        self.answers = AnswerCache(
            open_database(settings.db, readonly=True),
            settable=self.clock.settable,
            facts=lambda: self.tokens.known,
        )

    @property
    def block_tag(self) -> str:
        """The block to simulate on: on a development chain the pending one, whose time moves on."""
        return "pending" if self.clock.settable else "latest"

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """One consistent view of the index. Raises `Problem` while nothing is indexed."""
        with self._borrowed(self._readers, readonly=True) as idle, snapshot(idle) as db:
            head = repository.cursor(db)
            if head is None:
                raise Problem(
                    "index_not_ready", "No block is indexed yet.", headers={"Retry-After": "2"}
                )
            yield Snapshot(
                db,
                self.deployment,
                head,
                self.clock.now(head.timestamp),
                self.tokens,
                repository.standing(db),
            )

    def cursor(self) -> Cursor | None:
        """The last indexed block."""
        with self._borrowed(self._readers, readonly=True) as db:
            return repository.cursor(db)

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

    def _pending_time(self) -> int | None:
        try:
            block = self.prompt_rpc.call("eth_getBlockByNumber", "pending", HEADER_ONLY)
            return int(block["timestamp"], 16)
        except (RpcError, KeyError, TypeError, ValueError):
            return None


def server_state(request: Request) -> ServerState:
    """Dependency: the process's state."""
    state: ServerState = request.app.state.server
    return state

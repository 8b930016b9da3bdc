"""Starts the server as `tallystick serve` does, inside the test's process."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from starlette.types import ASGIApp
from tests.integration.world import World

from tallystick.api.app import create_app
from tallystick.api.follower import following
from tallystick.config import Settings

PATIENCE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Stage:
    """A chain and a server that follows it."""

    world: World
    http: httpx.Client
    settings: Settings

    def get(self, path: str, **params: Any) -> Any:
        """The JSON of a successful GET."""
        response = self.http.get(path, params=params)
        assert response.status_code == 200, response.text
        return response.json()

    def post(self, path: str, body: Any, **headers: str) -> httpx.Response:
        content = json.dumps(body)  # in ASCII, so that any string can be sent
        headers = {"Content-Type": "application/json"} | headers
        return self.http.post(path, content=content, headers=headers)

    def sync(self) -> None:
        """Waits until the index has reached the chain's head."""
        wait_until(lambda: self.get("/v1/chain")["indexed"] == self.get("/v1/chain")["head"])


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.03)


def write_record(world: World, path: Path) -> None:
    """The record that scripts/deploy.py would have written."""
    deployment = world.deployment
    assert deployment.genesis_hash is not None
    assert deployment.code_hash is not None
    book = {
        "address": deployment.book,
        "block": deployment.from_block,
        "transaction": "0x" + "ab" * 32,
        "code_hash": "0x" + deployment.code_hash.hex(),
    }
    record = {
        "chain_id": deployment.chain_id,
        "genesis_hash": "0x" + deployment.genesis_hash.hex(),
        "book": book,
        "compiler": {"version": "0.8.30"},
    }
    path.write_text(json.dumps(record))


@contextmanager
def listening(app: ASGIApp, **options: Any) -> Iterator[str]:
    """The address at which the application answers; `options` are further ones of uvicorn."""
    config = uvicorn.Config(
        app,
        port=0,
        log_level="warning",
        ws="none",
        access_log=False,
        timeout_graceful_shutdown=2,
        **options,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        wait_until(lambda: server.started)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(PATIENCE_SECONDS)


@contextmanager
def serving(
    world: World,
    folder: Path,
    *,
    index: bool = True,
    posts_per_minute: int = 10_000,
    **more: Any,
) -> Iterator[Stage]:
    """A server on a free port until the end of the block; `more` are further settings."""
    record = folder / "deployment.json"
    write_record(world, record)
    settings = Settings(rpc_url=world.url, db=folder / "index.db", deployment=record, **more)
    app = create_app(settings, posts_per_minute=posts_per_minute)
    with (
        following(settings) if index else nullcontext(),
        listening(app) as url,
        httpx.Client(base_url=url, timeout=30) as http,
    ):
        stage = Stage(world, http, settings)
        if index:
            wait_until(lambda: stage.get("/v1/chain")["lag"] == 0)
        yield stage

"""Who reads the ledger need not wait for the rest of a service that starts."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from tests.integration.api.server import listening, wait_until, write_record
from tests.integration.world import World

from tallystick.api.app import create_app
from tallystick.api.core import Core
from tallystick.api.follower import following
from tallystick.api.starting import Starting
from tallystick.config import Settings, SettingsError


class Service:
    """A service on a real port that goes on loading when it is told to."""

    def __init__(self, settings: Settings, *, broken: bool = False) -> None:
        self.settings = settings
        self.loading = threading.Event()
        self.may_load = threading.Event()
        self.given_up = threading.Event()
        self.broken = broken
        self.core = Core.open(settings)
        self.app = Starting(self.core, self._load, lambda _: nullcontext(), self.given_up.set)

    def _load(self) -> FastAPI:
        self.loading.set()
        assert self.may_load.wait(30)
        if self.broken:
            raise SettingsError("this cannot be used")
        return create_app(self.settings, core=self.core)


@contextmanager
def started(service: Service) -> Iterator[httpx.Client]:
    with listening(service.app) as url, httpx.Client(base_url=url, timeout=30) as http:
        assert service.loading.wait(30)
        try:
            yield http
        finally:
            service.may_load.set()


@pytest.fixture
def settings(world: World, tmp_path: Path) -> Settings:
    record = tmp_path / "deployment.json"
    write_record(world, record)
    return Settings(rpc_url=world.url, db=tmp_path / "index.db", deployment=record)


def timeless(answer: httpx.Response) -> dict[str, Any]:
    """What an answer says that is true at every second of the day."""
    moments = {"as_of", "chains", "trace_id"}
    return {name: value for name, value in answer.json().items() if name not in moments}


def test_loans_are_answered_before_all_is_loaded_and_alike_afterwards(
    world: World, settings: Settings
) -> None:
    loan = world.loan_id(world.originate()).hex()
    paths = [
        "/v1/books",
        "/v1/loans?limit=5",
        f"/v1/loans/0x{loan}",
        "/v1/loans/0x12",
        "/v1/loans?limit=0",
    ]
    service = Service(settings)
    with following(settings), started(service) as http, ThreadPoolExecutor(1) as others:
        wait_until(lambda: http.get("/v1/chain").json()["lag"] == 0)
        waiting = others.submit(http.get, "/healthz")
        early = [http.get(path) for path in paths]
        assert [answer.status_code for answer in early[:3]] == [200, 200, 200]
        assert not waiting.done()
        service.may_load.set()
        assert waiting.result(30).status_code == 200
        for answer, path in zip(early, paths, strict=True):
            later = http.get(path)
            assert later.status_code == answer.status_code
            assert timeless(later) == timeless(answer)
    assert service.app.problem is None


def test_what_cannot_be_loaded_ends_the_service(settings: Settings) -> None:
    service = Service(settings, broken=True)
    with started(service) as http, ThreadPoolExecutor(1) as others:
        waiting = others.submit(http.get, "/healthz")
        service.may_load.set()
        assert service.given_up.wait(30)
        assert waiting.result(30).status_code == 500
    assert isinstance(service.app.problem, SettingsError)
    service.core.close()

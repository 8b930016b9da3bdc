"""Sign-in on a real chain, which the tests share; files and clock are each test's own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from tests.integration.anvil import Anvil
from tests.integration.identity.gate import ORIGIN, Clock, Gate

from tallystick.api.app import create_app
from tallystick.config import Settings
from tallystick.identity.vault.keys import new_key_text


@pytest.fixture(scope="package")
def chain() -> Iterator[Anvil]:
    with Anvil() as anvil:
        yield anvil


@pytest.fixture
def gate(chain: Anvil, tmp_path: Path) -> Iterator[Gate]:
    with Gate.open(chain, tmp_path, Clock()) as opened:
        yield opened


@pytest.fixture
def app(chain: Anvil, tmp_path: Path) -> FastAPI:
    record = tmp_path / "deployment.json"
    book = {"address": "0x" + "11" * 20, "block": 1}
    record.write_text(json.dumps({"chain_id": 31337, "book": book}))
    return create_app(
        Settings(
            rpc_url=chain.url,
            db=tmp_path / "index.db",
            deployment=record,
            public_url=ORIGIN,
            identity=tmp_path / "identity.db",
            vault=tmp_path / "vault.db",
            webhooks=tmp_path / "webhooks.db",
            screening=tmp_path / "screening.db",
            screening_lists=tmp_path / "lists",
            servicing=tmp_path / "servicing.db",
            vault_keys=f"k:{new_key_text()}",
            vault_index_key=new_key_text(),
        ),
        posts_per_minute=100_000,
    )


@pytest.fixture
def http(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, base_url=ORIGIN) as client:
        yield client

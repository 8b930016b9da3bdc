"""Fixtures of the integration tests: everything real, one chain per test that asks for one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.anvil import Anvil
from tests.integration.world import World


@pytest.fixture
def anvil() -> Iterator[Anvil]:
    """An empty chain of its own, mining each transaction at once."""
    with Anvil() as process:
        yield process


@pytest.fixture
def world(anvil: Anvil) -> World:
    """The book and a token deployed there, parties ada, ben, cem and dora funded."""
    return World(anvil)


@pytest.fixture
def database_path(tmp_path: Path) -> Path:
    """Where an index may be made."""
    return tmp_path / "index.db"

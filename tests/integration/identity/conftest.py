"""Sign-in on a real chain, which the tests share; files and clock are each test's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.anvil import Anvil
from tests.integration.identity.gate import Clock, Gate


@pytest.fixture(scope="package")
def chain() -> Iterator[Anvil]:
    with Anvil() as anvil:
        yield anvil


@pytest.fixture
def gate(chain: Anvil, tmp_path: Path) -> Iterator[Gate]:
    with Gate.open(chain, tmp_path, Clock()) as opened:
        yield opened

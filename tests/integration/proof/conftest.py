"""One chain with its proofs, made once; tests only read them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.integration.anvil import Anvil
from tests.integration.proof.story import Proven, play
from tests.integration.world import World


@pytest.fixture(scope="package")
def proven(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proven]:
    with Anvil() as anvil:
        yield play(World(anvil), tmp_path_factory.mktemp("proven") / "index.db")

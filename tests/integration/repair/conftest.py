"""One chain and one service for all tests here; each takes borrowers of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.integration.anvil import Anvil
from tests.integration.decisions.stage import Stage, lending
from tests.integration.world import World


@pytest.fixture(scope="package")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """ben is the service's own lender, cem lends for himself."""
    with Anvil() as anvil:
        world = World(anvil, ("ada", "ben", "cem", "dora", "faye", "gil", "hal", "ida", "jan"))
        with lending(world, tmp_path_factory.mktemp("repair")) as stage:
            yield stage

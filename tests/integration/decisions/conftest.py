"""One chain and one lender for all tests here; each takes applicants of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.integration.anvil import Anvil
from tests.integration.decisions.stage import Stage, lending
from tests.integration.world import World


@pytest.fixture(scope="package")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with Anvil() as anvil:
        world = World(anvil, ("ada", "ben", "cem", "dora", "faye"))
        with lending(world, tmp_path_factory.mktemp("lending")) as stage:
            stage.release()
            yield stage

"""A real server on a real chain. `story` is shared and only read; `stage` is each test's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.anvil import Anvil
from tests.integration.api.server import Stage, serving
from tests.integration.api.story import Story, play
from tests.integration.world import World


@pytest.fixture(scope="package")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """Loans that are running, late, closed and overdue, behind a server."""
    with Anvil() as anvil:
        world = World(anvil)
        loans = play(world)
        with serving(world, tmp_path_factory.mktemp("story")) as stage:
            yield Story(stage, loans)


@pytest.fixture
def stage(world: World, tmp_path: Path) -> Iterator[Stage]:
    """A server on a chain without loans."""
    with serving(world, tmp_path) as stage:
        yield stage

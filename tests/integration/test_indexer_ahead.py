"""A second process fetches while the first one writes: nothing is lost between them."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest
from tests.integration.proxy import Proxy, Refusal
from tests.integration.scenario import Life, assert_exact
from tests.integration.world import World

from tallystick.chain.rpc import Rpc
from tallystick.indexer.ahead import Ahead
from tallystick.indexer.indexer import Indexer
from tallystick.indexer.pace import Pace
from tallystick.indexer.source import Batch, Source


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fetches ahead however few blocks there are."""
    monkeypatch.setattr("tallystick.indexer.indexer._FAR_BLOCKS", 0)


def joined(source: Source, pace: Pace, last: int) -> Batch:
    """Blocks from 1 to `last`, fetched by another process."""
    ahead = Ahead(source, pace, 1, last)
    whole = Batch([], [])
    while batch := ahead.take():
        whole.headers.extend(batch.headers)
        whole.logs.extend(batch.logs)
    ahead.close()
    return whole


def test_it_gives_what_the_source_gives(world: World) -> None:
    Life(world, seed=21).play(60)
    source, pace = Source(Rpc(world.url), {world.book: 1}), Pace()
    assert joined(source, pace, world.head()) == source.fetch(1, world.head())
    assert pace.blocks > Pace().blocks


def test_an_index_made_with_it_is_exact(world: World, database_path: Path, hurried: None) -> None:
    Life(world, seed=22).play(60)
    with Indexer(Rpc(world.url), world.deployment, database_path) as indexer:
        assert indexer.step()
        assert indexer._ahead is not None
        indexer.run_until_head()
        assert indexer._ahead is None
    assert_exact(world, database_path)


def test_its_death_is_survived(world: World, database_path: Path, hurried: None) -> None:
    Life(world, seed=23).play(60)
    with Indexer(Rpc(world.url), world.deployment, database_path) as indexer:
        indexer.step()
        assert indexer._ahead is not None
        indexer._ahead._process.send_signal(signal.SIGKILL)
        indexer.run_until_head()
    assert_exact(world, database_path)


def test_a_reorg_meanwhile_is_seen(world: World, database_path: Path, hurried: None) -> None:
    life = Life(world, seed=24)
    life.play(40)
    with Indexer(Rpc(world.url), world.deployment, database_path) as indexer:
        indexer.run_until_head()
        life.play(20)
        world.mine(50)
        indexer.step()
        assert indexer._ahead is not None
        world.reorg(80)
        indexer.run_until_head()
        assert indexer.progress.reorgs >= 1
    assert_exact(world, database_path)


def test_what_the_node_refuses_is_left_to_the_writer(world: World) -> None:
    Life(world, seed=25).play(30)

    def refuse_the_last(method: str, params: list[object], result: object) -> object:
        if method == "eth_getLogs" and int(params[0]["toBlock"], 16) > world.head() - 5:
            raise Refusal("not today")
        return result

    with Proxy(world.url, refuse_the_last) as proxy:
        source = Source(Rpc(proxy.url, retries=0), {world.book: 1})
        found = joined(source, Pace(), world.head())
    assert found == Source(Rpc(world.url), {world.book: 1}).fetch(1, world.head() - 5)

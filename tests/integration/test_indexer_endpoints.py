"""Several nodes of which some fail, lag or lie: the index advances, exactly, with the others."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.integration.anvil import Anvil
from tests.integration.proxy import Proxy, Refusal, Twist, honest
from tests.integration.scenario import Life, assert_exact, index
from tests.integration.test_indexer_source import on
from tests.integration.world import World

from tallystick.chain.endpoints import Endpoints
from tallystick.chain.errors import DeploymentError, RpcUnavailable
from tallystick.indexer import repository
from tallystick.indexer.errors import FinalityBroken
from tallystick.indexer.indexer import Indexer

NOBODY = "http://127.0.0.1:9"


@pytest.fixture
def good(world: World) -> Iterator[Proxy]:
    Life(world, seed=31).play(40)
    with Proxy(world.url) as running:
        yield running


def asleep(method: str, params: list[Any], result: Any) -> Any:
    time.sleep(1.5)
    return result


def without_block_7(params: list[Any], block: Any) -> Any:
    return None if params[0] == "0x7" else block


def forged(params: list[Any], block: Any) -> Any:
    return block | {"parentHash": "0x" + "11" * 32} if params[0] == "0x7" else block


def limited(method: str, params: list[Any], result: Any) -> Any:
    raise Refusal("daily request count exceeded, request rate limited")


@pytest.mark.parametrize(
    "twist",
    [
        limited,
        asleep,
        on("eth_getBlockByNumber", forged),
        on("eth_getBlockByNumber", without_block_7),
        on("eth_getLogs", lambda _, logs: logs[:1]),
        on("eth_chainId", lambda *_: "0x5"),
        on("eth_getCode", lambda *_: "0x"),
    ],
    ids=["limited", "asleep", "forged", "partial", "hiding", "other chain", "other code"],
)
def test_another_node_takes_over(
    world: World, good: Proxy, database_path: Path, twist: Twist
) -> None:
    with Proxy(world.url, twist) as bad:
        rpc = Endpoints([bad.url, good.url], timeout=1.0, retries=0)
        with Indexer(rpc, world.deployment, database_path, poll_seconds=0.01) as indexer:
            indexer.run_until_head()
            assert indexer.cursor.number == world.head()
    assert_exact(world, database_path)


def test_nodes_that_do_not_answer_rest(world: World, good: Proxy, database_path: Path) -> None:
    now = 0.0
    rpc = Endpoints([NOBODY, good.url], retries=0, now=lambda: now)
    assert int(rpc.call("eth_blockNumber"), 16) == world.head()
    assert rpc.endpoint == good.url
    rpc.distrust("it lied")
    with pytest.raises(RpcUnavailable):  # the good one rests, too, but is asked all the same
        Endpoints([NOBODY, NOBODY], retries=0).call("eth_blockNumber")
    assert int(rpc.call("eth_blockNumber"), 16) == world.head()


def test_no_node_of_the_chain_is_an_error(world: World, good: Proxy, database_path: Path) -> None:
    good.twist = on("eth_chainId", lambda *_: "0x5")
    with pytest.raises(DeploymentError):
        Indexer(Endpoints([NOBODY, good.url], retries=0), world.deployment, database_path)


def test_a_node_that_lags_is_left(world: World, good: Proxy, database_path: Path) -> None:
    index(world, database_path)
    stuck = hex(world.head())

    def lagging(params: list[Any], block: Any) -> Any:
        return (
            world.rpc.call("eth_getBlockByNumber", stuck, False) if params[0] == "latest" else block
        )

    with Proxy(world.url, on("eth_getBlockByNumber", lagging)) as slow:
        rpc = Endpoints([slow.url, good.url])
        with Indexer(rpc, world.deployment, database_path) as indexer:
            world.mine(10)
            indexer.run_until_head()  # stands at the head as the first node knows it
            indexer.run_until_head()
            assert indexer.cursor.number == world.head()
    assert_exact(world, database_path)


def test_nodes_that_disagree_about_a_final_block_stop_the_index(database_path: Path) -> None:
    with Anvil("--slots-in-an-epoch", "1") as anvil:
        world = World(anvil)
        world.mine(10)
        index(world, database_path)

        def other(params: list[Any], block: Any) -> Any:
            return block and block | {"hash": "0x" + "22" * 32}

        with Proxy(world.url) as one, Proxy(world.url) as two:
            rpc = Endpoints([one.url, two.url])
            with Indexer(rpc, world.deployment, database_path) as indexer:
                indexer.run_until_head()
                two.twist = on("eth_getBlockByNumber", other)
                indexer._finality._ask = 0
                with pytest.raises(FinalityBroken, match="disagree about block"):
                    indexer.step()


def test_what_is_final_is_not_taken_back(database_path: Path) -> None:
    with Anvil("--slots-in-an-epoch", "1") as anvil:
        world = World(anvil)
        Life(world, seed=32).play(20)
        index(world, database_path)
        with repository.open_index(database_path) as db:
            standing = repository.standing(db)
        assert standing.finalized == world.head() - 2
        assert standing.safe == world.head() - 1
        rpc = Endpoints([world.url])
        with Indexer(rpc, world.deployment, database_path, keep_final=True) as indexer:
            world.reorg(2)
            indexer.run_until_head()
            assert indexer.progress.reorgs == 1
            world.reorg(9)
            with pytest.raises(FinalityBroken, match="nothing is taken back"):
                indexer.run_until_head()
        with repository.open_index(database_path) as db:
            assert repository.standing(db).finalized == standing.finalized
        index(world, database_path)  # a developer's chain may
        assert_exact(world, database_path)


def test_tags_that_the_node_does_not_know_are_left_out(
    world: World, good: Proxy, database_path: Path
) -> None:
    def untagged(params: list[Any], block: Any) -> Any:
        if params[0] in ("safe", "finalized"):
            raise Refusal("unknown block tag")
        return block

    good.twist = on("eth_getBlockByNumber", untagged)
    with Indexer(Endpoints([good.url]), world.deployment, database_path) as indexer:
        indexer.run_until_head()
    with repository.open_index(database_path) as db:
        assert repository.standing(db)[1:] == (None, None)
    good.twist = honest

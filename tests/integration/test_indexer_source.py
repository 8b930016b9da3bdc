"""What a node says is believed only where it agrees with itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.integration.proxy import Proxy, Refusal
from tests.integration.scenario import Life, assert_exact, index
from tests.integration.world import World

from tallystick.chain.codec import TOPICS
from tallystick.chain.rpc import Rpc
from tallystick.indexer.errors import SourceBehind, SourceError, SourceInconsistent
from tallystick.indexer.indexer import Indexer
from tallystick.indexer.source import Source


@pytest.fixture
def proxy(world: World) -> Iterator[Proxy]:
    Life(world, seed=3).play(40)
    with Proxy(world.url) as running:
        yield running


@pytest.fixture
def source(world: World, proxy: Proxy) -> Source:
    return Source(Rpc(proxy.url, retries=0), {world.book: 1})


def fetch_all(world: World, source: Source) -> None:
    source.fetch(1, world.head())


def on(wanted: str, change: Any) -> Any:
    """A twist of the results of one method."""

    def twist(method: str, params: list[Any], result: Any) -> Any:
        return change(params, result) if method == wanted else result

    return twist


def test_the_truth_is_accepted(world: World, source: Source) -> None:
    batch = source.fetch(1, world.head())
    assert [header.number for header in batch.headers] == list(range(1, world.head() + 1))
    assert len(batch.logs) > 10


@pytest.mark.parametrize("kept", [0, 1])
def test_logs_kept_back_are_noticed(world: World, source: Source, proxy: Proxy, kept: int) -> None:
    proxy.twist = on("eth_getLogs", lambda _, logs: logs[:kept])
    with pytest.raises(SourceInconsistent, match="kept back"):
        fetch_all(world, source)


def test_part_of_a_block_kept_back_is_noticed(world: World, source: Source, proxy: Proxy) -> None:
    world.payoff(world.originate())
    closed = "0x" + TOPICS["Closed"].hex()
    proxy.twist = on(
        "eth_getLogs", lambda _, logs: [log for log in logs if log["topics"][0] != closed]
    )
    with pytest.raises(SourceInconsistent, match=f"kept back logs of block {world.head()}"):
        source.fetch(world.head(), world.head())


def test_without_the_bloom_check_they_are_not(world: World, proxy: Proxy) -> None:
    proxy.twist = on("eth_getLogs", lambda _, logs: [])
    trusting = Source(Rpc(proxy.url), {world.book: 1}, check_bloom=False)
    assert trusting.fetch(1, world.head()).logs == []


def test_receipts_are_asked_only_where_the_bloom_leaves_it_open(
    world: World, source: Source, proxy: Proxy
) -> None:
    fetch_all(world, source)
    assert not [call for call in proxy.calls if call[0] == "eth_getBlockReceipts"]
    full = "0x" + "ff" * 256
    proxy.twist = on("eth_getBlockByNumber", lambda _, block: block and block | {"logsBloom": full})
    fetch_all(world, source)
    asked = [call for call in proxy.calls if call[0] == "eth_getBlockReceipts"]
    # a bloom that says yes to everything tells nothing of blocks that gave some logs
    given = {log.block_number for log in source.fetch(1, world.head()).logs}
    assert len(asked) == world.head() - len(given) > 10


def test_a_log_of_another_block_is_noticed(world: World, source: Source, proxy: Proxy) -> None:
    proxy.twist = on(
        "eth_getLogs", lambda _, logs: [logs[0] | {"blockHash": "0x" + "11" * 32}, *logs[1:]]
    )
    with pytest.raises(SourceInconsistent, match="another block"):
        fetch_all(world, source)


def test_a_log_outside_the_range_is_noticed(world: World, source: Source, proxy: Proxy) -> None:
    proxy.twist = on("eth_getLogs", lambda _, logs: [*logs, logs[0] | {"blockNumber": hex(10**6)}])
    with pytest.raises(SourceInconsistent, match="another block"):
        fetch_all(world, source)


def test_a_log_given_twice_is_noticed(world: World, source: Source, proxy: Proxy) -> None:
    proxy.twist = on("eth_getLogs", lambda _, logs: [*logs, logs[0]])
    with pytest.raises(SourceInconsistent, match="twice"):
        fetch_all(world, source)


def test_a_log_of_another_contract_is_noticed(world: World, source: Source, proxy: Proxy) -> None:
    proxy.twist = on("eth_getLogs", lambda _, logs: [logs[0] | {"address": world.token}, *logs[1:]])
    with pytest.raises(SourceInconsistent, match="another contract"):
        fetch_all(world, source)


def test_the_order_of_logs_does_not_matter(world: World, source: Source, proxy: Proxy) -> None:
    straight = source.fetch(1, world.head())
    proxy.twist = on("eth_getLogs", lambda _, logs: logs[::-1])
    assert source.fetch(1, world.head()) == straight


def test_a_missing_block_is_a_lag(world: World, source: Source, proxy: Proxy) -> None:
    proxy.twist = on(
        "eth_getBlockByNumber", lambda params, block: None if params[0] == "0x7" else block
    )
    with pytest.raises(SourceBehind, match="no block 7"):
        fetch_all(world, source)


def test_a_broken_chain_of_hashes_is_noticed(world: World, source: Source, proxy: Proxy) -> None:
    def change(params: list[Any], block: Any) -> Any:
        return block | {"parentHash": "0x" + "11" * 32} if params[0] == "0x7" else block

    proxy.twist = on("eth_getBlockByNumber", change)
    with pytest.raises(SourceInconsistent, match="block 7 does not follow"):
        fetch_all(world, source)


def test_limits_of_range_and_results_are_found(
    world: World, proxy: Proxy, database_path: Path
) -> None:
    def limited(params: list[Any], logs: list[Any]) -> list[Any]:
        first, last = (int(params[0][key], 16) for key in ("fromBlock", "toBlock"))
        if last - first >= 10 or len(logs) > 4:
            raise Refusal("query returned more than 4 results")
        return logs

    proxy.twist = on("eth_getLogs", limited)
    with Indexer(Rpc(proxy.url), world.deployment, database_path) as indexer:
        indexer.run_until_head()
    assert_exact(world, database_path)


def test_a_lie_changes_nothing_in_the_index(
    world: World, proxy: Proxy, database_path: Path
) -> None:
    before = index(world, database_path)
    world.originate()
    proxy.twist = on("eth_getLogs", lambda _, logs: [])
    with Indexer(Rpc(proxy.url), world.deployment, database_path, poll_seconds=0.01) as indexer:
        with pytest.raises(SourceError):
            indexer.run_until_head()
        stood = indexer.cursor.number
    assert stood < world.head()
    assert index(world, database_path) != before
    assert_exact(world, database_path)


def test_a_lagging_node_is_no_reorg(world: World, proxy: Proxy, database_path: Path) -> None:
    index(world, database_path)
    top = world.head()

    def lagging(method: str, params: list[Any], result: Any) -> Any:
        if method != "eth_getBlockByNumber":
            return result
        if params[0] == "latest":
            return world.rpc.call(method, hex(top - 5), False)
        return None if int(params[0], 16) > top - 5 else result

    proxy.twist = lagging
    with Indexer(Rpc(proxy.url), world.deployment, database_path) as indexer:
        assert indexer.run_until_head().number == top
        assert indexer.progress.reorgs == 0

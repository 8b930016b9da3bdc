"""No log can be kept back: what is indexed quickly is proven by receipts afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.integration.proxy import Proxy, Refusal
from tests.integration.scenario import Life, assert_exact, digest_of
from tests.integration.test_indexer_source import on
from tests.integration.world import World

from tallystick.chain.rpc import Rpc
from tallystick.indexer.errors import SourceError, SourceInconsistent
from tallystick.indexer.indexer import Indexer
from tallystick.indexer.proven import fetch_proven
from tallystick.indexer.source import Source


@pytest.fixture
def proxy(world: World) -> Iterator[Proxy]:
    """Blocks in which one payment could be kept back beside another."""
    Life(world, seed=3).play(30)
    agreements = [world.originate() for _ in range(4)]
    world.travel(world.now() + 40 * 86_400)
    world.collect(*agreements)
    world.mine(10)
    with Proxy(world.url) as running:
        yield running


def one_payment_less(params: list[Any], logs: list[Any]) -> list[Any]:
    """Without the last log of the first block that has two of its kind; nothing else shows it."""
    kinds: dict[tuple[str, str], int] = {}
    for place, log in enumerate(logs):
        kind = log["blockHash"], log["topics"][0]
        if kind in kinds:
            return [*logs[:place], *logs[place + 1 :]]
        kinds[kind] = place
    return logs


def running(proxy: Proxy, world: World, path: Path, **options: Any) -> Indexer:
    return Indexer(Rpc(proxy.url, retries=0), world.deployment, path, poll_seconds=0.01, **options)


def test_proven_blocks_are_what_the_source_gives(world: World, proxy: Proxy) -> None:
    source = Source(Rpc(proxy.url), {world.book: 1})
    assert fetch_proven(source, 1, world.head()) == source.fetch(1, world.head())


def forged_receipts(params: list[Any], receipts: list[Any]) -> list[Any]:
    return [receipt | {"logs": receipt["logs"][:-1]} for receipt in receipts]


def forged_header(params: list[Any], block: Any) -> Any:
    return block and block | {"receiptsRoot": "0x" + "11" * 32}


def forged_bloom(params: list[Any], block: Any) -> Any:
    return block and block | {"logsBloom": "0x" + "00" * 256}


@pytest.mark.parametrize(
    ("method", "lie"),
    [
        ("eth_getBlockReceipts", forged_receipts),
        ("eth_getBlockReceipts", lambda params, receipts: receipts[:-1]),
        ("eth_getBlockByNumber", forged_header),
        ("eth_getBlockByNumber", forged_bloom),
    ],
)
def test_a_forged_answer_proves_nothing(world: World, proxy: Proxy, method: str, lie: Any) -> None:
    proxy.twist = on(method, lie)
    with pytest.raises(SourceInconsistent):
        fetch_proven(Source(Rpc(proxy.url), {world.book: 1}), 1, world.head())


def test_a_log_kept_back_is_found_and_mended(
    world: World, proxy: Proxy, database_path: Path
) -> None:
    proxy.twist = on("eth_getLogs", one_payment_less)
    with running(proxy, world, database_path) as indexer:
        indexer.run_until_head()
        assert indexer.proven < world.head()
        wrong = digest_of(database_path)
        indexer.run_until_head(proven=True)
        assert indexer.proven == world.head()
    assert digest_of(database_path) != wrong
    assert_exact(world, database_path)


def test_an_event_that_does_not_fit_shows_what_is_missing(
    world: World, database_path: Path
) -> None:
    agreements = [world.originate() for _ in range(4)]
    world.travel(world.now() + 40 * 86_400)
    world.collect(*agreements)
    for agreement in agreements:
        world.pay(agreement, 5_000_000)
    world.mine(20)
    with (
        Proxy(world.url, on("eth_getLogs", one_payment_less)) as proxy,
        running(proxy, world, database_path) as indexer,
    ):
        indexer.run_until_head()
    assert_exact(world, database_path)


def test_what_is_new_is_proven_before_it_is_shown(
    world: World, proxy: Proxy, database_path: Path
) -> None:
    with running(proxy, world, database_path) as indexer:
        indexer.run_until_head(proven=True)
        before = digest_of(database_path)
        proxy.calls.clear()
        world.originate()
        proxy.twist = on("eth_getBlockReceipts", forged_receipts)
        with pytest.raises(SourceError):
            indexer.run_until_head()
        assert digest_of(database_path) == before
        proxy.twist = lambda method, params, result: result
        indexer.run_until_head()
        assert indexer.proven == world.head()
        assert not [call for call in proxy.calls if call[0] == "eth_getLogs"]
    assert_exact(world, database_path)


def test_a_node_without_receipts_still_serves(
    world: World, proxy: Proxy, database_path: Path
) -> None:
    def refused(params: list[Any], result: Any) -> Any:
        raise Refusal("the method eth_getBlockReceipts does not exist")

    proxy.twist = on("eth_getBlockReceipts", refused)
    with running(proxy, world, database_path) as indexer:
        indexer.run_until_head(proven=True)
        world.originate()
        indexer.run_until_head(proven=True)
        assert indexer.proven < world.head()
    assert_exact(world, database_path)


def test_a_reorg_takes_the_proof_back(world: World, proxy: Proxy, database_path: Path) -> None:
    with running(proxy, world, database_path) as indexer:
        indexer.run_until_head(proven=True)
        top = indexer.proven
        world.reorg(5)
        world.rpc.call("anvil_rollback", 3)
        world.travel(world.now() + 100)
        indexer.run_until_head(proven=True)
        assert indexer.proven == world.head() < top
    assert_exact(world, database_path)

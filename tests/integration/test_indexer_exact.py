"""An index is exact: fresh, continued, re-orged live or during backfill, killed at any point."""

from __future__ import annotations

import multiprocessing
import random
import signal
import threading
import time
from contextlib import nullcontext
from pathlib import Path

import pytest
from tests.integration.anvil import Anvil
from tests.integration.scenario import (
    Life,
    assert_exact,
    digest_of,
    follow_slowly,
    index,
    loan_ids,
)
from tests.integration.world import World

from tallystick.chain.rpc import Rpc
from tallystick.db import DatabaseMissing, SchemaOutdated
from tallystick.indexer import repository
from tallystick.indexer.indexer import Indexer


def indexer(world: World, path: Path) -> Indexer:
    return Indexer(Rpc(world.url), world.deployment, path, poll_seconds=0.02)


def test_continued_equals_fresh(world: World, database_path: Path) -> None:
    life = Life(world, seed=1)
    for _ in range(4):
        life.play(12)
        index(world, database_path)
    assert_exact(world, database_path)
    with repository.open_index(database_path) as db:
        assert len(loan_ids(db)) >= 3
        assert db.execute("SELECT sum(payment_count) FROM loans").fetchone()[0] >= 10


@pytest.mark.parametrize("depth", [1, 2, 7, 30])
def test_a_reorg_seen_live(world: World, database_path: Path, depth: int) -> None:
    life = Life(world, seed=depth)
    with indexer(world, database_path) as live:
        life.play(45)
        live.run_until_head()
        world.reorg(depth)
        live.run_until_head()
        assert live.progress.reorgs == 1
        assert_exact(world, database_path)
        life.forget_vanished()
        life.play(5)
        live.run_until_head()
    assert_exact(world, database_path)


def test_a_reorg_that_moves_and_drops_events(world: World, database_path: Path) -> None:
    agreements = [world.originate() for _ in range(3)]
    for agreement in agreements:
        world.pay(agreement, 5_000_000)
    with indexer(world, database_path) as live:
        live.run_until_head()
        before = digest_of(database_path)
        # The last three blocks again, with the payments in another order and one of them missing.
        raw = [
            world.rpc.call("eth_getBlockByNumber", hex(world.head() - back), True)
            for back in (2, 0)
        ]
        again = [
            [{key: tx[key] for key in ("from", "to", "input", "gas")}, offset]
            for offset, tx in enumerate(block["transactions"][0] for block in reversed(raw))
        ]
        world.rpc.call("anvil_reorg", 3, again)
        live.run_until_head()
        assert digest_of(database_path) != before
        payments = [
            repository.get_loan(db, world.loan_id(a)) for db in [live._db] for a in agreements
        ]
        assert [len(state.payments) for state in payments if state] == [1, 0, 1]
    assert_exact(world, database_path)


def test_a_rollback_that_ends_lower(world: World, database_path: Path) -> None:
    life = Life(world, seed=5)
    life.play(20)
    with indexer(world, database_path) as live:
        live.run_until_head()
        top = live.cursor.number
        world.rpc.call("anvil_rollback", 6)
        live.run_until_head()
        assert live.cursor.number == top  # a lower head alone proves nothing
        world.travel(world.now() + 77)
        live.run_until_head()
        assert live.cursor.number == top - 5
        assert live.progress.reorgs == 1
    assert_exact(world, database_path)


def test_a_chain_put_back_to_a_snapshot(world: World, database_path: Path) -> None:
    """Events vanish, move to other blocks and change their order, seen live and after a pause."""
    Life(world, seed=9).play(10)
    for live in (True, False):
        kept, agreement = world.rpc.call("evm_snapshot"), world.originate()
        world.pay(agreement, 5_000_000)
        world.mine(40)
        index(world, database_path)
        with indexer(world, database_path) if live else nullcontext() as writer:
            assert world.rpc.call("evm_revert", kept)
            world.mine(2)
            others = [world.originate() for _ in range(2)]
            world.pay(others[1], 7_000_000)
            world.mine(50)
            if writer is not None:
                writer.run_until_head()
                assert writer.progress.reorgs == 1
        index(world, database_path)
        assert_exact(world, database_path)
        with repository.open_index(database_path) as db:
            assert repository.get_loan(db, world.loan_id(agreement)) is None
            assert {world.loan_id(other) for other in others} <= set(loan_ids(db))


def test_everything_down_to_the_deployment_is_replaced(world: World, database_path: Path) -> None:
    life = Life(world, seed=6)
    life.play(15)
    index(world, database_path)
    world.reorg(world.head() - world.deployment.from_block)
    index(world, database_path)
    assert_exact(world, database_path)
    with repository.open_index(database_path) as db:
        assert loan_ids(db) == []
        assert db["events"].count == 0


def test_a_reorg_while_catching_up(
    world: World, database_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tallystick.indexer.indexer._FAR_BLOCKS", 10**9)
    life = Life(world, seed=7)
    life.play(40)
    with indexer(world, database_path) as slow:
        slow._pace.blocks = 4
        for _ in range(6):
            slow.step()
            slow._pace.blocks = 4
        world.reorg(world.head() - slow.cursor.number + 5)
        slow.run_until_head()
        assert slow.progress.reorgs == 1
    assert_exact(world, database_path)


def test_random_reorgs_while_following(world: World, database_path: Path) -> None:
    chance, life = random.Random(8), Life(world, seed=8)
    stop = threading.Event()
    with indexer(world, database_path) as live:
        thread = threading.Thread(target=live.follow, args=(stop,))
        thread.start()
        try:
            for _ in range(12):
                life.play(chance.randint(1, 8))
                life.reorg(12)
            wait_for(lambda: live.cursor.hash == live._source.head().hash)
        finally:
            stop.set()
            thread.join(10)
        assert live.progress.problem is None
        assert live.progress.reorgs > 0
    assert_exact(world, database_path)


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_killed_at_random_points(world: World, database_path: Path) -> None:
    chance, life = random.Random(9), Life(world, seed=9)
    process = multiprocessing.get_context("fork")  # at work within milliseconds
    victim = (world.url, world.deployment, database_path)
    kills, seen = 0, set[repository.Cursor | None]()
    for _ in range(25):
        life.play(8)
        writer = process.Process(target=follow_slowly, args=victim)
        writer.start()
        time.sleep(chance.uniform(0, 0.08))
        if chance.random() < 0.3:
            life.reorg(10)
        writer.kill()
        writer.join(10)
        kills += writer.exitcode == -signal.SIGKILL
        seen.add(cursor_of(database_path))
    assert kills >= 20
    assert len(seen) >= 10  # most were killed at work, not before it
    index(world, database_path)
    assert_exact(world, database_path)


def cursor_of(path: Path) -> repository.Cursor | None:
    try:
        with repository.open_index(path) as db:
            return repository.cursor(db)
    except (DatabaseMissing, SchemaOutdated):  # killed before the first migration
        return None


def test_the_window_of_block_hashes_is_bounded(
    world: World, database_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tallystick.indexer.store.WINDOW", 20)
    life = Life(world, seed=10)
    with indexer(world, database_path) as live:
        for _ in range(3):
            life.play(5)
            world.mine(30)
            live.run_until_head()
        with_events = live._db.execute("SELECT count(DISTINCT block_number) FROM events").fetchone()
        assert live._db["blocks"].count <= 1 + 20 + with_events[0]
        world.reorg(60)  # deeper than the window: found by a block with events
        live.run_until_head()
        assert live.progress.reorgs == 1
    assert_exact(world, database_path)


def test_a_chain_that_keeps_its_state_is_the_same_chain(tmp_path: Path) -> None:
    path = tmp_path / "index.db"
    with Anvil("--state", str(tmp_path / "state.json")) as anvil:
        world = World(anvil)
        world.originate()
        before = index(world, path)
        anvil.stop()
        anvil.start()
        assert index(world, path) == before
        world.originate()
        index(world, path)
        assert_exact(world, path)


def wait_for(condition: object) -> None:
    for _ in range(1_000):
        if callable(condition) and condition():
            return
        time.sleep(0.01)
    raise TimeoutError

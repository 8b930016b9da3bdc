"""Several books and chains in one index: added at any time, each exact, none disturbs another."""

from __future__ import annotations

import json
import multiprocessing
import random
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.integration.anvil import Anvil
from tests.integration.api.server import write_record
from tests.integration.proxy import Proxy
from tests.integration.scenario import Life, assert_agreement, digest_of
from tests.integration.world import World

from tallystick.audit.audit import Scope, audit
from tallystick.audit.errors import AuditError
from tallystick.chain.codec import TOPICS
from tallystick.chain.deployment import Deployment
from tallystick.chain.errors import ChainReplaced
from tallystick.chain.registry import Registry
from tallystick.chain.rpc import Rpc
from tallystick.db import DatabaseMissing, SchemaOutdated
from tallystick.indexer import fleet as fleet_module
from tallystick.indexer import indexer as indexer_module
from tallystick.indexer import repository
from tallystick.indexer.digest import digest
from tallystick.indexer.errors import WriterBusy
from tallystick.indexer.fleet import Fleet
from tallystick.indexer.indexer import Indexer
from tallystick.indexer.lock import Shared
from tallystick.loans.calendar import SECONDS_PER_DAY


@pytest.fixture
def second(world: World) -> World:
    """Another book and token on the same chain, some blocks later."""
    world.originate()
    world.mine(3)
    return World(world.anvil)


@pytest.fixture
def elsewhere() -> Iterator[World]:
    """A book on another chain, whose blocks have the numbers of the first one's."""
    with Anvil("--chain-id", "4242") as anvil:
        yield World(anvil)


def index(worlds: Iterable[World], path: Path) -> str:
    """Indexes all books, one after another, until the heads; the digest."""
    worlds = list(worlds)
    for chain_id in {world.chain_id: None for world in worlds}:
        first, *rest = (world for world in worlds if world.chain_id == chain_id)
        wanted = tuple(world.deployment for world in rest)
        with Indexer(Rpc(first.url), first.deployment, path, wanted=lambda: wanted) as indexer:  # noqa: B023
            indexer.run_until_head()
    return digest_of(path)


def assert_exact(worlds: Iterable[World], path: Path) -> None:
    """The index equals a fresh one, made in another order, and the contracts' storage."""
    worlds = list(worlds)
    for leftover in path.parent.glob("fresh.db*"):
        leftover.unlink()
    assert digest_of(path) == index(reversed(worlds), path.with_name("fresh.db"))
    for world in worlds:
        assert_agreement(world, path)


def loans_of(path: Path, world: World) -> int:
    """Loans of a book that readers see."""
    with repository.open_index(path) as db:
        states = repository.list_loans(db, limit=1_000)
    wanted = world.chain_id, world.book
    return sum((s.originated.chain_id, s.originated.book) == wanted for s in states)


def play(worlds: Iterable[World], seed: int, steps: int) -> list[Life]:
    lives = [Life(world, seed + at) for at, world in enumerate(worlds)]
    for _ in range(steps // 4):
        for life in lives:
            life.play(4)
    return lives


def test_a_book_is_added_while_another_is_followed(
    world: World, second: World, database_path: Path
) -> None:
    first, later = play([world, second], seed=1, steps=24)
    wanted: list[Deployment] = []
    with Indexer(Rpc(world.url), world.deployment, database_path, wanted=lambda: wanted) as live:
        live.run_until_head()
        assert loans_of(database_path, second) == 0
        wanted.append(second.deployment)
        steps = 0
        while live.add():
            steps += 1
            live._catching_up._pace.blocks = 3
            if steps % 3 == 0:
                first.play(1)
                later.play(1)
            while live.step():
                pass
            assert live.cursor.number == world.head()  # the first book is never behind
            joined = all(book.at is None for book in live._store.books)
            assert joined or loans_of(database_path, second) == 0  # all of it, or nothing
        assert steps > 5
        assert loans_of(database_path, second) >= 2
        assert live.proven < live.cursor.number
        while live.prove():
            pass
        assert live.proven == live.cursor.number
        first.play(4)
        later.play(4)
        live.run_until_head()
    assert_exact([world, second], database_path)


@pytest.mark.parametrize("depth", [2, 9, 25])
def test_a_reorg_while_a_book_catches_up(
    world: World, second: World, database_path: Path, depth: int
) -> None:
    lives = play([world, second], seed=depth, steps=32)
    wanted = (second.deployment,)
    with Indexer(Rpc(world.url), world.deployment, database_path, wanted=lambda: wanted) as live:
        while live.step():
            pass
        for _ in range(4):
            live.add()
            live._catching_up._pace.blocks = 8
        (book,) = (book for book in live._store.books if book.address == second.book)
        assert book.at is not None
        assert book.at[0] > second.deployment.from_block
        world.reorg(min(depth, world.head() - second.ready))
        for life in lives:
            life.forget_vanished()
            life.play(2)
        live.run_until_head()
        assert live.progress.reorgs == 1
    assert_exact([world, second], database_path)


def test_a_reorg_of_one_chain_leaves_the_others_as_they_are(
    world: World, elsewhere: World, database_path: Path
) -> None:
    play([world, elsewhere], seed=5, steps=40)
    index([world, elsewhere], database_path)
    with repository.open_index(database_path) as db:
        untouched = digest(db, elsewhere.chain_id)
        before = digest(db, world.chain_id)
        assert len(repository.list_loans(db, limit=100)) >= 6
    world.reorg(20)
    index([world, elsewhere], database_path)
    with repository.open_index(database_path) as db:
        assert digest(db, elsewhere.chain_id) == untouched
        assert digest(db, world.chain_id) != before
        hash_ = repository.recent_blocks(db, 1, world.head() - 25)[0][1]
        assert repository.survivor(db, hash_, chain=1) is None
    assert_exact([world, elsewhere], database_path)


def test_chains_are_followed_beside_each_other(
    world: World, second: World, elsewhere: World, database_path: Path
) -> None:
    wanted, stop = (second.deployment, elsewhere.deployment), threading.Event()
    with pytest.raises(WriterBusy), Shared(database_path):
        Shared(database_path)
    with Shared(database_path) as shared:
        indexers = [
            Indexer(
                Rpc(one.url),
                one.deployment,
                database_path,
                wanted=lambda: wanted,
                shared=shared,
                poll_seconds=0.02,
            )
            for one in (world, elsewhere)
        ]
        threads = [threading.Thread(target=one.follow, args=(stop,)) for one in indexers]
        for thread in threads:
            thread.start()
        try:
            for life in play([world, second, elsewhere], seed=6, steps=20):
                life.reorg(6)
                life.play(3)
            wait_for(lambda: all(one.cursor.hash == one._source.head().hash for one in indexers))
        finally:
            stop.set()
            for thread in threads:
                thread.join(10)
            for one in indexers:
                one.close()
        assert [one.progress.problem for one in indexers] == [None, None]
    index([world, second, elsewhere], database_path)
    assert_exact([world, second, elsewhere], database_path)


def follow_for_ever(
    worlds: list[tuple[str, Deployment, tuple[Deployment, ...]]], path: Path
) -> None:
    """Follows two chains in many small transactions, so that a kill meets one in every state."""
    indexer_module._FAR_BLOCKS = 10**9
    with Shared(path) as shared:
        indexers = [
            Indexer(Rpc(url), deployment, path, wanted=lambda wanted=wanted: wanted, shared=shared)
            for url, deployment, wanted in worlds
        ]
        while True:
            for one in indexers:
                one._pace.blocks = one._catching_up._pace.blocks = 2
                one.step()
                one.add()


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_killed_at_random_points(
    world: World, second: World, elsewhere: World, database_path: Path
) -> None:
    chance, process = random.Random(7), multiprocessing.get_context("fork")
    lives = play([world, second, elsewhere], seed=7, steps=20)
    job = [
        (world.url, world.deployment, (second.deployment,)),
        (elsewhere.url, elsewhere.deployment, ()),
    ]
    kills, seen = 0, set[object]()
    for _ in range(25):
        for life in lives:
            life.play(2)
        writer = process.Process(target=follow_for_ever, args=(job, database_path))
        writer.start()
        time.sleep(chance.uniform(0, 0.12))
        if chance.random() < 0.3:
            chance.choice(lives).reorg(8)
            for life in lives:
                life.forget_vanished()
        writer.kill()
        writer.join(10)
        kills += writer.exitcode == -signal.SIGKILL
        seen.add(places(database_path))
    assert kills >= 20
    assert len(seen) >= 12
    index([world, second, elsewhere], database_path)
    assert_exact([world, second, elsewhere], database_path)


def places(path: Path) -> tuple[object, ...]:
    """Where every chain and every book stands."""
    try:
        with repository.open_index(path) as db:
            return (*(one.cursor for one in repository.chains(db)), *repository.books(db))
    except (DatabaseMissing, SchemaOutdated):
        return ()


def test_another_chain_with_the_same_id_is_refused(
    world: World, elsewhere: World, database_path: Path
) -> None:
    before = index([world, elsewhere], database_path)
    with Anvil("--chain-id", "4242", "--timestamp", "1770000000") as anvil:
        anew = World(anvil)
        with pytest.raises(ChainReplaced, match="delete the index"):
            Indexer(Rpc(anew.url), anew.deployment, database_path)
    assert digest_of(database_path) == before


def test_a_book_that_is_not_as_told_is_left_out(world: World, database_path: Path) -> None:
    wrong = replace(world.deployment, book=world.token)
    nowhere = replace(world.deployment, book=world.parties["ada"].address)
    with Indexer(
        Rpc(world.url), world.deployment, database_path, wanted=lambda: (wrong, nowhere)
    ) as live:
        world.originate()
        live.run_until_head()
        assert set(live.refused) == {wrong.book, nowhere.book}
    assert_exact([world], database_path)


@contextmanager
def fleet(world: World, elsewhere: World, registry: Path, path: Path) -> Iterator[Fleet]:
    """Follows what is in the registry until the end of the block."""
    books, stop = Registry(world.deployment, registry), threading.Event()
    nodes = {one.chain_id: (one.url,) for one in (world, elsewhere)}
    with Shared(path) as shared:
        one = Fleet(books, nodes, path, shared)
        thread = threading.Thread(target=one.follow, args=(stop,))
        thread.start()
        try:
            yield one
        finally:
            stop.set()
            thread.join(20)
            assert not thread.is_alive()


def test_books_are_discovered_while_others_are_followed(
    world: World,
    second: World,
    elsewhere: World,
    database_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(fleet_module, "_LOOK_SECONDS", 0.05)
    registry = database_path.with_name("deployments")
    lives = play([world, second, elsewhere], seed=8, steps=12)

    def reached(*worlds: World) -> bool:
        with repository.open_index(database_path) as db:
            books = {(b.chain_id, b.address): b for b in repository.books(db)}
            return all(
                (book := books.get((one.chain_id, one.book))) is not None
                and book.at is None
                and (cursor := repository.cursor(db, one.chain_id)) is not None
                and cursor.number == one.head()
                for one in worlds
            )

    index([world], database_path)
    with fleet(world, elsewhere, registry, database_path):
        wait_for(lambda: reached(world))
        registry.mkdir()
        (registry / "broken.json").write_text("{")
        write_record(second, registry / "second.json")
        wait_for(lambda: reached(world, second))
        write_record(elsewhere, registry / "elsewhere.json")
        unknown = json.loads((registry / "elsewhere.json").read_text()) | {"chain_id": 9}
        (registry / "unknown.json").write_text(json.dumps(unknown))
        wait_for(lambda: reached(elsewhere))
        for life in lives:
            life.play(4)
        wait_for(lambda: reached(world, second, elsewhere))
    assert "broken.json" in caplog.text
    assert "chain 9 is not followed: no node of it is named" in caplog.text
    assert_exact([world, second, elsewhere], database_path)
    with fleet(world, elsewhere, registry.with_name("gone"), database_path):
        lives[1].play(4)  # what was discovered once is followed without its record
        wait_for(lambda: reached(world, second))


def test_a_chain_whose_node_hangs_does_not_stop_the_others(
    world: World, elsewhere: World, database_path: Path
) -> None:
    registry = database_path.with_name("deployments")
    registry.mkdir()
    write_record(elsewhere, registry / "elsewhere.json")
    index([world], database_path)
    with fleet(world, elsewhere, registry, database_path), elsewhere.anvil.outage():
        world.originate()
        wait_for(lambda: loans_of(database_path, world) == 1)


def wait_for(condition: Callable[[], bool]) -> None:
    for _ in range(1_000):
        if condition():
            return
        time.sleep(0.01)
    raise TimeoutError


def test_an_event_kept_back_while_a_book_catches_up_is_found(
    world: World, second: World, database_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    agreements = [second.originate() for _ in range(3)]
    second.travel(second.now() + 40 * SECONDS_PER_DAY)
    second.collect(*agreements)
    for agreement in agreements:
        second.pay(agreement, 5_000_000)

    def one_payment_less(method: str, params: list[Any], result: Any) -> Any:
        if method != "eth_getLogs" or second.book.lower() not in params[0]["address"]:
            return result
        paid = "0x" + TOPICS["Paid"].hex()
        drop = next((log for log in result if log["topics"][0] == paid), None)
        return [log for log in result if log is not drop]

    wanted = (second.deployment,)
    with (
        Proxy(world.url, one_payment_less) as proxy,
        Indexer(Rpc(proxy.url), world.deployment, database_path, wanted=lambda: wanted) as live,
    ):
        live.run_until_head()
    assert f"an event of {second.book} does not fit" in caplog.text
    assert_exact([world, second], database_path)


def test_a_book_whose_events_are_none_of_ours_stops_only_itself(
    world: World, database_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    stranger = replace(world.deployment, book=world.token, code_hash=None, parts=())
    world.originate()
    with Indexer(
        Rpc(world.url), world.deployment, database_path, wanted=lambda: (stranger,)
    ) as live:
        live.run_until_head()
        world.originate()
        live.run_until_head()
        assert live.cursor.number == world.head()
    assert f"the book {world.token} cannot be indexed" in caplog.text
    assert_agreement(world, database_path)
    assert loans_of(database_path, world) == 2


def test_each_book_is_audited_by_itself(
    world: World, second: World, elsewhere: World, database_path: Path
) -> None:
    play([world, second, elsewhere], seed=9, steps=12)
    index([world, second, elsewhere], database_path)
    with repository.open_index(database_path) as db:
        for one in (world, second, elsewhere):
            report = audit(Rpc(one.url), one.book, Scope(), db)
            assert report.equal, report.differences
            assert (report.chain_id, report.book) == (one.chain_id, one.book)
            assert len(report.loans) == loans_of(database_path, one) > 0
        with pytest.raises(AuditError, match="not of"):
            audit(Rpc(elsewhere.url), second.book, Scope(), db)

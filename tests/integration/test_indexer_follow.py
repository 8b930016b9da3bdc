"""Following: outages, strangers' chains, second writers, how soon a block is seen."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from tests.integration.anvil import Anvil
from tests.integration.scenario import assert_exact, digest_of, index
from tests.integration.world import World

from tallystick.chain.deployment import load_deployment
from tallystick.chain.errors import ChainReplaced, CodeMismatch, DeploymentError, WrongChain
from tallystick.chain.rpc import Rpc
from tallystick.db import open_database
from tallystick.indexer import repository
from tallystick.indexer.errors import OtherBook, WriterBusy, WriterOvertaken
from tallystick.indexer.indexer import Indexer


@contextmanager
def following(world: World, path: Path) -> Iterator[Indexer]:
    rpc = Rpc(world.url, timeout=0.5, retries=0)
    stop = threading.Event()
    with Indexer(rpc, world.deployment, path, poll_seconds=0.02) as indexer:
        thread = threading.Thread(target=indexer.follow, args=(stop,))
        thread.start()
        try:
            yield indexer
        finally:
            stop.set()
            thread.join(10)
            assert not thread.is_alive()


def wait_for(condition: Callable[[], bool], seconds: float = 10) -> None:
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            raise TimeoutError
        time.sleep(0.01)


def test_a_block_is_soon_visible_to_readers(world: World, database_path: Path) -> None:
    with following(world, database_path), repository.open_index(database_path) as db:
        agreement = world.originate()
        wait_for(lambda: repository.get_loan(db, world.loan_id(agreement)) is not None)


def test_an_outage_is_reported_and_survived(world: World, database_path: Path) -> None:
    with following(world, database_path) as indexer:
        world.originate()
        wait_for(lambda: indexer.progress.number == world.head())
        before = digest_of(database_path)
        with world.anvil.outage():
            wait_for(lambda: indexer.progress.problem is not None)
            assert "no answer" in str(indexer.progress.problem)
            assert digest_of(database_path) == before
        world.originate()
        wait_for(lambda: indexer.progress.number == world.head())
        assert indexer.progress.problem is None
        assert indexer.progress.lag == 0
    assert_exact(world, database_path)


def test_a_second_writer_is_refused(world: World, database_path: Path) -> None:
    rpc = Rpc(world.url)
    with Indexer(rpc, world.deployment, database_path), pytest.raises(WriterBusy):
        Indexer(rpc, world.deployment, database_path)
    index(world, database_path)


def test_a_writer_that_circumvents_the_lock_is_caught(world: World, database_path: Path) -> None:
    with (
        Indexer(Rpc(world.url), world.deployment, database_path) as indexer,
        open_database(database_path) as other,
    ):
        indexer.run_until_head()
        other.execute("UPDATE chains SET number = number - 1")
        world.originate()
        with pytest.raises(WriterOvertaken):
            indexer.run_until_head()
        assert other["events"].count == 0


def test_what_is_not_as_recorded_is_refused(world: World, database_path: Path) -> None:
    index(world, database_path)
    rpc, right = Rpc(world.url), world.deployment
    with pytest.raises(WrongChain):
        Indexer(rpc, replace(right, chain_id=1), database_path)
    with pytest.raises(CodeMismatch):
        Indexer(rpc, replace(right, book=world.token), database_path)
    with pytest.raises(OtherBook, match="from block"):
        Indexer(rpc, replace(right, from_block=1), database_path)
    index(world, database_path)


def test_a_chain_started_anew_is_named_with_its_cure(tmp_path: Path) -> None:
    path = tmp_path / "index.db"
    with Anvil() as anvil:
        world = World(anvil)
        world.originate()
        before = index(world, path)
        port = anvil.port
    with Anvil("--timestamp", "1770000000", port=port) as again:
        anew = World(again)
        with pytest.raises(ChainReplaced, match="deploy again"):
            Indexer(Rpc(again.url), world.deployment, path)
        with pytest.raises(ChainReplaced, match="delete the index"):
            Indexer(Rpc(again.url), anew.deployment, path)
    assert digest_of(path) == before


def test_a_chain_replaced_while_following_stops_the_indexer(tmp_path: Path) -> None:
    path = tmp_path / "index.db"
    with Anvil() as anvil:
        world = World(anvil)
        world.originate()
        indexer = Indexer(Rpc(world.url, retries=0), world.deployment, path, poll_seconds=0.02)
        indexer.run_until_head()
        before = digest_of(path)
    with indexer, Anvil("--timestamp", "1770000000", port=anvil.port) as again:
        World(again).mine(5)
        with pytest.raises(DeploymentError):
            indexer.follow(threading.Event())
        assert digest_of(path) == before


def test_a_record_without_hashes_is_enough(world: World, tmp_path: Path) -> None:
    record = tmp_path / "deployment.json"
    record.write_text(
        f'{{"chain_id": {world.chain_id}, "book": {{"address": "{world.book}", "block": '
        f"{world.deployment.from_block}}}}}"
    )
    path = tmp_path / "index.db"
    with Indexer(Rpc(world.url), load_deployment(record), path) as indexer:
        indexer.run_until_head()
    assert_exact(world, path)

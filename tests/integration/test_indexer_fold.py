"""A release that folds events otherwise makes the loans again, while readers read on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.integration.proxy import Proxy
from tests.integration.scenario import Life, assert_exact, digest_of, index
from tests.integration.world import World

from tallystick.chain.rpc import Rpc
from tallystick.db import open_database, snapshot, write
from tallystick.indexer import cursors, refold, repository, schema
from tallystick.indexer.indexer import Indexer


@pytest.fixture
def outdated(
    world: World, database_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[Path, str]:
    """An index whose loans an earlier release made otherwise, and what they should be."""
    Life(world, seed=41).play(60)
    right = index(world, database_path)
    with open_database(database_path) as db:
        db.execute("UPDATE loans SET outstanding = balance, payment_count = 7")
    assert digest_of(database_path) != right
    release(monkeypatch, schema.FOLD + 1)
    monkeypatch.setattr(repository, "READABLE", (schema.FOLD - 1, schema.FOLD))
    return database_path, right


def release(monkeypatch: pytest.MonkeyPatch, fold: int) -> None:
    for module in (schema, cursors, refold):
        monkeypatch.setattr(module, "FOLD", fold)


def killed_after(
    monkeypatch: pytest.MonkeyPatch, world: World, path: Path, enough: Callable[[], bool]
) -> None:
    """A writer that dies between two transactions, before the switch."""

    def look() -> None:
        if enough():
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        watched(patched, look)
        with pytest.raises(KeyboardInterrupt):
            Indexer(Rpc(world.url), world.deployment, path)


def made(path: Path) -> int:
    """New loans that are ready."""
    with repository.open_index(path) as db:
        count: int = db.execute(f"SELECT count(*) FROM loans_{schema.FOLD}").fetchone()[0]
    return count


def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refold, "_FIRST_LOANS", 1)
    monkeypatch.setattr(refold, "_MOST_LOANS", 2)


def test_loans_are_folded_again_from_stored_events(
    world: World, outdated: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, right = outdated
    small_steps(monkeypatch)
    with Proxy(world.url) as proxy, Indexer(Rpc(proxy.url), world.deployment, path):
        assert digest_of(path) == right
        assert "eth_getLogs" not in {method for method, _ in proxy.calls}
    assert_exact(world, path)


def watched(monkeypatch: pytest.MonkeyPatch, look: Callable[[], None]) -> None:
    """Calls `look` after each transaction that made new loans, before the switch."""
    after = refold.Refolding._after

    def step(self: refold.Refolding, *arguments: Any) -> list[tuple[int, int]]:
        look()
        return after(self, *arguments)

    monkeypatch.setattr(refold.Refolding, "_after", step)


@pytest.mark.parametrize("readable", [True, False])
def test_readers_are_served_the_old_loans_until_the_new_are_complete(
    world: World, outdated: tuple[Path, str], monkeypatch: pytest.MonkeyPatch, readable: bool
) -> None:
    path, _ = outdated
    small_steps(monkeypatch)
    if not readable:  # a release that keeps loans otherwise cannot show the old ones
        monkeypatch.setattr(repository, "READABLE", (schema.FOLD,))
    seen: list[tuple[object, ...]] = []

    def look() -> None:
        with repository.open_index(path) as db, snapshot(db):
            known = db.execute("SELECT count(*), min(payment_count) FROM loans").fetchone()
            seen.append((*known, repository.cursor(db)))
        with open_database(path) as other, write(other) as connection:  # nobody waits for long
            connection.execute("UPDATE books SET id = id")

    with repository.open_index(path) as db:
        loans, number = db["loans"].count, db.execute("SELECT number FROM chains").fetchone()[0]
    watched(monkeypatch, look)
    Indexer(Rpc(world.url), world.deployment, path).close()
    assert len(seen) > 2
    assert {row[:2] for row in seen} == {(loans, 7)}
    assert {row[2] and row[2].number for row in seen} == {number if readable else None}
    with repository.open_index(path) as db:
        assert db.execute("SELECT min(payment_count) FROM loans").fetchone() != (7,)
        assert repository.cursor(db) is not None


def test_a_fold_that_was_killed_goes_on(
    world: World, outdated: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, right = outdated
    small_steps(monkeypatch)
    for loans in (0, 1, 3):
        killed_after(monkeypatch, world, path, lambda loans=loans: made(path) >= loans)
        with repository.open_index(path) as db:
            assert db.execute("SELECT min(payment_count) FROM loans").fetchone() == (7,)
    assert made(path) >= 3
    Indexer(Rpc(world.url), world.deployment, path).close()
    assert digest_of(path) == right
    assert_exact(world, path)


def test_what_was_made_of_other_events_is_made_again(
    world: World, outdated: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, _ = outdated
    small_steps(monkeypatch)

    killed_after(monkeypatch, world, path, lambda: made(path) >= 2)
    with monkeypatch.context() as patched:  # the release before is started once more
        release(patched, schema.FOLD - 1)
        world.originate()
        index(world, path)
    index(world, path)
    assert_exact(world, path)

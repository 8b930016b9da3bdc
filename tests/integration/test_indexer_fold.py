"""A release that folds events otherwise makes the loans again, while readers read on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.integration.proxy import Proxy
from tests.integration.scenario import Life, assert_exact, digest_of, index
from tests.integration.world import World

from tallystick.chain.rpc import Rpc
from tallystick.db import open_database
from tallystick.indexer import repository, schema, store
from tallystick.indexer.indexer import Indexer
from tallystick.indexer.projection import Projection


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
    for module in (schema, store, repository):
        monkeypatch.setattr(module, "FOLD", schema.FOLD + 1)
    return database_path, right


def test_loans_are_folded_again_from_stored_events(
    world: World, outdated: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, right = outdated
    monkeypatch.setattr(store, "_LOANS_AT_ONCE", 2)
    with Proxy(world.url) as proxy, Indexer(Rpc(proxy.url), world.deployment, path):
        assert digest_of(path) == right
        assert "eth_getLogs" not in {method for method, _ in proxy.calls}
    assert_exact(world, path)


def test_readers_read_on_meanwhile(
    world: World, outdated: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, _ = outdated
    seen: list[tuple[int, Any]] = []
    fold_again = Projection.fold_again

    def watched(self: Projection, *arguments: Any) -> None:
        fold_again(self, *arguments)
        with repository.open_index(path) as db:
            known = db.execute("SELECT count(*), min(payment_count) FROM loans").fetchone()
            seen.append((*known, repository.cursor(db)))

    monkeypatch.setattr(Projection, "fold_again", watched)
    with repository.open_index(path) as db:
        loans = db["loans"].count
    Indexer(Rpc(world.url), world.deployment, path).close()
    assert seen == [(loans, 7, None)]  # the old loans; those who want the new ones are told to wait
    with repository.open_index(path) as db:
        assert repository.cursor(db) is not None


def test_a_fold_that_was_killed_begins_again(
    world: World, outdated: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, right = outdated

    def killed(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Projection, "write", killed)
        with pytest.raises(KeyboardInterrupt):
            Indexer(Rpc(world.url), world.deployment, path)
    with repository.open_index(path) as db:
        assert db.execute("SELECT min(payment_count) FROM loans").fetchone() == (7,)
    Indexer(Rpc(world.url), world.deployment, path).close()
    assert digest_of(path) == right

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tallystick.api.idempotency import (
    ABANDONED_SECONDS,
    KEEP_SECONDS,
    IdempotencyStore,
    Outcome,
    check_key,
    fingerprint,
)
from tallystick.api.problems import Problem
from tallystick.api.schema import schema
from tallystick.db import Database, migrate, open_database

DONE = Outcome(201, "application/json", b"{}", "/v1/offers/x")


class Shelf:
    """A store on a real database, with a clock that is set by hand."""

    def __init__(self, path: Path) -> None:
        self.time = 1_000_000.0
        with open_database(path) as db:
            migrate(db, schema)
        self.path = path
        self.store = IdempotencyStore(self.writing, lambda: self.time)

    @contextmanager
    def writing(self) -> Iterator[Database]:
        with open_database(self.path) as db:
            yield db


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "api.db")


def code(shelf: Shelf, key: str, print_: str) -> str:
    with pytest.raises(Problem) as caught:
        shelf.store.begin(key, print_)
    return caught.value.code


def test_the_outcome_is_kept_for_a_day(shelf: Shelf) -> None:
    assert shelf.store.begin("k", "a") is None
    shelf.store.finish("k", DONE)
    shelf.time += KEEP_SECONDS
    assert shelf.store.begin("k", "a") == DONE
    assert code(shelf, "k", "b") == "idempotency_key_reused"
    shelf.time += 1
    assert shelf.store.begin("k", "b") is None


def test_a_key_in_flight_is_refused_until_its_process_must_be_dead(shelf: Shelf) -> None:
    assert shelf.store.begin("k", "a") is None
    assert code(shelf, "k", "a") == "idempotency_key_in_flight"
    assert code(shelf, "k", "b") == "idempotency_key_reused"
    assert shelf.store.begin("other", "a") is None
    shelf.time += ABANDONED_SECONDS + 1
    assert shelf.store.begin("k", "a") is None


@pytest.mark.parametrize("status", [429, 500, 503])
def test_what_may_be_tried_again_is_not_kept(shelf: Shelf, status: int) -> None:
    shelf.store.begin("k", "a")
    shelf.store.finish("k", Outcome(status, "", b""))
    assert shelf.store.begin("k", "a") is None


def test_requests_differ_by_method_path_and_body() -> None:
    prints = {fingerprint("POST", p, b) for p, b in (("/a", b"b"), ("/a", b"c"), ("/ab", b""))}
    assert len(prints) == 3


@pytest.mark.parametrize("key", ["", " ", "a b", "é", "a\n", "x" * 129])
def test_keys_that_are_refused(key: str) -> None:
    with pytest.raises(Problem) as caught:
        check_key(key)
    assert caught.value.errors[0].parameter == "Idempotency-Key"

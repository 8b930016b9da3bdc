"""An answer is given again only while nothing that it depends on has changed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from tests.backend.api import crowd

from tallystick.api.answers import Answer, AnswerCache, is_steady
from tallystick.api.app import create_app
from tallystick.api.routes.loans import get_due
from tallystick.db import Database, open_database, write

NOON = 1_900_000_000 // 86_400 * 86_400 + 43_200


class Wall:
    """A clock that stands still."""

    def __init__(self) -> None:
        self.now = float(NOON)

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Database]:
    with open_database(tmp_path / "a.db") as db:
        db.execute("CREATE TABLE t (x INTEGER)")
        yield db


def answer(body: bytes = b"{}") -> Answer:
    return Answer(body, "application/json", '"1"')


def cache(path: Path, wall: Wall, *, settable: bool = False, most: int = 10_000) -> AnswerCache:
    db = open_database(path / "a.db", readonly=True)
    return AnswerCache(db, settable=settable, wall=wall, most_bytes=most)


def test_a_commit_or_another_day_ends_it(tmp_path: Path, writer: Database) -> None:
    wall = Wall()
    answers = cache(tmp_path, wall)

    def kept() -> bool:
        version = answers.version()
        found = answers.get(b"/a?", version)
        answers.put(b"/a?", version, answer())
        return found is not None

    assert [kept(), kept(), kept()] == [False, True, True]
    with write(writer) as connection:
        connection.execute("INSERT INTO t VALUES (1)")
    assert [kept(), kept()] == [False, True]
    wall.now += 3_600
    assert kept()
    wall.now += 43_200
    assert [kept(), kept()] == [False, True]
    answers.close()


def test_where_the_day_can_be_set_it_ends_with_the_second(tmp_path: Path, writer: Database) -> None:
    wall = Wall()
    answers = cache(tmp_path, wall, settable=True)
    version = answers.version()
    answers.get(b"/a?", version)
    answers.put(b"/a?", version, answer())
    assert answers.get(b"/a?", answers.version()) is not None
    wall.now += 1
    assert answers.get(b"/a?", answers.version()) is None
    answers.close()


def test_an_answer_made_before_a_commit_is_not_kept_for_after_it(
    tmp_path: Path, writer: Database
) -> None:
    answers = cache(tmp_path, Wall())
    before = answers.version()
    answers.get(b"/a?", before)
    with write(writer) as connection:
        connection.execute("INSERT INTO t VALUES (1)")
    answers.get(b"/b?", answers.version())  # somebody else saw the commit
    answers.put(b"/a?", before, answer(b"old"))
    assert answers.get(b"/a?", answers.version()) is None
    answers.close()


def test_the_bytes_are_bounded_and_the_unused_go_first(tmp_path: Path, writer: Database) -> None:
    answers = cache(tmp_path, Wall(), most=5_000)
    version = answers.version()
    answers.get(b"/", version)
    for name in (b"/a?", b"/b?"):
        answers.put(name, version, answer(b"x" * 1_000))
    answers.get(b"/a?", version)
    answers.put(b"/c?", version, answer(b"x" * 1_000))
    assert [answers.get(name, version) is not None for name in (b"/a?", b"/b?", b"/c?")] == [
        True,
        False,
        True,
    ]
    answers.put(b"/huge?", version, answer(b"x" * 6_000))
    assert answers.get(b"/huge?", version) is None
    answers.close()


def test_the_api_gives_the_same_bytes_again_without_a_query(tmp_path: Path) -> None:
    app = create_app(crowd.make_index(tmp_path, 50))
    with TestClient(app) as client:
        one = "/v1/loans/0x" + crowd.loan_id(7).hex()
        for path in ("/v1/loans", "/v1/loans?limit=3", one, one + "/schedule", one + "/payments"):
            first = client.get(path)
            statements: list[str] = []
            reader = app.state.server._readers.get()
            reader.conn.set_trace_callback(statements.append)
            app.state.server._readers.put(reader)
            again = client.get(path)
            reader.conn.set_trace_callback(None)
            assert not statements
            assert (again.content, again.headers["ETag"]) == (first.content, first.headers["ETag"])
            known = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
            assert (known.status_code, known.content) == (304, b"")
        assert not is_steady(get_due), "it depends on the second"
        assert client.get("/v1/loans?limit=0").status_code == 422
        assert client.get("/v1/loans?limit=0").status_code == 422

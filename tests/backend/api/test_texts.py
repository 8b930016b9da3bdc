"""What is made of written texts is what the routes answer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.backend.api import crowd
from tests.backend.loans.lives import Chronicle, chronicles

from tallystick.api.app import create_app
from tallystick.api.schemas.loans import LoanAnswer
from tallystick.api.snapshot import Snapshot, View
from tallystick.api.texts.store import open_texts, put_texts, text_of, texts_file
from tallystick.api.texts.text import NULL, token_json, write_text
from tallystick.api.texts.writer import Writer
from tallystick.api.tokens import UnknownTokens
from tallystick.config import Settings
from tallystick.db import Database, migrate, open_database, write
from tallystick.indexer.marks import Mark, mark_of
from tallystick.indexer.repository import Chain, Cursor, Standing, list_loans
from tallystick.indexer.schema import schema as index_schema
from tallystick.loans.calendar import SECONDS_PER_DAY
from tallystick.loans.fold import LoanState, fold
from tallystick.settlement import attempts
from tallystick.settlement.attempts import Reason
from tallystick.settlement.migrations import schema as settlement

LOANS = 130


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """An index without loans."""
    path = tmp_path_factory.mktemp("empty") / "index.db"
    with open_database(path, rebuildable=True) as db:
        migrate(db, index_schema)
        yield db


def moment(db: Database, day: int) -> Snapshot:
    """The end of a day, a few blocks later."""
    standing = Standing(day, day - 2, day - 9)
    chain = Chain(0, 31337, Cursor(day + 3, b"\7" * 32, day * SECONDS_PER_DAY), standing)
    view = View(chain, day * SECONDS_PER_DAY, UnknownTokens())
    return Snapshot(db, crowd.BOOK, 31337, {31337: view})


@settings(max_examples=40)
@given(loan=chronicles(), later=st.lists(st.integers(0, 800), min_size=1, max_size=3))
def test_a_filled_text_is_the_answer_on_every_day_for_which_it_holds(
    index: Database, loan: Chronicle, later: list[int]
) -> None:
    state = fold(loan.events)
    for ahead in later:
        written = write_text(moment(index, loan.day + ahead), state)
        assert written.since <= loan.day + ahead <= written.until
        days = {
            loan.day + ahead,
            max(loan.day, written.since),
            min(written.until, loan.day + 9_999),
        }
        for day in days:
            here = moment(index, day)
            marks = [state.originated, *([state.closed] if state.closed else [])]
            references: list[Any] = []
            for ref in marks:
                told = here.reference(ref)
                references += [told.confirmations, b'"%b"' % told.finality.encode()]
            token = token_json(here.tokens.facts(written.brief.token))
            escrow = None
            if written.rest.escrow is not None:
                escrow = token_json(here.tokens.facts(written.rest.escrow))
            brief = written.brief.filled(day, token, NULL, *references)
            whole = written.rest.after(brief, escrow, here.as_of().model_dump_json().encode())
            expected = here.loan_answer(state)
            assert LoanAnswer.model_validate_json(whole) == expected
            assert whole == expected.model_dump_json().encode()
            assert orjson.loads(brief) == {
                name: value
                for name, value in expected.model_dump(mode="json").items()
                if name in orjson.loads(brief)
            }


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[FastAPI, Settings]]:
    made = crowd.make_index(tmp_path, LOANS)
    with open_database(made.db) as db:
        migrate(db, settlement)
        for number in (LOANS - 2, LOANS - 3, 7):
            attempts.record_failure(
                db, crowd.loan_id(number), 1_700_000_000, 5, Reason.BALANCE, "3 of 5"
            )
        attempts.record_success(db, crowd.loan_id(7), 1_700_000_100, 5, b"\1" * 32, 3)
    app = create_app(made)
    crowd.keep_no_answers(app)
    yield app, made
    app.state.server.close()


def loan(number: int) -> str:
    return "0x" + crowd.loan_id(number).hex()


PATHS = [
    f"/v1/loans/{loan(7)}",
    f"/v1/loans/{loan(LOANS - 2)}",
    f"/v1/loans/0x{crowd.loan_id(3).hex().upper()}",
    "/v1/loans",
    "/v1/loans?limit=1",
    "/v1/loans?limit=100",
    f"/v1/loans?starting_after={loan(60)}&limit=7",
    f"/v1/loans?starting_after={loan(0)}",
    "/v1/loans?status=active",
    "/v1/loans?status=overdue",
    "/v1/loans?status=closed",
    f"/v1/loans?lender={crowd.lender(3).lower()}&limit=5",
    f"/v1/loans?borrower={crowd.borrower(3)}",
    f"/v1/loans?token={crowd.TOKEN}&book={crowd.BOOK.lower()}&chain_id=1",
    f"/v1/loans?q={loan(7)[:9]}",
    f"/v1/loans?q={crowd.lender(3)}&limit=9",
    f"/v1/loans?q={crowd.transaction(7).hex()}",
]
LEFT = [
    f"/v1/loans/{loan(LOANS + 1)}",
    f"/v1/loans/{loan(7)}?x=1",
    f"/v1/loans/{loan(7)[:-1]}",
    f"/v1/loans/{loan(7)}0",
    f"/v1/loans?starting_after={loan(LOANS + 1)}",
    "/v1/loans?limit=0",
    "/v1/loans?limit=101",
    "/v1/loans?limit=5&limit=6",
    "/v1/loans?limit=%EF%BC%95",
    "/v1/loans?chain_id=2",
    f"/v1/loans?book={crowd.TOKEN}",
    "/v1/loans?status=eternal",
    "/v1/loans?q=0x1",
    "/v1/loans?unheard=of",
    "/v1/loans?",
]


def test_quick_answers_equal_those_of_the_routes(served: tuple[FastAPI, Settings]) -> None:
    app, _ = served
    http = TestClient(app)
    routed = {path: http.get(path) for path in PATHS}
    crowd.write_texts(app)
    statements: list[str] = []
    reader = app.state.server._readers.get()  # that of the routes
    reader.conn.set_trace_callback(statements.append)
    app.state.server._readers.put(reader)
    for path, expected in routed.items():
        assert expected.status_code == 200, expected.text
        answer = http.get(path)
        assert not statements, f"a route answered {path}"
        assert answer.content == expected.content, path
        for header in ("content-type", "etag", "cache-control", "x-content-type-options"):
            assert answer.headers[header] == expected.headers[header]
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        known = http.get(path, headers={"If-None-Match": f'"0", W/{expected.headers["etag"]}'})
        assert (known.status_code, known.content) == (304, b"")
        assert known.headers["etag"] == expected.headers["etag"]
    for path in LEFT:
        statements.clear()
        assert http.get(path).status_code in (200, 404, 422)
    metrics = http.get("/metrics").text
    assert 'route="/v1/loans/{loan_id}"' in metrics


def newest(index: Database) -> tuple[Mark, LoanState]:
    """The newest loan and its mark."""
    (state, *_) = list_loans(index)
    mark = mark_of(index, state.loan_id)
    assert mark is not None
    return mark, state


def test_a_text_of_another_version_or_day_is_not_used(served: tuple[FastAPI, Settings]) -> None:
    app, made = served
    crowd.write_texts(app)
    with open_database(made.db, readonly=True) as index, open_texts(made.db) as texts:
        (mark, *_) = newest(index)
        since, until = texts.execute("SELECT since, until FROM texts").fetchone()
        other = mark._replace(hash=b"other")
        for day in (since - 1, until + 1):
            assert text_of(texts, mark, day) is None
        assert text_of(texts, mark, until) is not None
        assert text_of(texts, other, until) is None
        assert text_of(texts, other, since) is None
    with open_database(made.db) as index, write(index) as connection:  # as after a reorganisation
        connection.execute("UPDATE blocks SET hash = randomblob(32)")
    answer = TestClient(app).get(f"/v1/loans/{loan(7)}").json()
    assert answer["loan_id"] == loan(7)
    assert answer["originated"]["block_hash"] != "0x" + mark.hash.hex()
    writer = Writer(app.state.server)
    assert writer.round(), "what no longer fits is written again"
    writer.close()


def test_the_file_can_be_lost_and_texts_of_another_form_are_dropped(tmp_path: Path) -> None:
    made = crowd.make_index(tmp_path, 5)
    with open_database(made.db, readonly=True) as index:
        here = moment(index, 20_000)
        mark, state = newest(index)
        text = write_text(here, state)
    with open_texts(made.db) as db:
        put_texts(db, [(mark, text)])
        assert text_of(db, mark, here.today) is not None
        db.execute("PRAGMA user_version = 1")
    with open_texts(made.db) as db:
        assert text_of(db, mark, here.today) is None
    texts_file(made.db).unlink()
    app = create_app(made)
    crowd.write_texts(app)
    assert TestClient(app).get("/v1/loans").status_code == 200
    app.state.server.close()

"""No read of the API scans a table or costs more because there are more loans."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from fastapi.testclient import TestClient
from tests.backend.api import crowd

from tallystick.api.app import create_app
from tallystick.api.feed import Follower, Place
from tallystick.api.texts.store import attach_texts
from tallystick.db import Database, migrate, open_database
from tallystick.indexer.repository import LoanFilter
from tallystick.settlement.migrations import schema as settlement

FEW, MANY = 300, 3_000
ONE_ROW = {"SCAN chains", "SCAN books"}
STEPS = 50
"""Virtual machine steps of SQLite between two counts."""


@dataclass
class Traced:
    """A server over an index, the statements it ran, and how much work they were to SQLite."""

    client: TestClient
    db: Database
    statements: list[str] = field(default_factory=list)
    steps: int = 0

    def get(self, path: str, status: int = 200) -> object:
        response = self.client.get(path)
        assert response.status_code == status, response.text
        is_json = response.headers["content-type"].startswith("application/")
        return response.json() if is_json else response.text

    def cost(self, path: str) -> int:
        """Units of work of a second request; the first one fills caches."""
        self.get(path)
        before = self.steps
        self.get(path)
        return self.steps - before

    def count(self) -> int:
        self.steps += 1
        return 0


@pytest.fixture(scope="module", params=["routes", "texts"])
def servers(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[dict[int, Traced]]:
    """One server for each number of loans; answers are made by the routes, or of written texts."""
    made: dict[int, Traced] = {}
    for loans in (FEW, MANY):
        settings = crowd.make_index(tmp_path_factory.mktemp(f"crowd{loans}"), loans)
        with open_database(settings.db) as db:
            migrate(db, settlement)
        app = create_app(settings)
        crowd.keep_no_answers(app)
        reader = open_database(settings.db, readonly=True)
        attach_texts(reader, settings.db)  # to explain queries that join them
        traced = Traced(TestClient(app), reader)
        if request.param == "texts":
            crowd.write_texts(app)
            app.state.server._readers.get().close()
        for db in (reader, app.state.reader._index):
            db.conn.set_trace_callback(traced.statements.append)
            db.conn.set_progress_handler(traced.count, STEPS)
        app.state.server._readers.put(reader)  # the only one, as requests come one by one
        made[loans] = traced
    yield made
    for traced in made.values():
        traced.client.app.state.server.close()


def loan(number: int) -> str:
    return "0x" + crowd.loan_id(number).hex()


LISTS = [
    "/v1/loans",
    "/v1/loans?status=active",
    "/v1/loans?status=overdue&limit=20",
    "/v1/loans?status=closed",
    f"/v1/loans?lender={crowd.lender(3)}",
    f"/v1/loans?borrower={crowd.borrower(3)}",
    f"/v1/loans?token={crowd.TOKEN}",
    f"/v1/loans?lender={crowd.lender(3)}&status=closed",
    f"/v1/loans?lender={crowd.lender(3)}&status=active&starting_after={loan(150)}",
    f"/v1/loans?borrower={crowd.borrower(3)}&status=closed",
    f"/v1/loans?token={crowd.TOKEN}&status=closed",
    f"/v1/loans?borrower={crowd.borrower(3)}&lender={crowd.lender(4)}",
    f"/v1/loans?lender={crowd.lender(3)}&token={crowd.BOOK}",
    f"/v1/loans?borrower={crowd.borrower(3)}&token={crowd.BOOK}",
    f"/v1/loans?book={crowd.BOOK}",
    f"/v1/loans?book={crowd.BOOK}&status=closed&chain_id=1",
    f"/v1/loans?book={crowd.BOOK}&borrower={crowd.borrower(3)}",
    f"/v1/loans?starting_after={loan(150)}",
    f"/v1/loans?q={loan(7)[:8]}",
    f"/v1/loans?q={loan(7)}",
    f"/v1/loans?q={crowd.lender(3)}",
    f"/v1/loans?q=0x{crowd.transaction(7).hex()}",
    f"/v1/loans?q={crowd.lender(3)}&status=active&starting_after={loan(150)}",
    "/v1/loans?chain_id=1",
    "/",
    "/?chain_id=1&status=active",
    f"/?q={crowd.lender(3)}&after={loan(150)}",
]
OTHERS = [
    *(f"/v1/loans/{loan(7)}{part}" for part in ("", "/schedule", "/payments", "/due")),
    *(f"/v1/loans/{loan(7)}/{part}" for part in ("statement", "amortization", "delinquency")),
    *(f"/v1/loans/{loan(7)}/{part}" for part in ("amendments", "events")),
    f"/v1/portfolio?token={crowd.TOKEN}",
    f"/v1/portfolio?token={crowd.TOKEN}&lender={crowd.lender(3)}",
    f"/v1/portfolio?token={crowd.TOKEN}&book={crowd.BOOK}&chain_id=1",
    "/v1/chain",
    "/v1/books",
    "/metrics",
    f"/v1/loans/{loan(7)}/calendar.ics",
    f"/loans/{loan(7)}",
]


def assert_indexed(server: Traced) -> None:
    """Every statement that was run finds its rows by an index."""
    queries = [s for s in server.statements if s.lstrip().startswith("SELECT")]
    assert queries
    for query in queries:
        for *_, step in server.db.execute("EXPLAIN QUERY PLAN " + query).fetchall():
            scans = step.startswith("SCAN") and " USING " not in step
            assert not scans or step in ONE_ROW or "sqlite_schema" in query, f"{step}: {query}"


@pytest.mark.parametrize("path", [*LISTS, *OTHERS])
def test_every_query_uses_an_index(servers: dict[int, Traced], path: str) -> None:
    server = servers[FEW]
    server.statements.clear()
    server.get(path)
    assert_indexed(server)


@pytest.mark.parametrize(
    "concerning",
    [
        LoanFilter(),
        LoanFilter(digits=loan(7)[2:]),
        LoanFilter(lender=crowd.lender(3)),
        LoanFilter(borrower=crowd.borrower(3)),
        LoanFilter(token=crowd.TOKEN),
    ],
)
def test_every_query_of_the_event_stream_uses_an_index(
    servers: dict[int, Traced], concerning: LoanFilter
) -> None:
    server = servers[FEW]
    server.statements.clear()
    with server.client.app.state.server.snapshot() as snapshot:
        messages = Follower(concerning, Place(0, 0, b"\0" * 32)).read(snapshot)
    assert [message.event for message in messages[:2]] == ["reorg", "originated"]
    assert_indexed(server)


# What is overdue is sorted by age of the loan, so its cost grows with what is overdue.
@pytest.mark.parametrize("path", [path for path in LISTS if "overdue" not in path])
def test_a_page_costs_the_same_among_ten_times_as_many_loans(
    servers: dict[int, Traced], path: str
) -> None:
    few, many = (servers[loans].cost(path) for loans in (FEW, MANY))
    assert few > 0
    # claims that a party sold are looked for among all that it ever lent
    most = 2 if f"q={crowd.lender(3)}" in path else 1.3
    assert many <= most * few + 20


@pytest.mark.parametrize(
    ("search", "number"),
    [
        (loan(7)[:10], 7),
        (loan(7)[2:11].upper(), 7),  # an odd number of digits, without 0x
        (loan(7), 7),
        ("0x" + crowd.transaction(7).hex(), 7),
    ],
)
def test_a_search_finds_the_one_loan(servers: dict[int, Traced], search: str, number: int) -> None:
    found = servers[MANY].get(f"/v1/loans?q={search}")
    assert [item["loan_id"] for item in found["data"]] == [loan(number)]
    assert loan(number) in servers[MANY].get(f"/?q={search}")


@pytest.mark.parametrize("party", [crowd.lender(3), crowd.borrower(3)])
def test_a_search_for_a_party_pages_through_its_loans(
    servers: dict[int, Traced], party: str
) -> None:
    seen: list[str] = []
    more, after = True, ""
    while more:
        page = servers[FEW].get(f"/v1/loans?q={party.lower()}&limit=9{after}")
        seen += [item["loan_id"] for item in page["data"]]
        more, after = page["has_more"], f"&starting_after={seen[-1]}"
    side = crowd.lender if party == crowd.lender(3) else crowd.borrower
    assert seen == [loan(n) for n in reversed(range(FEW)) if side(n) == party]


@pytest.mark.parametrize("search", ["0x1", "zebra", "0x" + "1" * 65])
def test_what_cannot_be_searched_for_is_said(servers: dict[int, Traced], search: str) -> None:
    problem = servers[FEW].get(f"/v1/loans?q={search}", 422)
    assert problem["errors"][0]["parameter"] == "q"
    assert "Search for at least the first 4 digits" in servers[FEW].get(f"/?q={search}")

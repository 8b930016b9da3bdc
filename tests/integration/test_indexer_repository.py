"""Reads of the index: filters, pages, what is due, and that no list scans a table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.scenario import index
from tests.integration.world import World

from tallystick.chain import calls
from tallystick.db import Database, DatabaseMissing, SchemaOutdated, open_database, snapshot
from tallystick.indexer import repository
from tallystick.indexer.repository import LoanFilter
from tallystick.loans.agreement import Agreement
from tallystick.loans.calendar import day_at, due_day
from tallystick.loans.delinquency.exposure import exposure
from tallystick.loans.events import Closed, NonceRevoked, Originated, Paid
from tallystick.loans.kinds import Amortization, Status


@pytest.fixture
def loans(world: World) -> list[Agreement]:
    """Oldest first: two of ada's, the second closed; one of cem's; ada's without interest."""
    first = world.originate(world.terms("ada", "ben"))
    second = world.originate(world.terms("ada", "dora"))
    third = world.originate(world.terms("cem", "ben"))
    free = world.terms(
        "ada", "ben", amortization=Amortization.INTEREST_ONLY, installment=0, annual_rate=0, count=3
    )
    world.pay(first, 5_000_000)
    world.payoff(second)
    world.send(world.parties["ada"], calls.revoke_nonce_call(99))
    return [first, second, third, world.originate(free)]


@pytest.fixture
def db(world: World, loans: list[Agreement], database_path: Path) -> Iterator[Database]:
    index(world, database_path)
    with repository.open_index(database_path) as opened:
        yield opened


def found(world: World, loans: list[Agreement], states: list[repository.LoanState]) -> list[int]:
    """Which of `loans` the states are, by position."""
    ids = [world.loan_id(agreement) for agreement in loans]
    return [ids.index(state.loan_id) for state in states]


def test_one_loan(world: World, db: Database, loans: list[Agreement]) -> None:
    state = repository.get_loan(db, world.loan_id(loans[0]))
    assert state is not None
    assert state.agreement == loans[0]
    assert [payment.split.total for payment in state.payments] == [5_000_000]
    assert repository.get_loan(db, b"\x01" * 32) is None


def test_filters(world: World, db: Database, loans: list[Agreement]) -> None:
    ada, ben = world.parties["ada"].address, world.parties["ben"].address
    for conditions, expected in [
        (LoanFilter(), [3, 2, 1, 0]),
        (LoanFilter(borrower=ada), [3, 1, 0]),
        (LoanFilter(lender=ben), [3, 2, 0]),
        (LoanFilter(party=ben), [3, 2, 0]),
        (LoanFilter(borrower=ada, status=Status.ACTIVE), [3, 0]),
        (LoanFilter(status=Status.CLOSED), [1]),
        (LoanFilter(token=world.token), [3, 2, 1, 0]),
        (LoanFilter(token=ada), []),
        (LoanFilter(due_by=0), []),
    ]:
        states = repository.list_loans(db, conditions)
        assert found(world, loans, states) == expected, conditions


def test_pages_join_without_gap_or_overlap(
    world: World, db: Database, loans: list[Agreement]
) -> None:
    seen: list[repository.LoanState] = []
    while page := repository.list_loans(db, after=seen[-1].loan_id if seen else None, limit=1):
        seen += page
    assert found(world, loans, seen) == [3, 2, 1, 0]
    assert repository.list_loans(db, after=b"\x01" * 32) == []


def test_what_is_due(world: World, db: Database, loans: list[Agreement]) -> None:
    first_due = day_at(world.now()) + 31
    assert repository.due_loans(db, 1, first_due - 1, 10) == []
    due = repository.due_loans(db, 1, first_due, 10)
    assert sorted(found(world, loans, due)) == [0, 2]  # the free loan owes nothing yet
    maturity = due_day(loans[3], 2)
    assert repository.next_due(db, world.loan_id(loans[3])) == maturity
    assert repository.next_due(db, world.loan_id(loans[1])) is None
    due = repository.due_loans(db, 1, maturity, 10)
    assert found(world, loans, due)[2:] == [3]
    assert sorted(found(world, loans, due)) == [0, 2, 3]


def test_pages_of_what_is_due(world: World, db: Database, loans: list[Agreement]) -> None:
    day = day_at(world.now()) + 400
    seen: list[repository.LoanState] = []
    after = None
    while page := repository.due_loans(db, 1, day, 1, after):
        seen += page
        due_day = repository.next_due(db, page[0].loan_id)
        assert due_day is not None
        after = (due_day, page[0].loan_id)
    assert seen == repository.due_loans(db, 1, day, 10)
    assert len(seen) == 3


def test_events(world: World, db: Database, loans: list[Agreement]) -> None:
    kinds = [type(event) for event in repository.events_of(db, world.loan_id(loans[1]))]
    assert kinds == [Originated, Paid, Closed]
    closed = repository.events_of(db, world.loan_id(loans[1]))[-1]
    same = repository.events_in(db, closed.ref.tx_hash)
    assert [type(event) for event in same] == [Paid, Closed]
    recent = repository.recent_events(db, 3)
    assert [type(event) for event in recent] == [Originated, NonceRevoked, Closed]
    older = repository.recent_events(db, 1, (recent[-1].ref.block_number, recent[-1].ref.log_index))
    assert [type(event) for event in older] == [Paid]


def test_what_is_indexed_and_how_far(world: World, db: Database) -> None:
    at, (book,) = repository.cursor(db), repository.books(db)
    assert at is not None
    assert (at.number, at.timestamp) == (world.head(), world.now())
    assert book == repository.book(db, world.chain_id, world.book)
    assert book.from_block == world.deployment.from_block


def test_a_snapshot_is_one_block(world: World, db: Database, database_path: Path) -> None:
    with snapshot(db):
        before = repository.cursor(db)
        agreement = world.originate()
        index(world, database_path)
        assert repository.cursor(db) == before
        assert repository.get_loan(db, world.loan_id(agreement)) is None
    assert repository.get_loan(db, world.loan_id(agreement)) is not None


def test_no_list_scans_a_table(world: World, db: Database, loans: list[Agreement]) -> None:
    plans: list[str] = []
    statements: list[str] = []
    db.conn.set_trace_callback(statements.append)
    party, loan_id = world.parties["ada"].address, world.loan_id(loans[0])
    repository.get_loan(db, loan_id)
    repository.events_of(db, loan_id)
    repository.events_in(db, b"\x01" * 32)
    repository.due_loans(db, 1, 0, 1)
    repository.recent_events(db, 1)
    for conditions in (
        LoanFilter(borrower=party),
        LoanFilter(lender=party),
        LoanFilter(party=party),
        LoanFilter(token=party),
        LoanFilter(status=Status.ACTIVE),
    ):
        repository.list_loans(db, conditions, after=loan_id)
    list(repository.exposures(db, party))
    list(repository.exposures(db, party, party))
    db.conn.set_trace_callback(None)
    assert len(statements) > 10
    for statement in statements:
        plans += [row[3] for row in db.execute("EXPLAIN QUERY PLAN " + statement)]
    # A list of every loan walks the index of their order; only the few chains and books are walked.
    scans = [plan for plan in plans if plan.startswith("SCAN") and " USING " not in plan]
    assert set(scans) <= {"SCAN chains", "SCAN books"}


def test_exposures_of_active_loans_come_from_one_index(
    world: World, db: Database, loans: list[Agreement]
) -> None:
    active = [repository.get_loan(db, world.loan_id(loan)) for loan in loans]
    expected = sorted(
        (row.due_day, row.outstanding)
        for row in (exposure(state.agreement, state.stored) for state in active if state)
        if row
    )
    assert sorted(repository.exposures(db, world.token)) == expected
    assert len(expected) == 3
    ben = world.parties["ben"].address
    dora = world.parties["dora"].address
    assert sorted(repository.exposures(db, world.token, ben)) == expected
    assert list(repository.exposures(db, world.token, dora)) == []
    (plan,) = db.execute(
        "EXPLAIN QUERY PLAN SELECT next_due_day, outstanding FROM loans "
        "WHERE next_due_day IS NOT NULL AND token = ?",
        [world.token],
    )
    assert re.search(r"USING COVERING INDEX loans_\d+_exposures", plan[3])


def test_a_missing_or_foreign_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatabaseMissing):
        repository.open_index(tmp_path / "none.db")
    with open_database(tmp_path / "empty.db") as empty:
        empty.execute("CREATE TABLE other (id INTEGER)")
    with pytest.raises(SchemaOutdated, match="m004_positions"):
        repository.open_index(tmp_path / "empty.db")

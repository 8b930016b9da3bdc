"""Connections, transactions and migrations on real files."""

from __future__ import annotations

import multiprocessing
import sqlite3
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest

from tallystick.db import (
    Database,
    DatabaseMissing,
    Migrations,
    SchemaOutdated,
    migrate,
    open_database,
    require_schema,
    snapshot,
    write,
)

things = Migrations("things")


@things()
def m001_things(db: Database) -> None:
    db.execute("CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT")


others = Migrations("others")


@others()
def m001_others(db: Database) -> None:
    db.execute("CREATE TABLE others (id INTEGER PRIMARY KEY) STRICT")


@others()
def m002_more(db: Database) -> None:
    db.execute("CREATE TABLE more (id INTEGER PRIMARY KEY) STRICT")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "things.db"


def pragma(db: Database, name: str) -> object:
    return db.execute(f"PRAGMA {name}").fetchone()[0]


@pytest.mark.parametrize(("rebuildable", "synchronous"), [(False, 2), (True, 1)])
def test_settings_of_a_writer(path: Path, rebuildable: bool, synchronous: int) -> None:
    with open_database(path, rebuildable=rebuildable) as db:
        assert pragma(db, "journal_mode") == "wal"
        assert pragma(db, "foreign_keys") == 1
        assert pragma(db, "synchronous") == synchronous


def test_a_reader_needs_a_file_and_cannot_write(path: Path) -> None:
    with pytest.raises(DatabaseMissing, match="tallystick index"):
        open_database(path, readonly=True)
    with open_database(path) as db:
        migrate(db, things)
    with (
        open_database(path, readonly=True) as reader,
        pytest.raises(sqlite3.OperationalError, match="readonly"),
    ):
        reader.execute("INSERT INTO things (name) VALUES ('a')")


def insert_two(db: Database) -> None:
    with write(db) as connection:
        connection.execute("INSERT INTO things (name) VALUES ('a')")
        connection.execute("INSERT INTO things (name) VALUES (NULL)")


def test_a_failed_write_leaves_nothing(path: Path) -> None:
    with open_database(path) as db:
        migrate(db, things)
        with pytest.raises(sqlite3.IntegrityError):
            insert_two(db)
        assert db["things"].count == 0
        with write(db) as connection:
            connection.execute("INSERT INTO things (name) VALUES ('a')")
        assert db["things"].count == 1


def test_a_snapshot_stands_still(path: Path) -> None:
    with open_database(path) as db, open_database(path) as other:
        migrate(db, things)
        with snapshot(other):
            with write(db) as connection:
                connection.execute("INSERT INTO things (name) VALUES ('a')")
            assert other["things"].count == 0
        assert other["things"].count == 1


def begin(path: Path, together: Barrier, *, rebuildable: bool) -> None:
    together.wait()
    with open_database(path, rebuildable=rebuildable) as db:
        for schema in (things, others) if rebuildable else (others, things):
            migrate(db, schema)


def test_processes_that_begin_a_database_at_once_wait_for_each_other(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    for turn in range(5):
        path, together = tmp_path / f"{turn}.db", context.Barrier(4)
        processes = [
            context.Process(target=begin, args=(path, together), kwargs={"rebuildable": which})
            for which in (True, False) * 2
        ]
        for process in processes:
            process.start()
        for process in processes:
            process.join()
        assert [process.exitcode for process in processes] == [0] * 4
        with open_database(path) as db:
            require_schema(db, things)
            require_schema(db, others)


def test_migrations_apply_once_and_are_required(path: Path) -> None:
    with open_database(path) as db:
        with pytest.raises(SchemaOutdated, match="m001_things"):
            require_schema(db, things)
        migrate(db, things)
        migrate(db, things)
        require_schema(db, things)

"""Schedules that others published, each with its source, against the calculator."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from tallystick.loans.offline.parse import parse_schedule_input
from tallystick.loans.offline.schedule import compute_schedule

FOLDER = Path(__file__).parent / "golden"


def tables() -> list[Any]:
    """Every table of every file, named by file and table."""
    return [
        pytest.param(table, id=f"{path.stem}: {table['name']}")
        for path in sorted(FOLDER.glob("*.toml"))
        for table in tomllib.loads(path.read_text())["table"]
    ]


def published(table: dict[str, Any]) -> list[list[str]]:
    """The table's rows as number, due date, principal, interest, balance."""
    return [line.split() for line in table["rows"].splitlines() if line]


@pytest.mark.parametrize("table", tables())
def test_published_schedule(table: dict[str, Any]) -> None:
    answer = compute_schedule(parse_schedule_input(table["input"])).to_json()
    if "installment" in table:
        assert answer["installment"] == table["installment"]
    if "totals" in table:
        totals = answer["totals"]
        assert isinstance(totals, dict)
        assert {name: totals[name] for name in table["totals"]} == table["totals"]
    if "rows" in table:
        rows = answer["rows"]
        assert isinstance(rows, list)
        given = published(table)
        if not table.get("excerpt"):
            assert len(rows) == len(given)
        for cells in given:
            row = rows[int(cells[0]) - 1]
            columns = ("due_date", "principal", "interest", "balance")
            assert [row[name] for name in columns] == cells[1:], f"row {cells[0]}"


def test_there_are_enough_tables_and_each_checks_something() -> None:
    cases = tables()
    assert len(cases) >= 24
    for case in cases:
        assert {"rows", "installment", "totals"} & set(case.values[0])

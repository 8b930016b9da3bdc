"""Tables of running loans: with what became of them, for training; of today, for scoring."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from tallystick.db import Database, snapshot
from tallystick.earlywarning.behaviour import Behaviour, behaviour, falls_late
from tallystick.indexer import repository
from tallystick.loans.calendar import day_at
from tallystick.loans.events import LoanEvent, Originated

EVERY: Final = 30
"""Days between two looks at the same loan in a table for training."""
TARGET: Final = "late"


@dataclass(frozen=True, slots=True)
class Horizon:
    """Late means `days` past due within `ahead` days; loans that are so late already are out."""

    ahead: int = 60
    days: int = 30


Loans = Mapping[bytes, Sequence[LoanEvent]]


def read_loans(db: Database, *, running: bool) -> dict[bytes, list[LoanEvent]]:
    """Events of all loans, or of those whose borrowers have a running one, by loan."""
    with snapshot(db):
        borrowers = "SELECT borrower FROM loans WHERE next_due_day IS NOT NULL"
        where = f"WHERE borrower IN ({borrowers})" if running else ""
        ids = db.execute(f"SELECT loan_id FROM loans {where} ORDER BY id").fetchall()  # noqa: S608 - our text
        return {loan_id: repository.events_of(db, loan_id) for (loan_id,) in ids}


def looks(loans: Loans, day: int) -> Iterator[tuple[bytes, Behaviour]]:
    """Every loan that runs on a day, with its behaviour."""
    of_borrower: dict[str, list[bytes]] = defaultdict(list)
    for loan_id, events in loans.items():
        of_borrower[_first(events).borrower].append(loan_id)
    for loan_id, events in loans.items():
        mates = of_borrower[_first(events).borrower]
        others = [event for mate in mates if mate != loan_id for event in loans[mate]]
        seen = behaviour(events, day, others)
        if seen is not None:
            yield loan_id, seen


def training_rows(loans: Loans, last_day: int, horizon: Horizon) -> Iterator[dict[str, Any]]:
    """Looks at every loan every `EVERY` days, as far as is known what became of it by `last_day`.

    Several looks at one loan resemble each other; `loan` and `day` let a fold keep them together.
    """
    first = min((day_at(_first(events).ref.timestamp) for events in loans.values()), default=0)
    for day in range(first + EVERY, last_day - horizon.ahead + 1, EVERY):
        for loan_id, seen in looks(loans, day):
            if seen.days_past_due >= horizon.days:
                continue
            late = falls_late(loans[loan_id], day, horizon.ahead, horizon.days)
            yield {"loan": loan_id.hex(), "day": day, **seen.columns(), TARGET: int(late)}


def write_rows(rows: Iterator[dict[str, Any]], path: Path) -> int:
    """Writes rows as CSV, and beside it the schema for `tallystick score train`; how many."""
    count = 0
    with path.open("w", newline="", encoding="utf-8") as file:
        writer: csv.DictWriter[str] | None = None
        for row in rows:
            if writer is None:
                writer = csv.DictWriter(file, list(row))
                writer.writeheader()
            writer.writerow({name: "" if value is None else value for name, value in row.items()})
            count += 1
    schema = files("tallystick.earlywarning").joinpath("schema.yaml").read_bytes()
    path.with_suffix(".yaml").write_bytes(schema)
    return count


def _first(events: Sequence[LoanEvent]) -> Originated:
    first = events[0]
    assert isinstance(first, Originated)  # noqa: S101 - the index holds no other
    return first

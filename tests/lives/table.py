"""A life of a loan as a page that people read: its terms, then a table of what happened."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

FOLDER = Path(__file__).parent / "tables"
COLUMNS = (
    "date",
    "step",
    "penalty",
    "interest",
    "fee",
    "principal",
    "status",
    "row",
    "days late",
    "due",
    "payoff",
    "told",
    "messages",
)
_TEXTS = ("date", "step", "status", "told", "messages")
_SCALE = 10**6

Cells = tuple[str, ...]
"""The columns after the step, as written."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line: when, what, and what it must come to."""

    day: date
    step: str
    seen: Cells


@dataclass(frozen=True, slots=True)
class Table:
    """A page: `terms` by name as written, `rows` in order."""

    path: Path
    title: str
    terms: dict[str, str]
    rows: tuple[Row, ...]


def tables() -> list[Path]:
    """Every life that there is."""
    return sorted(FOLDER.glob("*.md"))


def read(path: Path) -> Table:
    """The page at `path`; raises ValueError for one that is not in the form of the others."""
    lines = path.read_text("utf-8").splitlines()
    title = lines[0].removeprefix("# ")
    terms = dict(line.strip().split(" ", 1) for line in lines if line.startswith("    "))
    grid = [_cells(line) for line in lines if line.startswith("|")]
    if not grid or grid[0] != COLUMNS:
        raise ValueError(f"{path.name}: the columns must be {', '.join(COLUMNS)}")
    rows = tuple(Row(date.fromisoformat(cells[0]), cells[1], cells[2:]) for cells in grid[2:])
    if any(len(row.seen) != len(COLUMNS) - 2 for row in rows):
        raise ValueError(f"{path.name}: a row has too few or too many cells")
    return Table(path, title, terms, rows)


def write(table: Table, seen: Iterable[Cells]) -> str:
    """The page with `seen` in the place of what its rows expect."""
    text = table.path.read_text("utf-8")
    head = text[: text.index("\n|") + 1]
    grid = [
        COLUMNS,
        *(
            (row.day.isoformat(), row.step, *cells)
            for row, cells in zip(table.rows, seen, strict=True)
        ),
    ]
    widths = [max(len(row[i]) for row in grid) for i in range(len(COLUMNS))]
    lines = ["| " + " | ".join(_aligned(row, widths)) + " |" for row in grid]
    rule = "|".join(
        "-" * (width + 2) if name in _TEXTS else "-" * (width + 1) + ":"
        for name, width in zip(COLUMNS, widths, strict=True)
    )
    return head + "\n".join([lines[0], f"|{rule}|", *lines[1:]]) + "\n"


def money(units: int) -> str:
    """Base units of a token with six decimals, as written in a table: no more digits than needed,
    cents at least; nothing for nothing."""
    if not units:
        return ""
    whole, rest = divmod(units, _SCALE)
    digits = f"{rest:06}".rstrip("0").ljust(2, "0")
    return f"{whole:,}.{digits}"


def units(text: str) -> int:
    """The inverse of `money`; raises ValueError for more than six decimals."""
    whole, _, rest = text.replace(",", "").partition(".")
    if len(rest) > 6:
        raise ValueError(f"{text} has more than six decimals")
    return int(whole or "0") * _SCALE + int(rest.ljust(6, "0") or "0")


def _cells(line: str) -> tuple[str, ...]:
    return tuple(cell.strip() for cell in line.strip().strip("|").split("|"))


def _aligned(row: tuple[str, ...], widths: list[int]) -> list[str]:
    return [
        cell.ljust(width) if name in _TEXTS else cell.rjust(width)
        for name, cell, width in zip(COLUMNS, row, widths, strict=True)
    ]

"""Reading a CSV table in pieces, plain or gzip, with the line and column of whatever is wrong."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

import numpy as np
from numpy.typing import NDArray

from tallystick.scoring.errors import DataInvalid
from tallystick.scoring.schema import Column, missing_numbers

CELLS_IN_A_PIECE: Final = 200_000
MOST_CHARACTERS: Final = 16 * 1024 * 1024  # of a line
# what spreadsheets and data frames write into a number's cell when there is none
NO_NUMBER: Final = frozenset({"", "nan", "NaN", "NAN", "NA", "N/A", "null", "NULL", "None"})

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Piece:
    """Consecutive rows; `cells[name]` are one column's texts, `lines` their line numbers."""

    cells: dict[str, tuple[str, ...]]
    lines: list[int]

    def __len__(self) -> int:
        return len(self.lines)


@dataclass(frozen=True)
class Table:
    """An open table: its header, and its rows piece by piece, once."""

    header: tuple[str, ...]
    pieces: Iterator[Piece]


@contextmanager
def open_table(path: Path) -> Iterator[Table]:
    """Open a table and read its header.

    Raises:
        DataInvalid: no file, no header, a name twice; later, while pieces are read, a row of
            another length or text that is not UTF-8.
    """
    try:
        with path.open("rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
    except OSError as error:
        raise DataInvalid(f"{path} cannot be read: {error.strerror}") from error
    try:
        with _text(path, packed=packed) as source:
            rows = csv.reader(_lines(source))
            header = _header(rows, path)
            yield Table(header, _pieces(rows, header))
    except UnicodeDecodeError as error:
        raise _not_text(path, packed=packed) from error
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise DataInvalid(f"{path} breaks off or is damaged: {error}") from error


def _text(path: Path, *, packed: bool, errors: str = "strict") -> IO[str]:
    source = gzip.open(path, "rb") if packed else path.open("rb")  # noqa: SIM115 - see below
    return io.TextIOWrapper(source, encoding="utf-8-sig", errors=errors, newline="")


def _lines(source: IO[str]) -> Iterator[str]:
    """The lines of a text. A packed file can be a thousand times as long as it is on disk, and one
    line of that would fill the memory."""
    count = 0
    while line := source.readline(MOST_CHARACTERS):
        count += 1
        if len(line) == MOST_CHARACTERS and not line.endswith(("\n", "\r")):
            raise DataInvalid(f"is longer than {MOST_CHARACTERS:,} characters", line=count)
        yield line


def _not_text(path: Path, *, packed: bool) -> DataInvalid:
    """Where the first byte is that is not UTF-8: read again, keeping such bytes as surrogates."""
    with _text(path, packed=packed, errors="surrogateescape") as source:
        rows = csv.reader(_lines(source))
        header: list[str] = []
        for row in rows:
            header = header or row
            for place, cell in enumerate(row):
                strange = [mark for mark in cell if "\udc80" <= mark <= "\udcff"]
                if strange:
                    return DataInvalid(
                        f"byte 0x{ord(strange[0]) - 0xDC00:02x} is not UTF-8; "
                        "save the file as UTF-8",
                        line=rows.line_num,
                        column=header[place].encode("ascii", "replace").decode()
                        if header is not row and place < len(header)
                        else None,
                    )
    return DataInvalid(f"{path} is not UTF-8")


def _header(rows: Iterator[list[str]], path: Path) -> tuple[str, ...]:
    try:
        header = tuple(next(rows, ()))
    except csv.Error as error:
        raise DataInvalid(f"not CSV: {error}", line=1) from error
    if not header:
        raise DataInvalid(f"{path} is empty")
    for place, name in enumerate(header):
        if name in header[:place]:
            raise DataInvalid("appears twice in the header", line=1, column=name)
        if name == "":
            raise DataInvalid(f"column {place + 1} has no name", line=1)
    return header


def _pieces(rows: Iterator[list[str]], header: tuple[str, ...]) -> Iterator[Piece]:
    size = max(1, CELLS_IN_A_PIECE // len(header))
    kept: list[list[str]] = []
    lines: list[int] = []
    width = len(header)
    while True:
        try:
            for row in rows:
                if len(row) != width:
                    if not row:
                        continue  # an empty line is no row
                    rule = f"has {len(row)} cells, the header has {width}"
                    raise DataInvalid(rule, line=rows.line_num)  # type: ignore[attr-defined]
                kept.append(row)
                lines.append(rows.line_num)  # type: ignore[attr-defined]
                if len(kept) == size:
                    break
            else:
                break
        except csv.Error as error:
            raise DataInvalid(f"not CSV: {error}", line=rows.line_num) from error  # type: ignore[attr-defined]
        yield _piece(kept, lines, header)
        kept, lines = [], []
    if kept:
        yield _piece(kept, lines, header)


def _piece(rows: list[list[str]], lines: list[int], header: tuple[str, ...]) -> Piece:
    return Piece(dict(zip(header, zip(*rows, strict=True), strict=True)), lines)


def one_row(path: Path, number: int) -> dict[str, str]:
    """The texts of the row with this number, from 1."""
    with open_table(path) as table:
        for piece in table.pieces:
            if number <= len(piece):
                return {name: cells[number - 1] for name, cells in piece.cells.items()}
            number -= len(piece)
    raise DataInvalid(f"{path} has fewer rows")


def check_header(
    header: Iterable[str], required: Iterable[str], known: Iterable[str], *, what: str
) -> None:
    """Every required column is there, and none that nobody declared."""
    found = set(header)
    missing = [name for name in required if name not in found]
    if missing:
        names = list(header)
        other = next((mark for mark in ";\t|" if len(names) == 1 and mark in names[0]), None)
        hint = "" if other is None else f"; it separates by {other!r}, save it with commas"
        raise DataInvalid(f"{what} lacks the column{_names(missing)}{hint}")
    declared = set(known)
    strange = [name for name in header if name not in declared]
    if strange:
        raise DataInvalid(
            f"{what} has the column{_names(strange)} that the schema does not list; "
            "list under columns or exclude"
        )


def _names(names: list[str]) -> str:
    shown = ", ".join(names[:5])
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return f"{'s' if len(names) > 1 else ''} {shown}{more}"


def numbers(piece: Piece, column: Column) -> Floats:
    """A numeric column's values; NaN where there is none.

    Raises:
        DataInvalid: a cell is not a number, or is infinite.
    """
    cells = piece.cells[column.name]
    try:
        values = np.array(cells, dtype=np.float64)
    except ValueError:  # some are absent, or worse
        absent = NO_NUMBER.union(column.missing)
        try:
            values = np.array([_or_nan(cell, absent) for cell in cells], dtype=np.float64)
        except ValueError:
            raise _first_bad_number(piece, column, absent) from None
    for number in missing_numbers(column):
        values[values == number] = np.nan
    if np.isinf(values).any():
        place = int(np.isinf(values).argmax())
        raise DataInvalid(
            f"{cells[place]} is infinite; leave the cell empty if there is no value",
            line=piece.lines[place],
            column=column.name,
        )
    return values


def _or_nan(cell: str, absent: frozenset[str]) -> str:
    return "nan" if cell in absent else cell


def _first_bad_number(piece: Piece, column: Column, absent: frozenset[str]) -> DataInvalid:
    for line, cell in zip(piece.lines, piece.cells[column.name], strict=True):
        try:
            np.array([_or_nan(cell, absent)], dtype=np.float64)
        except ValueError:
            shown = cell if len(cell) <= 40 else cell[:40] + "…"
            return DataInvalid(
                f"{shown!r} is not a number; list it under missing if it stands for none",
                line=line,
                column=column.name,
            )
    return DataInvalid("holds something that is not a number", column=column.name)

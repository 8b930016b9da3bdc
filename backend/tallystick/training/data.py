"""A whole table in memory, as the training needs it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tallystick.scoring.errors import DataInvalid
from tallystick.scoring.features import Floats
from tallystick.scoring.schema import Column, Schema, absent_texts, spellings
from tallystick.scoring.table import Piece, check_header, numbers, open_table

FEWEST = 10  # rows of each class, so that every fold holds some

Integers = NDArray[np.int32]


@dataclass(frozen=True)
class Texts:
    """A categorical column: `codes[row]` points into `levels`; -1 is an absent value."""

    codes: Integers
    levels: tuple[str, ...]


@dataclass(frozen=True)
class Dataset:
    """`target` is 1.0 for default; `digest` the SHA-256 of the file as it was read."""

    schema: Schema
    target: Floats
    numbers: dict[str, Floats]
    texts: dict[str, Texts]
    digest: str

    def __len__(self) -> int:
        return len(self.target)


class _Levels:
    """Texts numbered in the order in which they are met."""

    def __init__(self, column: Column) -> None:
        self._known: dict[str, int] = dict.fromkeys(absent_texts(column), -1)
        self._levels: list[str] = []

    def codes(self, cells: tuple[str, ...]) -> Integers:
        known = self._known
        for cell in set(cells).difference(known):
            known[cell] = -2  # numbered below, in the order of the rows
        if -2 in known.values():
            for cell in cells:
                if known[cell] == -2:
                    level = cell.removesuffix(".0") if cell in spellings(cell[:-2]) else cell
                    if known.get(level, -2) == -2:
                        known[level] = len(self._levels)
                        self._levels.append(level)
                    known[cell] = known[level]
        return np.fromiter((known[cell] for cell in cells), dtype=np.int32, count=len(cells))

    def levels(self) -> tuple[str, ...]:
        return tuple(self._levels)


def read_dataset(path: Path, schema: Schema) -> Dataset:
    """Read and check a table.

    Raises:
        DataInvalid: a column is missing or not declared, a cell is of another kind, or the target
            has not two classes of at least ten rows.
    """
    numeric = [column for column in schema.columns if column.kind == "numeric"]
    categorical = {
        column.name: _Levels(column) for column in schema.columns if column.kind != "numeric"
    }
    parts: dict[str, list[Floats]] = {column.name: [] for column in numeric}
    codes: dict[str, list[Integers]] = {name: [] for name in categorical}
    target: list[Floats] = []
    other: set[str] = set()
    with open_table(path) as table:
        names = [column.name for column in schema.columns]
        check_header(
            table.header,
            [*names, schema.target],
            [*names, schema.target, *schema.exclude],
            what=str(path),
        )
        for piece in table.pieces:
            target.append(_target(piece, schema, other))
            for column in numeric:
                parts[column.name].append(numbers(piece, column))
            for name, levels in categorical.items():
                codes[name].append(levels.codes(piece.cells[name]))
    if not target:
        raise DataInvalid(f"{path} has a header and no rows")
    dataset = Dataset(
        schema,
        np.concatenate(target),
        {name: np.concatenate(values) for name, values in parts.items()},
        {
            name: Texts(np.concatenate(codes[name]), levels.levels())
            for name, levels in categorical.items()
        },
        _digest(path),
    )
    _check_classes(dataset)
    return dataset


def _target(piece: Piece, schema: Schema, other: set[str]) -> Floats:
    cells = piece.cells[schema.target]
    texts = set(cells)
    for text in texts:
        if text == "":
            line = piece.lines[cells.index("")]
            raise DataInvalid("the target is empty", line=line, column=schema.target)
        if not _same(text, schema.positive) and not any(_same(text, known) for known in other):
            other.add(text)
            if len(other) > 1:
                rule = f"{text!r} is a third value of the target, beside {schema.positive!r} and "
                raise DataInvalid(
                    rule + ", ".join(repr(known) for known in sorted(other - {text})),
                    line=piece.lines[cells.index(text)],
                    column=schema.target,
                )
    positive = {text for text in texts if _same(text, schema.positive)}
    return np.fromiter((cell in positive for cell in cells), dtype=np.float64, count=len(cells))


def _same(text: str, other: str) -> bool:
    if text == other:
        return True
    try:
        return float(text) == float(other)
    except ValueError:
        return False


def _check_classes(dataset: Dataset) -> None:
    positive = int(dataset.target.sum())
    negative = len(dataset) - positive
    schema = dataset.schema
    if not positive or not negative:
        which = "no" if not positive else "every"
        raise DataInvalid(
            f"the target has one class: {which} row is {schema.positive!r}", column=schema.target
        )
    if min(positive, negative) < FEWEST:
        raise DataInvalid(
            f"{positive} rows are {schema.positive!r} and {negative} are not; "
            f"at least {FEWEST} of each are needed",
            column=schema.target,
        )


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

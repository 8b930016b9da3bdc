"""Everything that can go wrong while documents are read.

IntakeError
├── DocumentRefused   a file breaks a rule, at a row and column where one is to blame
└── LayoutInvalid     the description of a file's columns breaks a rule
"""

from __future__ import annotations


class IntakeError(Exception):
    """Root of the tree."""


class DocumentRefused(IntakeError):
    """A document breaks `rule`. `row` counts lines of a text from 1, entries of an OFX file."""

    def __init__(self, rule: str, *, row: int | None = None, column: str | None = None) -> None:
        place = [f"row {row}"] if row is not None else []
        place += [f"column {column}"] if column is not None else []
        super().__init__(f"{', '.join(place)}: {rule}" if place else rule)
        self.rule = rule
        self.row = row
        self.column = column


class LayoutInvalid(IntakeError):
    """`where` breaks `rule` (a short English sentence)."""

    def __init__(self, where: str, rule: str) -> None:
        super().__init__(f"{where}: {rule}")
        self.where = where
        self.rule = rule

"""A statement as a table: typed cells that a renderer writes as CSV or prints as PDF."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple


class Money(NamedTuple):
    """An amount in units of 10^-decimals of the sheet's currency; may be negative."""

    units: int


class Word(NamedTuple):
    """A term with a translation, named by its key."""

    key: str


Cell = Money | Word | date | int | str | None
"""What can stand in a sheet; None is empty."""


class Currency(NamedTuple):
    """What amounts are counted in; the symbol may be empty."""

    symbol: str
    decimals: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """A titled table. `title`, the names in `facts` and `columns` are keys of words."""

    title: str
    currency: Currency
    facts: tuple[tuple[str, Cell], ...]
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    totals: tuple[Cell, ...] | None = None

"""Columns derived from others, and the numbering of values into bins.

Each derivation exists twice, for arrays and for one applicant, with the same operations in the
same order, so that both give the same bits.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]

Operation = Literal["mean", "max", "min", "range", "positives", "ratio", "difference"]
OPERATIONS: Final = get_args(Operation)
PAIRED: Final = ("ratio", "difference")
MISSING: Final = 0  # the bin of an absent value; values are in bins from 1


@dataclass(frozen=True)
class Derived:
    """`operation` over the columns `of`; absent values are left out of a series.

    A ratio or a difference of an absent value is absent, and so is a ratio to zero.
    """

    name: str
    operation: Operation
    of: tuple[str, ...]


def derive(operation: Operation, columns: Sequence[Floats]) -> Floats:
    """The derived column; NaN where there is no value."""
    with np.errstate(all="ignore"):
        result = _derive(operation, columns)
    result[~np.isfinite(result)] = np.nan
    return result


def _derive(operation: Operation, columns: Sequence[Floats]) -> Floats:
    if operation == "ratio":
        return np.where(columns[1] == 0, np.nan, columns[0] / columns[1])
    if operation == "difference":
        return columns[0] - columns[1]
    if operation == "max":
        return _extreme(columns, highest=True)
    if operation == "min":
        return _extreme(columns, highest=False)
    if operation == "range":
        return _extreme(columns, highest=True) - _extreme(columns, highest=False)
    total = np.zeros(len(columns[0]))
    present = np.zeros(len(columns[0]))
    for column in columns:
        there = ~np.isnan(column)
        term = column > 0 if operation == "positives" else column
        total = total + np.where(there, term, 0.0)
        present = present + there
    if operation == "mean":
        return total / present
    return np.where(present > 0, total, np.nan)


def _extreme(columns: Sequence[Floats], *, highest: bool) -> Floats:
    best = columns[0]
    for column in columns[1:]:
        best = np.fmax(best, column) if highest else np.fmin(best, column)
    return np.array(best)


def derive_one(operation: Operation, values: Sequence[float]) -> float:
    """The same for one applicant."""
    if operation == "ratio":
        result = values[0] / values[1] if values[1] != 0 else math.nan
    elif operation == "difference":
        result = values[0] - values[1]
    else:
        there = [value for value in values if value == value]
        if not there:
            return math.nan
        if operation == "mean":
            total = 0.0
            for value in there:  # sum() would compensate, the arrays do not
                total += value
            result = total / len(there)
        elif operation == "max":
            result = max(there)
        elif operation == "min":
            result = min(there)
        elif operation == "range":
            result = max(there) - min(there)
        else:
            result = float(sum(value > 0 for value in there))
    return result if math.isfinite(result) else math.nan


def bin_numbers(values: Floats, cuts: Floats) -> Codes:
    """0 for an absent value, else 1 + the number of cuts that are not above it."""
    codes = np.searchsorted(cuts, values, side="right") + 1
    codes[np.isnan(values)] = MISSING
    return codes


def bin_number(value: float, cuts: Sequence[float]) -> int:
    """The same for one value."""
    return bisect_right(cuts, value) + 1 if value == value else MISSING


def bin_texts(cells: Sequence[str], levels: dict[str, int], other: int) -> Codes:
    """The bins of texts; `other` for one that is not among the levels."""
    find = levels.get
    return np.fromiter((find(cell, other) for cell in cells), dtype=np.intp, count=len(cells))

"""From columns to bins: cuts of numbers at quantiles, texts with rare ones pooled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from tallystick.scoring.features import MISSING, Codes, Floats
from tallystick.training.data import Texts

RARE_SHARE: Final = 0.002
RARE_ROWS: Final = 10
MOST_LEVELS: Final = 250
PRIOR_ROWS: Final = 20.0  # a level's default rate is shrunk by as many average rows


def quantile_cuts(values: Floats, bins: int, *, readable: bool = False) -> Floats:
    """At most `bins - 1` cuts between neighbouring values: midway, or at the roundest number."""
    there = np.sort(values[~np.isnan(values)])
    if not len(there):
        return np.empty(0)
    distinct = np.unique(there)
    if len(distinct) > bins:
        ends = there[np.arange(1, bins) * len(there) // bins]
        upper = np.unique(np.searchsorted(distinct, ends, side="right"))
        upper = upper[upper < len(distinct)]
    else:
        upper = np.arange(1, len(distinct))
    low, high = distinct[upper - 1], distinct[upper]
    if readable:
        pairs = zip(low.tolist(), high.tolist(), strict=True)
        return np.unique([_roundest(below, above) for below, above in pairs])
    middle = low / 2 + high / 2
    # neighbours so close that nothing lies between: the upper one is the cut, as it is right-open
    return np.unique(np.where((middle > low) & (middle <= high), middle, high))


def _roundest(low: float, high: float) -> float:
    """The number in (low, high] with the fewest digits, so that reasons read well."""
    middle = low / 2 + high / 2
    for digits in range(1, 17):
        number = float(f"{middle:.{digits}g}")
        if low < number <= high:
            return min(high, number, key=_digits)
    return high


def _digits(number: float) -> int:
    return len(f"{number:.15e}".partition("e")[0].rstrip("0"))


@dataclass(frozen=True)
class LevelBins:
    """`levels` in the order of their default rate; `bin_of[code]` for every code of the column."""

    levels: tuple[str, ...]
    bin_of: Codes

    def bins(self, texts: Texts) -> Codes:
        """The bin of every row; code -1 reads the last entry, which is the absent value's."""
        return self.bin_of[texts.codes]


def level_bins(texts: Texts, rows: Codes, target: Floats) -> LevelBins:
    """Levels with enough rows get a bin of their own; all others share the last one."""
    codes = texts.codes[rows]
    there = codes >= 0
    number = len(texts.levels)
    count = np.bincount(codes[there], minlength=number)
    bad = np.bincount(codes[there], target[there], minlength=number)
    rate = (bad + PRIOR_ROWS * target.mean()) / (count + PRIOR_ROWS)
    own = np.flatnonzero(count >= max(RARE_ROWS, RARE_SHARE * len(rows)))
    own = own[np.argsort(-count[own], kind="stable")[:MOST_LEVELS]]
    own = own[np.argsort(rate[own], kind="stable")]
    bin_of = np.full(number + 1, len(own) + 1, dtype=np.intp)
    bin_of[own] = np.arange(1, len(own) + 1)
    bin_of[-1] = MISSING
    return LevelBins(tuple(texts.levels[code] for code in own), bin_of)


def level_order(bins: Codes, number: int, target: Floats) -> Floats:
    """Where each bin stands in the order of default rates; NaN for the absent value's."""
    count = np.bincount(bins, minlength=number)
    rate = (np.bincount(bins, target, minlength=number) + PRIOR_ROWS * target.mean()) / (
        count + PRIOR_ROWS
    )
    order = np.empty(number)
    order[1:] = np.argsort(np.argsort(rate[1:], kind="stable"), kind="stable") + 1.0
    order[MISSING] = np.nan
    return order

"""One fit of the champion: bins, derived columns, pairs, trees and ridge, all from given rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import lightgbm as lgb
import numpy as np

from tallystick.scoring.features import MISSING, Codes, Derived, Floats, bin_numbers, derive
from tallystick.training.binning import LevelBins, level_bins, level_order, quantile_cuts
from tallystick.training.data import Dataset
from tallystick.training.derived import choose_derived
from tallystick.training.ridge import chi_square, fit_ridge
from tallystick.training.trees import Effort, boost, parameters, strongest_pairs

MOST_COLUMNS: Final = 100
"""Of a wider table those are read that say the most about the target on their own."""
SCREEN_BINS: Final = 16


@dataclass(frozen=True)
class FeatureBins:
    """How one column becomes bins; `ranks[bin]` is what the trees see. Its rows are counted."""

    of: str
    cuts: Floats | None
    levels: LevelBins | None
    ranks: Floats
    counts: Codes
    direction: int

    @property
    def size(self) -> int:
        return len(self.ranks)


@dataclass(frozen=True)
class Fit:
    """What was learned from the rows that were given."""

    derived: tuple[Derived, ...]
    features: tuple[FeatureBins, ...]
    pairs: list[tuple[int, int]]
    boosters: list[lgb.Booster]
    ridge: tuple[float, list[Floats]] | None
    effort: Effort

    def bins(self, data: Dataset, rows: Codes) -> list[Codes]:
        """The bin of every feature for these rows."""
        values = _with_derived(data, self.derived, rows)
        return [_bins(feature, data, values, rows) for feature in self.features]

    def ranked(self, bins: list[Codes]) -> Floats:
        """What the trees see: one column per feature."""
        return np.stack(
            [feature.ranks[codes] for feature, codes in zip(self.features, bins, strict=True)],
            axis=1,
        )

    def ridge_log_odds(self, bins: list[Codes]) -> Floats | None:
        """The second learner's log-odds, or None where it was not fitted."""
        if self.ridge is None:
            return None
        constant, parts = self.ridge
        total = np.full(len(bins[0]), constant)
        for part, codes in zip(parts, bins, strict=True):
            total += part[codes]
        return total


def fit(data: Dataset, rows: Codes, names: list[str], seed: int) -> Fit:
    """Fit on `rows` of `data` with the columns `names`."""
    target = data.target[rows]
    smaller = int(min(target.sum(), len(target) - target.sum()))
    names = informative(data, rows, names, MOST_COLUMNS)
    effort = Effort.of(len(rows), smaller, len(names))
    columns = {column.name: column for column in data.schema.columns}
    free = {
        name: data.numbers[name][rows]
        for name in names
        if name in data.numbers and columns[name].monotone is None
    }
    derived = choose_derived(free, target, effort.derived, seed)
    values = _with_derived(data, derived, rows)
    features = []
    for name in [*names, *(step.name for step in derived)]:
        way = columns[name].monotone if name in columns else None
        direction = {"increasing": 1, "decreasing": -1}.get(way or "", 0)
        feature = _feature(name, data, values, rows, effort.bins, direction)
        if feature is not None:
            features.append(feature)
    bins = [_bins(feature, data, values, rows) for feature in features]
    ranked = np.stack(
        [feature.ranks[codes] for feature, codes in zip(features, bins, strict=True)], axis=1
    )
    directions = [feature.direction for feature in features]
    shared = parameters(effort, seed, directions)
    pairs = strongest_pairs(ranked, target, effort, shared)
    boosters = [
        boost(ranked, target, pairs, effort, shared | {"seed": seed + 1000 * bag})
        for bag in range(effort.bags)
    ]
    ridge = None
    if effort.ridge:
        sizes = [feature.size for feature in features]
        ordered = [feature.cuts is not None for feature in features]
        ridge = fit_ridge(bins, sizes, ordered, directions, target)
    return Fit(derived, tuple(features), pairs, boosters, ridge, effort)


def informative(data: Dataset, rows: Codes, names: list[str], most: int) -> list[str]:
    """All names, or the `most` that say the most about the target on their own."""
    if len(names) <= most:
        return names
    target = data.target[rows]
    gain = {}
    for name in names:
        feature = _feature(name, data, data.numbers, rows, SCREEN_BINS, 0)
        if feature is not None:
            gain[name] = chi_square(_bins(feature, data, data.numbers, rows), feature.size, target)
    best = set(sorted(gain, key=lambda name: -gain[name])[:most])
    return [name for name in names if name in best]


def _with_derived(data: Dataset, derived: tuple[Derived, ...], rows: Codes) -> dict[str, Floats]:
    """Numbers of all rows, and derived columns of the given rows."""
    values: dict[str, Floats] = {}
    for step in derived:
        of = [values[name] if name in values else data.numbers[name][rows] for name in step.of]
        values[step.name] = derive(step.operation, of)
    return values


def _column(name: str, data: Dataset, derived: dict[str, Floats], rows: Codes) -> Floats:
    return data.numbers[name][rows] if name in data.numbers else derived[name]


def _feature(
    name: str, data: Dataset, derived: dict[str, Floats], rows: Codes, bins: int, direction: int
) -> FeatureBins | None:
    """How the column is binned; None if it has one value only."""
    target = data.target[rows]
    if name in data.texts:
        levels = level_bins(data.texts[name], rows, target)
        codes = levels.bin_of[data.texts[name].codes[rows]]
        size = len(levels.levels) + 2
        ranks, cuts = level_order(codes, size, target), None
    else:
        column = _column(name, data, derived, rows)
        cuts, levels = quantile_cuts(column, bins, readable=True), None
        codes = bin_numbers(column, cuts)
        size = len(cuts) + 2
        ranks = np.arange(size, dtype=np.float64)
        ranks[MISSING] = np.nan
    counts = np.bincount(codes, minlength=size)
    if (counts > 0).sum() < 2:
        return None
    return FeatureBins(name, cuts, levels, ranks, counts, direction)


def _bins(feature: FeatureBins, data: Dataset, derived: dict[str, Floats], rows: Codes) -> Codes:
    if feature.levels is not None:
        return feature.levels.bin_of[data.texts[feature.of].codes[rows]]
    if feature.cuts is None:
        raise AssertionError("a feature has cuts or levels")
    return bin_numbers(_column(feature.of, data, derived, rows), feature.cuts)

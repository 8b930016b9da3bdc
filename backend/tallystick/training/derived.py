"""Columns made from others, kept only where they explain what a first model leaves over.

Series are columns named alike and numbered, such as BILL_AMT1 to 6, that go together; their
aggregates are always tried. Candidates beside them are ratios to a positive number and differences
of numbers of like size. Each is scored by how much one Newton step over its bins would gain on the
residual of a quick model of depth two; the best is taken, its step is made, and the rest are scored
again.
"""

from __future__ import annotations

import re
from itertools import combinations, pairwise
from typing import Final

import lightgbm as lgb
import numpy as np

from tallystick.scoring.features import Derived, Floats, bin_numbers, derive
from tallystick.training.binning import quantile_cuts
from tallystick.training.metrics import ranks, sigmoid

SERIES: Final = ("mean", "max", "min", "range", "positives")
SHORTEST: Final = 3
LONGEST: Final = 60
TOGETHER: Final = 0.25  # least mean rank correlation of neighbours for a series
SAMPLE: Final = 12_000
MOST_SOURCES: Final = 24
BINS: Final = 24
SHRINK: Final = 10.0
POSITIVE: Final = 0.95  # share of values above zero, of those that are not zero, for a denominator
LIKE: Final = 100.0  # largest ratio of typical sizes for a difference
MOST_SERIES: Final = 4


def series(names: list[str]) -> list[tuple[str, ...]]:
    """Groups of names that differ only in a number at the end, in that number's order."""
    groups: dict[str, list[tuple[int, str]]] = {}
    for name in names:
        match = re.fullmatch(r"(.*?)[_ .-]?(\d{1,4})", name)
        if match and match[1]:
            groups.setdefault(match[1], []).append((int(match[2]), name))
    ordered = (tuple(name for _, name in sorted(group)) for group in groups.values())
    return [group for group in ordered if SHORTEST <= len(group) <= LONGEST]


def _go_together(group: tuple[str, ...], values: dict[str, Floats]) -> bool:
    found = []
    for first, second in pairwise(group):
        there = ~(np.isnan(values[first]) | np.isnan(values[second]))
        if there.sum() > SHORTEST:
            a, b = ranks(values[first][there]), ranks(values[second][there])
            if a.std() and b.std():
                found.append(float(np.corrcoef(a, b)[0, 1]))
    return bool(found) and float(np.mean(found)) >= TOGETHER


def choose_derived(
    values: dict[str, Floats], target: Floats, number: int, seed: int
) -> tuple[Derived, ...]:
    """The aggregates of series, and at most `number` ratios and differences of `values`."""
    if number <= 0 or len(values) < 2:
        return ()
    sample = np.random.RandomState(seed).permutation(len(target))[:SAMPLE]
    sample.sort()
    taken = {name: column[sample] for name, column in values.items()}
    residual, weight, gains = _first_model(taken, target[sample], seed)
    aggregates = _aggregates(taken, gains)
    columns = taken | {
        step.name: derive("mean", [taken[name] for name in step.of])
        for step in aggregates
        if step.operation == "mean"
    }
    candidates = _combinations(columns, list(taken), gains)
    bins = []
    for step in candidates:
        column = derive(step.operation, [columns[name] for name in step.of])
        bins.append(bin_numbers(column, quantile_cuts(column[:4000], BINS)).astype(np.uint8))
    chosen: list[int] = []
    for _ in range(min(number, len(candidates))):
        best, best_gain = -1, 0.0
        for place, codes in enumerate(bins):
            gradient = np.bincount(codes, residual, minlength=BINS + 1)
            curvature = np.bincount(codes, weight, minlength=BINS + 1) + SHRINK
            gain = float((gradient * gradient / curvature).sum())
            if gain > best_gain and place not in chosen:
                best, best_gain = place, gain
        if best < 0:
            break
        chosen.append(best)
        codes = bins[best]
        gradient = np.bincount(codes, residual, minlength=BINS + 1)
        curvature = np.bincount(codes, weight, minlength=BINS + 1) + SHRINK
        residual = residual - weight * (gradient / curvature)[codes]
    return (*aggregates, *(candidates[place] for place in chosen))


def _first_model(
    values: dict[str, Floats], target: Floats, seed: int
) -> tuple[Floats, Floats, dict[str, float]]:
    """Residual and weight of every row, and what each column gained."""
    table = np.stack(list(values.values()), axis=1)
    parameters = {
        "objective": "binary",
        "verbose": -1,
        "num_threads": 1,
        "deterministic": True,
        "force_row_wise": True,
        "seed": seed,
        "learning_rate": 0.1,
        "max_depth": 2,
        "num_leaves": 4,
        "min_data_in_leaf": 40,
        "lambda_l2": 5.0,
        "feature_fraction": 0.5,
    }
    model = lgb.train(parameters, lgb.Dataset(table, target), 100)
    pd = sigmoid(np.asarray(model.predict(table, raw_score=True)))
    gained = model.feature_importance("gain")
    return target - pd, pd * (1 - pd), dict(zip(values, map(float, gained), strict=True))


def _aggregates(values: dict[str, Floats], gains: dict[str, float]) -> list[Derived]:
    groups = [group for group in series(list(values)) if _go_together(group, values)]
    groups.sort(key=lambda group: -max(gains[name] for name in group))
    return [
        Derived(f"{operation}({group[0]}..{group[-1]})", operation, group)
        for group in groups[:MOST_SERIES]
        for operation in SERIES
    ]


def _combinations(
    columns: dict[str, Floats], plain: list[str], gains: dict[str, float]
) -> list[Derived]:
    # of many columns only those that the first model used most, in the table's order
    best = set(sorted(plain, key=lambda name: -gains[name])[:MOST_SOURCES])
    sources = [name for name in columns if name in best or name not in gains]
    below = {name for name in sources if _positive(columns[name])}
    size = {name: _size(columns[name]) for name in sources}
    steps = []
    for first, second in combinations(sources, 2):
        if second in below:
            steps.append(Derived(f"{first} / {second}", "ratio", (first, second)))
        if first in below:
            steps.append(Derived(f"{second} / {first}", "ratio", (second, first)))
        if size[first] < LIKE * size[second] and size[second] < LIKE * size[first]:
            steps.append(Derived(f"{first} - {second}", "difference", (first, second)))
    return steps


def _positive(values: Floats) -> bool:
    nonzero = values[~np.isnan(values) & (values != 0)]
    return len(nonzero) > 0 and float((nonzero > 0).mean()) >= POSITIVE


def _size(values: Floats) -> float:
    nonzero = np.abs(values[~np.isnan(values) & (values != 0)])
    return float(np.median(nonzero)) if len(nonzero) else 0.0

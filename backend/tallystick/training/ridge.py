"""Penalized logistic regression on coarse bins: the steadier of two learners on small tables.

A number is coded as a thermometer (one step per cut), a text as one indicator per bin, so the
penalty pulls neighbouring bins together. A declared direction bounds the sign of every step.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy.optimize import minimize

from tallystick.scoring.features import MISSING, Codes, Floats

STRENGTH: Final = 0.07  # scikit-learn's C: the loss counts as much against half the squared steps
COARSE: Final = 8
MOST_FEATURES: Final = 60


def fit_ridge(
    bins: list[Codes], sizes: list[int], ordered: list[bool], directions: list[int], target: Floats
) -> tuple[float, list[Floats]]:
    """The constant, and what each bin of each feature adds to the log-odds."""
    used = _most_informative(bins, sizes, target)
    maps = {
        feature: _code(bins[feature], sizes[feature], ordered=ordered[feature]) for feature in used
    }
    design = np.concatenate([maps[feature][bins[feature]] for feature in used], axis=1)
    bounds: list[tuple[float | None, float | None]] = [(None, None)]
    for feature in used:
        width, way = maps[feature].shape[1], directions[feature]
        free: tuple[float | None, float | None] = (None, None)
        sign = free if way == 0 else ((0.0, None) if way > 0 else (None, 0.0))
        bounds += [sign] * (width - 1) + [free] if ordered[feature] else [free] * width

    def loss(solution: Floats) -> tuple[float, Floats]:
        log_odds = solution[0] + design @ solution[1:]
        value = float(np.sum(np.logaddexp(0.0, log_odds) - target * log_odds))
        error = 1.0 / (1.0 + np.exp(-log_odds)) - target
        steps = solution[1:]
        gradient = np.concatenate(([error.sum()], design.T @ error + steps / STRENGTH))
        return value + float(steps @ steps) / (2 * STRENGTH), gradient

    start = np.zeros(design.shape[1] + 1)
    start[0] = np.log(target.mean() / (1 - target.mean()))
    found = minimize(
        loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 400}
    )
    parts = [np.zeros(size) for size in sizes]
    place = 1
    for feature in used:
        width = maps[feature].shape[1]
        parts[feature] = maps[feature] @ found.x[place : place + width]
        place += width
    return float(found.x[0]), parts


def _code(bins: Codes, size: int, *, ordered: bool) -> Floats:
    """One line per bin; for numbers the last column marks the absent value."""
    if not ordered:
        return np.eye(size)
    count = np.bincount(bins, minlength=size)[1:]
    reached = np.cumsum(count) / max(count.sum(), 1)
    # a step up to each bin in which another eighth of the rows is passed
    cuts = np.unique(np.searchsorted(reached, np.arange(1, COARSE) / COARSE) + 1)
    cuts = cuts[cuts > 1]
    code = np.zeros((size, len(cuts) + 1))
    for column, cut in enumerate(cuts):
        code[cut:, column] = 1.0
    code[MISSING, -1] = 1.0
    return code


def _most_informative(bins: list[Codes], sizes: list[int], target: Floats) -> list[int]:
    """All features, or those with the largest chi-square against the target."""
    return sorted(
        sorted(
            range(len(bins)),
            key=lambda feature: (-chi_square(bins[feature], sizes[feature], target), feature),
        )[:MOST_FEATURES]
    )


def chi_square(bins: Codes, size: int, target: Floats) -> float:
    """Pearson's statistic of default against bin, less its degrees of freedom."""
    count = np.bincount(bins, minlength=size)
    bad = np.bincount(bins, target, minlength=size)
    there = count > 0
    rate = target.mean()
    excess = (bad[there] - count[there] * rate) ** 2 / (count[there] * rate * (1 - rate))
    return float(excess.sum()) - int(there.sum()) + 1

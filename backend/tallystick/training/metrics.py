"""Figures of a score: how well it orders, and how far its probabilities can be believed."""

from __future__ import annotations

from typing import Final

import numpy as np

from tallystick.scoring.features import Floats

ECE_BINS: Final = 10


def sigmoid(log_odds: Floats) -> Floats:
    with np.errstate(over="ignore"):
        return 1.0 / (1.0 + np.exp(-log_odds))


def ranks(values: Floats) -> Floats:
    """Ranks from 1; equal values share their mean rank."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return (ends - (counts - 1) / 2.0)[inverse]


def auc(target: Floats, score: Floats) -> float:
    """Area under the ROC curve: the chance that a default is ranked above a good one."""
    positive = float(target.sum())
    negative = len(target) - positive
    total = float(ranks(score)[target == 1].sum())
    return (total - positive * (positive + 1) / 2) / (positive * negative)


def ks(target: Floats, score: Floats) -> float:
    """Largest distance between the two classes' cumulative distributions (Kolmogorov-Smirnov)."""
    _, inverse = np.unique(score, return_inverse=True)
    bad = np.cumsum(np.bincount(inverse, target)) / target.sum()
    good = np.cumsum(np.bincount(inverse, 1 - target)) / (1 - target).sum()
    return float(np.abs(bad - good).max())


def brier(target: Floats, pd: Floats) -> float:
    """Mean squared error of the probability."""
    return float(np.mean((pd - target) ** 2))


def log_loss(target: Floats, log_odds: Floats) -> float:
    """Mean negative log-likelihood."""
    return float(np.mean(np.logaddexp(0.0, log_odds) - target * log_odds))


def ece(target: Floats, pd: Floats, *, equal_mass: bool = False) -> float:
    """Expected calibration error over ten bins: |mean pd - default rate|, weighted by rows.

    The bins are of equal width (Naeini et al. 2015, Guo et al. 2017), or of equal numbers of rows.
    """
    if equal_mass:
        place = np.empty(len(pd), dtype=np.intp)
        place[np.argsort(pd, kind="stable")] = np.arange(len(pd)) * ECE_BINS // len(pd)
    else:
        place = np.minimum((pd * ECE_BINS).astype(np.intp), ECE_BINS - 1)
    gap = np.bincount(place, pd - target, minlength=ECE_BINS)
    return float(np.abs(gap).sum() / len(pd))

"""Calibration: from the learners' held-out log-odds to a probability that can be believed.

    log-odds = a + b₁ · trees + b₂ · ridge,  b ≥ 0

fitted by maximum likelihood on predictions for rows that the learners have not seen (Platt 1999,
with a second learner: stacking). It is affine, so it multiplies into the card's terms.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy.optimize import minimize

from tallystick.scoring.features import Codes, Floats
from tallystick.training.metrics import log_loss

# On a small table the weights are themselves uncertain, so they are pulled, as by PULL rows,
# towards a share of the trees that grows with the square of the rows: a half at EVEN rows.
PULL: Final = 200.0
EVEN: Final = 2500.0


def fit_stack(learners: Floats, target: Floats) -> Floats:
    """`a, b₁, …` for `learners[row, learner]`."""
    rows, count = learners.shape
    trees = rows**2 / (rows**2 + EVEN**2)
    prior = np.array([1.0] if count == 1 else [trees, 1.0 - trees])

    def loss(solution: Floats) -> tuple[float, Floats]:
        log_odds = solution[0] + learners @ solution[1:]
        value = float(np.sum(np.logaddexp(0.0, log_odds) - target * log_odds))
        error = 1.0 / (1.0 + np.exp(-log_odds)) - target
        away = solution[1:] - prior
        slope = np.concatenate(([error.sum()], learners.T @ error + PULL * away))
        return value + PULL * float(away @ away) / 2, slope

    bounds = [(None, None)] + [(0.0, None)] * count
    start = np.concatenate(([0.0], prior))
    found: Floats = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds).x
    return found


def stacked(learners: Floats, solution: Floats) -> Floats:
    """The calibrated log-odds."""
    log_odds: Floats = solution[0] + learners @ solution[1:]
    return log_odds


def cross_fitted(learners: Floats, target: Floats, folds: Codes) -> Floats:
    """Calibrated log-odds of every row by what was fitted on the other folds."""
    log_odds = np.empty(len(target))
    for fold in np.unique(folds):
        held = folds == fold
        log_odds[held] = stacked(learners[held], fit_stack(learners[~held], target[~held]))
    return log_odds


def best_stage(stages: Floats, target: Floats) -> int:
    """The number of the stage with the least log-loss; `stages[stage, row]`."""
    return int(np.argmin([log_loss(target, log_odds) for log_odds in stages]))

"""Stratified folds, the same as scikit-learn's.

`StratifiedKFold(n_splits=5, shuffle=True, random_state=42)`, written out: the folds are a part of
the method, not of the seed, so that figures of different runs compare row by row.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from tallystick.scoring.features import Floats

FOLDS: Final = 5
STATE: Final = 42


def fold_of_rows(target: Floats) -> NDArray[np.intp]:
    """The number of the fold in which each row is held out."""
    random = np.random.RandomState(STATE)
    _, first, inverse = np.unique(target, return_index=True, return_inverse=True)
    order = np.argsort(np.argsort(first))  # classes in the order in which they appear
    classes = order[inverse]
    sorted_classes = np.sort(classes)
    allocation = np.array(
        [np.bincount(sorted_classes[fold::FOLDS], minlength=len(first)) for fold in range(FOLDS)]
    )
    folds = np.empty(len(target), dtype=np.intp)
    for number in range(len(first)):
        of_class = np.arange(FOLDS).repeat(allocation[:, number])
        random.shuffle(of_class)
        folds[classes == number] = of_class
    return folds

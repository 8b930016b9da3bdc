"""Cuts, bins and folds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.scoring.features import bin_numbers
from tallystick.training.binning import quantile_cuts
from tallystick.training.folds import fold_of_rows
from tallystick.training.metrics import auc, ece, ks

_values = st.lists(
    st.one_of(st.floats(allow_infinity=False), st.integers(-3, 3).map(float)), max_size=60
).map(np.array)


@given(_values, st.integers(2, 12), st.booleans())
def test_cuts_separate_values_and_leave_no_bin_empty(
    values: np.ndarray, bins: int, readable: bool
) -> None:
    values = values.astype(float)
    cuts = quantile_cuts(values, bins, readable=readable)
    assert len(cuts) < bins
    assert (np.diff(cuts) > 0).all()
    there = values[~np.isnan(values)]
    if len(there):
        found = bin_numbers(values, cuts)
        assert set(found) - {0} == set(range(1, len(cuts) + 2))
        assert (found == 0).sum() == np.isnan(values).sum()


def test_readable_cuts_are_the_roundest_numbers() -> None:
    values = np.array([-2.0, -1.0, 0.0, 19_999.0, 20_002.0, 123_456.7])
    cuts = quantile_cuts(values, 10, readable=True)
    assert cuts.tolist() == [-1.0, 0.0, 10_000.0, 20_000.0, 70_000.0]


def test_the_folds_are_those_of_scikit_learn() -> None:
    # made by its StratifiedKFold with five shuffled splits and random state 42
    target = np.array([0.0, 1, 0, 0, 1, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0])
    assert fold_of_rows(target).tolist() == [4, 1, 0, 2, 0, 0, 3, 3, 1, 4, 4, 2, 2, 1, 3]


def test_figures_by_hand() -> None:
    target = np.array([0.0, 0, 1, 1])
    assert auc(target, np.array([0.1, 0.4, 0.35, 0.8])) == 0.75
    assert auc(target, np.zeros(4)) == 0.5
    assert ks(target, np.array([0.1, 0.4, 0.35, 0.8])) == 0.5
    assert ece(target, np.array([0.05, 0.05, 0.95, 0.95])) == pytest.approx(0.05)

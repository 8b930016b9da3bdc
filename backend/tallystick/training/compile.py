"""From a fit to a card: trees and ridge become tables, tables become centred terms.

A table over two features is purified: its weighted means along either side move to the terms of
one feature, so that a pair holds only what neither feature says alone (functional ANOVA, as in
Lengerich et al. 2020). The sum is the same for every row.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from tallystick.scoring.card import Card, Feature, Main, Pair, Points
from tallystick.scoring.features import MISSING, Codes, Floats
from tallystick.scoring.schema import Schema
from tallystick.training.fit import Fit
from tallystick.training.trees import Table, tables

SWEEPS: Final = 100
FAINT: Final = 1e-9  # weight of a cell without rows, so that every mean exists
TOLERANCE: Final = 1e-9


def compile_card(
    schema: Schema,
    fit: Fit,
    rounds: int,
    solution: Floats,
    bins: list[Codes],
    provenance: dict[str, Any],
) -> Card:
    """The card of `solution` applied to the fit's learners; `bins` are the training rows'."""
    ranks = [feature.ranks for feature in fit.features]
    constant, found = tables(fit.boosters, rounds, ranks)
    trees = float(solution[1])
    mains = [np.zeros(feature.size) for feature in fit.features]
    pairs: dict[tuple[int, ...], Table] = {}
    for features, table in found.items():
        if len(features) == 1:
            mains[features[0]] += trees * table
        else:
            pairs[features] = trees * table
    intercept = float(solution[0]) + trees * constant
    if fit.ridge is not None and solution[2] > 0:
        intercept += float(solution[2]) * fit.ridge[0]
        for place, part in enumerate(fit.ridge[1]):
            mains[place] += solution[2] * part
    for (first, second), table in pairs.items():
        _purify(table, mains[first], mains[second], bins[first], bins[second])
    for place, main in enumerate(mains):
        mean = float(main[bins[place]].mean())
        mains[place] -= mean
        intercept += mean
        # nobody was in such a bin, so nothing is known about it
        for empty in _unknown(fit, place):
            main[empty] = 0.0
    return Card(
        schema,
        fit.derived,
        tuple(
            Feature(
                feature.of,
                None if feature.cuts is None else tuple(feature.cuts.tolist()),
                None if feature.levels is None else feature.levels.levels,
                tuple(feature.counts.tolist()),
            )
            for feature in fit.features
        ),
        intercept,
        tuple(
            Main(place, tuple(main.tolist())) for place, main in enumerate(mains) if np.any(main)
        ),
        tuple(
            Pair(first, second, tuple(map(tuple, _known(fit, first, second, table).tolist())))
            for (first, second), table in sorted(pairs.items())
            if np.any(table)
        ),
        Points(),
        provenance,
    )


def _purify(table: Table, first: Floats, second: Floats, rows: Codes, columns: Codes) -> None:
    flat = rows * table.shape[1] + columns
    weight = np.bincount(flat, minlength=table.size).reshape(table.shape) + FAINT
    by_row, by_column = weight.sum(axis=1), weight.sum(axis=0)
    for _ in range(SWEEPS):
        mean = (table * weight).sum(axis=1) / by_row
        table -= mean[:, None]
        first += mean
        other = (table * weight).sum(axis=0) / by_column
        table -= other[None, :]
        second += other
        if max(np.abs(mean).max(), np.abs(other).max()) < 1e-12:
            return


def _unknown(fit: Fit, place: int) -> list[int]:
    """The bins for absent and for other values, where no training row was in them."""
    feature = fit.features[place]
    ends = [MISSING] if feature.cuts is not None else [MISSING, feature.size - 1]
    return [bin_ for bin_ in ends if feature.counts[bin_] == 0]


def _known(fit: Fit, first: int, second: int, table: Table) -> Table:
    table[_unknown(fit, first), :] = 0.0
    table[:, _unknown(fit, second)] = 0.0
    return table


def card_log_odds(card: Card, bins: list[Codes]) -> Floats:
    """The card's sum over its terms, as serving computes it."""
    total = np.full(len(bins[0]), card.intercept)
    for main in card.mains:
        total += np.array(main.values)[bins[main.feature]]
    for pair in card.pairs:
        total += np.array(pair.values)[bins[pair.first], bins[pair.second]]
    return total


def check_equal(served: Floats, trained: Floats) -> float:
    """The largest difference; more than 1e-9 breaks the training off."""
    difference = float(np.abs(served - trained).max())
    if not difference <= TOLERANCE:
        raise AssertionError(f"the compiled card differs from the model by {difference}")
    return difference

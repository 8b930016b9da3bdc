"""Boosted trees over bins, and the tables they add up to.

Every path from the root to a leaf uses at most two features, so the sum over all leaves is a sum of
tables over one or two features.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import lightgbm as lgb
import numpy as np
from numpy.typing import NDArray

from tallystick.scoring.features import Floats

STEP: Final = 40  # rounds between two points of the loss curve
Table = Floats
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Effort:
    """How hard to fit, from the size of the table and of its smaller class."""

    pairs: int
    derived: int
    bins: int
    rounds: int
    rate: float
    leaf_rows: int
    bags: int
    ridge: bool

    @staticmethod
    def of(rows: int, smaller: int, columns: int) -> Effort:
        large = rows >= 5000
        return Effort(
            pairs=min(40, smaller // 50),
            derived=min(12, smaller // 500),
            bins=64 if large else 32,
            rounds=640 if large else 800,
            rate=0.08 if large else 0.05,
            leaf_rows=40 if large else 20,
            bags=1 if rows >= 20_000 or columns > 60 else 4,
            ridge=rows <= 12_000,
        )


def parameters(effort: Effort, seed: int, directions: list[int]) -> dict[str, Any]:
    """What every booster here shares; one thread, so that the bits do not depend on the machine."""
    return {
        "objective": "binary",
        "verbose": -1,
        "num_threads": 1,
        "deterministic": True,
        "force_row_wise": True,
        "seed": seed,
        "bagging_fraction": 0.7,
        "bagging_freq": 1,
        "feature_fraction": 0.5,
        "min_data_in_leaf": effort.leaf_rows,
        "min_data_in_bin": 1,
        "max_bin": 511,
        "feature_pre_filter": False,
        "lambda_l2": 5.0,
        "learning_rate": effort.rate,
        "num_leaves": 4,
        "monotone_constraints": directions,
    }


def strongest_pairs(
    ranked: Floats, target: Floats, effort: Effort, shared: dict[str, Any]
) -> list[tuple[int, int]]:
    """The pairs of features with the largest gain of a split below another, in depth-two trees."""
    if not effort.pairs:
        return []
    settings = shared | {"learning_rate": 0.05, "max_depth": 2, "num_leaves": 4}
    model = lgb.train(settings, lgb.Dataset(ranked, target), 150)
    gains: dict[tuple[int, int], float] = {}
    for tree in model.dump_model()["tree_info"]:
        root = tree["tree_structure"]
        for side in ("left_child", "right_child"):
            child = root.get(side, {})
            first, second = root.get("split_feature"), child.get("split_feature")
            if second is not None and first != second:
                pair = (min(first, second), max(first, second))
                gains[pair] = gains.get(pair, 0.0) + child["split_gain"]
    return sorted(gains, key=lambda pair: (-gains[pair], pair))[: effort.pairs]


def boost(
    ranked: Floats,
    target: Floats,
    pairs: list[tuple[int, int]],
    effort: Effort,
    shared: dict[str, Any],
) -> lgb.Booster:
    """Trees whose paths use one of the pairs of features each, or one feature that is in none."""
    paired = {feature for pair in pairs for feature in pair}
    alone = [[feature] for feature in range(ranked.shape[1]) if feature not in paired]
    settings = shared | {"interaction_constraints": [list(pair) for pair in pairs] + alone}
    return lgb.train(settings, lgb.Dataset(ranked, target), effort.rounds)


def staged(boosters: list[lgb.Booster], ranked: Floats, rounds: int) -> Floats:
    """Mean log-odds after every STEP rounds; one line per stage."""
    stages = []
    total = np.zeros(len(ranked))
    for start in range(0, rounds, STEP):
        for model in boosters:
            if start < model.current_iteration():
                part = model.predict(
                    ranked, raw_score=True, start_iteration=start, num_iteration=STEP
                )
                total = total + np.asarray(part) / len(boosters)
        stages.append(total)
    return np.array(stages)


def tables(
    boosters: list[lgb.Booster], rounds: int, ranks: list[Floats]
) -> tuple[float, dict[tuple[int, ...], Table]]:
    """The sum of all trees: a constant, and a table over the bins of each one or two features.

    `ranks[feature][bin]` is the number that the trees see for a bin; NaN for an absent value.
    """
    constant = 0.0
    found: dict[tuple[int, ...], Table] = {}
    for model in boosters:
        for tree in model.dump_model(num_iteration=rounds)["tree_info"]:
            for inside, value in _leaves(tree["tree_structure"], {}, ranks):
                features = tuple(sorted(inside))
                if not features:
                    constant += value / len(boosters)
                    continue
                if len(features) > 2:
                    raise AssertionError("a leaf depends on more than two features")
                if features not in found:
                    found[features] = np.zeros([len(ranks[feature]) for feature in features])
                cells = np.ix_(*(inside[feature] for feature in features))
                found[features][cells] += value / len(boosters)
    return constant, found


def _leaves(
    node: dict[str, Any], inside: dict[int, Mask], ranks: list[Floats]
) -> Iterator[tuple[dict[int, Mask], float]]:
    """Every leaf's value, and the bins of each feature on its path that lead to it."""
    if "split_feature" not in node:
        yield inside, node["leaf_value"]
        return
    feature = node["split_feature"]
    rank = ranks[feature]
    absent = np.isnan(rank)
    left = np.where(absent, 0.0, rank) <= node["threshold"]
    if node["missing_type"] == "NaN":
        left[absent] = node["default_left"]
    before = inside.get(feature, np.ones(len(rank), dtype=bool))
    yield from _leaves(node["left_child"], inside | {feature: before & left}, ranks)
    yield from _leaves(node["right_child"], inside | {feature: before & ~left}, ranks)

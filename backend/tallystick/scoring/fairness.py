"""How a score or a decision treats the groups of a protected column."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tallystick.scoring.features import Floats

ACCEPTED: Final = 0.7
SMALLEST: Final = 0.01  # share of rows below which a group's ratios are not judged
DISTINCT: Final = 8  # a number with more values is cut into quarters
FOUR_FIFTHS: Final = 0.8

Mask = NDArray[np.bool_]


def number_groups(values: Floats) -> dict[str, Mask]:
    """Group names with the rows that are in them."""
    distinct = np.unique(values[~np.isnan(values)])
    if len(distinct) <= DISTINCT:
        return {f"{value:g}": values == value for value in distinct}
    cuts = np.unique(np.nanquantile(values, [0.25, 0.5, 0.75], method="inverted_cdf"))
    edges = [-np.inf, *cuts.tolist(), np.inf]
    groups = {}
    for low, high in pairwise(edges):
        inside = (values > low) & (values <= high)
        if inside.any():
            groups[f"{values[inside].min():g} to {values[inside].max():g}"] = inside
    return groups


def judge(
    groups: Mapping[str, Mask], pd: Floats, accepted: Mask, target: Floats | None
) -> dict[str, Any]:
    """Every group's rows, and the worst of each ratio; without a target only who is accepted."""
    rows = {name: _group(inside, pd, accepted, target) for name, inside in groups.items()}
    judged = [row for row in rows.values() if row["rows"] >= SMALLEST * len(pd)]
    rates = [row["accepted"] for row in judged]
    impact = min(rates) / max(rates) if rates and max(rates) > 0 else None
    answer: dict[str, Any] = {
        "groups": rows,
        "disparate_impact": _round(impact),
        "four_fifths": impact is None or impact >= FOUR_FIFTHS,
    }
    if target is None:
        return answer
    good_rates = [row["accepted_of_good"] for row in judged if row["accepted_of_good"] is not None]
    gaps = [abs(row["mean_pd"] - row["default_rate"]) for row in judged]
    return answer | {
        "equal_opportunity_gap": _round(max(good_rates) - min(good_rates)) if good_rates else None,
        "calibration_gap": _round(max(gaps)) if gaps else None,
    }


def order(target: Floats, pd: Floats) -> float | None:
    """AUC: the share of pairs of a bad and a good row that the score orders rightly."""
    bad = target == 1
    if bad.all() or not bad.any():
        return None
    _, place, count = np.unique(pd, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(count) - (count - 1) / 2)[place]
    bads = float(bad.sum())
    return float((ranks[bad].sum() - bads * (bads + 1) / 2) / (bads * (len(pd) - bads)))


def _group(inside: Mask, pd: Floats, accepted: Mask, target: Floats | None) -> dict[str, Any]:
    row: dict[str, Any] = {"rows": int(inside.sum())}
    if target is None:
        return row | {"mean_pd": _mean(pd[inside]), "accepted": _mean(accepted[inside])}
    good = inside & (target == 0)
    return row | {
        "default_rate": _mean(target[inside]),
        "mean_pd": _mean(pd[inside]),
        "accepted": _mean(accepted[inside]),
        "accepted_of_good": _mean(accepted[good]) if good.any() else None,
        "auc": _round(order(target[inside], pd[inside])),
    }


def _mean(values: NDArray[Any]) -> float:
    return round(float(values.mean()), 4)


def _round(value: float | None) -> float | None:
    return None if value is None else round(float(value), 4)

"""How a score treats the groups of a protected column, on held-out predictions.

Accepted is whoever is among the `ACCEPTED` share with the lowest probability of default.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tallystick.scoring.features import Floats
from tallystick.training.data import Dataset
from tallystick.training.metrics import auc

ACCEPTED: Final = 0.7
SMALLEST: Final = 0.01  # share of rows below which a group's ratios are not judged
DISTINCT: Final = 8  # a number with more values is cut into quarters
FOUR_FIFTHS: Final = 0.8

Mask = NDArray[np.bool_]


def fairness(data: Dataset, pd: Floats) -> dict[str, Any]:
    """For each protected column its groups, and the worst of each ratio."""
    limit = float(np.quantile(pd, ACCEPTED))
    accepted = pd <= limit
    return {
        column.name: _judge(data, pd, accepted, _groups(data, column.name))
        for column in data.schema.protected()
    }


def _groups(data: Dataset, name: str) -> dict[str, Mask]:
    """Group names with the rows that are in them."""
    if name in data.texts:
        texts = data.texts[name]
        return {level: texts.codes == code for code, level in enumerate(texts.levels)}
    values = data.numbers[name]
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


def _judge(data: Dataset, pd: Floats, accepted: Mask, groups: dict[str, Mask]) -> dict[str, Any]:
    target = data.target
    rows: dict[str, dict[str, Any]] = {}
    for name, inside in groups.items():
        bad = float(target[inside].sum())
        good = inside & (target == 0)
        both = 0 < bad < inside.sum()
        rows[name] = {
            "rows": int(inside.sum()),
            "default_rate": _round(target[inside].mean()),
            "mean_pd": _round(pd[inside].mean()),
            "accepted": _round(accepted[inside].mean()),
            "accepted_of_good": _round(accepted[good].mean()) if good.any() else None,
            "auc": _round(auc(target[inside], pd[inside])) if both else None,
        }
    judged = [row for row in rows.values() if row["rows"] >= SMALLEST * len(target)]
    rates = [row["accepted"] for row in judged]
    good_rates = [row["accepted_of_good"] for row in judged if row["accepted_of_good"] is not None]
    impact = min(rates) / max(rates) if rates and max(rates) > 0 else None
    return {
        "groups": rows,
        "disparate_impact": _round(impact),
        "four_fifths": impact is None or impact >= FOUR_FIFTHS,
        "equal_opportunity_gap": _round(max(good_rates) - min(good_rates)) if good_rates else None,
        "calibration_gap": _round(max(abs(row["mean_pd"] - row["default_rate"]) for row in judged))
        if judged
        else None,
    }


def _round(value: float | None) -> float | None:
    return None if value is None else round(float(value), 4)

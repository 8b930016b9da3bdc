"""How a score treats the groups of a protected column, on held-out predictions.

Accepted is whoever is among the `ACCEPTED` share with the lowest probability of default.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tallystick.scoring.fairness import ACCEPTED, Mask, judge, number_groups
from tallystick.scoring.features import Floats
from tallystick.training.data import Dataset


def fairness(data: Dataset, pd: Floats) -> dict[str, Any]:
    """For each protected column its groups, and the worst of each ratio."""
    accepted = pd <= float(np.quantile(pd, ACCEPTED))
    return {
        column.name: judge(_groups(data, column.name), pd, accepted, data.target)
        for column in data.schema.protected()
    }


def _groups(data: Dataset, name: str) -> dict[str, Mask]:
    if name in data.texts:
        texts = data.texts[name]
        return {level: texts.codes == code for code, level in enumerate(texts.levels)}
    return number_groups(data.numbers[name])

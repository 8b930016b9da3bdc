"""What the table looks like before anything is learned, and what in it deserves distrust."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from tallystick.scoring.features import Floats
from tallystick.training.binning import level_bins
from tallystick.training.data import Dataset, Texts
from tallystick.training.metrics import auc

LEAK: Final = 0.90  # a column that alone orders the rows so well is left out
STRONG: Final = 0.80  # one that does so, and much better than any other, is warned about
APART: Final = 0.10
POOLED: Final = 0.5  # a larger share of rows with rare texts is warned about
PRICE: Final = re.compile(
    r"(^|_)(int(erest)?_?rate|apr|annual_rate|sub_?grade|loan_grade|grade|risk_?(band|class|grade)"
    r"|credit_?(score|grade)|pd|score|pricing|margin|spread)($|_|\d)|利率|评级|评分",
    re.IGNORECASE,
)

Mask = NDArray[np.bool_]


@dataclass
class Quality:
    """`left_out` maps a column to the reason; `warnings` are sentences."""

    left_out: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    columns: dict[str, dict[str, Any]] = field(default_factory=dict)
    duplicates: int = 0


def inspect(data: Dataset) -> Quality:
    """Missing shares, single-column AUC, leaks, prices, duplicates."""
    quality = Quality()
    alone = {}
    for column in data.schema.used():
        values, absent = _ordered(data, column.name)
        texts = data.texts.get(column.name)
        there = (values if texts is None else texts.codes)[~absent]
        single = _single_auc(data, values, absent)
        if texts is not None and _pooled(data, texts) > POOLED:
            quality.warnings.append(
                f"{column.name}: {_pooled(data, texts):.0%} of its rows have values that few rows "
                "share; these count as one value, so it says little"
            )
        alone[column.name] = single
        quality.columns[column.name] = {
            "missing": round(float(absent.mean()), 6),
            "distinct": len(np.unique(there)),
            "auc_alone": round(single, 4),
        }
        if not len(there):
            quality.left_out[column.name] = "has no value in any row"
        elif len(np.unique(there)) == 1 and not absent.any():
            quality.left_out[column.name] = "has the same value in every row"
    _leaks(data, alone, quality)
    for column in data.schema.used():
        if PRICE.search(column.name) and column.name not in quality.left_out:
            quality.warnings.append(
                f"{column.name} reads like a lender's own rate, grade or score: it repeats an "
                "earlier decision; exclude it unless it is known before this one"
            )
    quality.duplicates = _duplicates(data)
    if quality.duplicates:
        quality.warnings.append(
            f"{quality.duplicates} rows repeat another row entirely; copies on both sides of a "
            "fold make the figures look better than they are"
        )
    quality.warnings += [f"{name} is left out: it {why}" for name, why in quality.left_out.items()]
    return quality


def _leaks(data: Dataset, alone: dict[str, float], quality: Quality) -> None:
    keep = {column.name for column in data.schema.columns if column.keep}
    ordered = sorted(alone.values(), reverse=True)
    second = ordered[1] if len(ordered) > 1 else 0.5
    for name, single in alone.items():
        if single >= LEAK:
            what = "is a copy of the target" if single > 0.9999 else "looks like a leak"
            text = f"{what} (AUC {single:.3f} alone): an outcome, or an old model's output?"
            if name in keep:
                quality.warnings.append(f"{name} {text} Kept, as the schema says")
            elif len(alone) > 1:
                quality.left_out[name] = text + " Say keep: true in the schema if it is neither"
            else:
                quality.warnings.append(f"{name} {text}")
        elif single >= STRONG and single == ordered[0] and single - second >= APART:
            quality.warnings.append(
                f"{name} alone has AUC {single:.3f}, the next column {second:.3f}: make sure that "
                "it is known before the decision"
            )


def _ordered(data: Dataset, name: str) -> tuple[Floats, Mask]:
    """Numbers that order a column's rows by risk if it is categorical, and which are absent."""
    if name in data.numbers:
        values = data.numbers[name]
        return values, np.isnan(values)
    texts = data.texts[name]
    levels = level_bins(texts, np.arange(len(data)), data.target)
    return levels.bins(texts).astype(np.float64), texts.codes < 0


def _pooled(data: Dataset, texts: Texts) -> float:
    """The share of rows whose text shares a bin with others, since few rows have it."""
    levels = level_bins(texts, np.arange(len(data)), data.target)
    return float((levels.bins(texts) == len(levels.levels) + 1).mean())


def _single_auc(data: Dataset, values: Floats, absent: Mask) -> float:
    """AUC of the column alone, whichever its direction; absent values count as their own group."""
    if absent.all():
        return 0.5
    filled = np.where(absent, 0.0, values)
    rate = data.target.mean()
    there = ~absent
    target = data.target[there]
    if 0 < target.sum() < len(target):
        alone = auc(target, filled[there])
        alone = max(alone, 1 - alone) * float(there.mean()) + 0.5 * float(absent.mean())
    else:
        alone = 0.5
    # whether the value is there at all may tell the outcome
    if absent.any() and 0 < rate < 1:
        presence = auc(data.target, absent.astype(np.float64))
        alone = max(alone, presence, 1 - presence)
    return alone


def _duplicates(data: Dataset) -> int:
    """Rows that equal an earlier one in every column and the target."""
    hashed = data.target.view(np.uint64).copy()
    multiplier = np.uint64(0x9E3779B97F4A7C15)
    shift = np.uint64(29)
    columns = [np.nan_to_num(values, nan=1.25e300) + 0.0 for values in data.numbers.values()]
    columns += [texts.codes.astype(np.float64) for texts in data.texts.values()]
    for values in columns:
        hashed = (hashed ^ np.ascontiguousarray(values).view(np.uint64)) * multiplier
        hashed ^= hashed >> shift
    return len(hashed) - len(np.unique(hashed))

"""What of a monitoring report somebody must look at, in words."""

from __future__ import annotations

import math
from typing import Any, Final

SHIFT: Final = 0.25
"""A stability index above is a shift."""
AUC_LOSS: Final = 0.03
SIGMAS: Final = 3.0
"""Standard errors by which the mean probability may miss the default rate."""
OVERRIDES: Final = 0.10
"""Share of decisions that people may change before the policy is no longer the policy."""

_TEXTS: Final[dict[str, dict[str, str]]] = {
    "score_shift": {
        "en": "The score has moved: PSI {figure} in {where}, above {limit}.",
        "zh": "评分分布已漂移：{where} 的 PSI 为 {figure}，高于 {limit}。",
    },
    "feature_shift": {
        "en": "The feature {where} has moved: CSI {figure}, above {limit}.",
        "zh": "特征 {where} 已漂移：CSI 为 {figure}，高于 {limit}。",
    },
    "order_lost": {
        "en": "The card orders worse in {where}: AUC {figure}, below {limit}.",
        "zh": "{where} 的区分能力下降：AUC 为 {figure}，低于 {limit}。",
    },
    "miscalibrated": {
        "en": "In {where} the mean probability misses the default rate by {figure}; {limit} is"
        " chance.",
        "zh": "{where} 的平均违约概率与实际违约率相差 {figure}，随机误差仅为 {limit}。",
    },
    "disparate_impact": {
        "en": "Groups of {where} are accepted unequally: ratio {figure}, below {limit}.",
        "zh": "{where} 各群体的通过率不均：比值 {figure}，低于 {limit}。",
    },
    "many_overrides": {
        "en": "People change many decisions in {where}: {figure}, above {limit}.",
        "zh": "{where} 中人工改判比例过高：{figure}，高于 {limit}。",
    },
}


def alert(code: str, where: str, figure: float, limit: float) -> dict[str, Any]:
    """One alert, in both languages."""
    facts = {"where": where, "figure": f"{figure:.4g}", "limit": f"{limit:.4g}"}
    told = {language: text.format(**facts) for language, text in _TEXTS[code].items()}
    return {"code": code, "where": where, "figure": figure, "limit": limit} | told


def alerts_of(report: dict[str, Any], expected_auc: float | None) -> list[dict[str, Any]]:
    """The alerts that a report of `monitor` gives, whole table first."""
    found = _of_part(report, "all", expected_auc)
    for name, part in report.get("periods", {}).items():
        found += _of_part(part, name, expected_auc)
    found += [
        alert("feature_shift", name, index, SHIFT)
        for name, index in report["csi"].items()
        if index > SHIFT
    ]
    found += [
        alert("disparate_impact", name, fair["disparate_impact"], 0.8)
        for name, fair in report.get("fairness", {}).items()
        if not fair["four_fifths"]
    ]
    return found


def _of_part(part: dict[str, Any], where: str, expected_auc: float | None) -> list[dict[str, Any]]:
    found = []
    if part["psi"] > SHIFT:
        found.append(alert("score_shift", where, part["psi"], SHIFT))
    auc = part.get("auc")
    if auc is not None and expected_auc is not None:
        # beside what was lost, what chance explains (Hanley and McNeil 1982)
        bad = part["default_rate"] * part["rows"]
        limit = expected_auc - AUC_LOSS - 2 * _auc_error(auc, bad, part["rows"] - bad)
        if auc < limit:
            found.append(alert("order_lost", where, auc, round(limit, 4)))
    if "default_rate" in part:
        rate = part["mean_pd"]
        error = SIGMAS * math.sqrt(max(rate * (1 - rate), 1e-9) / part["rows"])
        miss = abs(rate - part["default_rate"])
        if miss > error:
            found.append(alert("miscalibrated", where, round(miss, 5), round(error, 5)))
    overrides = part.get("overrides")
    if overrides and overrides["rate"] > OVERRIDES:
        found.append(alert("many_overrides", where, overrides["rate"], OVERRIDES))
    return found


def _auc_error(auc: float, bad: float, good: float) -> float:
    one, two = auc / (2 - auc), 2 * auc * auc / (1 + auc)
    spread = auc * (1 - auc) + (bad - 1) * (one - auc**2) + (good - 1) * (two - auc**2)
    return math.sqrt(max(spread, 0.0) / (bad * good))

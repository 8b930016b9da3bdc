"""Reasons in words: which bin of which feature cost the most points."""

from __future__ import annotations

from typing import Final, Literal

from tallystick.scoring.card import Card, Feature
from tallystick.scoring.features import MISSING, Derived

Language = Literal["en", "zh"]

_BINS: Final = {
    "en": {
        "of": "{name}: {bin}",
        "missing": "not given",
        "other": "rare or new value",
        "below": "below {high}",
        "above": "{low} or more",
        "between": "{low} to below {high}",
        "any": "any value",
    },
    "zh": {
        "of": "{name}：{bin}",
        "missing": "未提供",
        "other": "少见或新的取值",
        "below": "低于 {high}",
        "above": "{low} 及以上",
        "between": "{low} 至 {high} 以下",
        "any": "任意值",
    },
}
_DERIVED: Final = {
    "en": {
        "mean": "mean of {}",
        "max": "highest of {}",
        "min": "lowest of {}",
        "range": "highest minus lowest of {}",
        "positives": "number above zero among {}",
        "ratio": "{} / {}",
        "difference": "{} - {}",
    },
    "zh": {
        "mean": "{} 的平均值",
        "max": "{} 的最大值",
        "min": "{} 的最小值",
        "range": "{} 的最大与最小之差",
        "positives": "{} 中大于零的个数",
        "ratio": "{} / {}",
        "difference": "{} - {}",
    },
}


def feature_names(card: Card, language: Language) -> tuple[str, ...]:
    """What each feature is called: its column's label, or its derivation in words."""
    names = {column.name: column.label.get(language, column.name) for column in card.schema.columns}
    for step in card.derived:
        names[step.name] = _derived_name(step, names, language)
    return tuple(names[feature.of] for feature in card.features)


def _derived_name(step: Derived, names: dict[str, str], language: Language) -> str:
    template = _DERIVED[language][step.operation]
    if step.operation in ("ratio", "difference"):
        return template.format(*(names[name] for name in step.of))
    return template.format(f"{names[step.of[0]]} … {names[step.of[-1]]}")


def bin_words(feature: Feature, place: int, language: Language) -> str:
    """A bin in words, such as "2 to below 3" or "not given"."""
    words = _BINS[language]
    if place == MISSING:
        return words["missing"]
    if feature.cuts is None:
        levels = feature.levels or ()
        return levels[place - 1] if place <= len(levels) else words["other"]
    low = _number(feature.cuts[place - 2]) if place >= 2 else None
    high = _number(feature.cuts[place - 1]) if place <= len(feature.cuts) else None
    if low is not None and high is not None:
        return words["between"].format(low=low, high=high)
    if high is not None:
        return words["below"].format(high=high)
    return words["above"].format(low=low) if low is not None else words["any"]


def reason_texts(card: Card, language: Language) -> tuple[tuple[str, ...], ...]:
    """`texts[feature][bin]`, one for every bin of every feature."""
    names, of = feature_names(card, language), _BINS[language]["of"]
    return tuple(
        tuple(
            of.format(name=name, bin=bin_words(feature, place, language))
            for place in range(feature.bins)
        )
        for name, feature in zip(names, card.features, strict=True)
    )


def _number(value: float) -> str:
    return f"{value:.10g}" if abs(value) >= 1000 else f"{value:.4g}"

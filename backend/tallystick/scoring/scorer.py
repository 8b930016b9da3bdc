"""Scoring one applicant in process, with reasons, in microseconds."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tallystick.scoring.card import Card
from tallystick.scoring.errors import DataInvalid
from tallystick.scoring.features import derive_one
from tallystick.scoring.reasons import Language, reason_texts
from tallystick.scoring.schema import missing_numbers
from tallystick.scoring.table import NO_NUMBER

REASONS: Final = 4


@dataclass(frozen=True, slots=True)
class Reason:
    """A feature that costs points against the average applicant, in its present bin."""

    feature: int
    bin: int
    points: float
    text: str


@dataclass(frozen=True, slots=True)
class Scored:
    """`pd` is the calibrated probability of default; reasons begin with the costliest."""

    pd: float
    score: int
    log_odds: float
    reasons: tuple[Reason, ...]


class Scorer:
    """A card made ready. An applicant maps column names to numbers, texts or None."""

    def __init__(self, card: Card, language: Language = "en") -> None:
        self.card = card
        columns = card.columns()
        place = {column.name: number for number, column in enumerate(columns)}
        self._numbers = [
            (column.name, place[column.name], missing_numbers(column), column.missing)
            for column in columns
            if column.kind == "numeric"
        ]
        self._texts = [
            (column.name, place[column.name], {"", *column.missing})
            for column in columns
            if column.kind == "categorical"
        ]
        steps = []
        for step in card.derived:
            steps.append((step.operation, tuple(place[name] for name in step.of)))
            place[step.name] = len(place)
        self._derived = steps
        self._features = [
            (
                place[feature.of],
                feature.cuts,
                {level: number for number, level in enumerate(feature.levels or (), 1)},
                feature.bins - 1,
            )
            for feature in card.features
        ]
        mains: list[tuple[float, ...]] = [(0.0,) * feature.bins for feature in card.features]
        for main in card.mains:
            mains[main.feature] = main.values
        self._mains = mains
        self._pairs = [(pair.first, pair.second, pair.values) for pair in card.pairs]
        self._factor = card.points.factor
        self._offset = card.points.base_score - self._factor * math.log(card.points.base_odds)
        self._reasons = reason_texts(card, language)
        self._width = len(columns)

    def score(self, applicant: Mapping[str, object]) -> Scored:
        """Probability, points and up to four reasons.

        Raises:
            DataInvalid: a column is not there, or holds something of another kind.
        """
        bins = self.bins(applicant)
        parts = [values[place] for values, place in zip(self._mains, bins, strict=True)]
        log_odds = self.card.intercept
        for part in parts:
            log_odds += part
        for first, second, table in self._pairs:
            value = table[bins[first]][bins[second]]
            log_odds += value
            value *= 0.5
            parts[first] += value
            parts[second] += value
        costly = sorted(
            [(-part, number) for number, part in enumerate(parts) if part > 0.0],
        )[:REASONS]
        factor = self._factor
        texts = self._reasons
        return Scored(
            1.0 / (1.0 + math.exp(-log_odds)) if log_odds > -700.0 else 0.0,
            round(self._offset - factor * log_odds),
            log_odds,
            tuple(
                [
                    Reason(number, bins[number], part * factor, texts[number][bins[number]])
                    for part, number in costly
                ]
            ),
        )

    def bins(self, applicant: Mapping[str, object]) -> list[int]:
        """The bin of every feature."""
        values: list[float | str | None] = [None] * self._width
        try:
            for name, place, missing, words in self._numbers:
                value = applicant[name]
                if type(value) is not float:
                    value = _number(value, name, words)
                elif value - value != 0.0 and value == value:  # noqa: PLR0124 - infinite, not NaN
                    raise DataInvalid("is infinite", column=name)
                values[place] = math.nan if value in missing else value
            for name, place, absent in self._texts:
                text = applicant[name]
                if text is not None and not isinstance(text, str):
                    text = _text(text, name)
                values[place] = None if text in absent else text
        except KeyError as error:
            raise DataInvalid("is missing", column=str(error.args[0])) from error
        for operation, places in self._derived:
            values.append(derive_one(operation, [values[place] for place in places]))  # type: ignore[misc]
        bins = []
        for place, cuts, levels, other in self._features:
            value = values[place]
            if value is None or value != value:  # noqa: PLR0124 - absent
                bins.append(0)
            elif cuts is not None:
                bins.append(bisect_right(cuts, value) + 1)  # type: ignore[type-var]
            else:
                bins.append(levels.get(value, other))  # type: ignore[arg-type]
        return bins


def _number(value: object, name: str, absent: tuple[str, ...]) -> float:
    if value is None:
        return math.nan
    if isinstance(value, str):
        value = "nan" if value in NO_NUMBER or value in absent else value
    elif not isinstance(value, int | float) or isinstance(value, bool):
        raise DataInvalid(f"{value!r} is not a number", column=name)
    try:
        number = float(value)
    except (ValueError, OverflowError):
        raise DataInvalid(f"{value!r} is not a number", column=name) from None
    if math.isinf(number):
        raise DataInvalid("is infinite", column=name)
    return number


def _text(value: object, name: str) -> str:
    if isinstance(value, bool) or not isinstance(value, int):
        raise DataInvalid(f"{value!r} is not a text", column=name)
    return str(value)

"""Scoring many rows at once with arrays; the same numbers as `Scorer` for each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tallystick.scoring.card import Card
from tallystick.scoring.features import MISSING, Codes, Floats, bin_numbers, bin_texts, derive
from tallystick.scoring.reasons import Language, reason_texts
from tallystick.scoring.schema import absent_texts, level_places
from tallystick.scoring.scorer import REASONS
from tallystick.scoring.table import Piece, numbers


@dataclass(frozen=True)
class BatchScores:
    """One entry per row; `reasons` are texts joined by "; "."""

    pd: Floats
    score: NDArray[np.int64]
    log_odds: Floats
    reasons: list[str]


class BatchScorer:
    """A card made ready for pieces of a table."""

    def __init__(self, card: Card, language: Language = "en") -> None:
        self.card = card
        self._cuts = [np.array(feature.cuts or ()) for feature in card.features]
        self._pairs = [np.array(pair.values) for pair in card.pairs]
        self._mains = [np.array(main.values) for main in card.mains]
        texts = reason_texts(card, language)
        starts = np.cumsum([0, *(len(of_feature) for of_feature in texts)])
        self._starts = starts[:-1].astype(np.intp)
        self._texts = np.array([text for of_feature in texts for text in of_feature], dtype=object)

    def bins(self, piece: Piece) -> list[Codes]:
        """The bin of every feature, for every row."""
        values: dict[str, Floats] = {}
        texts: dict[str, tuple[str, ...]] = {}
        absent = {}
        for column in self.card.columns():
            if column.kind == "numeric":
                values[column.name] = numbers(piece, column)
            else:
                texts[column.name] = piece.cells[column.name]
                absent[column.name] = dict.fromkeys(absent_texts(column), MISSING)
        for step in self.card.derived:
            values[step.name] = derive(step.operation, [values[name] for name in step.of])
        bins = []
        for feature, cuts in zip(self.card.features, self._cuts, strict=True):
            if feature.cuts is not None:
                bins.append(bin_numbers(values[feature.of], cuts))
            else:
                levels = level_places(feature.levels or ()) | absent[feature.of]
                bins.append(bin_texts(texts[feature.of], levels, feature.bins - 1))
        return bins

    def score(self, piece: Piece) -> BatchScores:
        """Probability, points and reasons of every row of a piece."""
        bins = self.bins(piece)
        parts = np.zeros((len(bins), len(piece)))
        log_odds = np.full(len(piece), self.card.intercept)
        for main, values in zip(self.card.mains, self._mains, strict=True):
            parts[main.feature] = values[bins[main.feature]]
        for part in parts:
            log_odds += part
        for pair, table in zip(self.card.pairs, self._pairs, strict=True):
            value = table[bins[pair.first], bins[pair.second]]
            log_odds += value
            value *= 0.5
            parts[pair.first] += value
            parts[pair.second] += value
        with np.errstate(over="ignore"):
            pd = 1.0 / (1.0 + np.exp(-log_odds))
        points = self.card.points
        offset = points.base_score - points.factor * np.log(points.base_odds)
        score = np.rint(offset - points.factor * log_odds).astype(np.int64)
        return BatchScores(pd, score, log_odds, self._reasons(bins, parts))

    def _reasons(self, bins: list[Codes], parts: Floats) -> list[str]:
        rows = parts.shape[1]
        if not len(parts):
            return [""] * rows
        places = np.arange(rows)
        texts = np.stack(bins) + self._starts[:, None]
        left = parts.copy()
        columns = []
        for _ in range(min(REASONS, len(parts))):
            costliest = left.argmax(axis=0)  # of equals the first, as sorting does
            there = left[costliest, places] > 0.0
            left[costliest, places] = -np.inf
            words = self._texts[texts[costliest, places]]
            words[~there] = ""
            columns.append(words.tolist())
        if columns[-1].count(""):
            return ["; ".join(filter(None, row)) for row in zip(*columns, strict=True)]
        return list(map("; ".join, zip(*columns, strict=True)))

"""Scoring one applicant in process, with reasons, in microseconds."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final, NamedTuple

from tallystick.scoring.card import Card
from tallystick.scoring.errors import DataInvalid
from tallystick.scoring.program import compile_program
from tallystick.scoring.reasons import Language, reason_texts

REASONS: Final = 4
_LEAST: Final = -700.0  # below, exp() of the other sign would overflow


class Reason(NamedTuple):
    """A feature that costs points against the average applicant, in its present bin."""

    feature: int
    bin: int
    points: float
    text: str


class Scored(NamedTuple):
    """`pd` is the calibrated probability of default; reasons begin with the costliest."""

    pd: float
    score: int
    log_odds: float
    reasons: tuple[Reason, ...]


class Scorer:
    """A card made ready. An applicant maps column names to numbers, texts or None."""

    def __init__(self, card: Card, language: Language = "en") -> None:
        self.card = card
        self._program = compile_program(card)
        self._factor = card.points.factor
        self._offset = card.points.base_score - self._factor * math.log(card.points.base_odds)
        self._reasons = reason_texts(card, language)
        self._features = range(len(card.features))

    def score(self, applicant: Mapping[str, object]) -> Scored:
        """Probability, points and up to four reasons.

        Raises:
            DataInvalid: a column is not there, or holds something of another kind.
        """
        try:
            log_odds, parts, bins = self._program(applicant)
        except KeyError as error:
            raise DataInvalid("is missing", column=str(error.args[0])) from error
        factor = self._factor
        reasons = []
        for feature in sorted(self._features, key=parts.__getitem__, reverse=True)[:REASONS]:
            part = parts[feature]
            if part <= 0.0:
                break
            place = bins[feature]
            reasons.append(Reason(feature, place, -part * factor, self._reasons[feature][place]))
        return Scored(
            1.0 / (1.0 + math.exp(-log_odds)) if log_odds > _LEAST else 0.0,
            round(self._offset - factor * log_odds),
            log_odds,
            tuple(reasons),
        )

    def bins(self, applicant: Mapping[str, object]) -> list[int]:
        """The bin of every feature."""
        return self._program(applicant)[2]

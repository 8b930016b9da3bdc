"""What would change the outcome: the least that an applicant could do to reach a probability.

Only columns that the schema calls actionable move, and only the way that it allows. The size of a
change is the share of past applicants between the old and the new value, so that columns compare.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tallystick.scoring.card import Card, Feature
from tallystick.scoring.errors import DataInvalid
from tallystick.scoring.features import bin_number
from tallystick.scoring.program import as_number
from tallystick.scoring.schema import Column
from tallystick.scoring.scorer import Scorer

MOST_COLUMNS: Final = 3
MOST_VALUES: Final = 24  # tried for each column
BEAM: Final = 12
SWITCH: Final = 0.25  # size of a change of a categorical column


@dataclass(frozen=True)
class Change:
    """One column's present and proposed value."""

    column: str
    present: object
    proposed: float | str
    size: float


@dataclass(frozen=True)
class Counterfactual:
    """Changes that together bring the probability to `pd`."""

    changes: tuple[Change, ...]
    pd: float

    @property
    def size(self) -> float:
        """The sum of the changes' sizes."""
        return sum(change.size for change in self.changes)


def counterfactual(
    scorer: Scorer, applicant: Mapping[str, object], most: float
) -> Counterfactual | None:
    """The smallest changes found that bring the probability to `most` or below.

    Fewer columns come first, then the smaller size; None if three columns are not enough.

    Raises:
        DataInvalid: the applicant cannot be scored.
    """
    start = scorer.score(applicant)
    if start.pd <= most:
        return Counterfactual((), start.pd)
    options = _options(scorer.card, applicant)
    states: list[tuple[Change, ...]] = [()]
    for _ in range(min(MOST_COLUMNS, len(options))):
        tried = [
            Counterfactual((*state, change), _pd(scorer, applicant, (*state, change)))
            for state in states
            for column, changes in options.items()
            if all(before.column < column for before in state)
            for change in changes
        ]
        reached = [attempt for attempt in tried if attempt.pd <= most]
        if reached:
            return min(reached, key=lambda attempt: (attempt.size, attempt.pd))
        tried.sort(key=lambda attempt: (attempt.pd, attempt.size))
        states = [attempt.changes for attempt in tried[: BEAM * MOST_VALUES]]
    return None


def _pd(scorer: Scorer, applicant: Mapping[str, object], changes: tuple[Change, ...]) -> float:
    changed = {change.column: change.proposed for change in changes}
    return scorer.score({**applicant, **changed}).pd


def _options(card: Card, applicant: Mapping[str, object]) -> dict[str, list[Change]]:
    features = {feature.of: feature for feature in card.features}
    found: dict[str, list[Change]] = {}
    for column in sorted(card.columns(), key=lambda column: column.name):
        feature = features.get(column.name)
        if column.actionable is None or feature is None:
            continue
        if column.name not in applicant:
            raise DataInvalid("is missing", column=column.name)
        present = applicant[column.name]
        changes = (
            _levels(column, feature, present)
            if feature.cuts is None
            else _values(column, feature, present)
        )
        if changes:
            found[column.name] = changes
    return found


def _levels(column: Column, feature: Feature, present: object) -> list[Change]:
    return [
        Change(column.name, present, level, SWITCH)
        for level in feature.levels or ()
        if level != present
    ][:MOST_VALUES]


def _values(column: Column, feature: Feature, present: object) -> list[Change]:
    cuts = feature.cuts or ()
    value = as_number(present, column)
    here = bin_number(value, cuts)
    if not here:
        return []  # what is not known cannot be moved up or down
    total = sum(feature.counts[1:]) or 1
    changes = []
    for there in range(1, len(cuts) + 2):
        way = "up" if there > here else "down"
        if there == here or column.actionable not in (way, "any"):
            continue
        proposed = _inside(cuts, there)
        if proposed is None:
            continue
        low, high = sorted((here, there))
        size = sum(feature.counts[low:high]) / total
        changes.append(Change(column.name, present, proposed, size))
    step = -(-len(changes) // MOST_VALUES) or 1
    return changes[::step]


def _inside(cuts: tuple[float, ...], place: int) -> float | None:
    """A value in a bin: its lower end, as a bin begins there; 0 below a first positive cut."""
    if place >= 2:
        return cuts[place - 2]
    return 0.0 if cuts[0] > 0 else None

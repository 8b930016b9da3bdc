"""The compiled card: everything a score needs, as one JSON document.

    log-odds = intercept + Σ terms over one feature + Σ terms over two features
    pd       = 1 / (1 + exp(-log-odds))
    score    = base_score - pdo / ln 2 · (log-odds + ln base_odds), rounded half to even

A feature numbers a value into bins: 0 is an absent value, and the others follow in order; the last
bin of a categorical feature is any text that is not a level. Calibration is already multiplied
into the terms. Every term is centred: its mean over the training rows is zero, so a contribution is
a difference from the average applicant.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from tallystick.scoring.errors import ModelInvalid, SchemaInvalid
from tallystick.scoring.features import OPERATIONS, PAIRED, Derived
from tallystick.scoring.schema import Column, Schema, parse_schema

FORMAT: Final = "tallystick-card/1"


@dataclass(frozen=True)
class Feature:
    """`of` is a column or a derived name; `cuts` for numbers, `levels` for texts.

    `counts[b]` are the training rows of bin b.
    """

    of: str
    cuts: tuple[float, ...] | None
    levels: tuple[str, ...] | None
    counts: tuple[int, ...]

    @property
    def bins(self) -> int:
        """How many bins there are, the one of absent values included."""
        return 2 + len(self.cuts if self.cuts is not None else self.levels or ())


@dataclass(frozen=True)
class Main:
    """What each bin of one feature adds to the log-odds."""

    feature: int
    values: tuple[float, ...]


@dataclass(frozen=True)
class Pair:
    """What two bins together add; row by row of the first feature's bins."""

    first: int
    second: int
    values: tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class Points:
    """`base_score` at good:bad odds of `base_odds`; `pdo` points double the odds."""

    base_score: float = 600.0
    base_odds: float = 50.0
    pdo: float = 20.0

    @property
    def factor(self) -> float:
        """Points per unit of log-odds."""
        return self.pdo / math.log(2.0)

    def of(self, log_odds: float) -> int:
        """The score, whole points."""
        return round(self.base_score - self.factor * (log_odds + math.log(self.base_odds)))


@dataclass(frozen=True)
class Card:
    """A model as served."""

    schema: Schema
    derived: tuple[Derived, ...]
    features: tuple[Feature, ...]
    intercept: float
    mains: tuple[Main, ...]
    pairs: tuple[Pair, ...]
    points: Points
    provenance: dict[str, Any]

    def columns(self) -> tuple[Column, ...]:
        """The columns that the score reads, in the schema's order."""
        read = {feature.of for feature in self.features}
        for step in self.derived:
            read.update(step.of)
        return tuple(column for column in self.schema.used() if column.name in read)


def dump_card(card: Card) -> bytes:
    """The canonical bytes: sorted names, shortest exact decimals, no spaces."""
    document = {
        "format": FORMAT,
        "schema": _schema_document(card.schema),
        "derived": [
            {"name": step.name, "operation": step.operation, "of": list(step.of)}
            for step in card.derived
        ],
        "features": [
            {
                "of": feature.of,
                "counts": list(feature.counts),
                **(
                    {"cuts": list(feature.cuts)}
                    if feature.cuts is not None
                    else {"levels": list(feature.levels or ())}
                ),
            }
            for feature in card.features
        ],
        "intercept": card.intercept,
        "mains": [{"feature": main.feature, "values": list(main.values)} for main in card.mains],
        "pairs": [
            {
                "first": pair.first,
                "second": pair.second,
                "values": [list(row) for row in pair.values],
            }
            for pair in card.pairs
        ],
        "points": {
            "base_score": card.points.base_score,
            "base_odds": card.points.base_odds,
            "pdo": card.points.pdo,
        },
        "provenance": card.provenance,
    }
    text = json.dumps(
        document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    return (text + "\n").encode()


def _schema_document(schema: Schema) -> dict[str, Any]:
    return {
        "target": schema.target,
        "positive": schema.positive,
        "exclude": list(schema.exclude),
        # a list, since sorted names would lose the columns' order
        "columns": [
            {
                "name": column.name,
                "kind": column.kind,
                "missing": list(column.missing),
                "protected": "true" if column.protected else "false",
                "label": column.label,
                **({"monotone": column.monotone} if column.monotone else {}),
                **({"actionable": column.actionable} if column.actionable else {}),
            }
            for column in schema.columns
        ],
    }


def load_card(data: bytes) -> Card:
    """A card from its bytes.

    Raises:
        ModelInvalid: the document is not a card of this format, or does not hold together.
    """
    try:
        document = json.loads(data)
        if document["format"] != FORMAT:
            raise ModelInvalid(f"the card has format {document['format']}, known is {FORMAT}")
        card = _card(document)
    except (KeyError, TypeError, ValueError, SchemaInvalid) as error:
        raise ModelInvalid(f"the card is damaged: {error!r}") from error
    _check(card)
    return card


def _card(document: dict[str, Any]) -> Card:
    schema = dict(document["schema"])
    schema["columns"] = {
        column["name"]: {name: value for name, value in column.items() if name != "name"}
        for column in schema["columns"]
    }
    return Card(
        schema=parse_schema(schema),
        derived=tuple(
            Derived(step["name"], step["operation"], tuple(step["of"]))
            for step in document["derived"]
        ),
        features=tuple(
            Feature(
                entry["of"],
                tuple(map(float, entry["cuts"])) if "cuts" in entry else None,
                tuple(entry["levels"]) if "levels" in entry else None,
                tuple(map(int, entry["counts"])),
            )
            for entry in document["features"]
        ),
        intercept=float(document["intercept"]),
        mains=tuple(
            Main(int(main["feature"]), tuple(map(float, main["values"])))
            for main in document["mains"]
        ),
        pairs=tuple(
            Pair(
                int(pair["first"]),
                int(pair["second"]),
                tuple(tuple(map(float, row)) for row in pair["values"]),
            )
            for pair in document["pairs"]
        ),
        points=Points(**{name: float(value) for name, value in document["points"].items()}),
        provenance=dict(document["provenance"]),
    )


def _check(card: Card) -> None:
    numeric = {column.name for column in card.schema.used() if column.kind == "numeric"}
    texts = {column.name for column in card.schema.used() if column.kind == "categorical"}
    for step in card.derived:
        fitting = step.operation in OPERATIONS and set(step.of) <= numeric
        if not fitting or (step.operation in PAIRED and len(step.of) != 2) or not step.of:
            raise ModelInvalid(f"the card is damaged: derived column {step.name}")
        numeric.add(step.name)
    for feature in card.features:
        cuts = feature.cuts
        sound = len(feature.counts) == feature.bins and feature.of in (
            numeric if cuts is not None else texts
        )
        if not sound or (cuts and not all(low < high for low, high in pairwise(cuts))):
            raise ModelInvalid(f"the card is damaged: feature {feature.of}")
    for main in card.mains:
        if len(main.values) != card.features[main.feature].bins:
            raise ModelInvalid(f"the card is damaged: term of feature {main.feature}")
    for pair in card.pairs:
        rows, columns = card.features[pair.first].bins, card.features[pair.second].bins
        if len(pair.values) != rows or any(len(row) != columns for row in pair.values):
            raise ModelInvalid(f"the card is damaged: pair {pair.first}, {pair.second}")
    numbers = [card.intercept, *(value for main in card.mains for value in main.values)]
    numbers += [value for pair in card.pairs for row in pair.values for value in row]
    if not all(map(math.isfinite, numbers)):
        raise ModelInvalid("the card is damaged: a value is not finite")

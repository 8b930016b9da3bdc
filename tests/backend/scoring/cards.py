"""A small card, and tables for it."""

from __future__ import annotations

from pathlib import Path

from tallystick.scoring.card import Card, Feature, Main, Pair, Points
from tallystick.scoring.features import Derived
from tallystick.scoring.schema import parse_schema

SCHEMA = {
    "target": "bad",
    "positive": "1",
    "columns": {
        "income": {"kind": "numeric", "missing": ["-1"], "monotone": "decreasing"},
        "debt": {"kind": "numeric", "actionable": "down", "label": {"en": "debt", "zh": "负债"}},
        "late1": {"kind": "numeric"},
        "late2": {"kind": "numeric"},
        "late3": {"kind": "numeric"},
        "job": {"kind": "categorical", "missing": ["?"]},
        "sex": {"kind": "categorical", "protected": "true"},
    },
    "exclude": ["id"],
}
HEADER = "income,debt,late1,late2,late3,job,sex,bad,id"


def small_card() -> Card:
    late = ("late1", "late2", "late3")
    return Card(
        schema=parse_schema(SCHEMA),
        derived=(
            Derived("mean late", "mean", late),
            Derived("max late", "max", late),
            Derived("min late", "min", late),
            Derived("range late", "range", late),
            Derived("times late", "positives", late),
            Derived("debt / income", "ratio", ("debt", "income")),
            Derived("late1 - mean late", "difference", ("late1", "mean late")),
        ),
        features=(
            Feature("income", (1000.0, 2000.0), None, (1, 5, 5, 5)),
            Feature("debt", (100.0,), None, (0, 9, 7)),
            Feature("job", None, ("cook", "smith"), (1, 9, 6, 0)),
            Feature("mean late", (1 / 3, 1.0), None, (1, 9, 3, 3)),
            Feature("max late", (0.5,), None, (1, 9, 6)),
            Feature("min late", (0.5,), None, (1, 9, 6)),
            Feature("range late", (0.5, 2.0), None, (1, 9, 6, 0)),
            Feature("times late", (1.5,), None, (1, 9, 6)),
            Feature("debt / income", (0.1, 0.5), None, (1, 9, 6, 0)),
            Feature("late1 - mean late", (0.0,), None, (1, 9, 6)),
        ),
        intercept=-1.5,
        mains=(
            Main(0, (0.3, 0.7, 0.1, -0.4)),
            Main(1, (0.0, -0.2, 0.25)),
            Main(2, (0.05, -0.3, 0.31, 0.0)),
            Main(3, (0.0, -0.5, 0.2, 1.1)),
            Main(4, (0.0, -0.1, 0.15)),
            Main(5, (0.0, -0.01, 0.02)),
            Main(6, (0.0, -0.11, 0.12, 0.3)),
            Main(7, (0.0, -0.02, 0.07)),
            Main(8, (0.0, -0.05, 0.01, 0.4)),
        ),
        pairs=(
            Pair(0, 2, tuple(tuple(0.01 * (i + 1) * (j - 1) for j in range(4)) for i in range(4))),
            Pair(3, 9, tuple(tuple(0.1 * (i - j) for j in range(3)) for i in range(4))),
        ),
        points=Points(),
        provenance={"data": "0" * 64, "rows": 16, "seed": 0},
    )


def write(path: Path, *rows: str, header: str = HEADER) -> Path:
    path.write_text("\n".join((header, *rows)) + "\n", encoding="utf-8")
    return path

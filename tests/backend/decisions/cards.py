"""A card that reads some of what the example catalogue's products declare."""

from __future__ import annotations

from tallystick.scoring.card import Card, Feature, Main, Points
from tallystick.scoring.schema import parse_schema

SAVINGS = "savings_account_and_bonds"


def lending_card(intercept: float = -4.4) -> Card:
    """About 1.2 % for the average applicant; savings, duration and amount move it."""
    schema = {
        "target": "bad",
        "positive": "1",
        "columns": {
            SAVINGS: {
                "kind": "categorical",
                "actionable": "any",
                "label": {"en": "savings", "zh": "储蓄"},
            },
            "duration_in_month": {
                "kind": "numeric",
                "actionable": "down",
                "label": {"en": "duration in months", "zh": "期限（月）"},
            },
            "credit_amount": {
                "kind": "numeric",
                "actionable": "down",
                "label": {"en": "amount", "zh": "金额"},
            },
        },
    }
    return Card(
        schema=parse_schema(schema),
        derived=(),
        features=(
            Feature(SAVINGS, None, ("... < 100 DM", "... >= 1000 DM"), (1, 9, 6, 4)),
            Feature("duration_in_month", (12.0, 24.0), None, (0, 9, 7, 4)),
            Feature("credit_amount", (4000.0, 15000.0), None, (0, 9, 7, 4)),
        ),
        intercept=intercept,
        mains=(
            Main(0, (0.1, 0.8, -0.6, 0.0)),
            Main(1, (0.0, -0.2, 0.1, 0.4)),
            Main(2, (0.0, -0.2, 0.2, 0.6)),
        ),
        pairs=(),
        points=Points(),
        provenance={"data": "0" * 64, "rows": 20, "seed": 0, "tenths": [-5.0] * 9},
    )

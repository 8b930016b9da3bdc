"""The names of the files in a model's folder."""

from __future__ import annotations

from typing import Final

MANIFEST: Final = "manifest.json"
METRICS: Final = "metrics.json"
MODEL_CARD: Final = "model-card.md"


def card_name(digest: str) -> str:
    """The card's file, named by the SHA-256 of its bytes."""
    return f"card-{digest[:16]}.json"

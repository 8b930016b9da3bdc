"""What a credit record tells, and how long: `lending/standing.yaml`, docs/repair.md."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import Field

from tallystick.decisions.document import Document, Label, Name, read_yaml
from tallystick.decisions.errors import DocumentInvalid

SHIPPED = Path(__file__).parents[3] / "lending" / "standing.yaml"
Days = Annotated[int, Field(ge=1, le=36_500)]


class Category(StrEnum):
    """How an entry speaks of the borrower."""

    POSITIVE = "positive"
    NEUTRAL = "neutral"
    NEGATIVE = "negative"


class Code(StrEnum):
    """What happened."""

    BORROWED = "borrowed"
    REPAID = "repaid"
    LATE = "late"
    AMENDED = "amended"
    RESTORED = "restored"
    DEFAULTED = "defaulted"
    WRITTEN_OFF = "written_off"
    SETTLED = "settled"
    GUARANTOR_CALLED = "guarantor_called"


class Kind(Document):
    """One code: its category, its words, and days after the cure until it is told no more."""

    category: Category
    expires_days: Days | None = None
    text: Label


class StandingRules(Document):
    """`late_days` past due make an entry; negative entries from before standing was restored end
    `restored_days` after it, if that is sooner; a dispute is answered within `dispute_days`, and an
    attested standing is lost once a loan is `lost_days` past due."""

    name: Name
    version: Annotated[int, Field(ge=1)]
    late_days: Days
    restored_days: Days
    dispute_days: Days
    attestation_days: Days
    lost_days: Days
    entries: dict[Code, Kind]


def load_rules(path: Path = SHIPPED) -> StandingRules:
    """The rules of a file. Raises `DocumentInvalid`."""
    rules = StandingRules.parse(read_yaml(path), "standing")
    for code in Code:
        kind = rules.entries.get(code)
        if kind is None:
            raise DocumentInvalid("standing.entries", f"lacks {code}")
        if (kind.category is Category.NEGATIVE) != (kind.expires_days is not None):
            raise DocumentInvalid(
                f"standing.entries.{code}", "has expires_days if, and only if, it is negative"
            )
    return rules
